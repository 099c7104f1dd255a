"""A duty's clock: absolute instants, alarms that climb until somebody answers, an end only by evidence."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from domain.evidence import Evidence
from domain.facts import DutyKey
from domain.filed import Filed
from domain.line import Instant
from domain.model import Happened, Value
from domain.playbook import Alarms

WHOLE = 100


class Alarm(Value):
    """An instant at which people are told how much of a deadline is used."""

    percent: int = Field(ge=1, le=WHOLE)
    at: Instant


class ClockStarted(Happened):
    """The clock began to run towards its deadline."""

    key: DutyKey
    started_at: Instant
    due_at: Instant
    legal: bool
    alarms: tuple[Alarm, ...]


class ClockRearmed(Happened):
    """Somebody had ended the clock from outside; an operator started it again where it stood."""

    by: str


class AlarmRung(Happened):
    """An alarm went out: so many per cent of the time are used."""

    percent: int
    due_at: Instant
    level: int = 0


class ProvisionalRung(Happened):
    """Nobody has decided yet whether the duty is owed, and the deadline is near: report provisionally."""

    percent: int = Field(description="the share of the time whose alarm this one takes the place of; 0: none")
    due_at: Instant
    level: int = 0


class OverdueRung(Happened):
    """An alarm went out again: the deadline has passed."""

    count: int
    level: int = 0


class AlarmTold(Happened):
    """Whom an alarm reached, by handle; `role:` stands before a role that has a way but no person."""

    alarm: int
    level: int
    people: tuple[str, ...]
    missed: tuple[str, ...] = ()


class AlarmEscalated(Happened):
    """Nobody acknowledged an alarm in time, or it reached nobody: the next people hear of it."""

    alarm: int
    level: int
    why: Literal["unanswered", "unreached"]


class AlarmAcknowledged(Happened):
    """Somebody answers for an alarm: it climbs no further; the next ones ring as ever."""

    alarm: int
    by: str


class FilingNoted(Happened):
    """A paper left and its receipt is outstanding, which stops nothing; None where it did not after all."""

    filed: Filed | None


class DutyLapsed(Happened):
    """The law's deadline passed without evidence; the clock stays open."""

    due_at: Instant


class TargetMissed(Happened):
    """The organisation's own target passed without evidence; the clock stays open."""

    due_at: Instant


class ClockRescheduled(Happened):
    """The deadline moved; the alarms were set anew."""

    due_at: Instant
    legal: bool
    alarms: tuple[Alarm, ...]


class ClockSettled(Happened):
    """The clock ended: met, met late, or withdrawn by two persons."""

    outcome: Literal["met", "met_late", "withdrawn"]
    evidence: Evidence | None = None
    reason: str = ""


Rung = AlarmRung | ProvisionalRung | OverdueRung
ClockBody = (
    ClockStarted
    | ClockRearmed
    | Rung
    | AlarmTold
    | AlarmEscalated
    | AlarmAcknowledged
    | FilingNoted
    | DutyLapsed
    | TargetMissed
    | ClockRescheduled
    | ClockSettled
)


class ClockOrder(Value):
    """What the incident wants of one clock now; the same order twice changes nothing."""

    due_at: Instant
    legal: bool
    settled: ClockSettled | None = None
    filed: Filed | None = None
    undecided: bool = Field(default=False, description="nobody can tell yet whether the duty is owed")
    offset: timedelta = Field(default=timedelta(), description="a drill's advance over the wall clock")


class ClockState(Value):
    """Where one clock stands; the fold of its stream."""

    key: DutyKey
    stream: str
    version: int = 0
    started_at: Instant | None = None
    due_at: Instant | None = None
    legal: bool = True
    alarms: tuple[Alarm, ...] = ()
    rung: tuple[int, ...] = ()
    provisional: bool = Field(default=False, description="this deadline's call to report provisionally rang")
    overdue: int = 0
    last_rung_at: Instant | None = None
    alarm: int = Field(default=0, description="how often it rang; the number of the last alarm")
    level: int = Field(default=0, description="how far the last alarm has climbed")
    climbed_at: Instant | None = None
    told: tuple[str, ...] = Field(default=(), description="whom the last alarm reached")
    acknowledged_by: str = ""
    filed: Filed | None = None
    lapsed_at: Instant | None = None
    settled: ClockSettled | None = None


def alarms(started_at: datetime, due_at: datetime, percents: tuple[int, ...]) -> tuple[Alarm, ...]:
    """Place the alarms of a deadline on the time line, the deadline itself last.

    `percents` are shares of the time from start to deadline. A deadline that lies before its start
    has only its own alarm.
    """
    span = max(due_at - started_at, timedelta())
    early = tuple(
        Alarm(percent=percent, at=started_at + span * percent / WHOLE)
        for percent in sorted(set(percents))
        if percent < WHOLE and span
    )
    return (*early, Alarm(percent=WHOLE, at=due_at))


def next_ring(state: ClockState, plan: Alarms, *, undecided: bool = False) -> datetime | None:
    """Say when this clock must speak next, or None once it is settled or not yet started."""
    if state.settled or state.due_at is None:
        return None
    ahead = next((alarm.at for alarm in state.alarms if alarm.percent not in state.rung), None)
    if ahead is None:
        return (state.last_rung_at or state.due_at) + plan.repeat
    others = (_provisional_at(state, plan) if undecided else None, _climb_at(state, plan))
    return min([ahead, *(at for at in others if at is not None)])


def ring(state: ClockState, now: datetime, plan: Alarms, *, undecided: bool = False) -> tuple[ClockBody, ...]:
    """Decide what is due to be said at `now`: of several alarms missed at once, only the last speaks.

    The deadline's own alarm also records the lapse, once for each deadline. An alarm that nobody
    acknowledged makes the next one begin where it had climbed to; from the deadline on, everybody hears.
    """
    when = next_ring(state, plan, undecided=undecided)
    if when is None or when > now or state.due_at is None:
        return ()
    passed = [alarm for alarm in state.alarms if alarm.at <= now and alarm.percent not in state.rung]
    if all(alarm.percent in state.rung for alarm in state.alarms):
        return (OverdueRung(count=state.overdue + 1, level=plan.last),)
    if passed and passed[-1].percent == WHOLE:
        lapse = DutyLapsed(due_at=state.due_at) if state.legal else TargetMissed(due_at=state.due_at)
        return (AlarmRung(percent=WHOLE, due_at=state.due_at, level=plan.last), lapse)
    climb = _climb_at(state, plan)
    level = 0 if state.acknowledged_by else state.level + (climb is not None and climb <= now)
    percent = passed[-1].percent if passed else 0
    provisional = _provisional_at(state, plan) if undecided else None
    if provisional is not None and provisional <= now:
        return (ProvisionalRung(percent=percent, due_at=state.due_at, level=level),)
    if passed:
        return (AlarmRung(percent=percent, due_at=state.due_at, level=level),)
    return (AlarmEscalated(alarm=state.alarm, level=state.level + 1, why="unanswered"),)


def hear_told(state: ClockState, told: AlarmTold, plan: Alarms) -> tuple[ClockBody, ...]:
    """Take down whom an alarm reached; where that is nobody, the next people hear of it at once.

    A settled clock says nothing more.
    """
    if state.settled:
        return ()
    if (
        told.people
        or (told.alarm, told.level) != (state.alarm, state.level)
        or _climb_at(state, plan) is None
    ):
        return (told,)
    return (told, AlarmEscalated(alarm=told.alarm, level=told.level + 1, why="unreached"))


def used(state: ClockState, now: datetime) -> int:
    """Say how many per cent of the time are used: the last alarm's, else counted; past the deadline, all."""
    if state.rung:
        return max(state.rung)
    if state.started_at is None or state.due_at is None or state.due_at <= state.started_at:
        return WHOLE
    return max(0, min(WHOLE, int((now - state.started_at) * WHOLE / (state.due_at - state.started_at))))


def follow(state: ClockState, order: ClockOrder, plan: Alarms) -> tuple[ClockBody, ...]:
    """Decide what an order changes: nothing, the instants, what was filed, or the end."""
    if state.settled or state.started_at is None:
        return ()
    bodies: list[ClockBody] = []
    if (order.due_at, order.legal) != (state.due_at, state.legal):
        fresh = alarms(state.started_at, order.due_at, plan.percents)
        bodies.append(ClockRescheduled(due_at=order.due_at, legal=order.legal, alarms=fresh))
    if order.filed != state.filed:
        bodies.append(FilingNoted(filed=order.filed))
    if order.settled:
        bodies.append(order.settled)
    return tuple(bodies)


def _provisional_at(state: ClockState, plan: Alarms) -> datetime | None:
    """When a deadline that nobody has decided calls for a provisional report, if it still does."""
    if state.provisional or state.due_at is None or plan.provisional_before is None:
        return None
    return state.due_at - plan.provisional_before


def _climb_at(state: ClockState, plan: Alarms) -> datetime | None:
    """When the last alarm goes to the next people, unless somebody acknowledges it before."""
    rests = state.acknowledged_by or state.level >= plan.last or state.settled
    if rests or plan.escalation is None or state.climbed_at is None:
        return None
    return state.climbed_at + plan.escalation.after
