"""A containment step as everybody knows it: what is ordered, what was performed, and who can do it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done to `target`; `key` makes it one act however often it is asked."""

    key: str
    incident: str
    step: str
    target: str = field(repr=False)
    drill: bool = False


@dataclass(frozen=True, slots=True)
class Performed:
    """It was done. `evidence` is the SHA-256, in hex, of the answer's body, which is kept nowhere else."""

    at: datetime
    code: str
    evidence: str


class Action(Protocol):
    """A step that can be done, and perhaps undone."""

    async def perform(self, order: Order) -> Performed:
        """Do it; the errors are those of `Notifier.send`."""
        ...

    async def undo(self, order: Order) -> Performed:
        """Take it back; `Refused` where that cannot be done."""
        ...
