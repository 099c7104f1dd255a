"""Fold the facts of what is done about an incident: steps, reports, campaigns, announcements, referrals."""

from domain import facts as f
from domain.fact import Fact
from domain.model import Happened
from domain.state import Announcement, Campaign, Referral, Report, State


def evolve_work(state: State, fact: Fact) -> dict[str, object]:
    """Return what a fact changes in the state; nothing where it is not about work."""
    body = fact.body
    return (
        _step(state, body)
        or _report(state, body, fact.actor)
        or _campaign(state, body)
        or _announcement(state, body)
        or _referral(state, body)
    )


def _step(state: State, body: Happened) -> dict[str, object]:
    match body:
        case f.StepStarted():
            status = "started"
        case f.StepDone():
            status = "done"
        case f.StepFailed():
            status = "done" if state.steps[body.step] == "undoing" else "failed"
        case f.StepUndoStarted():
            status = "undoing"
        case f.StepUndone():
            status = "undone"
        case f.StepSkipped():
            status = "skipped"
        case _:
            return {}
    called = isinstance(body, f.StepStarted | f.StepUndoStarted)
    tries = {**state.tries, body.step: state.tries.get(body.step, 0) + called}
    return {"steps": {**state.steps, body.step: status}, "tries": tries}


def _report(state: State, body: Happened, actor: str) -> dict[str, object]:
    match body:
        case f.ReportRequested():
            report = Report(
                number=body.report,
                form=body.form,
                stage=body.stage,
                duties=body.duties,
                follows=body.follows,
            )
            return {"reports": {**state.reports, body.report: report}}
        case f.ReportDrafted():
            changes: dict[str, object] = {
                "sha256": body.sha256,
                "missing": body.missing,
                "pending": body.pending,
            }
        case f.ReportFiled():
            filings = state.reports[body.report].filings + 1
            changes = {"filed": body.channel, "filings": filings, "sent": "", "failed": ""}
        case f.FilingSent():
            changes = {"sent": body.code, "failed": ""}
        case f.FilingFailed() | f.ReportFailed():
            changes = {"failed": body.code}
        case f.ReceiptRecorded():
            changes = {
                "receipt": body.number,
                "receipt_sha256": body.sha256,
                "receipt_by": actor,
                "received_at": body.received_at,
            }
        case _:
            return {}
    report = state.reports[body.report].model_copy(update=changes)
    return {"reports": {**state.reports, body.report: report}}


def _campaign(state: State, body: Happened) -> dict[str, object]:
    match body:
        case f.NotificationRequested():
            campaign = Campaign(
                number=body.campaign,
                audience=body.audience,
                sha256=body.sha256,
                message=body.message,
                duties=body.duties,
                source=body.source,
                fields=body.fields,
            )
            return {"campaigns": {**state.campaigns, body.campaign: campaign}}
        case f.NotificationPlanned():
            changes: dict[str, object] = {"planned": body}
        case f.NotificationFailed():
            changes = {"failed": body.code}
        case f.NotificationStarted() | f.NotificationResumed():
            changes = {"wanted": "running"}
        case f.NotificationPaused():
            holds = state.campaigns[body.campaign].holds + 1
            changes = {"wanted": "paused", "holds": holds, "reason": body.reason}
        case f.NotificationStopped():
            changes = {"wanted": "stopped", "reason": body.reason}
        case f.NotificationSettled():
            changes = {"settled": body}
        case f.ToldByHand():
            changes = {"by_hand": {**state.campaigns[body.campaign].by_hand, body.sha256: body.told}}
        case _:
            return {}
    campaign = state.campaigns[body.campaign].model_copy(update=changes)
    return {"campaigns": {**state.campaigns, body.campaign: campaign}}


def _announcement(state: State, body: Happened) -> dict[str, object]:
    match body:
        case f.AnnouncementRequested() | f.AnnouncementRevised():
            announcement = Announcement(number=body.announcement, **body.model_dump(exclude={"announcement"}))
            return {"announcements": {**state.announcements, body.announcement: announcement}}
        case f.AnnouncementDrafted():
            changes: dict[str, object] = {"sha256": body.sha256, "failed": ""}
        case f.AnnouncementReleased():
            changes = {"released": True, "failed": ""}
        case f.AnnouncementPublished():
            changes = {"path": body.path, "page_sha256": body.sha256}
        case f.AnnouncementVerified():
            pictures = body.pictures or state.announcements[body.announcement].pictures
            changes = {"verified": True, "pictures": pictures}
        case f.AnnouncementFailed():
            changes = {"failed": body.code, "released": False}
        case _:
            return {}
    announcement = state.announcements[body.announcement].model_copy(update=changes)
    return {"announcements": {**state.announcements, body.announcement: announcement}}


def _referral(state: State, body: Happened) -> dict[str, object]:
    match body:
        case f.ReferralRequested():
            referral = Referral(number=body.referral, authority=body.authority, duties=body.duties)
            return {"referrals": {**state.referrals, body.referral: referral}}
        case f.ReferralDrafted():
            changes: dict[str, object] = {
                "sha256": body.sha256,
                "missing": body.missing,
                "failed": "",
            }
        case f.ReferralFiled():
            attempt = state.referrals[body.referral].attempt + 1
            changes = {"filed": body.channel, "failed": "", "attempt": attempt}
        case f.ReferralFailed():
            changes = {"failed": body.code}
        case f.ReferralReceiptRecorded():
            changes = {
                "receipt": body.number,
                "receipt_sha256": body.sha256,
                "received_at": body.received_at,
            }
        case _:
            return {}
    referral = state.referrals[body.referral].model_copy(update=changes)
    return {"referrals": {**state.referrals, body.referral: referral}}
