"""An incident that goes by other law from the middle of its life on, and keeps it in every run."""

from domain import commands as c
from domain.approval import adoption_subject
from domain.ids import incident_stream
from domain.pack import digest
from tests.stories.case import FOUR_HOURS, OUTAGE
from tests.stories.proof import prove
from tests.stories.short import opened_short
from tests.stories.wait import until


def three_hours(packs):
    """The law with the reporting measure's four hours made three."""
    return tuple(
        pack.model_copy(
            update={
                "duties": tuple(
                    rule.model_copy(update={"deadline": "PT3H"}) if rule.id == FOUR_HOURS.duty else rule
                    for rule in pack.duties
                )
            }
        )
        for pack in packs
    )


async def test_other_law_is_gone_by_through_every_run(house):
    case = await opened_short(house, 60)
    await case.facts(**OUTAGE)
    await case.order(c.Triage(confirmed=True))
    before = (await case.state()).duties[str(FOUR_HOURS)].terms
    law = three_hours(house.parts.library.packs)
    order, new = c.AdoptPacks(packs=law), digest(*law)

    changed = await house.desk.consider(case.incident, law)
    assert [(duty.how, duty.duty) for duty in changed.duties] == [("moves", FOUR_HOURS.duty)]
    assert (await case.refused(order, "liaison")).code == "needs_second_person"
    await case.agree(adoption_subject(new))
    await case.order(order, "liaison")
    state = await case.state()
    moved = state.duties[str(FOUR_HOURS)].terms
    assert state.packs_digest == new
    assert moved.due_at - moved.clock_start < before.due_at - before.clock_start

    async def another_run():
        await case.advance(minutes=1)
        name = incident_stream(case.incident)
        found = [each async for each in house.client.list_workflows(f'WorkflowId = "{name}"')]
        return len(found) > 2

    await until(another_run, 120)
    assert (await house.desk.consider(case.incident, law)).nothing
    await case.facts(persons_affected=5)
    assert (await case.state()).duties[str(FOUR_HOURS)].terms.due_at == moved.due_at
    await prove(case)
