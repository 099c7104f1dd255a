"""A false alarm, and a closed incident that gets another alert."""

import uuid

from domain import commands as c
from domain.rules_duty import GRADING
from tests.stories.case import Case, opened
from tests.stories.proof import prove


async def test_a_false_alarm(case):
    state = await case.until(lambda state: state.duties[str(GRADING)].armed)
    assert list(state.duties) == [str(GRADING)]
    assert (await case.refused(c.Triage(confirmed=False), reason="")).code == "needs_reason"
    assert (await case.refused(c.CloseIncident(), "officer")).code == "still_owed"
    await case.order(c.Triage(confirmed=False), reason="the read was our own backup")
    assert (await case.clock_until(lambda clock: clock.settled, GRADING)).settled.outcome == "met"
    assert (await case.refused(c.CloseIncident(), "officer")).code == "needs_second_person"
    await case.agree("close", "liaison")
    assert (await case.refused(c.CloseIncident(), "liaison")).code == "needs_second_person"
    await case.order(c.CloseIncident(), "officer")
    await case.until(lambda state: state.phase == "closed")
    told = await case.refused(c.Triage(confirmed=True))
    assert told.code == "closed"
    assert case.types().count("IncidentClosed") == 1
    await prove(case)


async def test_a_closed_incident_that_gets_another_alert_is_followed_up(house):
    external = uuid.uuid4().hex
    first = await opened(house, external=external)
    await first.false_alarm()
    await house.client.get_workflow_handle(f"incident/{first.incident}").result()

    second = await opened(house, external=external)
    assert second.incident == f"{first.incident}~2"
    state = await second.state()
    assert state.opened.follows == first.incident
    assert state.phase == "detected"

    third = await opened(house, external=external)
    assert third.incident == second.incident
    assert (await second.state()).alerts == 2
    assert (await first.state()).alerts == 1
    await prove(first)
    await prove(second)


async def test_a_repeat_of_one_delivery_opens_nothing_twice(house):
    external = uuid.uuid4().hex
    case = await opened(house, external=external)
    others = [await opened(house, external=uuid.uuid4().hex) for _ in range(2)]
    assert len({case.incident, *(other.incident for other in others)}) == 3
    assert all(isinstance(other, Case) for other in others)
    assert case.types().count("IncidentOpened") == 1
