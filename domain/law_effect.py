"""What another reading of the law would change for an incident: duties, deadlines, the grade."""

from datetime import datetime
from typing import Literal

from domain.answer import Assessment, DutyAnswer, Status
from domain.assessment import assess
from domain.line import Instant
from domain.model import Value
from domain.organisation import Organisation
from domain.pack import Pack
from domain.state import State

NO_DUTY: Status = "not_owed"


class DutyEffect(Value):
    """One duty whose answer, deadline or recipients differ; `how` says the most of it in a word."""

    duty: str
    title: str
    how: Literal["opens", "ends", "moves", "changes"]
    before: Status
    after: Status
    due_before: Instant | None = None
    due_after: Instant | None = None
    recipients_before: tuple[str, ...] = ()
    recipients_after: tuple[str, ...] = ()
    reason: str


class Effect(Value):
    """What changes for one incident; nothing where the two readings answer alike."""

    grade_before: str
    grade_after: str
    duties: tuple[DutyEffect, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether nothing changes."""
        return not self.duties and self.grade_before == self.grade_after

    def count(self, how: Literal["opens", "ends", "moves", "changes"]) -> int:
        """How many duties change in this way."""
        return sum(duty.how == how for duty in self.duties)


def read_by(packs: tuple[Pack, ...], organisation: Organisation, state: State, now: datetime) -> Assessment:
    """Ask some packs about an incident as it is recorded."""
    return assess(
        packs,
        organisation,
        {name: known.value for name, known in state.facts.items()},
        now,
        {name: known.since or known.at for name, known in state.facts.items()},
    )


def effect(before: Assessment, after: Assessment) -> Effect:
    """Compare two answers about the same facts."""
    old = {duty.id: duty for duty in before.duties}
    new = {duty.id: duty for duty in after.duties}
    pairs = ((old.get(name), new.get(name)) for name in dict.fromkeys((*new, *old)))
    return Effect(
        grade_before=before.grade.text,
        grade_after=after.grade.text,
        duties=tuple(found for pair in pairs if (found := _compared(*pair)) is not None),
    )


def _compared(old: DutyAnswer | None, new: DutyAnswer | None) -> DutyEffect | None:
    was, now = _status(old), _status(new)
    due_was, due_now = _due(old), _due(new)
    told, tell = _to(old), _to(new)
    shown = new or old
    if shown is None or (was, due_was, told) == (now, due_now, tell):
        return None
    how: Literal["opens", "ends", "moves", "changes"] = "changes"
    if was != now and "owed" in {was, now}:
        how = "opens" if now == "owed" else "ends"
    elif was == now and due_was != due_now:
        how = "moves"
    return DutyEffect(
        duty=shown.id,
        title=shown.title.zh,
        how=how,
        before=was,
        after=now,
        due_before=due_was,
        due_after=due_now,
        recipients_before=told,
        recipients_after=tell,
        reason=new.reason if new else "No law pack has this duty any more.",
    )


def _status(duty: DutyAnswer | None) -> Status:
    return duty.status if duty else NO_DUTY


def _due(duty: DutyAnswer | None) -> datetime | None:
    return (duty.due_at or duty.provisional_due_at) if duty else None


def _to(duty: DutyAnswer | None) -> tuple[str, ...]:
    return tuple(to.authority for to in duty.recipients) if duty and duty.status != NO_DUTY else ()
