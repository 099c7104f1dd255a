"""Duties: no change of facts silences one, what is settled stays settled, what must open again does."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import commands as c
from domain.approval import content, extension_subject
from domain.clock import ClockOrder
from domain.evidence import Evidence
from domain.facts import DutyKey
from domain.line import instant
from domain.orders import clock_order
from domain.rules_duty import GRADING

OTHER = "CN-NCIRM-4-OTHER"
FINAL = "CN-NCIRM-8-FINAL"
POLICE = "CN-D147-14"
CII = "CN-NCIRM-4-CII/psb"


def settle(key, case, **changes):
    given_ = {"means": "record", "reference": "book", "at": case.now, "by": "ana"}
    return c.SettleDuty(duty=key, evidence=Evidence(**{**given_, **changes}))


def test_until_somebody_decides_one_clock_runs_to_the_earliest_deadline(opened):
    clock = opened.duty("GRADING")
    assert clock.terms.due_at == opened.now + timedelta(hours=1)
    opened.know(cii_affected=False)
    assert opened.duty("GRADING").terms.due_at > clock.terms.due_at
    opened.know(persons_affected=10)
    opened.do(c.Triage(confirmed=True))
    assert opened.duty("GRADING").status == "met"


def test_the_grading_clock_ends_by_a_decision_alone(opened):
    assert opened.no(c.ExtendDuty(duty=GRADING, due_at=opened.now + timedelta(days=1))) == "use_triage"
    assert opened.no(settle(GRADING, opened)) == "use_triage"
    opened.agree(f"withdraw/{GRADING}")
    assert opened.no(c.WithdrawDuties(duties=(GRADING,))) == "use_triage"


def test_no_grading_clock_where_nothing_can_be_due(opened):
    assert opened.duty("GRADING").status == "open"
    opened.know(kind="vulnerability")
    assert opened.duty("GRADING").status == "open", "what rings goes on until somebody decides"
    opened.do(c.Triage(confirmed=False))
    assert opened.duty("GRADING").status == "met"


def test_a_vulnerability_from_the_start_has_no_grading_clock(blank):
    blank.book = blank.book.model_copy(update={"packs": ()})
    blank.observe(blank.alert())
    assert blank.state.duties == {}
    blank.do(c.Triage(confirmed=True))
    assert blank.state.duties == {}


def test_a_duty_whose_trigger_is_gone_rings_until_two_let_it_go(leak):
    before = leak.duty(CII)
    assert before.status == "proposed"
    assert clock_order(leak.state, before) == ClockOrder(due_at=before.terms.due_at, legal=True)
    assert leak.no(c.WithdrawDuties(duties=(before.key,))) == "needs_second_person"
    assert leak.no(c.WithdrawDuties(duties=(before.key,)), why="") == "needs_reason"
    leak.agree(f"withdraw/{before.key}", who="ana")
    assert leak.no(c.WithdrawDuties(duties=(before.key,))) == "needs_second_person"
    assert leak.withdraw(before.key) == ["DutyWithdrawn"]
    assert clock_order(leak.state, leak.duty(CII)).settled.outcome == "withdrawn"
    assert leak.no(c.WithdrawDuties(duties=(before.key,))) == "unknown_duty"
    assert leak.no(c.WithdrawDuties(duties=(DutyKey(duty="X", authority="a"),))) == "unknown_duty"


def test_a_trigger_that_holds_again_upholds_what_nobody_let_go(leak):
    due = leak.duty(CII).terms.due_at
    leak.know(cii_affected=True)
    assert (leak.duty(CII).status, leak.duty(CII).terms.due_at) == ("open", due)


def test_a_withdrawn_duty_opens_again_when_its_trigger_holds_again(leak):
    leak.withdraw(leak.duty(CII).key)
    leak.know(persons_affected=20_000_000)
    assert leak.duty(CII).status == "withdrawn"
    assert [each.key.n for each in leak.state.duties.values() if str(each.key).startswith(CII)] == [1]
    leak.know(cii_affected=True)
    again = leak.duty(CII, 2)
    assert (again.status, again.terms.answer) == ("open", "owed")
    assert leak.duty(CII, 1).status == "withdrawn"
    leak.withdraw(again.key)
    leak.know(cii_affected=False)
    leak.know(cii_affected=True)
    assert leak.duty(CII, 3).status == "open"


def test_what_was_let_go_as_doubtful_opens_again_when_it_is_owed(opened):
    opened.do(c.Triage(confirmed=True))
    opened.know(persons_affected=1_204_331, personal_information="leaked")
    assert opened.duty(CII).terms.answer == "unknown"
    opened.withdraw(opened.duty(CII).key)
    opened.know(harms_individuals=True)
    assert opened.duty(CII).status == "withdrawn"
    opened.know(cii_affected=True)
    assert opened.duty(CII, 2).terms.answer == "owed"


def test_what_was_let_go_as_owed_stays_so_while_it_is_owed(leak):
    key = leak.duty(OTHER).key
    leak.withdraw(key)
    leak.know(persons_affected=20_000_000)
    leak.know(cii_affected="unknown")
    assert leak.state.latest(key.duty, key.authority).key == key
    leak.know(cii_affected=False)
    assert leak.state.latest(key.duty, key.authority).key.n == 2, "it was in doubt, and holds again"


def test_a_false_alarm_taken_back_opens_all_that_was_let_go(leak):
    leak.do(c.Triage(confirmed=False))
    leak.withdraw(*(duty.key for duty in leak.state.duties.values() if not duty.settled))
    leak.know(minors=True)
    leak.do(c.Triage(confirmed=True))
    for duty in tuple(leak.state.duties.values()):
        if duty.status == "withdrawn":
            latest = leak.state.latest(duty.key.duty, duty.key.authority)
            assert latest.key.n == 2 or latest.terms.answer == "not_owed"
    assert leak.duty(OTHER, 2).terms.answer == "owed"


def test_what_is_met_is_never_touched_again(leak):
    number = leak.report(leak.duty(OTHER).key)
    leak.do(leak.receipt(number))
    before = leak.duty(OTHER)
    leak.do(c.Triage(confirmed=False))
    leak.do(c.Triage(confirmed=True))
    leak.know(aware_at=instant(leak.now - timedelta(hours=1)))
    assert leak.duty(OTHER) == before
    assert leak.no(c.ExtendDuty(duty=before.key, due_at=leak.now + timedelta(days=1))) == "unknown_duty"
    assert leak.no(settle(before.key, leak)) == "unknown_duty"


def test_awareness_corrected_after_the_receipt_makes_what_was_met_late_and_never_opens_it(leak):
    leak.later(hours=3)
    leak.do(leak.receipt(leak.report(leak.duty(OTHER).key)))
    met = leak.duty(OTHER)
    assert met.status == "met"
    aware = leak.now - timedelta(hours=9)
    assert "LatenessRevised" in leak.know(aware_at=instant(aware))
    late = leak.duty(OTHER)
    assert (late.status, late.evidence, late.key.n) == ("met_late", met.evidence, 1)
    assert late.terms.due_at == aware + timedelta(hours=4)
    revised = next(fact.body for fact in leak.history if type(fact.body).__name__ == "LatenessRevised")
    assert instant(aware) in revised.reason
    assert "LatenessRevised" not in leak.know(minors=True), "judged once for one awareness"
    leak.know(aware_at=instant(leak.now - timedelta(hours=2)))
    assert leak.duty(OTHER).status == "met", "a mistake the other way is put right as well"


def test_an_extension_that_held_keeps_what_was_met_in_time(leak):
    key = leak.duty(OTHER).key
    leak.extend(key, leak.now + timedelta(days=2))
    leak.later(days=1)
    leak.do(leak.receipt(leak.report(key)))
    leak.know(aware_at=instant(leak.now - timedelta(days=1, hours=2)))
    assert leak.duty(OTHER).status == "met"


def test_what_was_settled_without_a_deadline_or_is_owed_no_more_is_not_judged_again(leak):
    leak.do(leak.receipt(leak.report(leak.duty(OTHER).key)))
    leak.know(aware_at=instant(leak.now - timedelta(hours=2)), cii_affected=True)
    leak.know(aware_at=instant(leak.now - timedelta(hours=9)))
    assert leak.duty(OTHER).status == "met", "what is not owed any more has no deadline to be late for"


def test_an_extension_has_a_basis_and_lies_ahead(leak):
    order = c.ExtendDuty(duty=leak.duty(OTHER).key, due_at=leak.now + timedelta(days=1))
    assert leak.no(order, why="") == "needs_reason"
    assert leak.no(order.model_copy(update={"due_at": leak.now})) == "deadline_past"
    assert leak.no(order) == "needs_second_person"
    subject = extension_subject(order.duty, order.due_at)
    leak.agree(subject, who="ana")
    assert leak.no(order) == "needs_second_person", "nobody agrees to their own act"
    leak.agree(subject)
    assert leak.no(order.model_copy(update={"due_at": leak.now + timedelta(days=2)})) == "needs_second_person"
    assert leak.do(order) == ["DutyExtended"]
    assert leak.duty(OTHER).terms.due_at == order.due_at
    assert leak.history[-1].body.approved_by == "ben"
    assert leak.no(order) == "needs_second_person", "an agreement is for one step from one deadline"
    assert content(leak.state, f"extend/{order.duty}") is content(leak.state, "extend/X/y/1=now") is None


def test_a_deadline_that_may_come_is_agreed_to_before_it_is_there(leak):
    key = leak.duty(FINAL).key
    order = c.ExtendDuty(duty=key, due_at=leak.now + timedelta(days=40))
    assert leak.no(order) == "needs_second_person", "it would outlast the law's deadline once that runs"
    assert leak.extend(key, order.due_at) == ["DutyExtended"]


def test_a_target_of_ours_is_put_off_by_one_person(leak):
    ours = [d for d in leak.state.duties.values() if d.terms.due_at and not d.terms.legal and not d.settled]
    leak.do(c.ExtendDuty(duty=ours[0].key, due_at=leak.now + timedelta(days=3)))
    assert leak.history[-1].body.approved_by == ""


def test_an_extension_lives_through_every_reassessment(leak):
    due = leak.now + timedelta(days=3)
    leak.extend(leak.duty(OTHER).key, due)
    for cii in ("unknown", False, True, False):
        leak.know(cii_affected=cii)
        assert leak.duty(OTHER).terms.due_at == due
    leak.do(c.Triage(confirmed=False))
    leak.do(c.Triage(confirmed=True))
    leak.know(aware_at=instant(leak.now - timedelta(hours=2)))
    leak.know(aware_at=instant(leak.now - timedelta(hours=1)))
    assert leak.duty(OTHER).terms.due_at == due
    assert leak.duty(OTHER).extended


def test_a_later_start_that_gives_more_time_takes_the_extensions_place(leak):
    leak.know(aware_at=instant(leak.now - timedelta(hours=3)))
    leak.extend(leak.duty(OTHER).key, leak.now + timedelta(hours=2))
    leak.know(aware_at=instant(leak.now))
    assert leak.duty(OTHER).terms.due_at == leak.now + timedelta(hours=4)
    assert not leak.duty(OTHER).extended


def test_a_corrected_awareness_moves_the_deadline(leak):
    leak.know(aware_at=instant(leak.now - timedelta(hours=1)))
    assert leak.duty(OTHER).terms.due_at == leak.now + timedelta(hours=3)


def test_an_instant_taken_back_leaves_the_clock_running(leak):
    assert leak.duty(FINAL).terms.due_at is None
    leak.know(handling_ended_at=instant(leak.now))
    running = leak.duty(FINAL).terms
    assert running.due_at == leak.now + timedelta(days=30)
    leak.know(handling_ended_at="unknown")
    assert leak.duty(FINAL).terms.due_at == running.due_at
    leak.know(first_signal_at="unknown")
    assert leak.duty(OTHER).terms.due_at == leak.now + timedelta(hours=4)
    leak.later(days=1)
    leak.know(handling_ended_at=instant(leak.now))
    assert leak.duty(FINAL).terms.due_at == leak.now + timedelta(days=30)


@pytest.mark.parametrize("between", [False, "unknown"])
def test_changing_a_fact_to_and_fro_gains_no_time(opened, between):
    opened.do(c.Triage(confirmed=True))
    opened.later(hours=30)
    opened.know(crime_suspected=True)
    due = opened.now + timedelta(hours=24)
    assert opened.duty(POLICE).terms.due_at == due
    opened.later(hours=20)
    opened.know(crime_suspected=between)
    opened.know(crime_suspected=True)
    assert (opened.duty(POLICE).terms.due_at, opened.duty(POLICE).status) == (due, "open")


def test_the_plans_activation_meets_what_it_fulfils_even_when_it_opens_later(opened):
    opened.do(c.Triage(confirmed=True))
    assert opened.duty("CN-NDSR-11-PLAN").status == "open"
    opened.later(hours=2)
    opened.do(c.ActivatePlan())
    plan = opened.duty("CN-NDSR-11-PLAN")
    assert (plan.status, plan.evidence.at) == ("met", opened.now), "a target of ours is never late"


def test_evidence_from_outside_needs_two_where_it_stands_for_a_filing(leak):
    key = leak.duty(OTHER).key
    assert leak.no(settle(key, leak)) == "needs_second_person"
    assert leak.no(settle(key, leak, at=leak.now + timedelta(hours=1))) == "in_future"
    leak.agree(f"settle/{key}")
    leak.later(hours=9)
    early = settle(key, leak, at=leak.now - timedelta(days=30))
    assert leak.no(early) == "aware_after_report"
    done = leak.do(settle(key, leak))
    assert done[:2] == ["DutyMet", "FactRecorded"], "what follows on the report counts from its instant"
    assert set(done[2:]) <= {"DutyRevised"}
    assert leak.state.known("reported_at") == {OTHER: instant(leak.now)}
    assert leak.duty(OTHER).status == "met_late"


def test_a_duty_by_record_takes_one_persons_evidence(leak):
    key = leak.duty("CN-CSL-27").key
    record = leak.state.duties[str(key)].model_copy(update={"by": "record"})
    leak.state = leak.state.model_copy(update={"duties": {**leak.state.duties, str(key): record}})
    leak.history = []
    leak.take = list
    assert [type(fact.body).__name__ for fact in leak.do(settle(key, leak))] == ["DutyMet"]


def test_secrets_bar_ordinary_channels(leak):
    key = leak.duty(OTHER).key
    number = leak.report(key, filed=None)
    leak.do(c.DraftAnnouncement())
    leak.hear(c.AnnouncementWord(announcement=1, sha256="d" * 64))
    leak.agree("announcement/1")
    individuals = leak.duty("CN-PIPL-57-IND").key
    leak.know(state_secret_suspected=True)
    leak.withdraw(individuals)
    publish = c.PublishAnnouncement(announcement=1)
    assert leak.no(publish) == "channel_blocked"
    assert leak.duty(OTHER).terms.blocked
    assert leak.no(c.FileReport(report=number, channel="email")) == "channel_blocked"
    leak.do(c.FileReport(report=number, channel="in_person"))
    assert leak.duty("CN-SECRET-24H/secrecy-administration").terms.answer == "owed"
    leak.know(state_secret_suspected=False)
    assert leak.do(publish) == ["AnnouncementReleased"], "what was let go meanwhile bars nothing any more"


FACTS = st.dictionaries(
    st.sampled_from(
        ["cii_affected", "harms_individuals", "crime_suspected", "state_secret_suspected", "minors"]
    ),
    st.sampled_from([True, False, "unknown"]),
    min_size=1,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(FACTS, min_size=1, max_size=5), st.booleans())
def test_whatever_is_recorded_no_clock_falls_silent_and_a_repeat_changes_nothing(
    new_case, stories, confirmed
):
    case = new_case()
    case.observe(case.alert())
    if confirmed:
        case.do(c.Triage(confirmed=True))
    for values in stories:
        before = case.state.duties
        case.later(minutes=10)
        case.know(**values)
        assert case.know(**values) == []
        for key, duty in before.items():
            after = case.state.duties[key]
            assert duty.settled or after.status in {"open", "proposed"}
            assert duty.terms.due_at is None or after.terms.due_at is not None
            assert (after.status == "proposed") == (after.terms.answer == "not_owed")
