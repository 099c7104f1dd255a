"""Draw up and publish the public announcement."""

import asyncio
from typing import TYPE_CHECKING, Protocol

import orjson
from pydantic import Field
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.desk import Drafted, unreachable
from domain.letter import Case
from domain.line import Instant, canonical, instant
from domain.model import Value
from domain.organisation import Organisation
from domain.public import PublicWords
from domain.state import Known
from notifiers.errors import Misconfigured, Refused, Unreachable
from notifiers.notice import Notice, Revision, Section, Standing, Wording

if TYPE_CHECKING:
    from ledger.port import Artefacts
    from notifiers.notice import Publisher

__all__ = ["Announce", "DraftAnnouncement", "Drafted", "Notices", "PublishAnnouncement", "Published"]

SCHEMA = "tocsin.announcement/1"
# What was drawn up before a plan could choose: requests that are under way may name none.
MESSAGE = "data-leak"


class DraftAnnouncement(Value):
    """An announcement to be drawn up from the facts as they stand."""

    incident: str
    number: int
    facts: dict[str, Known]
    organisation: Organisation
    opened_at: Instant
    at: Instant
    drill: bool
    message: str = Field(default=MESSAGE, description="id of the message whose words it takes")
    follows: str = Field(default="", description="SHA-256 of what it corrects or withdraws, as it was frozen")
    standing: Standing = Standing.ISSUED
    zh: str = Field(default="", description="why it is corrected or withdrawn")
    en: str = ""


class PublishAnnouncement(Value):
    """A frozen announcement to be made public."""

    incident: str
    number: int
    sha256: str
    drill: bool
    at: Instant


class Published(Value):
    """Where the page lies below the public root, and the hash of the bytes that stand there."""

    path: str
    sha256: str


class Notices(Protocol):
    """What an announcement says."""

    def words(self, case: Case, message: str) -> tuple[PublicWords, ...]:
        """Write the announcement that goes with a message in every language, the official one first.

        Raises:
            KeyError: there is no such message.

        """


class _Version(Value):
    """One version in the history that a page shows."""

    standing: Standing
    at: Instant
    zh: str = ""
    en: str = ""


class _Frozen(Value):
    """What is approved: every word of the announcement, the instant that it bears, and its history.

    What was frozen before announcements could be corrected has no `versions`: it is the first one.
    """

    schema_name: str = SCHEMA
    slug: str
    organisation: str
    at: Instant
    drill: bool
    words: tuple[PublicWords, ...]
    versions: tuple[_Version, ...] = ()

    @property
    def history(self) -> tuple[_Version, ...]:
        """Every version with this one, the first one first."""
        return self.versions or (_Version(standing=Standing.ISSUED, at=self.at),)


class Announce:
    """Announcements for those whom no message reaches.

    Each announcement of an incident has a page of its own, `<incident>` or `<incident>-<number>`. What is
    frozen, and what a second person approves, is its words as canonical JSON; the page is drawn from nothing
    else.
    """

    def __init__(
        self, notices: Notices, artefacts: "Artefacts", real: "Publisher", drill: "Publisher"
    ) -> None:
        self._notices = notices
        self._artefacts = artefacts
        self._real = real
        self._drill = drill

    @activity.defn(name="announce.draft")
    def draft(self, request: DraftAnnouncement) -> Drafted:
        """Write the announcement in every language and freeze it.

        A correction is written anew from the facts as they stand; a withdrawal leaves the words as they were.

        Raises:
            ApplicationError: not retryable, `message_unknown` or `paper_missing`.

        """
        before = self._frozen(request.follows) if request.follows else None
        case = Case(
            incident=request.incident,
            facts=request.facts,
            organisation=request.organisation,
            drill=request.drill,
        )
        try:
            words = (
                before.words
                if before and request.standing is Standing.WITHDRAWN
                else self._notices.words(case, request.message)
            )
        except KeyError as wrong:
            sentence = f"There is no message {request.message!r} among the templates."
            raise ApplicationError(sentence, type="message_unknown", non_retryable=True) from wrong
        slug = request.incident.replace("~", "-")
        version = _Version(standing=request.standing, at=request.at, zh=request.zh, en=request.en)
        frozen = _Frozen(
            slug=before.slug if before else slug if request.number == 1 else f"{slug}-{request.number}",
            organisation=request.organisation.name or "",
            at=request.at,
            drill=request.drill,
            words=words,
            versions=(*(before.history if before else ()), version),
        )
        versions = [each.model_dump(mode="json") | {"at": instant(each.at)} for each in frozen.versions]
        content = frozen.model_dump(mode="json") | {"at": instant(frozen.at), "versions": versions}
        sha256 = self._artefacts.put(canonical(content).encode(), "application/json")
        missing = () if request.organisation.name else ("organisation",)
        return Drafted(sha256=sha256, missing=missing)

    @activity.defn(name="announce.publish")
    async def publish(self, request: PublishAnnouncement) -> Published:
        """Publish the frozen announcement; a repeat changes nothing.

        Raises:
            ApplicationError: `unreachable`, to be tried again; not retryable: the publisher's code, or
                `paper_missing`.

        """
        frozen = await asyncio.to_thread(self._frozen, request.sha256)
        publisher = self._drill if request.drill else self._real
        try:
            done = await publisher.publish(_notice(frozen))
        except (Refused, Misconfigured) as wrong:
            raise ApplicationError(
                f"The announcement was not published ({wrong.code}).", type=wrong.code, non_retryable=True
            ) from wrong
        except Unreachable as wrong:
            raise unreachable(wrong) from wrong
        return Published(path=done.path, sha256=done.sha256)

    def _frozen(self, sha256: str) -> _Frozen:
        artefact = self._artefacts.get(sha256)
        if artefact is None:
            sentence = f"There is no frozen announcement {sha256}."
            raise ApplicationError(sentence, type="paper_missing", non_retryable=True)
        return _Frozen.model_validate(orjson.loads(artefact.data))


def _notice(frozen: _Frozen) -> Notice:
    return Notice(
        slug=frozen.slug,
        organisation=frozen.organisation,
        wordings=tuple(
            Wording(
                language=words.language,
                title=words.title,
                sections=tuple(Section(one.heading, one.paragraphs) for one in words.sections),
                contact=words.contact,
            )
            for words in frozen.words
        ),
        revisions=tuple(
            Revision(number, each.standing, each.at, _notes(frozen, each))
            for number, each in enumerate(frozen.history, start=1)
        ),
        drill=frozen.drill,
    )


def _notes(frozen: _Frozen, version: _Version) -> dict[str, str]:
    notes = {
        words.language: version.zh if words.language.startswith("zh") else version.en
        for words in frozen.words
    }
    return {language: note for language, note in notes.items() if note}
