"""What its own parts tell an incident is heard, whatever it is doing at that moment."""

import asyncio
from datetime import UTC, datetime

from domain import commands as c
from domain.ids import incident_stream
from domain.rules_duty import GRADING
from tests.stories.proof import prove
from tests.stories.short import opened_short
from tests.stories.test_the_ledger_away import locked
from tests.stories.wait import until
from workflows.incident import Incident

# Orders take it there from where its opening leaves it.
LIMIT = 27


async def test_a_word_is_heard_that_comes_while_orders_keep_an_incident_from_continuing(house):
    case = await opened_short(house, LIMIT)
    await case.until(lambda state: state.duties[str(GRADING)].armed)
    handle = house.client.get_workflow_handle_for(Incident.run, incident_stream(case.incident))
    first = (await handle.describe()).run_id
    with locked(house):
        orders = [asyncio.create_task(case.facts(persons_affected=number)) for number in range(9)]

        async def long_enough():
            return (await handle.describe()).history_length >= LIMIT

        await until(long_enough)
        word = c.ClockLapsedWord(key=GRADING, at=datetime.now(UTC))
        await handle.signal(Incident.hear, c.Heard(component="clock", word=word))
    await asyncio.gather(*orders)
    await case.written("LapseNoted")

    async def another_run():
        return (await handle.describe()).run_id != first

    await until(another_run)
    await prove(case)
