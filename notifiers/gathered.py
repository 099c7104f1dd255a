"""Sending a batch over a channel that knows only how to send one."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from notifiers.errors import Misconfigured, NotifierError
from notifiers.port import Accepted, Message


class Gathered(ABC):
    """Gives a channel `send_many` and `async with` from its `send` and `aclose`.

    `concurrency` messages of a batch are in flight at once. After a `Misconfigured` the rest of the batch is
    not tried; each gets that same error.
    """

    def __init__(self, concurrency: int) -> None:
        if concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        self.concurrency = concurrency

    @abstractmethod
    async def send(self, message: Message) -> Accepted:
        """Send one message, as the channel does."""

    async def send_many(self, messages: Sequence[Message]) -> list[Accepted | NotifierError]:
        """Send a batch; the outcomes stand in the order of the messages, and nothing is raised for one."""
        outcomes: dict[int, Accepted | NotifierError] = {}
        waiting = iter(enumerate(messages))
        stopped: list[Misconfigured] = []

        async def work() -> None:
            for place, message in waiting:
                if stopped:
                    outcomes[place] = stopped[0]
                    continue
                try:
                    outcomes[place] = await self.send(message)
                except Misconfigured as error:
                    stopped.append(error)
                    outcomes[place] = error
                except NotifierError as error:
                    outcomes[place] = error

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.concurrency, len(messages))):
                group.create_task(work())
        return [outcomes[place] for place in range(len(messages))]

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
