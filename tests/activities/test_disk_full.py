"""The disk is full in the middle of a batch: the outcomes wait for room, and nobody is told twice."""

import asyncio
from contextlib import contextmanager

from sqlalchemy import event

PEOPLE = 400


@contextmanager
def full(memory):
    """Let no page be added to the ledger's file."""
    engine = memory.database.engine

    def bound(connection, _record):
        connection.execute("PRAGMA max_page_count = 1")

    event.listen(engine, "connect", bound)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", bound)
        engine.dispose()


async def until(reached):
    async with asyncio.timeout(30):
        while not reached():  # noqa: ASYNC110 - nothing tells of these moments
            await asyncio.sleep(0)


async def test_a_full_disk_in_the_middle_of_a_batch(
    freeze, people, deliver, batch, environment, memory, sink, truth, caplog
):
    await freeze(people(PEOPLE))
    running = asyncio.ensure_future(environment.run(deliver.batch, batch()))
    await until(lambda: sink.counts()["messages"] >= 20)
    with full(memory):
        await until(lambda: "wait for the ledger: disk_full" in caplog.text)
        assert not running.done()
    assert (await running).sent == PEOPLE
    assert await truth(PEOPLE) == {}
    assert "@" not in caplog.text
