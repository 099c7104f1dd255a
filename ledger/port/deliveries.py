"""The port of the deliveries: one row per recipient."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol


class DeliveryState(StrEnum):
    """Where one person's notification stands on its present leg; the order is the rank."""

    DUE = "due"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    REFUSED = "refused"
    BOUNCED = "bounced"
    UNREACHABLE = "unreachable"
    DELIVERED = "delivered"


class Verdict(StrEnum):
    """What reconciliation found out about a row whose outcome was unknown."""

    SENT = "sent"
    REFUSED = "refused"  # the provider never accepted it; `advance` takes it to the next channel
    NEXT = "next"  # no answer to be had: try the next channel, or unreachable when there is none
    RESEND = "resend"  # same channel once more, flagged as a possible duplicate


class NewDelivery(NamedTuple):
    """One person of a frozen audience; `person` and `sealed` come from the campaign's key.

    An empty `route` is somebody whom no channel reaches. `sealed` is `CampaignKey.seal` over JSON.
    """

    seq: int
    person: str
    route: tuple[str, ...]
    language: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row of the audience's source that was set aside: its line number and why, never what it said."""

    line: int
    code: str


class Claimed(NamedTuple):
    """One row taken for sending; `reference` goes to the provider and finds the row again."""

    seq: int
    leg: int
    channel: str
    language: str
    reference: str
    sealed: bytes
    attempts: int
    possible_duplicate: bool


class Outcome(NamedTuple):
    """What became of a claimed row: SENT, REFUSED, UNKNOWN, or DUE when it surely did not leave.

    `wait` is for how many seconds a row that is due again is not to be claimed.
    """

    seq: int
    state: DeliveryState
    provider_ref: str = ""
    code: str = ""
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Unknown:
    """A row whose outcome is unknown, with what is needed to ask the provider about it."""

    seq: int
    leg: int
    channel: str
    reference: str
    provider_ref: str
    sealed: bytes
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider reported about a reference: SENT, DELIVERED, BOUNCED or REFUSED."""

    reference: str
    state: DeliveryState
    event_id: str
    at: datetime
    code: str = ""
    provider_ref: str = ""


class Received(StrEnum):
    """What a receipt did to its row."""

    APPLIED = "applied"
    KEPT = "kept"  # a repeat, or the row already knows better
    STALE = "stale"  # the row has moved on to another channel
    LATE = "late"  # the campaign was closed; it is kept beside the rows, which its root covers
    NO_SUCH_ROW = "no_such_row"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows of one channel and leg stand in one state."""

    channel: str
    leg: int
    state: DeliveryState
    rows: int
    possible_duplicates: int


@dataclass(frozen=True, slots=True)
class Counts:
    """A campaign in figures; the states always add up to `audience`, rejected rows are beside it."""

    audience: int
    rejected: int
    tallies: tuple[Tally, ...]

    def of(self, *states: DeliveryState) -> int:
        """How many people stand in any of these states."""
        return sum(tally.rows for tally in self.tallies if tally.state in states)

    @property
    def possible_duplicates(self) -> int:
        """How many people may have been told twice on one channel."""
        return sum(tally.possible_duplicates for tally in self.tallies)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One row as an operator may see it: no address, no name."""

    seq: int
    person: str
    route: tuple[str, ...]
    leg: int
    channel: str
    state: DeliveryState
    language: str
    provider_ref: str
    code: str
    attempts: int
    possible_duplicate: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """Who stands in one row, still sealed; `CampaignKey.open` opens it for the place `str(seq)`."""

    seq: int
    person: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LateReceipt:
    """What a provider reported of a row after its campaign was closed; the root does not cover it."""

    leg: int
    state: DeliveryState
    code: str
    at: datetime


class Deliveries(Protocol):
    """The truth of every notification: one row per recipient, moved only by compare-and-set.

    A row is monotone in (leg, attempts, rank of state). Sequence ranges are inclusive; batches are set-based.
    """

    def freeze(self, campaign: str, rows: Iterable[NewDelivery]) -> int:
        """Write the audience, seq rising by one, in chunks; rows already there are passed over.

        How many rows stand. Raises Gap where a seq is left out, Conflict where a row names another person.
        """

    def frozen(self, campaign: str) -> int:
        """The highest seq already frozen, so that an interrupted import can resume after it; 0 when none."""

    def reject(self, campaign: str, rows: Iterable[RejectedRow]) -> int:
        """Remember which lines of the source were set aside; repeats are passed over. How many stand."""

    def rejected(self, campaign: str) -> Iterator[RejectedRow]:
        """The lines set aside, by line number."""

    def claim(  # noqa: PLR0913, PLR0917  each is a different thing, and a value around them says no more
        self,
        campaign: str,
        channels: Sequence[str],
        first: int,
        last: int,
        limit: int,
        token: str,
        now: datetime,
        ahead: timedelta = timedelta(),
    ) -> list[Claimed]:
        """Take up to `limit` due rows of these channels for `token`; committed before it returns.

        `ahead` is by how much a drill's time is before the clock's: a row that waits, waits by that time.
        """

    def waiting(self, campaign: str, channels: Sequence[str], first: int, last: int) -> datetime | None:
        """Until when the first of the due rows of these channels is not to be claimed; None for none due."""

    def settle(
        self,
        campaign: str,
        token: str,
        outcomes: Sequence[Outcome],
        now: datetime,
        ahead: timedelta = timedelta(),
    ) -> int:
        """Write outcomes of rows that `token` still holds; how many it held.

        What a receipt knows better is kept. `ahead` is as in `claim`.
        """

    def advance(self, campaign: str, first: int, last: int, now: datetime) -> int:
        """Take refused and bounced rows to their next channel, or to UNREACHABLE; how many became due."""

    def orphaned(self, campaign: str, first: int, last: int, token: str, now: datetime) -> int:
        """Mark rows left in `sending` by another token as unknown; how many."""

    def unknowns(self, campaign: str, first: int, last: int, limit: int) -> list[Unknown]:
        """Rows whose outcome must be asked of the provider, by seq."""

    def reconcile(  # noqa: PLR0913  as above
        self,
        campaign: str,
        seq: int,
        leg: int,
        verdict: Verdict,
        now: datetime,
        *,
        code: str = "",
        ref: str = "",
    ) -> bool:
        """Settle one unknown row on this leg; False when it is not unknown any more."""

    def receive(self, receipts: Sequence[Receipt]) -> list[Received]:
        """Apply provider receipts in any order, any number of times, also before the API's own answer."""

    def counts(self, campaign: str, first: int = 1, last: int | None = None) -> Counts:
        """The campaign, or one range of it, in figures of one instant."""

    def leaves(self, campaign: str) -> Iterator[bytes]:
        """One canonical leaf per row, ascending by seq, for `domain.merkle`."""

    def close(self, campaign: str, now: datetime) -> Counts:
        """Let no row change any more, so that the root over `leaves` stays true; a repeat is a success."""

    def page(self, campaign: str, after: int = 0, limit: int = 100) -> list[DeliveryRow]:
        """Rows with seq above `after`, for a person to look at."""

    def named(self, campaign: str, persons: Sequence[str]) -> list[int]:
        """The rows of these persons, each given as `CampaignKey.person` names it, by seq."""

    def sealed(self, campaign: str, first: int = 1, last: int | None = None) -> Iterator[Sealed]:
        """Who stands in each row, by seq."""

    def late(self, campaign: str, seq: int) -> list[LateReceipt]:
        """What providers reported of one row after the campaign was closed, in their order of time."""
