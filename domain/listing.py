"""A list of people as rows, wherever it comes from, and what is wrong with a whole one."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol


class Row(NamedTuple):
    """One row: where it begins (a file's line, or a row's number), and its cells.

    `cells` is None where the row cannot be read as one; `torn` is then what stands there, as far as it goes.
    """

    line: int
    cells: Sequence[str] | None
    torn: Sequence[str] = ()


class Listing(Protocol):
    """An opened list: its columns' names, and its rows in an order that does not change."""

    @property
    def header(self) -> Sequence[str]:
        """The names of the columns."""

    def rows(self, wanted: frozenset[int] | None = None) -> Iterator[Row]:
        """The rows, each as wide as the header; cells of columns that are not wanted may be empty."""


class ListInvalid(ValueError):  # noqa: N818 -- what is invalid is the list that was handed in
    """A list that cannot be an audience: a code of `docs/activities.md`, a sentence, and no cell of it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
