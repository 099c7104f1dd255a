"""A channel held to its provider's budget, which all workers share."""

import asyncio
import contextlib
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from domain.outlook import Budget
from domain.pacing import place_seconds, places
from ledger.errors import LedgerUnavailable
from notifiers.errors import Misconfigured, NotifierError, Unreachable
from notifiers.port import HALTED, PACED, Accepted, Halted, Message, never

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from ledger.port import Pace
    from notifiers.port import Notifier, Reference, Verdict

# Seconds that a place is waited for within a batch; what has to wait longer goes back to its shard.
PATIENCE = 5.0
LOOK = 0.1
# A place that is past by this much would let two places' messages leave together.
LATE = 0.04

Outcome = Accepted | NotifierError


class Paced:
    """A notifier whose batches leave at the budget's pace, in every window of a second.

    Before each few messages a place is taken from the row that all workers share, for the channel and, for
    e-mail, for a domain that has a rate of its own. A single message (`send`: a filing, an alarm) takes its
    place too but waits for none. A batch that finds no place within seconds gets `Unreachable` with code
    `budget.used_up` and the wait. A provider that asks to be left alone (`retry_after`) is left so by all.
    """

    def __init__(self, notifier: "Notifier", budget: Budget, pace: "Pace") -> None:
        self._notifier = notifier
        self._budget = budget
        self._pace = pace
        self.concurrency = notifier.concurrency
        # What waited inside the notifier for a connection would leave in a heap when one is free.
        self._room = asyncio.Semaphore(max(1, self.concurrency // places(budget.rate)))
        self._proven = False

    @property
    def channel(self) -> str:
        """The channel's word."""
        return self._notifier.channel

    async def send(self, message: Message) -> Accepted:
        """Send one message now; see `Notifier.send`."""
        # A filing is not held up by a campaign, nor lost with the ledger.
        with contextlib.suppress(LedgerUnavailable):
            row = (self.channel, place_seconds(self._budget.rate))
            await asyncio.to_thread(self._pace.take, [row], math.inf)
        return await self._notifier.send(message)

    async def send_many(self, messages: Sequence[Message], halted: Halted = never) -> list[Outcome]:
        """Send a batch at the budget's pace; the outcomes stand in the order of the messages."""
        lanes: dict[str, list[int]] = defaultdict(list)
        for number, message in enumerate(messages):
            lanes[self._domain(message)].append(number)
        batch = _Batch(messages, halted)
        async with asyncio.TaskGroup() as group:
            for domain, numbers in lanes.items():
                group.create_task(self._lane(batch, domain, numbers))
        return [batch.outcomes[number] for number in range(len(messages))]

    async def look_up(self, reference: "Reference") -> "Verdict":
        """Ask what became of an attempt; see `Notifier.look_up`."""
        return await self._notifier.look_up(reference)

    async def aclose(self) -> None:
        """Close the notifier."""
        await self._notifier.aclose()

    async def __aenter__(self) -> "Self":
        return self

    async def __aexit__(
        self,
        exc_type: "type[BaseException] | None",
        exc: "BaseException | None",
        traceback: "TracebackType | None",
    ) -> None:
        await self.aclose()

    def _domain(self, message: Message) -> str:
        """The domain whose own rate holds for a message; empty where only the channel's does."""
        if self.channel != "email":
            return ""
        domain = message.to.rpartition("@")[2].lower()
        return domain if self._budget.domain_rate(domain) is not None else ""

    def _rates(self, domain: str) -> list[tuple[str, float]]:
        """Name the shared rows in which a message needs a place, and their rates; the channel's is last."""
        channel = (self.channel, self._budget.rate)
        rate = self._budget.domain_rate(domain)
        return [channel] if rate is None else [(f"{self.channel}/{domain}", rate), channel]

    async def _lane(self, batch: "_Batch", domain: str, numbers: Sequence[int]) -> None:
        rates = self._rates(domain)
        size = min(self.concurrency, *(places(rate) for _, rate in rates))
        async with asyncio.TaskGroup() as group:
            for first in range(0, len(numbers), size):
                some = numbers[first : first + size]
                rows = [(name, place_seconds(rate) * len(some)) for name, rate in rates]
                if ended := await self._turn(batch, rows):
                    batch.outcomes |= dict.fromkeys(numbers[first:], ended)
                    return
                sending = group.create_task(self._sent(batch, some))
                if not self._proven:
                    # Until the provider has shown that it takes ours, a mistake of ours costs one place.
                    await sending

    async def _turn(self, batch: "_Batch", rows: Sequence[tuple[str, float]]) -> NotifierError | None:
        """Wait for room and for a place in every row; an error where the rest is not to be sent now."""
        while True:
            await self._room.acquire()
            ready = False
            try:
                if ended := batch.over():
                    return ended
                taken, wait = await asyncio.to_thread(self._pace.take, rows, PATIENCE)
                if wait > PATIENCE:
                    return Unreachable(wait, PACED)
                if taken:
                    await batch.sleep(wait)
                    ready = wait >= -LATE and not batch.over()
                    if ready:
                        return None
            except LedgerUnavailable:
                return Unreachable(PATIENCE, PACED)
            finally:
                if not ready:
                    self._room.release()
            if not taken:
                await batch.sleep(wait)

    async def _sent(self, batch: "_Batch", numbers: Sequence[int]) -> None:
        try:
            answers = await self._notifier.send_many(
                [batch.messages[number] for number in numbers], batch.halted
            )
        finally:
            self._room.release()
        batch.outcomes |= dict(zip(numbers, answers, strict=True))
        self._proven = self._proven or any(isinstance(answer, Accepted) for answer in answers)
        batch.ended = batch.ended or next((each for each in answers if isinstance(each, Misconfigured)), None)
        waits = [each.retry_after for each in answers if isinstance(each, Unreachable) and each.retry_after]
        # What a mail server puts off, it puts off for one address.
        if waits and self.channel != "email":
            with contextlib.suppress(LedgerUnavailable):
                await asyncio.to_thread(self._pace.hold, self.channel, max(waits))


class _Batch:
    """The messages of one call, what became of them, and why the rest is not tried."""

    def __init__(self, messages: Sequence[Message], halted: Halted) -> None:
        self.messages = messages
        self.halted = halted
        self.outcomes: dict[int, Outcome] = {}
        self.ended: NotifierError | None = None

    def over(self) -> NotifierError | None:
        """Say why nothing more is begun, if it is so."""
        return self.ended or (Unreachable(None, HALTED) if self.halted() else None)

    async def sleep(self, seconds: float) -> None:
        """Wait, but no longer than the batch goes on."""
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        while (left := until - clock()) > 0 and not self.over():  # noqa: ASYNC110 - a halt is only told when asked
            await asyncio.sleep(min(left, LOOK))
