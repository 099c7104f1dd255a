"""Rules of the law that an incident goes by: pinned when it opened, changed by two persons only."""

from domain import commands as c
from domain import facts as f
from domain.approval import adoption_subject, second_person
from domain.pack import digest
from domain.refusal import Refused
from domain.rules_assess import reassess
from domain.turn import Book, Turn


def adopt(turn: Turn, order: c.AdoptPacks, envelope: c.Envelope) -> None:
    """Go by other packs from here on, and ask them at once; settled duties stay settled.

    Raises:
        Refused: `needs_reason`, `same_packs`, `packs_of_no_use`, or `needs_second_person`.

    """
    if not envelope.reason:
        raise Refused("needs_reason", "Other law packs are adopted with a reason: add --reason.")
    new = digest(*order.packs)
    if new == turn.state.packs_digest:
        raise Refused("same_packs", f"{turn.state.incident} goes by these law packs already.")
    law = turn.book.opening.organisation.jurisdictions
    if not any(pack.jurisdiction in law for pack in order.packs):
        raise Refused("packs_of_no_use", f"None of these law packs is law here: {', '.join(law)}.")
    by = second_person(
        turn.state, adoption_subject(new), operator=envelope.operator, offered=envelope.approvals
    )
    turn.record(
        f.PackAdopted(
            old_digest=turn.state.packs_digest, new_digest=new, reason=envelope.reason, approved_by=by
        )
    )
    turn.book = adopted(turn.book, order)
    reassess(turn)


def adopted(book: Book, order: c.Order) -> Book:
    """The book after an order that was carried out."""
    if isinstance(order, c.AdoptPacks):
        return book.model_copy(update={"packs": order.packs})
    return book
