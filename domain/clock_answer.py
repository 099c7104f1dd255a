"""Who answers for an alarm: it then climbs no further, and nothing else changes."""

from domain.clock import AlarmAcknowledged, ClockBody, ClockState
from domain.refusal import Refused


def acknowledge(state: ClockState, by: str, alarm: int | None = None) -> tuple[ClockBody, ...]:
    """Let somebody answer for the last alarm; a second answer to the same one changes nothing.

    Args:
        state: where the clock stands.
        by: the handle of who answers.
        alarm: the number of the alarm that was heard, if known: a later one is not silenced by it.

    Raises:
        Refused: `clock_settled`, `nothing_rung` or `alarm_passed`.

    """
    if state.settled:
        raise Refused("clock_settled", f"{state.key} is {state.settled.outcome.replace('_', ' ')}; it rests.")
    if state.alarm == 0 or (alarm is not None and alarm > state.alarm):
        raise Refused(
            "nothing_rung", f"{state.key} has rung {state.alarm} times, so there is nothing to answer."
        )
    if alarm is not None and alarm < state.alarm:
        raise Refused(
            "alarm_passed",
            f"Since alarm {alarm} of {state.key} alarm {state.alarm} has rung: acknowledge that one.",
        )
    return () if state.acknowledged_by else (AlarmAcknowledged(alarm=state.alarm, by=by),)
