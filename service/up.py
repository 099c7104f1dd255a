"""Everything in one process: Temporal with its UI, the tables, every worker, the door and its pump."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Final

from temporalio.client import Client

from playbooks.forms import FormLibrary
from playbooks.messages import MESSAGES, message_ids
from service.auditor.companion import companion
from service.compose import Composition, Role, composed
from service.connection import connected
from service.door import door
from service.installation import install
from service.library import Library
from service.place import cache_dir
from service.plugin import plugin
from service.registration import register
from service.running import settled, stopping
from service.settings import Settings
from service.temporal import embedded
from service.worker import check, serve, workers

Say = Callable[[str], None]
# Where others of this machine find what runs here.
FILE: Final = "up.json"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of a running installation answer."""

    door: str
    temporal: str
    temporal_ui: str | None
    announcements: str


async def up(settings: Settings, say: Say) -> None:
    """Run everything until SIGTERM or Ctrl-C, then leave in good order: the door first, Temporal last.

    Raises:
        TemporalError: there is no Temporal server to work with.
        PackInvalid: a law pack or the playbook does not hold.
        SettingsError: the settings cannot be used.
        LedgerUnavailable: the ledger cannot be used now.

    """
    stop = stopping()
    async with companion(say) as auditor, everything(settings, say, stop) as where:
        auditor.start()
        settled()
        say(f"The door:          {where.door}")
        say(f"Announcements:     {where.announcements}")
        if where.temporal_ui:
            say(f"Temporal UI:       {where.temporal_ui}")
        say(f"Ledger and keys:   {settings.data_dir}")
        say("The auditor:       a process of its own, docs/auditor.md")
        say("Running; Ctrl-C ends it.")
        await stop.wait()
        say("Leaving: what is under way is finished first.")


@asynccontextmanager
async def everything(
    settings: Settings, say: Say, stop: asyncio.Event, *, ui: bool = True, rehearsal: bool = False
) -> AsyncIterator[Addresses]:
    """Have everything running for the block; `stop` is set when a part ends before it was asked to."""
    await asyncio.to_thread(_hold, settings)
    await asyncio.to_thread(install, settings)
    async with embedded(
        settings.data_dir,
        cache_dir=cache_dir(),
        address=settings.temporal_address,
        namespace=settings.temporal_namespace,
        ui=ui,
        say=say,
    ) as stack:
        say(f"Temporal:          {stack.address}, {stack.way}")
        client = await connected(settings, address=stack.address, plugins=[plugin()])
        await register(client)
        async with (
            composed(settings, rehearsal=rehearsal) as parts,
            _working(client, parts, list(Role), stop),
            door(client, parts, stop, anywhere=True) as address,
        ):
            where = Addresses(
                door=address,
                temporal=stack.address,
                temporal_ui=stack.ui_url,
                announcements=settings.announcements.base_url or settings.announcements_dir.as_uri(),
            )
            file = settings.data_dir / FILE
            file.write_text(json.dumps(asdict(where)) + "\n", encoding="utf-8")
            try:
                yield where
            finally:
                file.unlink(missing_ok=True)


async def work(settings: Settings, roles: Collection[Role], say: Say) -> None:
    """Run workers of these roles against the Temporal server of the settings, until SIGTERM or Ctrl-C.

    Raises:
        TemporalError: the server does not answer, or lacks a search attribute.
        PackInvalid: a law pack or the playbook does not hold.
        SettingsError: the settings cannot be used.
        LedgerUnavailable: the ledger cannot be used now.

    """
    stop = stopping()
    await asyncio.to_thread(_hold, settings)
    client = await connected(settings, plugins=[plugin()])
    await check(client)
    async with composed(settings) as parts:
        say(f"Working: {', '.join(sorted(roles))}")
        settled()
        await serve(workers(client, parts, roles), stop)


async def keep_door(settings: Settings, say: Say) -> None:
    """Keep the door open, until SIGTERM or Ctrl-C.

    Raises:
        TemporalError: the server does not answer.
        PackInvalid: a law pack or the playbook does not hold.
        SettingsError: the settings cannot be used, or the port is taken.
        LedgerUnavailable: the ledger cannot be used now.

    """
    stop = stopping()
    await asyncio.to_thread(_hold, settings)
    client = await connected(settings, plugins=[plugin()])
    async with composed(settings) as parts, door(client, parts, stop) as address:
        say(f"The door: {address}")
        await stop.wait()


def _hold(settings: Settings) -> None:
    """Refuse to start on law or a playbook that does not hold, before any server is asked.

    Raises:
        PackInvalid: naming the file, the line and the field.

    """
    library = Library(settings)
    library.see_playbooks(FormLibrary(), message_ids(MESSAGES))


@asynccontextmanager
async def _working(
    client: Client, parts: Composition, roles: Collection[Role], stop: asyncio.Event
) -> AsyncIterator[None]:
    leave = asyncio.Event()
    serving = asyncio.create_task(serve(workers(client, parts, roles), leave))
    # A worker that ends by itself ends the whole: nothing would do its work any more.
    serving.add_done_callback(lambda _: stop.set())
    try:
        yield
    finally:
        leave.set()
        await serving
