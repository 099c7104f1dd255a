import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import Worker

from activities.record import Record
from domain import commands as c
from domain.alert import Alert, Observation
from domain.approval import content
from domain.evolve import fold
from domain.fact import read
from domain.facts import IncidentOpened
from domain.ids import incident_stream
from domain.organisation import Organisation
from domain.refusal import Refused
from domain.turn import Book
from ledger.database import Database
from ledger.migrate import migrate
from ledger.store import Store
from playbooks.incident import load_playbook
from service.desk import Desk
from service.desk_error import DeskError
from service.plugin import plugin
from workflows.incident import Incident
from workflows.opening import Opening
from workflows.options import DECIDE
from workflows.registry import ALL

OPERATORS = ("alice", "bob")


@pytest.fixture
def store(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    migrate(url)
    database = Database(url)
    yield Store(database)
    database.close()


@pytest.fixture
def client(temporal_client):
    config = temporal_client.config()
    return Client(**{**config, "plugins": [plugin()]})


@asynccontextmanager
async def working(client, store):
    with ThreadPoolExecutor(4) as threads:
        async with Worker(
            client,
            task_queue=DECIDE,
            workflows=ALL,
            activities=[Record(store).append],
            activity_executor=threads,
        ):
            yield


@pytest.fixture
def incident():
    return f"I-{uuid4().hex[:12].upper()}"


async def opened(client, incident):
    """Open an incident under no law, so that no duty's clock starts."""
    playbook = load_playbook()
    book = Book(
        opening=IncidentOpened(
            incident=incident,
            correlation="c" * 64,
            severity=3,
            category="test",
            organisation=Organisation(),
            playbook=playbook.id,
            playbook_digest=playbook.digest,
            packs_digest="",
        ),
        packs=(),
        playbook=playbook,
    )
    now = datetime.now(UTC)
    alert = Alert(
        source="siem",
        inbox="1",
        finding="f" * 64,
        correlation="c" * 64,
        severity=3,
        observed_at=now,
        received_at=now,
    )
    start = WithStartWorkflowOperation(
        Incident.run,
        Opening(incident=incident, book=book),
        id=incident_stream(incident),
        task_queue=DECIDE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    await client.execute_update_with_start_workflow(
        Incident.observe, Observation(alerts=(alert,)), start_workflow_operation=start
    )


async def test_an_order_is_taken_once_and_its_facts_come_back(client, store, incident):
    async with working(client, store):
        await opened(client, incident)
        desk = Desk(client, OPERATORS)
        nonce = uuid4().hex
        receipt = await desk.order(incident, c.Triage(confirmed=True), operator="alice", nonce=nonce)
        assert [line.type for line in receipt.lines][:2] == ["CommandAccepted", "FactRecorded"]
        assert {line.actor for line in receipt.lines} == {"alice"}
        again = await desk.order(incident, c.Triage(confirmed=True), operator="alice", nonce=nonce)
        assert again == receipt
        facts = [read(entry.line) for entry in store.read(incident_stream(incident))]
        assert fold(incident, facts) == await desk.state(incident)


async def test_an_impossible_order_is_refused_before_anything_is_written(client, store, incident):
    async with working(client, store):
        await opened(client, incident)
        before = store.head(incident_stream(incident))
        desk = Desk(client, OPERATORS)
        with pytest.raises(Refused) as caught:
            await desk.order(incident, c.ActivatePlan(), operator="alice")
        assert caught.value.code == "not_confirmed"
        assert "tocsin triage" in caught.value.sentence
        with pytest.raises(Refused) as caught:
            await desk.order(incident, c.Triage(confirmed=True), operator="alice", seen_version=99)
        assert caught.value.code == "stale"
        assert store.head(incident_stream(incident)) == before


async def test_nobody_unknown_gives_an_order(client, incident):
    desk = Desk(client, OPERATORS)
    for handle, code in (("mallory", "desk.unknown_operator"), ("", "desk.no_operator")):
        with pytest.raises(DeskError) as caught:
            await desk.order(incident, c.ActivatePlan(), operator=handle)
        assert caught.value.code == code


async def test_an_incident_that_never_was_is_told_from_a_closed_one(client, store, incident):
    async with working(client, store):
        desk = Desk(client, OPERATORS)
        for asked in (desk.state(incident), desk.order(incident, c.ActivatePlan(), operator="alice")):
            with pytest.raises(DeskError) as caught:
                await asked
            assert caught.value.code == "desk.no_incident"
        await opened(client, incident)
        await desk.order(incident, c.Triage(confirmed=False), operator="alice", reason="a test of the SIEM")
        state = await desk.state(incident)
        await desk.order(incident, c.Approve(subject="close", sha256=content(state, "close")), operator="bob")
        await desk.order(incident, c.CloseIncident(), operator="alice", reason="nothing happened")
        await client.get_workflow_handle(incident_stream(incident)).result()
        with pytest.raises(Refused) as caught:
            await desk.order(incident, c.ActivatePlan(), operator="alice")
        assert caught.value.code == "closed"


async def test_an_order_without_an_answer_is_unknown_and_done_once_when_repeated(client, store, incident):
    async with working(client, store):
        await opened(client, incident)
    nonce = uuid4().hex
    hasty = Desk(client, OPERATORS, patience=timedelta(seconds=1))
    with pytest.raises(DeskError) as caught:
        await hasty.order(incident, c.Triage(confirmed=True), operator="alice", nonce=nonce)
    assert caught.value.code == "desk.outcome_unknown"
    assert nonce in str(caught.value)
    async with working(client, store):
        desk = Desk(client, OPERATORS)
        first, second = await asyncio.gather(
            *(desk.order(incident, c.Triage(confirmed=True), operator="alice", nonce=nonce) for _ in range(2))
        )
        assert first == second
        types = [entry.line.type for entry in store.read(incident_stream(incident))]
        assert types.count("IncidentTriaged") == 1
