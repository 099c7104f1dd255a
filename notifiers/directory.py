"""A directory of public files, which a web server shows."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from notifiers.errors import Misconfigured, NotifierError, Unreachable

_FOR_NOW = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EINTR})


class DirectoryShelf:
    """Puts files into `root` by rename, so that each is whole and survives a loss of power.

    Codes: `announcement.disk.<errno>`, `announcement.directory`.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the directory's lock: the feed must not lose one's entry to another's older reading."""
        with _judging():
            self._root.mkdir(parents=True, exist_ok=True)
            lock = (self._root / ".lock").open("w")
        with lock:
            with _judging():
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def names(self) -> list[str]:
        """Name the files in folders, hidden ones left out."""
        with _judging():
            found = [path.relative_to(self._root).as_posix() for path in self._root.glob("[!.]*/[!.]*")]
        return sorted(found)

    def read(self, name: str) -> bytes | None:
        """Read a file; None where there is none."""
        with _judging():
            try:
                return (self._root / name).read_bytes()
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Write a file beside its place, and rename it to there."""
        with _judging():
            path = self._root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, content)

    def check(self) -> None:
        """See that the directory, or the nearest one that is there already, can be written."""
        here = self._root.absolute()
        while not here.exists():
            here = here.parent
        if not here.is_dir() or not os.access(here, os.W_OK):
            raise Misconfigured("announcement.directory", "the directory cannot be written")


def _write(path: Path, content: bytes) -> None:
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(0o644)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _judging() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _judged(error) from None


def _judged(error: OSError) -> NotifierError:
    name = errno.errorcode.get(error.errno or 0, "EIO")
    if error.errno in _FOR_NOW:
        return Unreachable(None, f"announcement.disk.{name}")
    return Misconfigured("announcement.directory", f"the directory cannot be written ({name})")
