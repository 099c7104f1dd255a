"""A list of people as the answer to a query: one read-only transaction, row by row."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import Connection, CursorResult, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from temporalio.exceptions import ApplicationError

from activities.cell import cell
from activities.proven import proven
from domain.listing import ListInvalid, Row

LONGEST_QUERY = 100_000
BUFFER = 2_000
BEAT_S = 10.0
_COMMENTS = re.compile(r"\A(?:\s+|--[^\n]*\n|/\*.*?\*/)*", re.DOTALL)
_READS = re.compile(r"(?:select|with|values|table)\b", re.IGNORECASE)


class SourceLost(ConnectionError):  # noqa: N818 - one plain word for what happened
    """A source went away while its answer was read; the next attempt asks again."""


class QueryRoll:
    """An answer while it comes in; a row's `line` is its number, counted from 1."""

    def __init__(self, name: str, result: CursorResult[tuple[object, ...]]) -> None:
        self._name = name
        self._result = result
        self.header = [str(key) for key in result.keys()]  # noqa: SIM118 - the result itself gives rows

    def rows(self, wanted: frozenset[int] | None = None) -> Iterator[Row]:  # noqa: ARG002 - they come anyway
        """The rows in the order in which the source gives them.

        Raises:
            ListInvalid: `audience_query` where the query fails half-way.
            SourceLost: the source went away.

        """
        try:
            for number, row in enumerate(self._result, start=1):
                yield Row(number, [cell(value) for value in row])
        except SQLAlchemyError as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise SourceLost(f"The source {self._name} went away while its answer was read.") from None
            raise _failed(self._name, error) from None


@contextmanager
def asked(name: str, url: str, path: Path, sha256: str, beat: Callable[[], None]) -> Iterator[QueryRoll]:
    """Ask a source the query that stands in a file of this SHA-256.

    Raises:
        ListInvalid: as `proven` says of the file; `audience_query` where it holds no query that only reads,
            or the source refuses it; `audience_source` where the source cannot be reached.

    """
    with proven(path, sha256, beat) as file:
        query = _read_only(file.read(LONGEST_QUERY + 1))
    engine = _engine(name, url)
    try:
        with _connection(name, engine) as connection:
            options = {"stream_results": True, "max_row_buffer": BUFFER, "no_parameters": True}
            try:
                with _beating(beat):
                    result = connection.exec_driver_sql(query, execution_options=options)
            except SQLAlchemyError as error:
                raise _failed(name, error) from None
            if not result.returns_rows:
                raise ListInvalid("audience_query", f"The query answers no rows at the source {name}.")
            with result:
                yield QueryRoll(name, result)
    finally:
        engine.dispose()


# What a beat raises where the worker leaves: ours, and how the SDK's call into its event loop ends, which
# takes too long, is given up, or finds no loop any more.
_LEAVING = (ApplicationError, TimeoutError, CancelledError, RuntimeError)


@contextmanager
def _beating(beat: Callable[[], None]) -> Iterator[None]:
    """Say that we live while a source thinks about its answer."""
    over, context = Event(), copy_context()

    def go() -> None:
        try:
            while not over.wait(BEAT_S):
                context.run(beat)
        except _LEAVING:
            # Whoever waits for the answer is told by the next beat.
            return

    beating = Thread(target=go, daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()


def _read_only(content: bytes) -> str:
    if len(content) > LONGEST_QUERY:
        raise ListInvalid("audience_query", f"The query is longer than {LONGEST_QUERY:,} bytes.")
    try:
        query = content.decode("utf-8-sig").strip().rstrip(";").rstrip()
    except UnicodeDecodeError:
        raise ListInvalid("audience_query", "The query is not UTF-8 text.") from None
    if not _READS.match(query, _COMMENTS.match(query).end()):  # type: ignore[union-attr] # matches the empty text
        raise ListInvalid("audience_query", "The query must be one SELECT (or WITH … SELECT) statement.")
    return query


def _engine(name: str, url: str) -> Engine:
    try:
        engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    except (SQLAlchemyError, ImportError, ValueError):
        raise ListInvalid(
            "audience_source",
            f"The URL of the source {name} in the settings cannot be used, or has no driver.",
        ) from None
    if engine.dialect.name == "sqlite":
        # SQLite has no read-only transaction; this pragma refuses every statement that would write.
        event.listen(engine, "connect", lambda made, _: made.execute("PRAGMA query_only=ON").close())
    return engine


@contextmanager
def _connection(name: str, engine: Engine) -> Iterator[Connection]:
    """Begin a transaction that cannot write, and leave nothing behind."""
    try:
        connection = engine.connect()
    except SQLAlchemyError:
        raise ListInvalid("audience_source", f"The source {name} cannot be reached now.") from None
    with connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        elif engine.dialect.name in {"mysql", "mariadb", "oracle"}:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        try:
            yield connection
        finally:
            connection.rollback()


def _failed(name: str, error: SQLAlchemyError) -> ListInvalid:
    """Say what failed in the driver's own code; its sentence may hold a cell."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(origin, "sqlstate", None) or getattr(origin, "sqlite_errorname", None)
    said = f"{type(origin).__name__}{f' {state}' if state else ''}"
    return ListInvalid("audience_query", f"The query fails at the source {name}: {said}.")
