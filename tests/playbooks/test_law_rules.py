"""The rules of reading, each by its number in the packs' notes."""

from datetime import UTC, datetime, timedelta

import pytest

AWARE = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
LEAK = {
    "confirmed": True,
    "cii_affected": False,
    "personal_information": "leaked",
    "persons_affected": 1_204_331,
}
REPORTING = ("CN-NCIRM-4-CII", "CN-NCIRM-4-STATE", "CN-NCIRM-4-OTHER")


def status(assessment, *ids):
    return [assessment.duty(name).status for name in ids]


def authorities(answer):
    return [told.authority for told in answer.recipients]


def test_the_main_job(ask):
    found = ask(**LEAK, harms_individuals=True, crime_suspected=True)
    assert (found.grade.at_least, found.grade.decided_by) == ("较大", ("Q5",))
    four_hours = found.duty("CN-NCIRM-4-OTHER")
    assert four_hours.status == "owed"
    assert four_hours.due_at == AWARE + timedelta(hours=4)
    assert authorities(four_hours) == ["cac-provincial"]
    assert (four_hours.used, four_hours.article, four_hours.clock_start_fact) == (250, "4(4)", "aware_at")
    assert {"persons_affected", "personal_information"} <= set(four_hours.decided_by)
    assert four_hours.reason.startswith("Owed, because")
    police = found.duty("CN-D147-14")
    assert (police.status, police.due_at) == ("owed", AWARE + timedelta(hours=24))
    assert authorities(police) == ["psb-county"]
    final = found.duty("CN-NCIRM-8-FINAL")
    assert (final.status, final.due_at, final.waiting_on) == ("owed", None, "handling_ended_at")
    assert (
        status(found, "CN-PIPL-57-AUTH", "CN-PIPL-57-IND", "CN-NDSR-11-PLAN", "CN-NDSR-11-REPORT")
        == ["owed"] * 4
    )
    assert status(found, "CN-NDSR-11-NOTIFY", "CN-NDSR-11-POLICE", "CN-DSL-29", "CN-CSL-27") == ["owed"] * 4


def test_a_leak_of_five_thousand_has_no_four_hours_but_everything_else(ask):
    found = ask(**{**LEAK, "persons_affected": 5_000}, classified_at="2026-03-01T09:30:00+08:00")
    assert found.grade.value == "一般"
    assert status(found, *REPORTING, "CN-NCIRM-8-FINAL") == ["not_owed"] * 4
    assert (
        status(found, "CN-PIPL-57-AUTH", "CN-PIPL-57-IND", "CN-DSL-29", "CN-NDSR-11-REPORT") == ["owed"] * 4
    )


def test_1_an_exemption_must_be_shown(ask):
    assert status(ask(**LEAK), "CN-PIPL-57-IND") == ["owed"]
    freed = ask(**LEAK, harms_individuals=True, harms_organisations=False, harm_avoided=True)
    assert status(freed, "CN-PIPL-57-IND", "CN-NDSR-11-NOTIFY") == ["not_owed", "not_owed"]
    assert "exempt by 57(2)" in freed.duty("CN-PIPL-57-IND").reason
    assert status(freed, "CN-PIPL-57-AUTH") == ["owed"]


def test_1_the_exemption_reaches_individuals_only(ask):
    found = ask(**LEAK, harms_individuals=True, harms_organisations=True, harm_avoided=True)
    assert authorities(found.duty("CN-NDSR-11-NOTIFY")) == ["organisations"]


def test_1_while_organisations_are_not_ruled_out_somebody_is_left_to_be_told(ask):
    found = ask(**LEAK, harms_individuals=True, harms_organisations="unknown", harm_avoided=True)
    duty = found.duty("CN-NDSR-11-NOTIFY")
    assert (duty.status, authorities(duty)) == ("owed", ["organisations"])
    known = ask(**LEAK, harms_individuals=True, harms_organisations="unknown").duty("CN-NDSR-11-NOTIFY")
    assert authorities(known) == ["individuals"]


def test_1_the_authority_s_order_ends_the_exemption(ask):
    found = ask(
        **LEAK,
        harms_individuals=True,
        harms_organisations=False,
        harm_avoided=True,
        authority_ordered_notice_at="2026-03-02T09:00:00+08:00",
    )
    assert status(found, "CN-PIPL-57-IND", "CN-NDSR-11-NOTIFY") == ["owed", "owed"]
    assert authorities(found.duty("CN-NDSR-11-NOTIFY")) == ["individuals"]


def test_2_a_trigger_must_be_known(ask):
    found = ask(confirmed=True, cii_affected=False)
    report = found.duty("CN-NCIRM-4-OTHER")
    assert (report.status, report.due_at) == ("unknown", None)
    assert report.provisional_due_at == AWARE + timedelta(hours=4)
    assert report.used == 250
    assert "persons_affected" in report.decided_by
    assert "the grade, at present 至少一般" in report.reason


def test_2_unknown_cii_gives_two_provisional_clocks(ask):
    found = ask(**{**LEAK, "cii_affected": "unknown"})
    assert status(found, *REPORTING) == ["unknown", "not_owed", "unknown"]
    assert found.duty("CN-NCIRM-4-CII").provisional_due_at == AWARE + timedelta(hours=1)
    assert found.duty("CN-NCIRM-4-OTHER").provisional_due_at == AWARE + timedelta(hours=4)
    assert found.duty("CN-NCIRM-4-CII").decided_by == ("cii_affected",)


def test_3_a_suspected_state_secret_leaves_the_measure_untold_and_blocks_channels(ask):
    found = ask(**LEAK, crime_suspected=True, state_secret_suspected=True)
    report = found.duty("CN-NCIRM-4-OTHER")
    assert (report.status, report.provisional_due_at) == ("unknown", AWARE + timedelta(hours=4))
    assert "state_secret_suspected" in report.decided_by
    assert status(found, "CN-NCIRM-4-POLICE", "CN-NCIRM-8-FINAL") == ["unknown", "unknown"]
    secret = found.duty("CN-SECRET-24H")
    assert (secret.status, secret.due_at) == ("owed", AWARE + timedelta(hours=24))
    assert authorities(secret) == ["secrecy-administration", "superior-department"]
    assert not secret.channel_blocked
    assert status(found, "CN-D147-14", "CN-PIPL-57-AUTH") == ["owed", "owed"]
    assert all(duty.channel_blocked for duty in found.owed if duty.pack != "cn-secrets")


def test_3_a_confirmed_state_secret_ends_the_measure_s_duties(ask):
    found = ask(**LEAK, state_secret_suspected=True, state_secret_confirmed=True)
    assert status(found, "CN-NCIRM-4-OTHER", "CN-NCIRM-8-FINAL") == ["not_owed", "not_owed"]
    assert status(found, "CN-SECRET-24H", "CN-PIPL-57-AUTH") == ["owed", "owed"]


def test_3_a_work_secret_blocks_channels_and_adds_no_clock(ask):
    found = ask(**LEAK, work_secret_suspected=True, state_secret_suspected=False)
    assert found.duty("CN-NCIRM-4-OTHER").status == "owed"
    assert found.duty("CN-NCIRM-4-OTHER").channel_blocked
    assert found.duty("CN-SECRET-24H").status == "not_owed"
    assert not ask(**LEAK).duty("CN-NCIRM-4-OTHER").channel_blocked


@pytest.mark.parametrize(
    ("aware", "expected"),
    [("2025-10-31T23:59:59+08:00", "not_owed"), ("2025-11-01T00:00:00+08:00", "owed")],
)
def test_4_the_law_of_awareness_applies_by_shanghai_s_day(ask, aware, expected):
    found = ask(at="2026-03-01T09:00:00+08:00", **{**LEAK, "aware_at": aware, "grade_override": "较大"})
    assert found.duty("CN-NCIRM-4-OTHER").status == expected


def test_4_without_awareness_the_law_of_the_asking_applies(ask):
    found = ask(at="2025-10-01T09:00:00+08:00", **{**LEAK, "aware_at": None})
    assert found.duty("CN-NCIRM-4-OTHER").reason == "Not owed: this was not the law on 2025-10-01."


def test_4_clues_found_later_follow_the_incident_s_own_law(ask):
    found = ask(
        **{
            **LEAK,
            "aware_at": "2025-10-30T09:00:00+08:00",
            "crime_suspected": True,
            "crime_clue_at": "2025-11-05T09:00:00+08:00",
        }
    )
    assert found.duty("CN-NCIRM-4-POLICE").status == "not_owed"
    assert found.duty("CN-D147-14").due_at == datetime(2025, 11, 6, 1, 0, tzinfo=UTC)


def test_5_thirty_days_are_thirty_times_24_hours(ask):
    found = ask(**LEAK, handling_ended_at="2026-03-10T18:00:00+08:00").duty("CN-NCIRM-8-FINAL")
    assert found.due_at == datetime(2026, 4, 9, 10, 0, tzinfo=UTC)


def test_6_the_final_report_is_owed_with_the_first_and_waits(ask):
    assert status(ask(**LEAK), "CN-NCIRM-8-FINAL") == ["owed"]
    unknown = ask(confirmed=True, cii_affected=False)
    assert status(unknown, "CN-NCIRM-8-FINAL") == ["unknown"]
    assert unknown.duty("CN-NCIRM-8-FINAL").provisional_due_at is None


def test_7_a_state_organ_with_cii_owes_both(ask):
    found = ask(org={"state_organ": True}, **{**LEAK, "cii_affected": True})
    assert status(found, *REPORTING) == ["owed", "owed", "not_owed"]
    assert found.duty("CN-NCIRM-4-CII").due_at < found.duty("CN-NCIRM-4-STATE").due_at
    assert authorities(found.duty("CN-NCIRM-4-CII")) == ["protection-department", "psb"]


def test_8_standing_rows_are_listed_for_whom_they_bind_and_block_nothing(ask):
    rows = ("CN-NDSR-20-COMPLAINT", "CN-NDSR-28-FLAG", "CN-NDSR-30-OFFICER", "CN-NDSR-33-ANNUAL")
    assert status(ask(**LEAK), *rows) == ["not_owed"] * 4
    org = {"offers_public_services": True, "handles_important_data": True, "persons_processed": 10_000_000}
    found = ask(org=org, **LEAK)
    for name in rows:
        answer = found.duty(name)
        assert (answer.status, answer.kind, answer.due_at) == ("owed", "standing", None)
    for answer in found.duties:
        if answer.kind in {"standing", "periodic", "retention", "relay"}:
            assert not answer.blocking
            assert answer.due_at is None
        else:
            assert answer.blocking == answer.live
    assert status(ask(org={"persons_processed": 10_000_000}), "CN-NDSR-30-OFFICER", "CN-NDSR-33-ANNUAL") == [
        "owed",
        "not_owed",
    ]


def test_9_an_availability_event_owes_plan_and_report_but_notice_only_with_harm(ask):
    found = ask(
        confirmed=True,
        personal_information="none",
        site_class="other_site",
        site_outage="PT3H",
        harms_individuals=False,
        harms_organisations=False,
    )
    assert status(found, "CN-NDSR-11-PLAN", "CN-NDSR-11-REPORT", "CN-NDSR-11-NOTIFY") == [
        "owed",
        "owed",
        "not_owed",
    ]


@pytest.mark.parametrize(
    ("aware", "articles"),
    [
        ("2025-12-31T23:59:00+08:00", ["25", "42(2)", "21(3)"]),
        (
            "2026-01-01T00:00:00+08:00",
            ["27 (old 25)", "44(2) (old 42(2); number derived)", "23(3) (old 21(3))"],
        ),
    ],
)
def test_10_the_cybersecurity_law_is_cited_by_the_numbers_of_its_day(ask, aware, articles):
    found = ask(**{**LEAK, "aware_at": aware})
    rows = [found.duty(name) for name in ("CN-CSL-27", "CN-CSL-44", "CN-CSL-23-LOG")]
    assert [row.article for row in rows] == articles
    assert [row.status for row in rows] == ["owed"] * 3


def test_10_the_police_rows_have_been_law_throughout(ask):
    found = ask(
        **{**LEAK, "aware_at": "2015-05-05T09:00:00+08:00"}, crime_suspected=True, illegal_access_found=True
    )
    assert status(found, "CN-D147-14", "CN-INTL-10") == ["owed", "owed"]


def test_11_the_police_are_told_at_any_grade(ask):
    found = ask(confirmed=True, grade_override="一般", crime_suspected=True)
    assert status(found, "CN-NCIRM-4-POLICE") == ["owed"]


def test_11_international_networking_asks_for_access_or_for_crime_with_illegal_content(ask):
    assert status(ask(illegal_access_found=True), "CN-INTL-10") == ["owed"]
    spread = {"home_page": "PT1H"}
    assert status(ask(crime_suspected=True, illegal_content_spread=spread), "CN-INTL-10") == ["owed"]
    nothing = ask(crime_suspected=True, illegal_access_found=False, illegal_content_spread="none")
    assert status(nothing, "CN-INTL-10") == ["not_owed"]
    assert status(ask(crime_suspected=True), "CN-INTL-10") == ["unknown"]


def test_13_state_security_is_added_once_suspected(ask):
    assert authorities(ask(crime_suspected=True).duty("CN-NDSR-11-POLICE")) == ["psb"]
    suspected = ask(crime_suspected=True, state_security_suspected=True)
    assert authorities(suspected.duty("CN-NDSR-11-POLICE")) == ["psb", "state-security"]


def test_14_a_vulnerability_raises_its_own_three_only(ask):
    found = ask(
        kind="vulnerability",
        org={"provides_network_products": True},
        national_security_or_public_interest=True,
        **LEAK,
        harms_individuals=True,
        crime_suspected=True,
        state_secret_suspected=True,
    )
    owed = {duty.id for duty in found.duties if duty.status != "not_owed" and duty.kind not in _STANDING}
    assert owed == {"CN-NDSR-10-REMEDY", "CN-NDSR-10-24H", "CN-DSL-29-RISK", "CN-CSL-24"}
    assert found.duty("CN-NDSR-10-24H").due_at == AWARE + timedelta(hours=24)


_STANDING = {"standing", "periodic", "retention"}


def test_14_who_makes_no_products_owes_the_remedy_only(ask):
    found = ask(kind="vulnerability")
    assert status(found, "CN-NDSR-10-REMEDY", "CN-CSL-24", "CN-DSL-29-RISK") == [
        "not_owed",
        "not_owed",
        "owed",
    ]


def test_15_relays_are_never_the_operator_s(ask):
    found = ask(org={"state_organ": True}, **{**LEAK, "cii_affected": True, "threat_level": "特别严重"})
    relays = [duty for duty in found.duties if duty.kind == "relay"]
    assert len(relays) == 4
    assert {duty.status for duty in relays} == {"not_owed"}
    assert "it binds 保护工作部门" in found.duty("CN-NCIRM-4-CII-RELAY").reason


def test_16_while_nothing_is_confirmed_the_grading_clock_runs_to_the_earliest_instant(ask):
    found = ask()
    assert found.duty("CN-NDSR-11-PLAN").status == "unknown"
    assert found.earliest_provisional == AWARE + timedelta(hours=1)
    assert found.earliest_provisional == min(
        duty.provisional_due_at for duty in found.unknown if duty.provisional_due_at
    )
    assert ask(confirmed=False).earliest_provisional is None


def test_16_a_false_alarm_owes_nothing(ask):
    found = ask(**{**LEAK, "confirmed": False}, crime_suspected=True, state_secret_suspected=True)
    assert {duty.status for duty in found.duties if duty.kind in {"incident", "vulnerability"}} == {
        "not_owed"
    }


def test_16_what_is_known_is_owed_while_the_incident_is_still_examined(ask):
    found = ask(**{**LEAK, "confirmed": None}, state_organ=None)
    assert status(found, "CN-NCIRM-4-OTHER", "CN-PIPL-57-AUTH", "CN-NDSR-11-PLAN") == ["owed"] * 3


def test_16_a_person_s_grading_closes_the_limbs_that_are_unknown(ask):
    found = ask(**LEAK, classified_at="2026-03-01T09:30:00+08:00").grade
    assert found.value == "较大"
    assert "Q7" in found.unknown_limbs
    none = ask(confirmed=True, cii_affected=False, classified_at="2026-03-01T09:30:00+08:00")
    assert none.grade.value == "一般"
    assert none.duty("CN-NCIRM-4-OTHER").status == "not_owed"
    assert "classified_at" in none.duty("CN-NCIRM-4-OTHER").decided_by


def test_17_the_cii_regulation_is_owed_from_the_second_grade_on(ask):
    assert status(ask(**{**LEAK, "cii_affected": True}), "CN-CII-18") == ["owed"]
    assert status(ask(**{**LEAK, "cii_affected": True}, grade_override="一般"), "CN-CII-18") == ["not_owed"]
    assert status(ask(**LEAK, org={"operates_cii": True}), "CN-CII-18") == ["not_owed"]


def test_18_possible_or_uncounted_leaves_the_leak_limb_unknown(ask):
    possible = ask(**{**LEAK, "personal_information": "possible"})
    assert (possible.grade.at_least, "Q5" in possible.grade.unknown_limbs) == ("一般", True)
    assert status(possible, "CN-PIPL-57-AUTH", "CN-PIPL-57-IND", "CN-CSL-44") == ["owed"] * 3
    uncounted = ask(**{**LEAK, "persons_affected": "unknown"})
    assert "Q5" in uncounted.grade.unknown_limbs


def test_19_awareness_defaults_to_the_first_signal(ask):
    found = ask(**{**LEAK, "aware_at": None, "first_signal_at": "2026-03-01T08:00:00+08:00"})
    answer = found.duty("CN-NCIRM-4-OTHER")
    assert (answer.due_at, answer.clock_start_fact) == (
        datetime(2026, 3, 1, 4, 0, tzinfo=UTC),
        "first_signal_at",
    )
    assert found.law_of == datetime(2026, 3, 1, 0, 0, tzinfo=UTC)


def test_19_a_clock_whose_start_is_unknown_waits(ask):
    answer = ask(**{**LEAK, "aware_at": None}).duty("CN-NCIRM-4-OTHER")
    assert (answer.status, answer.due_at, answer.waiting_on) == ("owed", None, "aware_at")


def test_20_every_pack_carries_its_rules(packs):
    assert all(pack.notes for pack in packs)
    said = " ".join(
        note for pack in packs for note in (*pack.notes, *(pack.grading.notes if pack.grading else ()))
    )
    for number in range(1, 20):
        assert f"Rule {number}:" in said


def test_the_police_clock_starts_when_the_clue_was_found_or_recorded(ask):
    recorded = {"crime_suspected": datetime(2026, 3, 1, 6, 0, tzinfo=UTC)}
    by_record = ask(**LEAK, crime_suspected=True, recorded_at=recorded).duty("CN-D147-14")
    assert (by_record.due_at, by_record.clock_start_fact) == (
        datetime(2026, 3, 2, 6, 0, tzinfo=UTC),
        "crime_suspected",
    )
    found = ask(
        **LEAK, crime_suspected=True, crime_clue_at="2026-03-01T12:00:00+08:00", recorded_at=recorded
    ).duty("CN-D147-14")
    assert found.clock_start == datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
    denied = ask(**LEAK, illegal_access_found=True, crime_suspected=False, recorded_at=recorded).duty(
        "CN-INTL-10"
    )
    assert denied.clock_start_fact == "aware_at"


def test_minors_are_told_whatever_the_exemption_of_others(ask):
    found = ask(**LEAK, minors=True, harm_avoided=True).duty("CN-MINOR-35")
    assert (found.status, authorities(found)) == ("owed", ["cac-and-departments", "minors-and-guardians"])
    assert ask(**LEAK).duty("CN-MINOR-35").status == "unknown"


def test_supplement_and_update_follow_the_first_report(ask):
    reported = {"CN-NCIRM-4-OTHER": "2026-03-01T11:00:00+08:00"}
    found = ask(
        **LEAK, cause_known=False, reported_at=reported, material_change_at="2026-03-02T09:00:00+08:00"
    )
    assert status(found, "CN-NCIRM-7-SUPPLEMENT", "CN-NCIRM-7-UPDATE") == ["owed", "owed"]
    assert found.duty("CN-NCIRM-7-SUPPLEMENT").clock_start == datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
    assert (
        status(ask(**LEAK, cause_known=True), "CN-NCIRM-7-SUPPLEMENT", "CN-NCIRM-7-UPDATE")
        == ["not_owed"] * 2
    )


@pytest.mark.parametrize(
    ("facts", "awaited"),
    [
        ({"cii_affected": True}, "reported_at.CN-NCIRM-4-CII"),
        ({"cii_affected": False}, "reported_at.CN-NCIRM-4-OTHER"),
        ({"cii_affected": "unknown"}, "reported_at.CN-NCIRM-4-CII"),
    ],
)
def test_a_supplement_waits_for_the_report_that_is_owed(ask, facts, awaited):
    found = ask(**{**LEAK, **facts}, cause_known=False).duty("CN-NCIRM-7-SUPPLEMENT")
    assert (found.due_at, found.clock_start, found.waiting_on) == (None, None, awaited)


def test_a_bank_s_clock_runs_from_occurrence_and_its_last_counts_working_days(ask):
    found = ask(
        org={"sectors": ["banking_insurance"]},
        **LEAK,
        occurred_at="2026-02-28T22:00:00+08:00",
        handling_ended_at="2026-03-06T10:00:00+08:00",
    )
    assert found.duty("CN-NFRA-2H").due_at == datetime(2026, 2, 28, 16, 0, tzinfo=UTC)
    assert found.duty("CN-NFRA-FINAL").due_at == datetime(2026, 3, 13, 2, 0, tzinfo=UTC)
    assert status(found, "CN-NCIRM-4-SECTOR", "CN-NFRA-EXTREME") == ["owed", "unknown"]
    assert "whether the measure's own annex makes it 特别重大" in found.duty("CN-NFRA-EXTREME").reason


def test_working_days_know_the_holidays_and_the_weekends_that_are_worked(ask):
    found = ask(
        org={"sectors": ["banking_insurance"]},
        **{**LEAK, "aware_at": "2026-02-10T09:00:00+08:00", "handling_ended_at": "2026-02-13T10:00:00+08:00"},
    )
    # The 14th is worked, the Spring Festival lasts from the 15th to the 23rd.
    assert found.duty("CN-NFRA-FINAL").due_at == datetime(2026, 2, 27, 2, 0, tzinfo=UTC)


def test_a_draft_s_hours_start_no_clock(ask):
    answer = ask(org={"sectors": ["central_bank"]}, **LEAK).duty("CN-PBC-2H")
    assert (answer.status, answer.live, answer.blocking) == ("unknown", False, False)
    assert (answer.due_at, answer.provisional_due_at) == (None, None)


def test_an_unknown_organisation_leaves_both_reports_open(ask):
    found = ask(org={"state_organ": "unknown"}, **LEAK)
    assert status(found, *REPORTING) == ["not_owed", "unknown", "unknown"]


def test_what_is_not_owed_names_all_to_whom_it_could_have_been(ask):
    answer = ask(**{**LEAK, "confirmed": False}).duty("CN-NDSR-11-NOTIFY")
    assert (answer.status, authorities(answer)) == ("not_owed", ["individuals", "organisations"])


def test_other_jurisdictions_leave_the_chinese_packs_aside(ask):
    assert {duty.id[:2] for duty in ask(org={"jurisdictions": ["EU"]}, **LEAK).duties} == {"EU"}


def test_while_nothing_can_be_told_all_who_may_be_meant_are_named(ask):
    assert authorities(ask(confirmed=True).duty("CN-NDSR-11-NOTIFY")) == ["individuals", "organisations"]


def test_an_answer_survives_json(ask):
    found = ask(**LEAK, crime_suspected=True)
    assert type(found).model_validate_json(found.model_dump_json()) == found
    assert found.duty("CN-NOTHING") is None
    assert {duty.status for duty in found.owed} == {"owed"}
