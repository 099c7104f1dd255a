"""One turn of an incident: what is known, who acts, and the facts decided so far, each already folded."""

from datetime import datetime

from domain.evolve import evolve
from domain.fact import Fact
from domain.facts import IncidentOpened
from domain.model import Happened, Value
from domain.pack import Pack
from domain.playbook import Playbook
from domain.state import State


class Book(Value):
    """What an incident goes by, pinned when it opened: its law, its playbook, its organisation."""

    opening: IncidentOpened
    packs: tuple[Pack, ...]
    playbook: Playbook

    def of(self, state: State) -> "Book":
        """The book as the incident goes by it now: with the playbook that was chosen since the opening."""
        return self.model_copy(update={"playbook": state.playbook}) if state.playbook else self


class Turn:
    """Collects the facts of one decision; `state` always includes those already recorded."""

    def __init__(self, state: State, now: datetime, actor: str, book: Book) -> None:
        self.state = state
        self.now = now
        self.actor = actor
        self._pinned = book
        self.facts: list[Fact] = []

    @property
    def book(self) -> Book:
        """What the incident goes by at this point of the turn."""
        return self._pinned.of(self.state)

    @book.setter
    def book(self, book: Book) -> None:
        self._pinned = book

    def record(self, *bodies: Happened) -> None:
        """Let these things have happened, now, by this turn's actor."""
        for body in bodies:
            fact = Fact(
                stream=self.state.stream,
                version=self.state.version + 1,
                at=self.now,
                actor=self.actor,
                body=body,
            )
            self.state = evolve(self.state, fact)
            self.facts.append(fact)
