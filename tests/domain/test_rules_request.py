"""What an authority asks for is a duty of its own: with a clock, closed by evidence, let go by two."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from domain import commands as c
from domain.closing import blockers
from domain.evidence import Evidence
from domain.orders import clock_order

KEY = "REQUEST-1/cac-provincial/1"


def request(case, **changes):
    given = {
        "authority": "cac-provincial",
        "what": "access logs of db-01 for 23 November",
        "received_at": case.now,
        "due_at": case.now + timedelta(hours=3),
    }
    return c.RecordRequest(**{**given, **changes})


def settled(case, key):
    evidence = Evidence(means="record", reference="letter 7", number="7", at=case.now, by="ana")
    return c.SettleDuty(duty=case.state.duties[key].key, evidence=evidence)


def test_a_request_opens_a_duty_with_the_authoritys_own_deadline(opened):
    case = opened
    assert case.do(request(case), why="letter 3 of the CAC") == ["RequestReceived", "DutyOpened"]
    duty = case.state.duties[KEY]
    assert (duty.terms.due_at, duty.terms.legal, duty.by) == (case.now + timedelta(hours=3), True, "record")
    assert duty.article == "letter 3 of the CAC"
    assert clock_order(case.state, duty).due_at == duty.terms.due_at
    assert case.do(request(case)) == ["RequestReceived", "DutyOpened"]
    assert "REQUEST-2/cac-provincial/1" in case.state.duties


def test_no_change_of_facts_touches_it(leak):
    leak.do(request(leak))
    before = leak.state.duties[KEY]
    leak.know(cii_affected=True, minors=True)
    leak.do(c.Triage(confirmed=False))
    assert leak.state.duties[KEY] == before
    assert any(KEY in item.what for item in blockers(leak.state))
    leak.do(c.Triage(confirmed=True))
    assert leak.state.duties[KEY] == before


def test_evidence_settles_it_late_or_in_time(leak):
    leak.do(request(leak))
    leak.do(request(leak))
    assert leak.do(settled(leak, KEY)) == ["DutyMet"]
    assert leak.state.duties[KEY].status == "met"
    leak.later(hours=4)
    second = "REQUEST-2/cac-provincial/1"
    leak.do(settled(leak, second))
    assert leak.state.duties[second].status == "met_late"


def test_two_persons_let_it_go(leak):
    leak.do(request(leak))
    order = c.WithdrawDuties(duties=(leak.state.duties[KEY].key,))
    assert leak.no(order) == "needs_second_person"
    leak.agree(f"withdraw/{KEY}")
    assert leak.do(order) == ["DutyWithdrawn"]
    leak.know(minors=True)
    assert leak.state.duties[KEY].status == "withdrawn"


def test_a_report_answers_it_where_that_is_wanted(leak):
    leak.do(request(leak, by="report"))
    number = leak.report(leak.state.duties[KEY].key)
    leak.do(leak.receipt(number))
    assert leak.state.duties[KEY].status == "met"


def test_secrets_bar_the_channels_to_its_answer(leak):
    leak.know(state_secret_suspected=True)
    assert leak.do(request(leak, by="report")) == ["RequestReceived", "DutyOpened", "DutyRevised"]
    number = leak.report(leak.state.duties[KEY].key, filed=None)
    assert leak.no(c.FileReport(report=number, channel="email")) == "channel_blocked"
    leak.know(state_secret_suspected=False)
    assert leak.do(c.FileReport(report=number, channel="email")) == ["ReportFiled"]


def test_one_that_came_late_to_us_is_taken_and_what_cannot_be_is_refused(leak):
    past = leak.now - timedelta(hours=1)
    assert leak.no(request(leak, due_at=past)) == "deadline_past"
    assert leak.no(request(leak, received_at=leak.now + timedelta(hours=1))) == "in_future"
    leak.do(request(leak, received_at=past - timedelta(hours=4), due_at=past))
    assert leak.state.duties[KEY].terms.due_at == past


@pytest.mark.parametrize(
    "wrong",
    [{"what": ""}, {"what": "a\nb"}, {"what": "x" * 201}, {"authority": "The CAC"}, {"authority": ""}],
)
def test_words_have_their_bounds(leak, wrong):
    with pytest.raises(ValidationError):
        request(leak, **wrong)
