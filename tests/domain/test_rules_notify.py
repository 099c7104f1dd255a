"""Telling people: planned, let go by two, held, counted, and the rest told in public."""

import pytest

from domain import commands as c
from domain.approval import by_hand_subject, content
from domain.campaign import AudienceFrozen, CampaignSettled
from domain.next_step import campaign_next
from domain.orders import campaign_order
from domain.rules_notify import unreached

FROZEN = AudienceFrozen(sha256="b" * 64, total=10, rejected=1, unreachable=2, channels={"sms": 8})


def settled(number=1, **counts):
    return c.CampaignWord(campaign=number, settled=CampaignSettled(counts=counts, merkle_root="e" * 64))


def plan(case, *keys, message="data-leak"):
    return c.PlanNotification(
        audience="list.csv", sha256="a" * 64, message=message, duties=keys or case.open("notify")
    )


@pytest.fixture
def planned(leak):
    leak.do(plan(leak))
    leak.hear(c.AudienceWord(campaign=1, frozen=FROZEN))
    return leak


@pytest.fixture
def running(planned):
    planned.agree("campaign/1")
    planned.do(c.StartNotification(campaign=1))
    return planned


def announce(case, *keys, number=1):
    case.do(c.DraftAnnouncement(duties=keys))
    case.hear(c.AnnouncementWord(announcement=number, sha256="d" * 64))
    case.agree(f"announcement/{number}")
    case.do(c.PublishAnnouncement(announcement=number))
    return case.hear(c.AnnouncementWord(announcement=number, sha256="f" * 64, path="p.html"))


def test_a_plan_answers_owed_duties_with_a_known_message(leak):
    assert leak.no(plan(leak, message="gossip")) == "unknown_message"
    assert leak.no(plan(leak, leak.open("report")[0])) == "wrong_means"
    assert leak.do(plan(leak)) == ["NotificationRequested"]


def test_an_audience_that_could_not_be_frozen_is_planned_anew(leak):
    leak.do(plan(leak))
    assert leak.hear(c.AudienceWord(campaign=1, code="bad_header")) == ["NotificationFailed"]
    assert leak.hear(c.AudienceWord(campaign=1, frozen=FROZEN)) == [], "a failed plan stays failed"
    assert leak.no(c.StartNotification(campaign=1)) == "not_planned"
    leak.do(plan(leak))
    assert leak.hear(c.AudienceWord(campaign=2, frozen=FROZEN)) == ["NotificationPlanned"]
    assert leak.hear(c.AudienceWord(campaign=2, code="late")) == []


def test_messages_leave_when_two_agree_to_the_frozen_audience(planned):
    assert planned.no(c.StartNotification(campaign=2)) == "unknown_campaign"
    assert planned.no(c.StartNotification(campaign=1)) == "needs_second_person"
    assert planned.no(c.PauseNotification(campaign=1)) == "campaign_order"
    planned.agree("campaign/1")
    assert planned.do(c.StartNotification(campaign=1)) == ["NotificationStarted"]
    assert planned.no(c.StartNotification(campaign=1)) == "campaign_order"


def test_a_stopped_campaign_counts_whom_it_did_not_tell_and_does_not_answer_the_duty(running):
    [duty, *_] = running.open("notify")
    assert running.no(c.StopNotification(campaign=1), why=" ") == "needs_reason"
    assert running.do(c.StopNotification(campaign=1), why="the list is last year") == ["NotificationStopped"]
    campaign = running.state.campaigns[1]
    assert campaign_order(running.state, campaign).wanted == "stopped"
    assert campaign_next(running.state, campaign)[0] == "campaign 1 is stopped"
    for order in (c.StopNotification, c.PauseNotification, c.ResumeNotification, c.StartNotification):
        assert running.no(order(campaign=1)) == "campaign_order"
    assert running.hear(settled(sent=5, due=3, unreachable=2)) == ["NotificationSettled"]
    assert unreached(running.state.campaigns[1]) == 5
    assert not running.state.duties[str(duty)].settled


def test_a_held_campaign_can_be_stopped(running):
    running.do(c.PauseNotification(campaign=1))
    running.do(c.StopNotification(campaign=1))
    assert running.state.campaigns[1].wanted == "stopped"


def test_a_campaign_is_held_by_a_person_or_by_itself_and_goes_on(running):
    running.do(c.PauseNotification(campaign=1))
    assert campaign_order(running.state, running.state.campaigns[1]).wanted == "paused"
    assert running.hear(c.CampaignHeldWord(campaign=1, reason="x")) == []
    running.do(c.ResumeNotification(campaign=1))
    running.later(minutes=1)
    assert running.hear(c.CampaignHeldWord(campaign=1, reason="canary_failed")) == ["NotificationPaused"]
    running.do(c.ResumeNotification(campaign=1))
    assert running.state.campaigns[1].wanted == "running"


def test_everyone_told_meets_the_duties(running):
    keys = running.open("notify")
    took = running.hear(settled(sent=4, delivered=6))
    assert took.count("DutyMet") == len(keys)
    assert running.state.duties[str(keys[0])].evidence.sha256 == "e" * 64
    assert running.no(c.PauseNotification(campaign=1)) == "campaign_over"
    assert running.hear(c.CampaignHeldWord(campaign=1, reason="x")) == []
    assert running.hear(c.CampaignHeldWord(campaign=7, reason="x")) == []


def test_who_was_not_reached_is_told_in_public_first(running):
    assert unreached(running.state.campaigns[1]) == 0, "nobody can tell yet"
    assert running.hear(settled(sent=7, unreachable=2, bounced=1)) == ["NotificationSettled"]
    assert unreached(running.state.campaigns[1]) == 3
    took = announce(running)
    assert took[0] == "AnnouncementPublished"
    assert "DutyMet" in took
    assert running.open("notify") == ()


@pytest.mark.parametrize(
    ("counted", "left"),
    [({"rejected": 5, "broken": 2}, 2), ({"kinds": {"minor": 10}, "unguarded": 3}, 3)],
    ids=["a broken row", "a guardian who is not known"],
)
def test_who_may_be_missing_from_the_list_is_told_in_public(leak, counted, left):
    leak.do(plan(leak))
    leak.hear(c.AudienceWord(campaign=1, frozen=FROZEN.model_copy(update={"unreachable": 0, **counted})))
    leak.agree("campaign/1")
    leak.do(c.StartNotification(campaign=1))
    assert leak.hear(settled(delivered=10)) == ["NotificationSettled"]
    assert unreached(leak.state.campaigns[1]) == left
    assert "DutyMet" in announce(leak)


def test_an_announcement_published_before_the_campaigns_end_counts(running):
    assert announce(running) == ["AnnouncementPublished"]
    assert "DutyMet" in running.hear(settled(sent=7, unreachable=3))
    met = running.duty("CN-PIPL-57-IND")
    assert (met.evidence.reference, met.evidence.number) == ("campaign/1", "announcement/1")


def test_an_announcement_alone_answers_the_duties_that_it_names(leak):
    key = leak.duty("CN-PIPL-57-IND").key
    assert leak.no(c.DraftAnnouncement(duties=(leak.open("report")[0],))) == "wrong_means"
    assert "DutyMet" in announce(leak, key)
    assert leak.duty("CN-PIPL-57-IND").evidence.channel == "announcement"
    assert leak.duty("CN-CSL-44/users").status == "open"


def test_an_announcement_is_drafted_agreed_to_and_published_once(leak):
    publish = c.PublishAnnouncement(announcement=1)
    assert leak.no(publish) == "not_drafted"
    leak.do(c.DraftAnnouncement())
    assert leak.no(publish) == "not_drafted"
    leak.hear(c.AnnouncementWord(announcement=1, sha256="d" * 64))
    assert leak.no(publish) == "needs_second_person"
    leak.agree("announcement/1")
    leak.do(publish)
    assert leak.no(publish) == "already_published"
    assert leak.hear(c.AnnouncementWord(announcement=1, code="disk_full")) == ["AnnouncementFailed"]
    assert leak.do(publish) == ["AnnouncementReleased"]
    leak.hear(c.AnnouncementWord(announcement=1, sha256="f" * 64, path="p.html"))
    assert leak.hear(c.AnnouncementWord(announcement=1, code="late")) == []
    assert leak.no(publish) == "already_published"


def test_telling_ends_no_duty_that_was_let_go(running):
    key = running.duty("CN-PIPL-57-IND").key
    running.withdraw(key)
    running.hear(settled(sent=10))
    assert running.duty("CN-PIPL-57-IND").status == "withdrawn"


def test_a_campaign_without_its_duties_met_waits_for_another(running):
    running.hear(settled(sent=1, refused=9))
    running.do(plan(running))
    running.hear(c.AudienceWord(campaign=2, frozen=FROZEN))
    running.agree("campaign/2")
    running.do(c.StartNotification(campaign=2))
    assert "DutyMet" in running.hear(settled(2, delivered=10))


def test_those_who_are_told_by_hand_end_the_duty_to_tell(running):
    key = running.open("notify")[0]
    running.hear(settled(sent=7, refused=2, unreachable=1))
    left = unreached(running.state.campaigns[1])
    by_hand = c.RecordByHand(campaign=1, means="telephone", told=left, sha256="b" * 64)
    assert running.no(by_hand.model_copy(update={"campaign": 2})) == "not_counted"
    assert running.no(by_hand.model_copy(update={"told": left + 1})) == "too_many_told"
    assert running.no(by_hand) == "needs_second_person"
    running.agree(by_hand_subject(1, left, "b" * 64))
    assert "DutyMet" in running.do(by_hand)
    assert unreached(running.state.campaigns[1]) == 0
    assert running.state.duties[str(key)].settled
    assert running.no(by_hand) == "same_list"


def test_nobody_agrees_to_a_list_of_a_campaign_that_is_not_counted(running):
    for subject in ("byhand/1/2/" + "b" * 64, "byhand/9/2/" + "b" * 64, "byhand/x", "byhand/1/2/short"):
        assert content(running.state, subject) is None
