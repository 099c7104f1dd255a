"""One clock alone, its hours skipped by the server: it rings whatever else there is or is not."""

import time
import uuid
from datetime import UTC, datetime, timedelta

from temporalio.testing import TimeSkipper, TimeSkippingConfig

from domain.clock import ClockOrder, ClockSettled
from domain.evidence import Evidence
from domain.facts import DutyKey
from domain.ids import clock_stream
from tests.stories.case import Case
from tests.stories.proof import folded
from tests.stories.wait import until
from workflows.clock import DutyClock
from workflows.opening import ClockOpening
from workflows.options import DECIDE

KEY = DutyKey(duty="CN-NCIRM-4-OTHER", authority="cac-provincial")


def lone(incident, **before):
    """A clock of four hours whose incident nobody knows."""
    now = datetime.now(UTC) - timedelta(**before)
    return ClockOpening(
        incident=incident,
        key=KEY,
        title="网络安全事件报告",
        authority=KEY.authority,
        started_at=now,
        order=ClockOrder(due_at=now + timedelta(hours=4), legal=True),
        percents=(50, 75, 90, 100),
        repeat=timedelta(minutes=30),
        roles=("lead", "legal"),
        drill=True,
    )


def unknown_incident():
    return f"I-{uuid.uuid4().hex[:12].upper()}"


async def test_four_hours_pass_in_seconds_and_every_alarm_rings(house):
    skipper = TimeSkipper(house.client, config=TimeSkippingConfig(enabled=False))
    opening = lone(unknown_incident())
    case, name = Case(house, opening.incident), clock_stream(opening.incident, str(KEY))
    began = time.monotonic()
    handle = await skipper.client.start_workflow(DutyClock.run, opening, id=name, task_queue=DECIDE)
    await skipper.fast_forward(handle, timedelta(hours=4, minutes=45))
    await case.written("OverdueRung", name)
    assert case.types(name) == ["ClockStarted", *["AlarmRung"] * 4, "DutyLapsed", "OverdueRung"]
    state = await case.clock(KEY)
    assert (state.rung, state.overdue, state.settled) == ((50, 75, 90, 100), 1, None)
    assert state.lapsed_at == opening.order.due_at

    async def everybody():
        told = case.told()
        return told.count("officer@story.example") == told.count("liaison@story.example") == 5

    await until(everybody)
    evidence = Evidence(means="report", reference="report/1", at=datetime.now(UTC), by="liaison")
    settled = ClockSettled(outcome="met_late", evidence=evidence)
    await handle.signal(DutyClock.order, opening.order.model_copy(update={"settled": settled}))
    assert await handle.result() == "met_late"
    assert time.monotonic() - began < 60
    assert folded(house, opening.incident, name) == await case.clock(KEY)
