"""What the rest of Tocsin knows of a channel: a message goes in, an outcome comes out."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from html import escape
from types import TracebackType
from typing import NamedTuple, Protocol, Self, runtime_checkable

from notifiers.errors import NotifierError

Halted = Callable[[], bool]
HALTED = "halted"
PACED = "budget.used_up"
# Not sent for reasons of our own, which say nothing about an address.
OURS = frozenset({HALTED, PACED})


def never() -> bool:
    """Say that nobody asks a batch to end before its end."""
    return False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with a message, such as the frozen report of a filing."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A text and perhaps its HTML as they are written for many, cut where each person's name stands.

    A channel knows a form by its identity: one is made once for many messages.
    """

    text: tuple[str, ...] = field(repr=False)
    html: tuple[str, ...] | None = field(default=None, repr=False)


class Message:
    """One message to one address; nothing of it is changed once it is made.

    `reference` is the opaque name of the delivery row: letters, digits, `.`, `_`, `~` and `-` only, because
    it travels in a URL. `to` is an e-mail address, an E.164 number or a group's handle. `message_id` is the
    RFC 5322 Message-ID with its angle brackets, the same for every attempt; only e-mail uses it.
    Where there is a `form`, `text` is it joined by `name`, and `html` by the escaped name: a channel may
    prepare the form once for many messages. `template` names what is said, and `kind` who reads it
    (`individual`, `minor`, `guardian`, `organisation`), for providers that send only wordings they approved.
    """

    __slots__ = (
        "_html",
        "_text",
        "attachments",
        "form",
        "kind",
        "language",
        "message_id",
        "name",
        "reference",
        "subject",
        "template",
        "to",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - a message has so many parts
        self,
        reference: str,
        to: str,
        subject: str,
        text: str = "",
        html: str | None = None,
        language: str = "zh-CN",
        message_id: str = "",
        attachments: tuple[Attachment, ...] = (),
        form: Form | None = None,
        name: str = "",
        template: str = "",
        kind: str = "individual",
    ) -> None:
        self.reference = reference
        self.to = to
        self.subject = subject
        self._text = text
        self._html = html
        self.language = language
        self.message_id = message_id
        self.attachments = attachments
        self.form = form
        self.name = name
        self.template = template
        self.kind = kind

    def __repr__(self) -> str:
        """Say which row it is for, and nothing of whom."""
        return f"Message({self.reference!r})"

    @property
    def text(self) -> str:
        """What a reader of plain text sees."""
        return self._text if self.form is None else self.name.join(self.form.text)

    @property
    def html(self) -> str | None:
        """What a reader of HTML sees, where there is any."""
        if self.form is None:
            return self._html
        return None if self.form.html is None else escape(self.name).join(self.form.html)


class Accepted(NamedTuple):
    """The provider took the message; `provider_ref` is its name for it, `at` the instant of its answer."""

    provider_ref: str
    at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What is known of an attempt whose outcome is not: enough to ask the provider.

    `attempted_at` is the instant at which the intent was committed, `provider_ref` the provider's name for
    the message if a receipt has brought it, `text_digest` is `digest(message.text)`: without it two messages
    to one address cannot be told apart, and the answer is `cannot_tell` where there was any.
    """

    reference: str
    to: str = field(repr=False)
    attempted_at: datetime
    provider_ref: str = ""
    text_digest: str = ""


class Answer(StrEnum):
    """What a provider says about an earlier attempt."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    REFUSED = "refused"
    NOT_FOUND = "not_found"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a look-up.

    Only a `not_found` that is `settled` means *not sent*: before the settle window has passed, the provider
    may know of the message and not list it yet. `cannot_tell` is final for channels without a memory.
    """

    answer: Answer
    settled: bool = True
    provider_ref: str = ""
    code: str = ""
    at: datetime | None = None


@runtime_checkable
class Notifier(Protocol):
    """One channel to the outside world; open it with `async with`."""

    @property
    def channel(self) -> str:
        """The channel's word: `sms`, `voice`, `im`, `email` or `announcement`."""
        ...

    @property
    def concurrency(self) -> int:
        """How many messages of all its batches are on their way at once, at most."""
        ...

    async def send(self, message: Message) -> Accepted:
        """Send one message.

        Raises:
            Refused: it will never be accepted for this address.
            Unreachable: it was not sent and may be tried again.
            Unknown: it may or may not have been sent.
            Misconfigured: our settings are wrong; nothing will be sent until they are mended.

        """
        ...

    async def send_many(
        self, messages: Sequence[Message], halted: Halted = never
    ) -> list[Accepted | NotifierError]:
        """Send a batch; the outcomes stand in the order of the messages, and nothing is raised for one.

        `halted` is asked before each message: once it says so, at most the one that each connection
        carries still leaves, and every other one is `Unreachable` with the code `halted`.
        """
        ...

    async def look_up(self, reference: Reference) -> Verdict:
        """Ask the provider what became of an attempt.

        Raises:
            Unreachable: the provider could not be asked.
            Misconfigured: the provider does not let us ask.

        """
        ...

    async def aclose(self) -> None:
        """Give back every connection; the notifier is not used afterwards."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def digest(text: str) -> str:
    """Name a text without keeping it: SHA-256, in hex, of its words joined by single spaces.

    Providers fold line ends and outer blanks; two texts that differ only there are the same message.
    """
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()
