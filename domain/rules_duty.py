"""Rules of duties: what ends them, what moves them, and what may not be done to them."""

from collections.abc import Iterable
from datetime import datetime

from domain import commands as c
from domain import facts as f
from domain.approval import extension_subject, second_person
from domain.evidence import Evidence
from domain.line import instant
from domain.plausible import CLOCK_SKEW
from domain.refusal import Refused
from domain.state import Duty
from domain.turn import Turn

GRADING = f.DutyKey(duty="GRADING", authority="internal", n=1)


def meet(turn: Turn, duty: Duty, evidence: Evidence) -> None:
    """Settle one duty by evidence; late only where a legal deadline lay before the evidence."""
    due = duty.terms.due_at
    late = bool(duty.terms.legal and due and evidence.at > due)
    turn.record(f.DutyMet(key=duty.key, evidence=evidence, late=late))


def meet_all(turn: Turn, keys: Iterable[f.DutyKey], evidence: Evidence) -> None:
    """Settle those of these duties that are not settled yet."""
    for key in keys:
        duty = turn.state.duties[str(key)]
        if not duty.settled:
            meet(turn, duty, evidence)


def owed(turn: Turn, key: f.DutyKey, by: f.By) -> Duty:
    """Find a duty that is still to be settled, and by these means.

    Raises:
        Refused: `unknown_duty`, `duty_settled`, `wrong_means` or `not_yet`.

    """
    duty = turn.state.duties.get(str(key))
    if duty is None:
        raise Refused("unknown_duty", f"{key} is not a duty of {turn.state.incident}; see tocsin clock list.")
    if duty.settled:
        raise Refused("duty_settled", f"{key} is settled already ({duty.status}).")
    if duty.by != by:
        raise Refused("wrong_means", f"{key} is settled by {duty.by}, not by {by}.")
    if duty.terms.waiting_on:
        raise Refused(
            "not_yet",
            f"{key} begins with {duty.terms.waiting_on}: "
            f"tocsin fact set {turn.state.incident} {duty.terms.waiting_on}=now",
        )
    return duty


def withdraw(turn: Turn, order: c.WithdrawDuties, envelope: c.Envelope) -> None:
    """Let duties go, each agreed to by a second person."""
    if not envelope.reason:
        raise Refused("needs_reason", "A duty is withdrawn with a reason: add --reason.")
    for key in order.duties:
        unsettled(turn, key)
        by = second_person(
            turn.state, f"withdraw/{key}", operator=envelope.operator, offered=envelope.approvals
        )
        turn.record(f.DutyWithdrawn(key=key, reason=envelope.reason, approved_by=by))


def extend(turn: Turn, order: c.ExtendDuty, envelope: c.Envelope) -> None:
    """Move a deadline, on a basis; with a second person's agreement unless it is a target of our own."""
    if not envelope.reason:
        raise Refused("needs_reason", "An extension needs its basis: add --reason.")
    duty = unsettled(turn, order.duty)
    if order.due_at <= turn.now:
        raise Refused("deadline_past", f"{instant(order.due_at)} has passed; an extension lies ahead.")
    by = ""
    if duty.terms.legal or duty.terms.due_at is None:
        # It keeps an alarm from ringing, so it is answered for like letting a duty go.
        subject = extension_subject(order.duty, order.due_at)
        by = second_person(turn.state, subject, operator=envelope.operator, offered=envelope.approvals)
    turn.record(
        f.DutyExtended(key=order.duty, due_at=order.due_at, basis=envelope.reason, approved_by=by),
    )


def see_channel(turn: Turn, keys: Iterable[f.DutyKey], channel: str = "") -> None:
    """Let nothing leave by an ordinary channel while state or work secrets are suspected in it.

    Raises:
        Refused: `channel_blocked`.

    """
    duties = [turn.state.duties[str(key)] for key in keys]
    # What is settled is not asked again, so what it says of channels may be long past.
    blocked = [duty.key for duty in duties if duty.terms.blocked and not duty.settled]
    if blocked and channel != "in_person":
        raise Refused(
            "channel_blocked",
            f"{blocked[0]} must not go by ordinary channels while secrets are suspected; "
            "the secrecy office clears it, or it is taken there in person.",
        )


def unsettled(turn: Turn, key: f.DutyKey) -> Duty:
    """Find a duty that is open, the grading clock aside.

    Raises:
        Refused: `unknown_duty` or `use_triage`.

    """
    duty = turn.state.duties.get(str(key))
    if duty is None or duty.settled:
        raise Refused("unknown_duty", f"{key} is not an open duty of {turn.state.incident}.")
    if key == GRADING:
        raise Refused(
            "use_triage", f"The grading clock ends by a decision: tocsin triage {turn.state.incident}"
        )
    return duty


def not_before_awareness(turn: Turn, at: datetime) -> None:
    """Refuse a receipt older than the awareness that its deadline is counted from.

    Raises:
        Refused: `aware_after_report`.

    """
    for name in ("aware_at", "first_signal_at"):
        value = turn.state.known(name)
        if value not in {None, "unknown"}:
            aware = datetime.fromisoformat(str(value))
            if at < aware:
                raise Refused(
                    "aware_after_report",
                    f"The receipt of {instant(at)} cannot lie before {name}, {instant(aware)}; "
                    "one of the two is wrong.",
                )
            return


def not_in_future(turn: Turn, at: datetime) -> None:
    """Refuse an instant that has not come yet.

    Raises:
        Refused: `in_future`.

    """
    if at > turn.now + CLOCK_SKEW:
        raise Refused("in_future", f"{instant(at)} lies in the future; it is {instant(turn.now)} now.")
