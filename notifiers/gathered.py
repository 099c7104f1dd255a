"""Sending a batch over a channel that knows only how to send one."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self, TypeAlias

from notifiers.errors import Misconfigured, NotifierError, Unreachable
from notifiers.port import HALTED, Accepted, Halted, Message, never

Outcomes: TypeAlias = list[Accepted | NotifierError]


class Gathered(ABC):
    """Gives a channel `send_many` and `async with` from its `send` and `aclose`.

    `concurrency` requests of a batch are in flight at once, and only one until the provider has shown that
    it takes ours: wrong credentials cost one request, not one for each connection. After a `Misconfigured`
    the rest of the batch is not tried; each gets that same error.
    """

    def __init__(self, concurrency: int) -> None:
        if concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        self.concurrency = concurrency
        self._proven = False
        self._proving = asyncio.Lock()

    @abstractmethod
    async def send(self, message: Message) -> Accepted:
        """Send one message, as the channel does."""

    async def send_many(self, messages: Sequence[Message], halted: Halted = never) -> Outcomes:
        """Send a batch; the outcomes stand in the order of the messages, and nothing is raised for one."""
        return [found for (found,) in await self.spread([[each] for each in messages], self._alone, halted)]

    async def spread(
        self,
        groups: Sequence[Sequence[Message]],
        send: Callable[[Sequence[Message]], Awaitable[Outcomes]],
        halted: Halted = never,
    ) -> list[Outcomes]:
        """Send groups of messages, each with one call of `send`; the outcomes stand in the same order."""
        outcomes: dict[int, Outcomes] = {}
        stopped: list[Misconfigured] = []
        waiting = iter(enumerate(groups))

        async def tried(group: Sequence[Message]) -> Outcomes:
            if stopped:
                return [stopped[0]] * len(group)
            if halted():
                return [Unreachable(None, HALTED)] * len(group)
            found = await send(group)
            stopped.extend(each for each in found if isinstance(each, Misconfigured))
            self._proven = not stopped
            return found

        async def work() -> None:
            for place, group in waiting:
                if self._proven:
                    outcomes[place] = await tried(group)
                else:
                    async with self._proving:
                        outcomes[place] = await tried(group)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(self.concurrency, len(groups))):
                tasks.create_task(work())
        return [outcomes[place] for place in range(len(groups))]

    async def _alone(self, group: Sequence[Message]) -> Outcomes:
        try:
            return [await self.send(group[0])]
        except NotifierError as error:
            return [error]

    async def aclose(self) -> None:  # noqa: B027 - most channels hold nothing open
        """Give back what is held open; nothing, unless the channel says otherwise."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
