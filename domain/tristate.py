"""Kleene's three truth values: what is not known is neither true nor false."""

from collections.abc import Iterable
from enum import IntEnum


class Tristate(IntEnum):
    """True, false or unknown; the order makes *and* the least, *or* the greatest."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2

    @classmethod
    def of(cls, value: bool | None) -> "Tristate":
        """Read a boolean that may be missing."""
        if value is None:
            return cls.UNKNOWN
        return cls.TRUE if value else cls.FALSE

    def negated(self) -> "Tristate":
        """Kleene's *not*: unknown stays unknown."""
        return Tristate(2 - self)

    @staticmethod
    def every(values: Iterable["Tristate"]) -> "Tristate":
        """Kleene's *and*; of nothing it is true."""
        return min(values, default=Tristate.TRUE)

    @staticmethod
    def some(values: Iterable["Tristate"]) -> "Tristate":
        """Kleene's *or*; of nothing it is false."""
        return max(values, default=Tristate.FALSE)
