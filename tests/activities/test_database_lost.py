"""PostgreSQL goes away in the middle of a batch: no outcome is lost, and nobody is told twice."""

import asyncio
import os
import signal

import pytest
from sqlalchemy import make_url

from ledger.memory import Memory, master_key
from ledger.migrate import migrate
from tests.activities.until import until

PEOPLE = 400


@pytest.fixture
def memory(own_postgres, tmp_path):
    url = make_url(own_postgres.get_uri()).set(drivername="postgresql+psycopg")
    text = url.render_as_string(hide_password=False)
    migrate(text)
    memory = Memory(text, master_key(tmp_path))
    yield memory
    memory.close()


def crash(server):
    """End PostgreSQL as a crash does: nothing is shut down, and its next start begins with a recovery."""
    os.kill(server.get_pid(), signal.SIGQUIT)
    server.get_postmaster_info().process.wait(30)


async def test_postgresql_restarted_in_the_middle_of_a_batch(
    own_postgres, freeze, people, deliver, batch, environment, sink, truth, caplog
):
    await freeze(people(PEOPLE))
    running = asyncio.ensure_future(environment.run(deliver.batch, batch()))
    await until(lambda: sink.counts()["messages"] >= 20, 30)
    await asyncio.to_thread(crash, own_postgres)
    await until(lambda: "wait for the ledger" in caplog.text, 30)
    assert not running.done()
    await asyncio.to_thread(own_postgres.start)
    assert (await running).sent == PEOPLE
    assert await truth(PEOPLE) == {}
    assert "@" not in caplog.text
