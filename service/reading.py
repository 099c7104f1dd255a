"""The reading side of the ledger, for tools that must answer at once and need nothing to run.

SQLite files are read with the standard library, read-only: SQLAlchemy alone takes longer to import than
a list may take. Every other database goes through the ledger's own classes.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ledger.errors import LedgerUnavailable
from service.place import Place

if TYPE_CHECKING:
    from domain.line import Line
    from ledger.database import Database


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident as a list shows it; `persons_affected` as recorded, None where it is not."""

    incident: str
    phase: str
    confirmed: bool | None
    severity: int
    category: str
    grade: str
    drill: bool
    follows: str
    alerts: int
    persons_affected: Any
    opened_at: datetime | None
    closed_at: datetime | None
    open_duties: int
    next_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One duty's clock as a list shows it; `outcome` is empty while it runs."""

    incident: str
    drill: bool
    key: str
    started_at: datetime | None
    due_at: datetime | None
    legal: bool
    percent: int
    overdue: int
    alarm: int
    level: int
    acknowledged_by: str
    filed_at: datetime | None
    filed_channel: str
    filed_as: str
    lapsed_at: datetime | None
    outcome: str
    settled_at: datetime | None


_INSTANTS = frozenset(
    {
        "opened_at",
        "closed_at",
        "next_due_at",
        "started_at",
        "due_at",
        "filed_at",
        "lapsed_at",
        "settled_at",
    }
)
_FLAGS = frozenset({"confirmed", "drill", "legal"})
_INCIDENTS = "SELECT {} FROM incident_view ORDER BY opened_at DESC, stream"
_CLOCKS = (
    "SELECT {} FROM (SELECT clock_view.*, coalesce(incident_view.drill, 0) AS drill FROM clock_view "
    "LEFT JOIN incident_view ON incident_view.incident = clock_view.incident) "
    "WHERE ? IN ('', incident) ORDER BY due_at IS NULL, due_at, stream"
)
_LINE = ("stream", "version", "type", "schema_version", "at", "actor", "body")
_LINES = (
    "SELECT stream, version, type, schema, at, actor, body FROM fact "
    "WHERE stream = ? AND version >= ? ORDER BY version"
)


class Reading:
    """What the ledger says, to be read while others write; safe on a ledger nobody may write."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._file = place.sqlite_file

    def incidents(self) -> list[IncidentRow]:
        """Every incident, the latest opened first.

        Raises:
            LedgerUnavailable: the ledger cannot be read now.

        """
        if self._file is None:
            return self._viewed_incidents()
        names = IncidentRow.__slots__
        with self._sqlite(self._file) as connection:
            rows = connection.execute(_INCIDENTS.format(", ".join(names)))
            return [IncidentRow(**_cells(names, row)) for row in rows]

    def clocks(self, incident: str = "") -> list[ClockRow]:
        """The clocks of one incident, or of all, the next deadline first.

        Raises:
            LedgerUnavailable: the ledger cannot be read now.

        """
        if self._file is None:
            return self._viewed_clocks(incident)
        names = ClockRow.__slots__
        with self._sqlite(self._file) as connection:
            rows = connection.execute(_CLOCKS.format(", ".join(names)), (incident,))
            return [ClockRow(**_cells(names, row)) for row in rows]

    def lines(self, stream: str, first: int = 1) -> list["Line"]:
        """The facts of one stream from version `first` on, in order.

        Raises:
            LedgerUnavailable: the ledger cannot be read now.

        """
        if self._file is None:
            return self._stored_lines(stream, first)
        from domain.line import Line  # noqa: PLC0415 - pydantic is for those who fold, lists do without

        with self._sqlite(self._file) as connection:
            return [
                Line(**dict(zip(_LINE, row, strict=True)))
                for row in connection.execute(_LINES, (stream, first))
            ]

    @contextmanager
    def _sqlite(self, file: Path) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(f"file:{quote(str(file))}?{_mode(file)}", uri=True, timeout=10)
            try:
                yield connection
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise self._unavailable(error, file) from error

    def _unavailable(self, error: sqlite3.Error, file: Path) -> LedgerUnavailable:
        from sqlalchemy import make_url  # noqa: PLC0415 - only a failure can wait for it

        from ledger.faults import fault  # noqa: PLC0415 - as above

        if not file.parent.is_dir():
            sentence = f"the directory {file.parent} does not exist; run tocsin init, or set TOCSIN_DATA_DIR."
            return LedgerUnavailable("cannot_open", sentence)
        if not file.exists():
            return LedgerUnavailable("cannot_open", f"there is no ledger {file} yet; run tocsin init.")
        found = fault(error, make_url(self._place.ledger_url))
        return found or LedgerUnavailable("corrupt", f"the ledger {file} cannot be read.")

    @contextmanager
    def _database(self) -> Iterator["Database"]:
        from ledger.database import Database  # noqa: PLC0415 - not needed for a SQLite file

        database = Database(self._place.ledger_url)
        try:
            yield database
        finally:
            database.close()

    def _viewed_incidents(self) -> list[IncidentRow]:
        from ledger.views import Views  # noqa: PLC0415 - not needed for a SQLite file

        with self._database() as database:
            return [
                IncidentRow(**{name: getattr(view, name) for name in IncidentRow.__slots__})
                for view in Views(database).incidents()
            ]

    def _viewed_clocks(self, incident: str) -> list[ClockRow]:
        from ledger.views import Views  # noqa: PLC0415 - not needed for a SQLite file

        names = [name for name in ClockRow.__slots__ if name != "drill"]
        with self._database() as database:
            drills = {view.incident for view in Views(database).incidents() if view.drill}
            return [
                ClockRow(drill=view.incident in drills, **{name: getattr(view, name) for name in names})
                for view in Views(database).clocks(incident)
            ]

    def _stored_lines(self, stream: str, first: int) -> list["Line"]:
        from ledger.store import Store  # noqa: PLC0415 - not needed for a SQLite file

        with self._database() as database:
            return [entry.line for entry in Store(database).read(stream, first)]


def _mode(file: Path) -> str:
    """Choose how to open a ledger: one that nobody can be writing needs no files beside it."""
    log = file.with_name(f"{file.name}-wal")
    return "mode=ro" if os.access(file.parent, os.W_OK) or log.exists() else "mode=ro&immutable=1"


def _cells(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    return {name: _cell(name, value) for name, value in zip(names, row, strict=True)}


def _cell(name: str, value: object) -> object:
    if value is None:
        return None
    if name in _INSTANTS:
        return datetime.fromisoformat(str(value))
    if name == "persons_affected":
        return json.loads(str(value))
    return bool(value) if name in _FLAGS else value
