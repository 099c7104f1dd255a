"""Signed webhooks per second that the door takes in durably on one core, and their latency, in an open loop.

`python bench/intake.py [--rate R] [--seconds S] [--body BYTES]`. Arrivals keep to their schedule whatever the
server does, and a latency counts from the scheduled instant. The server is a process pinned to one core, the
senders have another. One delivery in a hundred is sent twice; afterwards the rows are counted. The peer, in
the same run, is an ordinary FastAPI route: the library's signature check, the same sealed row in the same
database and settings, one commit per request.
"""

import argparse
import asyncio
import base64
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Annotated

import uvicorn
import uvloop
from fastapi import FastAPI, Header, HTTPException, Request
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench._open_loop import Figures, OpenLoop  # noqa: E402 - a script finds its checkout first
from intake.app import app  # noqa: E402 - as above
from intake.ports import Passage, Ports, Unreachable  # noqa: E402 - as above
from intake.signature import signed  # noqa: E402 - as above
from intake.source import Source  # noqa: E402 - as above
from ledger.database import default_url  # noqa: E402 - as above
from ledger.memory import Memory, master_key  # noqa: E402 - as above
from ledger.migrate import migrate  # noqa: E402 - as above

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
WARM_UP_S = 2.0
REPEATED = 100


class Nowhere:
    """No pump runs here: the door is measured, and it waits for no pump."""

    async def carry(self, passage: Passage) -> str:
        """Never called: what comes is only stored."""
        raise Unreachable(passage.update)


def door(memory: Memory) -> ASGIApp:
    """Compose the door as the service does."""
    return app(
        Ports(
            inbox=memory.inbox,
            deliveries=memory.deliveries,
            sources={"bench": Source(name="bench", adapter="ocsf", secrets=(SECRET,))},
            hide=memory.keys.keyed,
            carrier=Nowhere(),
            clock=lambda: datetime.now(UTC),
            public_url="http://127.0.0.1",
        )
    )


def peer(memory: Memory) -> ASGIApp:
    """Compose what one would write first: a FastAPI route, and one durable commit for each request."""
    api = FastAPI()
    check = Webhook(SECRET)
    seal = memory.keys.installation()
    database = sqlite3.connect(memory.database.url.database or "", check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    lock = Lock()

    def store(delivery: str, body: bytes) -> int:
        sealed = seal.seal(body, f"inbox/bench/{delivery}")
        with lock, database:
            return database.execute(
                "INSERT INTO inbox (source, delivery, sha256, sealed_body, received_at, status, code,"
                " incidents, attempts) VALUES ('bench', ?, '', ?, ?, 'received', '', '[]', 0)"
                " ON CONFLICT (source, delivery) DO NOTHING",
                (delivery, sealed, datetime.now(UTC).isoformat()),
            ).rowcount

    @api.post("/alerts/bench", status_code=202)
    async def alert(request: Request, webhook_id: Annotated[str, Header()]) -> dict[str, str]:
        body = await request.body()
        try:
            check.verify(body, dict(request.headers), json_parse=False)
        except WebhookVerificationError as error:
            raise HTTPException(401) from error
        await run_in_threadpool(store, webhook_id, body)
        return {"delivery": webhook_id, "status": "received"}

    return api


def serve(which: str, data: Path) -> None:
    """Run one of the two until it is told to stop; print its port once it listens."""
    migrate(default_url(data))
    memory = Memory(default_url(data), master_key(data))
    config = uvicorn.Config(
        door(memory) if which == "door" else peer(memory),
        host="127.0.0.1",
        port=0,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
    )
    listening = config.bind_socket()
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def server(which: str, data: Path, core: int) -> Iterator[tuple[int, int]]:
    """Start one of the two on a core of its own: its port and its process id."""
    process = subprocess.Popen(
        ["taskset", "-c", str(core), sys.executable, __file__, "--serve", which, "--data", str(data)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def requests(count: int, size: int, port: int) -> list[bytes]:
    """Write signed requests, each an OCSF finding of its own; every hundredth once more."""
    written: list[bytes] = []
    now = datetime.now(UTC)
    for place in range(count):
        if place % REPEATED == REPEATED - 1:
            written.append(written[-1])
            continue
        finding = {
            "class_uid": 2004,
            "severity_id": 4,
            "time": int(now.timestamp() * 1000),
            "finding_info": {"uid": f"finding-{place}", "title": "Unusual export of personal information"},
            "resources": [{"uid": f"host-{place % 500}"}],
            "unmapped": "",
        }
        finding["unmapped"] = "x" * max(0, size - len(json.dumps(finding)))
        body = json.dumps(finding).encode()
        head = "".join(
            f"{key}: {value}\r\n" for key, value in signed(SECRET, f"m-{place}", now, body).items()
        )
        written.append(
            f"POST /alerts/bench HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n{head}\r\n".encode()
            + body
        )
    return written


def cpu(pid: int) -> float:
    """Processor seconds a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(which: str, rate: float, seconds: float, size: int, cores: list[int]) -> Figures:
    """Start a server over an empty ledger, send to it, and see that every delivery lies there once."""
    data = Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
    try:
        with server(which, data, cores[0]) as (port, pid):
            os.sched_setaffinity(0, {cores[-1]})
            written = requests(int(rate * (WARM_UP_S + seconds)), size, port)
            before = cpu(pid)
            figures = asyncio.run(OpenLoop(rate, written).run(port, int(rate * WARM_UP_S)))
            figures.cpu_s = (cpu(pid) - before) / sum(figures.statuses.values())
        with sqlite3.connect(data / "ledger.db") as ledger:
            rows = ledger.execute("SELECT count(*) FROM inbox").fetchone()[0]
        answered = figures.statuses.get(202, 0)
        if answered == len(written):
            assert rows == len(set(written)), f"{rows} rows for {len(set(written))} deliveries"
        return figures
    finally:
        shutil.rmtree(data)


def show(name: str, rate: float, runs: list[Figures]) -> None:
    """Print one server's figures: the median of the runs."""
    med = statistics.median
    reached = med(f.reached for f in runs)
    p50, p99 = (med(f.quantile(share) for f in runs) for share in (0.5, 0.99))
    print(
        f"{name:22} asked {rate:6.0f}/s  reached {reached:6.0f}/s  p50 {p50:8.1f} ms  p99 {p99:8.1f} ms"
        f"  server CPU {med(f.cpu_s for f in runs) * 1e6:5.0f} µs each  {runs[-1].statuses}",
        flush=True,
    )


def main() -> None:
    """Measure the door and its peer, turn about, and print both and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=3000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--body", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--serve", choices=["door", "peer"])
    parser.add_argument("--data", type=Path)
    asked = parser.parse_args()
    uvloop.install()
    if asked.serve:
        serve(asked.serve, asked.data)
        return
    cores = sorted(os.sched_getaffinity(0))
    doors: list[Figures] = []
    peers: list[Figures] = []
    for _ in range(asked.rounds):
        doors.append(measure("door", asked.rate, asked.seconds, asked.body, cores))
        peers.append(measure("peer", asked.rate, asked.seconds, asked.body, cores))
    show("the door", asked.rate, doors)
    show("one commit per request", asked.rate, peers)
    ratio = statistics.median(d.reached / p.reached for d, p in zip(doors, peers, strict=True))
    print(f"the door reaches {ratio:.2f} times what the peer reaches")


if __name__ == "__main__":
    main()
