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


class Turn:
    """Collects the facts of one decision; `state` always includes those already recorded."""

    def __init__(self, state: State, now: datetime, actor: str, book: Book) -> None:
        self.state = state
        self.now = now
        self.actor = actor
        self.book = book
        self.facts: list[Fact] = []

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
