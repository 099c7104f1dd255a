"""Opaque names of delivery rows for providers: found again without an index, guessed by nobody."""

import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from ledger.sealing import KeySeal

_FORM = struct.Struct(">IIB")
_TAG = 16


@dataclass(frozen=True, slots=True)
class RowName:
    """A campaign's number, a row's seq and the leg a message left on."""

    campaign: int
    seq: int
    leg: int


class References:
    """Reference ↔ row, by deterministic authenticated encryption (AES-SIV): 50 hex digits.

    One row and leg always gives the same reference; a made-up one does not open.
    """

    def __init__(self, installation: KeySeal) -> None:
        self._cipher = AESSIV(installation.derived("reference/1") + installation.derived("reference/2"))

    def of(self, campaign: int, seq: int, leg: int) -> str:
        """The reference of one row on one leg."""
        return self._cipher.encrypt(_FORM.pack(campaign, seq, leg), None).hex()

    def row(self, reference: str) -> RowName | None:
        """The row a reference names; None when it was not made here."""
        try:
            sealed = bytes.fromhex(reference)
        except ValueError:
            return None
        if len(sealed) != _TAG + _FORM.size:
            return None
        try:
            return RowName(*_FORM.unpack(self._cipher.decrypt(sealed, None)))
        except InvalidTag:
            return None
