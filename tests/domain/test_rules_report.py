"""Reports: from the facts to the receipt, which alone ends a duty."""

from datetime import timedelta

import pytest

from domain import commands as c
from domain.facts import DutyKey
from domain.line import instant

NCIRM = "CN-NCIRM-4-OTHER"


@pytest.fixture
def key(leak):
    return leak.duty(NCIRM).key


def test_a_report_answers_owed_duties_of_one_authority(leak, key):
    other = leak.duty("CN-PIPL-57-AUTH").key
    assert leak.no(c.DraftReport(form="x", duties=(key, other))) == "several_authorities"
    assert leak.no(c.DraftReport(form="x", duties=(DutyKey(duty="X", authority="a"),))) == "unknown_duty"
    assert leak.no(c.DraftReport(form="x", duties=leak.open("notify"))) == "wrong_means"
    leak.withdraw(key)
    assert leak.no(c.DraftReport(form="x", duties=(key,))) == "duty_settled"


def test_a_report_waits_for_the_instant_that_begins_its_duty(leak):
    final = leak.duty("CN-NCIRM-8-FINAL").key
    assert leak.no(c.DraftReport(form="ncirm-8", stage="final", duties=(final,))) == "not_yet"
    leak.know(handling_ended_at="2026-11-23T03:00:00Z")
    assert leak.do(c.DraftReport(form="ncirm-8", stage="final", duties=(final,))) == ["ReportRequested"]


def test_a_report_that_cannot_be_drawn_up_is_asked_for_again(leak, key):
    leak.do(c.DraftReport(form="ncirm-7", duties=(key,)))
    assert leak.hear(c.ReportWord(report=1, code="no_template")) == ["ReportFailed"]
    assert leak.no(c.FileReport(report=1, channel="email")) == "not_drafted"
    assert leak.report(key) == 2


def test_sending_is_not_filing(leak, key):
    assert leak.no(c.FileReport(report=1, channel="email")) == "unknown_report"
    leak.do(c.DraftReport(form="ncirm-7", duties=(key,)))
    assert leak.no(c.FileReport(report=1, channel="email")) == "not_drafted"
    leak.hear(c.ReportWord(report=1, sha256="a" * 64))
    leak.agree("report/1")
    assert leak.no(leak.receipt(1)) == "not_filed"
    leak.do(c.FileReport(report=1, channel="email"))
    assert leak.no(c.FileReport(report=1, channel="portal")) == "filing_under_way"
    leak.hear(c.FilingWord(report=1, ok=True, code="250"))
    assert leak.duty(NCIRM).status == "open"
    assert leak.do(leak.receipt(1))[:3] == ["ReceiptRecorded", "DutyMet", "FactRecorded"]
    assert leak.state.known("reported_at") == {NCIRM: instant(leak.now)}
    assert leak.duty(NCIRM).evidence.sha256 == "a" * 64
    assert leak.no(leak.receipt(1)) == "already_filed"
    assert leak.no(c.FileReport(report=1, channel="email")) == "already_filed"


def test_a_report_that_did_not_leave_is_filed_by_hand(leak, key):
    number = leak.report(key, filed="email")
    assert leak.hear(c.FilingWord(report=number, ok=False, code="timed_out")) == ["FilingFailed"]
    leak.do(c.FileReport(report=number, channel="hotline"))
    assert (leak.state.reports[number].failed, leak.state.reports[number].filings) == ("", 2)
    assert leak.hear(c.FilingWord(report=number, ok=True, code="250")) == [], "nothing was being sent"
    leak.do(leak.receipt(number, channel="hotline"))
    assert leak.duty(NCIRM).status == "met"


def test_a_report_goes_with_fields_missing_only_for_a_reason(leak, key):
    leak.do(c.DraftReport(form="ncirm-7", duties=(key,)))
    leak.hear(c.ReportWord(report=1, sha256="a" * 64, missing=("cause",)))
    leak.agree("report/1")
    assert leak.no(c.FileReport(report=1, channel="portal"), why="") == "missing_fields"
    leak.do(c.FileReport(report=1, channel="portal"))


@pytest.mark.parametrize(
    ("minutes", "status"), [(1, "met"), (239, "met"), (240, "met"), (241, "met_late"), (9000, "met_late")]
)
def test_lateness_is_judged_from_the_receipts_instant(leak, key, minutes, status):
    number = leak.report(key)
    received = leak.now + timedelta(minutes=minutes)
    leak.later(days=30)
    leak.do(leak.receipt(number, received_at=received))
    assert leak.duty(NCIRM).status == status


def test_a_target_of_ours_is_never_late(leak):
    number = leak.report(leak.duty("CN-PIPL-57-AUTH").key)
    leak.later(days=30)
    leak.do(leak.receipt(number))
    assert leak.duty("CN-PIPL-57-AUTH").status == "met"


def test_a_receipt_has_its_instant_behind_it(leak, key):
    number = leak.report(key)
    assert leak.no(leak.receipt(number, received_at=leak.now + timedelta(minutes=2))) == "in_future"


def test_two_reports_for_one_duty_meet_it_once(leak, key):
    first, second = leak.report(key), leak.report(key)
    leak.do(leak.receipt(second))
    before = leak.duty(NCIRM)
    leak.later(days=9)
    assert leak.do(leak.receipt(first)) == ["ReceiptRecorded"]
    assert leak.duty(NCIRM) == before


def test_a_receipt_for_a_duty_let_go_is_kept_and_reopens_nothing(leak, key):
    number = leak.report(key)
    leak.withdraw(key)
    assert "DutyMet" not in leak.do(leak.receipt(number))
    assert leak.duty(NCIRM).status == "withdrawn"
