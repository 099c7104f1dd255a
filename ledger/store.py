"""The facts: appended once, chained, read back as they were written."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Row, Select, func, select
from sqlalchemy.engine.interfaces import DBAPICursor

from domain.line import GENESIS, Line, instant
from ledger import chain
from ledger.database import Database, cursor
from ledger.errors import Conflict, Gap
from ledger.port import Entry, Head, Verification
from ledger.tables import fact
from ledger.views import Projection
from ledger.writer import Writer

READ_ROWS = 1_000
CONTENT = "stream, version, fact_id, type, schema, at, actor, body, prev, hash"

# A loose walk over the key: one look per stream, not one per fact.
HEADS = """
WITH RECURSIVE name(stream) AS (
    SELECT (SELECT min(stream) FROM fact WHERE stream >= ?)
    UNION ALL
    SELECT (SELECT min(stream) FROM fact WHERE stream > name.stream) FROM name WHERE name.stream IS NOT NULL
)
SELECT fact.stream, fact.version, fact.hash FROM name JOIN fact ON fact.stream = name.stream
AND fact.version = (SELECT max(version) FROM fact AS last WHERE last.stream = name.stream)
ORDER BY fact.stream
"""


class Store:
    """The ledger over SQLite or PostgreSQL; safe to share between threads."""

    def __init__(self, database: Database, writer: Writer | None = None) -> None:
        self._database = database
        self._writer = writer or Writer(database)
        self._projection = Projection(database)
        sql = database.sql
        self._last = sql("SELECT version, hash FROM fact WHERE stream = ? ORDER BY version DESC LIMIT 1")
        self._there = sql(
            "SELECT version, hash, prev FROM fact WHERE stream = ? AND version >= ? ORDER BY version LIMIT ?"
        )
        self._insert = sql(f"INSERT INTO fact ({CONTENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")  # noqa: S608  names of ours
        self._heads = sql(HEADS)

    def append(self, stream: str, lines: Sequence[Line]) -> Head:
        """Write consecutive lines and their views in one durable transaction; a repeat is a success.

        Raises:
            Conflict: another content is already written at one of the versions.
            Gap: the lines do not follow on the head or on each other, or name another stream.
            LedgerUnavailable: the database cannot be used now; nothing was written.
            ValueError: no line, a line feed where none may be, or a body that does not fit its type.

        """
        _see_order(stream, lines)

        def work(connection: Connection) -> Head:
            return self._append(connection, stream, lines)

        try:
            return self._writer.run(work)
        except self._database.clashes:
            # Another process wrote these versions between our look and our insert: look again.
            return self._writer.run(work)

    def _append(self, connection: Connection, stream: str, lines: Sequence[Line]) -> Head:
        hand = cursor(connection)
        hand.execute(self._last, (stream,))
        version, last = hand.fetchone() or (0, GENESIS)
        first = lines[0].version
        if first > version + 1:
            raise Gap(stream, version + 1, first)
        known = version + 1 - first
        if known:
            # A repeat answers where its own last line stands, as the first attempt did.
            last = self._compare(hand, stream, lines[:known])
        if known < len(lines):
            last = self._write(hand, lines[known:], last)
            self._projection.fold(hand, stream, lines[known:], empty=not version)
        return Head(stream, lines[-1].version, last)

    def _write(self, hand: DBAPICursor, new: Sequence[Line], last: str) -> str:
        rows = []
        for line in new:
            prev, last = last, line.hashed(last)
            at = instant(line.at)
            content = (line.type, line.schema_version, at, line.actor, line.body, prev, last)
            rows.append((line.stream, line.version, str(line.fact_id), *content))
        hand.executemany(self._insert, rows)
        return last

    def _compare(self, hand: DBAPICursor, stream: str, lines: Sequence[Line]) -> str:
        hand.execute(self._there, (stream, lines[0].version, len(lines)))
        hashed = ""
        for line, (version, hashed, prev) in zip(lines, hand.fetchall(), strict=True):
            if line.version != version or line.hashed(prev) != hashed:
                raise Conflict(stream, line.version)
        return hashed

    def read(self, stream: str, first: int = 1) -> Iterator[Entry]:
        """The stored facts of one stream from version `first` on, in order."""
        query = select(fact).where(fact.c.stream == stream, fact.c.version >= first).order_by(fact.c.version)
        with self._database.reading() as connection, _streamed(connection, query) as rows:
            for row in rows:
                yield Entry(_line(row), row.prev, row.hash, row.recorded_at)

    def head(self, stream: str) -> Head | None:
        """Where one stream stands; None when it holds nothing."""
        with self._database.reading() as connection:
            row = connection.exec_driver_sql(self._last, (stream,)).one_or_none()
        return Head(stream, row[0], row[1]) if row else None

    def heads(self, prefix: str = "") -> Iterator[Head]:
        """Where every stream stands whose name begins with `prefix`, ordered by name."""
        with self._database.reading() as connection:
            for stream, version, hashed in connection.exec_driver_sql(self._heads, (prefix,)):
                if not stream.startswith(prefix):
                    return
                yield Head(stream, version, hashed)

    def verify(self) -> Verification:
        """Walk every chain with constant memory and name the first bad row."""
        columns = [fact.c[name.strip()] for name in CONTENT.split(",")]
        query = select(*columns).order_by(fact.c.stream, fact.c.version)
        with self._database.reading() as connection, _streamed(connection, query) as rows:
            return chain.walk(chain.Row(*row) for row in rows)

    def rebuild(self) -> int:
        """Empty the views and fold every fact again, in one transaction; how many facts were folded."""
        return self._writer.run(self._rebuild)

    def _rebuild(self, connection: Connection) -> int:
        if not self._database.sqlite:
            # SQLite's writer is alone by itself; here an append in between would be folded twice.
            connection.exec_driver_sql("LOCK TABLE fact IN SHARE ROW EXCLUSIVE MODE")
        self._projection.clear(connection)
        hand = cursor(connection)
        streams = [row[0] for row in connection.exec_driver_sql(self._heads, ("",)).all()]
        for stream in streams:
            query = select(fact).where(fact.c.stream == stream).order_by(fact.c.version)
            with _streamed(connection, query) as rows:
                for number, part in enumerate(rows.partitions()):
                    self._projection.fold(hand, stream, [_line(row) for row in part], empty=not number)
        return connection.execute(select(func.count()).select_from(fact)).scalar_one()


def _see_order(stream: str, lines: Sequence[Line]) -> None:
    if not lines:
        raise ValueError("an append needs at least one line")
    blurred = "\n" in stream
    for expected, line in enumerate(lines, lines[0].version):
        if line.stream != stream or line.version != expected:
            raise Gap(stream, expected, line.version)
        blurred = blurred or "\n" in line.actor or "\n" in line.type
    if blurred:
        raise ValueError("a line feed in stream, type or actor would blur what is hashed")


def _streamed(connection: Connection, query: Select[*tuple[Any, ...]]) -> CursorResult[*tuple[Any, ...]]:
    return connection.execute(query, execution_options={"yield_per": READ_ROWS})


def _line(row: Row[*tuple[Any, ...]]) -> Line:
    return Line(
        stream=row.stream,
        version=row.version,
        type=row.type,
        schema_version=row.schema,
        at=row.at,
        actor=row.actor,
        body=row.body,
    )
