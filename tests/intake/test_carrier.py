"""From the door into a real Temporal server, with the real incident and a real ledger behind it."""

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from temporalio.client import WorkflowExecutionStatus
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.record import Record
from domain import commands as c
from domain.alert import Alert, Observation
from domain.approval import CLOSING, content
from domain.facts import Approval, IncidentOpened
from domain.ids import incident_stream
from domain.line import Line, canonical
from domain.organisation import Organisation
from domain.playbook import Playbook
from domain.turn import Book
from intake.carrier import OpeningRequest, TemporalCarrier, following
from intake.ports import Declined, Passage, Unreachable
from intake.pump import Pump
from ledger.memory import Memory, master_key
from ledger.migrate import migrate
from ledger.port import Status
from service.client import connect
from workflows.incident import Incident
from workflows.opening import Opening
from workflows.options import DECIDE
from workflows.registry import ALL
from workflows.search import SEVERITY

PLAYBOOK = Playbook.model_validate(
    {
        "id": "test",
        "version": 1,
        "title": {"zh": "测试", "en": "test"},
        "steps": [],
        "targets": {"immediate": "PT1H", "promptly": "PT24H"},
        "alarms": {"percents": [50], "repeat": "PT1H", "roles": ["officer"]},
        "notification": {
            "channels": ["sms"],
            "canary": 10,
            "batch": 500,
            "shard": 1000,
            "settle": "PT1H",
            "messages": ["leak"],
        },
    }
)
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def openings(request):
    opened = IncidentOpened(
        incident=request.incident,
        correlation=request.correlation,
        severity=request.severity,
        category=request.category,
        drill=request.drill,
        follows=request.follows,
        organisation=Organisation(name="Example", province="浙江"),
        playbook=PLAYBOOK.id,
        playbook_digest=PLAYBOOK.digest,
        packs_digest="0" * 64,
    )
    book = Book(opening=opened, packs=(), playbook=PLAYBOOK)
    return Opening(incident=request.incident, book=book)


@asynccontextmanager
async def working(client, ledger):
    restrictions = SandboxRestrictions.default.with_passthrough_modules(
        "domain", "activities", "workflows", "ledger"
    )
    with ThreadPoolExecutor(8) as threads:
        async with Worker(
            client,
            task_queue=DECIDE,
            workflows=ALL,
            activities=[Record(ledger).append],
            activity_executor=threads,
            workflow_runner=SandboxedWorkflowRunner(restrictions=restrictions),
        ):
            yield


@pytest.fixture
async def carrier(temporal_client, memory):
    """A carrier, with a worker behind the server."""
    async with working(temporal_client, memory.ledger):
        yield TemporalCarrier(temporal_client, openings, memory.ledger, patience_s=20)


@pytest.fixture
def passage(sources):
    """One update for one incident, whose name is this test's own."""
    name = "I-" + uuid.uuid4().hex[:12].upper()

    def passage(number=1, revision=0, incident=name):
        alert = Alert(
            source="large",
            inbox=str(number),
            finding=f"finding-{number}",
            revision=revision,
            correlation="c",
            category="exfiltration",
            severity=4,
            observed_at=NOW,
            received_at=NOW,
        )
        return Passage(
            incident=incident,
            source=sources["large"],
            correlation="c",
            observation=Observation(alerts=(alert,)),
            update=f"large/{number}/{revision}",
        )

    return passage


@pytest.fixture
def types(memory):
    return lambda incident: [entry.line.type for entry in memory.ledger.read(incident_stream(incident))]


async def emptied(inbox):
    async with asyncio.timeout(60):
        while inbox.pending(1):  # noqa: ASYNC110 - what is waited for lies in a database
            await asyncio.sleep(0.05)


def handle(client, incident):
    return client.get_workflow_handle_for(Incident.run, incident_stream(incident))


async def advance(client, incident, order, *approvals):
    envelope = c.Envelope(
        operator="ana",
        nonce=uuid.uuid4().hex,
        issued_at=datetime.now(UTC),
        reason="a test of the team",
        approvals=approvals,
    )
    return await handle(client, incident).execute_update(
        Incident.advance, c.Command(envelope=envelope, order=order)
    )


def write_opening(ledger, name):
    """Write an incident's first fact, of another time than any of the tests' own."""
    stream = incident_stream(name)
    asked = OpeningRequest(
        name, "large", drill=False, correlation="c", severity=4, category="x", follows=None
    )
    body = canonical(openings(asked).book.opening.model_dump(mode="json"))
    line = Line(stream=stream, version=1, type="IncidentOpened", at=NOW, actor="system:intake", body=body)
    ledger.append(stream, [line])


async def close(client, incident):
    """Close as a false alarm, with a second person's agreement."""
    await advance(client, incident, c.Triage(confirmed=False))
    state = await handle(client, incident).query(Incident.state)
    agreed = Approval(subject=CLOSING, sha256=content(state, CLOSING), operator="ben")
    await advance(client, incident, c.CloseIncident(), agreed)
    await handle(client, incident).result()


async def test_the_first_opens_the_next_join_and_a_repeat_changes_nothing(
    carrier, passage, types, temporal_client
):
    name = await carrier.carry(passage(1))
    assert name == passage().incident
    assert await carrier.carry(passage(2)) == name
    assert await carrier.carry(passage(2)) == name
    assert types(name).count("IncidentOpened") == 1
    assert types(name).count("AlertObserved") == 2
    described = await handle(temporal_client, name).describe()
    assert described.status is WorkflowExecutionStatus.RUNNING
    assert described.typed_search_attributes[SEVERITY] == "4"
    assert await described.static_summary() == f"{name} · exfiltration · severity 4"


async def test_two_at_once_open_one(carrier, passage, types):
    names = await asyncio.gather(*(carrier.carry(passage(number)) for number in range(1, 6)))
    assert set(names) == {passage().incident}
    assert types(names[0]).count("IncidentOpened") == 1
    assert types(names[0]).count("AlertObserved") == 5


async def test_a_run_that_is_to_end_sends_alerts_on_to_the_next(
    carrier, passage, types, temporal_client, memory
):
    def short(request):
        return openings(request).model_copy(update={"history_limit": 30})

    carrier = TemporalCarrier(temporal_client, short, memory.ledger, patience_s=20)
    codes = set()

    async def surely(number):
        while True:
            try:
                return await carrier.carry(passage(number))
            except Unreachable as unreachable:
                codes.add(unreachable.code)
                await asyncio.sleep(0.05)

    await surely(1)
    names = await asyncio.gather(*(surely(number) for number in range(2, 41)))
    assert set(names) == {passage().incident}
    assert "incident.moving" in codes
    assert types(names[0]).count("AlertObserved") == 40


async def test_a_closed_incident_is_followed_up(carrier, passage, temporal_client, memory):
    name = await carrier.carry(passage(1))
    await close(temporal_client, name)
    second = await carrier.carry(passage(2))
    assert second == f"{name}~2"
    (opened, *_) = [entry.line.body for entry in memory.ledger.read(incident_stream(second))]
    assert f'"follows":"{name}"' in opened
    await close(temporal_client, second)
    assert await carrier.carry(passage(3)) == f"{name}~3"
    assert await carrier.carry(passage(4, incident=second)) == f"{name}~3"
    assert memory.ledger.head(incident_stream(f"{name}~3")).version > 2


async def test_what_a_closed_incident_took_is_not_given_to_a_follow_up(carrier, passage, temporal_client):
    name = await carrier.carry(passage(1))
    await close(temporal_client, name)
    assert await carrier.carry(passage(1)) == name


async def test_one_that_temporal_has_forgotten_is_followed_up_too(carrier, passage, memory, types):
    name = passage().incident
    write_opening(memory.ledger, name)
    assert await carrier.carry(passage(2)) == f"{name}~2"
    assert types(name) == ["IncidentOpened"]


async def test_without_a_worker_it_is_unreachable_and_later_arrives_once(
    temporal_client, memory, passage, types
):
    impatient = TemporalCarrier(temporal_client, openings, memory.ledger, patience_s=0.5)
    with pytest.raises(Unreachable) as told:
        await impatient.carry(passage(1))
    assert told.value.code == "temporal.no_answer"
    patient = TemporalCarrier(temporal_client, openings, memory.ledger)
    async with working(temporal_client, memory.ledger):
        name = await patient.carry(passage(1))
    assert types(name).count("AlertObserved") == 1


async def test_without_its_namespace_or_its_ledger_it_is_tried_again(temporal, keys, memory, passage):
    nowhere = await connect(temporal.address, "nowhere", keys)
    carrier = TemporalCarrier(nowhere, openings, memory.ledger, patience_s=5)
    with pytest.raises(Unreachable) as told:
        await carrier.carry(passage(1))
    assert told.value.code == "temporal.not_found"
    with memory.database.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE fact RENAME TO away")
    with pytest.raises(Unreachable) as told:
        await carrier.carry(passage(1))
    assert told.value.code == "ledger.not_migrated"


async def test_what_temporal_will_never_take_is_declined(carrier, passage):
    with pytest.raises(Declined) as told:
        await carrier.carry(passage(1, incident="I-" + "A" * 2000))
    assert told.value.code == "temporal.invalid_argument"


async def test_what_the_incident_cannot_record_is_declined(temporal_client, memory, passage, tmp_path):
    (tmp_path / "empty").mkdir()
    url = f"sqlite:///{tmp_path / 'empty' / 'ledger.db'}"
    migrate(url)
    empty = Memory(url, master_key(tmp_path))
    write_opening(memory.ledger, passage().incident)
    carrier = TemporalCarrier(temporal_client, openings, empty.ledger, patience_s=20)
    async with working(temporal_client, memory.ledger):
        with pytest.raises(Declined) as told:
            await carrier.carry(passage(1))
    assert told.value.code == "update_failed"
    await handle(temporal_client, passage().incident).terminate()
    empty.close()


async def test_cancelling_is_cancelling(temporal_client, memory, passage):
    carrier = TemporalCarrier(temporal_client, openings, memory.ledger, patience_s=60)
    task = asyncio.create_task(carrier.carry(passage(1)))
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await handle(temporal_client, passage().incident).terminate()


async def test_the_way_from_a_body_to_the_ledger(carrier, ports, post, client, make_finding):
    pump = asyncio.create_task(Pump(replace(ports, carrier=carrier)).run())
    try:
        said = (await post([make_finding("a"), make_finding("b"), make_finding("<uid>")])).json()
        await emptied(ports.inbox)
    finally:
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)
    asked = (await client.get(f"/deliveries/{said['delivery']}")).json()
    assert asked["status"] == Status.CARRIED
    assert len(asked["incidents"]) == 3


def test_follow_ups_are_counted():
    assert following("I-AAAAAAAAAAAA") == "I-AAAAAAAAAAAA~2"
    assert following("I-AAAAAAAAAAAA~2") == "I-AAAAAAAAAAAA~3"
    assert following("I-AAAAAAAAAAAA~10") == "I-AAAAAAAAAAAA~11"
