"""Where the plan stands: each of its steps, the ones that follow their duties too."""

from typing import Literal

from domain.facts import DutyKey
from domain.line import Instant
from domain.model import Value
from domain.playbook import Playbook, Step
from domain.rules_step import ENDED
from domain.state import Duty, State, StepStatus

Standing = Literal["planned", "not_owed", "owed"] | StepStatus


class Planned(Value):
    """One step and where it stands.

    `planned` is a step of a plan that is not in force yet. A duty step is `not_owed` while the law asks
    nothing of it, `owed` while one of its duties is open, `done` when all are settled; `due_at` is the
    soonest of their deadlines. Of another step it is the organisation's own time, counted from activation.
    """

    step: Step
    status: Standing
    due_at: Instant | None = None
    duties: tuple[DutyKey, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do."""
        return self.status in {*ENDED, "not_owed"}


def plan(state: State, playbook: Playbook) -> tuple[Planned, ...]:
    """Say where every step of the playbook stands, in its order."""
    served = _served(state, playbook)
    return tuple(
        _following(step, served.get(step.id, []))
        if step.mode == "duty"
        else _worked(state, step, served.get(step.id, []))
        for step in playbook.steps
    )


def own_time(state: State, step: Step) -> Instant | None:
    """The instant until which a step should be ended by the organisation's own measure, if it has one."""
    return state.activated_at + step.within if state.activated_at and step.within else None


def _served(state: State, playbook: Playbook) -> dict[str, list[Duty]]:
    served: dict[str, list[Duty]] = {}
    for duty in state.duties.values():
        step = playbook.serving(duty.key.duty, duty.by)
        if step:
            served.setdefault(step.id, []).append(duty)
    return served


def _following(step: Step, duties: list[Duty]) -> Planned:
    open_ = [duty for duty in duties if not duty.settled]
    instants = (duty.terms.due_at for duty in open_ if duty.terms.due_at)
    return Planned(
        step=step,
        status="owed" if open_ else "done" if duties else "not_owed",
        due_at=min(instants, default=None),
        duties=_keys(duties),
    )


def _worked(state: State, step: Step, duties: list[Duty]) -> Planned:
    status = state.steps.get(step.id)
    ended = status is None or status in ENDED
    return Planned(
        step=step,
        status=status or "planned",
        due_at=None if ended else own_time(state, step),
        duties=_keys(duties),
    )


def _keys(duties: list[Duty]) -> tuple[DutyKey, ...]:
    return tuple(duty.key for duty in duties)
