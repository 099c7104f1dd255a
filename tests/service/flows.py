"""Workflows that the tests of the server and the codec run."""

import asyncio
from datetime import datetime, timedelta

from pydantic import BaseModel
from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError

from workflows.search import AFFECTED, DRILL, PHASE

SECRET = "Zhang-San-13800138000"
DRILLING = True


class Carried(BaseModel):
    word: str
    at: datetime | None = None


@activity.defn(name="test.echo")
async def echo(carried: Carried) -> Carried:
    return carried


@activity.defn(name="test.fail")
async def fail(carried: Carried) -> None:
    raise ApplicationError(f"cannot reach {carried.word}", non_retryable=True)


@workflow.defn(name="TestAlarm")
class Alarm:
    """Sleeps for three days, then says how long it was asleep by its own clock."""

    @workflow.run
    async def run(self) -> timedelta:
        started = workflow.now()
        await workflow.sleep(timedelta(days=3), summary="three days")
        return workflow.now() - started


@workflow.defn(name="TestErrand")
class Errand:
    """Waits to be released; meanwhile it runs an activity every 50 ms."""

    def __init__(self) -> None:
        self._released = False
        self._turns = 0

    @workflow.run
    async def run(self) -> int:
        workflow.upsert_search_attributes(
            [PHASE.value_set("detected"), AFFECTED.value_set(7), DRILL.value_set(DRILLING)]
        )
        while not self._released:
            await workflow.execute_activity(
                echo, Carried(word="x"), start_to_close_timeout=timedelta(seconds=5)
            )
            self._turns += 1
            await asyncio.sleep(0.05)
        return self._turns

    @workflow.signal
    def release(self) -> None:
        self._released = True


@workflow.defn(name="TestCourier")
class Courier:
    """Puts a secret wherever a workflow can put one, and ends in a failure that names it."""

    def __init__(self) -> None:
        self._seen = ""

    @workflow.run
    async def run(self, carried: Carried) -> None:
        workflow.set_current_details(f"now carrying {carried.word}")
        workflow.upsert_memo({"who": carried.word})
        kept = await workflow.execute_activity(
            echo, carried, start_to_close_timeout=timedelta(seconds=5), summary=f"for {carried.word}"
        )
        await workflow.wait_condition(lambda: bool(self._seen))
        await workflow.execute_activity(fail, kept, start_to_close_timeout=timedelta(seconds=5))

    @workflow.update
    async def tell(self, carried: Carried) -> Carried:
        self._seen = carried.word
        return carried
