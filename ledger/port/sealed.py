"""The ports of frozen documents and of the keys that seal."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Artefact:
    """A frozen document: its content's SHA-256 in hex, its media type, its bytes opened."""

    sha256: str
    media_type: str
    data: bytes = field(repr=False)
    owner: str = ""


class Artefacts(Protocol):
    """Frozen contents by their SHA-256, never changed: drafts, filed reports, evidence of announcements."""

    def put(self, data: bytes, media_type: str, owner: str = "") -> str:
        """Store bytes once; the SHA-256 of the plain bytes in hex.

        `owner` is empty for what may be read by anyone who may read the database, `installation`, or a
        campaign's stream, whose destroyed key then erases it.
        """

    def get(self, sha256: str) -> Artefact | None:
        """The artefact with this SHA-256, opened.

        Raises:
            Erased: its owner's key was destroyed.

        """


class Seal(Protocol):
    """Encryption with one key; `place` binds the text to where it lies, so that it cannot be moved."""

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt and authenticate."""

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt what `seal` made for the same place."""


class CampaignKey(Seal, Protocol):
    """One campaign's key: seals addresses, and names a person without saying who it is."""

    def person(self, identity: str) -> str:
        """HMAC of a normalised address or identity number under this campaign's key, in hex."""

    @property
    def naming(self) -> bytes:
        """The key of `person` alone, which opens nothing: 32 bytes."""


class Keys(Protocol):
    """The keys of this installation."""

    def campaign(self, campaign: str) -> CampaignKey:
        """The campaign's key, made at the first call. Rows are sealed for the place `str(seq)`.

        Raises:
            Erased: it was destroyed.

        """

    def destroy(self, campaign: str, now: datetime) -> bool:
        """Erase everything sealed for the campaign by destroying its key; False when it was already gone."""

    def installation(self) -> Seal:
        """The installation's own seal, for what is not a campaign's."""

    def keyed(self, purpose: str, text: str) -> bytes:
        """HMAC-SHA-256 under the installation's key, separated by purpose: 32 bytes."""


class KeyWrap(Protocol):
    """Where the master key lives: a file here, a KMS elsewhere."""

    @property
    def key_id(self) -> str:
        """Which master key wraps now."""

    def wrap(self, key: bytes, place: str) -> bytes:
        """Encrypt a data key under the master key, bound to its place."""

    def unwrap(self, wrapped: bytes, place: str) -> bytes:
        """Decrypt what `wrap` made for the same place."""
