"""The port of budgets that all workers share."""

from collections.abc import Sequence
from typing import Protocol


class Pace(Protocol):
    """When the next message of a budget may leave."""

    def take(self, rows: Sequence[tuple[str, float]], most: float) -> tuple[bool, float]:
        """Take a place of so many seconds in every row; whether that was done, and how long to wait.

        The last row is queued in, for `most` seconds at most: the wait is until its place comes, below zero
        where it is past. The rows before it must be free now. Where no place was taken, the wait is until
        one might be.

        Raises:
            LedgerUnavailable: nothing was taken.

        """

    def hold(self, name: str, seconds: float) -> None:
        """Give nobody a place in this row for so many seconds.

        Raises:
            LedgerUnavailable: nothing was held.

        """
