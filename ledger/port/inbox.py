"""The port of the inbox: what came through the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Status(StrEnum):
    """Where a delivery of the door stands."""

    RECEIVED = "received"
    CARRIED = "carried"
    QUARANTINED = "quarantined"
    IGNORED = "ignored"


class Storing(StrEnum):
    """Whether a delivery was seen before."""

    NEW = "new"
    REPEAT = "repeat"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Parcel:
    """What arrived at the door: source, the sender's delivery id, the raw bytes, when."""

    source: str
    delivery: str
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """The door's answer; on a conflict it describes the quarantined newcomer, not the first."""

    storing: Storing
    id: int
    status: Status
    incidents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One stored delivery, opened; `attempts` counts how often the pump took it up."""

    id: int
    source: str
    delivery: str
    body: bytes
    received_at: datetime
    status: Status
    code: str = ""
    incidents: tuple[str, ...] = ()
    attempts: int = 0


class Inbox(Protocol):
    """What came through the door, durable before it is answered, sealed with the installation's key."""

    async def put(self, parcel: Parcel) -> Stored:
        """Store one delivery together with others that arrive in the same few milliseconds."""

    def put_all(self, parcels: Sequence[Parcel]) -> list[Stored]:
        """Store deliveries in one durable transaction."""

    def item(self, id: int) -> InboxItem | None:  # noqa: A002  the door's own word for it
        """One delivery by the id that `put` gave."""

    def pending(self, limit: int) -> list[InboxItem]:
        """Deliveries not yet carried, oldest first."""

    def retried(self, id: int, code: str) -> None:  # noqa: A002  as above
        """Count an attempt that failed for a reason outside, and remember its code."""

    def carried(self, id: int, incidents: Sequence[str]) -> None:  # noqa: A002  as above
        """Temporal has accepted it, into these incidents."""

    def quarantine(self, id: int, code: str) -> None:  # noqa: A002  as above
        """It cannot be understood; a person looks at it."""

    def ignored(self, id: int, code: str) -> None:  # noqa: A002  as above
        """It was understood and asks for nothing."""

    def fresh(self, source: str, external: str, revision: int, id: int) -> bool:  # noqa: A002  as above
        """Whether this finding is newer than any seen, or the newest came with this very delivery.

        `external` is a keyed hash of the sender's id; `revision` grows, as milliseconds of its update do.
        """

    def correlate(self, source: str, external: str, incident: str) -> None:
        """Remember which incident a finding belongs to."""

    def incident_of(self, source: str, external: str) -> str | None:
        """The incident a finding belongs to; None when it was never correlated."""
