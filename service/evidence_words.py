"""The words that one person was sent, written again from what was frozen."""

import hashlib
from dataclasses import dataclass, field

from domain.campaign import AudienceFrozen
from domain.disclosure import case_digest, figures, plan_digest
from domain.evolve import evolve
from domain.fact import Fact
from domain.facts import NotificationRequested
from domain.kind import Kind
from domain.letter import Case
from domain.line import canonical
from domain.organisation import Organisation
from domain.state import State
from playbooks.messages import Messages
from service.record import Record


@dataclass(frozen=True, slots=True)
class Sent:
    """One person's message. `certain` says that templates and facts are, by digest, the frozen ones.

    `sha256` is over the canonical JSON of `[subject, text, html]`.
    """

    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str | None = field(repr=False)
    certain: bool
    sha256: str


class Again:
    """Writes the messages of one campaign again, from the incident's facts as they were then."""

    def __init__(self, record: Record, number: int, frozen: AudienceFrozen, messages: Messages) -> None:
        self._messages = messages
        self._order, self._case, told = _then(record.incident, record.facts, number, frozen.case_sha256)
        self._certain = told and self._as_frozen(frozen)

    def to(self, channel: str, language: str, kind: Kind, name: str) -> Sent | None:
        """Write one person's message; None where there is no such message any more."""
        try:
            letter = self._messages.letter(self._order.message, channel, language, self._case, kind)
        except KeyError:
            return None
        words = letter.to(name)
        sha256 = hashlib.sha256(canonical(list(words)).encode()).hexdigest()
        return Sent(words.subject, words.text, words.html, certain=self._certain, sha256=sha256)

    def _as_frozen(self, frozen: AudienceFrozen) -> bool:
        order = self._order
        if order.message not in self._messages.ids:
            return False
        templates = self._messages.digest(order.message)
        return (
            plan_digest(frozen.list_sha256 or order.sha256, order.message, templates, figures(frozen))
            == frozen.sha256
        )


def _then(
    incident: str, facts: list[Fact], number: int, wanted: str
) -> tuple[NotificationRequested, Case, bool]:
    """The order, the case as it was told, and whether its digest says that it is.

    The campaign began at the order or a few facts later, so each of these is looked at.
    """
    state, organisation = State(incident=incident), Organisation()
    order: NotificationRequested | None = None
    first: Case | None = None
    for fact in facts:
        state = evolve(state, fact)
        organisation = state.opened.organisation if state.opened else organisation
        if isinstance(fact.body, NotificationRequested) and fact.body.campaign == number:
            order = fact.body
        if order is None:
            continue
        first = first or _case(state, organisation)
        if case_digest(state.facts, organisation) == wanted:
            return order, _case(state, organisation), True
    if order is None or first is None:
        message = f"there is no campaign {number}"
        raise ValueError(message)
    return order, first, False


def _case(state: State, organisation: Organisation) -> Case:
    return Case(incident=state.incident, facts=state.facts, organisation=organisation, drill=state.drill)
