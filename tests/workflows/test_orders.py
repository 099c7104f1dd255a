"""How an incident takes orders: refused without a trace, repeated without effect, broken without harm."""

import asyncio
import uuid
from datetime import UTC, datetime

import pytest
from temporalio.client import WorkflowUpdateFailedError

from domain import commands as c
from domain.ids import incident_stream
from domain.refusal import Refused
from domain.state import State
from tests.stories.proof import prove
from tests.stories.short import opened_short
from tests.stories.wait import until
from workflows.incident import Incident


def handle(case):
    return case.house.client.get_workflow_handle_for(Incident.run, incident_stream(case.incident))


async def length(case):
    return (await handle(case).describe()).history_length


async def quiet(case):
    """The history's length, once nothing is under way in it."""
    lengths = []

    async def still():
        lengths.append(await length(case))
        return len(lengths) > 4 and len(set(lengths[-4:])) == 1

    await until(still)
    return lengths[-1]


def command(order, nonce=""):
    envelope = c.Envelope(operator="analyst", nonce=nonce or uuid.uuid4().hex, issued_at=datetime.now(UTC))
    return c.Command(envelope=envelope, order=order)


async def test_a_refused_order_writes_no_event(case):
    before = await quiet(case)
    for order in (c.ActivatePlan(), c.CloseIncident(), c.FileReport(report=7, channel="email")):
        with pytest.raises(Refused):
            await case.order(order)
    assert await length(case) == before


async def test_an_order_of_an_older_view_is_refused(case):
    state = await case.state()
    await case.facts(persons_affected=1)
    with pytest.raises(Refused) as told:
        await case.order(c.Triage(confirmed=True), seen_version=state.version)
    assert told.value.code == "stale"


@pytest.mark.parametrize(
    "broken", [{}, {"order": {"do": "fly"}}, "close", None, {"envelope": {"operator": "x" * 99}, "order": 1}]
)
async def test_a_malformed_order_is_refused_and_breaks_nothing(case, broken):
    before = await quiet(case)
    with pytest.raises(WorkflowUpdateFailedError):
        await handle(case).execute_update("advance", broken, result_type=dict)
    assert await length(case) == before
    assert (await case.facts(persons_affected=5)).lines
    await prove(case)


async def test_a_malformed_word_is_dropped(case):
    await handle(case).signal("hear", {"component": "clock", "word": {"word": "tick"}})
    assert (await case.facts(persons_affected=5)).lines
    await prove(case)


async def test_an_operator_nobody_knows_is_named_before_anything_is_sent(case):
    with pytest.raises(Exception, match="nobody") as told:
        await case.order(c.ActivatePlan(), "nobody")
    assert told.value.code == "desk.unknown_operator"


async def test_one_nonce_acts_once_however_often_it_comes_and_through_continuing_as_new(house):
    case = await opened_short(house, 30)
    once = command(c.RecordFacts(values={"persons_affected": 9}))
    first = await handle(case).execute_update(Incident.advance, once, id="first")
    assert first.lines
    run = (await handle(case).describe()).run_id

    async def another_run():
        await case.facts(persons_affected=len(case.types()))
        return (await handle(case).describe()).run_id != run

    await until(another_run)
    again = await handle(case).execute_update(Incident.advance, once, id="second")
    assert again.lines == ()
    state = await case.state()
    assert state.nonces.count(once.envelope.nonce) == 1
    assert state.known("persons_affected") != 9
    await prove(case)


async def test_orders_that_come_at_once_are_taken_one_by_one(case):
    receipts = await asyncio.gather(*(case.facts(persons_affected=number) for number in range(20)))
    # Between two orders a word of the incident's own parts may be written, and within one nothing.
    for receipt in receipts:
        versions = [line.version for line in receipt.lines]
        assert versions == list(range(versions[0], versions[0] + len(versions)))
    taken = [line.version for receipt in receipts for line in receipt.lines]
    assert len(taken) == len(set(taken))
    await prove(case)


async def test_an_order_that_meets_the_close_is_refused_or_taken_never_lost(case):
    await case.order(c.Triage(confirmed=False))
    await case.agree("close", "liaison")
    closing = case.order(c.CloseIncident(), "officer")
    others = [case.facts(persons_affected=number) for number in range(5)]
    results = await asyncio.gather(closing, *others, return_exceptions=True)
    for result in results[1:]:
        assert not isinstance(result, BaseException) or getattr(result, "code", "") == "closed", result
    state: State = await case.state()
    assert state.phase == "closed"
    taken = [result for result in results[1:] if not isinstance(result, BaseException)]
    assert sum(line.type == "CommandAccepted" for result in taken for line in result.lines) == len(taken)
    await prove(case)
