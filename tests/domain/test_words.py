from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.facts import GradeAssessed
from domain.filling import Material, fill
from domain.form import Form
from domain.letter import Case, Letter, drilled_page
from domain.organisation import Organisation
from domain.playbook import Words
from domain.rendering import moment_of, said
from domain.state import Known
from domain.wording import wording

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value", "zh", "en"),
    [
        ("persons_affected", 1204331, "1,204,331 人", "1,204,331 persons"),
        ("persons_affected", {"min": 1000}, "至少 1,000 人", "at least 1,000 persons"),
        ("persons_affected", {"max": 9}, "至多 9 人", "at most 9 persons"),
        ("persons_affected", {"min": 1, "max": 9}, "1 人 至 9 人", "1 persons to 9 persons"),
        (
            "aware_at",
            "2026-11-23T03:00:00.000000Z",
            "2026年11月23日 11:00（北京时间）",
            "2026-11-23 11:00 +08:00",
        ),
        ("cii_outage_whole", "PT1H30M", "1小时30分钟", "1 h 30 min"),
        ("site_outage", "PT0S", "0分钟", "0 min"),
        ("personal_information", ["leaked", "lost"], "泄露、丢失", "leaked, lost"),
        ("personal_information", "none", "无", "none"),
        ("minors", True, "是", "yes"),
        ("minors", "unknown", "尚不清楚", "not known yet"),
        ("direct_loss_cny", "5000000.25", "5,000,000.25 元", "5,000,000.25 CNY"),
        ("life_affected_share", {"province": "0.5"}, "省级行政区人口比例 0.5", "province 0.5"),
        ("records_affected", {}, "无", "none"),
        ("ransom_demand", {"date": "2026-11-23"}, "日期 2026-11-23", "date 2026-11-23"),
        ("grade_override", "较大", "较大", "relatively serious (较大)"),
        ("no_such_fact", "x", "x", "x"),
        ("no_such_fact", {"key": 1}, "key 1", "key 1"),
    ],
)
def test_values_are_said_in_both_languages(name, value, zh, en):
    words = said(name, value)
    assert (words.zh, words.en) == (zh, en)


def test_an_instant_that_is_not_known_is_said_by_nothing():
    assert moment_of(None, "zh") == moment_of("unknown", "en") == ""


@given(st.text(max_size=30), st.lists(st.text(max_size=10), min_size=1, max_size=4))
def test_a_letter_is_its_parts_around_the_name(name, parts):
    letter = Letter("s", tuple(parts), tuple(parts))
    words = letter.to(name)
    assert words.text == name.join(parts)
    assert letter.drilled().to(name).text.startswith("【演练")
    assert "演练" in letter.drilled().to(name).html


def test_a_drills_mark_stands_on_the_page_and_not_before_the_doctype():
    page = drilled_page("<!DOCTYPE html><html><body class='x'><p>hello</p></body></html>")
    assert page.startswith("<!DOCTYPE html><html><body class='x'><p")
    assert drilled_page("<p>hello</p>").index("演练") < drilled_page("<p>hello</p>").index("hello")


FORM = Form.model_validate(
    {
        "id": "f",
        "version": 1,
        "title": {"zh": "表", "en": "form"},
        "basis": {"zh": "条", "en": "article"},
        "items": [
            {
                "number": "1",
                "label": {"zh": "项", "en": "item"},
                "fields": [
                    {"id": name, "label": {"zh": name, "en": name}, "sources": sources, "minimum": True}
                    for name, sources in {
                        "grade": ["incident:grade"],
                        "kind": ["incident:kind"],
                        "id": ["incident:id"],
                        "opened": ["incident:opened_at"],
                        "duties": ["incident:duties"],
                        "undone": ["steps:undone"],
                        "step": ["step:one"],
                        "amount": ["fact:ransom_demand.amount"],
                        "contact": ["settings:contact"],
                        "profile": ["organisation:profile"],
                    }.items()
                ],
            }
        ],
    }
)


def filled(contact="c", **changes):
    fields = {
        "incident": "I-1",
        "number": 1,
        "duties": (),
        "facts": {},
        "organisation": Organisation(),
        "opened_at": AT,
        "severity": 3,
        "steps": {},
        "at": AT,
        "drill": False,
    }
    material = Material(**{**fields, **changes})
    sheet = fill(FORM, material, "initial", Words(zh=contact, en=contact), {})
    return {field.id: field.said.zh if field.said else None for field in sheet.fields()}, sheet.missing


def test_what_has_no_source_is_missing_and_nothing_is_made_up():
    fields, missing = filled(contact="")
    assert {name for name, words in fields.items() if words} == {"id", "opened"}
    assert set(missing) == set(fields) - {"id", "opened"}


@pytest.mark.parametrize(
    ("grade", "words"),
    [
        (GradeAssessed(value="重大"), "重大"),
        (GradeAssessed(value="unknown", at_least="较大"), "至少较大，仍在研判"),
        (GradeAssessed(value="unknown"), "仍在研判"),
    ],
)
def test_a_grade_is_said_with_its_bounds(grade, words):
    assert filled(grade=grade)[0]["grade"] == words


def test_computed_fields_say_what_the_facts_say():
    def known(value):
        return Known(value=value, at=AT, by="lead")

    facts = {
        "personal_information": known(["leaked", "lost"]),
        "ransomware": known(value=True),
        "important_data": known(value=False),
        "ransom_demand": known({"amount": "3"}),
    }
    fields, _ = filled(
        facts=facts, steps={"one": "skipped", "two": "undone"}, organisation=Organisation(operates_cii=True)
    )
    assert fields["kind"] == "网络数据安全事件（个人信息泄露、丢失；勒索软件攻击）"
    assert fields["step"] == "one：经决定不执行"
    assert fields["undone"] == "two"
    assert fields["amount"] == "3"
    assert fields["profile"] == "关键信息基础设施运营者：是"


@pytest.mark.parametrize(
    ("facts", "zh", "en"),
    [
        ({"ransomware": True}, "遭受勒索软件攻击", "a ransomware attack"),
        ({"illegal_access_found": True}, "遭受非法入侵", "an intrusion into our systems"),
        ({"illegal_access_found": "unknown"}, "", ""),
    ],
)
def test_people_are_told_the_cause_that_is_known(facts, zh, en):
    case = Case(
        incident="I-1",
        facts={name: Known(value=value, at=AT, by="lead") for name, value in facts.items()},
        organisation=Organisation(),
        drill=False,
    )
    contact = Words(zh="电话", en="phone")
    assert (wording(case, "zh", contact)["cause"], wording(case, "en", contact)["cause"]) == (zh, en)
