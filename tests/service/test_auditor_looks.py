"""What the auditor sees of a real server and a real ledger, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import make_url, text
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import (
    PauseActivityRequest,
    PauseWorkflowExecutionRequest,
    ResetWorkflowExecutionRequest,
)

from domain import facts as f
from domain.evidence import Evidence
from ledger.database import Database
from ledger.errors import LedgerUnavailable
from ledger.following import Follower
from ledger.migrate import migrate
from ledger.store import Store
from service.auditor import temporal_eye
from service.auditor.dockets import Dockets
from service.auditor.ledger_eye import LedgerEye, bounded
from service.auditor.look import Auditor
from tests.ledger.samples import step
from tests.service.watched import KEY, watched
from tests.stories.wait import until


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
async def ours(temporal, keys, tmp_path, url):
    async with watched(temporal, keys, tmp_path, url) as found:
        yield found


@pytest.fixture
async def small(temporal, keys, tmp_path):
    async with watched(temporal, keys, tmp_path, f"sqlite:///{tmp_path}/ledger.db") as found:
        yield found


def kinds(look):
    return sorted(finding.kind for finding in look.findings)


async def sees(auditor, *wanted):
    """Look until exactly this is found: Temporal's lists may be a moment behind."""

    last = []

    async def seen():
        look = await auditor.look()
        last[:] = kinds(look)
        return look if last == sorted(wanted) else None

    try:
        return await until(seen, 15)
    except AssertionError:
        assert last == sorted(wanted)
        raise


async def test_it_finds_nothing_where_all_is_well_and_everything_that_is_not(ours):
    auditor = ours.auditor()
    incident, due = await ours.incident()
    look = await sees(auditor)
    assert (look.incidents, look.clocks, look.complete) == (1, 1, True)

    other, _ = await ours.incident(clocks=False)
    look = await sees(auditor, "clock.missing")
    assert look.findings[0].subject == f"incident/{other}/duty/{KEY}"

    clock = ours.client.get_workflow_handle(f"incident/{incident}/duty/{KEY}")
    await clock.terminate("a test")
    look = await sees(auditor, "clock.missing", "clock.terminated")
    assert {finding.due_at for finding in look.findings if finding.kind == "clock.terminated"} == {due}

    evidence = Evidence(means="report", reference="report/1", at=datetime.now(UTC), by="ana")
    for each in (incident, other):
        met = f.DutyMet(key=KEY, evidence=evidence, late=False)
        ours.write(f"incident/{each}", met, at=datetime.now(UTC))
    await sees(auditor)


async def test_it_finds_a_fact_that_was_changed_and_one_that_is_gone(ours):
    auditor = ours.auditor()
    incident, _ = await ours.incident()
    await sees(auditor)
    with ours.ledger._database.writing() as connection:
        if ours.ledger._database.sqlite:
            connection.execute(text("DROP TRIGGER fact_no_update"))
            connection.execute(text("DROP TRIGGER fact_no_delete"))
        else:
            connection.execute(text("ALTER TABLE fact DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE fact SET actor = 'mallory' WHERE type = 'ClockStarted'"))
    # Found although nothing is new: some of the old is verified again at each look.
    look = await sees(auditor, "ledger.tampered")
    assert look.findings[0].subject == f"incident/{incident}/duty/{KEY}"
    with ours.ledger._database.writing() as connection:
        connection.execute(text("UPDATE fact SET actor = 'ana' WHERE actor = 'mallory'"))
        connection.execute(text("DELETE FROM fact WHERE type = 'DutyOpened'"))
    look = await sees(auditor, "ledger.cut")
    assert "version 2 was there" in look.findings[0].detail


async def test_it_finds_clocks_that_are_paused_reset_failing_or_wrong(small):
    auditor = small.auditor()
    paused, _ = await small.incident()
    stuck, _ = await small.incident(how="acting")
    reset, _ = await small.incident()
    await sees(auditor)
    name, service = small.client.namespace, small.client.workflow_service

    await small.incident(how="broken")
    look = await sees(auditor, "clock.problems")
    assert "cause=" in look.findings[0].detail

    await service.pause_workflow_execution(
        PauseWorkflowExecutionRequest(namespace=name, workflow_id=f"incident/{paused}/duty/{KEY}", reason="t")
    )
    await sees(auditor, "clock.problems", "clock.paused")

    execution = WorkflowExecution(workflow_id=f"incident/{stuck}/duty/{KEY}")
    await service.pause_activity(PauseActivityRequest(namespace=name, execution=execution, id="a"))
    await sees(auditor, "clock.problems", "clock.paused", "clock.activity_paused")

    execution = WorkflowExecution(workflow_id=f"incident/{reset}/duty/{KEY}")
    await service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=name,
            workflow_execution=execution,
            reason="a test",
            workflow_task_finish_event_id=4,
            request_id="one",
        )
    )
    look = await sees(auditor, "clock.problems", "clock.paused", "clock.activity_paused", "clock.reset")
    assert {finding.subject for finding in look.findings if finding.kind == "clock.reset"} == {
        f"incident/{reset}/duty/{KEY}"
    }


async def test_it_finds_a_wrong_deadline_a_stray_clock_and_an_incident_without_facts(small):
    auditor = small.auditor()
    incident, due = await small.incident()
    late = f.DutyExtended(key=KEY, due_at=due + timedelta(hours=1), basis="b")
    small.write(f"incident/{incident}", late, at=datetime.now(UTC) - timedelta(minutes=10))
    look = await sees(auditor, "clock.wrong_due")
    assert "Temporal:" in look.findings[0].detail
    assert "its own stream:" in look.findings[0].detail

    away = f.DutyWithdrawn(key=KEY, reason="r", approved_by="ben")
    small.write(f"incident/{incident}", away, at=datetime.now(UTC) - timedelta(minutes=10))
    await sees(auditor, "clock.stray")

    handle = await small.start("Incident", "incident/I-UNKNOWN00000")
    await sees(auditor, "clock.stray")
    await sees(small.auditor(patience_seconds=0.001), "clock.stray", "incident.unrecorded")
    await handle.terminate("a test")


async def test_it_finds_a_duty_done_whose_clock_had_ended_by_itself(small):
    auditor = small.auditor(patience_seconds=0.001)
    incident, _ = await small.incident()
    await small.client.get_workflow_handle(f"incident/{incident}/duty/{KEY}").signal("end")
    await sees(auditor, "clock.completed")


async def test_it_finds_queues_that_nobody_works_at(temporal, keys, tmp_path):
    url = f"sqlite:///{tmp_path}/ledger.db"
    async with watched(temporal, keys, tmp_path, url, manned=False) as ours:
        campaign = f.NotificationRequested(campaign=1, audience="a", sha256="s", message="m", duties=())
        incident, _ = await ours.incident()
        ours.write(f"incident/{incident}", campaign, at=datetime.now(UTC))
        look = await sees(ours.auditor(), *["queue.unpolled"] * 4)
        assert {finding.subject for finding in look.findings} == {
            "decide",
            "act",
            "deliver-mail",
            "deliver-sms",
        }
        assert look.findings[0].detail.startswith("1 clocks should run, the next is due ")


async def test_what_it_cannot_see_is_itself_found(temporal, keys, tmp_path, url):
    async with watched(temporal, keys, tmp_path, url) as ours:
        await ours.incident()
        nowhere = ours.settings.model_copy(update={"temporal_address": "127.0.0.1:1"})
        look = await Auditor(nowhere, LedgerEye(url)).look()
        assert (kinds(look), look.complete) == (["temporal.unreachable"], False)
        assert "1 clocks should run" in look.findings[0].detail

        missing = ours.settings.model_copy(update={"temporal_namespace": "nobody-registered"})
        assert kinds(await Auditor(missing, LedgerEye(url)).look()) == ["temporal.unreachable"]

        look = await Auditor(ours.settings, LedgerEye(f"sqlite:///{tmp_path}/nowhere/ledger.db")).look()
        assert (kinds(look), look.findings[0].detail) == (["ledger.unreachable"], "cannot_open")

        look = await Auditor(ours.settings, LedgerEye(url, seconds=-1)).look()
        assert kinds(look) == ["ledger.unreachable"]


def test_its_line_to_the_ledger_cannot_write(postgres_url):
    migrate(postgres_url)
    database = Database(bounded(make_url(postgres_url)).render_as_string(hide_password=False))
    with database.reading() as connection:
        assert connection.execute(text("SHOW statement_timeout")).scalar() == "1min"
    with pytest.raises(LedgerUnavailable) as refused, database.reading() as connection:
        connection.execute(text("DELETE FROM installation"))
    database.close()
    assert refused.value.code == "read_only"


def test_a_role_that_may_only_select_facts_is_all_it_needs(postgres_url):
    migrate(postgres_url)
    url = make_url(postgres_url)
    schema = str(url.query["options"]).rpartition("=")[2]
    database = Database(postgres_url)
    role = f"auditor_of_{schema}"
    with database.writing() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
        connection.exec_driver_sql(f"GRANT SELECT ON fact TO {role}")
    Store(database).append("incident/I-A", [step("incident/I-A", 1)])
    database.close()
    reading = Database(
        bounded(url.set(username=role)).render_as_string(hide_password=False), writes=False, shared=True
    )
    dockets = Dockets()
    assert Follower().follow(reading, dockets, seconds=60).rows == 1
    assert set(dockets.known) == {"incident/I-A"}
    with pytest.raises(LedgerUnavailable) as refused, reading.reading() as connection:
        connection.execute(text("SELECT * FROM recipient"))
    reading.close()
    assert refused.value.code == "denied"


async def test_a_list_of_several_pages_is_read_to_its_end(small, monkeypatch):
    monkeypatch.setattr(temporal_eye, "PAGE", 1)
    await small.incident(keys=(KEY, KEY.model_copy(update={"n": 2})))
    look = await sees(small.auditor())
    assert (look.incidents, look.clocks) == (1, 2)
