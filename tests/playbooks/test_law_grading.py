"""The grading guide, limb by limb: one step below each figure, and the figure itself (以上 includes it)."""

import pytest

NOTHING = {
    "confirmed": True,
    "cii_affected": False,
    "personal_information": "none",
    "important_data": False,
    "important_data_tampered": False,
    "core_data": False,
    "key_system": False,
    "site_outage": "PT0S",
    "life_affected_persons": 0,
    "life_affected_share": "none",
    "illegal_content_spread": "none",
    "direct_loss_cny": 0,
}

LEAK = {"personal_information": "leaked"}
CII = {"cii_affected": True, "cii_outage_whole": "PT0S", "cii_outage_main_function": "PT0S"}
PROVINCE = {"site_class": "province_or_central"}
PREFECTURE = {"site_class": "prefecture_or_enterprise"}
SPREAD = {"home_page": "PT0S", "other_page": "PT0S", "reposts": 0, "views": 0, "determination": "none"}


def spread(site_class, **what):
    return {"spread_site_class": site_class, "illegal_content_spread": {**SPREAD, **what}}


def share(**what):
    return {
        "life_affected_persons": 1,
        "life_affected_share": {"province": "0", "prefecture": "0", **what},
    }


CASES = [
    ("G1", {"key_system": True, "system_loss": "some"}, "一般"),
    ("G1", {"key_system": True, "system_loss": "considerable"}, "较大"),
    ("G1", {"key_system": True, "system_loss": "severe"}, "重大"),
    ("G1", {"key_system": True, "system_loss": "particularly_severe"}, "特别重大"),
    ("G1", {"key_system": False, "system_loss": "particularly_severe"}, "一般"),
    ("G2", {"important_data": True}, "较大"),
    ("G2", {"important_data": True, "threat_level": "较严重"}, "较大"),
    ("G2", {"important_data": True, "threat_level": "严重"}, "重大"),
    ("G2", {"important_data": True, "threat_level": "特别严重"}, "特别重大"),
    ("G2", {"important_data_tampered": True, "threat_level": "较严重"}, "较大"),
    ("G2", {"core_data": True, "threat_level": "严重"}, "重大"),
    ("G2", {"core_data": True, "threat_level": "特别严重"}, "特别重大"),
    ("G2", {"personal_information": "lost", "threat_level": "严重"}, "重大"),
    ("G3", {"threat_level": "较严重"}, "较大"),
    ("G3", {"threat_level": "严重"}, "重大"),
    ("G3", {"threat_level": "特别严重"}, "特别重大"),
    ("Q1", {**PROVINCE, "site_outage": "PT23H59M"}, "重大"),
    ("Q1", {**PROVINCE, "site_outage": "PT24H"}, "特别重大"),
    ("Q1", {**PREFECTURE, "site_outage": "PT48H"}, "重大"),
    ("Q1", {**PREFECTURE, "site_outage": "PT6H"}, "重大"),
    ("Q1", {**PREFECTURE, "site_outage": "PT5H59M"}, "较大"),
    ("Q1", {**PREFECTURE, "site_outage": "PT2H"}, "较大"),
    ("Q1", {**PREFECTURE, "site_outage": "PT1H59M"}, "一般"),
    ("Q1", {"site_class": "other_site", "site_outage": "P9D"}, "一般"),
    ("Q2", {**CII, "cii_outage_whole": "PT9M"}, "一般"),
    ("Q2", {**CII, "cii_outage_whole": "PT10M"}, "较大"),
    ("Q2", {**CII, "cii_outage_whole": "PT1H"}, "重大"),
    ("Q2", {**CII, "cii_outage_whole": "PT6H"}, "特别重大"),
    ("Q2", {**CII, "cii_outage_main_function": "PT29M"}, "一般"),
    ("Q2", {**CII, "cii_outage_main_function": "PT30M"}, "较大"),
    ("Q2", {**CII, "cii_outage_main_function": "PT3H"}, "重大"),
    ("Q2", {**CII, "cii_outage_main_function": "PT24H"}, "特别重大"),
    ("Q3", {"life_affected_persons": 99_999}, "一般"),
    ("Q3", {"life_affected_persons": 100_000}, "较大"),
    ("Q3", {"life_affected_persons": 1_000_000}, "重大"),
    ("Q3", {"life_affected_persons": 10_000_000}, "特别重大"),
    ("Q3", share(prefecture="0.29"), "一般"),
    ("Q3", share(prefecture="0.3"), "较大"),
    ("Q3", share(prefecture="0.5"), "重大"),
    ("Q3", share(province="0.5"), "特别重大"),
    ("Q4", {"important_data": True}, "较大"),
    ("Q4", {"important_data_tampered": True, "threat_level": "严重"}, "重大"),
    ("Q4", {"core_data": True, "threat_level": "特别严重"}, "特别重大"),
    ("Q5", {**LEAK, "persons_affected": 999_999}, "一般"),
    ("Q5", {**LEAK, "persons_affected": 1_000_000}, "较大"),
    ("Q5", {**LEAK, "persons_affected": 10_000_000}, "重大"),
    ("Q5", {**LEAK, "persons_affected": 100_000_000}, "特别重大"),
    ("Q5", {"personal_information": "tampered", "persons_affected": 100_000_000}, "一般"),
    ("Q6", spread("other_site", home_page="PT29M"), "一般"),
    ("Q6", spread("other_site", home_page="PT30M"), "较大"),
    ("Q6", spread("other_site", home_page="PT9H"), "较大"),
    ("Q6", spread("prefecture", home_page="PT2H"), "重大"),
    ("Q6", spread("large_platform", home_page="PT9H"), "重大"),
    ("Q6", spread("province_or_central", home_page="PT6H"), "特别重大"),
    ("Q6", spread("other_site", other_page="PT1H59M"), "一般"),
    ("Q6", spread("other_site", other_page="PT2H"), "较大"),
    ("Q6", spread("prefecture", other_page="PT12H"), "重大"),
    ("Q6", spread("very_large_platform", other_page="PT24H"), "特别重大"),
    ("Q6", spread("other_site", reposts=999), "一般"),
    ("Q6", spread("other_site", reposts=1_000), "较大"),
    ("Q6", spread("large_platform", reposts=10_000), "重大"),
    ("Q6", spread("very_large_platform", reposts=100_000), "特别重大"),
    ("Q6", spread("other_site", views=9_999), "一般"),
    ("Q6", spread("other_site", views=10_000), "较大"),
    ("Q6", spread("large_platform", views=100_000), "重大"),
    ("Q6", spread("very_large_platform", views=1_000_000), "特别重大"),
    ("Q6", spread("other_site", determination="较大范围传播"), "较大"),
    ("Q6", spread("prefecture", determination="大范围传播"), "重大"),
    ("Q6", spread("province_or_central", determination="特大范围传播"), "特别重大"),
    (
        "Q6",
        {"site_class": "province_or_central", "illegal_content_spread": {**SPREAD, "home_page": "PT6H"}},
        "特别重大",
    ),
    ("Q7", {"direct_loss_cny": "4999999.99"}, "一般"),
    ("Q7", {"direct_loss_cny": 5_000_000}, "较大"),
    ("Q7", {"direct_loss_cny": 20_000_000}, "重大"),
    ("Q7", {"direct_loss_cny": 100_000_000}, "特别重大"),
    ("Q8", {"threat_level": "严重"}, "重大"),
]


@pytest.mark.parametrize(("limb", "facts", "grade"), CASES)
def test_each_limb_decides_at_its_figure(ask, limb, facts, grade):
    found = ask(**{**NOTHING, **facts}).grade
    assert found.value == grade
    assert (limb in found.decided_by) == (grade != "一般")


def test_an_incident_of_which_nothing_is_known_may_be_anything(ask):
    found = ask().grade
    assert (found.value, found.at_least, found.at_most) == ("unknown", "一般", "特别重大")
    assert found.text == "至少一般"
    assert set(found.unknown_limbs) == {"G1", "G2", "Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7"}


def test_a_range_decides_only_where_both_ends_agree(ask):
    within = ask(**{**NOTHING, **LEAK, "persons_affected": {"min": 1_000_000, "max": 9_999_999}}).grade
    across = ask(**{**NOTHING, **LEAK, "persons_affected": {"min": 1_000_000, "max": 10_000_000}}).grade
    below = ask(**{**NOTHING, **LEAK, "persons_affected": {"max": 999_999}}).grade
    assert within.value == "较大"
    assert (across.value, across.at_least, across.at_most) == ("unknown", "较大", "重大")
    assert below.value == "一般"


def test_an_outage_counts_while_it_is_unknown_whether_cii_is_affected(ask):
    found = ask(**{**NOTHING, "cii_affected": "unknown", "cii_outage_whole": "PT2H"}).grade
    assert found.at_least == "重大"
    assert ask(**{**NOTHING, "cii_outage_whole": "PT2H"}).grade.value == "一般"


def test_a_share_counts_while_the_number_of_persons_is_unknown(ask):
    found = ask(life_affected_share={"prefecture": 0.6}).grade
    assert found.at_least == "重大"


def test_core_data_waits_for_its_threat_and_important_data_is_presumed(ask):
    core = ask(**{**NOTHING, "core_data": True}).grade
    assert (core.value, core.at_least) == ("unknown", "一般")
    important = ask(**{**NOTHING, "important_data": True}).grade
    assert important.decided_by == ("G2", "Q4")
    assert important.presumed == ("重要数据 without a recorded threat_level is presumed 较严重",)


@pytest.mark.parametrize(
    "facts",
    [
        {"important_data": True, "threat_level": "较严重"},
        {"important_data": True, "threat_level": "严重"},
        {"core_data": True, "threat_level": "严重"},
        {"personal_information": "lost", "threat_level": "特别严重"},
        {"important_data_tampered": True, "threat_level": "较严重"},
    ],
)
def test_nothing_is_said_to_be_presumed_where_the_threat_is_recorded(ask, facts):
    found = ask(**{**NOTHING, **facts}).grade
    assert "G2" in found.decided_by or "G3" in found.decided_by
    assert found.presumed == ()


def test_the_answer_says_what_would_raise_or_lower_it(ask):
    found = ask(**{**NOTHING, **LEAK, "persons_affected": 1_204_331}).grade
    changes = {(change.direction, change.limb): change for change in found.would_change}
    assert changes["raise", "Q5"].grade == "重大"
    assert changes["raise", "Q5"].facts == ("persons_affected",)
    assert changes["raise", "Q7"].facts == ("direct_loss_cny",)
    assert changes["lower", "Q5"].grade == "一般"
    assert [change for change in found.would_change if change.direction == "lower"] == [
        changes["lower", "Q5"]
    ]
    top = ask(**{**NOTHING, "threat_level": "特别严重"}).grade
    assert {change.direction for change in top.would_change} == {"lower"}


def test_a_person_s_grading_wins_over_the_computed_one(ask):
    lowered = ask(**{**NOTHING, **LEAK, "persons_affected": 100_000_000, "grade_override": "较大"})
    assert (lowered.grade.value, lowered.grade.decided_by) == ("较大", ("grade_override",))
    assert lowered.duty("CN-NCIRM-4-OTHER").status == "owed"
    assert "grade_override" in lowered.duty("CN-NCIRM-4-OTHER").decided_by
    assert ask(grade_override="一般").duty("CN-NCIRM-4-OTHER").status == "not_owed"
    assert ask(grade_override="unknown").grade.value == "unknown"


def test_a_vulnerability_has_no_grade(ask):
    assert ask(kind="vulnerability").grade.value == "unknown"
    assert ask(kind="vulnerability").grade.at_least is None
    assert ask(kind="vulnerability").grade.text == "unknown"
