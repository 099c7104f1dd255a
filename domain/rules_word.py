"""Rules of what an incident's own parts report: outcomes of acts, each taken once."""

from typing import assert_never

from domain import commands as c
from domain import facts as f
from domain.rules_notify import meet_by_telling
from domain.rules_step import progress
from domain.turn import Turn


def take_word(turn: Turn, word: c.Word) -> None:
    """Turn a word into facts; one that is already known changes nothing."""
    match word:
        case c.ClockLapsedWord():
            duty = turn.state.duties.get(str(word.key))
            if duty and not duty.settled and duty.lapsed_at is None:
                turn.record(f.LapseNoted(key=word.key, at=word.at))
        case c.ClockArmedWord():
            for key in word.keys:
                if not turn.state.duties[str(key)].armed:
                    turn.record(f.ClockArmed(key=key))
        case c.ClockLostWord():
            for key in word.keys:
                duty = turn.state.duties[str(key)]
                if not duty.lost and not duty.settled:
                    turn.record(f.ClockLost(key=key))
        case c.StepWord():
            _step(turn, word)
        case c.ReportWord():
            _draft(turn, word)
        case c.FilingWord():
            _filing(turn, word)
        case c.AudienceWord() | c.CampaignHeldWord() | c.CampaignWord():
            _campaign(turn, word)
        case c.AnnouncementWord():
            _announcement(turn, word)
        case c.DossierWord():
            _dossier(turn, word)
        case _ as never:
            assert_never(never)


def _step(turn: Turn, word: c.StepWord) -> None:
    status = turn.state.steps.get(word.step)
    if status != ("undoing" if word.undo else "started"):
        return
    if word.attempt not in {0, turn.state.tries[word.step]}:
        return  # an earlier call's answer, given up by hand meanwhile
    if not word.ok:
        turn.record(f.StepFailed(step=word.step, code=word.code))
    elif word.undo:
        turn.record(f.StepUndone(step=word.step, code=word.code))
    else:
        turn.record(f.StepDone(step=word.step, code=word.code))
    progress(turn)


def _draft(turn: Turn, word: c.ReportWord) -> None:
    report = turn.state.reports[word.report]
    if report.sha256 or report.failed:
        return
    if word.code:
        turn.record(f.ReportFailed(report=word.report, code=word.code))
    else:
        turn.record(
            f.ReportDrafted(
                report=word.report, sha256=word.sha256, missing=word.missing, pending=word.pending
            )
        )


def _filing(turn: Turn, word: c.FilingWord) -> None:
    report = turn.state.reports[word.report]
    if report.filed != "email" or report.sent or report.failed:
        return
    kind = f.FilingSent if word.ok else f.FilingFailed
    turn.record(kind(report=word.report, code=word.code))


def _campaign(turn: Turn, word: c.AudienceWord | c.CampaignHeldWord | c.CampaignWord) -> None:
    campaign = turn.state.campaigns.get(word.campaign)
    if campaign is None or campaign.settled:
        return
    match word:
        case c.AudienceWord():
            if campaign.planned or campaign.failed:
                return
            if word.frozen:
                turn.record(f.NotificationPlanned(campaign=word.campaign, **word.frozen.model_dump()))
            else:
                turn.record(f.NotificationFailed(campaign=word.campaign, code=word.code))
        case c.CampaignHeldWord():
            if campaign.wanted == "running":
                turn.record(f.NotificationPaused(campaign=word.campaign, reason=word.reason))
        case c.CampaignWord():
            turn.record(f.NotificationSettled(campaign=word.campaign, **word.settled.model_dump()))
            meet_by_telling(turn)
        case _ as never:
            assert_never(never)


def _announcement(turn: Turn, word: c.AnnouncementWord) -> None:
    announcement = turn.state.announcements[word.announcement]
    if announcement.failed or announcement.path:
        return
    if word.code:
        turn.record(f.AnnouncementFailed(announcement=word.announcement, code=word.code))
    elif word.path:
        turn.record(
            f.AnnouncementPublished(announcement=word.announcement, sha256=word.sha256, path=word.path)
        )
        meet_by_telling(turn)
    elif not announcement.sha256:
        turn.record(f.AnnouncementDrafted(announcement=word.announcement, sha256=word.sha256))


def _dossier(turn: Turn, word: c.DossierWord) -> None:
    referral = turn.state.referrals.get(word.referral)
    if referral is None or referral.receipt or referral.failed:
        return
    if word.code:
        turn.record(f.ReferralFailed(referral=word.referral, code=word.code))
    elif not referral.sha256:
        turn.record(f.ReferralDrafted(referral=word.referral, sha256=word.sha256, missing=word.missing))
