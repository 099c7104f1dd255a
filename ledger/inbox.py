"""What came through the door, durable before it is answered."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.engine.interfaces import DBAPICursor

from domain.line import canonical, instant
from ledger.database import Database, cursor
from ledger.findings import Findings
from ledger.port import InboxItem, Parcel, Seal, Status, Stored, Storing
from ledger.writer import Writer

GATHER_S = 0.002
MOST = 500
_COLUMNS = "id, source, delivery, sealed_body, received_at, status, code, incidents, attempts"


_Row = tuple[str, str, str, bytes, str, str, str]


class _Found(NamedTuple):
    id: int
    sha256: str
    status: Status
    incidents: tuple[str, ...]


class InboxStore:
    """The port `Inbox` over SQLite or PostgreSQL.

    `put` may be awaited on one event loop at a time; everything else may be called from any thread.
    """

    def __init__(self, database: Database, seal: Seal, writer: Writer | None = None) -> None:
        self._database = database
        self._seal = seal
        self._writer = writer or Writer(database)
        self._waiting: list[tuple[Parcel, asyncio.Future[Stored]]] = []
        self._flushing: asyncio.Task[None] | None = None
        # One thread: while it commits one group the next one gathers.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inbox")
        findings = Findings(database, self._writer)
        self.fresh = findings.fresh
        self.correlate = findings.correlate
        self.incident_of = findings.incident_of
        sql = database.sql
        self._insert = sql(
            "INSERT INTO inbox"
            " (source, delivery, sha256, sealed_body, received_at, status, code, incidents, attempts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, '[]', 0) ON CONFLICT (source, delivery) DO NOTHING"
        )
        self._item = sql(f"SELECT {_COLUMNS} FROM inbox WHERE id = ?")  # noqa: S608  names of ours
        self._pending = sql(f"SELECT {_COLUMNS} FROM inbox WHERE status = 'received' ORDER BY id LIMIT ?")  # noqa: S608  as above
        self._answer = sql(
            "UPDATE inbox SET status = ?, code = ?, incidents = ?, attempts = attempts + 1 WHERE id = ?"
        )
        self._attempt = sql("UPDATE inbox SET code = ?, attempts = attempts + 1 WHERE id = ?")

    async def put(self, parcel: Parcel) -> Stored:
        """Store one delivery together with others that arrive in the same few milliseconds.

        Raises:
            LedgerUnavailable: the database cannot be used now; nothing was stored.

        """
        answer: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._waiting.append((parcel, answer))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        return await answer

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while self._waiting:
            # What came while the last group was being committed has waited long enough.
            await asyncio.sleep(max(0.0, began + GATHER_S - loop.time()))
            began = loop.time()
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            # A thread's future carries whatever it raises, so that each sender gets it and the loop goes on.
            work = loop.run_in_executor(self._thread, self.put_all, [parcel for parcel, _ in group])
            await asyncio.wait((work,))
            for place, (_, answer) in enumerate(group):
                if answer.cancelled():
                    continue
                fault = work.exception()
                if fault is None:
                    answer.set_result(work.result()[place])
                else:
                    answer.set_exception(fault)

    def put_all(self, parcels: Sequence[Parcel]) -> list[Stored]:
        """Store deliveries in one durable transaction.

        Raises:
            LedgerUnavailable: the database cannot be used now; nothing was stored.

        """
        rows = [self._row(parcel) for parcel in parcels]
        return self._writer.run(lambda connection: self._put(cursor(connection), rows))

    def _put(self, hand: DBAPICursor, rows: Sequence[_Row]) -> list[Stored]:
        names = list({row[:2]: None for row in rows})
        seen = dict(self._look(hand, names))
        fresh = [row for row in rows if row[:2] not in seen]
        there = dict(seen)
        if fresh:
            hand.executemany(self._insert, fresh)
            there = self._look(hand, names)
        answers = []
        for row in rows:
            found = there[row[:2]]
            if found.sha256 != row[2]:
                answers.append(self._conflict(hand, row))
                continue
            storing = Storing.REPEAT if row[:2] in seen else Storing.NEW
            # A second one in the same group is a repeat of the first.
            seen.setdefault(row[:2], found)
            answers.append(Stored(storing, found.id, found.status, found.incidents))
        return answers

    def _conflict(self, hand: DBAPICursor, row: _Row) -> Stored:
        source, delivery, sha256, body, received_at, *_ = row
        name = (source, f"{delivery}#{sha256}")
        body = self._seal.seal(self._seal.open(body, _place(source, delivery)), _place(*name))
        newcomer = (*name, sha256, body, received_at, Status.QUARANTINED, "conflict")
        hand.executemany(self._insert, [newcomer])
        found = self._look(hand, [name])[name]
        return Stored(Storing.CONFLICT, found.id, found.status, found.incidents)

    def _row(self, parcel: Parcel) -> _Row:
        sha256 = hashlib.sha256(parcel.body).hexdigest()
        body = self._seal.seal(parcel.body, _place(parcel.source, parcel.delivery))
        at = instant(parcel.received_at)
        return parcel.source, parcel.delivery, sha256, body, at, Status.RECEIVED, ""

    def _look(self, hand: DBAPICursor, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], _Found]:
        marks = ", ".join("(?, ?)" for _ in names)
        query = (
            f"WITH name(source, delivery) AS (VALUES {marks})"  # noqa: S608  marks only
            " SELECT inbox.source, inbox.delivery, id, sha256, status, incidents FROM name CROSS JOIN inbox"
            " WHERE inbox.source = name.source AND inbox.delivery = name.delivery"
        )
        hand.execute(self._database.sql(query), tuple(part for name in names for part in name))
        return {
            (source, delivery): _Found(id_, sha256, Status(status), tuple(json.loads(incidents)))
            for source, delivery, id_, sha256, status, incidents in hand.fetchall()
        }

    def item(self, id: int) -> InboxItem | None:  # noqa: A002  the door's own word for it
        """One delivery by the id that `put` gave."""
        return next(iter(self._items(self._item, id)), None)

    def pending(self, limit: int) -> list[InboxItem]:
        """Deliveries not yet carried, oldest first."""
        return self._items(self._pending, limit)

    def _items(self, query: str, key: int) -> list[InboxItem]:
        with self._database.reading() as connection:
            hand = cursor(connection)
            hand.execute(query, (key,))
            rows = hand.fetchall()
        return [self._opened(*row) for row in rows]

    def _opened(  # noqa: PLR0913, PLR0917  one argument per column
        self,
        id: int,  # noqa: A002  as above
        source: str,
        delivery: str,
        sealed: bytes,
        received_at: str,
        status: str,
        code: str,
        incidents: str,
        attempts: int,
    ) -> InboxItem:
        return InboxItem(
            id=id,
            source=source,
            delivery=delivery,
            body=self._seal.open(bytes(sealed), _place(source, delivery)),
            received_at=datetime.fromisoformat(received_at),
            status=Status(status),
            code=code,
            incidents=tuple(json.loads(incidents)),
            attempts=attempts,
        )

    def retried(self, id: int, code: str) -> None:  # noqa: A002  as above
        """Count an attempt that failed for a reason outside, and remember its code."""
        self._write(self._attempt, code, id)

    def carried(self, id: int, incidents: Sequence[str]) -> None:  # noqa: A002  as above
        """Temporal has accepted it, into these incidents."""
        self._write(self._answer, Status.CARRIED, "", canonical(list(incidents)), id)

    def quarantine(self, id: int, code: str) -> None:  # noqa: A002  as above
        """It cannot be understood; a person looks at it."""
        self._write(self._answer, Status.QUARANTINED, code, "[]", id)

    def ignored(self, id: int, code: str) -> None:  # noqa: A002  as above
        """It was understood and asks for nothing."""
        self._write(self._answer, Status.IGNORED, code, "[]", id)

    def _write(self, statement: str, *marks: str | int) -> None:
        self._writer.run(lambda connection: cursor(connection).execute(statement, marks))

    def close(self) -> None:
        """Let the committing thread go."""
        self._thread.shutdown()


def _place(source: str, delivery: str) -> str:
    return f"inbox/{source}/{delivery}"
