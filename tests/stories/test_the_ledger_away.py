"""The ledger away for a while: clocks ring, commands wait, and nothing that was acknowledged is lost."""

import asyncio
import sqlite3
from contextlib import contextmanager

import httpx
import pytest

from domain.ids import clock_stream, incident_stream
from tests.disk import full
from tests.stories.case import Case, finding
from tests.stories.proof import folded, prove
from tests.stories.test_lone_clock import KEY, lone, unknown_incident
from tests.stories.wait import until
from workflows.clock import DutyClock
from workflows.options import DECIDE


@contextmanager
def locked(house):
    """Another process holds the ledger's file: nobody can write."""
    holder = sqlite3.connect(house.settings.place.sqlite_file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


async def test_a_clock_rings_without_the_ledger_and_its_facts_are_written_later(house):
    opening = lone(unknown_incident(), hours=3, minutes=59, seconds=58)
    case, name = Case(house, opening.incident), clock_stream(opening.incident, str(KEY))
    with locked(house):
        handle = await house.client.start_workflow(DutyClock.run, opening, id=name, task_queue=DECIDE)

        async def rung():
            # Ninety per cent were over at the start; the deadline comes while the ledger is away.
            return case.told().count("officer@story.example") == 2

        await until(rung)
        assert (await handle.query(DutyClock.state)).lapsed_at == opening.order.due_at
        assert case.types(name) == []
    await case.written("DutyLapsed", name)
    assert case.types(name) == ["ClockStarted", "AlarmRung", "AlarmRung", "DutyLapsed"]
    assert folded(house, opening.incident, name) == await handle.query(DutyClock.state)
    await handle.terminate("the story is over")


async def test_a_full_disk_loses_nothing_that_was_acknowledged(house, case):
    lines = list((await case.facts(persons_affected=1)).lines)
    with full(house.parts.memory):
        large = finding(f"while-full-{'x' * 200_000}")
        with pytest.raises(httpx.HTTPStatusError) as refused:
            await house.post("siem", large)
        assert refused.value.response.status_code == 503
        # A few more facts may find room in pages that are not full; then one has to wait.
        for number in range(2, 200):
            waiting = asyncio.create_task(case.facts(persons_affected=number))
            if await until(lambda task=waiting: _done_or_tried(case, task)) == "tried":
                break
            lines += (await waiting).lines
        assert not waiting.done()
        assert (await case.state()).version == lines[-1].version
    lines += (await asyncio.wait_for(waiting, 40)).lines
    written = {entry.line.version: entry.line for entry in house.ledger.read(incident_stream(case.incident))}
    assert all(written[line.version] == line for line in lines)
    assert (await case.state()).version == lines[-1].version
    again = await house.post("siem", large)
    assert (await house.became(again["delivery"]))["status"] == "carried"
    await prove(case)


async def _done_or_tried(case, task):
    if task.done():
        return "done"
    described = await case.house.client.get_workflow_handle(incident_stream(case.incident)).describe()
    return "tried" if any(each.attempt > 1 for each in described.raw_description.pending_activities) else ""
