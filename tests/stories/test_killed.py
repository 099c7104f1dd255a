"""What a SIGKILL leaves behind: of a worker in the middle of a campaign, of the Temporal server itself."""

import asyncio
import hashlib
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path

from domain.ids import campaign_stream
from service.local_endpoints.smtp_fault import Act, Fault, Stage
from service.temporal import embedded
from tests.stories.case import FOUR_HOURS, OUTAGE, finding, opened
from tests.stories.house import environment, furnished, manned, playbook_with
from tests.stories.people import people
from tests.stories.proof import prove
from tests.stories.wait import until

ROOT = Path(__file__).parents[2]
BATCH, SHARDS = 20, 4
TOCSIN = "from cli.main import main; main()"


@asynccontextmanager
async def worker(house, *, log):
    """All roles in a process of their own, as production runs them; killed, if need be, at the end."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            TOCSIN,
            "worker",
            "--queue",
            "all",
            cwd=ROOT,
            env={**environment(house), "PYTHONPATH": str(ROOT)},
            stdout=out,
            stderr=out,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), 30)


async def test_a_worker_killed_in_the_middle_of_a_campaign(temporal, tmp_path):
    plan = playbook_with(tmp_path, canary=5, batch=BATCH, shard=364 // SHARDS, settle="PT2S")
    audience = people(tmp_path, phones=60, mails=300, without=4, broken=3)
    log = tmp_path / "worker.log"
    async with (
        furnished(tmp_path, temporal.address, namespace="killed", playbook=str(plan)) as house,
        manned(house, roles=()),
    ):
        mail = house.world.mail
        async with worker(house, log=log) as first:
            case = await opened(house, "live")
            await case.leak()
            campaign = await case.tell(audience)

            async def some():
                return len(told(mail, audience)) > 60

            await until(some, 60)
            # From here on the mail server takes a message and does not say so: all that is under way
            # when the worker dies was delivered, and nobody here can know it.
            doubt = Fault(stage=Stage.DOT, act=Act.SILENCE, keeps=True)
            mail.faults.append(doubt)

            async def in_doubt():
                return doubt.done > 2

            await until(in_doubt)
            first.send_signal(signal.SIGKILL)
            await first.wait()
        mail.faults.clear()
        before = len(told(mail, audience))
        assert before < len(audience.mails)
        async with worker(house, log=log):
            counts = await case.settled(campaign, 120)
            await house.world.phone.settled()
            nobody_missing_nobody_twice(house, case, campaign, audience, counts)
            await prove(case, *audience.needles)


def told(mail, audience):
    """The people whom the mail server really has a message for, and how many."""
    hashes = {hashlib.sha256(address.encode()).hexdigest(): address for address in audience.mails}
    return {hashes[found]: times for found, times in mail.recipients.items() if found in hashes}


def nobody_missing_nobody_twice(house, case, campaign, audience, counts):
    """Every row against what the servers really took; the list's order is the rows' order."""
    mails, texts = told(house.world.mail, audience), Counter(made.to for made in house.world.phone.created)
    deliveries = house.parts.memory.deliveries
    rows = deliveries.page(campaign_stream(case.incident, campaign), limit=1000)
    assert sum(counts.values()) == len(rows) == audience.total
    people = [*audience.phones, *audience.mails]
    doubtful = []
    for address, row in zip(people, rows, strict=False):
        times = {**texts, **mails}.get(address, 0)
        if row.state in {"sent", "delivered"}:
            assert times == 1 or (times == 2 and row.possible_duplicate), row
        else:
            # It may have left, and nobody can say: counted as not reached, so the announcement is owed.
            assert (row.state, times) in {("unreachable", 0), ("unreachable", 1)}, row
            assert row.code.startswith(("orphaned", "unknown")), row
            doubtful.append(row)
    assert 0 < len(doubtful) <= BATCH * SHARDS
    assert counts["unreachable"] == audience.without + len(doubtful)


async def test_the_temporal_server_killed_and_restarted_in_the_middle(tmp_path, cache_dir):
    (tmp_path / "temporal").mkdir()
    (tmp_path / "house").mkdir()
    async with (
        embedded(tmp_path / "temporal", cache_dir=cache_dir, ui=False, say=print) as server,
        furnished(tmp_path / "house", server.address, namespace="default") as house,
        manned(house),
    ):
        external = "seen-before-and-after"
        case = await opened(house, external=external)
        await case.leak(**OUTAGE)
        before = await case.state()

        await server.kill()
        # The door takes alerts as ever, and an order that is on its way waits for its answer.
        stored = await house.post("siem", finding(external))
        assert stored["status"] == "received"
        ordered = asyncio.create_task(case.advance(hours=2, minutes=1))
        await server.start()
        receipt = await ordered

        became = await house.became(stored["delivery"])
        assert became["incidents"] == [case.incident]
        await case.clock_until(lambda clock: 50 in clock.rung, seconds=60)
        state = await case.state()
        assert state.alerts == 2
        assert state.version > receipt.version - len(receipt.lines) >= before.version
        assert case.types().count("TimeAdvanced") == 1
        assert case.types().count("IncidentOpened") == 1
        assert state.duties.keys() == before.duties.keys()

        await server.kill()
        await server.start()
        await case.report(FOUR_HOURS)
        assert (await case.clock_until(lambda clock: clock.settled, seconds=60)).settled.outcome == "met"
        await prove(case)
