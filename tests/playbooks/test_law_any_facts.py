"""Whatever is recorded, every duty gets one sound answer."""

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.assessment import assess
from domain.organisation import Organisation
from domain.vocabulary import GRADES, VOCABULARY, parse

INSTANTS = st.datetimes(
    datetime(2015, 1, 1),  # noqa: DTZ001 -- the zone is drawn beside it
    datetime(2030, 1, 1),  # noqa: DTZ001 -- as above
    timezones=st.just(UTC),
)
FIGURES = st.integers(0, 10**9)
DURATIONS = st.integers(0, 100_000).map(lambda seconds: f"PT{seconds}S")


def values(term):
    inner = {
        "bool": st.booleans(),
        "int": FIGURES | FIGURES.map(lambda low: {"min": low}) | FIGURES.map(lambda high: {"max": high}),
        "number": st.integers(0, 1) if term.unit == "share" else FIGURES,
        "instant": INSTANTS,
        "duration": DURATIONS,
        "date": st.just("2026-01-01"),
        "text": st.just("text"),
        "enum": st.sampled_from(term.values) if term.values else st.nothing(),
        "list": lists(term) if term.values else st.nothing(),
    }
    if term.type != "map":
        certain = term.name == "jurisdictions"
        return inner[term.type] if certain else inner[term.type] | st.just("unknown")
    if term.keys:
        keys = {key.name.partition(".")[2]: values(key) for key in term.keys}
        return st.fixed_dictionaries({}, optional=keys)
    return st.dictionaries(st.sampled_from(["CN-NCIRM-4-OTHER", "CN-D147-14"]), inner[term.each], max_size=2)


def recorded(scope):
    terms = [term for term in VOCABULARY.values() if term.scope == scope]
    return st.fixed_dictionaries({}, optional={term.name: values(term) for term in terms})


def lists(term):
    """Several of its values, or none where none excludes the others."""
    chosen = [value for value in term.values if value != "none"]
    several = st.lists(st.sampled_from(chosen), min_size=1)
    return several | st.just(["none"]) if "none" in term.values else several


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(profile=recorded("organisation"), facts=recorded("incident"), at=INSTANTS)
def test_every_duty_has_one_sound_answer_whatever_is_recorded(packs, profile, facts, at):
    canonical = {name: parse(name, value, scope="incident") for name, value in facts.items()}
    organisation = Organisation.read(profile)
    found = assess(packs, organisation, canonical, at)
    of_law = [
        rule.id for pack in packs if pack.jurisdiction in organisation.jurisdictions for rule in pack.duties
    ]
    assert [duty.id for duty in found.duties] == list(dict.fromkeys(of_law))
    grade = found.grade
    if grade.at_least is not None:
        assert GRADES.index(grade.at_least) <= GRADES.index(grade.at_most)
        assert (grade.value == grade.at_least) == (grade.at_least == grade.at_most)
    for duty in found.duties:
        assert duty.due_at is None or (duty.status == "owed" and duty.live)
        assert duty.provisional_due_at is None or (duty.status == "unknown" and duty.live)
        assert (duty.used is None) == (duty.due_at is None and duty.provisional_due_at is None)
        assert set(duty.decided_by) <= set(VOCABULARY)
        assert duty.reason.endswith(".")
        assert "\n" not in duty.reason
        assert not duty.blocking or duty.recipients
    assert assess(packs, Organisation.read(profile), canonical, at) == found
