"""Fold the facts of a clock's stream."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never, cast

from domain.clock import (
    AlarmAcknowledged,
    AlarmEscalated,
    AlarmRung,
    AlarmTold,
    ClockBody,
    ClockRearmed,
    ClockRescheduled,
    ClockSettled,
    ClockStarted,
    ClockState,
    DutyLapsed,
    FilingNoted,
    OverdueRung,
    ProvisionalRung,
    Rung,
    TargetMissed,
)
from domain.fact import Fact


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
        case ClockRearmed():
            changes = {}
        case AlarmRung() | ProvisionalRung() | OverdueRung():
            changes = _rung(state, body, at)
        case AlarmTold() | AlarmEscalated() | AlarmAcknowledged():
            changes = _answered(state, body, at)
        case FilingNoted():
            changes = {"filed": body.filed}
        case DutyLapsed() | TargetMissed():
            changes = {"lapsed_at": state.lapsed_at or body.due_at}
        case ClockRescheduled():
            changes = {
                "due_at": body.due_at,
                "legal": body.legal,
                "alarms": body.alarms,
                "rung": (),
                "provisional": False,
                "overdue": 0,
                # What was told of the old deadline climbs no further.
                "climbed_at": None,
                "level": 0,
            }
        case ClockSettled():
            changes = {"settled": body}
        case _ as never:
            assert_never(never)
    return state.model_copy(update={**changes, "version": version})


def fold_clock(state: ClockState, history: Sequence[Fact]) -> ClockState:
    """Fold a clock's stream onto its blank state."""
    for fact in history:
        state = evolve_clock(state, cast("ClockBody", fact.body), fact.version, fact.at)
    return state


def _rung(state: ClockState, body: Rung, at: datetime) -> dict[str, object]:
    # Minutes without an answer count on over the next alarm: alarms in quick succession delay no climb.
    waiting = state.alarm and not state.acknowledged_by and body.level == state.level
    changes: dict[str, object] = {
        "last_rung_at": at,
        "alarm": state.alarm + 1,
        "level": body.level,
        "climbed_at": (state.climbed_at or at) if waiting else at,
        "told": (),
        "acknowledged_by": "",
    }
    if isinstance(body, OverdueRung):
        return {**changes, "overdue": body.count}
    if isinstance(body, ProvisionalRung):
        changes["provisional"] = True
    rung = tuple(
        alarm.percent
        for alarm in state.alarms
        if alarm.percent <= body.percent or alarm.percent in state.rung
    )
    return {**changes, "rung": rung}


def _answered(
    state: ClockState, body: AlarmTold | AlarmEscalated | AlarmAcknowledged, at: datetime
) -> dict[str, object]:
    """What becomes of an alarm; of an earlier one than the last, nothing that matters now."""
    if body.alarm != state.alarm:
        return {}
    match body:
        case AlarmTold():
            return {"told": tuple(dict.fromkeys((*state.told, *body.people)))}
        case AlarmEscalated():
            return {"level": body.level, "climbed_at": at}
        case AlarmAcknowledged():
            return {"acknowledged_by": body.by}
        case _ as never:
            assert_never(never)
