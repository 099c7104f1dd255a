"""A clock hears every order, whenever it comes, and rings whatever becomes of its words."""

import asyncio
from datetime import UTC, datetime, timedelta

from domain.clock import ClockOrder, ClockSettled
from domain.ids import clock_stream
from tests.stories.case import Case
from tests.stories.proof import folded
from tests.stories.test_lone_clock import KEY, lone, unknown_incident
from tests.stories.test_the_ledger_away import locked
from tests.stories.wait import until
from workflows.clock import DutyClock
from workflows.options import DECIDE


async def started(house, opening):
    name = clock_stream(opening.incident, str(KEY))
    await house.client.start_workflow(DutyClock.run, opening, id=name, task_queue=DECIDE)
    # By id alone, so that it finds whichever run there is.
    handle = house.client.get_workflow_handle_for(DutyClock.run, name)
    return handle, Case(house, opening.incident), name


async def test_orders_that_come_while_it_continues_as_new_are_all_heard(house):
    opening = lone(unknown_incident()).model_copy(update={"history_limit": 15})
    handle, case, name = await started(house, opening)
    due = opening.order.due_at
    for number in range(1, 31):
        due = opening.order.due_at + timedelta(minutes=number)
        await handle.signal(DutyClock.order, ClockOrder(due_at=due, legal=True))
    # Less than the ten seconds after which the server would give a lost task out again.
    state = await case.clock_until(lambda clock: clock.due_at == due, KEY, 9)
    assert [alarm.percent for alarm in state.alarms] == [50, 75, 90, 100]
    found = [each async for each in house.client.list_workflows(f'WorkflowId = "{name}"')]
    assert len(found) > 1
    order = ClockOrder(due_at=due, legal=True, settled=ClockSettled(outcome="withdrawn", reason="a test"))
    await handle.signal(DutyClock.order, order)
    assert await house.client.get_workflow_handle(name).result() == "withdrawn"
    assert folded(house, opening.incident, name) == await case.clock(KEY)
    assert case.types(name)[0] == "ClockStarted"
    assert case.types(name)[-1] == "ClockSettled"


async def test_it_continues_as_new_while_the_ledger_is_away_and_writes_everything_later(house):
    opening = lone(unknown_incident()).model_copy(update={"history_limit": 15})
    with locked(house):
        handle, case, name = await started(house, opening)
        first, minutes = (await handle.describe()).run_id, 0

        async def another_run():
            nonlocal minutes
            minutes += 1
            due = opening.order.due_at + timedelta(minutes=minutes)
            await handle.signal(DutyClock.order, ClockOrder(due_at=due, legal=True))
            return (await handle.describe()).run_id != first

        # Less than the ten seconds after which the server would give a lost task out again.
        await until(another_run, 8)
        assert case.types(name) == []
    later = ClockOrder(due_at=opening.order.due_at, legal=True, offset=timedelta(hours=2, minutes=1))
    await handle.signal(DutyClock.order, later)
    await case.written("AlarmRung", name)
    assert case.types(name)[0] == "ClockStarted"
    assert "ClockRescheduled" in case.types(name)
    await handle.terminate("the test is over")


async def test_the_same_order_again_changes_nothing(house):
    opening = lone(unknown_incident())
    handle, case, name = await started(house, opening)
    await case.written("ClockStarted", name)
    await asyncio.gather(*(handle.signal(DutyClock.order, opening.order) for _ in range(5)))
    later = opening.order.model_copy(update={"offset": timedelta(hours=2, minutes=1)})
    await handle.signal(DutyClock.order, later)
    await handle.signal(DutyClock.order, later)
    await case.written("AlarmRung", name)
    assert case.types(name) == ["ClockStarted", "AlarmRung"]
    await handle.terminate("the test is over")


async def test_a_deadline_moved_ahead_arms_the_alarms_anew(house):
    opening = lone(unknown_incident(), hours=5)
    handle, case, name = await started(house, opening)
    await case.written("DutyLapsed", name)
    moved = datetime.now(UTC) + timedelta(hours=5)
    await handle.signal(DutyClock.order, ClockOrder(due_at=moved, legal=True))
    state = await case.clock_until(lambda clock: clock.due_at == moved and clock.rung, KEY)
    # Five of its ten hours are over: half of the new time, and the old lapse stays on record.
    assert state.rung == (50,)
    assert state.lapsed_at == opening.order.due_at

    async def rung_last():
        return case.types(name)[-2:] == ["ClockRescheduled", "AlarmRung"]

    await until(rung_last)
    await handle.terminate("the test is over")


async def test_a_malformed_order_is_dropped_and_it_rings_on(house):
    opening = lone(unknown_incident())
    handle, case, name = await started(house, opening)
    await handle.signal("order", {"due_at": "whenever"})
    later = opening.order.model_copy(update={"offset": timedelta(hours=2, minutes=1)})
    await handle.signal(DutyClock.order, later)
    await case.written("AlarmRung", name)
    await handle.terminate("the test is over")
