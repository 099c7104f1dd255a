"""Supplements, updates and final reports: where they go, what they follow on, when they end their duty."""

import pytest

from domain import commands as c
from domain.facts import DutyKey
from domain.lineage import before, earlier, everyone_answered, recipient, stage, told, untold
from domain.next_step import duty_next

NCIRM, UPDATE, FINAL = "CN-NCIRM-4-OTHER", "CN-NCIRM-7-UPDATE", "CN-NCIRM-8-FINAL"
PIPL = "CN-PIPL-57-AUTH"


@pytest.fixture
def first(leak):
    """The first report to the province, filed and answered."""
    number = leak.report(leak.duty(NCIRM).key)
    leak.do(leak.receipt(number))
    return leak.state.reports[number]


def draft(case, key, at, **more):
    case.do(c.DraftReport(form="ncirm-7", stage=at, duties=(key,), **more))
    return case.state.reports[len(case.state.reports)]


def filed(case, report):
    case.hear(c.ReportWord(report=report.number, sha256=f"{report.number:064}"))
    case.agree(f"report/{report.number}")
    case.do(c.FileReport(report=report.number, channel="portal"))
    return case.history[-1].body


def test_a_report_for_another_authority_is_none_before(leak, first):
    key = DutyKey(duty=NCIRM, authority="elsewhere")
    assert first.receipt
    assert before(leak.state, (key,), leak.book.packs) == {}


def test_a_report_goes_where_its_duty_says(leak):
    report = draft(leak, leak.duty(NCIRM).key, "initial")
    assert recipient(leak.state, report) == "cac-provincial"
    assert (report.follows, earlier(leak.state, report)) == (0, None)


def test_an_update_goes_where_the_first_report_went(leak, first):
    leak.know(material_change_at="2026-11-23T03:00:00Z")
    key = leak.duty(UPDATE).key
    assert stage(leak.state, key, leak.book.packs) == "update"
    assert before(leak.state, (key,), leak.book.packs) == {"cac-provincial": first}
    report = draft(leak, key, "update")
    assert report.follows == first.number
    named = earlier(leak.state, report)
    assert (named.number, named.receipt, named.sha256) == (first.number, "R-1", first.sha256)
    assert filed(leak, report).authority == "cac-provincial"
    assert "DutyMet" in leak.do(leak.receipt(report.number))
    later = draft(leak, key, "update")
    assert later.follows == report.number
    assert recipient(leak.state, later) == "cac-provincial"


def test_the_final_report_follows_on_the_last_one(leak, first):
    leak.know(handling_ended_at="2026-11-23T03:00:00Z")
    key = leak.duty(FINAL).key
    assert stage(leak.state, key, leak.book.packs) == "final"
    assert draft(leak, key, "final").follows == first.number


def test_a_report_that_did_not_leave_is_followed_by_none(leak):
    key = leak.duty(NCIRM).key
    number = leak.report(key, filed="email")
    leak.hear(c.FilingWord(report=number, ok=False, code="timed_out"))
    assert before(leak.state, (key,), leak.book.packs) == {}
    assert stage(leak.state, key, leak.book.packs) == "initial"


def test_the_stage_is_chosen_by_what_was_filed_before(leak):
    key = leak.duty(PIPL).key
    packs = leak.book.packs
    assert stage(leak.state, key, packs) == "initial"
    number = leak.report(key)
    assert stage(leak.state, key, packs) == "update"
    other = draft(leak, key, "initial")
    leak.hear(c.ReportWord(report=other.number, sha256="b" * 64, pending=("cause",)))
    leak.agree(f"report/{other.number}")
    leak.do(c.FileReport(report=other.number, channel="portal"))
    assert leak.state.reports[other.number].pending == ("cause",)
    assert stage(leak.state, key, packs) == "supplement"
    leak.know(handling_ended_at="2026-11-23T03:00:00Z")
    assert stage(leak.state, key, packs) == "final"
    assert number < other.number


def test_what_was_met_may_be_followed_up_and_not_begun_again(leak):
    key = leak.duty(PIPL).key
    number = leak.report(key)
    leak.do(leak.receipt(number))
    assert leak.no(c.DraftReport(form="x", duties=(key,))) == "duty_settled"
    report = draft(leak, key, "update")
    assert report.follows == number
    filed(leak, report)
    assert "DutyMet" not in leak.do(leak.receipt(report.number))


def test_what_a_report_follows_on_must_be_the_latest_one_filed_there(leak, first):
    leak.know(material_change_at="2026-11-23T03:00:00Z")
    key = leak.duty(UPDATE).key
    order = c.DraftReport(form="x", stage="update", duties=(key,), follows=9)
    assert leak.no(order) == "unknown_report"
    assert draft(leak, key, "update", follows=first.number).follows == first.number
    nothing = c.DraftReport(form="x", stage="update", duties=(leak.duty(PIPL).key,), follows=first.number)
    assert leak.no(nothing) == "unknown_report"


def test_where_two_authorities_took_the_first_report_both_are_told_and_both_answer(leak):
    leak.know(cii_affected=True)
    cii = [key for key in leak.open("report") if key.duty == "CN-NCIRM-4-CII"]
    assert len(cii) == 2
    for key in cii:
        leak.do(leak.receipt(leak.report(key)))
    assert set(leak.state.known("reported_at")) >= {"CN-NCIRM-4-CII"}
    leak.know(material_change_at="2026-11-23T03:00:00Z")
    key = leak.duty(UPDATE).key
    assert leak.no(c.DraftReport(form="x", stage="update", duties=(key,))) == "several_authorities"
    reports = [
        draft(leak, key, "update", follows=each.number)
        for each in before(leak.state, (key,), leak.book.packs).values()
    ]
    assert {recipient(leak.state, report) for report in reports} == {each.authority for each in cii}
    for report in reports:
        filed(leak, report)
    assert not everyone_answered(leak.state, key, leak.book.packs)
    assert untold(leak.state, key, leak.book.packs) == {}
    assert "DutyMet" not in leak.do(leak.receipt(reports[0].number))
    assert leak.duty(UPDATE).status == "open"
    assert "DutyMet" in leak.do(leak.receipt(reports[1].number))


def test_who_has_its_report_and_who_is_still_to_be_told(leak):
    leak.know(cii_affected=True)
    for key in [key for key in leak.open("report") if key.duty == "CN-NCIRM-4-CII"]:
        leak.do(leak.receipt(leak.report(key)))
    leak.know(material_change_at="2026-11-23T03:00:00Z")
    duty, packs = leak.duty(UPDATE), leak.book.packs
    assert set(untold(leak.state, duty.key, packs)) == {"protection-department", "psb"}
    police = untold(leak.state, duty.key, packs)["psb"]
    report = draft(leak, duty.key, "update", follows=police.number)
    filed(leak, report)
    assert told(leak.state, duty.key) == {"psb"}
    assert duty_next(leak.state, leak.duty(UPDATE))[1].startswith("tocsin report receipt")
    leak.do(leak.receipt(report.number))
    # Its receipt is one of two: what comes next is the other's report, not nothing.
    assert set(untold(leak.state, duty.key, packs)) == {"protection-department"}
    assert (
        duty_next(leak.state, leak.duty(UPDATE))[1] == f"tocsin report draft {leak.state.incident} {duty.key}"
    )


def test_any_other_duty_is_met_by_one_answer(leak):
    key = DutyKey(duty="X", authority="psb")
    assert everyone_answered(leak.state, key, leak.book.packs)


def test_the_first_receipt_says_when_a_duty_was_reported(leak):
    key = leak.duty(NCIRM).key
    one, two = leak.report(key), leak.report(key)
    leak.do(leak.receipt(one))
    when = leak.state.known("reported_at")
    leak.later(hours=2)
    assert leak.do(leak.receipt(two, sha256="c" * 64)) == ["ReceiptRecorded"]
    assert leak.state.known("reported_at") == when
    kept = leak.state.reports[two]
    assert (kept.receipt_sha256, kept.receipt_by, kept.received_at) == ("c" * 64, "ana", leak.now)
