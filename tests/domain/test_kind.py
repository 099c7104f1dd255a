"""Who reads a message: what the columns of a list say of it, and what a sealed row does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.address import phone
from domain.audience import identity_keys, keys_of
from domain.kind import KINDS, OTHERS, kind_in, kind_of

NAMED = {
    "": "individual",
    "个人": "individual",
    "VIP": "individual",
    "企业": "organisation",
    "Company Ltd": "organisation",
    "minor": "minor",
    "未成年人": "minor",
    "监护人": "guardian",
    "Guardian": "guardian",
}
ANSWERS = {"": None, "是": True, "TRUE": True, "1": True, "否": False, "no": False, "成年": False}
WRONG = {"bad_minor", "contradictory_kind"}


@given(st.sampled_from(sorted(NAMED)), st.sampled_from(sorted(ANSWERS)), st.booleans())
def test_a_row_is_of_one_kind_or_contradicts_itself(said, minor, guarded):
    found = kind_of(said, minor, guarded=guarded)
    named, young = NAMED[said], ANSWERS[minor]
    child = bool(young) or guarded
    if named in {"organisation", "guardian"}:
        assert found == ("contradictory_kind" if child else named)
    elif young is False and (guarded or named == "minor"):
        assert found == "contradictory_kind"
    else:
        assert found == ("minor" if child or named == "minor" else "individual")


@given(st.text(), st.text(), st.booleans())
def test_whatever_stands_in_the_columns_is_answered(said, minor, guarded):
    assert kind_of(said, minor, guarded=guarded) in {*KINDS, *WRONG}


@pytest.mark.parametrize("unclear", ["maybe", "2015-03-01", "16岁", "√"])
def test_neither_yes_nor_no_is_not_guessed_at(unclear):
    assert kind_of("", unclear, guarded=False) == "bad_minor"


@given(st.dictionaries(st.sampled_from(["name", "kind", "minor"]), st.one_of(st.text(), st.booleans())))
def test_an_older_row_is_an_individuals(sealed):
    expected = sealed.get("kind")
    assert kind_in(sealed) == (expected if expected in OTHERS else "individual")


@given(st.text(max_size=5), st.text(max_size=5), st.sampled_from(["", "a@example.com"]), st.booleans())
def test_who_answers_for_a_child_is_never_taken_for_the_same_person_as_themselves(
    identity, name, mail, dialled
):
    number = phone("13800138000", "CN") if dialled else None
    own = identity_keys(identity, name, mail, number)
    for kind in KINDS:
        keys = keys_of(kind, identity, name, mail, number)
        if kind == "guardian":
            assert not set(keys) & set(own)
            # Named in a child's row or in one of their own, by id or not: it is one guardian.
            assert set(keys_of(kind, "", name, mail, number)) <= set(keys)
        else:
            assert keys == own
