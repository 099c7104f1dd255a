"""A new CSV file with people in it: for its owner alone, and whole or not there."""

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def private_csv(to: Path) -> Iterator[Callable[[Sequence[object]], object]]:
    """Create a file of mode 0600 for the block; it gets what puts one row down.

    Raises:
        OSError: the file exists, or cannot be written; nothing is left of it.

    """
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        # The mark tells a spreadsheet that it is UTF-8.
        with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
            yield csv.writer(file).writerow
    except BaseException:
        to.unlink()
        raise
