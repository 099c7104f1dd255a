"""Signing a message as RFC 6376 says (relaxed/relaxed), with an RSA or an Ed25519 key (RFC 8463).

The messages are our own, so their header is known to be well formed; the tests let dkimpy verify them.
"""

import base64
import hashlib
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from notifiers.errors import Misconfigured

_SHORTEST_RSA: Final = 1024
_SIGNED: Final = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "auto-submitted",
    "content-language",
    "mime-version",
    "content-type",
)
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?")
_BLANKS: Final = re.compile(rb"[ \t]+")
_FOLD: Final = re.compile(rb"\r\n(?=[ \t])")
_LINE: Final = 72


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs: a domain, the selector its public key is found under, and the file of the private one."""

    domain: str
    selector: str
    key_file: Path


class Signer:
    """Signs messages for one domain.

    Raises:
        Misconfigured: `dkim.name`, `dkim.key` or `dkim.alignment`: it could not sign what receivers accept.

    """

    def __init__(self, signature: Signature, sender: str) -> None:
        domain, selector = signature.domain.lower(), signature.selector.lower()
        if not (_NAME.fullmatch(domain) and _NAME.fullmatch(selector)):
            raise Misconfigured("dkim.name", "a DKIM domain and selector are names in ASCII")
        theirs = sender.rpartition("@")[2].lower()
        if theirs != domain and not theirs.endswith(f".{domain}"):
            raise Misconfigured("dkim.alignment", "the DKIM domain is the sender's, or one above it")
        self._key = _key(signature.key_file)
        kind = "rsa" if isinstance(self._key, RSAPrivateKey) else "ed25519"
        self._start = f"v=1; a={kind}-sha256; c=relaxed/relaxed; d={domain}; s={selector};\r\n h="

    def signed(self, content: bytes) -> bytes:
        """Give a message of ours back with its signature before it."""
        head, _, body = content.partition(b"\r\n\r\n")
        fields: dict[str, bytes] = {}
        for line in _FOLD.sub(b"", head).split(b"\r\n"):
            name, _, value = line.partition(b":")
            fields[name.decode("ascii").lower()] = _BLANKS.sub(b" ", value).strip()
        names = [name for name in _SIGNED if name in fields]
        # From is named once more than it stands there, so that nobody can add another.
        listed = ":\r\n  ".join((":".join(names), "from"))
        digest = base64.b64encode(hashlib.sha256(_relaxed(body)).digest()).decode()
        tags = f"{self._start}{listed};\r\n bh={digest};\r\n b="
        canonical = b"".join(b"%b:%b\r\n" % (name.encode(), fields[name]) for name in names)
        ours = _BLANKS.sub(b" ", tags.replace("\r\n", "").encode()).strip()
        signature = self._sign(canonical + b"dkim-signature:" + ours)
        text = base64.b64encode(signature).decode()
        lines = "\r\n  ".join(text[start : start + _LINE] for start in range(0, len(text), _LINE))
        return f"DKIM-Signature: {tags}{lines}\r\n".encode() + content

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(data, PKCS1v15(), hashes.SHA256())
        return self._key.sign(hashlib.sha256(data).digest())


def _relaxed(body: bytes) -> bytes:
    lines = [_BLANKS.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _key(file: Path) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Misconfigured("dkim.key", "others can read the DKIM key's file; set its mode to 0600")
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise Misconfigured("dkim.key", "the DKIM key's file holds no private key in PEM") from None
    if isinstance(key, Ed25519PrivateKey) or (
        isinstance(key, RSAPrivateKey) and key.key_size >= _SHORTEST_RSA
    ):
        return key
    raise Misconfigured("dkim.key", "a DKIM key is RSA of 1024 bits or more, or Ed25519")
