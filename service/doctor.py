"""Look an installation over: one line for each thing that must hold, and what to do where it does not."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from activities.alarm import TEMPLATE as ALARM
from domain.organisation import Organisation
from domain.playbook import Words
from ledger.database import Database
from ledger.master import MasterKey
from ledger.memory import Memory
from ledger.views import Views
from playbooks.forms import FormLibrary
from playbooks.messages import Messages
from playbooks.notices import Notices
from service.auditor.round import alive
from service.auditor.voice import voice
from service.channels import channels
from service.connection import connected
from service.door import mailbox, sources
from service.ending import told
from service.installation import ensure_dir
from service.library import Library
from service.payload_keys import read_keys
from service.people import People
from service.publishing import publisher
from service.settings import Settings, strangers
from service.settings_error import SettingsError
from service.temporal_error import TemporalError
from service.text_messages import unusable
from service.worker import check
from workflows.options import DECIDE

FOUR_EYES = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `well`, `mind` (it works, but see to it), or `ill` with its exit code."""

    what: str
    how: Literal["well", "mind", "ill"]
    said: str
    exit_code: int = 0


class Mind(Exception):  # noqa: N818 - a remark, not a fault
    """Something works and deserves a look all the same."""


Look = Callable[[Settings], Awaitable[str]]


async def examine(settings: Settings, queue: str = "") -> list[Finding]:
    """Look everything over, or only what a worker of one queue needs to be alive."""
    if queue:
        looks: dict[str, Look] = {"ledger": _ledger, f"queue {queue}": lambda known: _polled(known, queue)}
    else:
        looks = {
            "settings": _variables,
            "data directory": _directory,
            "payload keys": _payload_keys,
            "ledger and its keys": _memory,
            "law, playbook, texts": _books,
            "sources": _sources,
            "channels": _channels,
            "announcements": _announcements,
            "people": _people,
            "Temporal": _temporal,
            "auditor": _auditor,
        }
    return [await _looked(what, look, settings) for what, look in looks.items()]


async def _looked(what: str, look: Look, settings: Settings) -> Finding:
    try:
        return Finding(what, "well", await look(settings))
    except Mind as remark:
        return Finding(what, "mind", str(remark))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is what is looked for
        code, sentence = told(error)
        return Finding(what, "ill", sentence, code)


async def _variables(settings: Settings) -> str:
    unknown = strangers()
    if unknown:
        raise Mind(f"no setting is called {', '.join(unknown)}")
    if not settings.organisation:
        raise Mind("TOCSIN_ORGANISATION is empty: what the law asks of you stays unknown")
    profile = Organisation.read(settings.organisation)
    return f"they can be read; the law of {', '.join(profile.jurisdictions)}"


async def _directory(settings: Settings) -> str:
    if not settings.data_dir.is_dir():
        sentence = f"TOCSIN_DATA_DIR: {settings.data_dir} does not exist; run tocsin init."
        raise SettingsError("settings.data_dir", sentence)
    ensure_dir(settings.data_dir)
    return f"{settings.data_dir} can be written"


async def _payload_keys(settings: Settings) -> str:
    return f"the active one is {read_keys(settings.codec_file).active!r}"


async def _ledger(settings: Settings) -> str:
    def look() -> str:
        database = Database(settings.place.ledger_url)
        try:
            return f"{len(Views(database).incidents(open_only=True))} incidents are open"
        finally:
            database.close()

    return await asyncio.to_thread(look)


async def _memory(settings: Settings) -> str:
    def look() -> None:
        Memory(settings.place.ledger_url, MasterKey(settings.master_file)).close()

    await asyncio.to_thread(look)
    return await _ledger(settings)


async def _books(settings: Settings) -> str:
    library = Library(settings)
    contact = Words(zh=settings.contact.zh, en=settings.contact.en)
    Notices(contact)
    library.see_playbooks(FormLibrary(), Messages(contact).ids)
    if not (contact.zh and contact.en):
        raise Mind("TOCSIN_CONTACT__ZH and __EN are empty: papers and messages name nobody to ask")
    return f"{len(library.packs)} law packs, the playbooks {', '.join(library.playbooks)}"


async def _sources(settings: Settings) -> str:
    found = sources(settings)
    if not found:
        raise Mind("TOCSIN_SOURCES is empty: no system may post an alert")
    return ", ".join(f"{name} ({source.adapter})" for name, source in found.items())


async def _channels(settings: Settings) -> str:
    playbook = Library(settings).playbook
    mailbox(settings)
    async with channels(settings, frozenset()):
        pass
    lacking = [
        f"TOCSIN_{name.upper()}"
        for name in playbook.notification.channels
        if not (
            getattr(settings, name)
            or (name == "sms" and settings.sms_aliyun)
            or (name == "im" and settings.wecom)
        )
    ]
    actions = {step.action for step in playbook.steps if step.action} - settings.actions.keys()
    lacking += [f"TOCSIN_ACTIONS ({name})" for name in sorted(actions)]
    if (settings.sms or settings.voice) and not settings.public_url:
        lacking.append("TOCSIN_PUBLIC_URL")
    if unapproved := unusable(settings, (*playbook.notification.messages, ALARM)):
        raise Mind(f"Aliyun would send nothing: {'; '.join(unapproved)}")
    if lacking:
        raise Mind(f"the playbook {playbook.id} needs {', '.join(lacking)}")
    return "every channel and action that the playbook names has its settings"


async def _announcements(settings: Settings) -> str:
    async with publisher(settings) as public:
        await public.check()
    if not settings.announcements.base_url:
        raise Mind("TOCSIN_ANNOUNCEMENTS__BASE_URL is empty: where would the public read them?")
    bucket = settings.announcements.bucket
    if bucket:
        return (
            f"the bucket {bucket.name} can be listed; whether the key may write there, only publishing shows"
        )
    return f"{settings.announcements_dir} can be written"


async def _people(settings: Settings) -> str:
    if len(settings.operators) < FOUR_EYES:
        raise Mind("TOCSIN_OPERATORS has fewer than two people: nothing that needs four eyes can be done")
    people = People(settings)
    plans = Library(settings).playbooks.values()
    called = dict.fromkeys(role for plan in plans for role in plan.alarms.everybody)
    silent = [role for role in called if not people.of_role(role)]
    if silent:
        raise Mind(f"nobody is told when a clock alarms the role {', '.join(silent)}")
    return f"{len(settings.operators)} operators; every role that is alarmed has somebody"


async def _temporal(settings: Settings) -> str:
    client = await connected(settings)
    await check(client)
    polled = await _polled(settings, DECIDE)
    return f"{client.namespace} at {client.service_client.config.target_host}; {polled}"


async def _auditor(settings: Settings) -> str:
    if not settings.auditor.heard:
        raise Mind("TOCSIN_AUDITOR names nobody: who would hear of a clock that was terminated?")
    async with voice(settings):
        pass
    if not alive(settings, datetime.now(UTC)):
        raise Mind("no auditor with its notes in this data directory has looked lately: run tocsin auditor")
    return "it has looked, and somebody hears it"


async def _polled(settings: Settings, queue: str) -> str:
    client = await connected(settings)
    kind = (
        TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW if queue == DECIDE else TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
    )
    request = DescribeTaskQueueRequest(
        namespace=client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
    )
    found = await client.workflow_service.describe_task_queue(request)
    if not found.pollers:
        raise TemporalError("temporal.unreachable", f"no worker takes from the queue {queue}.")
    return f"{len(found.pollers)} workers take from {queue}"
