"""A duty's clock: absolute instants, alarms before the deadline, and an end only by evidence."""

from datetime import datetime, timedelta
from typing import Literal, assert_never

from pydantic import Field

from domain.evidence import Evidence
from domain.facts import DutyKey
from domain.line import Instant
from domain.model import Happened, Value

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


class AlarmRung(Happened):
    """People were told: so many per cent of the time are used."""

    percent: int
    due_at: Instant


class OverdueRung(Happened):
    """People were told again that the deadline has passed."""

    count: int


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


ClockBody = (
    ClockStarted | AlarmRung | OverdueRung | DutyLapsed | TargetMissed | ClockRescheduled | ClockSettled
)


class ClockOrder(Value):
    """What the incident wants of one clock now; the same order twice changes nothing."""

    due_at: Instant
    legal: bool
    settled: ClockSettled | None = None
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
    overdue: int = 0
    last_rung_at: Instant | None = None
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


def next_ring(state: ClockState, repeat: timedelta) -> datetime | None:
    """Say when this clock must speak next, or None once it is settled or not yet started."""
    if state.settled or state.due_at is None:
        return None
    for alarm in state.alarms:
        if alarm.percent not in state.rung:
            return alarm.at
    return (state.last_rung_at or state.due_at) + repeat


def ring(state: ClockState, now: datetime, repeat: timedelta) -> tuple[ClockBody, ...]:
    """Decide what is due to be said at `now`: of several alarms missed at once, only the last speaks.

    The deadline's own alarm also records the lapse, once for each deadline.
    """
    when = next_ring(state, repeat)
    if when is None or when > now or state.due_at is None:
        return ()
    passed = [alarm for alarm in state.alarms if alarm.at <= now and alarm.percent not in state.rung]
    if not passed:
        return (OverdueRung(count=state.overdue + 1),)
    bodies: list[ClockBody] = [AlarmRung(percent=passed[-1].percent, due_at=state.due_at)]
    if passed[-1].percent == WHOLE:
        lapse = DutyLapsed(due_at=state.due_at) if state.legal else TargetMissed(due_at=state.due_at)
        bodies.append(lapse)
    return tuple(bodies)


def follow(state: ClockState, order: ClockOrder, percents: tuple[int, ...]) -> tuple[ClockBody, ...]:
    """Decide what an order changes: nothing, the instants, or the end."""
    if state.settled or state.started_at is None:
        return ()
    bodies: list[ClockBody] = []
    if (order.due_at, order.legal) != (state.due_at, state.legal):
        fresh = alarms(state.started_at, order.due_at, percents)
        bodies.append(ClockRescheduled(due_at=order.due_at, legal=order.legal, alarms=fresh))
    if order.settled:
        bodies.append(order.settled)
    return tuple(bodies)


def evolve_clock(state: ClockState, body: ClockBody, version: int, at: datetime) -> ClockState:
    """Fold one fact of the clock's stream."""
    changes: dict[str, object]
    match body:
        case ClockStarted():
            changes = {
                "started_at": body.started_at,
                "due_at": body.due_at,
                "legal": body.legal,
                "alarms": body.alarms,
            }
        case AlarmRung():
            done = tuple(alarm.percent for alarm in state.alarms if alarm.percent <= body.percent)
            changes = {"rung": done, "last_rung_at": at}
        case OverdueRung():
            changes = {"overdue": body.count, "last_rung_at": at}
        case DutyLapsed() | TargetMissed():
            changes = {"lapsed_at": state.lapsed_at or body.due_at}
        case ClockRescheduled():
            changes = {
                "due_at": body.due_at,
                "legal": body.legal,
                "alarms": body.alarms,
                "rung": (),
                "overdue": 0,
            }
        case ClockSettled():
            changes = {"settled": body}
        case _ as never:
            assert_never(never)
    return state.model_copy(update={**changes, "version": version})
