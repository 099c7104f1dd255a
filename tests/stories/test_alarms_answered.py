"""Alarms that climb until somebody answers, a report that waits for its receipt, and a regulator's wish."""

import asyncio
from datetime import timedelta

import pytest

from domain import commands as c
from domain.clock import AlarmTold
from domain.fact import read
from domain.facts import DutyKey
from domain.ids import clock_stream
from domain.refusal import Refused
from domain.rules_duty import GRADING
from service.clock_desk import ClockDesk
from tests.stories.case import FOUR_HOURS, OUTAGE
from tests.stories.proof import prove
from tests.stories.wait import until

LAST = 2  # the last level of the playbook's escalation
OFFICER, LIAISON, ANALYST = (f"{name}@story.example" for name in ("officer", "liaison", "analyst"))


def told(case, key):
    stream = clock_stream(case.incident, str(key))
    facts = [read(entry.line).body for entry in case.house.ledger.read(stream)]
    return [(body.alarm, body.level, body.people) for body in facts if isinstance(body, AlarmTold)]


async def told_at_last(case, key):
    """Wait until the deadline's own alarm, which the last level hears, stands in the ledger."""

    async def written():
        people = told(case, key)
        return people if people[-1][1] == LAST else None

    return await until(written)


async def reached(case, key, *wanted):
    """Wait until an alarm has reached these people at this level."""
    return await case.clock_until(lambda clock: set(wanted) <= set(clock.told), key)


async def test_an_alarm_climbs_until_somebody_answers_and_the_deadline_rings_all_the_same(house, case):
    desk = ClockDesk(house.client, house.settings.operators)
    await case.leak(**OUTAGE)
    with pytest.raises(Refused) as refused:
        await desk.acknowledge(case.incident, FOUR_HOURS, operator="officer")
    assert refused.value.code == "nothing_rung"

    await case.advance(hours=2, minutes=1)
    await reached(case, FOUR_HOURS, "officer")
    await case.advance(minutes=10)
    clock = await reached(case, FOUR_HOURS, "officer", "liaison")
    assert (clock.alarm, clock.level) == (1, 1)
    answers = await asyncio.gather(
        *(desk.acknowledge(case.incident, FOUR_HOURS, operator="liaison", alarm=1) for _ in range(3))
    )
    assert sum(len(answer.lines) for answer in answers) == 1, "three answers, one fact"
    await case.advance(minutes=30)

    await case.advance(minutes=20)
    clock = await case.clock_until(lambda clock: 75 in clock.rung)
    assert (clock.acknowledged_by, clock.level) == ("", 0), "an answer silences its own alarm only"
    with pytest.raises(Refused) as refused:
        await desk.acknowledge(case.incident, FOUR_HOURS, operator="liaison", alarm=1)
    assert refused.value.code == "alarm_passed"
    await reached(case, FOUR_HOURS, "officer")
    await desk.acknowledge(case.incident, FOUR_HOURS, operator="officer")
    await case.advance(hours=1)
    clock = await reached(case, FOUR_HOURS, "officer", "liaison", "analyst")
    assert clock.lapsed_at
    people = await told_at_last(case, FOUR_HOURS)
    assert people[:3] == [(1, 0, ("officer",)), (1, 1, ("officer", "liaison")), (2, 0, ("officer",))]
    assert people[-1][1] == 2
    await case.report(FOUR_HOURS)
    await case.clock_until(lambda clock: clock.settled)
    await house.client.get_workflow_handle(clock_stream(case.incident, str(FOUR_HOURS))).result()
    with pytest.raises(Refused) as refused:
        await desk.acknowledge(case.incident, FOUR_HOURS, operator="officer")
    assert refused.value.code == "clock_settled"
    await prove(case)


async def test_what_is_filed_rings_on_until_the_receipt_and_says_so(house, case):
    await case.leak(**OUTAGE)
    await case.order(c.DraftReport(form="ncirm-7", duties=(FOUR_HOURS,)), "liaison")
    await case.agree("report/1")
    await case.order(c.FileReport(report=1, channel="portal"), "liaison")
    state = await case.state()
    filed = state.duties[str(FOUR_HOURS)].filed
    assert (filed.channel, filed.reference) == ("portal", "report/1")
    assert state.duties[str(FOUR_HOURS)].status == "open"
    assert (await case.clock_until(lambda clock: clock.filed)).filed == filed
    await case.written("FilingNoted", clock_stream(case.incident, str(FOUR_HOURS)))
    (view,) = [view for view in house.views.clocks(case.incident) if view.key == str(FOUR_HOURS)]
    assert (view.filed_at, view.filed_channel, view.filed_as) == (filed.at, "portal", "report/1")

    await case.advance(hours=4, minutes=1)
    clock = await case.clock_until(lambda clock: clock.lapsed_at)
    assert clock.settled is None, "sending is not filing"
    await reached(case, FOUR_HOURS, "officer", "liaison", "analyst")
    assert any("尚无回执" in subject for subject in case.subjects(OFFICER))
    await case.receipt(1)
    clock = await case.clock_until(lambda clock: clock.settled)
    assert clock.settled.outcome == "met_late"
    await prove(case)


async def test_what_a_regulator_asks_for_has_a_clock_and_blocks_the_close(case):
    await case.order(c.Triage(confirmed=False), reason="our own backup")
    due = await case.now() + timedelta(hours=1)
    request = c.RecordRequest(
        authority="cac-provincial",
        what="the access logs of that day",
        received_at=await case.now(),
        due_at=due,
    )
    await case.order(request, "liaison", "letter 7")
    key = DutyKey(duty="REQUEST-1", authority="cac-provincial")
    await case.until(lambda state: state.duties[str(key)].armed)
    assert (await case.clock(key)).due_at == due
    assert str(key) in (await case.refused(c.CloseIncident(), "officer")).sentence
    await case.advance(hours=1, minutes=1)
    assert (await case.clock_until(lambda clock: clock.lapsed_at, key)).legal
    evidence = {"means": "record", "reference": "delivered on a disk", "number": "7", "by": "liaison"}
    evidence = c.SettleDuty.model_validate({"duty": key, "evidence": {**evidence, "at": await case.now()}})
    await case.order(evidence, "liaison")
    assert (await case.state()).duties[str(key)].status == "met_late"
    await case.close()
    await prove(case)


async def test_nobody_decides_so_the_grading_clock_calls_for_a_provisional_report(case):
    await case.until(lambda state: state.duties[str(GRADING)].armed)
    due = (await case.state()).duties[str(GRADING)].terms.due_at
    await case.advance(seconds=(due - await case.now()).total_seconds() - 29 * 60)
    clock = await case.clock_until(lambda clock: clock.provisional, GRADING)
    await reached(case, GRADING, "officer")
    assert clock.settled is clock.lapsed_at is None
    assert any("先行报告" in subject for subject in case.subjects(OFFICER))
    await case.order(c.Triage(confirmed=False), reason="our own backup")
    await case.clock_until(lambda clock: clock.settled, GRADING)
    await prove(case)


async def test_a_clock_that_somebody_ended_is_noticed_and_runs_again_where_its_record_stands(house, case):
    await case.leak(**OUTAGE)
    name = clock_stream(case.incident, str(FOUR_HOURS))
    await case.advance(hours=2, minutes=1)
    await reached(case, FOUR_HOURS, "officer")
    await case.written("AlarmTold", name)
    await house.client.get_workflow_handle(name).terminate("a slip of the hand")
    desk = ClockDesk(house.client, house.settings.operators)
    with pytest.raises(Refused) as refused:
        await desk.acknowledge(case.incident, FOUR_HOURS, operator="officer")
    assert refused.value.code == "clock_ended"
    await case.advance(minutes=1)
    state = await case.until(lambda state: state.duties[str(FOUR_HOURS)].lost)
    plan = house.parts.library.playbook.alarms
    record = case.folded_clock(FOUR_HOURS)
    await desk.rearm(state, FOUR_HOURS, record, plan, operator="officer")
    await case.until(lambda state: state.duties[str(FOUR_HOURS)].armed)
    with pytest.raises(Refused) as refused:
        await desk.rearm(state, FOUR_HOURS, record, plan, operator="officer")
    assert refused.value.code == "clock_running"
    await case.advance(hours=1)
    assert 75 in (await case.clock_until(lambda clock: 75 in clock.rung)).rung
    await case.report(FOUR_HOURS)
    await case.clock_until(lambda clock: clock.settled)
    kinds = case.types(name)
    assert kinds.count("ClockStarted") == kinds.count("ClockRearmed") == 1
    with pytest.raises(Refused) as refused:
        await desk.rearm(await case.state(), FOUR_HOURS, record, plan, operator="officer")
    assert refused.value.code == "nothing_to_run_to"
    await prove(case)
