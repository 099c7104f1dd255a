"""A database in an unnamed temporary file that the operating system forgets with us."""

import sqlite3
from contextlib import closing
from types import TracebackType
from typing import Self


class Scratch:
    """Holds any number of rows with constant memory, for a `with` block."""

    def __init__(self, *tables: str, cache_kib: int = 2_048) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        with closing(self._file.cursor()) as hand:
            hand.execute("PRAGMA journal_mode=OFF")
            hand.execute("PRAGMA synchronous=OFF")
            hand.execute(f"PRAGMA cache_size=-{cache_kib}")
            for table in tables:
                hand.execute(table)
        self._hand = self._file.cursor()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
