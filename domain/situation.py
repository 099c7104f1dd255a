"""One incident as the law looks at it: its facts, its instants, and the grade they give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from domain.duty_rule import RECORDED
from domain.expression import Verdict
from domain.grading import UNGRADED, Graded
from domain.reason import because
from domain.term import UNKNOWN

NOTHING: tuple[JsonValue, ...] = (None, UNKNOWN, False, "none")


@dataclass(slots=True)
class Situation:
    """Facts by name with the instant of asking, the instant whose law applies, and the grade."""

    facts: Mapping[str, JsonValue]
    at: datetime
    law_of: datetime
    recorded_at: Mapping[str, datetime]
    graded: Graded = UNGRADED
    weighed: dict[str, Verdict] = field(default_factory=dict)
    _starts: dict[tuple[str, ...], tuple[datetime | None, str | None]] = field(default_factory=dict)
    _reasons: dict[tuple[str, ...], str] = field(default_factory=dict)

    def because(self, names: tuple[str, ...]) -> str:
        """Tell the facts that decided, in words; many duties are decided by the same."""
        told = self._reasons.get(names)
        if told is None:
            told = self._reasons[names] = because(names, self.facts, self.graded.grade)
        return told

    def start(self, chain: tuple[str, ...]) -> tuple[datetime | None, str | None]:
        """Find the first instant of a chain that is known, with the fact that gives it."""
        found = self._starts.get(chain)
        if found is None:
            found = self._starts[chain] = self._first(chain)
        return found

    def _first(self, chain: tuple[str, ...]) -> tuple[datetime | None, str | None]:
        for link in chain:
            found = self._recorded(link) if link.startswith(RECORDED) else self._instant(link)
            if found is not None:
                return found
        return None, None

    def _recorded(self, link: str) -> tuple[datetime, str] | None:
        names = link.removeprefix(RECORDED).split("|")
        found = [
            (self.recorded_at[name], name)
            for name in names
            if name in self.recorded_at and self.facts.get(name) not in NOTHING
        ]
        return min(found, default=None)

    def _instant(self, link: str) -> tuple[datetime, str] | None:
        name = link
        if link == "aware_at" and read(self.facts, link) is None:
            name = "first_signal_at"
        instant = read(self.facts, name)
        return None if instant is None else (instant, name)


def read(facts: Mapping[str, JsonValue], path: str) -> datetime | None:
    """Read an instant among canonical facts; None where it is missing or unknown."""
    name, dot, key = path.partition(".")
    value = facts.get(name)
    if dot:
        value = value.get(key) if isinstance(value, dict) else None
    return datetime.fromisoformat(value) if isinstance(value, str) and value != UNKNOWN else None


def law_of(facts: Mapping[str, JsonValue], at: datetime) -> datetime:
    """Find the instant whose law applies: awareness, else the first signal, else the asking."""
    return read(facts, "aware_at") or read(facts, "first_signal_at") or at
