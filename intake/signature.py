"""Standard Webhooks: who sent these bytes, and when (symmetric signatures, `v1`)."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

WINDOW_S: Final = 300
_PREFIX: Final = "whsec_"
_LEAST_KEY: Final = 24
_MOST_KEY: Final = 64

# A dot would let one signed text stand for two: id, timestamp and body are joined by it.
_ID: Final = re.compile(rb"[!-\-/-~]{1,256}")
_SECONDS: Final = re.compile(rb"[1-9][0-9]{0,11}")
_DIGEST_CHARACTERS: Final = 44
_MOST_SIGNATURES: Final = 16
_VERSION: Final = b"v1,"


class BadSecret(ValueError):  # noqa: N818  the word a person would say
    """A secret that no signature can be made with; says what is wrong, never the secret."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The three headers of one message, as they came; empty where one was missing."""

    id: bytes
    timestamp: bytes
    signatures: bytes

    def timely(self, now: datetime) -> bool:
        """Say whether id and timestamp are well formed and the timestamp is within five minutes of `now`."""
        if not (_ID.fullmatch(self.id) and _SECONDS.fullmatch(self.timestamp)):
            return False
        return abs(now.timestamp() - int(self.timestamp)) <= WINDOW_S

    def proves(self, body: bytes, keys: Sequence[bytes]) -> bool:
        """Say whether one of the signatures is over these very bytes by one of the keys."""
        offered = [
            part[len(_VERSION) :]
            for part in self.signatures.split(b" ", _MOST_SIGNATURES)[:_MOST_SIGNATURES]
            if part.startswith(_VERSION) and len(part) == len(_VERSION) + _DIGEST_CHARACTERS
        ]
        text = b"%b.%b.%b" % (self.id, self.timestamp, body)
        proven = False
        for key in keys:
            made = base64.b64encode(hmac.digest(key, text, hashlib.sha256))
            for signature in offered:
                # Every pair is compared, so the time says nothing about which key or place matched.
                proven |= hmac.compare_digest(made, signature)
        return proven


def key_of(secret: str) -> bytes:
    """Read a secret in its written form, `whsec_` and base64, into the key's 24 to 64 bytes.

    Raises:
        BadSecret: it is not of that form.

    """
    if not secret.startswith(_PREFIX):
        raise BadSecret("a secret begins with whsec_")
    text = secret[len(_PREFIX) :]
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise BadSecret("what follows whsec_ in a secret is base64") from None
    if not _LEAST_KEY <= len(key) <= _MOST_KEY:
        raise BadSecret(f"a secret holds {_LEAST_KEY} to {_MOST_KEY} bytes")
    return key


def signed(secret: str, delivery: str, at: datetime, body: bytes) -> dict[str, str]:
    """Make the three headers that prove `body` came from a holder of `secret`, for senders of our own."""
    timestamp = str(int(at.astimezone(UTC).timestamp()))
    digest = hmac.digest(key_of(secret), f"{delivery}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "webhook-id": delivery,
        "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
