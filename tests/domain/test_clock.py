"""A clock speaks at the right instants, never falls silent, and ends only by evidence."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import (
    AlarmRung,
    ClockOrder,
    ClockRescheduled,
    ClockSettled,
    ClockStarted,
    ClockState,
    DutyLapsed,
    OverdueRung,
    TargetMissed,
    alarms,
    follow,
    next_ring,
    ring,
)
from domain.evolve_clock import evolve_clock
from domain.facts import DutyKey
from domain.playbook import Alarms

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
REPEAT = timedelta(minutes=30)
PLAN = Alarms(percents=(50, 75, 90, 100), repeat=REPEAT, roles=("lead",))
KEY = DutyKey(duty="D", authority="a")
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zoned by hypothesis
PERCENTS = st.lists(st.integers(1, 100), min_size=1, max_size=6).map(tuple)
SPANS = st.timedeltas(timedelta(seconds=1), timedelta(days=60))


def started(due=START + timedelta(hours=4), percents=(50, 75, 90, 100), *, legal=True, start=START):
    body = ClockStarted(
        key=KEY, started_at=start, due_at=due, legal=legal, alarms=alarms(start, due, percents)
    )
    return evolve_clock(ClockState(key=KEY, stream="s"), body, 1, start)


def spoken(state, now):
    """Let the clock speak; return what it said and where it stands then."""
    bodies = ring(state, now, PLAN)
    for body in bodies:
        state = evolve_clock(state, body, state.version + 1, now)
    return [type(body).__name__ for body in bodies], state


@given(INSTANTS, INSTANTS, PERCENTS)
def test_alarms_rise_from_start_to_deadline(start, due, percents):
    placed = alarms(start, due, percents)
    assert placed[-1].percent == 100
    assert placed[-1].at == due
    assert [a.percent for a in placed] == sorted({a.percent for a in placed})
    assert [a.at for a in placed] == sorted(a.at for a in placed)
    assert all(min(start, due) <= a.at <= due for a in placed)
    assert len(placed) == 1 if due <= start else {a.percent for a in placed} == {*percents, 100}


@given(SPANS, PERCENTS, st.lists(SPANS, max_size=8))
def test_it_always_has_a_next_word_and_never_the_same_one(span, percents, waits):
    state = started(START + span, percents)
    now = START
    for wait in waits:
        when = next_ring(state, PLAN)
        now = max(now, when) + wait
        said, state = spoken(state, now)
        assert said
        assert next_ring(state, PLAN) > when
        assert now >= state.due_at or not {"DutyLapsed", "OverdueRung"} & set(said)
    assert (state.lapsed_at is not None) == (now >= state.due_at)


@given(SPANS, PERCENTS)
def test_it_rings_at_its_instants_lapses_once_and_goes_on(span, percents):
    state = started(START + span, percents)
    all_said = []
    for _ in range(len(state.alarms) + 3):
        now = next_ring(state, PLAN)
        assert ring(state, now - timedelta(microseconds=1), PLAN) == ()
        said, state = spoken(state, now)
        all_said += said
    assert all_said.count("DutyLapsed") == 1
    assert all_said[-3:] == ["OverdueRung"] * 3
    assert state.overdue >= 3


def test_of_alarms_missed_together_the_last_speaks():
    state = started()
    assert ring(state, START + timedelta(hours=3, minutes=30), PLAN) == (
        AlarmRung(percent=75, due_at=state.due_at),
    )
    bodies = ring(state, state.due_at + timedelta(days=1), PLAN)
    assert bodies == (AlarmRung(percent=100, due_at=state.due_at), DutyLapsed(due_at=state.due_at))


def test_a_target_of_ours_is_missed_not_lapsed():
    state = started(legal=False)
    _, missed = ring(state, state.due_at, PLAN)
    assert missed == TargetMissed(due_at=state.due_at)


def test_nothing_rings_before_the_start():
    blank = ClockState(key=KEY, stream="s")
    order = ClockOrder(due_at=START, legal=True)
    assert next_ring(blank, PLAN) is None
    assert ring(blank, START, PLAN) == follow(blank, order, PLAN) == ()


@pytest.mark.parametrize("outcome", ["met", "met_late", "withdrawn"])
def test_only_an_order_with_an_end_ends_it(outcome):
    state = started()
    order = ClockOrder(due_at=state.due_at, legal=True)
    assert follow(state, order, PLAN) == ()
    end = ClockSettled(outcome=outcome, reason="r")
    (body,) = follow(state, order.model_copy(update={"settled": end}), PLAN)
    state = evolve_clock(state, body, 2, START)
    assert state.settled == end
    assert next_ring(state, PLAN) is None
    assert ring(state, START + timedelta(days=9), PLAN) == follow(state, order, PLAN) == ()


@given(SPANS, st.booleans())
def test_a_moved_deadline_arms_the_alarms_anew(span, legal):
    _, state = spoken(started(), START + timedelta(hours=5))
    _, state = spoken(state, START + timedelta(hours=6))
    order = ClockOrder(due_at=START + span, legal=legal)
    bodies = follow(state, order, PLAN)
    if (order.due_at, legal) == (state.due_at, state.legal):
        assert bodies == ()
        return
    (moved,) = bodies
    assert moved == ClockRescheduled(
        due_at=order.due_at, legal=legal, alarms=alarms(START, order.due_at, PLAN.percents)
    )
    state = evolve_clock(state, moved, state.version + 1, START)
    assert follow(state, order, PLAN) == ()
    assert state.rung == ()
    assert state.lapsed_at == START + timedelta(hours=4), "what lapsed has lapsed"
    assert next_ring(state, PLAN) == moved.alarms[0].at


def test_overdue_rings_count():
    _, state = spoken(started(), START + timedelta(hours=4))
    assert ring(state, START + timedelta(hours=4, minutes=29), PLAN) == ()
    assert ring(state, START + timedelta(hours=4, minutes=30), PLAN) == (OverdueRung(count=1),)
