import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from ruamel.yaml import YAML

from domain.line import canonical
from domain.organisation import Organisation, Range
from domain.vocabulary import VOCABULARY, FactInvalid, parse, term_of
from domain.vocabulary_abroad import INCIDENT_ABROAD, ORGANISATION_ABROAD

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference" / "facts.yaml"


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference of the vocabulary is not on this machine")
def test_every_fact_of_the_reference_is_here_with_its_form():
    reference = YAML(typ="safe").load(REFERENCE.read_text(encoding="utf-8"))
    for scope in ("organisation", "incident"):
        abroad = {term.name for term in (*ORGANISATION_ABROAD, *INCIDENT_ABROAD)}
        named = {name for name, term in VOCABULARY.items() if term.scope == scope}
        assert named - abroad == set(reference[scope])
        for name, said in reference[scope].items():
            term = VOCABULARY[name]
            assert term.type == said["type"], name
            assert list(term.values) == said.get("values", []), name
            assert term.unit == said.get("unit", term.unit), name
            assert term.default == said.get("default"), name
            if "zh" in said:
                assert term.zh == said["zh"].partition(" (")[0], name


@pytest.mark.parametrize(
    ("name", "given", "canonical"),
    [
        ("kind", "vulnerability", "vulnerability"),
        ("confirmed", True, True),
        ("confirmed", "false", False),
        ("confirmed", "unknown", "unknown"),
        ("persons_affected", 1204331, 1204331),
        ("persons_affected", "1,204,331", 1204331),
        ("persons_affected", 1204331.0, 1204331),
        ("persons_affected", {"min": 5000}, {"min": 5000}),
        ("persons_affected", {"min": 5, "max": "5"}, 5),
        ("persons_affected", "1000000..2000000", {"min": 1000000, "max": 2000000}),
        ("persons_affected", "1000000..", {"min": 1000000}),
        ("direct_loss_cny", 5000000, "5000000"),
        ("direct_loss_cny", "0.10", "0.1"),
        ("direct_loss_cny", Decimal("1E+3"), "1000"),
        ("direct_loss_cny", {"max": 0.5}, {"max": "0.5"}),
        ("aware_at", "2026-11-23T09:00:00+08:00", "2026-11-23T01:00:00.000000Z"),
        ("aware_at", "2026-11-23T01:00:00Z", "2026-11-23T01:00:00.000000Z"),
        (
            "aware_at",
            datetime.fromisoformat("2026-11-23T09:00:00.5+08:00"),
            "2026-11-23T01:00:00.500000Z",
        ),
        ("site_outage", "PT30H", "P1DT6H"),
        ("site_outage", "PT0S", "PT0S"),
        ("personal_information", "leaked", "leaked"),
        ("personal_information", ["lost", "leaked", "lost"], ["leaked", "lost"]),
        ("personal_information", ["leaked"], "leaked"),
        ("life_affected_share", {"province": 0.5}, {"province": "0.5"}),
        ("life_affected_share", "none", {"province": "0", "prefecture": "0"}),
        ("illegal_content_spread", {"views": 10, "home_page": "PT6H"}, {"views": 10, "home_page": "PT6H"}),
        ("illegal_content_spread", {"views": "unknown"}, {"views": "unknown"}),
        ("records_affected", {"credit": 50, "other": {"min": 5000}}, {"credit": 50, "other": {"min": 5000}}),
        ("records_affected", "none", {}),
        (
            "reported_at",
            {"CN-D147-14": "2026-01-01T00:00:00Z"},
            {"CN-D147-14": "2026-01-01T00:00:00.000000Z"},
        ),
        (
            "ransom_demand",
            {"amount": 3.5, "currency": "BTC", "date": date(2026, 1, 2)},
            {"amount": "3.5", "currency": "BTC", "date": "2026-01-02"},
        ),
        ("ransom_demand", {"date": "2026-01-02T23:30:00+08:00"}, {"date": "2026-01-02"}),
        ("grade_override", "重大", "重大"),
    ],
)
def test_a_fact_has_one_written_form(name, given, canonical):
    assert parse(name, given, scope="incident") == canonical


@pytest.mark.parametrize(
    ("name", "given", "code", "words"),
    [
        ("persons_afected", 1, "fact-unknown", "did you mean persons_affected"),
        ("zzz", 1, "fact-unknown", "no fact called zzz"),
        ("a\nb", 1, "fact-unknown", r"no fact called 'a\\nb'"),
        ("province", "浙江", "fact-unknown", "about an incident"),
        ("persons_affected", -1, "fact-negative", "cannot be negative"),
        ("persons_affected", True, "fact-type", "whole number of persons"),
        ("persons_affected", 1.5, "fact-type", "whole number"),
        ("persons_affected", "many", "fact-type", "without a unit"),
        ("persons_affected", "1200000 persons", "fact-type", "without a unit"),
        ("persons_affected", [1], "fact-type", "a list"),
        ("persons_affected", float("nan"), "fact-value", "finite"),
        ("persons_affected", 10**30, "fact-value", "finite"),
        ("persons_affected", {"min": 9, "max": 1}, "fact-range", "min 9 is above its max 1"),
        ("persons_affected", {}, "fact-range", "cannot be a map: a range has min, max or both"),
        ("persons_affected", {"from": 1}, "fact-range", "min, max or both"),
        ("confirmed", 1, "fact-type", "true, false or unknown"),
        ("kind", "accident", "fact-value", "incident, vulnerability"),
        ("kind", ["incident"], "fact-value", "one of"),
        ("personal_information", ["none", "leaked"], "fact-value", "none excludes"),
        ("personal_information", [], "fact-value", "empty"),
        ("personal_information", ["stolen"], "fact-value", "leaked"),
        ("site_outage", 6, "fact-type", "PT6H"),
        ("site_outage", "six hours", "fact-type", "PT6H"),
        ("site_outage", "-PT6H", "fact-negative", "negative"),
        ("site_outage", "P1M", "fact-type", "length varies"),
        ("aware_at", "2026-11-23T09:00:00", "fact-offset", "has no offset"),
        ("aware_at", "yesterday", "fact-type", "RFC 3339"),
        ("aware_at", 1763859600, "fact-type", "RFC 3339"),
        ("aware_at", "0001-01-01T00:00:00+08:00", "fact-value", "RFC 3339"),
        ("life_affected_share", {"province": 50}, "fact-value", "between 0 and 1"),
        ("life_affected_share", {"city": 0.5}, "fact-unknown", "province, prefecture"),
        ("life_affected_share", 0.5, "fact-type", "province, prefecture"),
        ("records_affected", 5, "fact-type", "its own names"),
        ("records_affected", {" ": 5}, "fact-type", "not empty"),
        ("ransom_demand", {"date": "soon"}, "fact-type", "a date"),
        ("ransom_demand", {"method": "x" * 300}, "fact-value", "200 characters"),
        ("ransom_demand", {"method": "a\nb"}, "fact-value", "one line"),
        ("ransom_demand", {"method": 7}, "fact-type", "a text"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_a_sentence(name, given, code, words):
    with pytest.raises(FactInvalid, match=words) as refused:
        parse(name, given, scope="incident")
    assert refused.value.code == code
    assert refused.value.sentence.endswith(".")
    assert "\n" not in refused.value.sentence


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    ),
    st.sampled_from(sorted(VOCABULARY)),
)
def test_any_value_is_either_canonical_or_refused(value, name):
    term = VOCABULARY[name]
    try:
        found = parse(name, value, scope=term.scope)
    except FactInvalid:
        return
    canonical(found)
    assert parse(name, json.loads(canonical(found)), scope=term.scope) == found


def test_the_organisation_has_exactly_its_facts():
    named = [name for name, term in VOCABULARY.items() if term.scope == "organisation"]
    assert list(Organisation.model_fields) == named


def test_a_profile_is_read_in_the_names_of_the_vocabulary():
    profile = Organisation.read(
        {
            "name": "示例",
            "province": "浙江",
            "state_organ": False,
            "operates_cii": "unknown",
            "persons_processed": {"min": 1000000},
            "sectors": "automotive, other",
        }
    )
    assert profile.operates_cii is None
    assert profile.persons_processed == Range(min=1000000)
    assert profile.sectors == ("automotive", "other")
    assert profile.jurisdictions == ("CN",)
    assert profile.facts() == {
        "name": "示例",
        "province": "浙江",
        "state_organ": False,
        "persons_processed": {"min": 1000000},
        "sectors": ["automotive", "other"],
        "jurisdictions": ["CN"],
    }


def test_a_profile_with_a_wrong_field_is_refused():
    with pytest.raises(FactInvalid, match="did you mean state_organ"):
        Organisation.read({"state_organs": True})
    with pytest.raises(FactInvalid, match="each is one of"):
        Organisation.read({"sectors": ["banking"]})
    with pytest.raises(FactInvalid, match="none excludes"):
        Organisation.read({"regulated_as": ["none", "sec_registrant"]})
    with pytest.raises(FactInvalid, match="it is a list"):
        Organisation.read({"sectors": 7})


def test_a_profile_cannot_be_changed():
    with pytest.raises(ValidationError):
        Organisation().state_organ = True


def test_a_map_s_keys_are_terms_of_their_own():
    assert term_of("illegal_content_spread.home_page").type == "duration"
    assert term_of("reported_at.CN-D147-14").type == "instant"
    assert term_of("illegal_content_spread.nothing") is None
    assert term_of("nothing.at_all") is None
    assert term_of("persons_affected").ranged
