import heapq
import math
import random
from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from domain.groups import Group
from domain.outlook import Budget, Price, finished, legs, loads, remedies
from domain.pacing import place_seconds

CHANNELS = ("sms", "voice", "email")
DOMAINS = ("qq.com", "163.com", "")
HOUR = timedelta(hours=1)


def simulated(groups, budgets, seed):
    """Send one message after the other, as workers with the budgets' clocks would: when the last has left."""
    people = [group for group in groups for _ in range(group.people)]
    random.Random(seed).shuffle(people)  # noqa: S311 - an order, not a secret
    queues = {channel: defaultdict(list) for channel in CHANNELS}

    def wait(row, group, place):
        channel = group.route[place]
        queue = queues[channel][group.domain if channel == "email" else ""]
        heapq.heappush(queue, (row, place, group))

    for row, group in enumerate(people):
        wait(row, group, 0)
    free = dict.fromkeys(CHANNELS, 0.0)
    open_at = defaultdict(float)
    debt = Counter()
    last = 0.0
    waiting = [(0.0, channel) for channel in CHANNELS]
    heapq.heapify(waiting)
    while waiting:
        now, channel = heapq.heappop(waiting)
        mine, budget = queues[channel], budgets[channel]
        now = max(now, free[channel])
        ready = [domain for domain, queue in mine.items() if queue and open_at[channel, domain] <= now + 1e-9]
        if not ready:
            later = [open_at[channel, domain] for domain, queue in mine.items() if queue]
            if later:
                heapq.heappush(waiting, (min(later), channel))
            continue
        if free[channel] > now or (waiting and waiting[0][0] < now - 1e-9):
            heapq.heappush(waiting, (now, channel))
            continue
        # In the list's order, as batches claim, past those whose domain is closed; who was refused elsewhere
        # keeps his place in it.
        domain = min(ready, key=lambda each: mine[each][0][0])
        row, place, group = heapq.heappop(mine[domain])
        free[channel] = now + place_seconds(budget.rate)
        rate = budget.domain_rate(domain)
        if rate is not None:
            # What it waited for the channel's own turn is not taken from its budget.
            open_at[channel, domain] = max(
                open_at[channel, domain], now - place_seconds(budget.rate)
            ) + place_seconds(rate)
        last = max(last, free[channel], open_at[channel, domain] if rate is not None else 0.0)
        debt[channel, group] += budget.refused
        if debt[channel, group] >= 1:
            debt[channel, group] -= 1
            if place + 1 < len(group.route):
                wait(row, group, place + 1)
                heapq.heappush(waiting, (now, group.route[place + 1]))
        heapq.heappush(waiting, (free[channel], channel))
    return last


RATE = st.floats(1.0, 200.0)
BUDGET = st.builds(
    Budget, per_second=RATE, senders=st.integers(1, 3), refused=st.sampled_from([0.0, 0.2, 0.4])
)
MAIL = st.builds(
    Budget,
    per_second=RATE,
    domains=st.dictionaries(st.sampled_from(DOMAINS[:2]), RATE),
    each_domain=st.none() | RATE,
)
ROUTES = [("sms",), ("voice",), ("email",), ("sms", "email"), ("sms", "voice"), ("sms", "voice", "email")]
AUDIENCE = st.lists(
    st.builds(
        Group,
        route=st.sampled_from(ROUTES),
        language=st.just("zh-CN"),
        domain=st.sampled_from(DOMAINS),
        people=st.integers(1500, 2500),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda group: (group.route, group.domain),
)


# An example takes a third of a second, so a failing one is shown as it was found.
@settings(max_examples=20, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(AUDIENCE, BUDGET, BUDGET, MAIL, st.integers(0, 9))
def test_the_plan_and_a_simulation_agree_within_five_per_cent(groups, sms, voice, mail, seed):
    budgets = {"sms": sms, "voice": voice, "email": mail}
    planned = finished(legs(groups, CHANNELS, budgets, {}, {})).total_seconds()
    assert simulated(groups, budgets, seed) == pytest.approx(planned, rel=0.05)


def group(route, people, **changes):
    return Group(route=route, language="zh-CN", people=people, **changes)


def test_people_begin_on_their_first_channel_and_the_refused_go_on():
    groups = [group(("sms", "email"), 100), group(("email",), 10), group((), 7)]
    budgets = {"sms": Budget(per_second=10, refused=0.1), "email": Budget(per_second=100)}
    sms, email = legs(groups, ("sms", "email"), budgets, {}, {})
    assert (sms.people, sms.messages, sms.seconds, sms.bound) == (100, 100, pytest.approx(10.4), "rate")
    assert (email.people, email.messages, email.bound) == (10, 20, "sms")
    assert email.seconds == pytest.approx(10.4104)
    assert loads(groups, ("sms", "email"), {})["email"] == {("zh-CN", "individual", "", ""): 10}


def test_a_channel_without_a_budget_has_no_time_nor_what_follows_it():
    groups = [group(("sms", "voice"), 10), group(("voice",), 1)]
    planned = legs(groups, CHANNELS, {"voice": Budget(per_second=1)}, {}, {})
    assert [leg.seconds for leg in planned] == [None, 1.04, 0]
    assert finished(planned) is None
    assert finished(()) == timedelta()


def test_what_follows_a_channel_that_nobody_timed_has_no_time_either():
    groups = [group(("sms", "voice", "email"), 100)]
    budgets = {"voice": Budget(per_second=1, refused=0.5), "email": Budget(per_second=1)}
    groups += [group(("voice", "email"), 10), group(("sms", "email"), 1)]
    assert [leg.seconds for leg in legs(groups, CHANNELS, budgets, {}, {})] == [
        None,
        pytest.approx(10.4),
        pytest.approx(11.44),
    ]
    budgets["sms"] = Budget(per_second=1, refused=0.5)
    del budgets["voice"]
    assert [leg.seconds for leg in legs(groups, CHANNELS, budgets, {}, {})][1] is None


def test_a_slow_mail_domain_is_waited_for():
    budgets = {"email": Budget(per_second=100, domains={"qq.com": 1}, each_domain=50)}
    groups = [group(("email",), 100, domain="qq.com"), group(("email",), 100)]
    (mail,) = legs(groups, ("email",), budgets, {}, {})
    assert (mail.seconds, mail.bound) == (pytest.approx(104), "domain:qq.com")


def test_the_longest_prefix_is_the_price_and_what_has_none_is_counted():
    prices = {
        "sms": [
            Price(prefix="", amount=Decimal("0.5"), currency="USD"),
            Price(prefix="+86", amount=Decimal("0.045"), currency="CNY"),
        ],
        "voice": [Price(prefix="+1", amount=Decimal(1), currency="USD")],
    }
    groups = [
        group(("sms",), 100, prefix="+86"),
        group(("sms",), 2, prefix="+1"),
        group(("voice",), 3, prefix="+86"),
    ]
    sms, voice = legs(groups, ("sms", "voice"), {}, prices, {("sms", "zh-CN", "individual"): 2})
    assert sms.cost == {"CNY": Decimal("9.0000"), "USD": Decimal("2.0")}
    assert (voice.cost, voice.unpriced) == ({}, 3)


def test_what_would_meet_the_deadline_is_more_senders_or_another_channel():
    groups = [group(("sms", "email"), 36_000)]
    budgets = {"sms": Budget(per_second=2), "email": Budget(per_second=1000)}
    found = remedies(groups, ("sms", "email"), budgets, HOUR)
    assert [(each.what, each.channel, each.senders) for each in found] == [
        ("senders", "sms", 6),
        ("around", "sms", 0),
    ]
    assert all(each.seconds <= HOUR.total_seconds() for each in found)
    assert remedies(groups, ("sms", "email"), budgets, timedelta()) == ()
    assert remedies([group(("sms",), 10)], ("sms",), budgets, HOUR) == ()


def test_nothing_is_promised_that_a_plan_does_not_prove():
    slow = {"email": Budget(per_second=1, domains={"qq.com": 0.001})}
    assert remedies([group(("email",), 100, domain="qq.com")], ("email",), slow, HOUR) == ()
    unknown = [group(("email",), 100, domain="qq.com"), group(("sms",), 1)]
    assert remedies(unknown, ("sms", "email"), slow, HOUR) == ()
    stuck = [group(("sms",), 36_000), group(("email", "sms"), 10)]
    budgets = {"sms": Budget(per_second=1), "email": Budget(per_second=1)}
    found = remedies(stuck, ("sms", "email"), budgets, HOUR)
    assert [(each.what, each.senders) for each in found] == [("senders", 11)]
    assert math.isclose(found[0].seconds, 36_000 * 1.04 / 11)
