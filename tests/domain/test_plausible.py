from datetime import UTC, datetime, timedelta

import pytest

from domain.line import instant
from domain.plausible import awareness, instants, see_plausible
from domain.term import FactInvalid

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def at(minutes):
    return instant(NOW + timedelta(minutes=minutes))


def test_instants_are_found_in_facts_and_inside_maps():
    facts = {
        "aware_at": at(0),
        "occurred_at": "unknown",
        "minors": True,
        "no_fact_of_ours": at(0),
        "reported_at": {"CN-A": at(1), "CN-B": "unknown"},
        "ransom_demand": {"date": "2026-01-01"},
    }
    assert dict(instants(facts)) == {
        "aware_at": NOW,
        "reported_at.CN-A": NOW + timedelta(minutes=1),
    }
    assert dict(instants({"reported_at": "unknown"})) == {}


def test_awareness_is_the_first_signal_where_nothing_else_is_known():
    assert awareness({}) is None
    assert awareness({"aware_at": "unknown", "first_signal_at": at(1)}) == (
        "first_signal_at",
        NOW + timedelta(minutes=1),
    )
    assert awareness({"aware_at": at(2), "first_signal_at": at(1)})[0] == "aware_at"


@pytest.mark.parametrize(
    ("facts", "code", "name"),
    [
        ({"occurred_at": at(2)}, "fact-future", "occurred_at"),
        ({"reported_at": {"CN-A": at(2)}}, "fact-future", "reported_at.CN-A"),
        ({"aware_at": "0999-01-01T00:00:00Z"}, "fact-value", "aware_at"),
        ({"aware_at": at(-1), "reported_at": {"CN-A": at(-2)}}, "fact-after-report", "aware_at"),
        (
            {"first_signal_at": at(-1), "reported_at": {"CN-A": at(-2)}},
            "fact-after-report",
            "first_signal_at",
        ),
    ],
)
def test_what_cannot_be_known_together_is_refused(facts, code, name):
    with pytest.raises(FactInvalid) as refused:
        see_plausible(facts, NOW)
    assert (refused.value.code, refused.value.name) == (code, name)


def test_what_may_be_known_passes():
    see_plausible({"reported_at": {"CN-A": at(-2)}, "occurred_at": at(-3)}, NOW)
    see_plausible({"aware_at": at(-3), "reported_at": {"CN-A": at(-2)}, "occurred_at": at(1)}, NOW)
