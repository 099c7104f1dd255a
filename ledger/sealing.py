"""Encryption with one key: AES-256-GCM, each text bound to the place where it lies."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.naming import Names

KEY_BYTES = 32
_FORM = b"\x01"
_NONCE = 12
_HEAD = len(_FORM) + _NONCE


class SealBroken(ValueError):  # noqa: N818  one plain word for what happened
    """The sealed bytes were changed, moved from their place, or belong to another key."""


class KeySeal(Names):
    """A seal of one key, and the names under it.

    A sealed text is the byte 1, a random nonce of 12 bytes, then GCM's output.

    Raises:
        SealBroken: by `open`, when the text is not what was sealed for this place.

    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher = AESGCM(derived(key, "seal"))
        self.naming = derived(key, "person")
        super().__init__(self.naming)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt and authenticate."""
        nonce = os.urandom(_NONCE)
        return _FORM + nonce + self._cipher.encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt what `seal` made for the same place."""
        if not sealed.startswith(_FORM) or len(sealed) < _HEAD:
            raise SealBroken("this is not a sealed text")
        try:
            return self._cipher.decrypt(sealed[1:_HEAD], sealed[_HEAD:], place.encode())
        except InvalidTag:
            raise SealBroken("the sealed text was changed, moved, or sealed with another key") from None

    def derived(self, purpose: str) -> bytes:
        """A further key of 32 bytes from this one, for one purpose."""
        return derived(self._key, purpose)


def derived(key: bytes, purpose: str) -> bytes:
    """Derive a key of 32 bytes for one purpose (HKDF-SHA-256)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"tocsin/{purpose}".encode()).derive(
        key
    )
