"""What to do next about an incident: the one thing, whose it is, until when, and the command to type."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from domain.approval import CLOSING
from domain.closing import blockers
from domain.facts import By
from domain.line import Instant
from domain.model import Value
from domain.next_step import agreed_to, campaign_next, duty_next
from domain.plan import own_time
from domain.playbook import Playbook, Step, StepPhase
from domain.rules_duty import GRADING
from domain.rules_step import BUSY, ENDED
from domain.state import State

PRESSING = timedelta(hours=1)
LEAD = "lead"
EARLY: tuple[StepPhase, ...] = ("containment", "assessment")
LATE: tuple[StepPhase, ...] = ("reporting", "notification", "referral", "recovery", "closing")
# Whose a duty is that no step of the playbook serves.
OWNERS: Mapping[By, str] = {
    "report": "legal",
    "notify": "privacy",
    "referral": "legal",
    "plan": LEAD,
    "record": "legal",
}


class NextAction(Value):
    """One thing to do; an empty `command` means that Tocsin is at it and only time is needed."""

    what: str
    owner: str
    due_at: Instant | None = None
    command: str = ""


def next_action(state: State, now: datetime, playbook: Playbook | None = None) -> NextAction | None:
    """Say what comes next; None while the incident is not open, and once it is closed.

    The order: a clock that runs no more; decide whether it is real; what the law wants within the hour or
    wanted already; the plan and its containment; the rest by deadline, what has none last; recovery; the
    close. What waits for nobody but Tocsin itself never hides what waits for a person.

    Args:
        state: where the incident stands.
        now: the incident's own time, in a drill with its offset.
        playbook: says whose a step is and whether a person does it; without it all are taken as automatic.

    """
    if state.version == 0 or state.phase == "closed":
        return None
    if lost := next((duty for duty in state.duties.values() if duty.lost and not duty.settled), None):
        return NextAction(
            what=f"{lost.key}: somebody ended its clock in Temporal; start it again",
            owner=LEAD,
            due_at=lost.terms.due_at,
            command=f"tocsin clock rearm {state.incident} {lost.key}",
        )
    if state.confirmed is None:
        clock = state.duties.get(str(GRADING))
        return NextAction(
            what="decide whether this is an incident",
            owner=LEAD,
            due_at=clock.terms.due_at if clock else None,
            command=f"tocsin triage {state.incident} --confirmed",
        )
    legal = list(_owed(state, playbook, legal=True))
    pressing = [item for item in legal if item.due_at and item.due_at <= now + PRESSING]
    owed = sorted([*legal, *_owed(state, playbook, legal=False)], key=_soonest)
    early = list(_plan(state, playbook, early=True)) if state.phase in {"triaged", "activated"} else []
    steps = [*_plan(state, playbook, early=True), *_plan(state, playbook, early=False)]
    ordered = [*sorted(pressing, key=_soonest), *early, *owed, *steps]
    doable = [item for item in ordered if item.command]
    return next(iter([*doable, *ordered]), None) or _close(state)


def _plan(state: State, playbook: Playbook | None, *, early: bool) -> Iterator[NextAction]:
    """Say what the plan wants: early is what stops the harm, then what measures it; late is the rest."""
    name = state.incident
    if early and state.confirmed and state.activated_at is None:
        yield NextAction(what="put the response plan in force", owner=LEAD, command=f"tocsin activate {name}")
    steps = [(each, playbook.step(each) if playbook else None) for each in state.steps]
    phases: tuple[StepPhase, ...] = EARLY if early else LATE
    for phase in phases:
        for step, known in steps:
            if state.steps[step] not in ENDED and phase == (known.phase if known else EARLY[0]):
                yield _step(state, step, known)


def _step(state: State, step: str, known: Step | None) -> NextAction:
    by_hand = known is not None and known.mode == "manual"
    busy = state.steps[step] in BUSY and not by_hand
    move = "done" if by_hand else "start"
    return NextAction(
        what=f"step {step} is {state.steps[step]}" + (f": {known.title.zh}" if known else ""),
        owner=known.owner if known else LEAD,
        due_at=own_time(state, known) if known else None,
        command="" if busy else f"tocsin step advance {state.incident} {step} {move}",
    )


def _soonest(item: NextAction) -> tuple[bool, float]:
    return item.due_at is None, item.due_at.timestamp() if item.due_at else 0


def _owed(state: State, playbook: Playbook | None, *, legal: bool) -> Iterator[NextAction]:
    for duty in sorted(state.duties.values(), key=lambda each: each.terms.answer != "owed"):
        if not duty.settled and duty.by != "plan" and duty.terms.legal == legal:
            what, command = duty_next(state, duty)
            serving = playbook.serving(duty.key.duty, duty.by) if playbook else None
            yield NextAction(
                what=f"{duty.key}: {what}",
                owner=serving.owner if serving else OWNERS[duty.by],
                due_at=duty.terms.due_at,
                command=command,
            )
    for campaign in () if legal else state.campaigns.values():
        if campaign.wanted != "planned" and not campaign.settled and not campaign.failed:
            what, command = campaign_next(state, campaign)
            yield NextAction(what=what, owner=OWNERS["notify"], command=command)


def _close(state: State) -> NextAction:
    left = blockers(state)
    if left:
        return NextAction(what=left[0].what, owner=LEAD, due_at=left[0].due_at, command=left[0].command)
    command = f"tocsin close {state.incident}"
    if not agreed_to(state, CLOSING):
        command = f"tocsin approve {state.incident} {CLOSING}"
    return NextAction(what="nothing is owed any more: close the incident", owner=LEAD, command=command)
