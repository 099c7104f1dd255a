"""The port of the facts: append, read, verify."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.line import Line
from domain.views import CampaignView, ClockView, IncidentView, ReferralView


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream stands: its last version and that fact's hash, in hex."""

    stream: str
    version: int
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored fact: the line, its place in the chain, and when the database wrote it."""

    line: Line
    prev: str
    hash: str
    recorded_at: str


@dataclass(frozen=True, slots=True)
class BadFact:
    """The first row that does not verify, and why, in one clause."""

    stream: str
    version: int
    what: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk over every chain found; `first_bad` is None when all is well."""

    ok: bool
    facts: int
    streams: int
    first_bad: BadFact | None


class Ledger(Protocol):
    """The memory: append-only, hash-chained facts and the views over them. Safe to call from any thread."""

    def append(self, stream: str, lines: Sequence[Line]) -> Head:
        """Write consecutive lines and their views in one durable transaction; a repeat is a success.

        Raises:
            Conflict: another content is already written at one of the versions.
            Gap: the lines do not follow on the head or on each other, or name another stream.
            LedgerUnavailable: the database cannot be used now; nothing was written.

        """

    def read(self, stream: str, first: int = 1) -> Iterator[Entry]:
        """The stored facts of one stream from version `first` on, in order."""

    def head(self, stream: str) -> Head | None:
        """Where one stream stands; None when it holds nothing."""

    def heads(self, prefix: str = "") -> Iterator[Head]:
        """Where every stream stands whose name begins with `prefix`, ordered by name."""

    def verify(self) -> Verification:
        """Walk every chain with constant memory and name the first bad row."""

    def rebuild(self) -> int:
        """Empty the views and fold every fact again, in one transaction; how many facts were folded."""


class Views(Protocol):
    """What the facts say at a glance; every view is exactly as old as its stream."""

    def incidents(self, *, open_only: bool = False) -> list[IncidentView]:
        """Incidents, the latest opened first."""

    def incident(self, incident: str) -> IncidentView | None:
        """One incident by its id."""

    def clocks(self, incident: str = "", *, open_only: bool = False) -> list[ClockView]:
        """Clocks of one incident, or of all, the next deadline first."""

    def campaigns(self, incident: str = "") -> list[CampaignView]:
        """Notification campaigns of one incident, or of all."""

    def referrals(self, incident: str = "") -> list[ReferralView]:
        """Referrals of one incident, or of all."""
