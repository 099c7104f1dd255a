"""A population told by one installation: imported, sent, settled and proven, over a real Temporal server.

`python bench/population.py [--people 10000000] [--folder DIR]`. `tocsin up` runs as anybody runs it, a
process of its own with its Temporal server and a SQLite ledger; an alert opens an incident, operators type
their commands, and every person gets an e-mail over a local SMTP sink that remembers each Message-ID. The
playbook is the shipped one with e-mail alone and a second's wait for receipts. It prints how long each part
took, the most memory that each process had, the longest history, and what the sink took beside what the
rows say; it exits with 1 where these differ.
"""

import argparse
import asyncio
import base64
import json
import os
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from ruamel.yaml import YAML
from temporalio.client import Client

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from domain.ids import incident_stream  # noqa: E402 - a script finds its checkout first
from playbooks.incident import DEFAULT  # noqa: E402 - as above
from service.demo.alert import SOURCE, body, post  # noqa: E402 - as above
from service.demo.operator import Operators  # noqa: E402 - as above
from service.demo.stage import CONFIG, PLAYBOOK, Stage, endpoints, free_port, settings_for  # noqa: E402 - as above
from service.up import FILE  # noqa: E402 - as above

FACTS = "persons_affected={people} personal_information=leaked harms_individuals=true"
LOOK_S = 2.0


def write_list(path: Path, people: int) -> None:
    """Write a list of people who do not exist."""
    with path.open("w", encoding="utf-8") as file:
        file.write("id,name,email,language\n")
        file.writelines(
            f"C{n:08},张{n % 9973},p{n}@example{n % 50}.com,{'zh' if n % 9 else 'en'}\n"
            for n in range(people)
        )


def prepare(folder: Path, where: dict[str, object], people: int) -> Stage:
    """Write the list, the playbook and the settings."""
    yaml = YAML(typ="safe")
    plan = yaml.load(DEFAULT)
    plan["notification"].update(channels=["email"], settle="PT1S")
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    settings = settings_for(where, secret, free_port())
    settings["sources"] = {SOURCE: {"adapter": "ocsf", "secrets": [secret]}}
    settings["playbook"] = str(folder / PLAYBOOK)
    for file, content in ((folder / PLAYBOOK, plan), (folder / CONFIG, settings)):
        with file.open("w", encoding="utf-8") as out:
            yaml.dump(content, out)
        file.chmod(0o600)
    stage = Stage(folder=folder, secret=secret)
    write_list(stage.audience, people)
    return stage


@asynccontextmanager
async def running(stage: Stage) -> AsyncIterator[tuple[int, dict[str, str]]]:
    """Run `tocsin up` for the block: its process id, and where its parts answer."""
    program = [sys.executable, "-c", "from cli.main import main; main()", "up"]
    with (stage.folder / "up.log").open("w") as log:
        process = await asyncio.create_subprocess_exec(
            *program,
            cwd=ROOT,
            env=stage.environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        while not (stage.folder / FILE).exists():
            if process.returncode is not None:
                raise SystemExit((stage.folder / "up.log").read_text())
            await asyncio.sleep(0.2)
        yield process.pid, json.loads((stage.folder / FILE).read_text())
    finally:
        process.terminate()
        await process.wait()


def tree(root: int) -> dict[int, str]:
    """The process and everything that it started, by id: their programs' names."""
    parents: dict[int, tuple[int, str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, rest = (entry / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
            except OSError:
                continue
            parents[int(entry.name)] = (int(rest.split()[1]), name)
    found = {root: parents[root][1]}
    while more := {
        pid: name for pid, (parent, name) in parents.items() if parent in found and pid not in found
    }:
        found |= more
    return found


def peaks(root: int) -> dict[str, float]:
    """The most resident memory that each process has had, in MiB, by program and id."""
    most = {}
    for pid, name in tree(root).items():
        try:
            status = (Path("/proc") / str(pid) / "status").read_text()
        except OSError:
            continue
        [high] = [line for line in status.splitlines() if line.startswith("VmHWM")]
        most[f"{name} {pid}"] = int(high.split()[1]) / 1024
    return most


async def recorded(folder: Path, kind: str) -> dict[str, str]:
    """Wait for a fact of the campaign; when each kind was recorded."""
    query = "SELECT type, recorded_at FROM fact WHERE stream LIKE '%/campaign/1'"
    times: dict[str, str] = {}
    with closing(sqlite3.connect(f"file:{folder / 'ledger.db'}?mode=ro", uri=True)) as base:
        while kind not in times:
            await asyncio.sleep(LOOK_S)
            times = dict(base.execute(query))
    return times


async def longest(address: str, incident: str) -> dict[str, tuple[int, int]]:
    """By kind of workflow: how many runs there were, and the events of the longest."""
    client = await Client.connect(address)
    found: dict[str, tuple[int, int]] = {}
    async for one in client.list_workflows(f"WorkflowId STARTS_WITH '{incident_stream(incident)}'"):
        # The list does not know how long the history of one is that still runs.
        now = await client.get_workflow_handle(one.id, run_id=one.run_id).describe()
        runs, events = found.get(one.workflow_type, (0, 0))
        found[one.workflow_type] = (runs + 1, max(events, now.history_length))
    return found


async def tell(stage: Stage, pid: int, where: dict[str, str], people: int) -> bool:
    """Play the incident and print the figures; whether they hold."""
    operators = Operators(stage, lambda _: None)
    began = time.perf_counter()

    def say(words: str) -> None:
        print(f"{time.perf_counter() - began:8.0f} s  {words}", flush=True)

    await post(where["door"], stage.secret, body())
    found = await operators.until("incident list", bool, 30)
    name = found[0]["incident"]
    await operators.type(f"fact set {name} {FACTS.format(people=people)} --basis bench", by="analyst")
    await operators.type(f"triage {name} --confirmed --reason bench", by="analyst")
    await operators.type(f"activate {name}", by="officer")
    planning = time.perf_counter()
    await operators.type(f"notify plan {name} {stage.audience} --no-wait", by="liaison")
    await recorded(stage.folder, "AudienceFrozen")
    frozen = time.perf_counter()
    say(f"imported, {people / (frozen - planning):,.0f} people/s; {peaks(pid)}")
    await operators.until(f"notify status {name}", lambda shown: shown[0]["planned"], 600)
    await operators.type(f"approve {name} campaign/1", by="officer")
    started = time.perf_counter()
    await operators.type(f"notify start {name} 1 --no-wait", by="liaison")
    times = await recorded(stage.folder, "CampaignSettled")
    say(f"sent, settled and counted, {people / (time.perf_counter() - started):,.0f} people/s")
    for kind, at in sorted(times.items(), key=lambda pair: pair[1]):
        say(f"{kind}: {at}")
    memory = peaks(pid)
    say("most memory, MiB: " + ", ".join(f"{each}: {most:,.0f}" for each, most in memory.items()))
    say(f"workflows, runs and most events of one: {await longest(where['temporal'], name)}")
    size = sum(file.stat().st_size for file in stage.folder.glob("ledger.db*"))
    say(f"ledger: {size / 2**30:.1f} GiB; load {os.getloadavg()[0]:.1f}")
    with closing(sqlite3.connect(f"file:{stage.folder / 'ledger.db'}?mode=ro", uri=True)) as base:
        rows = dict(base.execute("SELECT state, count(*) FROM delivery GROUP BY state"))
    say(f"rows: {rows}")
    return rows == {"sent": people}


async def main() -> None:
    """Run it and say whether everybody was told exactly once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, help="where the ledger lies; empty: a folder that goes again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        folder = options.folder or Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        async with endpoints() as world:
            stage = await asyncio.to_thread(prepare, folder, world.addresses, options.people)
            async with running(stage) as (pid, where):
                holds = await tell(stage, pid, where, options.people)
            taken = (await world.count())["mail"]
    print(f"the sink took {taken}")
    told = taken["messages"] == taken["distinct"] and taken["distinct"] >= options.people
    if not (holds and told):
        raise SystemExit("the rows and the sink differ")


if __name__ == "__main__":
    asyncio.run(main())
