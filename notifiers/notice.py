"""A public announcement as it is published: its words, its versions, and the proof of its publication."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}")


class Standing(StrEnum):
    """What a version does: announce, correct what was announced, or withdraw it."""

    ISSUED = "issued"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its paragraphs, plain text: the page writes the markup."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """The announcement in one language (a BCP 47 tag)."""

    language: str
    title: str
    sections: tuple[Section, ...]
    contact: str


@dataclass(frozen=True, slots=True)
class Revision:
    """One version in the announcement's history; `note` says what changed and why, by language tag."""

    version: int
    standing: Standing
    at: datetime
    note: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """An announcement with its history, the version to be published last.

    `slug` is its place under the public address: letters, digits and hyphens. Publishing the same notice
    again changes nothing, so an act that is tried twice is published once.

    Raises:
        ValueError: the slug, the wordings or the order of the revisions cannot be published.

    """

    slug: str
    organisation: str
    wordings: tuple[Wording, ...]
    revisions: tuple[Revision, ...]
    drill: bool = False

    def __post_init__(self) -> None:
        if not _SLUG.fullmatch(self.slug):
            raise ValueError("an announcement's slug is 1 to 100 letters, digits and hyphens")
        if not self.wordings:
            raise ValueError("an announcement needs its words in one language at least")
        if [one.version for one in self.revisions] != list(range(1, len(self.revisions) + 1)):
            raise ValueError("an announcement's revisions count from 1 without a gap")
        if not self.revisions or any(one.at.tzinfo is None for one in self.revisions):
            raise ValueError("an announcement's revisions have aware instants")

    @property
    def latest(self) -> Revision:
        """The version to be published."""
        return self.revisions[-1]


@dataclass(frozen=True, slots=True)
class Published:
    """The proof: which bytes stand at which address. `path` is below the public root."""

    path: str
    url: str
    version: int
    sha256: str
    content: bytes = field(repr=False)
    at: datetime
    code: str = "announcement.published"


class Publisher(Protocol):
    """Makes an announcement public; open it with `async with`."""

    @property
    def channel(self) -> str:
        """The channel's word, `announcement`."""
        ...

    async def publish(self, notice: Notice) -> Published:
        """Publish the latest version of a notice, and renew the feed and the list.

        Raises:
            Refused: this version is published with other words; correct it by a new version.
            Unreachable: it could not be written now, and is not public.
            Misconfigured: the place or the page's template is wrong.

        """
        ...

    async def standing(self, slug: str) -> Published | None:
        """What stands at an address now, or None: the look-up after a doubtful outcome."""
        ...

    async def check(self) -> None:
        """See, without publishing anything, that there is a place to publish in.

        Raises:
            Unreachable: it cannot be seen now.
            Misconfigured: the place is wrong.

        """
        ...

    async def aclose(self) -> None:
        """Nothing is used afterwards."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
