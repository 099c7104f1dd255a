"""The file of the keys that payloads in Temporal are encrypted with."""

import base64
import binascii
import json
import os
import stat
from pathlib import Path
from typing import Final

from service.codec import Keyring
from service.settings_error import SettingsError

_KEY_BYTES: Final = 32


def ensured_keys(file: Path) -> Keyring:
    """Read the keys, drawing the first one if there is none yet; two processes agree on one.

    Raises:
        SettingsError: `settings.keys` or `settings.data_dir`.

    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            _draw(file)
    except OSError as error:
        raise SettingsError(
            "settings.data_dir", f"{file.parent} cannot hold the payload keys: {error.strerror}."
        ) from error
    return read_keys(file)


def read_keys(file: Path) -> Keyring:
    """Read the keys.

    Raises:
        SettingsError: `settings.keys`: missing, readable by others, or malformed; no key is ever quoted.

    """
    try:
        mode = file.stat().st_mode
        text = file.read_bytes()
    except OSError as error:
        raise SettingsError(
            "settings.keys",
            f"TOCSIN_CODEC_KEYS: {file} cannot be read ({error.strerror}); tocsin init makes it.",
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise SettingsError(
            "settings.keys", f"TOCSIN_CODEC_KEYS: {file} may be read by others; run: chmod 600 {file}"
        )
    try:
        found = json.loads(text)
        keys = {str(name): base64.b64decode(key, validate=True) for name, key in found["keys"].items()}
        return Keyring(active=str(found["active"]), keys=keys)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        sentence = (
            f'TOCSIN_CODEC_KEYS: {file} is not {{"active": …, "keys": {{…}}}} with 32-byte keys in base64.'
        )
    # Raised out here, because the chain of causes may quote a key.
    raise SettingsError("settings.keys", sentence)


def _draw(file: Path) -> None:
    key = os.urandom(_KEY_BYTES)
    text = json.dumps({"active": "1", "keys": {"1": base64.b64encode(key).decode()}})
    # Written whole under another name and linked into place: nobody ever reads half a file, and of two
    # processes that draw at once the second finds the first one's.
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, f"{text}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(fresh, file)
    except FileExistsError:
        return
    finally:
        fresh.unlink()
