"""Rules of the plan's steps: each may start, end, fail, be skipped with a reason, and be taken back."""

from typing import assert_never

from domain import commands as c
from domain import facts as f
from domain.playbook import Step
from domain.refusal import Refused
from domain.state import StepStatus
from domain.turn import Turn

ENDED: frozenset[StepStatus] = frozenset({"done", "skipped"})
BUSY: frozenset[StepStatus] = frozenset({"started", "undoing"})


def advance_step(turn: Turn, order: c.AdvanceStep, envelope: c.Envelope) -> None:
    """Move one step."""
    step = turn.book.playbook.step(order.step)
    if step is None:
        names = ", ".join(each.id for each in turn.book.playbook.steps)
        raise Refused("unknown_step", f"The plan has no step {order.step!r}; it has {names}.")
    if step.mode == "duty":
        raise Refused(
            "duty_step",
            f"{step.id} is done when the duties that it serves are settled: tocsin clock list "
            f"{turn.state.incident}",
        )
    status = turn.state.steps.get(step.id)
    if status is None:
        raise Refused("not_activated", f"Put the plan in force first: tocsin activate {turn.state.incident}")
    match order.to:
        case "start":
            _start(turn, step, status)
        case "done":
            _done(turn, step, status, order.note)
        case "failed":
            _expect(step, status, BUSY | {"waiting"})
            turn.record(f.StepFailed(step=step.id, code="by_hand", note=order.note))
        case "undo":
            _undo(turn, step, status)
        case "skip":
            if not envelope.reason:
                raise Refused("needs_reason", "A step is skipped with a reason: add --reason.")
            _expect(step, status, {"waiting", "failed", "undone"})
            turn.record(f.StepSkipped(step=step.id, reason=envelope.reason))
        case _ as never:
            assert_never(never)
    progress(turn)


def progress(turn: Turn) -> None:
    """Let the incident pass on when every step of a phase is ended."""
    state = turn.state
    if state.phase == "activated" and _all_ended(turn, "containment"):
        turn.record(f.IncidentContained())
    if turn.state.phase == "contained" and _all_ended(turn, "recovery"):
        turn.record(f.IncidentRecovered())


def _all_ended(turn: Turn, phase: str) -> bool:
    steps = [step for step in turn.book.playbook.worked if step.phase == phase]
    return all(turn.state.steps.get(step.id) in ENDED for step in steps)


def _start(turn: Turn, step: Step, status: StepStatus) -> None:
    _expect(step, status, {"waiting", "failed", "undone"})
    turn.record(f.StepStarted(step=step.id))


def _done(turn: Turn, step: Step, status: StepStatus, note: str) -> None:
    if step.mode == "automatic" and status != "failed":
        raise Refused(
            "automatic_step",
            f"{step.id} is done by its action; start it, or do it by hand once the action has failed.",
        )
    _expect(step, status, {"waiting", "started", "failed", "undone"})
    turn.record(f.StepDone(step=step.id, code="by_hand", note=note))


def _undo(turn: Turn, step: Step, status: StepStatus) -> None:
    _expect(step, status, {"done"})
    if step.mode == "manual":
        turn.record(f.StepUndone(step=step.id, code="by_hand"))
        return
    if step.undo is None:
        raise Refused("no_undo", f"{step.id} has no undo; what it did must be taken back by hand.")
    turn.record(f.StepUndoStarted(step=step.id))


def _expect(step: Step, status: StepStatus, allowed: frozenset[StepStatus] | set[str]) -> None:
    if status not in allowed:
        raise Refused("step_order", f"{step.id} is {status}; this needs {' or '.join(sorted(allowed))}.")
