"""An incident that continues as new while orders and alerts do not stop coming."""

import asyncio
from datetime import timedelta

from domain import commands as c
from domain.ids import incident_stream
from tests.stories.case import OUTAGE
from tests.stories.proof import prove
from tests.stories.short import opened_short

LIMIT, WRITERS, EACH = 60, 4, 10


async def test_a_storm_of_orders_lets_it_continue_as_new(house):
    case = await opened_short(house, LIMIT)
    await case.facts(**OUTAGE)

    async def storm():
        for _ in range(EACH):
            await case.order(c.AdvanceTime(by=timedelta(seconds=1)), "officer")

    await asyncio.gather(*(storm() for _ in range(WRITERS)))
    lengths = await runs(house, case.incident)
    assert max(lengths) < 4 * LIMIT, lengths
    assert len(lengths) > 2, lengths
    assert case.types().count("TimeAdvanced") == WRITERS * EACH
    await prove(case)


async def runs(house, incident):
    """How many events each run of an incident has come to, the last one first."""
    client, name = house.client, incident_stream(incident)
    found = [each.run_id async for each in client.list_workflows(f'WorkflowId = "{name}"')]
    return [(await client.get_workflow_handle(name, run_id=run).describe()).history_length for run in found]
