"""When the next message of a budget may leave: one instant for each, moved on by whoever takes a place.

This is the generic cell rate algorithm (ITU-T I.371) with no tolerance: places lie one behind the other.
"""

import time
from collections.abc import Sequence

from sqlalchemy import Connection

from ledger.database import Database, cursor
from ledger.writer import Writer


class PaceStore:
    """The instants of all budgets; implements `ledger.port.Pace`."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._sqlite = database.sqlite
        self._writer = writer
        sql = database.sql
        self._known = sql("INSERT INTO pace (name, free_at) VALUES (?, 0) ON CONFLICT (name) DO NOTHING")
        self._free = sql("SELECT free_at FROM pace WHERE name = ?")
        self._locked = (
            self._free if self._sqlite else sql("SELECT free_at FROM pace WHERE name = ? FOR UPDATE")
        )
        self._move = sql("UPDATE pace SET free_at = ? WHERE name = ?")

    def take(self, rows: Sequence[tuple[str, float]], most: float) -> tuple[bool, float]:
        """Take a place in every row; see `ledger.port.Pace.take`."""

        def work(connection: Connection) -> tuple[bool, float, float]:
            # All in one order, so that two of them never wait for each other.
            free = {name: self._row(connection, name) for name in sorted(name for name, _ in rows)}
            now = self._now(connection)
            *before, queue = (free[name] for name, _ in rows)
            if before and max(before) > now:
                return False, max(before), now
            start = max(queue, now)
            if start - now > most:
                return False, start, now
            hand = cursor(connection)
            for name, seconds in rows:
                hand.execute(self._move, (start + seconds, name))
            return True, start, now

        taken, start, now = self._writer.run(work)
        return taken, start - (time.time() if self._sqlite else now)

    def hold(self, name: str, seconds: float) -> None:
        """Give nobody a place in this row; see `ledger.port.Pace.hold`."""

        def work(connection: Connection) -> None:
            until = max(self._row(connection, name), self._now(connection) + seconds)
            cursor(connection).execute(self._move, (until, name))

        self._writer.run(work)

    def _row(self, connection: Connection, name: str) -> float:
        """Lock a row, and say from when on it is free."""
        hand = cursor(connection)
        hand.execute(self._locked, (name,))
        row = hand.fetchone()
        if row is None:
            hand.execute(self._known, (name,))
            hand.execute(self._locked, (name,))
            row = hand.fetchone()
        return float(row[0]) if row else 0.0

    def _now(self, connection: Connection) -> float:
        # Several machines share one PostgreSQL, so its clock is theirs; SQLite's users share one machine.
        if self._sqlite:
            return time.time()
        hand = cursor(connection)
        hand.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        (now,) = hand.fetchone() or (0.0,)
        return float(now)
