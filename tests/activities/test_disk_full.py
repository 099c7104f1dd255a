"""The disk is full in the middle of a batch: the outcomes wait for room, and nobody is told twice."""

import asyncio

from tests.activities.until import until
from tests.disk import full

PEOPLE = 400


async def test_a_full_disk_in_the_middle_of_a_batch(
    freeze, people, deliver, batch, environment, memory, sink, truth, caplog
):
    await freeze(people(PEOPLE))
    running = asyncio.ensure_future(environment.run(deliver.batch, batch()))
    await until(lambda: sink.counts()["messages"] >= 20, 30)
    with full(memory):
        await until(lambda: "wait for the ledger: disk_full" in caplog.text, 30)
        assert not running.done()
    assert (await running).sent == PEOPLE
    assert await truth(PEOPLE) == {}
    assert "@" not in caplog.text
