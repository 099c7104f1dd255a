"""An installation to be audited: facts that a test writes, and workflows that do only what it says."""

import asyncio
import itertools
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy, SearchAttributePair, TypedSearchAttributes
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from domain import clock as k
from domain import facts as f
from domain.fact import Fact
from domain.organisation import Organisation
from ledger.database import Database
from ledger.migrate import migrate
from ledger.store import Store
from service.auditor.look import Auditor, opened
from service.client import connect
from service.registration import register
from service.settings import Settings
from workflows.search import DEADLINE

KEY = f.DutyKey(duty="CN-NCIRM-4-OTHER", authority="cac-provincial")
numbers = itertools.count(1)


@activity.defn(name="test.never")
async def never() -> None:
    raise ValueError("not yet")


class Waiting:
    """Waits for the word to end; `how` says what goes wrong meanwhile."""

    def __init__(self) -> None:
        self.over = False

    async def wait(self, how: str) -> None:
        if how == "broken":
            raise RuntimeError("this code cannot run")
        if how == "acting":
            retry = RetryPolicy(initial_interval=timedelta(minutes=10))
            task = workflow.start_activity(
                never,
                activity_id="a",
                task_queue="act",
                start_to_close_timeout=timedelta(minutes=1),
                retry_policy=retry,
            )
            await workflow.wait_condition(lambda: self.over or task.done())
        await workflow.wait_condition(lambda: self.over)


@workflow.defn(name="Incident")
class WaitingIncident(Waiting):
    @workflow.run
    async def run(self, how: str) -> None:
        await self.wait(how)

    @workflow.signal
    def end(self) -> None:
        self.over = True


@workflow.defn(name="DutyClock")
class WaitingClock(Waiting):
    @workflow.run
    async def run(self, how: str) -> None:
        await self.wait(how)

    @workflow.signal
    def end(self) -> None:
        self.over = True


@dataclass
class Watched:
    """One installation of a test's own."""

    settings: Settings
    client: Client
    ledger: Store
    versions: dict[str, int] = field(default_factory=dict)

    def auditor(self, **changes: object) -> Auditor:
        part = self.settings.auditor.model_copy(update=changes)
        return opened(self.settings.model_copy(update={"auditor": part}))

    def write(self, stream: str, *bodies: object, at: datetime) -> None:
        first = self.versions.get(stream, 0) + 1
        lines = [
            Fact(stream=stream, version=version, at=at, actor="ana", body=body).line()
            for version, body in enumerate(bodies, first)
        ]
        self.ledger.append(stream, lines)
        self.versions[stream] = lines[-1].version

    async def start(self, kind: str, stream: str, how: str = "", due: datetime | None = None):
        attributes = TypedSearchAttributes([SearchAttributePair(DEADLINE, due)] if due else [])
        return await self.client.start_workflow(
            kind, how, id=stream, task_queue="decide", search_attributes=attributes
        )

    async def incident(self, *, keys=(KEY,), clocks: bool = True, how: str = "", ago=timedelta(hours=1)):
        """Write an incident an hour old with a duty due in three hours, and have it and its clocks run."""
        incident = f"I-{uuid.uuid4().hex[:12].upper()}"
        stream, at = f"incident/{incident}", datetime.now(UTC) - ago
        due = at + timedelta(hours=4)
        terms = f.DutyTerms(answer="owed", reason="r", clock_start=at, due_at=due, legal=True)
        duties = [
            f.DutyOpened(key=key, by="report", title="t", article="a", recipient="r", terms=terms)
            for key in keys
        ]
        opening = f.IncidentOpened(
            incident=incident,
            correlation="c",
            severity=3,
            category="exfiltration",
            organisation=Organisation(),
            playbook="p",
            playbook_digest="d",
            packs_digest="d",
        )
        self.write(stream, opening, *duties, at=at)
        await self.start("Incident", stream)
        if clocks:
            for key in keys:
                await self.clock(incident, key, due, at, how)
        return incident, due

    async def clock(self, incident: str, key, due: datetime, at: datetime, how: str = ""):
        stream = f"incident/{incident}/duty/{key}"
        alarms = k.alarms(at, due, (50, 100))
        body = k.ClockStarted(key=key, started_at=at, due_at=due, legal=True, alarms=alarms)
        self.write(stream, body, at=at)
        return await self.start("DutyClock", stream, how, due)


@asynccontextmanager
async def watched(temporal, keys, folder, url: str, *, manned: bool = True, **auditor):
    """Have an empty installation for the block, with workers unless they are left away."""
    namespace = f"watched-{next(numbers)}"
    await asyncio.to_thread(migrate, url)
    client = await connect(temporal.address, namespace, keys)
    await register(client)
    database = Database(url)
    settings = Settings(
        data_dir=folder,
        ledger_url=url,
        temporal_address=temporal.address,
        temporal_namespace=namespace,
        operators={"ana": {}},
        auditor={"second_look_seconds": 0, "language": "en", **auditor},
    )
    ours = Watched(settings, client, Store(database))
    try:
        if not manned:
            yield ours
            return
        runner = UnsandboxedWorkflowRunner()
        both = [WaitingIncident, WaitingClock]
        async with (
            Worker(client, task_queue="decide", workflows=both, activities=[never], workflow_runner=runner),
            Worker(client, task_queue="act", activities=[never]),
        ):
            yield ours
    finally:
        database.close()
