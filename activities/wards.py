"""Children whose guardians stand in other rows of a list: kept, sealed, until the list is at its end."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import orjson

from activities.scratch import Scratch
from domain.listing import Row

if TYPE_CHECKING:
    from ledger.port import CampaignKey

CHUNK = 500
_KEPT = "kept"


class Wards(Scratch):
    """The rows that wait, and those that they may name, however many there are.

    Who may be a guardian is kept by a fingerprint of the row's id, a child's row by its line.
    """

    def __init__(self, key: "CampaignKey") -> None:
        super().__init__(
            "CREATE TABLE known (id BLOB PRIMARY KEY, cells BLOB) WITHOUT ROWID",
            "CREATE TABLE ward (line INTEGER PRIMARY KEY, cells BLOB)",
        )
        self._key = key

    def know(self, rows: Sequence[tuple[bytes, Sequence[str]]]) -> None:
        """Keep those who may be named as guardians, by fingerprint; the first of a repeat counts."""
        sealed = [(known, self._sealed(cells)) for known, cells in rows]
        self._keep("INSERT OR IGNORE INTO known VALUES (?, ?)", sealed)

    def wait(self, rows: Sequence[Row]) -> None:
        """Keep children's rows until everybody is known."""
        sealed = [(row.line, self._sealed(row.cells or ())) for row in rows]
        self._keep("INSERT INTO ward VALUES (?, ?)", sealed)

    def waiting(self) -> Iterator[list[Row]]:
        """The children's rows, some at a time, in the list's order."""
        after = 0
        some = "SELECT line, cells FROM ward WHERE line > ? ORDER BY line LIMIT ?"
        while found := self._hand.execute(some, (after, CHUNK)).fetchall():
            yield [Row(line, self._opened(cells)) for line, cells in found]
            after = found[-1][0]

    def guardian(self, known: bytes) -> list[str] | None:
        """The cells of the row with this fingerprint; None where there is none."""
        found = self._hand.execute("SELECT cells FROM known WHERE id = ?", (known,)).fetchone()
        return self._opened(found[0]) if found else None

    def _keep(self, statement: str, rows: Sequence[tuple[object, bytes]]) -> None:
        if rows:
            self._hand.execute("BEGIN")
            self._hand.executemany(statement, rows)
            self._hand.execute("COMMIT")

    def _sealed(self, cells: Sequence[str]) -> bytes:
        return self._key.seal(orjson.dumps(list(cells)), _KEPT)

    def _opened(self, sealed: bytes) -> list[str]:
        cells: list[str] = orjson.loads(self._key.open(sealed, _KEPT))
        return cells
