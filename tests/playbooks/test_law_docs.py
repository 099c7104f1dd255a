from pathlib import Path

import pytest

from domain.expression import FORMS
from domain.pack import DutyRule

PAGE = (Path(__file__).parents[2] / "docs" / "law.md").read_text("utf-8")


def test_every_form_of_a_trigger_is_explained():
    assert [form for form in FORMS if f"`{form}`" not in PAGE] == []


def test_every_pack_is_listed(packs):
    assert [pack.id for pack in packs if f"`{pack.id}`" not in PAGE] == []


@pytest.mark.parametrize("code", ["unknown", "type", "value", "negative", "range", "offset"])
def test_every_code_of_a_refused_fact_is_explained(code):
    assert f"`fact-{code}`" in PAGE


def test_the_fields_of_a_duty_are_explained():
    told = {"id", "instrument", "title", "kind", "effective_from", "effective_until", "source"}
    told |= {"interpretation", "notes"}
    assert [name for name in DutyRule.model_fields if name not in told and f"`{name}`" not in PAGE] == []


def test_the_rules_are_numbered_alike_in_both_languages():
    for number in range(1, 21):
        assert PAGE.count(f"\n{number}. ") == 2
