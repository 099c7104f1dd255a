"""One batch: claim and commit, send, write the outcomes, and go on to the next chunk meanwhile."""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING

from pydantic import Field
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.outbox import Outbox
from domain.model import Value
from domain.organisation import Organisation
from domain.state import Known
from ledger.errors import LedgerUnavailable
from ledger.port import DeliveryState, Outcome

if TYPE_CHECKING:
    from ledger.port import Claimed, Deliveries

CHUNK = 500
# Seconds that a chunk should take: a slow channel gets small ones.
PACE = 5.0
# A hold or a stop is heard of at a heartbeat.
BEAT = 0.5
# A channel that is down shows itself on a few rows, before many attempts are used up on it; one that worked
# so many seconds ago is not asked again.
PROBE = 50
PROVEN = 10.0
PATIENCE = 5.0
# Seconds, at the least, until a batch looks again for a row that was put off.
SOON = 1.0
RETURNED = "returned"
# Seconds between attempts to write outcomes: about a minute in all.
WAITS = (0.2, 1.0, 2.0, 5.0, 10.0, 20.0, 20.0)


class Batch(Value):
    """A range of rows to be told, up to `limit` of them; `token` fences other workers off."""

    campaign: str
    incident: str
    channels: tuple[str, ...]
    first: int
    last: int
    limit: int
    message: str
    drill: bool
    facts: dict[str, Known]
    organisation: Organisation
    token: str
    ahead: timedelta = Field(default=timedelta(), description="a drill's advance over the wall clock")


class Delivered(Value):
    """What a batch did, in counts; `claimed` is the sum of the next four.

    `again` rows are due again; `retry_after` is how many seconds the channel wants to be left alone or, where
    nothing was claimed, until a row may be that is due by now; `stop` is the code of a channel whose settings
    are wrong.
    """

    claimed: int = 0
    sent: int = 0
    refused: int = 0
    unknown: int = 0
    again: int = 0
    retry_after: float = 0
    stop: str = ""


class Sending:
    """The chunks of one batch. While one is on its way, the last is written and the next is claimed."""

    def __init__(  # noqa: PLR0913 -- what a batch is made of
        self,
        deliveries: "Deliveries",
        outbox: Outbox,
        request: Batch,
        token: str,
        now: Callable[[], datetime],
        *,
        probing: bool = True,
    ) -> None:
        self._deliveries = deliveries
        self._outbox = outbox
        self._request = request
        self._token = token
        self._now = now
        self._probing = probing
        self._after = request.first
        self._left = request.limit
        self._tally: Counter[DeliveryState] = Counter()
        self._leaving = False
        self._chunk = CHUNK
        allowed = activity.info().start_to_close_timeout
        # Half of the time is for new chunks, so that the last one ends in peace.
        self._until = perf_counter() + (allowed.total_seconds() / 2 if allowed else math.inf)

    def leave(self) -> None:
        """Begin no further message; those that are being sent end."""
        self._leaving = True
        self._outbox.halt()

    async def run(self) -> Delivered:
        """Send until the limit, the range, the time or the channel's patience is at its end."""
        beating = asyncio.ensure_future(self._beat())
        try:
            await self._chunks()
        finally:
            beating.cancel()
        tally = self._tally
        wait = (self._outbox.wait or PATIENCE) if self._outbox.blocked else 0.0
        if not tally.total() and not self._leaving:
            wait = await asyncio.to_thread(self._put_off)
        return Delivered(
            claimed=tally.total(),
            sent=tally[DeliveryState.SENT],
            refused=tally[DeliveryState.REFUSED],
            unknown=tally[DeliveryState.UNKNOWN],
            again=tally[DeliveryState.DUE],
            retry_after=wait,
            stop=self._outbox.stop,
        )

    async def _chunks(self) -> None:
        rows = await asyncio.to_thread(self._begin)
        done: list[Outcome] = []
        probing = self._probing
        while rows and not self._ended():
            began = perf_counter()
            # The first few tell how the channel is before more is claimed for it.
            number = len(rows)
            done, rows = await self._overlapped(rows, done, 0 if probing else self._ahead())
            self._tally.update(outcome.state for outcome in done)
            self._chunk = min(CHUNK, max(PROBE, int(number / (perf_counter() - began) * PACE)))
            if probing and not self._ended():
                probing = False
                rows = await self._turn(done, self._ahead())
                done = []
        await self._finish(done, rows)

    async def _beat(self) -> None:
        while True:
            activity.heartbeat(self._after - 1)
            await asyncio.sleep(BEAT)

    async def _overlapped(
        self, rows: "Sequence[Claimed]", done: Sequence[Outcome], ahead: int
    ) -> "tuple[list[Outcome], Sequence[Claimed]]":
        sending = asyncio.ensure_future(self._outbox.send(rows))
        try:
            following = await self._turn(done, ahead)
        except LedgerUnavailable:
            # What is on its way gets its chance to be written before the batch fails.
            await self._turn(await sending, 0)
            raise
        return await sending, following

    def _ahead(self) -> int:
        """How many rows to claim next: none once the time for new chunks is over."""
        return self._chunk if perf_counter() < self._until else 0

    def _ended(self) -> bool:
        return (
            bool(self._outbox.stop) or self._outbox.blocked or self._leaving or activity.is_worker_shutdown()
        )

    def _begin(self) -> "Sequence[Claimed]":
        if activity.is_worker_shutdown():
            raise ApplicationError(
                "The worker is leaving; the batch begins elsewhere.",
                type="worker_shutdown",
                category=ApplicationErrorCategory.BENIGN,
            )
        # Looking for lost rows goes through the whole range: before a second attempt, and once at its end.
        again = activity.info().attempt > 1
        if again:
            self._orphaned()
        rows = self._claim(PROBE if self._probing else CHUNK)
        if not (rows or again):
            self._orphaned()
        return rows

    def _claim(self, most: int) -> "Sequence[Claimed]":
        request = self._request
        wanted = min(most, self._left)
        if wanted <= 0 or self._after > request.last:
            return ()
        rows = self._deliveries.claim(
            request.campaign,
            request.channels,
            self._after,
            request.last,
            wanted,
            self._token,
            self._now(),
            self._request.ahead,
        )
        if rows:
            # What becomes due again behind this place waits for the next batch.
            self._after = rows[-1].seq + 1
            self._left -= len(rows)
        return rows

    def _put_off(self) -> float:
        """Seconds until the first of the rows that are due may be claimed; 0 where none is.

        A row may be due at once: one that was refused a moment ago, for its next channel.
        """
        request = self._request
        at = self._deliveries.waiting(request.campaign, request.channels, request.first, request.last)
        return max((at - self._now() - request.ahead).total_seconds(), SOON) if at else 0.0

    async def _turn(self, done: Sequence[Outcome], ahead: int) -> "Sequence[Claimed]":
        """Write outcomes, then claim; an outcome is worth waiting for a database that is busy or full."""
        for wait in (*WAITS, None):
            try:
                return await asyncio.to_thread(self._written_then_claimed, done, ahead)
            except LedgerUnavailable as away:
                if wait is None or not done:
                    raise
                activity.logger.warning("%d outcomes wait for the ledger: %s", len(done), away.code)
                await asyncio.sleep(wait)
        return ()

    def _written_then_claimed(self, done: Sequence[Outcome], ahead: int) -> "Sequence[Claimed]":
        if done:
            request = self._request
            self._deliveries.settle(request.campaign, self._token, done, self._now(), request.ahead)
        return self._claim(ahead) if ahead else ()

    async def _finish(self, done: Sequence[Outcome], unsent: "Sequence[Claimed]") -> None:
        request = self._request
        returned = [Outcome(row.seq, DeliveryState.DUE, code=RETURNED) for row in unsent]
        self._tally[DeliveryState.DUE] += len(returned)
        await self._turn([*done, *returned], 0)
        # As above: what receipts refused meanwhile is left to the range's last batch, which claims nothing.
        if self._tally[DeliveryState.REFUSED] or not self._tally.total():
            await asyncio.to_thread(
                self._deliveries.advance, request.campaign, request.first, request.last, self._now()
            )

    def _orphaned(self) -> None:
        request = self._request
        self._deliveries.orphaned(request.campaign, request.first, request.last, self._token, self._now())
