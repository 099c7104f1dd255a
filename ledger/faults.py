"""Drivers' errors, said in one sentence each with a documented code."""

import sqlite3

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from ledger.errors import LedgerUnavailable

_SENTENCES = {
    "disk_full": "the disk that holds {where} is full; free some space, nothing was half-written",
    "read_only": "{where} cannot be written; give this user the right to write it and its directory",
    "cannot_open": "{where} cannot be opened; see that its directory exists and may be entered",
    "locked": "{where} is held by another process for too long; try again, or stop the other one",
    "corrupt": "{where} is not an intact database; restore it from a backup and verify it",
    "disk_error": "the disk that holds {where} reports an error; see the system's log",
    "unreachable": "{where} cannot be reached; see that it runs, and that address and user are right",
    "denied": "{where} refuses this user; see the user's name, password and rights",
    "not_migrated": "{where} lacks this version's tables; run the migrations first",
}

# Primary result codes, sqlite3.h; extended ones carry them in the low byte.
_SQLITE = {
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_CANTOPEN: "cannot_open",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
    sqlite3.SQLITE_IOERR: "disk_error",
}

# SQLSTATE, whole or by class (PostgreSQL's appendix A).
_SQLSTATE = {
    "53100": "disk_full",
    "58030": "disk_error",
    "25006": "read_only",
    "42501": "denied",
    "28": "denied",
    "3D000": "cannot_open",
    "42P01": "not_migrated",
    "42703": "not_migrated",
    "55P03": "locked",
    "40": "locked",
    "08": "unreachable",
    "57P": "unreachable",
    "53300": "unreachable",
    "XX001": "corrupt",
    "XX002": "corrupt",
}


def place(url: URL) -> str:
    """Name the database for a person: the file, or the server and database, never a password."""
    if url.get_backend_name() == "sqlite":
        return f"the ledger {url.database}"
    return f"the ledger {url.database} on {url.host or url.query.get('host', 'the local server')}"


def unavailable(code: str, url: URL) -> LedgerUnavailable:
    """Say one of the documented codes about this database."""
    return LedgerUnavailable(code, _SENTENCES[code].format(where=place(url)))


def fault(error: Exception, url: URL) -> LedgerUnavailable | None:
    """Translate a driver's error; None when it is our own fault and must stay as it is."""
    code = _code(error.orig if isinstance(error, DBAPIError) else error)
    return unavailable(code, url) if code else None


def _code(cause: BaseException | None) -> str | None:
    if isinstance(cause, sqlite3.Error):
        if "no such table" in str(cause) or "no such column" in str(cause):
            return "not_migrated"
        return _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(cause, "sqlstate", None)
    if not state:
        # psycopg gives no SQLSTATE when there was no server to give one.
        return "unreachable" if type(cause).__name__ in {"OperationalError", "ConnectionTimeout"} else None
    return next((_SQLSTATE[state[:length]] for length in (5, 3, 2) if state[:length] in _SQLSTATE), None)
