"""How the auditor sees Temporal: lists for the whole, descriptions for what must be exact.

Raw calls, because the SDK's own `list` and `describe` stumble over a paused workflow; and without payload
keys, because nothing that is asked for is encrypted.
"""

import asyncio
import json
import os
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.enums.v1 import TaskQueueType, WorkflowExecutionStatus
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    DescribeTaskQueueRequest,
    DescribeWorkflowExecutionRequest,
    DescribeWorkflowExecutionResponse,
    ListWorkflowExecutionsRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.audit import Seen, Status
from service.connection import temporal_address
from service.settings import Settings
from service.temporal_error import TemporalError

CONNECT: Final = timedelta(seconds=10)
# A call is tried again for ten seconds: a server counts how often it is asked for a list.
CALL: Final = timedelta(seconds=15)
PAGE: Final = 1_000
AT_ONCE: Final = 16
# A poll that finds nothing ends after a minute; a server remembers pollers for five.
POLLED_WITHIN: Final = timedelta(seconds=150)
QUERY: Final = 'WorkflowType IN ("Incident", "DutyClock", "Campaign", "Referral") AND CloseTime IS NULL'
_STATUS: Final[Mapping[int, Status]] = {
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING: "running",
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED: "paused",
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED: "completed",
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_FAILED: "failed",
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_CANCELED: "canceled",
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TERMINATED: "terminated",
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TIMED_OUT: "timed_out",
    # Between two runs of one workflow: the next one is there in a moment.
    WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW: "running",
}


# What TemporalPauseInfo says of a workflow itself; the rest is of its activities.
_WORKFLOW_PAUSED: Final = ("Workflow:", "Reason:")


class TemporalEye:
    """Asks one server; remembers of each run whether a reset made it, which only a description tells."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._resets: dict[str, datetime | None] = {}

    @classmethod
    async def open(cls, settings: Settings) -> Self:
        """Connect as the settings say.

        Raises:
            TemporalError: `temporal.unreachable`.

        """
        key = settings.temporal_api_key
        address = temporal_address(settings)
        try:
            client = await Client.connect(
                address,
                namespace=settings.temporal_namespace,
                tls=settings.temporal_tls,
                api_key=key.get_secret_value() if key else None,
                connect_timeout=CONNECT,
                identity=f"tocsin-auditor/{os.getpid()}",
            )
        except (RuntimeError, ValueError) as error:
            raise TemporalError("temporal.unreachable", f"no Temporal server answers at {address}") from error
        return cls(client)

    async def running(self) -> dict[str, Seen]:
        """List every workflow that has not ended; a list may be a moment behind.

        Raises:
            TemporalError: `temporal.unreachable`, when the server does not answer.

        """
        found: dict[str, Seen] = {}
        token = b""
        while True:
            request = ListWorkflowExecutionsRequest(
                namespace=self._client.namespace, page_size=PAGE, next_page_token=token, query=QUERY
            )
            try:
                answer = await self._client.workflow_service.list_workflow_executions(
                    request, retry=True, timeout=CALL
                )
            except RPCError as error:
                raise _silent(error) from error
            for info in answer.executions:
                found[info.execution.workflow_id] = self._seen(info)
            token = answer.next_page_token
            if not token:
                break
        there = {seen.run for seen in found.values()}
        self._resets = {run: at for run, at in self._resets.items() if run in there}
        return found

    def unlooked(self, seen: Iterable[Seen], most: int) -> tuple[str, ...]:
        """Name workflows whose run has never been described, `most` of them."""
        return tuple(each.stream for each in seen if each.run not in self._resets)[:most]

    async def exact(self, streams: Collection[str]) -> dict[str, Seen]:
        """Describe workflows exactly; one that is not there is left out.

        Raises:
            TemporalError: `temporal.unreachable`, when the server does not answer.

        """
        waiting = iter(streams)
        found: dict[str, Seen] = {}

        async def work() -> None:
            for stream in waiting:
                seen = await self._described(stream)
                if seen is not None:
                    found[stream] = seen

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(AT_ONCE, len(streams))):
                    group.create_task(work())
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        return found

    async def unpolled(self, queues: Iterable[tuple[str, bool]], now: datetime) -> tuple[str, ...]:
        """Name the queues that no worker takes from; each comes with whether workflows wait in it.

        Raises:
            TemporalError: `temporal.unreachable`, when the server does not answer.

        """
        return tuple([name for name, decides in queues if not await self._polled(name, now, decides=decides)])

    async def _polled(self, queue: str, now: datetime, *, decides: bool) -> bool:
        kinds = [TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY]
        if decides:
            kinds.append(TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW)
        for kind in kinds:
            request = DescribeTaskQueueRequest(
                namespace=self._client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
            )
            try:
                answer = await self._client.workflow_service.describe_task_queue(
                    request, retry=True, timeout=CALL
                )
            except RPCError as error:
                raise _silent(error) from error
            if not any(now - _instant(poller.last_access_time) < POLLED_WITHIN for poller in answer.pollers):
                return False
        return True

    async def _described(self, stream: str) -> Seen | None:
        request = DescribeWorkflowExecutionRequest(
            namespace=self._client.namespace, execution=WorkflowExecution(workflow_id=stream)
        )
        try:
            answer = await self._client.workflow_service.describe_workflow_execution(
                request, retry=True, timeout=CALL
            )
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise _silent(error) from error
        info = answer.workflow_execution_info
        extended = answer.workflow_extended_info
        reset = _instant(extended.last_reset_time) if extended.HasField("last_reset_time") else None
        self._resets[info.execution.run_id] = reset
        seen = self._seen(info)
        if _paused_activity(answer) and not seen.paused_activity:
            return seen.model_copy(update={"paused_activity": True})
        return seen

    def _seen(self, info: WorkflowExecutionInfo) -> Seen:
        fields = info.search_attributes.indexed_fields
        run = info.execution.run_id
        paused = _words(fields, "TemporalPauseInfo")
        return Seen(
            stream=info.execution.workflow_id,
            status=_STATUS.get(info.status, "running"),
            run=run,
            started_at=_instant(info.start_time),
            closed_at=_instant(info.close_time) if info.HasField("close_time") else None,
            due_at=_due(fields),
            problems=_words(fields, "TemporalReportedProblems"),
            paused_activity=any(not word.startswith(_WORKFLOW_PAUSED) for word in paused),
            reset_at=self._resets.get(run),
        )


def _paused_activity(answer: DescribeWorkflowExecutionResponse) -> bool:
    return any(activity.paused for activity in answer.pending_activities)


def _instant(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


def _words(fields: Mapping[str, Payload], name: str) -> tuple[str, ...]:
    value = _value(fields, name)
    return tuple(str(word) for word in value) if isinstance(value, list) else (str(value),) if value else ()


def _due(fields: Mapping[str, Payload]) -> datetime | None:
    value = _value(fields, "Deadline")
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


def _value(fields: Mapping[str, Payload], name: str) -> object:
    found = fields.get(name)
    return json.loads(found.data) if found and found.data else None


def _silent(error: RPCError) -> TemporalError:
    # The server's own words may name anything; its status is enough.
    return TemporalError("temporal.unreachable", f"the Temporal server does not answer ({error.status.name})")
