"""The auditor beside real incidents and real clocks: silent while they run, heard when one does not."""

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from domain.ids import clock_stream
from domain.rules_duty import GRADING
from service.auditor.look import opened
from tests.stories.case import OUTAGE
from tests.stories.wait import until


async def test_a_real_clock_is_missed_when_it_is_terminated_and_a_reset_brings_it_back(house, case):
    # Other stories' incidents share this server; some of them end theirs by force.
    auditor = opened(house.settings)

    async def about_ours(*wanted):
        last = []

        async def seen():
            look = await auditor.look()
            assert look.complete, look.findings
            last[:] = [each for each in look.findings if case.incident in each.subject]
            return sorted(each.kind for each in last) == sorted(wanted)

        try:
            await until(seen, 20)
        except AssertionError:
            assert last == wanted
            raise

    stream = clock_stream(case.incident, str(GRADING))
    await case.written("ClockStarted", stream)
    await about_ours()

    handle = house.client.get_workflow_handle(stream)
    await handle.terminate("somebody slipped")
    await about_ours("clock.terminated")

    tasks = [
        event.event_id
        async for event in handle.fetch_history_events()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    await house.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=house.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=stream),
            reason="brought back as docs/auditor.md says",
            workflow_task_finish_event_id=tasks[-1],
            request_id="again",
        )
    )
    await about_ours("clock.reset")

    # It rings on from where it was, and the incident's own clocks are all there.
    await case.advance(hours=1)
    await case.written("AlarmRung", stream)
    await case.leak(**OUTAGE)
    await about_ours()
