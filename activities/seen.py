"""Which keys were met before: any number of them with constant memory."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from types import TracebackType
from typing import Self

CACHE_KIB = 32_768
FINGERPRINT = 16


class Seen:
    """A set of fingerprints in an unnamed temporary file that the operating system forgets with us.

    Fingerprints are the first 128 bits of an HMAC: they name nobody, and no two people share one.
    """

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        with closing(self._file.cursor()) as hand:
            hand.execute("PRAGMA journal_mode=OFF")
            hand.execute("PRAGMA synchronous=OFF")
            hand.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
            hand.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
        self._hand = self._file.cursor()

    def meet(self, keys: Sequence[bytes]) -> bool:
        """Remember the keys; False when one of them was met before, and then none is remembered."""
        marks = ",".join("?" * len(keys))
        known = f"SELECT 1 FROM seen WHERE key IN ({marks}) LIMIT 1"  # noqa: S608 -- question marks only
        if keys and self._hand.execute(known, keys).fetchone():
            return False
        self._hand.executemany("INSERT OR IGNORE INTO seen VALUES (?)", [(key,) for key in keys])
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
