"""One look: what the ledger asks for, what Temporal shows, and every suspicion looked at a second time."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.audit import Moment, compare, expected, part_of
from domain.docket import Docket
from domain.finding import Finding
from ledger.errors import LedgerUnavailable
from service.auditor.ledger_eye import LedgerEye, judged
from service.auditor.temporal_eye import TemporalEye
from service.settings import Settings
from service.temporal_error import TemporalError
from workflows.options import ACT, DECIDE, DELIVER_MAIL, DELIVER_SMS

# So many runs are described for the first time at one look; a list does not tell that a reset made one.
NEW_RUNS: Final = 500
LOOK_SECONDS: Final = 240


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found; `complete` is False where it could not see everything."""

    at: datetime
    findings: tuple[Finding, ...]
    incidents: int = 0
    clocks: int = 0
    complete: bool = True


@dataclass(slots=True)
class Auditor:
    """Looks again and again with the same two eyes."""

    settings: Settings
    ledger: LedgerEye
    new_runs: int = NEW_RUNS
    _temporal: TemporalEye | None = field(default=None, init=False)

    async def look(self) -> Look:
        """Look once, in bounded time; whatever cannot be looked at is itself found.

        Raises:
            SettingsError: the settings cannot be used.

        """
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self._looked()
        except TimeoutError:
            self._temporal = None
            return self._blind("temporal.unreachable", "it did not answer in time")

    async def _looked(self) -> Look:
        try:
            followed = await self.ledger.look()
        except LedgerUnavailable as error:
            return self._blind("ledger.unreachable", error.code)
        if not followed.complete:
            return self._blind("ledger.unreachable", "it could not be read to its end in time")
        try:
            return await self._compared(tuple(judged(followed)))
        except TemporalError as error:
            self._temporal = None
            return self._blind("temporal.unreachable", str(error), judged(followed))
        except LedgerUnavailable as error:
            return self._blind("ledger.unreachable", error.code)

    async def _compared(self, broken: tuple[Finding, ...]) -> Look:
        part = self.settings.auditor
        patience = timedelta(seconds=part.patience_seconds)
        temporal = self._temporal = self._temporal or await TemporalEye.open(self.settings)
        seen = await temporal.running()
        first = compare(self._dockets, seen, Moment(datetime.now(UTC), patience))
        # One that is not listed may be too young to be missing; it is asked for, since it may have ended.
        unlisted = expected(self._dockets).keys() - seen.keys()
        suspected = unlisted.union(found.subject for found in first if part_of(found.subject))
        again = suspected.union(temporal.unlooked(seen.values(), self.new_runs))
        if again:
            if suspected:
                await asyncio.sleep(part.second_look_seconds)
            exact = await temporal.exact(again)
            seen = {**{stream: each for stream, each in seen.items() if stream not in again}, **exact}
            # The ledger last: what ended meanwhile had its reason written down before.
            broken = tuple(judged(await self.ledger.look(again=0)))
        now = datetime.now(UTC)
        findings = (*broken, *compare(self._dockets, seen, Moment(now, patience)))
        unpolled = await temporal.unpolled(_queues(self._dockets), now)
        queues = (Finding(kind="queue.unpolled", subject=name, detail=self._stakes()) for name in unpolled)
        return self._look(now, (*findings, *queues))

    @property
    def _dockets(self) -> Mapping[str, Docket]:
        return self.ledger.dockets.known

    def _blind(self, kind: str, detail: str, more: Iterator[Finding] | tuple[Finding, ...] = ()) -> Look:
        said = "; ".join(part for part in (detail, self._stakes()) if part)
        blind = Finding(kind=kind, subject=kind.partition(".")[0], detail=said)
        return self._look(datetime.now(UTC), (blind, *more), complete=False)

    def _look(self, at: datetime, findings: tuple[Finding, ...], *, complete: bool = True) -> Look:
        wanted = expected(self._dockets).values()
        count = {part: sum(each.part == part for each in wanted) for part in ("incident", "clock")}
        return Look(at, findings, count["incident"], count["clock"], complete)

    def _stakes(self) -> str:
        """Say what depends on it: how many clocks should run, and when the next is due."""
        dues = sorted(each.due_at for each in expected(self._dockets).values() if each.due_at)
        ahead = [due for due in dues if due > datetime.now(UTC)]
        if not dues:
            return ""
        next_due = f", the next is due {ahead[0].isoformat(timespec='seconds')}" if ahead else ""
        return f"{len(dues)} clocks should run{next_due}"


def _queues(dockets: Mapping[str, Docket]) -> tuple[tuple[str, bool], ...]:
    """The queues that need a worker now, and whether workflows wait in them."""
    delivers = any(each.part == "campaign" for each in expected(dockets).values())
    more = ((DELIVER_MAIL, False), (DELIVER_SMS, False)) if delivers else ()
    return ((DECIDE, True), (ACT, False), *more)


def ledger_url(settings: Settings) -> str:
    """Under which address the auditor reads the ledger."""
    return settings.auditor.ledger_url.get_secret_value() or settings.place.ledger_url


def opened(settings: Settings, *, new_runs: int = NEW_RUNS) -> Auditor:
    """Make an auditor of the settings."""
    return Auditor(settings, LedgerEye(ledger_url(settings)), new_runs)
