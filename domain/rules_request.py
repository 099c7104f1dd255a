"""Rules of requests: what an authority asks for by an instant of its own is a duty like the law's."""

from domain import commands as c
from domain import facts as f
from domain.line import instant
from domain.refusal import Refused
from domain.rules_duty import not_in_future
from domain.turn import Turn

REQUEST = "REQUEST-"


def requested(key: f.DutyKey) -> bool:
    """Say whether a duty answers an authority's request rather than a law pack's row."""
    return key.duty.startswith(REQUEST)


def receive_request(turn: Turn, order: c.RecordRequest, envelope: c.Envelope) -> None:
    """Open a duty for what an authority asked for; evidence settles it, two persons may let it go."""
    not_in_future(turn, order.received_at)
    if order.due_at <= order.received_at:
        raise Refused(
            "deadline_past",
            f"{instant(order.due_at)} does not lie after {instant(order.received_at)}, when it was asked "
            "for: correct --due, or say by --received when it came.",
        )
    number = sum(requested(duty.key) for duty in turn.state.duties.values()) + 1
    basis = order.basis or envelope.reason
    turn.record(
        f.RequestReceived(
            number=number,
            authority=order.authority,
            what=order.what,
            received_at=order.received_at,
            due_at=order.due_at,
            basis=basis,
        ),
        f.DutyOpened(
            key=f.DutyKey(duty=f"{REQUEST}{number}", authority=order.authority),
            by=order.by,
            title=order.what,
            article=basis,
            recipient=order.authority,
            terms=f.DutyTerms(
                answer="owed",
                reason=f"{order.authority} asked for it on {instant(order.received_at)}.",
                clock_start=order.received_at,
                due_at=order.due_at,
                legal=True,
            ),
        ),
    )
