"""What still stands between an incident and its close, and the command that settles each."""

from domain.line import Instant
from domain.model import Value
from domain.state import Duty, Referral, Report, State, StepStatus

BUSY: frozenset[StepStatus] = frozenset({"started", "undoing"})
OPEN: frozenset[StepStatus] = BUSY | {"waiting", "failed", "undone"}
# After recovery a step of containment may stand taken back; what was never done is still to be done.
LEFT: frozenset[StepStatus] = BUSY | {"waiting", "failed"}


class Blocker(Value):
    """One thing still owed."""

    what: str
    command: str
    due_at: Instant | None = None


def blockers(state: State) -> tuple[Blocker, ...]:
    """List everything that must be settled before closing, the soonest deadline first.

    Standing, periodic and retention duties never come here: they are not an incident's.
    """
    found = [*_phase(state), *_duties(state), *_work(state)]
    return tuple(sorted(found, key=lambda item: (item.due_at is None, item.due_at or state.opened_at)))


def _phase(state: State) -> list[Blocker]:
    name = state.incident
    if state.confirmed is None:
        return [
            Blocker(
                what="nobody has decided whether this is an incident",
                command=f"tocsin triage {name} --confirmed | --false-alarm --reason …",
            ),
        ]
    if state.confirmed and state.phase == "triaged":
        return [Blocker(what="the response plan is not in force", command=f"tocsin activate {name}")]
    open_ = BUSY if state.confirmed is False else LEFT if state.phase == "recovered" else OPEN
    return [
        Blocker(what=f"step {step} is {status}", command=f"tocsin step advance {name} {step} done|skip")
        for step, status in state.steps.items()
        if status in open_
    ]


def settling_command(state: State, duty: Duty) -> str:
    """Write the very command that brings a duty to its end."""
    name, key = state.incident, duty.key
    if key.duty == "GRADING":
        return f"tocsin triage {name} --confirmed"
    if duty.status == "proposed":
        return f"tocsin duty withdraw {name} {key} --reason …"
    if duty.terms.answer == "unknown":
        return f"tocsin fact set {name} NAME=VALUE   ({duty.terms.reason})"
    if duty.terms.waiting_on:
        return f"tocsin fact set {name} {duty.terms.waiting_on}=now"
    return {
        "report": f"tocsin report draft {name} {key}",
        "notify": f"tocsin notify plan {name} AUDIENCE.csv",
        "referral": f"tocsin refer draft {name} {key}",
        "plan": f"tocsin activate {name}",
        "record": f"tocsin duty settle {name} {key} --number …",
    }[duty.by]


def _duties(state: State) -> list[Blocker]:
    return [
        Blocker(
            what=f"{duty.key} {duty.title} ({_standing(duty)})",
            command=settling_command(state, duty),
            due_at=duty.terms.due_at,
        )
        for duty in state.duties.values()
        if not duty.settled
    ]


def _standing(duty: Duty) -> str:
    if duty.status == "proposed":
        return "proposed for withdrawal, not yet agreed"
    return "cannot tell yet" if duty.terms.answer == "unknown" else "owed"


def _leaving(report: Report) -> bool:
    return report.filed == "email" and not report.sent and not report.failed


def _awaited(state: State, paper: Report | Referral) -> bool:
    """Say whether a receipt is still wanted: something hangs on it, and the paper did leave."""
    return not paper.failed and not all(state.duties[str(key)].settled for key in paper.duties)


def _work(state: State) -> list[Blocker]:
    name = state.incident
    campaigns = [
        Blocker(
            what=f"campaign {campaign.number} is {campaign.wanted}",
            command=f"tocsin notify status {name}",
        )
        for campaign in state.campaigns.values()
        if not campaign.settled and not campaign.failed and campaign.wanted != "planned"
    ]
    reports = [
        Blocker(
            what=f"report {report.number} is filed without a receipt",
            command=f"tocsin report receipt {name} {report.number} --number …",
        )
        for report in state.reports.values()
        if report.filed and not report.receipt and (_leaving(report) or _awaited(state, report))
    ]
    referrals = [
        Blocker(
            what=f"referral {referral.number} is filed without a receipt",
            command=f"tocsin refer receipt {name} {referral.number} --number …",
        )
        for referral in state.referrals.values()
        if referral.filed and not referral.receipt and _awaited(state, referral)
    ]
    announcements = [
        Blocker(
            what=f"announcement {announcement.number} is let out but not public yet",
            command=f"tocsin incident show {name}",
        )
        for announcement in state.announcements.values()
        if announcement.released and not announcement.path
    ]
    return [*campaigns, *reports, *referrals, *announcements]
