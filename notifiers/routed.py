"""Several providers behind one channel: which one a number goes to, and who takes over from whom."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Self

from notifiers.errors import Misconfigured, NotifierError, Refused, Unreachable, Unworded
from notifiers.port import HALTED, Accepted, Answer, Halted, Message, Notifier, Reference, Verdict, never

COOL_OFF = 60.0
"""Seconds for which a provider whose settings are wrong is not tried again."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A notifier, and how the references it gives begin."""

    notifier: Notifier
    prefixes: tuple[str, ...]

    def had(self, provider_ref: str) -> bool:
        """Whether a reference is one of this provider's."""
        return provider_ref.startswith(self.prefixes)


@dataclass(frozen=True, slots=True)
class Route:
    """Numbers that begin with `prefix` go to these providers, the first one first."""

    prefix: str
    providers: tuple[str, ...]


class RoutedNotifier:
    """A channel of several providers, by a table of routes of which the longest prefix holds.

    A message goes on to the next provider only when the one before surely has not sent it: its settings are
    wrong, it is out of reach, or it has no wording for the reader. What is unknown goes nowhere else, and
    what is refused is refused for this address. Codes: those of the providers, and `route.none`.

    Raises:
        Misconfigured: on construction, `route.provider`, for a route to a provider that is not there.

    """

    def __init__(
        self,
        channel: str,
        providers: Mapping[str, Provider],
        routes: Sequence[Route],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        for route in routes:
            if not route.providers or set(route.providers) - providers.keys():
                raise Misconfigured(
                    "route.provider", f"the route {route.prefix or 'of all others'} names no provider set up"
                )
        self.channel = channel
        self._providers = dict(providers)
        self._routes = sorted(routes, key=lambda route: -len(route.prefix))
        self._clock = clock
        self._down: dict[str, tuple[float, Misconfigured]] = {}

    @property
    def concurrency(self) -> int:
        """That of its providers together."""
        return sum(provider.notifier.concurrency for provider in self._providers.values())

    async def send(self, message: Message) -> Accepted:
        """Send one message; see `Notifier.send`."""
        (outcome,) = await self.send_many([message])
        if isinstance(outcome, Accepted):
            return outcome
        raise outcome

    async def send_many(
        self, messages: Sequence[Message], halted: Halted = never
    ) -> list[Accepted | NotifierError]:
        """Send a batch, each message by its route."""
        outcomes: list[Accepted | NotifierError] = [
            Refused("route.none", "no route serves this number") for _ in messages
        ]
        left = {place: route for place, each in enumerate(messages) if (route := self._route(each.to))}
        turn = 0
        while left:
            groups: dict[str, list[int]] = defaultdict(list)
            for place, route in left.items():
                groups[route[turn]].append(place)
            for name, places in groups.items():
                found = await self._by(name, [messages[place] for place in places], halted)
                for place, outcome in zip(places, found, strict=True):
                    outcomes[place] = outcome if turn == 0 else _worse(outcomes[place], outcome)
            turn += 1
            left = {
                place: route
                for place, route in left.items()
                if turn < len(route) and _elsewhere(outcomes[place])
            }
        return outcomes

    async def look_up(self, reference: Reference) -> Verdict:
        """Ask the provider that had the message; where that is not known, each that may have had it.

        Only when none of them knows of it was it not sent.
        """
        if reference.provider_ref:
            for provider in self._providers.values():
                if provider.had(reference.provider_ref):
                    return await provider.notifier.look_up(reference)
            return Verdict(Answer.CANNOT_TELL, code="route.provider")
        doubt: Verdict | None = None
        none = Verdict(Answer.NOT_FOUND, code="route.none")
        for name in self._route(reference.to):
            verdict = await self._providers[name].notifier.look_up(reference)
            match verdict.answer:
                case Answer.NOT_FOUND if verdict.settled:
                    none = verdict
                case Answer.NOT_FOUND | Answer.CANNOT_TELL:
                    doubt = verdict
                case _:
                    return verdict
        return doubt or none

    async def aclose(self) -> None:
        """Give back every provider's connections."""
        for provider in self._providers.values():
            await provider.notifier.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _route(self, number: str) -> tuple[str, ...]:
        return next((each.providers for each in self._routes if number.startswith(each.prefix)), ())

    async def _by(
        self, name: str, messages: Sequence[Message], halted: Halted
    ) -> Sequence[Accepted | NotifierError]:
        until, why = self._down.get(name, (0.0, None))
        if why is not None and self._clock() < until:
            return [why] * len(messages)
        found = await self._providers[name].notifier.send_many(messages, halted)
        wrong = next((each for each in found if isinstance(each, Misconfigured)), None)
        if wrong is None:
            self._down.pop(name, None)
        elif all(isinstance(each, Misconfigured) for each in found):
            self._down[name] = (self._clock() + COOL_OFF, wrong)
        return found


def _elsewhere(outcome: Accepted | NotifierError) -> bool:
    return isinstance(outcome, Misconfigured | Unreachable | Unworded) and outcome.code != HALTED


def _worse(before: Accepted | NotifierError, after: Accepted | NotifierError) -> Accepted | NotifierError:
    """What holds when both were asked: a provider out of reach may come back, wrong settings do not.

    One that has no wording for the reader says nothing about what the other could do.
    """
    if isinstance(after, Unworded) or (isinstance(before, Unreachable) and isinstance(after, Misconfigured)):
        return before
    return after
