"""A disk that is full, as a ledger in SQLite sees it."""

from contextlib import contextmanager

from sqlalchemy import event


@contextmanager
def full(memory):
    """Let no page be added to the ledger's file."""
    engine = memory.database.engine

    def bound(connection, _record):
        connection.execute("PRAGMA max_page_count = 1")

    event.listen(engine, "connect", bound)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", bound)
        engine.dispose()
