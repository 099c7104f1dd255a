"""What the auditor remembers across restarts: heads of the ledger, what was told, what a person accepted."""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from domain.bulletin import Standing
from ledger.port import Head
from service.settings_error import SettingsError

FILE = "notes.db"
_BUSY_S = 10
_TABLES = """
CREATE TABLE IF NOT EXISTS head (stream TEXT PRIMARY KEY, version INTEGER NOT NULL, hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS standing (key TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS accepted (
    key TEXT PRIMARY KEY, at TEXT NOT NULL, operator TEXT NOT NULL, reason TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS looked (one INTEGER PRIMARY KEY CHECK (one = 1), at TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that somebody looked into and answers for."""

    key: str
    at: str
    operator: str
    reason: str


class Notebook:
    """A SQLite file in `auditor/` of the data directory: each note is written whole or not at all.

    Raises:
        SettingsError: `settings.data_dir`, when the folder cannot be made or written.

    """

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "auditor"
        self.file = self.folder / FILE
        self.begun_anew = False
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._prepare()
        except (OSError, sqlite3.OperationalError) as error:
            sentence = (
                f"TOCSIN_DATA_DIR: the auditor cannot keep its notes in {self.folder}; make it writable."
            )
            raise SettingsError("settings.data_dir", sentence) from error

    def heads(self) -> dict[str, Head]:
        """Where each stream stood at the last look."""
        with self._open() as notes:
            rows = notes.execute("SELECT stream, version, hash FROM head").fetchall()
        return {stream: Head(stream, version, hashed) for stream, version, hashed in rows}

    def standings(self) -> dict[str, Standing]:
        """What stood at the last look."""
        with self._open() as notes:
            rows = notes.execute("SELECT key, body FROM standing").fetchall()
        found = {}
        for key, body in rows:
            # What another version wrote is told once more, which is better than not at all.
            with contextlib.suppress(ValidationError):
                found[key] = Standing.model_validate_json(body)
        return found

    def accepted(self) -> dict[str, Accepted]:
        """What was accepted."""
        with self._open() as notes:
            rows = notes.execute("SELECT key, at, operator, reason FROM accepted").fetchall()
        return {row[0]: Accepted(*row) for row in rows}

    def looked_at(self) -> datetime | None:
        """When the last look ended."""
        with self._open() as notes:
            row = notes.execute("SELECT at FROM looked").fetchone()
        return datetime.fromisoformat(row[0]) if row else None

    def accept(self, key: str, operator: str, reason: str) -> None:
        """Note that a finding was looked into."""
        with self._open() as notes:
            row = (key, datetime.now(UTC).isoformat(), operator, reason)
            notes.execute("INSERT OR REPLACE INTO accepted VALUES (?, ?, ?, ?)", row)

    def write(self, heads: Mapping[str, Head], standings: Mapping[str, Standing], at: datetime) -> None:
        """Note the end of a look; `heads` are those that differ from what is noted."""
        with self._open() as notes:
            notes.executemany(
                "INSERT OR REPLACE INTO head VALUES (?, ?, ?)",
                [(head.stream, head.version, head.hash) for head in heads.values()],
            )
            notes.execute("DELETE FROM standing")
            bodies = [(key, each.model_dump_json()) for key, each in standings.items()]
            notes.executemany("INSERT INTO standing VALUES (?, ?)", bodies)
            notes.execute("INSERT OR REPLACE INTO looked VALUES (1, ?)", (at.isoformat(),))

    def _prepare(self) -> None:
        try:
            self._make()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            # No database any more: kept aside for whoever wants to know why, and begun anew.
            self.file.replace(self.file.with_suffix(".broken"))
            self.begun_anew = True
            self._make()

    def _make(self) -> None:
        with self._open() as notes:
            notes.executescript(_TABLES)
            notes.execute("SELECT count(*) FROM head").fetchone()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        notes = sqlite3.connect(self.file, timeout=_BUSY_S)
        try:
            notes.execute("PRAGMA synchronous=FULL")
            with notes:
                yield notes
        finally:
            notes.close()
