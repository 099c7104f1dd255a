"""Rules of what follows on a duty that is done: evidence by hand, and since when it counts as reported."""

from collections.abc import Iterable
from datetime import datetime

from domain import commands as c
from domain import facts as f
from domain.approval import second_person
from domain.line import instant
from domain.rules_assess import reassess
from domain.rules_duty import meet, not_before_awareness, not_in_future, unsettled
from domain.turn import Turn


def settle_by_hand(turn: Turn, order: c.SettleDuty, envelope: c.Envelope) -> None:
    """Take evidence of a duty done outside Tocsin; where it replaces a filing, two persons answer for it."""
    duty = unsettled(turn, order.duty)
    not_in_future(turn, order.evidence.at)
    if duty.by == "report":
        not_before_awareness(turn, order.evidence.at)
    if duty.by != "record":
        subject = f"settle/{order.duty}"
        second_person(turn.state, subject, operator=envelope.operator, offered=envelope.approvals)
    meet(turn, duty, order.evidence)
    if duty.by == "report":
        reported(turn, (duty.key.duty,), order.evidence.at, "settled by hand")


def reported(turn: Turn, duties: Iterable[str], at: datetime, basis: str) -> None:
    """Record when duties were first reported: what follows on them counts from there."""
    known = turn.state.known("reported_at")
    before = known if isinstance(known, dict) else {}
    now = {**{duty: instant(at) for duty in duties}, **before}
    if now != before:
        turn.record(f.FactRecorded(name="reported_at", value=now, basis=basis))
        reassess(turn)
