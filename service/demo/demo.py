"""`tocsin demo`: everything on this machine, one incident, two minutes."""

import asyncio
import os
import tempfile
import time
from pathlib import Path

from domain.evolve import fold
from domain.fact import read
from domain.ids import campaign_stream, incident_stream
from service.connection import connected
from service.demo.operator import DemoFailed, Say
from service.demo.people import BROKEN, ROWS
from service.demo.reckoning import reckon, rows
from service.demo.script import Script
from service.demo.stage import Endpoints, staged
from service.reading import Reading
from service.running import stopping
from service.settings import Settings, load
from service.tally import tally
from service.up import Addresses, everything
from workflows.incident import Incident


async def demo(folder: Path | None, say: Say, *, stay: bool, people: int = ROWS) -> None:
    """Play the demo in `folder`, or in a fresh one that stays behind, with a list of so many people.

    Raises:
        DemoFailed: something did not go as written.
        TemporalError: there is no Temporal server to work with.

    """
    began = time.monotonic()
    place = folder or Path(tempfile.mkdtemp(prefix="tocsin-demo-"))
    say(f"Data directory: {place}")
    stop = stopping()
    async with staged(place, people) as (stage, endpoints):
        # The settings of whoever typed `tocsin demo` are not the demo's.
        for name in [name for name in os.environ if name.startswith("TOCSIN_")]:
            del os.environ[name]
        os.environ.update(stage.environment())
        settings = load()
        async with everything(settings, say, stop, rehearsal=True) as where:
            incident = await Script(stage, where.door, say).play()
            await _same(settings, where, incident, say)
            say(f"\nDone in {time.monotonic() - began:.0f} s.")
            say(f"Temporal UI:       {where.temporal_ui}")
            say(f"Announcement page: {where.announcements}/{_page(settings)}")
            if stay:
                say("Staying until Ctrl-C.")
                await stop.wait()
        await _compare(settings, endpoints, incident, people, say)
    say(f"\nThe ledger stays in {place}; try\n")
    say(f"  TOCSIN_DATA_DIR={place} tocsin ledger verify")
    say(f"  TOCSIN_DATA_DIR={place} tocsin incident show {incident}")


async def _same(settings: Settings, where: Addresses, incident: str, say: Say) -> None:
    """Show that the ledger's fold is the workflow's own state.

    Raises:
        DemoFailed: it is not.

    """
    client = await connected(settings, address=where.temporal)
    workflow = client.get_workflow_handle_for(Incident.run, incident_stream(incident))
    lines = await asyncio.to_thread(Reading(settings.place).lines, incident_stream(incident))
    if fold(incident, [read(line) for line in lines]) != await workflow.query(Incident.state):
        message = "fold(ledger) is not the workflow's state"
        raise DemoFailed(message)
    say(f"fold({len(lines)} ledger rows) == the workflow's own state")


async def _compare(settings: Settings, endpoints: Endpoints, incident: str, people: int, say: Say) -> None:
    """Hold each row to what the local servers really took.

    Raises:
        DemoFailed: they differ.

    """
    counts = await asyncio.to_thread(tally, settings.place, incident, 1)
    taken = await endpoints.count()
    stream = campaign_stream(incident, 1)
    found = reckon(await asyncio.to_thread(rows, settings, stream), taken["heard"])
    say(f"\nrows: {counts}")
    for line in found.lines():
        say(line)
    if sum(counts.values()) != found.people or found.people != people - BROKEN:
        message = "the counts do not add up to the audience"
        raise DemoFailed(message)
    if found.twice:
        message = "somebody was told twice, and no row had said that it might be so"
        raise DemoFailed(message)
    if found.missing:
        message = "somebody is counted as told whom no server heard of"
        raise DemoFailed(message)


def _page(settings: Settings) -> str:
    folder = settings.announcements_dir
    pages = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    return pages[0] if pages else ""
