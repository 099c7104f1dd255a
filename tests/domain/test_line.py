"""The written form: one text for one value, one hash for one line."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.line import GENESIS, Line, canonical, instant

TEXT = st.text(st.characters(codec="utf-8"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)
INSTANTS = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001 - hypothesis adds the zone
    timezones=st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1)
LINES = st.builds(
    Line,
    stream=NAMES,
    version=st.integers(1),
    type=NAMES,
    schema_version=st.integers(1),
    at=INSTANTS,
    actor=NAMES,
    body=TEXT,
)


@given(JSON)
def test_canonical_text_reads_back_and_is_the_same_however_it_was_ordered(value):
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text
    if isinstance(value, dict):
        assert canonical(dict(reversed(value.items()))) == text


@pytest.mark.parametrize("value", [1.0, [1, 0.5], {"a": {"b": (float("nan"),)}}])
def test_a_float_has_no_canonical_form(value):
    with pytest.raises(TypeError, match="float"):
        canonical(value)


@given(INSTANTS)
def test_an_instant_is_written_in_utc_and_reads_back(at):
    written = instant(at)
    assert len(written) == len("2026-11-23T03:00:00.000000Z")
    assert written.endswith("Z")
    assert datetime.fromisoformat(written) == at


def test_an_instant_needs_its_zone():
    with pytest.raises(ValidationError, match="timezone"):
        Line(stream="s", version=1, type="T", at=datetime(2026, 1, 1), actor="a", body="{}")  # noqa: DTZ001 - the point


@given(LINES, LINES)
def test_no_two_lines_share_a_hash(one, other):
    assert (one.hashed(GENESIS) == other.hashed(GENESIS)) == (one == other)
    assert one.hashed(GENESIS) != one.hashed("1" * 64)


@given(LINES, st.sampled_from(["stream", "type", "actor", "body"]))
def test_every_field_counts(line, field):
    changed = line.model_copy(update={field: getattr(line, field) + "x"})
    assert changed.hashed(GENESIS) != line.hashed(GENESIS)
    assert line.model_copy(update={"version": line.version + 1}).hashed(GENESIS) != line.hashed(GENESIS)
    later = line.model_copy(update={"at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=1)})
    assert (later.hashed(GENESIS) == line.hashed(GENESIS)) == (later.at == line.at)


@pytest.mark.parametrize("field", ["stream", "type", "actor"])
def test_what_parts_the_hashed_fields_stands_in_none_of_them(field):
    given_ = {"stream": "s", "version": 1, "type": "T", "at": datetime.now(UTC), "actor": "a", "body": "\n"}
    Line(**given_)
    for broken in ("a\nb", "a\n", ""):
        with pytest.raises(ValidationError):
            Line(**{**given_, field: broken})


def test_an_attempt_to_write_the_same_place_has_the_same_id():
    line = Line(stream="s", version=1, type="T", at=datetime.now(UTC), actor="a", body="{}")
    assert line.fact_id == line.model_copy(update={"body": "other"}).fact_id
    assert line.fact_id != line.model_copy(update={"version": 2}).fact_id
