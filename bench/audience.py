"""Importing an audience, beside the plain way in the same run: `python bench/audience.py [--people N]`.

Ours reads a CSV, normalises and judges every address, searches for repeats, seals each person with the
campaign's key and writes two rows each. The peer is `csv.reader` and `executemany` into a copy of the same
two tables with the same durability: it judges nothing, knows no repeat and seals nothing. Rounds alternate;
medians; the figure is the ratio of rows per second.
"""

import argparse
import asyncio
import csv
import hashlib
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from temporalio.testing import ActivityEnvironment

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from activities.audience import Audience, Freeze  # noqa: E402 - a script finds its checkout first
from activities.sources import Sources  # noqa: E402 - as above
from bench._collector import as_in_a_worker  # noqa: E402 - as above
from domain.audience import Columns  # noqa: E402 - as above
from domain.line import instant  # noqa: E402 - as above
from domain.playbook import Words  # noqa: E402 - as above
from ledger.database import BUSY_MS, CHECKPOINT_PAGES  # noqa: E402 - as above
from ledger.memory import Memory, master_key  # noqa: E402 - as above
from ledger.migrate import migrate  # noqa: E402 - as above
from playbooks.messages import Messages  # noqa: E402 - as above
from service.judging import Beside  # noqa: E402 - as above

CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"
CHUNK = 5_000
HEADER = ("编号", "姓名", "邮箱", "手机号", "语言")


def people(path: Path, count: int) -> str:
    """Write a list of people who do not exist; its SHA-256."""
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        write.writerow(HEADER)
        write.writerows(
            (n, f"张{n % 9973}", f"p{n}@example{n % 50}.com", f"138{n:08}", "zh" if n % 9 else "en")
            for n in range(count)
        )
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def ours(folder: Path, listed: Path, sha256: str) -> tuple[float, int]:
    """Freeze the list as a worker does: seconds, and people."""
    migrate(f"sqlite:///{folder / 'ledger.db'}")
    memory = Memory(f"sqlite:///{folder / 'ledger.db'}", master_key(folder))
    letters = Messages(Words(zh="电话", en="phone"))
    audience = Audience(memory.deliveries, memory.keys, letters, Columns, Sources({}).opened, judges=Beside())
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, start_to_close_timeout=timedelta(hours=1))
    request = Freeze(
        campaign=CAMPAIGN,
        incident="I-AAAAAAAAAAAA",
        audience=str(listed),
        sha256=sha256,
        message="data-leak",
        channels=("sms", "email"),
        drill=False,
    )
    with as_in_a_worker():
        start = time.perf_counter()
        frozen = environment.run(audience.freeze, request)
        spent = time.perf_counter() - start
    memory.close()
    return spent, frozen.total


def peer(folder: Path, listed: Path) -> tuple[float, int]:
    """`csv.reader` and `executemany` into the same two tables, committed as often: seconds, and rows."""
    file = folder / "ledger.db"
    migrate(f"sqlite:///{file}")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection, listed.open(newline="") as text:
        pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
        for pragma in (*pragmas, f"busy_timeout={BUSY_MS}", f"wal_autocheckpoint={CHECKPOINT_PAGES}"):
            connection.execute(f"PRAGMA {pragma}")
        now = instant(datetime.now(UTC))
        connection.execute(
            "INSERT INTO campaign (number, stream, key_id, wrapped, created_at)"
            " VALUES (1, 'peer', '', x'00', ?)",
            (now,),
        )
        start = time.perf_counter()
        reader = csv.reader(text)
        next(reader)
        seq = 0
        while chunk := list(islice(reader, CHUNK)):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO recipient (campaign, seq, person, route, language, sealed)"
                " VALUES (1, ?, ?, ?, ?, ?)",
                _recipients(chunk, seq),
            )
            connection.executemany(
                "INSERT INTO delivery (campaign, seq, leg, channel, state, claim, provider_ref, code,"
                " attempts,"
                " possible_duplicate, event, updated_at)"
                " VALUES (1, ?, 0, 'sms', 'due', '', '', '', 0, 0, '', ?)",
                ((seq + n, now) for n in range(1, len(chunk) + 1)),
            )
            connection.execute("COMMIT")
            seq += len(chunk)
        return time.perf_counter() - start, seq


def _recipients(chunk: list[list[str]], seq: int) -> Iterator[tuple[int, str, str, str, bytes]]:
    for n, row in enumerate(chunk, seq + 1):
        yield n, f"{n:064x}", "sms,email", row[4], json.dumps(row).encode()


def main() -> None:
    """Print both medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    mine: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        listed = Path(place) / "people.csv"
        sha256 = people(listed, given.people)
        for number in range(given.rounds):
            pair: list[tuple[list[float], Callable[[Path], tuple[float, int]]]] = [
                (mine, lambda folder: ours(folder, listed, sha256)),
                (theirs, lambda folder: peer(folder, listed)),
            ]
            for times, work in pair if number % 2 else reversed(pair):
                with tempfile.TemporaryDirectory() as folder:
                    spent, rows = work(Path(folder))
                assert rows == given.people
                times.append(spent)
    fast, plain = (given.people / statistics.median(times) for times in (mine, theirs))
    print(f"import: {fast:,.0f} people/s; csv.reader + executemany {plain:,.0f} rows/s;", end=" ")
    print(f"ratio {fast / plain:.2f} (wanted ≥ 0.5)")


if __name__ == "__main__":
    asyncio.run(asyncio.to_thread(main))
