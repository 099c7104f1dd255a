"""Which keys were met before: any number of them with constant memory."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from types import TracebackType
from typing import Self

CACHE_KIB = 32_768
FINGERPRINT = 16
# SQLite takes no more parameters than this in its oldest builds.
ASKED = 900


class Seen:
    """A set of fingerprints in an unnamed temporary file that the operating system forgets with us.

    Fingerprints are the first 128 bits of an HMAC: they name nobody, and no two people share one. They are
    asked for and remembered many at a time: `look`, then `meet` for each of those, then `keep`.
    """

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        with closing(self._file.cursor()) as hand:
            hand.execute("PRAGMA journal_mode=OFF")
            hand.execute("PRAGMA synchronous=OFF")
            hand.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
            hand.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
        self._hand = self._file.cursor()
        self._met: set[bytes] = set()
        self._fresh: list[bytes] = []

    def look(self, keys: Sequence[bytes]) -> None:
        """Learn which of these were met before; `meet` may then be asked for them."""
        self._met = set()
        asked = iter(keys)
        while some := list(islice(asked, ASKED)):
            marks = ",".join("?" * len(some))
            known = f"SELECT key FROM seen WHERE key IN ({marks})"  # noqa: S608 -- question marks only
            self._met.update(key for (key,) in self._hand.execute(known, some))

    def meet(self, keys: Sequence[bytes]) -> bool:
        """Meet the keys; False when one of them was met before, and then none is remembered."""
        if not self._met.isdisjoint(keys):
            return False
        self._met.update(keys)
        self._fresh.extend(keys)
        return True

    def keep(self) -> None:
        """Remember those that were met since the last look."""
        self._hand.execute("BEGIN")
        self._hand.executemany("INSERT OR IGNORE INTO seen VALUES (?)", [(key,) for key in self._fresh])
        self._hand.execute("COMMIT")
        self._fresh.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
