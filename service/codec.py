import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)

_ENCODING: Final = b"binary/encrypted"
_CIPHER: Final = b"aes-256-gcm"
_KEY_ID: Final = "encryption-key-id"
_NONCE_BYTES: Final = 12
_KEY_BYTES: Final = 32


class CodecError(Exception):
    """A payload cannot be read; says which key was asked for, never what the payload holds."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys payloads are encrypted with: `active` encrypts, every one of `keys` decrypts.

    Old keys stay in the ring for as long as histories written with them are kept.
    """

    active: str
    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if self.active not in self.keys:
            raise ValueError(f"the active key {self.active!r} is not in the keyring")
        for name, key in self.keys.items():
            if len(key) != _KEY_BYTES:
                raise ValueError(f"the key {name!r} has {len(key)} bytes; AES-256 needs {_KEY_BYTES}")


class EncryptingCodec(PayloadCodec):
    """Keeps Temporal's stores, and whoever reads them, from seeing what workflows carry.

    Each payload is serialised whole, encrypted with AES-256-GCM under a random nonce, and bound to
    its key's id. A payload that was never encrypted passes: Temporal's own tools send such ones.
    """

    def __init__(self, ring: Keyring) -> None:
        self._active = ring.active
        self._ciphers = {name: AESGCM(key) for name, key in ring.keys.items()}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt every payload with the active key."""
        return [self._sealed(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt the encrypted ones.

        Raises:
            CodecError: for a key this process does not hold, or a payload that was altered.

        """
        return [self._opened(payload) for payload in payloads]

    def _sealed(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE_BYTES)
        key_id = self._active.encode()
        sealed = self._ciphers[self._active].encrypt(nonce, payload.SerializeToString(), key_id)
        return Payload(
            metadata={"encoding": _ENCODING, "encryption-cipher": _CIPHER, _KEY_ID: key_id},
            data=nonce + sealed,
        )

    def _opened(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _ENCODING:
            return payload
        key_id = payload.metadata.get(_KEY_ID, b"")
        name = key_id.decode(errors="replace")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise CodecError(f"a payload needs the key {name[:64]!r}, which is not in this process's keyring")
        nonce, sealed = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            return Payload.FromString(cipher.decrypt(nonce, sealed, key_id))
        except (InvalidTag, ValueError, DecodeError):
            sentence = f"a payload does not open with the key {name!r}: it was altered, or the key is another"
        raise CodecError(sentence)


class DiscreetPayloadConverter(PydanticPayloadConverter):
    """Pydantic's converter, whose errors say what kind of mistake was found but not in which words."""

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """Read the values.

        Raises:
            CodecError: if one does not have its type's shape.

        """
        try:
            return super().from_payloads(payloads, type_hints)
        except ValidationError as error:
            mistakes = Counter(
                found["type"]
                for found in error.errors(include_input=False, include_context=False, include_url=False)
            )
            sentence = f"a payload is not a {error.title}: " + ", ".join(
                f"{kind} ×{count}" for kind, count in sorted(mistakes.items())
            )
        # Raised out here, so that not even the chain of causes carries the payload along.
        raise CodecError(sentence)


def data_converter(ring: Keyring) -> DataConverter:
    """Give the converter that every client and worker of ours uses: pydantic, encrypted, discreet."""
    return DataConverter(
        payload_converter_class=DiscreetPayloadConverter,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
        payload_codec=EncryptingCodec(ring),
    )
