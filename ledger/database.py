"""The one door to SQLite or PostgreSQL: transactions, settings of the connection, clear errors."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.errors import LedgerUnavailable
from ledger.faults import fault, unavailable

BUSY_MS = 10_000
# 8 MiB of log: the commit that copies it into the file is not much slower than the others.
CHECKPOINT_PAGES = 2_000
_WRITES = "tocsin_writes"
_SNAPSHOT: Any = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def default_url(data_dir: Path) -> str:
    """The ledger of a machine with no other setting: a SQLite file in its data directory."""
    return f"sqlite:///{data_dir / 'ledger.db'}"


class Database:
    """A ledger's database by its SQLAlchemy URL; safe to share between threads.

    SQLite runs in WAL with synchronous=FULL: what was committed survives a power cut. With `writes`
    off nothing is written, not even beside the file, so a copy on a read-only medium can be verified;
    `shared` then says that others may be writing it.

    Raises:
        LedgerUnavailable: the directory is missing or not writable, or the server does not answer.

    """

    def __init__(self, url: str, *, writes: bool = True, shared: bool = False) -> None:
        self.url: URL = make_url(url)
        self.sqlite: bool = self.url.get_backend_name() == "sqlite"
        if self.sqlite:
            _see_place(self.url, writes=writes)
            self.engine: Engine = _sqlite(
                self.url if writes else _only_read(self.url, shared=shared), writes=writes
            )
        else:
            self.engine = _postgres(self.url)
        driver: Any = self.engine.dialect.loaded_dbapi
        self._faults: tuple[type[Exception], ...] = (DBAPIError, driver.Error)
        self.clashes: tuple[type[Exception], ...] = (IntegrityError, driver.IntegrityError)
        try:
            with self.reading():
                pass
        except LedgerUnavailable:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads: one snapshot, and nobody waits for it."""
        with self._answered(), self.engine.connect() as connection:
            # PostgreSQL would otherwise give every statement a snapshot of its own.
            still = connection if self.sqlite else connection.execution_options(**_SNAPSHOT)
            with still.begin():
                yield still

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: durable when it ends well, gone without a trace when not."""
        with self._answered(), self.engine.connect() as connection:
            marked = connection.execution_options(**{_WRITES: True})
            with marked.begin():
                yield marked

    @contextmanager
    def _answered(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeout as error:
            raise unavailable("locked", self.url) from error
        except self._faults as error:
            known = fault(error, self.url)
            if known is None:
                raise
            raise known from error

    def flush(self) -> None:
        """Move everything from SQLite's log into the file, so that overwritten bytes leave the disk."""
        if self.sqlite:
            with self._answered(), self.engine.connect() as connection:
                cursor(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def sql(self, text: str) -> str:
        """A statement written with `?`, for this driver."""
        return text if self.sqlite else text.replace("?", "%s")


def cursor(connection: Connection) -> DBAPICursor:
    """The driver's own cursor, for paths where a row may not cost more than the driver asks."""
    return connection.connection.cursor()


def _postgres(url: URL) -> Engine:
    return create_engine(
        url, pool_pre_ping=True, pool_size=8, max_overflow=24, connect_args={"connect_timeout": 5}
    )


def _sqlite(url: URL, *, writes: bool) -> Engine:
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=24,
        pool_timeout=BUSY_MS / 1000,
        connect_args={"timeout": BUSY_MS / 1000},
    )
    event.listen(engine, "connect", _prepare_to_write if writes else _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _see_place(url: URL, *, writes: bool) -> None:
    file = Path(url.database or "")
    if not file.parent.is_dir() or not (writes or file.exists()):
        raise unavailable("cannot_open", url)
    places = [file.parent, file] if file.exists() else [file.parent]
    if writes and not all(os.access(place, os.W_OK) for place in places):
        raise unavailable("read_only", url)


def _only_read(url: URL, *, shared: bool) -> URL:
    file = Path(url.database or "").absolute()
    # Without a log beside it the file is whole, and SQLite need not look for one, nor lock it. Where a
    # writer may come at any time, that holds only for a folder in which nobody could put a log.
    writer = file.with_name(f"{file.name}-wal").exists() or (shared and os.access(file.parent, os.W_OK))
    whole = {} if writer else {"immutable": "1"}
    return url.set(database=f"file:{quote(str(file))}", query={"uri": "true", "mode": "ro", **whole})


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN would come too late for IMMEDIATE, so transactions are opened by `_begin`.
    connection.isolation_level = None
    for pragma in (
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MS}",
        "trusted_schema=OFF",
        "recursive_triggers=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_to_write(connection: sqlite3.Connection, record: object) -> None:
    _prepare(connection, record)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"wal_autocheckpoint={CHECKPOINT_PAGES}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    # IMMEDIATE takes the write lock first: a transaction never fails half-way for want of it.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
