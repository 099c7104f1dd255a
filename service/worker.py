"""Workers: what each role does at once, and how it leaves without dropping what it holds."""

import asyncio
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import (
    PollerBehaviorAutoscaling,
    ResourceBasedSlotConfig,
    Worker,
    WorkerDeploymentConfig,
    WorkerTuner,
)

from service.compose import Composition, Role
from service.registration import missing
from service.settings_parts import Workers
from service.temporal_error import TemporalError
from workflows.registry import ALL

# A batch writes the outcomes of its present chunk before it leaves; the others end within seconds.
GRACE: Final = timedelta(seconds=30)
DELIVERY_GRACE: Final = timedelta(seconds=60)
# Many clocks of one second wait for one another: a task given back meanwhile costs a replay besides.
KEPT: Final = timedelta(seconds=20)
HEARD: Final = timedelta(milliseconds=500)
_SPARE_THREADS: Final = 4


async def check(client: Client) -> None:
    """Refuse to start where a search attribute is missing: it would stop every workflow.

    Raises:
        TemporalError: `temporal.namespace`, naming what is missing.

    """
    absent = await missing(client)
    if absent:
        raise TemporalError(
            "temporal.namespace",
            f"the namespace {client.namespace} lacks the search attributes {', '.join(absent)}: "
            "run tocsin init.",
        )


def workers(client: Client, parts: Composition, roles: Collection[Role]) -> list[Worker]:
    """Make a worker for each role, not yet running."""
    slots = parts.settings.workers
    return [_worker(client, parts, role, slots) for role in Role if role in roles]


async def serve(running: Sequence[Worker], stop: asyncio.Event) -> None:
    """Run workers until `stop`, then let each finish what it holds, all at the same time.

    Raises:
        Exception: whatever ended a worker before it was asked to.

    """
    tasks = [asyncio.create_task(worker.run()) for worker in running]
    asked = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({*tasks, asked}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
        await asyncio.gather(*(worker.shutdown() for worker in running))
        await asyncio.gather(*tasks)


def _worker(client: Client, parts: Composition, role: Role, slots: Workers) -> Worker:
    at_once = {
        Role.DECIDE: slots.decide,
        Role.ACT: slots.act,
        Role.DELIVER_MAIL: slots.mail,
        Role.DELIVER_SMS: slots.sms,
    }[role]
    delivers = role in {Role.DELIVER_MAIL, Role.DELIVER_SMS}
    return Worker(
        client,
        task_queue=role.value,
        workflows=ALL if role is Role.DECIDE else (),
        activities=parts.activities[role],
        # A thread for every act that may run, or an act would hold a slot and wait for a thread.
        activity_executor=ThreadPoolExecutor(at_once + _SPARE_THREADS, thread_name_prefix=role.value),
        # A hold must reach a batch within two seconds, and reaches it as the answer to a heartbeat.
        max_heartbeat_throttle_interval=HEARD,
        default_heartbeat_throttle_interval=HEARD,
        graceful_shutdown_timeout=DELIVERY_GRACE if delivers else GRACE,
        sticky_queue_schedule_to_start_timeout=KEPT,
        max_task_queue_activities_per_second=(
            slots.sms_batches_per_second if role is Role.DELIVER_SMS else None
        ),
        **_limits(role, at_once),
        **_versioned(slots.build_id),
    )


def _limits(role: Role, at_once: int) -> dict[str, Any]:
    match role:
        case Role.DECIDE:
            return {"max_concurrent_workflow_tasks": at_once, "max_concurrent_activities": at_once}
        case Role.ACT:
            acts = ResourceBasedSlotConfig(minimum_slots=min(5, at_once), maximum_slots=at_once)
            tuner = WorkerTuner.create_resource_based(
                target_memory_usage=0.8, target_cpu_usage=0.9, activity_config=acts
            )
            return {"tuner": tuner}
    # The provider is the limit of a delivery, not this machine.
    polling = PollerBehaviorAutoscaling(minimum=1, initial=2, maximum=10)
    return {"max_concurrent_activities": at_once, "activity_task_poller_behavior": polling}


def _versioned(build_id: str) -> dict[str, Any]:
    if not build_id:
        return {}
    config = WorkerDeploymentConfig(
        version=WorkerDeploymentVersion("tocsin", build_id),
        use_worker_versioning=True,
        # An incident and its clocks outlive every worker: none may wait for one that is gone.
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
    return {"deployment_config": config}
