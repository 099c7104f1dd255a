"""Places that lie one behind the other keep every second within its budget."""

from hypothesis import given
from hypothesis import strategies as st

from domain.pacing import place_seconds, places
from tests.windows import fullest


@given(st.floats(0.05, 3000), st.data())
def test_no_window_of_a_second_holds_more_than_the_budget(rate, data):
    # A place of several messages: they leave together at its beginning.
    counts = data.draw(st.lists(st.integers(1, places(rate)), min_size=60, max_size=60))
    late = data.draw(st.lists(st.floats(0, 0.03), min_size=60, max_size=60))
    at, left = 0.0, []
    for count, by in zip(counts, late, strict=True):
        left += [at + (by if rate <= 25 else 0)] * count
        at += place_seconds(rate) * count
    assert fullest(left) <= max(rate, 1)


@given(st.floats(1, 3000))
def test_the_pace_is_the_budget_less_little(rate):
    assert place_seconds(rate) * int(rate) <= 1.04 + 1e-9
