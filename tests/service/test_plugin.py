"""What the plugin changes in every worker that is made with it."""

import asyncio
import time

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

from service.plugin import PATIENCE, plugin

# Longer than the SDK's own limit, much shorter than ours.
PAUSE = 3.0


@workflow.defn(sandboxed=False)
class Paused:
    """A turn during which the machine stands still: a snapshot, a migration, a busy host."""

    @workflow.run
    async def run(self) -> str:
        time.sleep(PAUSE)  # noqa: ASYNC251  what a machine that stands still does to a workflow
        return "done"


@pytest.fixture
def client(temporal_client):
    return Client(**{**temporal_client.config(), "plugins": [plugin()]})


async def test_a_machine_that_stands_still_fails_no_workflow(client):
    assert PATIENCE > PAUSE
    async with Worker(client, task_queue="paused", workflows=[Paused]):
        handle = await client.start_workflow(Paused.run, id="paused", task_queue="paused")
        assert await asyncio.wait_for(handle.result(), 60) == "done"
    history = await handle.fetch_history()
    kinds = [event.WhichOneof("attributes") for event in history.events]
    assert "workflow_task_failed_event_attributes" not in kinds
