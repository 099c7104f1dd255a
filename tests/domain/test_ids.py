"""Every name is derived: the same inputs give the same name on every machine, other inputs another one."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import ids

DAY = date(2026, 11, 23)
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1)


@given(st.binary(min_size=1), WORDS, st.integers(1, 99))
def test_an_incident_is_named_by_key_and_correlation(key, correlation, number):
    name = ids.incident_id(key, correlation, follow_up=number)
    assert re.fullmatch(r"I-[A-Z2-7]{12}(~\d+)?", name)
    assert name == ids.incident_id(key, correlation, follow_up=number)
    assert name.partition("~")[0] == ids.incident_id(key, correlation)
    assert ("~" in name) == (number > 1)
    assert ids.incident_id(key, correlation + "x") != ids.incident_id(key, correlation)
    assert ids.incident_id(key + b"x", correlation) != ids.incident_id(key, correlation)


@given(WORDS, WORDS, WORDS, WORDS)
def test_findings_join_by_the_sources_own_id_else_by_rule_asset_and_day(source, rule, asset, external):
    def key(external, rule=rule, asset=asset, day=DAY):
        return ids.correlation(source, external=external, rule=rule, asset=asset, day=day)

    assert key(external) == key(external, rule="other", asset="other")
    assert key(None) == key("") != key(external)
    assert key(None) != key(None, day=date(2026, 11, 24))
    assert key(None) != key(None, asset=asset + "x")


@given(st.binary(min_size=1), st.lists(WORDS, min_size=1))
def test_hidden_names_stay_equal_and_say_nothing(key, parts):
    hidden = ids.keyed(key, *parts)
    assert re.fullmatch(r"[0-9a-f]{64}", hidden)
    assert hidden == ids.keyed(key, *parts) != ids.keyed(key, *parts, "more")


@pytest.mark.parametrize(
    ("stream", "name"),
    [
        (ids.incident_stream("I-A"), "incident/I-A"),
        (ids.clock_stream("I-A", "D/a/2"), "incident/I-A/duty/D/a/2"),
        (ids.campaign_stream("I-A", 1), "incident/I-A/campaign/1"),
        (ids.shard_stream("I-A", 1, 3), "incident/I-A/campaign/1/shard/3"),
        (ids.referral_stream("I-A", 2), "incident/I-A/referral/2"),
        (ids.idempotency_key("incident/I-A", "run", "step/x/1"), "incident/I-A:run:step/x/1"),
    ],
)
def test_names_of_streams_and_effects(stream, name):
    assert stream == name
