"""Where published files lie: a directory that a web server shows, or anything else that keeps whole files."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from notifiers.errors import Misconfigured, NotifierError, Unreachable

_FOR_NOW = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EINTR})


class Shelf(Protocol):
    """Keeps files by names such as `<slug>/index.html`; each appears whole or not at all.

    Raises:
        Unreachable: by every method, when it cannot be read or written now.
        Misconfigured: when it never can be, as it is set up.

    """

    def read(self, name: str) -> bytes | None:
        """The file's bytes; None where there is no such file."""

    def write(self, name: str, content: bytes) -> None:
        """Put the file in place of what there is."""

    def named(self, ending: str) -> list[str]:
        """The names that end so, one folder below the top, in their order."""

    def alone(self) -> AbstractContextManager[None]:
        """Keep other writers out for the block, as far as that can be done."""


class Directory:
    """A folder of this machine's; files come by rename and are on the disk when `write` returns.

    Codes: `announcement.disk.<errno>`, `announcement.directory`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> bytes | None:
        """The file's bytes; None where there is no such file."""
        with _answered():
            try:
                return (self._folder / name).read_bytes()
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Put the file in place of what there is."""
        with _answered():
            path = self._folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, content)

    def named(self, ending: str) -> list[str]:
        """The names that end so, one folder below the top, in their order."""
        with _answered():
            found = self._folder.glob(f"*/{ending}")
            return sorted(path.relative_to(self._folder).as_posix() for path in found)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other writers of this folder out for the block."""
        with _answered():
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / ".lock").open("w")
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _judged(error) from None


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


def _judged(error: OSError) -> NotifierError:
    name = errno.errorcode.get(error.errno or 0, "EIO")
    if error.errno in _FOR_NOW:
        return Unreachable(None, f"announcement.disk.{name}")
    return Misconfigured("announcement.directory", f"the directory cannot be written ({name})")
