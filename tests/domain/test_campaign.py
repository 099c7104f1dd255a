"""A campaign does what it is told, once, and cuts its rows without a gap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import campaign as k

WANTED = st.sampled_from(["planned", "running", "paused", "stopped", "ended"])
FROZEN = k.AudienceFrozen(sha256="b" * 64, total=10, rejected=1, unreachable=0, channels={"sms": 10})
SETTLED = k.CampaignSettled(counts={"sent": 10}, merkle_root="c" * 64)
BLANK = k.CampaignState(stream="s")


def order(state, wanted):
    return k.CampaignOrder(wanted=wanted, reason="why", holds=state.holds)


def after(*bodies, state=BLANK):
    for body in bodies:
        state = k.evolve_campaign(state, body, state.version + 1)
    return state


@given(st.lists(st.one_of(WANTED, st.just(FROZEN), st.just(SETTLED)), max_size=12))
def test_the_same_order_twice_changes_nothing(story):
    state = BLANK
    for word in story:
        if isinstance(word, str):
            state = after(*k.obey(state, order(state, word)), state=state)
            assert k.obey(state, order(state, word)) == ()
        elif not state.over:
            state = after(word, state=state)
    assert not (state.started and state.doing == "ended"), (
        "a campaign that sent something is counted, not dropped"
    )


@pytest.mark.parametrize(
    ("before", "wanted", "said"),
    [
        ((), "running", ()),
        ((), "paused", ()),
        ((), "ended", (k.CampaignDropped(),)),
        ((FROZEN,), "planned", ()),
        ((FROZEN,), "running", (k.CampaignStarted(),)),
        ((FROZEN, k.CampaignStarted()), "paused", (k.CampaignPaused(reason="why"),)),
        ((FROZEN, k.CampaignStarted(), k.CampaignPaused()), "running", (k.CampaignResumed(),)),
        ((FROZEN, k.CampaignStarted()), "ended", ()),
        ((FROZEN, k.CampaignDropped()), "running", ()),
        ((FROZEN, k.CampaignStarted(), SETTLED), "paused", ()),
        ((FROZEN,), "stopped", ()),
        ((FROZEN, k.CampaignStarted()), "stopped", (k.CampaignStopped(reason="why"),)),
        ((FROZEN, k.CampaignStarted(), k.CampaignPaused()), "stopped", (k.CampaignStopped(reason="why"),)),
        ((FROZEN, k.CampaignStarted(), k.CampaignStopped()), "running", ()),
        ((FROZEN, k.CampaignStarted(), k.CampaignStopped()), "ended", ()),
    ],
)
def test_what_an_order_changes(before, wanted, said):
    state = after(*before)
    assert k.obey(state, order(state, wanted)) == said


def test_a_word_from_before_the_last_hold_does_not_lift_it():
    held = after(FROZEN, k.CampaignStarted(), k.CampaignPaused(reason="canary_failed"))
    assert k.obey(held, k.CampaignOrder(wanted="running", holds=0)) == ()
    assert k.obey(held, k.CampaignOrder(wanted="running", holds=1)) == (k.CampaignResumed(),)


def test_a_stop_from_before_the_last_hold_stops_all_the_same():
    held = after(FROZEN, k.CampaignStarted(), k.CampaignPaused(reason="canary_failed"))
    stop = k.CampaignOrder(wanted="stopped", reason="wrong list", holds=0)
    assert k.obey(held, stop) == (k.CampaignStopped(reason="wrong list"),)


def test_where_it_stands():
    assert after(FROZEN).audience == FROZEN
    running = after(FROZEN, k.CampaignStarted(), k.CampaignPaused(), k.CampaignResumed())
    assert (running.doing, running.started, running.over) == ("running", True, False)
    assert after(FROZEN, k.CanaryPassed(tried=3, failed=1)).canary
    assert after(FROZEN, k.CampaignDropped()).over
    assert after(SETTLED).over


@given(st.integers(0, 5000), st.integers(1, 700), st.integers(1, 60))
def test_shards_cover_every_row_once(total, size, most):
    ranges = k.shards(total, size, most)
    rows = [row for first, last in ranges for row in range(first, last + 1)]
    assert rows == list(range(1, total + 1))
    assert len(ranges) <= most
    longest = max((last - first + 1 for first, last in ranges), default=0)
    assert longest <= size or longest < total / most + size


@given(st.integers(1, 900), st.integers(0, 3000), st.integers(1, 700))
def test_stretches_of_a_shard_cover_every_row_once(first, more, size):
    ranges = k.stretches(first, first + more, size)
    rows = [row for start, end in ranges for row in range(start, end + 1)]
    assert rows == list(range(first, first + more + 1))
    assert all(end - start < size for start, end in ranges)
