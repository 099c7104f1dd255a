"""A delivery worker that ends or stands still at any step: nobody is forgotten, and nobody is told twice."""

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from service.local_endpoints.smtp_fault import Act, Fault, Stage
from tests.activities.conftest import CONNECTIONS
from tests.activities.one_batch import tell
from tests.activities.until import until

ROOT = Path(__file__).parents[2]
PEOPLE = 130
PROBE = 50
KILLED = -signal.SIGKILL


@asynccontextmanager
async def worker(memory, data, sink, step=""):
    """The first attempt, in a process of its own; it has begun."""
    order = {
        "url": memory.database.engine.url.render_as_string(hide_password=False),
        "data": str(data),
        "port": sink.port,
        "step": step,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.activities.one_batch",
        json.dumps(order),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert await process.stdout.readline() == b"begun\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_killed_before_the_intent_nobody_is_in_doubt(freeze, people, memory, tmp_path, sink, truth):
    await freeze(people(PEOPLE))
    async with worker(memory, tmp_path, sink, "before-intent") as first:
        assert await first.wait() == KILLED
    assert (await tell(memory, sink.port, attempt=2)).sent == PEOPLE
    assert await truth(PEOPLE) == {}


async def test_killed_after_the_intent_the_claimed_are_in_doubt_and_not_told(
    freeze, people, memory, tmp_path, sink, truth
):
    await freeze(people(PEOPLE))
    async with worker(memory, tmp_path, sink, "after-intent") as first:
        assert await first.wait() == KILLED
    assert (await tell(memory, sink.port, attempt=2)).sent == PEOPLE - PROBE
    assert await truth(PEOPLE) == dict.fromkeys(range(1, PROBE + 1), 0)


@pytest.mark.parametrize(
    ("stage", "kept", "times"),
    [(Stage.RCPT, False, 0), (Stage.DOT, True, 1)],
    ids=["mid-send", "after-the-dot"],
)
async def test_killed_while_the_server_is_silent(
    freeze, people, memory, tmp_path, sink, truth, stage, kept, times
):
    await freeze(people(PEOPLE))
    silence = Fault(stage, act=Act.SILENCE, keeps=kept, after=20)
    sink.faults.append(silence)
    async with worker(memory, tmp_path, sink) as first:
        await until(lambda: silence.done == CONNECTIONS, 30, 0.01)
        first.kill()
        assert await first.wait() == KILLED
    sink.faults.clear()
    taken = sink.counts()["messages"]
    assert (await tell(memory, sink.port, attempt=2)).sent == PEOPLE - PROBE
    doubtful = await truth(PEOPLE)
    assert set(doubtful) == set(range(1, PROBE + 1))
    assert sum(doubtful.values()) == taken
    # The messages that the server was silent about: kept, or not, and nobody can tell from here.
    assert taken == 20 + CONNECTIONS * times


async def test_killed_after_the_commit_what_is_written_stays_written(
    freeze, people, memory, tmp_path, sink, truth
):
    await freeze(people(PEOPLE))
    async with worker(memory, tmp_path, sink, "after-commit") as first:
        assert await first.wait() == KILLED
    assert sink.counts()["messages"] == PROBE
    assert (await tell(memory, sink.port, attempt=2)).sent == PEOPLE - PROBE
    assert await truth(PEOPLE) == {}


async def test_killed_before_a_heartbeat(freeze, people, memory, tmp_path, sink, truth):
    await freeze(people(PEOPLE))
    sink.faults.append(Fault(Stage.DOT, act=Act.SILENCE, keeps=True, after=20, times=1))
    async with worker(memory, tmp_path, sink, "before-heartbeat") as first:
        assert await first.wait() == KILLED
    assert (await tell(memory, sink.port, attempt=2)).sent == PEOPLE - PROBE
    doubtful = await truth(PEOPLE)
    assert set(doubtful) == set(range(1, PROBE + 1))
    # What was pipelined behind the silence had not been taken.
    assert sum(doubtful.values()) in {PROBE - 1, PROBE}


async def test_one_that_stood_still_and_wakes_tells_nobody_whom_its_successor_told(
    freeze, people, memory, tmp_path, sink, truth
):
    await freeze(people(PEOPLE))
    silence = Fault(Stage.DOT, act=Act.SILENCE, keeps=True, after=20, times=1)
    sink.faults.append(silence)
    async with worker(memory, tmp_path, sink) as first:
        await until(lambda: silence.done, 30, 0.01)
        first.send_signal(signal.SIGSTOP)
        # What a server does whose activity has not beaten for long enough: the next attempt begins.
        assert (await tell(memory, sink.port, attempt=2)).sent == PEOPLE - PROBE
        first.send_signal(signal.SIGCONT)
        await asyncio.wait_for(first.wait(), 60)
    doubtful = await truth(PEOPLE)
    assert set(doubtful) == set(range(1, PROBE + 1))
    assert max(sink.recipients.values()) == 1
