from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cli import values
from cli.duty_keys import chosen, duty_of
from cli.stop import Stop
from cli.telling import difference, graded, told, worth_telling
from cli.times import due, left, shown, span, zone_of
from domain.fact import Fact
from domain.facts import CommandAccepted, DutyKey, GradeAssessed, StepDone, TimeAdvanced
from domain.term import FactInvalid

NOW = datetime(2026, 11, 23, 6, 3, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("persons_affected=1204331", 1_204_331),
        ("persons_affected=1,204,331", 1_204_331),
        ("persons_affected=10..20", {"min": 10, "max": 20}),
        ("persons_affected={min: 1, max: 5}", {"min": 1, "max": 5}),
        ("persons_affected={min: 7}", {"min": 7}),
        ("cii_affected=true", True),
        ("cii_affected=unknown", "unknown"),
        ("aware_at=now", "2026-11-23T06:03:00.000000Z"),
        ("aware_at=2026-11-23T14:00:00+08:00", "2026-11-23T06:00:00.000000Z"),
        ("personal_information=leaked", "leaked"),
        ("personal_information=leaked,lost", ["leaked", "lost"]),
        ("site_outage=PT6H", "PT6H"),
        ("records_affected={basic: 5}", {"basic": 5}),
        ("illegal_content_spread=none", values.parse("illegal_content_spread", "none", scope="incident")),
    ],
)
def test_a_fact_is_read_as_it_is_typed(text, value):
    assert values.fact(text, NOW) == (text.partition("=")[0], value)


def test_what_is_no_fact_is_refused():
    with pytest.raises(Stop, match="NAME=VALUE"):
        values.fact("persons_affected", NOW)
    with pytest.raises(FactInvalid, match="offset"):
        values.fact("aware_at=2026-11-23T14:00:00", NOW)


def test_instants_and_lengths_are_read():
    assert values.at("now", NOW) == NOW
    assert values.at("2026-11-23T14:03:00+08:00", NOW) == NOW
    assert values.length("PT4H") == timedelta(hours=4)
    assert values.length("P30D") == timedelta(days=30)
    assert values.length("90min") == timedelta(minutes=90)
    assert values.length("1.5h") == timedelta(minutes=90)
    for text in ("tomorrow", "2026-11-23T14:03:00"):
        with pytest.raises(Stop, match="is no instant"):
            values.at(text, NOW)
    for text in ("soon", "h", "-", "9e999d"):
        with pytest.raises(Stop, match="is no length of time"):
            values.length(text)


def test_instants_are_shown_in_the_zone_with_what_remains():
    assert shown(NOW, SHANGHAI) == "2026-11-23 14:03 +08:00"
    assert shown(None, SHANGHAI) == "–"
    assert (
        due(NOW + timedelta(hours=3, minutes=12), NOW, SHANGHAI) == "2026-11-23 17:15 +08:00, 3 h 12 min left"
    )
    assert due(None, NOW, SHANGHAI) == "–"
    assert left(NOW - timedelta(days=2, hours=4), NOW) == "2 d 4 h over"
    assert left(None, NOW) == ""
    spans = [span(timedelta(seconds=s)) for s in (0, 45, 61, 3600, 90_061)]
    assert spans == ["0 s", "45 s", "1 min 1 s", "1 h", "1 d 1 h"]


def test_a_zone_that_does_not_exist_is_named():
    assert zone_of("") is None
    assert zone_of("Asia/Shanghai") == SHANGHAI
    with pytest.raises(Stop, match="TOCSIN_TIMEZONE"):
        zone_of("Mars/Olympus")


def test_a_duty_is_meant_by_as_much_as_is_clear(case):
    case.leak()
    key = DutyKey(duty="CN-NCIRM-4-OTHER", authority="cac-provincial")
    for text in (str(key), "CN-NCIRM-4-OTHER", "cn-ncirm-4-other/cac-provincial", "CN-NCIRM-4-O"):
        assert duty_of(case.state, text).key == key
    with pytest.raises(Stop, match="may be CN-NCIRM-4"):
        duty_of(case.state, "CN-NCIRM-4")
    with pytest.raises(Stop, match="has no duty CN-NOTHING"):
        duty_of(case.state, "CN-NOTHING")
    with pytest.raises(Stop, match="is settled already"):
        duty_of(case.state, "GRADING")
    assert duty_of(case.state, "GRADING/internal/1").settled


def test_left_out_the_owed_duties_are_meant(case):
    case.leak()
    owed = chosen(case.state, (), "notify")
    assert owed
    assert {case.state.duties[str(key)].terms.answer for key in owed} == {"owed"}
    may = chosen(case.state, (), "referral")
    assert {case.state.duties[str(key)].terms.answer for key in may} == {"unknown"}
    assert [key.duty for key in chosen(case.state, ("CN-PIPL-57-IND",), "notify")] == ["CN-PIPL-57-IND"]


def test_what_an_order_changed_is_said_in_a_line(case):
    before = case.state
    case.leak()
    said = difference(before, case.state)
    assert said.startswith("+ ")
    assert "level unknown (at least 较大) because Q5" in said
    assert difference(case.state, case.state) == ""
    assert "proposed for withdrawal" in said
    assert graded(None) == "not assessed"


def test_facts_are_told_in_a_line_each(case):
    case.leak()
    shown_, rest = worth_telling(case.facts)
    assert "cannot be told yet" in rest
    assert not any(isinstance(fact.body, CommandAccepted) for fact in shown_)
    lines = {type(fact.body).__name__: told(fact, SHANGHAI) for fact in shown_}
    assert lines["AlertObserved"] == "siem, exfiltration, severity 4"
    assert lines["FactRecorded"] == "cii_affected = false"
    assert lines["DutyMet"] == "GRADING/internal/1 by triage"
    assert "Not owed, because cii_affected is false." in lines["DutyWithdrawalProposed"]

    def line(body):
        return told(Fact(stream="incident/I-1", version=1, at=NOW, actor="a", body=body), SHANGHAI)

    assert line(GradeAssessed(value="较大", at_least="较大", decided_by=("Q5",))) == "较大 because Q5"
    assert line(StepDone(step="a", code="http.200")) == "step=a, code=http.200"
    assert line(TimeAdvanced(by=timedelta(hours=4))) == "by=PT4H"
    assert worth_telling([]) == ([], "")
