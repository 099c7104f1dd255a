"""One incident's way into Temporal: one passage at a time; what comes meanwhile goes together next."""

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from domain.alert import Alert, Observation
from intake.ports import Passage
from intake.source import Source

MOST_ALERTS: Final = 100


@dataclass(slots=True)
class Row:
    """A delivery on its way: how many of its alerts are still to arrive, and where the others went."""

    id: int
    source: str
    delivery: str
    malformed: str
    left: int
    incidents: set[str] = field(default_factory=set)
    declined: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert and the delivery that brought it."""

    row: Row
    alert: Alert


class Lane:
    """The alerts of one incident, in the order in which they came: those that wait, and those in flight."""

    def __init__(self, incident: str, source: Source, carriage: Callable[[str, str], str]) -> None:
        self.incident = incident
        self._source = source
        self._carriage = carriage
        self._waiting: deque[Waiting] = deque()
        self._flying = 0

    def __len__(self) -> int:
        return len(self._waiting) + self._flying

    def add(self, waiting: Waiting) -> None:
        """Let an alert wait here."""
        self._waiting.append(waiting)

    def next(self) -> list[Waiting]:
        """Take what goes together next; what was taken before has arrived."""
        self._flying = min(MOST_ALERTS, len(self._waiting))
        return [self._waiting.popleft() for _ in range(self._flying)]

    def passage(self, group: list[Waiting]) -> Passage:
        """Make one update of a group.

        The update's id ends in a digest of what it holds: after a restart the same alerts may be grouped
        otherwise, and another content under the same id would be taken for a repeat and lost.
        """
        alerts = tuple(waiting.alert for waiting in group)
        held = "\n".join(f"{alert.finding} {alert.revision}" for alert in alerts)
        digest = hashlib.sha256(held.encode()).hexdigest()[:12]
        row = group[0].row
        return Passage(
            incident=self.incident,
            source=self._source,
            correlation=alerts[0].correlation,
            observation=Observation(alerts=alerts),
            update=f"{row.source}/{self._carriage(row.source, row.delivery)}/{digest}",
        )
