"""Rules of telling people: planned, let go by two persons, held, counted; the announcement for the rest."""

from typing import assert_never

from domain import commands as c
from domain import facts as f
from domain.announced import standing, versions
from domain.approval import by_hand_subject, second_person
from domain.evidence import Evidence
from domain.refusal import Refused
from domain.rules_duty import meet_all, owed, see_channel
from domain.state import Announcement, Campaign
from domain.turn import Turn

TOLD = ("sent", "delivered")


def plan_notification(turn: Turn, order: c.PlanNotification) -> None:
    """Ask for an audience to be frozen and counted."""
    for key in order.duties:
        owed(turn, key, "notify")
    known = turn.book.playbook.notification.messages
    if order.message not in known:
        raise Refused(
            "unknown_message", f"The playbook has no message {order.message!r}; it has {', '.join(known)}."
        )
    turn.record(
        f.NotificationRequested(
            campaign=len(turn.state.campaigns) + 1,
            audience=order.audience,
            sha256=order.sha256,
            message=order.message,
            duties=order.duties,
            source=order.source,
            fields=order.fields,
        ),
    )


def steer_notification(
    turn: Turn,
    order: c.StartNotification | c.PauseNotification | c.ResumeNotification | c.StopNotification,
    envelope: c.Envelope,
) -> None:
    """Start, hold, resume or stop a campaign; starting needs a second person, stopping a reason."""
    campaign = turn.state.campaigns.get(order.campaign)
    if campaign is None:
        raise Refused("unknown_campaign", f"{turn.state.incident} has no campaign {order.campaign}.")
    if campaign.settled:
        raise Refused("campaign_over", f"Campaign {campaign.number} is over.")
    if campaign.planned is None:
        raise Refused("not_planned", f"Campaign {campaign.number} has no frozen audience (yet).")
    expected = {
        "start_notification": ("planned",),
        "pause_notification": ("running",),
        "resume_notification": ("paused",),
        "stop_notification": ("running", "paused"),
    }
    if campaign.wanted not in expected[order.do]:
        wanted = " or ".join(expected[order.do])
        raise Refused(
            "campaign_order",
            f"Campaign {campaign.number} is {campaign.wanted}; it would have to be {wanted}.",
        )
    match order:
        case c.StartNotification():
            see_channel(turn, campaign.duties)
            subject = f"campaign/{campaign.number}"
            by = second_person(turn.state, subject, operator=envelope.operator, offered=envelope.approvals)
            sha256 = campaign.planned.sha256
            turn.record(f.NotificationStarted(campaign=campaign.number, sha256=sha256, approved_by=by))
        case c.PauseNotification():
            turn.record(f.NotificationPaused(campaign=campaign.number, reason=envelope.reason))
        case c.StopNotification():
            if not envelope.reason.strip():
                raise Refused("needs_reason", "A campaign is stopped for good with a reason: add --reason.")
            turn.record(f.NotificationStopped(campaign=campaign.number, reason=envelope.reason))
        case c.ResumeNotification():
            turn.record(f.NotificationResumed(campaign=campaign.number))
        case _ as never:
            assert_never(never)


def record_by_hand(turn: Turn, order: c.RecordByHand, envelope: c.Envelope) -> None:
    """Take down whom a counted campaign did not reach and who was told by hand; two persons answer for it."""
    campaign = turn.state.campaigns.get(order.campaign)
    if campaign is None or campaign.settled is None:
        raise Refused("not_counted", f"There is no campaign {order.campaign} that has been counted (yet).")
    if order.sha256 in campaign.by_hand:
        raise Refused("same_list", f"This list counts for campaign {campaign.number} already.")
    if order.told > unreached(campaign):
        raise Refused(
            "too_many_told",
            f"Campaign {campaign.number} left {unreached(campaign)} people to be told, not {order.told}.",
        )
    by = second_person(
        turn.state,
        by_hand_subject(order.campaign, order.told, order.sha256),
        operator=envelope.operator,
        offered=envelope.approvals,
    )
    turn.record(
        f.ToldByHand(
            campaign=order.campaign,
            means=order.means,
            told=order.told,
            sha256=order.sha256,
            approved_by=by,
        )
    )
    meet_by_telling(turn)


def draft_announcement(turn: Turn, order: c.DraftAnnouncement) -> None:
    """Ask for a public announcement, or for a new version of it."""
    for key in order.duties:
        owed(turn, key, "notify")
    number = len(turn.state.announcements) + 1
    turn.record(f.AnnouncementRequested(announcement=number, duties=order.duties))


def revise_announcement(turn: Turn, order: c.ReviseAnnouncement) -> None:
    """Ask for a new version of what is public: corrected from the facts as they stand, or withdrawn."""
    announcement = _published(turn, order.announcement)
    _see_it_stands(turn, announcement)
    turn.record(
        f.AnnouncementRevised(
            announcement=len(turn.state.announcements) + 1,
            follows=announcement.number,
            standing=order.standing,
            duties=announcement.duties if order.standing == "corrected" else (),
            zh=order.zh,
            en=order.en,
        )
    )


def _published(turn: Turn, number: int) -> Announcement:
    announcement = turn.state.announcements.get(number)
    if announcement is None or not announcement.path:
        raise Refused("not_published", f"Announcement {number} is not public (yet).")
    return announcement


def _see_it_stands(turn: Turn, announcement: Announcement) -> None:
    latest = versions(turn.state, announcement)[-1]
    if latest.number != announcement.number:
        raise Refused(
            "revised_since",
            f"Announcement {announcement.number} was {latest.standing} by {latest.number}: revise that one.",
        )
    if latest.standing == "withdrawn":
        raise Refused(
            "already_withdrawn", f"Announcement {announcement.number} withdrew it; draft a new announcement."
        )


def publish_announcement(turn: Turn, order: c.PublishAnnouncement, envelope: c.Envelope) -> None:
    """Let the announcement out; everyone can read it, so two persons answer for it."""
    announcement = turn.state.announcements.get(order.announcement)
    if announcement is None or not announcement.sha256:
        raise Refused("not_drafted", f"There is no announcement {order.announcement} drawn up (yet).")
    if announcement.path or announcement.released:
        raise Refused("already_published", f"Announcement {order.announcement} is out; draft a new version.")
    if announcement.follows:
        _see_it_stands(turn, turn.state.announcements[announcement.follows])
    see_channel(turn, [duty.key for duty in turn.state.duties.values()])
    by = second_person(
        turn.state,
        f"announcement/{announcement.number}",
        operator=envelope.operator,
        offered=envelope.approvals,
    )
    turn.record(
        f.AnnouncementReleased(announcement=announcement.number, sha256=announcement.sha256, approved_by=by)
    )


def verify_announcement(turn: Turn, order: c.VerifyAnnouncement) -> None:
    """Take down that the public sees the very page that was published."""
    announcement = _published(turn, order.announcement)
    if order.sha256 != announcement.page_sha256:
        raise Refused("other_page", f"That is not the page of announcement {order.announcement}.")
    turn.record(
        f.AnnouncementVerified(
            announcement=announcement.number,
            url=order.url,
            sha256=order.sha256,
            pictures=order.pictures,
        )
    )


def unreached(campaign: Campaign) -> int:
    """Count the people of a settled campaign whom no message reached.

    Among them are the broken rows of its list, and the guardians of children who have none in it.
    """
    if campaign.settled is None or campaign.planned is None:
        return 0
    listed = campaign.planned.total + campaign.planned.broken + campaign.planned.unguarded
    told = sum(campaign.settled.counts.get(state, 0) for state in TOLD)
    return listed - told - sum(campaign.by_hand.values())


def meet_by_telling(turn: Turn) -> None:
    """Settle the duties to tell people once everyone was reached, or the rest by an announcement."""
    public = standing(turn.state)
    for campaign in turn.state.campaigns.values():
        if campaign.settled is None or (unreached(campaign) and not public):
            continue
        evidence = Evidence(
            means="notification",
            reference=f"campaign/{campaign.number}",
            sha256=campaign.settled.merkle_root,
            number=f"announcement/{public[-1].number}" if public else "",
            at=turn.now,
            by=turn.actor,
        )
        meet_all(turn, campaign.duties, evidence)
    for announcement in public:
        evidence = Evidence(
            means="notification",
            reference=f"announcement/{announcement.number}",
            sha256=announcement.page_sha256,
            channel="announcement",
            at=turn.now,
            by=turn.actor,
        )
        meet_all(turn, announcement.duties, evidence)
