"""The ledger followed from outside: what is new in each stream since the last look, verified on the way.

For whoever reads beside the engine and believes it nothing: the auditor. It needs no key, no view, and no
right but SELECT on the table `fact`.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection, select

from domain.line import GENESIS, Line
from ledger import chain
from ledger.database import Database
from ledger.port import BadFact, Head
from ledger.store import CONTENT, HEADS, READ_ROWS
from ledger.tables import fact

_COLUMNS = [fact.c[name.strip()] for name in CONTENT.split(",")]


class Reader(Protocol):
    """Whoever wants the facts: `begin` a stream from its first one, then `take` each in its order."""

    def begin(self, stream: str) -> None:
        """Forget what was taken of this stream: it comes again from its first fact."""

    def take(self, line: Line) -> None:
        """Take the next fact."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What one look brought: rows read, streams that do not hold, and whether time was enough."""

    rows: int
    bad: Mapping[str, BadFact]
    cut: Mapping[str, Head]
    complete: bool


@dataclass(slots=True)
class Follower:
    """Where each stream was read up to; `noted` are heads that were seen before this process began."""

    noted: dict[str, Head] = field(default_factory=dict)
    places: dict[str, Head] = field(default_factory=dict)
    bad: dict[str, BadFact] = field(default_factory=dict)
    cut: dict[str, Head] = field(default_factory=dict)
    _next: str = ""

    def follow(self, database: Database, reader: Reader, *, seconds: float, again: int = 0) -> Followed:
        """Read what is new, in one snapshot, and verify it; then some of the old once more.

        A stream that does not hold is still read to its end, for what it obliges to must not be lost with it.
        It is read anew at every look, so that one that was mended is found mended.

        Args:
            database: the ledger's.
            reader: takes the facts.
            seconds: after so long the look ends where it is, and the next one goes on from there.
            again: so many of the rows known to be good are verified again, the next ones at each look.

        Raises:
            LedgerUnavailable: the ledger cannot be read now.

        """
        end = time.monotonic() + seconds
        rows, complete = 0, True
        with database.reading() as connection:
            heads = {
                stream: Head(stream, version, hashed)
                for stream, version, hashed in connection.exec_driver_sql(database.sql(HEADS), ("",))
            }
            for head in heads.values():
                if time.monotonic() > end:
                    complete = False
                    break
                rows += self._news(connection, head, reader)
            if complete:
                self._lost(heads)
                self._verify_again(connection, heads, again, lambda: time.monotonic() > end)
        return Followed(rows, dict(self.bad), dict(self.cut), complete)

    def forget(self, stream: str) -> None:
        """Take the stream as it now stands for what it is: a person has looked into it."""
        for known in (self.noted, self.places, self.bad, self.cut):
            known.pop(stream, None)

    def _news(self, connection: Connection, head: Head, reader: Reader) -> int:
        place = self.places.get(head.stream)
        if place == head and head.stream not in self.bad:
            return 0
        fresh = place is None or head.stream in self.bad or place.version >= head.version
        if fresh:
            reader.begin(head.stream)
            self.bad.pop(head.stream, None)
        version, last = (0, GENESIS) if fresh or place is None else (place.version, place.hash)
        rows = 0
        for row in _rows(connection, head.stream, version):
            rows += 1
            self._see(row, version + 1, last)
            version, last = row.version, row.hash
            if (line := chain.line_of(row)) is not None:
                reader.take(line)
        if head.stream in self.bad and not fresh:
            # What went before may not be what was read then: the whole stream is read as it is now.
            return rows + self._news(connection, head, reader)
        self.places[head.stream] = Head(head.stream, version, last)
        if head.stream not in self.bad:
            self._compare(head.stream, version)
        return rows

    def _see(self, row: chain.Row, expected: int, prev: str) -> None:
        what = chain.wrong(row, expected, prev)
        noted = self.noted.get(row.stream)
        if not what and noted and noted.version == row.version and noted.hash != row.hash:
            what = "another fact stood here when the auditor looked before"
        if what and row.stream not in self.bad:
            self.bad[row.stream] = BadFact(row.stream, row.version, what)

    def _compare(self, stream: str, version: int) -> None:
        noted = self.noted.get(stream)
        if noted and version < noted.version:
            self.cut[stream] = noted
            return
        self.cut.pop(stream, None)
        self.noted[stream] = self.places[stream]

    def _lost(self, heads: Mapping[str, Head]) -> None:
        for stream, noted in self.noted.items():
            if stream not in heads:
                self.cut[stream] = noted
                self.places.pop(stream, None)

    def _verify_again(
        self, connection: Connection, heads: Mapping[str, Head], rows: int, late: Callable[[], bool]
    ) -> None:
        """Walk some streams from their first fact, going round through all of them look by look."""
        names = sorted(stream for stream in heads if stream not in self.bad)
        turn = [*(n for n in names if n > self._next), *(n for n in names if n <= self._next)]
        for stream in turn:
            if rows <= 0 or late():
                return
            version, last = 0, GENESIS
            for row in _rows(connection, stream, 0):
                self._see(row, version + 1, last)
                version, last = row.version, row.hash
                rows -= 1
            self._next = stream


def _rows(connection: Connection, stream: str, after: int) -> Iterator[chain.Row]:
    query = select(*_COLUMNS).where(fact.c.stream == stream, fact.c.version > after).order_by(fact.c.version)
    with connection.execute(query, execution_options={"yield_per": READ_ROWS}) as rows:
        for row in rows:
            yield chain.Row(*row)
