"""The ledger against its peers, in one run: `python -m bench.ledger [--quick]`.

The peer of the batch append is raw `sqlite3.executemany` doing the same work: the same hashes, key,
triggers, views and durability. The peer of the inbox is one `sqlite3` commit per delivery. Every
figure is the median of alternating rounds; every row is hashed and sealed, nothing is taken out.
"""

import asyncio
import gc
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from domain import facts as f
from domain.fact import Fact
from domain.line import GENESIS, Line, instant
from domain.views import blank, project
from ledger.database import BUSY_MS, CHECKPOINT_PAGES, default_url
from ledger.memory import Memory, master_key
from ledger.migrate import migrate
from ledger.port import DeliveryState, NewDelivery, Outcome, Parcel
from ledger.views import Projection, cells

QUICK = "--quick" in sys.argv
ROUNDS = 3 if QUICK else 9
BATCH = 1_000
STREAMS = 16
SINGLES = 100 if QUICK else 500
PEOPLE = 20_000 if QUICK else 200_000
PER_SECOND = 3_000
SECONDS = 2 if QUICK else 10
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def lines(stream: str, first: int, count: int) -> list[Line]:
    """Facts of a usual size, made before the clock starts."""
    body = f.StepDone(step="isolate-host", code="200", note="isolated by the EDR, confirmed by the console")
    return [
        Fact(stream=stream, version=version, at=NOW, actor="system:contain", body=body).line()
        for version in range(first, first + count)
    ]


class Raw:
    """What a careful programmer would write with sqlite3 alone, on a database with the same tables."""

    def __init__(self, folder: Path) -> None:
        url = default_url(folder)
        migrate(url)
        self.connection = sqlite3.connect(folder / "ledger.db", isolation_level=None)
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON")
        for pragma in (*pragmas, f"busy_timeout={BUSY_MS}", f"wal_autocheckpoint={CHECKPOINT_PAGES}"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.upsert = Projection.statement(type(blank("incident/x")))

    def append(self, stream: str, batch: list[Line]) -> None:
        """Hash, insert, project, commit."""
        self.connection.execute("BEGIN IMMEDIATE")
        rows, last = [], GENESIS
        for line in batch:
            prev, last = last, line.hashed(last)
            rows.append(
                (
                    line.stream,
                    line.version,
                    str(line.fact_id),
                    line.type,
                    line.schema_version,
                    instant(line.at),
                    line.actor,
                    line.body,
                    prev,
                    last,
                )
            )
        self.connection.executemany(
            "INSERT INTO fact (stream, version, fact_id, type, schema, at, actor, body, prev, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        self.connection.execute(self.upsert, cells(project(blank(stream), batch)))
        self.connection.execute("COMMIT")


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call, without the collector's pauses."""
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    work()
    spent = time.perf_counter() - start
    gc.enable()
    return spent


def batch_append(memory: Memory, raw: Raw) -> None:
    """Batch 1,000: ours against the peer, alternating."""
    ours, theirs = [], []
    for number in range(ROUNDS * 4):
        stream = f"incident/B-{number}"
        batch = lines(stream, 1, BATCH)
        pair = [
            (ours, lambda stream=stream, batch=batch: memory.ledger.append(stream, batch)),
            (theirs, lambda stream=stream, batch=batch: raw.append(stream, batch)),
        ]
        for times, work in pair if number % 2 else reversed(pair):
            times.append(timed(work))
    mine, peer = statistics.median(ours), statistics.median(theirs)
    print(
        f"append, batch {BATCH}: {BATCH / mine:,.0f} facts/s; raw executemany {BATCH / peer:,.0f} facts/s;",
        end=" ",
    )
    print(f"ratio {peer / mine:.3f} (wanted ≥ 0.9)")


def single_appends(memory: Memory) -> None:
    """One durable fact at a time from 16 streams."""
    rates = []
    for number in range(ROUNDS):
        names = [f"incident/S-{number}-{stream}" for stream in range(STREAMS)]
        prepared = {name: lines(name, 1, SINGLES) for name in names}

        def write(name: str, prepared: dict[str, list[Line]] = prepared) -> None:
            for line in prepared[name]:
                memory.ledger.append(name, [line])

        threads = [threading.Thread(target=write, args=(name,)) for name in names]

        def work(threads: list[threading.Thread] = threads) -> None:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        rates.append(STREAMS * SINGLES / timed(work))
    print(f"append, single durable facts from {STREAMS} streams: {statistics.median(rates):,.0f}/s", end=" ")
    print("(wanted ≥ 1,500)")


def deliveries(memory: Memory) -> None:
    """Freeze, then claim and settle in batches of 1,000."""
    campaign = "incident/I-AAAAAAAAAAAA/campaign/1"
    key = memory.keys.campaign(campaign)
    sealed = key.seal(b'{"sms":"+8613800000000","email":"someone@example.org","name":"..."}', "1")
    rows = (NewDelivery(seq, f"{seq:064x}", ("sms", "email"), "zh", sealed) for seq in range(1, PEOPLE + 1))
    print(f"freeze: {PEOPLE / timed(lambda: memory.deliveries.freeze(campaign, rows)):,.0f} rows/s")
    spent = []
    for first in range(1, PEOPLE + 1, BATCH):
        last = first + BATCH - 1

        def work(first: int = first, last: int = last) -> None:
            taken = memory.deliveries.claim(campaign, ("sms",), first, last, BATCH, "token", NOW)
            outcomes = [Outcome(row.seq, DeliveryState.SENT, f"SM{row.seq:032x}") for row in taken]
            assert memory.deliveries.settle(campaign, "token", outcomes, NOW) == BATCH

        spent.append(timed(work))
    print(
        f"claim and settle, batch {BATCH}: {BATCH / statistics.median(spent):,.0f} rows/s (wanted ≥ 25,000)"
    )
    print(f"counts over {PEOPLE:,} rows: {timed(lambda: memory.deliveries.counts(campaign)) * 1e3:.0f} ms")


async def inbox(memory: Memory) -> None:
    """An open loop of 3,000 deliveries a second: each is sent on its instant, answered or not."""
    body = os.urandom(1_500).hex().encode()
    waits: list[float] = []

    async def one(number: int, due: float) -> None:
        await memory.inbox.put(Parcel("guardduty", f"d{number}", body, NOW))
        waits.append(time.perf_counter() - due)

    start = time.perf_counter()
    cpu = time.process_time()
    tasks = []
    for number in range(PER_SECOND * SECONDS):
        due = start + number / PER_SECOND
        delay = due - time.perf_counter()
        if delay > 0:
            await asyncio.sleep(delay)
        tasks.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*tasks)
    spent = time.perf_counter() - start
    waits.sort()
    p50, p99 = waits[len(waits) // 2] * 1e3, waits[len(waits) * 99 // 100] * 1e3
    print(f"inbox, open loop: {len(waits) / spent:,.0f}/s held, p50 {p50:.1f} ms, p99 {p99:.1f} ms,", end=" ")
    print(f"{(time.process_time() - cpu) / spent:.0%} of a core")


def main() -> None:
    """Run everything in a directory that is thrown away."""
    print(
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores, FULL"
    )
    # Here and not in the system's temporary folder, which may be memory and would make commits free.
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-", dir=".") as name:
        folder = Path(name)
        (folder / "raw").mkdir()
        url = default_url(folder)
        migrate(url)
        memory = Memory(url, master_key(folder))
        batch_append(memory, Raw(folder / "raw"))
        single_appends(memory)
        deliveries(memory)
        asyncio.run(inbox(memory))
        start = time.perf_counter()
        verification = memory.ledger.verify()
        print(
            f"verify: {verification.facts / (time.perf_counter() - start):,.0f} facts/s, ok={verification.ok}"
        )
        memory.close()


if __name__ == "__main__":
    main()
