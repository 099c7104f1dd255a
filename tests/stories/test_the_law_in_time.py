"""What the law asks as facts come in late, deadlines pass, and triggers go and come again."""

from datetime import timedelta

from domain import commands as c
from domain.facts import DutyKey
from domain.ids import clock_stream
from tests.stories.case import FOUR_HOURS
from tests.stories.proof import prove

CII = DutyKey(duty="CN-NCIRM-4-CII", authority="psb")


def duty(state, key):
    return state.duties[str(key)]


def stream(case, key):
    return clock_stream(case.incident, str(key))


async def test_facts_that_arrive_late_open_duties_whose_time_began_earlier(case):
    opened = await case.state()
    aware = opened.facts["first_signal_at"].at
    await case.order(c.Triage(confirmed=True))
    state = await case.until(lambda state: duty(state, FOUR_HOURS).armed and duty(state, CII).armed)
    # Nobody knows yet whom it concerns, so both may be owed, and both clocks run.
    assert duty(state, FOUR_HOURS).terms.answer == duty(state, CII).terms.answer == "unknown"
    assert state.grade.at_least == "一般"

    await case.advance(hours=3)
    await case.facts(persons_affected=1_204_331, personal_information="leaked")
    state = await case.state()
    assert state.grade.at_least == "较大"
    assert duty(state, FOUR_HOURS).terms.answer == "unknown"
    await case.facts(cii_affected=False)
    state = await case.state()
    terms = duty(state, FOUR_HOURS).terms
    assert (terms.answer, terms.legal) == ("owed", True)
    assert abs(terms.due_at - aware - timedelta(hours=4)) < timedelta(seconds=5)
    assert terms.due_at - await case.now() < timedelta(hours=1, minutes=1)
    # Three of its four hours were gone before anybody knew: the alarm that is past rings at once.
    clock = await case.clock_until(lambda clock: 75 in clock.rung)
    assert clock.due_at == terms.due_at
    assert duty(state, CII).status == "proposed"
    await prove(case)


async def test_a_deadline_lapses_stays_open_and_is_met_late(house, case):
    await case.leak()
    name = stream(case, FOUR_HOURS)
    for hours, percent in ((2, 50), (1, 75), (0.61, 90)):
        await case.advance(hours=hours, seconds=1)
        assert (await case.clock_until(lambda clock, p=percent: p in clock.rung)).lapsed_at is None
    await case.advance(minutes=30)
    await case.clock_until(lambda clock: clock.lapsed_at)
    state = await case.until(lambda state: duty(state, FOUR_HOURS).lapsed_at)
    assert duty(state, FOUR_HOURS).status == "open"
    await case.written("DutyLapsed", name)
    assert case.types().count("LapseNoted") >= 1
    await case.advance(hours=1)
    assert (await case.clock_until(lambda clock: clock.overdue)).settled is None
    assert {"officer@story.example", "liaison@story.example"} <= set(case.told())

    refused = await case.refused(c.CloseIncident(), "officer")
    assert str(FOUR_HOURS) in refused.sentence
    await case.report(FOUR_HOURS)
    state = await case.state()
    assert duty(state, FOUR_HOURS).status == "met_late"
    clock = await case.clock_until(lambda clock: clock.settled)
    assert clock.settled.outcome == "met_late"
    assert clock.settled.evidence.number == "R-1"
    await case.written("ClockSettled", name)
    assert await house.client.get_workflow_handle(name).result() == "met_late"
    answers = {"AlarmTold", "AlarmEscalated", "FilingNoted"}
    said = [kind for kind in case.types(name) if kind not in answers]
    assert said == ["ClockStarted", *["AlarmRung"] * 4, "DutyLapsed", "OverdueRung", "ClockSettled"]
    await prove(case)


async def test_a_duty_proposed_for_withdrawal_rings_until_two_persons_let_it_go(case):
    await case.leak()
    await case.facts(cii_affected=True)
    state = await case.state()
    assert duty(state, FOUR_HOURS).status == "proposed"
    await case.advance(hours=5)
    clock = await case.clock_until(lambda clock: clock.lapsed_at)
    assert clock.settled is None

    alone = await case.refused(c.WithdrawDuties(duties=(FOUR_HOURS,)), "liaison")
    assert alone.code == "needs_second_person"
    assert (await case.clock()).settled is None
    await case.agree(f"withdraw/{FOUR_HOURS}")
    await case.order(c.WithdrawDuties(duties=(FOUR_HOURS,)), "liaison")
    clock = await case.clock_until(lambda clock: clock.settled)
    assert clock.settled.outcome == "withdrawn"
    await case.written("ClockSettled", stream(case, FOUR_HOURS))
    rung = case.types(stream(case, FOUR_HOURS))

    await case.facts(cii_affected=False)
    again = FOUR_HOURS.model_copy(update={"n": 2})
    state = await case.until(lambda state: str(again) in state.duties and duty(state, again).armed)
    assert duty(state, FOUR_HOURS).status == "withdrawn"
    assert duty(state, again).status == "open"
    assert (await case.clock_until(lambda clock: clock.lapsed_at, again)).due_at == clock.due_at
    assert case.types(stream(case, FOUR_HOURS)) == rung, "a settled clock says nothing more"
    await prove(case)
