"""What the door and its pump are given: the inbox, the sources, the keys, the time, the carrier."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.alert import Observation
from intake.source import Source
from ledger.port import Deliveries, Inbox


class Sender(Protocol):
    """Who found something: a source of the door's, or a person at the desk."""

    @property
    def name(self) -> str:
        """What it is called in the record."""

    @property
    def drill(self) -> bool:
        """Whether what it finds is an exercise."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One observation on its way to its incident; `update` is the same at every attempt."""

    incident: str
    source: Sender
    correlation: str
    observation: Observation
    update: str

    @property
    def severity(self) -> int:
        """The worst of its alerts' severities."""
        return max(alert.severity for alert in self.observation.alerts)

    @property
    def category(self) -> str:
        """The category of its worst alert, the earlier one where two are as bad."""
        return max(self.observation.alerts, key=lambda alert: alert.severity).category


class Unreachable(Exception):  # noqa: N818  the word a person would say
    """The incident could not be reached, or whether it was is unknown: the same passage is tried again."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the incident could not be reached: {code}")
        self.code = code


class Declined(Exception):  # noqa: N818  the word a person would say
    """The incident will never take this passage; a person has to look at it."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the incident declined: {code}")
        self.code = code


class Carrier(Protocol):
    """The way into Temporal."""

    async def carry(self, passage: Passage) -> str:
        """Let the incident observe, opening it or a follow-up of a closed one; the incident it went to.

        Raises:
            Unreachable: try the same passage again later.
            Declined: never try it again.

        """


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the door touches, handed in by the composition root.

    `hide(purpose, text)` is HMAC-SHA256 under the installation's key. `public_url` is where the outside
    world finds the door, without a trailing slash; providers sign it. `stored` wakes the pump.
    """

    inbox: Inbox
    deliveries: Deliveries
    sources: Mapping[str, Source]
    hide: Callable[[str, str], bytes] = field(repr=False)
    carrier: Carrier
    clock: Callable[[], datetime]
    public_url: str
    twilio_auth_tokens: tuple[str, ...] = field(default=(), repr=False)
    mail_receipt_tokens: tuple[str, ...] = field(default=(), repr=False)
    aliyun_receipt_secrets: tuple[str, ...] = field(default=(), repr=False)
    stored: asyncio.Event = field(default_factory=asyncio.Event)
