"""The master key in a file of its own, and what it wraps."""

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from ledger.errors import KeyUnavailable
from ledger.sealing import KEY_BYTES, KeySeal


class MasterKey:
    """A KeyWrap whose key lies in a file that only its owner may read.

    Raises:
        KeyUnavailable: `key_missing`, `key_permissions`, `key_malformed` or `key_directory`.

    """

    def __init__(self, file: Path) -> None:
        key = _read(file)
        self._seal = KeySeal(key)
        self._id = hashlib.sha256(b"tocsin/key-id\n" + key).hexdigest()[:16]

    @classmethod
    def ensured(cls, file: Path) -> "MasterKey":
        """The key of this file, drawn first if there is none yet; two processes agree on one."""
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not file.exists():
                _draw(file)
        except OSError as error:
            sentence = f"the directory {file.parent} cannot hold the master key: {error.strerror}"
            raise KeyUnavailable("key_directory", sentence) from error
        return cls(file)

    @property
    def key_id(self) -> str:
        """The first 16 hex digits of a hash of the key."""
        return self._id

    def wrap(self, key: bytes, place: str) -> bytes:
        """Encrypt a data key under the master key, bound to its place."""
        return self._seal.seal(key, place)

    def unwrap(self, wrapped: bytes, place: str) -> bytes:
        """Decrypt what `wrap` made for the same place."""
        return self._seal.open(wrapped, place)


def _draw(file: Path) -> None:
    # Written whole under another name and linked into place: nobody ever reads half a key, and of two
    # processes that draw at once the second finds the first one's.
    handle, fresh = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}.")
    try:
        with os.fdopen(handle, "wb") as writing:
            writing.write(os.urandom(KEY_BYTES))
            writing.flush()
            os.fsync(handle)
        with contextlib.suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        Path(fresh).unlink()


def _read(file: Path) -> bytes:
    try:
        mode = file.stat().st_mode
        key = file.read_bytes()
    except OSError as error:
        sentence = f"the master key {file} cannot be read: {error.strerror}"
        raise KeyUnavailable("key_missing", sentence) from error
    if stat.S_IMODE(mode) & 0o077:
        sentence = f"the master key {file} may be read by others; run: chmod 600 {file}"
        raise KeyUnavailable("key_permissions", sentence)
    if len(key) != KEY_BYTES:
        sentence = f"the master key {file} holds {len(key)} bytes instead of {KEY_BYTES}"
        raise KeyUnavailable("key_malformed", sentence)
    return key
