"""Groups and persons behind the one instant-messaging channel."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from notifiers.errors import NotifierError
from notifiers.im import ImNotifier
from notifiers.port import Accepted, Halted, Message, Reference, Verdict, never
from notifiers.wecom import WecomNotifier


class GroupsAndPersons:
    """What names a configured group goes to the group, everything else to a member of the organisation."""

    channel = "im"

    def __init__(self, groups: ImNotifier, handles: frozenset[str], persons: WecomNotifier) -> None:
        self._groups = groups
        self._handles = handles
        self._persons = persons

    @property
    def concurrency(self) -> int:
        """That of the busier one: a batch is one's turn after the other's."""
        return max(self._groups.concurrency, self._persons.concurrency)

    async def send(self, message: Message) -> Accepted:
        """Send one message; see `Notifier.send`."""
        return await self._of(message.to).send(message)

    async def send_many(
        self, messages: Sequence[Message], halted: Halted = never
    ) -> list[Accepted | NotifierError]:
        """Send a batch; the outcomes stand in the order of the messages."""
        found: dict[int, Accepted | NotifierError] = {}
        for notifier in (self._groups, self._persons):
            places = [place for place, each in enumerate(messages) if self._of(each.to) is notifier]
            outcomes = await notifier.send_many([messages[place] for place in places], halted)
            found.update(zip(places, outcomes, strict=True))
        return [found[place] for place in range(len(messages))]

    async def look_up(self, reference: Reference) -> Verdict:
        """Say that neither can be asked."""
        return await self._of(reference.to).look_up(reference)

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._groups.aclose()
        await self._persons.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _of(self, to: str) -> ImNotifier | WecomNotifier:
        return self._groups if to in self._handles else self._persons
