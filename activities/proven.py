"""A file whose bytes are the ones that were named, before it is read and after."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from domain.listing import ListInvalid

BLOCK = 1 << 20
Look = Callable[[bytes], None]


@contextmanager
def proven(path: Path, sha256: str, beat: Callable[[], None], look: Look | None = None) -> Iterator[BinaryIO]:
    """Open a file whose bytes have this SHA-256; `look` is shown each block while they are hashed.

    Raises:
        ListInvalid: `audience_missing` where there is no such file, `audience_changed` where the bytes are
            others than those that were named, also while they are read, `audience_empty` where there is
            nothing in it.

    """
    try:
        file = path.open("rb")
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise ListInvalid("audience_missing", f"The list cannot be opened: {reason}.") from None
    with file:
        before = os.fstat(file.fileno())
        hashed = hashlib.sha256()
        while block := file.read(BLOCK):
            beat()
            hashed.update(block)
            if look is not None:
                look(block)
        if file.tell() == 0:
            raise ListInvalid("audience_empty", "The list is empty.")
        if hashed.hexdigest() != sha256:
            raise ListInvalid(
                "audience_changed", "The list is not the one that was named: its SHA-256 differs."
            )
        file.seek(0)
        # A reader may close what it wraps: the file's size and time are asked by a handle of our own.
        handle = os.dup(file.fileno())
        try:
            yield file
            after = os.fstat(handle)
        finally:
            os.close(handle)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise ListInvalid("audience_changed", "The list was changed while it was read.")
