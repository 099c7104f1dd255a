"""People told per second over the whole path, beside the plain way in the same run, and the memory it takes.

`python bench/campaign.py [--people N] [--rounds R]` measures: freeze a CSV, then intent, render, SMTP to a
sink that is a process of its own, outcome; and for comparison a pool of aiosmtplib's clients, over as many
connections, with one commit per person.
`python bench/campaign.py --memory N` freezes and tells N people in a process of its own and prints its peak
of resident memory. Both are activities run as the worker runs them, on a SQLite ledger with its real
settings (WAL, synchronous FULL).
"""

import argparse
import asyncio
import hashlib
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import uvloop
from temporalio.testing import ActivityEnvironment

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from activities.audience import Audience, Freeze  # noqa: E402 - a script finds its checkout first
from activities.deliver import Batch, Count, Deliver  # noqa: E402 - as above
from activities.senders import Senders  # noqa: E402 - as above
from activities.sources import Sources  # noqa: E402 - as above
from bench._collector import as_in_a_worker  # noqa: E402 - as above
from domain.audience import Columns  # noqa: E402 - as above
from domain.campaign import stretches  # noqa: E402 - as above
from domain.letter import Case  # noqa: E402 - as above
from domain.organisation import Organisation  # noqa: E402 - as above
from domain.playbook import Words  # noqa: E402 - as above
from domain.state import Known  # noqa: E402 - as above
from ledger.memory import Memory, master_key  # noqa: E402 - as above
from ledger.migrate import migrate  # noqa: E402 - as above
from notifiers.email import EmailNotifier  # noqa: E402 - as above
from notifiers.mime import Sender  # noqa: E402 - as above
from notifiers.smtp_pool import Relay, Tls  # noqa: E402 - as above
from playbooks.messages import Messages  # noqa: E402 - as above

CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"
SHARD = 10_000
BATCH = 1000
# Batches of e-mail that a worker has under way, as the settings have it: one waits for the disk, others send.
AT_ONCE = 4
# Enough of them that the sender never waits for the sink's other core to wake up.
CONNECTIONS = 32
CONTACT = Words(zh="电话 400-810-8888", en="phone 400-810-8888")
FACTS = {
    "aware_at": Known(value="2026-11-23T03:00:00.000000Z", at=datetime(2026, 11, 23, tzinfo=UTC), by="lead"),
    "personal_information": Known(value="leaked", at=datetime(2026, 11, 23, tzinfo=UTC), by="lead"),
    "persons_affected": Known(value=1_204_331, at=datetime(2026, 11, 23, tzinfo=UTC), by="lead"),
}
ORGANISATION = Organisation(name="示例科技有限公司", province="浙江省")


@contextmanager
def sink() -> Iterator[int]:
    """Run the sink, on the second core where there is one, and give its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "service.local_endpoints.smtp_sink"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(process.pid, cores[1:])
    try:
        yield json.loads(process.stdout.readline())["port"]
    finally:
        process.terminate()
        print(f"  sink: {process.stdout.read().strip()}")
        process.wait()


def write_list(path: Path, people: int) -> str:
    """Write a list of so many people; its SHA-256."""
    with path.open("w", encoding="utf-8") as file:
        file.write("name,email,phone,language\n")
        file.writelines(
            f"王{place},person{place}@example.com,138{place % 100_000_000:08d},zh\n"
            for place in range(people)
        )
    return hashlib.sha256(path.read_bytes()).hexdigest()


def peak() -> float:
    """The most memory this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def ours(folder: Path, port: int, people: int) -> tuple[float, float, float]:
    """Freeze and tell; people per second of the freeze, of the telling, and per CPU second of the telling."""
    url = f"sqlite:///{folder / 'ledger.db'}"
    migrate(url)
    memory = Memory(url, master_key(folder))
    letters = Messages(CONTACT)
    listed = folder / "people.csv"
    sha256 = write_list(listed, people)
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, start_to_close_timeout=timedelta(minutes=5))
    audience = Audience(memory.deliveries, memory.keys, letters, Columns, Sources({}).opened)
    order = Freeze(
        campaign=CAMPAIGN,
        incident="I-AAAAAAAAAAAA",
        audience=str(listed),
        sha256=sha256,
        message="data-leak",
        channels=("email",),
        drill=False,
    )
    began = time.perf_counter()
    frozen = await asyncio.to_thread(environment.run, audience.freeze, order)
    freezing = time.perf_counter() - began
    assert frozen.total == people
    relay = Relay(host="127.0.0.1", port=port, tls=Tls.NONE, connections=CONNECTIONS)
    async with EmailNotifier(relay, Sender("notice@tocsin.invalid", "警钟")) as notifier:
        senders = Senders({"email": notifier}, {})
        deliver = Deliver(memory.deliveries, memory.keys, senders, letters, domain="tocsin.invalid")
        slots = asyncio.Semaphore(AT_ONCE)

        async def shard(first: int, last: int) -> int:
            sent = number = 0
            claimed = -1
            while claimed:
                number += 1
                batch = Batch(
                    campaign=CAMPAIGN,
                    incident="I-AAAAAAAAAAAA",
                    channels=("email",),
                    first=first,
                    last=last,
                    limit=BATCH,
                    message="data-leak",
                    drill=False,
                    facts=FACTS,
                    organisation=ORGANISATION,
                    token=f"shard/{first}/{number}",
                )
                async with slots:
                    done = await environment.run(deliver.batch, batch)
                claimed = done.claimed
                sent += done.sent
            return sent

        with as_in_a_worker():
            began, cpu = time.perf_counter(), time.process_time()
            told = sum(await asyncio.gather(*(shard(*rows) for rows in stretches(1, people, SHARD))))
            telling, used = time.perf_counter() - began, time.process_time() - cpu
    counted = await asyncio.to_thread(environment.run, deliver.count, Count(campaign=CAMPAIGN))
    assert counted.counts == {"sent": people}, counted
    assert told == people
    memory.close()
    return people / freezing, people / telling, people / used


async def plain(folder: Path, port: int, people: int) -> float:
    """Do what one writes first, a pool of clients and a commit for each person; people per second."""
    letter = Messages(CONTACT).letter(
        "data-leak",
        "email",
        "zh-CN",
        Case(incident="I-AAAAAAAAAAAA", facts=FACTS, organisation=ORGANISATION, drill=False),
    )
    with closing(sqlite3.connect(folder / "plain.db")) as base:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA synchronous=FULL")
        base.execute("CREATE TABLE delivery (seq INTEGER PRIMARY KEY, name, email, state)")
        rows = [(seq, f"王{seq}", f"person{seq}@example.com", "due") for seq in range(people)]
        base.executemany("INSERT INTO delivery VALUES (?, ?, ?, ?)", rows)
        base.commit()
        waiting = iter(rows)

        async def worker() -> None:
            async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
                for seq, name, email, _ in waiting:
                    words = letter.to(name)
                    mail = EmailMessage()
                    mail["From"], mail["To"], mail["Subject"] = "notice@tocsin.invalid", email, words.subject
                    mail.set_content(words.text)
                    mail.add_alternative(words.html or "", subtype="html")
                    await client.send_message(mail)
                    base.execute("UPDATE delivery SET state = 'sent' WHERE seq = ?", (seq,))
                    base.commit()

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(worker())
        return people / (time.perf_counter() - began)


def on_one_core() -> None:
    """Keep this process, threads and all, on one core."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])


def rounds(people: int, number: int) -> None:
    """Alternate ours and the plain way, and print medians."""
    seen: list[tuple[float, float, float]] = []
    peers: list[float] = []
    for _ in range(number):
        with tempfile.TemporaryDirectory() as folder, sink() as port:
            os_cores = os.sched_getaffinity(0)
            on_one_core()
            seen.append(uvloop.run(ours(Path(folder), port, people)))
            peers.append(uvloop.run(plain(Path(folder), port, max(200, people // 40))))
            os.sched_setaffinity(0, os_cores)
    freezing, telling, per_cpu = (statistics.median(column) for column in zip(*seen, strict=True))
    peer = statistics.median(peers)
    print(f"freeze a CSV              {freezing:9,.0f} people/s")
    print(f"whole path, one core      {telling:9,.0f} people/s   {per_cpu:,.0f} per CPU second")
    print(f"pooled aiosmtplib + commit {peer:9,.0f} people/s   we are {telling / peer:.1f}x")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, metavar="PEOPLE", help="tell so many and print the peak memory")
    options = parser.parse_args()
    if not options.memory:
        rounds(options.people, options.rounds)
        return
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        print(f"before: {peak():,.0f} MiB")
        freezing, telling, _ = uvloop.run(ours(Path(folder), port, options.memory))
        print(f"{options.memory:,} people: freeze {freezing:,.0f}/s, tell {telling:,.0f}/s")
        print(f"peak: {peak():,.0f} MiB")


if __name__ == "__main__":
    main()
