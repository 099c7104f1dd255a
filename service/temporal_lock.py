import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self


class Claim:
    """A file that one living process holds; the system frees it when that process ends, in any way."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """Hold `path`, or return None when another process (or another claim of ours) holds it.

        Raises:
            OSError: if the file cannot be opened.

        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except OSError:
            os.close(descriptor)
            raise
        return cls(descriptor)

    def release(self) -> None:
        """Let go; the file stays, since another process may already be waiting on it."""
        os.close(self._descriptor)


@asynccontextmanager
async def exclusive(path: Path, waiting: Callable[[int], None]) -> AsyncIterator[None]:
    """Hold `path` for the block, however long others hold it; `waiting` hears of it every three seconds.

    Raises:
        OSError: if the file cannot be opened.

    """
    started = time.monotonic()
    told = started
    while (claim := Claim.take(path)) is None:
        now = time.monotonic()
        if now - told >= 3:  # noqa: PLR2004 - the pace a person reads at
            told = now
            waiting(round(now - started))
        await asyncio.sleep(0.1)
    try:
        yield
    finally:
        claim.release()
