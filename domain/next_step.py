"""Where a piece of work stands, and the command that brings it on; empty where only time is needed."""

from typing import TypeVar

from domain.announced import standing, versions
from domain.approval import content
from domain.closing import settling_command
from domain.state import Announcement, Campaign, Duty, Referral, Report, State

Work = TypeVar("Work", Report, Referral, Campaign, Announcement)


def duty_next(state: State, duty: Duty) -> tuple[str, str]:
    """Say what a duty waits for, and the command; the work that is under way for it counts."""
    name = state.incident
    if duty.status == "proposed":
        command = settling_command(state, duty)
        return "no longer applies; two persons let it go", _agreed(state, f"withdraw/{duty.key}", command)
    # What is reported provisionally goes on its way like any other, whatever is still to be found out.
    if under_way := _under_way(state, duty):
        return under_way
    if duty.terms.answer == "unknown":
        return duty.terms.reason, f"tocsin fact set {name} NAME=VALUE"
    return duty.title, settling_command(state, duty)


def _under_way(state: State, duty: Duty) -> tuple[str, str] | None:
    # One that has its receipt settles nothing more: where the duty is open still, others are to be told too.
    unanswered = {number: report for number, report in state.reports.items() if not report.receipt}
    if report := _newest(unanswered, duty):
        return report_next(state, report)
    if referral := _newest(state.referrals, duty):
        return referral_next(state, referral)
    if (campaign := _newest(state.campaigns, duty)) and not campaign.failed:
        return campaign_next(state, campaign)
    if announcement := _newest(state.announcements, duty):
        return announcement_next(state, announcement)
    return None


def report_next(state: State, report: Report) -> tuple[str, str]:
    """Say what a report waits for."""
    name, number = state.incident, report.number
    what = f"report {number}"
    if not report.sha256:
        if report.failed:
            return (
                f"{what} could not be drawn up ({report.failed})",
                f"tocsin report draft {name} {_keys(report)}",
            )
        return f"{what} is being drawn up", ""
    if report.receipt:
        return f"{what} has its receipt {report.receipt}", ""
    return _on_its_way(state, report, what)


def _on_its_way(state: State, report: Report, what: str) -> tuple[str, str]:
    name, number = state.incident, report.number
    if not report.filed:
        file = f"tocsin report file {name} {number} --channel email"
        return f"{what} is drafted, to be read, agreed to and filed", _agreed(state, f"report/{number}", file)
    if report.failed:
        file = f"tocsin report file {name} {number} --channel portal"
        return f"{what} could not be sent ({report.failed}); file it by hand", file
    if report.filed == "email" and not report.sent:
        return f"{what} is being sent", ""
    return (
        f"{what} is filed and waits for the authority's receipt",
        f"tocsin report receipt {name} {number} --number …",
    )


def referral_next(state: State, referral: Referral) -> tuple[str, str]:
    """Say what a referral to the police waits for."""
    name, number = state.incident, referral.number
    what = f"referral {number}"
    if referral.receipt:
        return f"{what} has its receipt {referral.receipt}", ""
    if referral.filed and not referral.failed:
        return (
            f"{what} is filed and waits for the 报案回执",
            f"tocsin refer receipt {name} {number} --number …",
        )
    if referral.sha256:
        file = f"tocsin refer file {name} {number} --channel in_person"
        failed = f" (the last attempt failed: {referral.failed})" if referral.failed else ""
        return f"{what} is drafted, to be agreed to and filed{failed}", _agreed(
            state, f"referral/{number}", file
        )
    if referral.failed:
        return f"{what} could not be drawn up ({referral.failed})", f"tocsin refer draft {name}"
    return f"{what} is being drawn up", ""


def campaign_next(state: State, campaign: Campaign) -> tuple[str, str]:
    """Say what a notification campaign waits for."""
    name, number = state.incident, campaign.number
    what = f"campaign {number}"
    if campaign.failed:
        return f"{what} has no audience ({campaign.failed})", f"tocsin notify plan {name} AUDIENCE.csv"
    if campaign.planned is None:
        return f"{what} counts its audience", ""
    if campaign.settled:
        return _after(state, what)
    match campaign.wanted:
        case "planned":
            start = f"tocsin notify start {name} {number}"
            said = f"{what} is planned, to be agreed to and started"
            return said, _agreed(state, f"campaign/{number}", start)
        case "paused":
            return f"{what} is paused", f"tocsin notify resume {name} {number}"
    return f"{what} is {campaign.wanted}", ""


def _after(state: State, what: str) -> tuple[str, str]:
    """Say what is left when a campaign is over: those it did not reach are told in public."""
    holds = standing(state)
    told = [
        each
        for each in state.announcements.values()
        if each in holds or (not each.path and each.standing != "withdrawn")
    ]
    latest = max(told, key=lambda each: each.number, default=None)
    if latest is None:
        return f"{what} did not reach everyone; announce it", f"tocsin announce draft {state.incident}"
    return announcement_next(state, latest)


def announcement_next(state: State, announcement: Announcement) -> tuple[str, str]:
    """Say what a public announcement waits for."""
    name, number = state.incident, announcement.number
    what = f"announcement {number}"
    if announcement.path:
        latest = versions(state, announcement)[-1]
        if latest.number != number:
            return f"{what} was {latest.standing} by {latest.number}", ""
        said = "withdrawn" if latest.standing == "withdrawn" else "public"
        return f"{what} is {said}{', and was seen so' if announcement.verified else ''}", ""
    if not announcement.sha256:
        if announcement.failed:
            return f"{what} could not be drawn up ({announcement.failed})", f"tocsin announce draft {name}"
        return f"{what} is being drawn up", ""
    if announcement.released:
        return f"{what} is being published", ""
    publish = f"tocsin announce publish {name} {number}"
    return f"{what} is drafted, to be agreed to and published", _agreed(
        state, f"announcement/{number}", publish
    )


def agreed_to(state: State, subject: str) -> str:
    """Name who has agreed to a subject's present content; empty when nobody has."""
    sha256 = content(state, subject)
    found = [each for each in state.approvals if (each.subject, each.sha256) == (subject, sha256)]
    return found[-1].operator if sha256 and found else ""


def _agreed(state: State, subject: str, then: str) -> str:
    """Put the second person's agreement before a command that needs it."""
    return then if agreed_to(state, subject) else f"tocsin approve {state.incident} {subject}"


def _keys(report: Report) -> str:
    return " ".join(str(key) for key in report.duties)


def _newest(shelf: dict[int, Work], duty: Duty) -> Work | None:
    found = [work for work in shelf.values() if duty.key in work.duties]
    return max(found, key=lambda work: work.number, default=None)
