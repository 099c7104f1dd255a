import pytest
from pydantic import TypeAdapter, ValidationError

from domain.comparison import reaches
from domain.expression import Expression, Known, Verdict
from domain.satisfiable import satisfiable
from domain.tristate import Tristate
from domain.vocabulary import GRADES, VOCABULARY

READ = TypeAdapter(Expression)
T, U, F = Tristate.TRUE, Tristate.UNKNOWN, Tristate.FALSE


NOON = "2026-01-01T12:00:00.000000Z"
LATE = {"later": "classified_at", "than": "aware_at", "by": "PT24H"}


def weigh(raw, grade=None, duties=None, **facts):
    def at_least(name):
        return Verdict(
            Tristate.of(None if grade is None else GRADES.index(grade) >= GRADES.index(name)), ("grade",)
        )

    known = Known(facts, at_least, lambda name: Verdict((duties or {})[name]))
    return READ.validate_python(raw, extra="forbid").weigh(known)


@pytest.mark.parametrize(
    ("raw", "facts", "value"),
    [
        ({"fact": "minors", "is": True}, {"minors": True}, T),
        ({"fact": "minors", "is": True}, {"minors": False}, F),
        ({"fact": "minors", "is": True}, {}, U),
        ({"fact": "minors", "is": True}, {"minors": "unknown"}, U),
        ({"fact": "minors", "is": True, "absent": False}, {}, F),
        ({"fact": "minors", "is": True, "absent": True}, {}, T),
        ({"fact": "minors", "is": True, "absent": False}, {"minors": "unknown"}, U),
        ({"fact": "aware_at", "recorded": True}, {}, F),
        ({"fact": "aware_at", "recorded": True}, {"aware_at": "unknown"}, F),
        ({"fact": "aware_at", "recorded": True}, {"aware_at": "2026-01-01T00:00:00.000000Z"}, T),
        ({"fact": "site_class", "in": ["other_site"]}, {"site_class": "other_site"}, T),
        ({"fact": "sectors", "in": ["automotive"]}, {"sectors": ["other"]}, F),
        ({"fact": "sectors", "in": ["automotive"]}, {"sectors": ["automotive", "other"]}, T),
        ({"fact": "personal_information", "is": "leaked"}, {"personal_information": "possible"}, U),
        ({"fact": "personal_information", "is": "leaked"}, {"personal_information": ["possible", "lost"]}, U),
        ({"fact": "personal_information", "is": "leaked"}, {"personal_information": ["leaked", "lost"]}, T),
        ({"fact": "personal_information", "is": "leaked"}, {"personal_information": "lost"}, F),
        ({"fact": "personal_information", "is": "possible"}, {"personal_information": "possible"}, T),
        ({"fact": "persons_affected", "at_least": 1000}, {"persons_affected": 1000}, T),
        ({"fact": "persons_affected", "at_least": 1000}, {"persons_affected": 999}, F),
        ({"fact": "persons_affected", "at_least": 1000}, {"persons_affected": {"min": 1000}}, T),
        ({"fact": "persons_affected", "at_least": 1000}, {"persons_affected": {"min": 999}}, U),
        ({"fact": "persons_affected", "at_least": 1000}, {"persons_affected": {"max": 999}}, F),
        ({"fact": "persons_affected", "at_least": 1000}, {"persons_affected": {"max": 1000}}, U),
        ({"fact": "persons_affected", "is": 0}, {"persons_affected": {"min": 1}}, F),
        ({"fact": "persons_affected", "is": 0}, {"persons_affected": {"max": 1}}, U),
        ({"fact": "direct_loss_cny", "at_least": 5000000}, {"direct_loss_cny": "4999999.99"}, F),
        ({"fact": "direct_loss_cny", "at_least": 5000000}, {"direct_loss_cny": {"min": "5000000"}}, T),
        ({"fact": "site_outage", "at_least": "PT24H"}, {"site_outage": "P1D"}, T),
        ({"fact": "system_loss", "at_least": "severe"}, {"system_loss": "considerable"}, F),
        (
            {"fact": "illegal_content_spread.views", "at_least": 10},
            {"illegal_content_spread": {"views": 10}},
            T,
        ),
        ({"fact": "illegal_content_spread.views", "at_least": 10}, {"illegal_content_spread": {}}, U),
        ({"fact": "illegal_content_spread.views", "at_least": 10}, {"illegal_content_spread": "unknown"}, U),
        ({"not": {"fact": "minors", "is": True}}, {}, U),
        ({"not": {"fact": "minors", "is": True}}, {"minors": False}, T),
        ({"possibly": {"fact": "minors", "is": True}}, {}, T),
        ({"possibly": {"fact": "minors", "is": True}}, {"minors": False}, F),
        ({"surely": {"fact": "minors", "is": True}}, {}, F),
        ({"surely": {"fact": "minors", "is": True}}, {"minors": True}, T),
        ({"always": True}, {}, T),
        ({"undecidable": "a person looks"}, {}, U),
        (LATE, {"aware_at": NOON, "classified_at": "2026-01-02T12:00:00.000001Z"}, T),
        (LATE, {"aware_at": NOON, "classified_at": "2026-01-02T12:00:00.000000Z"}, F),
        (LATE, {"aware_at": NOON}, U),
        (LATE, {"aware_at": "unknown", "classified_at": NOON}, U),
    ],
)
def test_every_form_has_three_answers(raw, facts, value):
    assert weigh(raw, **facts).value is value


def test_the_answer_names_the_facts_that_decide_or_would():
    both = {"all": [{"fact": "minors", "is": True}, {"fact": "core_data", "is": True}]}
    either = {"any": both["all"]}
    assert weigh(both, minors=True, core_data=True) == (T, ("minors", "core_data"))
    assert weigh(both, minors=True) == (U, ("core_data",))
    assert weigh(both, minors=False) == (F, ("minors",))
    assert weigh(either, minors=True) == (T, ("minors",))
    assert weigh(either, minors=False) == (U, ("core_data",))
    assert weigh(either, minors=False, core_data=False) == (F, ("minors", "core_data"))


def test_a_grade_and_another_duty_are_asked_for_their_own_answer():
    assert weigh({"grade_at_least": "较大"}, grade="重大").value is T
    assert weigh({"grade_at_least": "特别重大"}, grade="重大").value is F
    assert weigh({"grade_at_least": "较大"}).value is U
    assert weigh({"duty": "CN-X"}, duties={"CN-X": U}).value is U


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"fact": "minor", "is": True}, "no fact called minor"),
        ({"fact": "minors"}, "exactly one of"),
        ({"fact": "minors", "is": True, "recorded": True}, "exactly one of"),
        ({"fact": "minors", "is": "true"}, "true or false"),
        ({"fact": "minors", "at_least": 1}, "no order"),
        ({"fact": "personal_information", "at_least": "leaked"}, "no order"),
        ({"fact": "aware_at", "is": "2026-01-01T00:00:00Z"}, "at_least or recorded"),
        ({"fact": "persons_affected", "at_least": "many"}, "without a unit"),
        ({"fact": "persons_affected", "at_least": "1..2"}, "cannot be compared"),
        ({"fact": "persons_affected", "at_least": "unknown"}, "cannot be compared"),
        ({"fact": "persons_affected", "at_least": -1}, "negative"),
        ({"fact": "site_outage", "at_least": 6}, "ISO 8601"),
        ({"fact": "sectors", "is": "banking"}, "never banking"),
        ({"fact": "system_loss", "at_least": "bad"}, "one of"),
        ({"fact": "minors", "is": True, "unless": 1}, "Extra inputs"),
        ({"both": []}, "an expression is a mapping"),
        ("minors", "an expression is a mapping"),
        ({"all": []}, "at least 1"),
        ({"grade_at_least": "小"}, "一般"),
        ({"later": "minors", "than": "aware_at"}, "minors is no instant"),
        ({"later": "aware_at", "than": "awake_at"}, "no fact called awake_at"),
        ({"later": "classified_at", "than": "aware_at", "by": "P1M"}, "length varies"),
    ],
)
def test_a_trigger_that_makes_no_sense_is_refused(raw, words):
    with pytest.raises(ValidationError, match=words):
        weigh(raw)


def test_json_is_the_published_form_and_comes_back_as_it_was():
    raw = {
        "all": [
            {"not": {"fact": "minors", "is": False}},
            {"any": [{"possibly": {"fact": "site_class", "in": ["other_site"]}}, {"undecidable": "x"}]},
            {"surely": {"duty": "CN-X"}},
            {"fact": "core_data", "is": True, "absent": False},
        ],
    }
    node = READ.validate_python(raw)
    assert READ.dump_python(node, mode="json") == raw
    assert READ.validate_json(READ.dump_json(node)) == node
    assert READ.validate_json(READ.dump_json(node, by_alias=False)) == node
    assert len(list(node.walk())) == 10


@pytest.mark.parametrize(
    ("raw", "possible"),
    [
        ({"all": [{"fact": "minors", "is": True}, {"fact": "minors", "is": False}]}, False),
        ({"all": [{"fact": "minors", "is": True}, {"not": {"fact": "minors", "is": True}}]}, False),
        ({"any": [{"fact": "minors", "is": True}, {"fact": "minors", "is": False}]}, True),
        (
            {
                "all": [
                    {"fact": "site_class", "is": "other_site"},
                    {"fact": "site_class", "in": ["province_or_central"]},
                ]
            },
            False,
        ),
        (
            {
                "all": [
                    {"fact": "persons_affected", "at_least": 10},
                    {"not": {"fact": "persons_affected", "at_least": 9}},
                ]
            },
            False,
        ),
        (
            {
                "all": [
                    {"fact": "persons_affected", "at_least": 9},
                    {"not": {"fact": "persons_affected", "at_least": 10}},
                ]
            },
            True,
        ),
        (
            {"all": [{"fact": "persons_affected", "is": 5}, {"fact": "persons_affected", "at_least": 6}]},
            False,
        ),
        (
            {
                "all": [
                    {"fact": "site_outage", "at_least": "PT6H"},
                    {"not": {"fact": "site_outage", "at_least": "PT2H"}},
                ]
            },
            False,
        ),
        (
            {
                "all": [
                    {"fact": "direct_loss_cny", "at_least": 5},
                    {"not": {"fact": "direct_loss_cny", "at_least": 7}},
                ]
            },
            True,
        ),
        ({"all": [{"grade_at_least": "重大"}, {"not": {"grade_at_least": "较大"}}]}, False),
        ({"all": [{"grade_at_least": "较大"}, {"not": {"grade_at_least": "重大"}}]}, True),
        ({"all": [{"duty": "CN-X"}, {"not": {"duty": "CN-X"}}]}, False),
        ({"all": [{"duty": "CN-X"}, {"duty": "CN-Y"}]}, True),
        (
            {"all": [{"possibly": {"fact": "confirmed", "is": True}}, {"fact": "confirmed", "is": False}]},
            False,
        ),
        (
            {
                "all": [
                    {"possibly": {"fact": "confirmed", "is": True}},
                    {"not": {"surely": {"fact": "confirmed", "is": True}}},
                ]
            },
            True,
        ),
        (
            {
                "all": [
                    {"surely": {"fact": "confirmed", "is": True}},
                    {"not": {"possibly": {"fact": "confirmed", "is": True}}},
                ]
            },
            False,
        ),
        ({"not": {"any": [{"fact": "minors", "is": True}, {"fact": "minors", "is": False}]}}, False),
        ({"not": {"all": [{"fact": "minors", "is": True}, {"fact": "minors", "is": False}]}}, True),
        ({"all": [{"fact": "sectors", "in": ["other"]}, {"fact": "sectors", "in": ["automotive"]}]}, True),
        (
            {
                "all": [
                    {"fact": "personal_information", "is": "leaked"},
                    {"fact": "personal_information", "is": "lost"},
                ]
            },
            True,
        ),
        (
            {
                "all": [
                    {"fact": "personal_information", "is": "leaked"},
                    {"fact": "personal_information", "is": "none"},
                ]
            },
            False,
        ),
        (
            {
                "all": [
                    {"fact": "aware_at", "recorded": True},
                    {"not": {"fact": "aware_at", "recorded": True}},
                ]
            },
            False,
        ),
        ({"all": [{"fact": "illegal_content_spread.views", "at_least": 1}, {"undecidable": "x"}]}, True),
        ({"always": True}, True),
        ({"not": {"always": True}}, False),
        ({"all": [LATE, {"not": LATE}]}, True),
        ({"not": {"all": [{"fact": "minors", "is": True}] * 3}}, True),
    ],
)
def test_a_trigger_that_can_never_be_true_is_found(raw, possible):
    assert satisfiable(READ.validate_python(raw)) is possible


def test_a_duty_that_nobody_owes_makes_no_other_owed():
    either = READ.validate_python({"any": [{"duty": "CN-X"}, {"duty": "CN-Y"}]})
    assert satisfiable(either, never={"CN-X"})
    assert not satisfiable(either, never={"CN-X", "CN-Y"})
    assert satisfiable(READ.validate_python({"not": {"duty": "CN-X"}}), never={"CN-X"})


def test_equal_parts_are_weighed_once_for_a_situation():
    known = Known({"minors": True}, lambda _: Verdict(U), lambda _: Verdict(U))
    both = READ.validate_python({"all": [{"fact": "minors", "is": True}, {"fact": "minors", "is": True}]})
    assert both.weigh(known).value is T
    assert len(known.weighed) == 2
    asked = READ.validate_python({"all": [{"grade_at_least": "较大"}, {"duty": "CN-X"}]})
    assert asked.weigh(known).value is U
    assert len(known.weighed) == 2


def test_a_trigger_with_too_many_ways_is_taken_for_sound():
    pair = {"any": [{"fact": "minors", "is": True}, {"fact": "minors", "is": False}]}
    impossible = {"all": [{"fact": "core_data", "is": True}, {"fact": "core_data", "is": False}]}
    assert satisfiable(READ.validate_python({"all": [impossible, *[pair] * 15]}))


def test_a_float_is_no_canonical_figure():
    with pytest.raises(TypeError, match="never a float"):
        reaches(VOCABULARY["persons_affected"], 1.5, 1)
