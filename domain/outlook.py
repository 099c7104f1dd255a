"""What telling an audience takes: people per channel, time at the providers' budgets, cost, deadline."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from pydantic import Field

from domain.groups import Group
from domain.model import Value
from domain.pacing import place_seconds, rate_for


class Budget(Value):
    """How much a channel may send: `per_second` for each of its `senders`, and so much to a mail domain."""

    per_second: float = Field(gt=0)
    senders: int = Field(default=1, ge=1)
    domains: dict[str, float] = Field(default_factory=dict)
    each_domain: float | None = Field(default=None, gt=0)
    refused: float = Field(default=0.0, ge=0, lt=1)

    @property
    def rate(self) -> float:
        """Messages per second over all senders."""
        return self.per_second * self.senders

    def domain_rate(self, domain: str) -> float | None:
        """Messages per second to one domain; None where only the channel's own rate holds."""
        return self.domains.get(domain, self.each_domain if domain else None)


class Price(Value):
    """What one message costs, or one segment of a text message, where the number begins with `prefix`."""

    prefix: str
    amount: Decimal = Field(ge=0)
    currency: str


class Leg(Value):
    """One channel's part: people who begin here, messages expected, and when the last has left.

    `seconds` is None where no budget says how fast the channel is; `bound` says what it waits for: `rate`,
    `domain:<name>`, or the channel whose refusals come last.
    """

    channel: str
    people: int
    messages: float
    seconds: float | None
    bound: str = ""
    cost: dict[str, Decimal] = Field(default_factory=dict)
    unpriced: int = 0


class Option(Value):
    """What would meet the deadline: so many senders of a channel, or another order of channels."""

    what: str
    channel: str
    senders: int = 0
    seconds: float


Load = dict[str, dict[tuple[str, str, str, str], float]]


def loads(groups: Sequence[Group], channels: Sequence[str], budgets: Mapping[str, Budget]) -> Load:
    """Messages expected per channel, by (language, kind, prefix, domain).

    The refused go on to their next leg.
    """
    found: Load = {channel: defaultdict(float) for channel in channels}
    for group in groups:
        share = float(group.people)
        for channel in group.route:
            found[channel][group.language, group.kind, group.prefix, group.domain] += share
            budget = budgets.get(channel)
            share *= budget.refused if budget else 0.0
    return found


def legs(
    groups: Sequence[Group],
    channels: Sequence[str],
    budgets: Mapping[str, Budget],
    prices: Mapping[str, Sequence[Price]],
    units: Mapping[tuple[str, str, str], int],
) -> tuple[Leg, ...]:
    """Plan each channel, in the campaign's order; `units` are segments by (channel, language, kind)."""
    load = loads(groups, channels, budgets)
    times: dict[str, float | None] = {}
    planned: list[Leg] = []
    for channel in channels:
        first = sum(group.people for group in groups if group.route[:1] == (channel,))
        seconds, bound = _time(channel, groups, load[channel], budgets, times)
        times[channel] = seconds
        cost, unpriced = _cost(channel, load[channel], prices.get(channel, ()), units)
        planned.append(
            Leg(
                channel=channel,
                people=first,
                messages=sum(load[channel].values()),
                seconds=seconds,
                bound=bound,
                cost=cost,
                unpriced=unpriced,
            )
        )
    return tuple(planned)


def _time(
    channel: str,
    groups: Sequence[Group],
    load: Mapping[tuple[str, str, str, str], float],
    budgets: Mapping[str, Budget],
    times: Mapping[str, float | None],
) -> tuple[float | None, str]:
    """When the last message of a channel leaves; a channel never waits while it may send to anybody."""
    messages = sum(load.values())
    if not messages:
        return 0.0, ""
    budget = budgets.get(channel)
    feeders = {
        each
        for group in groups
        if channel in group.route
        for each in group.route[: group.route.index(channel)]
        if each in budgets and budgets[each].refused
    }
    if budget is None or any(times[each] is None for each in feeders):
        return None, ""
    waits = {"rate": messages * place_seconds(budget.rate)}
    domains: dict[str, float] = defaultdict(float)
    for (*_, domain), share in load.items():
        domains[domain] += share
    for domain, share in domains.items():
        rate = budget.domain_rate(domain)
        if rate is not None:
            waits[f"domain:{domain}"] = share * place_seconds(rate)
    # The last to be refused there is the last to be told here.
    waits |= {each: (times[each] or 0.0) + place_seconds(budget.rate) for each in feeders}
    bound = max(waits, key=lambda each: waits[each])
    return waits[bound], bound


def _cost(
    channel: str,
    load: Mapping[tuple[str, str, str, str], float],
    prices: Sequence[Price],
    units: Mapping[tuple[str, str, str], int],
) -> tuple[dict[str, Decimal], int]:
    cost: dict[str, Decimal] = {}
    unpriced = 0.0
    for (language, kind, prefix, _), messages in load.items():
        fitting = [price for price in prices if prefix.startswith(price.prefix)]
        if not fitting:
            unpriced += messages
            continue
        price = max(fitting, key=lambda each: len(each.prefix))
        count = Decimal(str(round(messages, 3))) * units.get((channel, language, kind), 1)
        cost[price.currency] = cost.get(price.currency, Decimal()) + count * price.amount
    return cost, math.ceil(unpriced)


def finished(planned: Sequence[Leg]) -> timedelta | None:
    """When the last message has left; None where a channel's time is unknown."""
    times = [leg.seconds for leg in planned]
    known = [each for each in times if each is not None]
    return timedelta(seconds=max(known, default=0.0)) if len(known) == len(times) else None


def remedies(
    groups: Sequence[Group],
    channels: Sequence[str],
    budgets: Mapping[str, Budget],
    left: timedelta,
) -> tuple[Option, ...]:
    """What would let the last message leave within the time that is left, each by itself proven by a plan."""
    if left <= timedelta():
        return ()
    found: list[Option] = []
    late = [
        leg for leg in legs(groups, channels, budgets, {}, {}) if (leg.seconds or 0.0) > left.total_seconds()
    ]
    more = dict(budgets)
    for leg in late:
        if leg.bound == "rate":
            budget = more[leg.channel]
            senders = math.ceil(rate_for(leg.messages, left.total_seconds()) / budget.per_second)
            more[leg.channel] = budget.model_copy(update={"senders": senders})
    grown = finished(legs(groups, channels, more, {}, {}))
    if grown is not None and grown <= left:
        found += [
            Option(what="senders", channel=name, senders=budget.senders, seconds=grown.total_seconds())
            for name, budget in more.items()
            if budget is not budgets[name]
        ]
    for leg in late:
        other = finished(legs([_around(group, leg.channel) for group in groups], channels, budgets, {}, {}))
        if other is not None and other <= left:
            found.append(Option(what="around", channel=leg.channel, seconds=other.total_seconds()))
    return tuple(found)


def _around(group: Group, channel: str) -> Group:
    """Let people who have another channel begin there."""
    others = tuple(each for each in group.route if each != channel)
    return (
        group.model_copy(update={"route": (*others, channel)}) if others and channel in group.route else group
    )
