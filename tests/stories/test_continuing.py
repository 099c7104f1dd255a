"""An incident that continues as new, its clocks open all the while."""

from domain import commands as c
from domain.ids import clock_stream
from tests.stories.case import FOUR_HOURS, OUTAGE
from tests.stories.proof import prove
from tests.stories.short import opened_short
from tests.stories.wait import until


async def runs(house, workflow):
    found = [each async for each in house.client.list_workflows(f'WorkflowId = "{workflow}"')]
    return {each.run_id for each in found}


async def test_clocks_survive_their_incident_continuing_as_new(house):
    case = await opened_short(house, 60)
    name, clock = f"incident/{case.incident}", clock_stream(case.incident, str(FOUR_HOURS))
    await case.leak(**OUTAGE)
    number = await case.report(*_of(await case.state(), "competent-department"))

    async def several():
        found = await runs(house, name)
        return found if len(found) > 2 else None

    before = await until(several)
    state = await case.state()
    assert state.reports[number].receipt
    assert state.duties[str(FOUR_HOURS)].status == "open"

    # The clock goes on as new, too, and hears what is wanted of it in whichever run it is.
    async def clock_again():
        await case.advance(minutes=1)
        return len(await runs(house, clock)) > 1

    await until(clock_again)
    await case.advance(hours=2)
    assert (await case.clock_until(lambda found: 50 in found.rung)).settled is None
    await case.report(FOUR_HOURS)
    assert (await case.clock_until(lambda found: found.settled)).settled.outcome == "met"
    assert before < await runs(house, name)
    assert case.types(clock).count("ClockStarted") == 1
    assert case.types().count("IncidentOpened") == 1
    assert (await case.refused(c.CloseIncident(), "officer")).code == "still_owed"
    await prove(case)


def _of(state, authority):
    return [d.key for d in state.duties.values() if d.key.authority == authority and d.by == "report"]
