"""A whole installation on this machine: real server, real ledger, real workers and door, local endpoints."""

import asyncio
import base64
import json
import os
import secrets
import socket
import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import httpx
from ruamel.yaml import YAML
from standardwebhooks import Webhook
from temporalio.client import Client

from ledger.database import Database
from ledger.store import Store
from ledger.views import Views
from playbooks.incident import DEFAULT
from service.compose import Composition, Role, composed
from service.connection import connected
from service.desk import Desk
from service.door import door
from service.installation import enrol, install
from service.local_endpoints.edr_like import EdrLike
from service.local_endpoints.smtp_sink import SmtpSink
from service.local_endpoints.twilio_like import TwilioLike
from service.plugin import plugin
from service.settings import Settings
from service.worker import serve, workers
from tests.stories.wait import until

BEARER = "bearer-of-the-story"
AUTHORITIES = (
    "cac-provincial",
    "competent-department",
    "pi-protection-department",
    "original-channel",
    "psb-county",
)
ADAPTERS = {
    "siem": {"adapter": "ocsf", "drill": True},
    "live": {"adapter": "ocsf", "drill": False},
    "aws": {"adapter": "guardduty", "carriers": ("eventbridge",), "drill": True},
}


@dataclass
class Endpoints:
    """What stands for the world outside, in this very process, so that a story can ask it."""

    mail: SmtpSink
    phone: TwilioLike
    edr: EdrLike

    @classmethod
    @asynccontextmanager
    async def running(cls):
        async with (
            SmtpSink(keep=True) as mail,
            TwilioLike() as phone,
            EdrLike(bearer=BEARER) as edr,
        ):
            yield cls(mail, phone, edr)


@dataclass
class House:
    """One installation; `parts` and `client` are there while its processes run in this one."""

    settings: Settings
    secrets: dict[str, str]
    world: Endpoints
    client: Client
    door: str = ""
    parts: Composition | None = None

    @cached_property
    def database(self) -> Database:
        return Database(self.settings.place.ledger_url)

    @property
    def ledger(self) -> Store:
        return Store(self.database)

    @property
    def views(self) -> Views:
        return Views(self.database)

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.client, self.settings.operators)

    async def post(self, source: str, body: bytes, *, name: str = "") -> dict[str, object]:
        """Post a body as a SIEM would: signed by Standard Webhooks."""
        name, now = name or f"msg_{uuid.uuid4().hex}", datetime.now(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secrets[source]).sign(name, now, body.decode()),
        }
        async with httpx.AsyncClient(timeout=30, trust_env=False) as http:
            answer = await http.post(f"{self.door}/alerts/{source}", content=body, headers=headers)
            answer.raise_for_status()
            return answer.json()

    async def became(self, delivery: str) -> dict[str, object]:
        """Wait until a delivery is on its way no more, and say what became of it."""
        async with httpx.AsyncClient(timeout=30, trust_env=False) as http:

            async def settled():
                found = (await http.get(f"{self.door}/deliveries/{delivery}")).json()
                return found if found["status"] != "received" else None

            return await until(settled, 30)


def finding(external: str, *, asset: str = "db-01", severity: int = 4) -> bytes:
    """An OCSF detection finding of our own, with names in it that nobody may see later."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    event = {
        "activity_id": 1,
        "category_uid": 2,
        "class_uid": 2004,
        "type_uid": 200401,
        "severity_id": severity,
        "status_id": 1,
        "time": now,
        "metadata": {"version": "1.4.0", "product": {"name": "Story SIEM", "vendor_name": "Tocsin"}},
        "finding_info": {
            "uid": external,
            "title": "Bulk read by zhang.san@story.example",
            "created_time": now,
            "analytic": {"uid": "DB-EXFIL-001", "type_id": 1},
        },
        "resources": [{"uid": asset, "type": "database"}],
    }
    return json.dumps(event).encode()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def playbook_with(folder: Path, **notification: object) -> Path:
    """The shipped playbook with another notification plan."""
    yaml = YAML(typ="safe")
    plan = yaml.load(DEFAULT.read_text(encoding="utf-8"))
    plan["notification"].update(notification)
    file = folder / "playbook.yaml"
    with file.open("w", encoding="utf-8") as out:
        yaml.dump(plan, out)
    return file


def config(world: Endpoints, keys: dict[str, str], port: int) -> dict[str, object]:
    """The settings of a story, as a file would hold them."""
    act = {"url": f"{world.edr.url}/contain", "undo_url": f"{world.edr.url}/release", "token": BEARER}
    return {
        "timezone": "Asia/Shanghai",
        "public_url": f"http://127.0.0.1:{port}",
        "intake": {"host": "127.0.0.1", "port": port},
        "organisation": {
            "name": "示例网络科技有限公司",
            "province": "浙江",
            "operates_cii": False,
            "state_organ": False,
            "provides_network_products": False,
            "offers_public_services": True,
            "handles_important_data": False,
            "persons_processed": 3_000_000,
            "sectors": ["other"],
            "jurisdictions": ["CN"],
        },
        "contact": {"zh": "数据安全办公室", "en": "the data security office"},
        "sources": {name: {**kind, "secrets": [keys[name]]} for name, kind in ADAPTERS.items()},
        "operators": {
            "analyst": {"roles": ["security", "forensics"], "email": "analyst@story.example"},
            "officer": {"roles": ["lead"], "email": "officer@story.example"},
            "liaison": {"roles": ["legal", "privacy"], "email": "liaison@story.example"},
        },
        "email": {
            "host": "127.0.0.1",
            "port": world.mail.port,
            "tls": "none",
            "sender": "notice@story.example",
        },
        "sms": {
            "sid": world.phone.account_sid,
            "token": world.phone.auth_token,
            "sender": "+15005550006",
            "api_base": world.phone.url,
            "settle_seconds": 1,
        },
        "actions": {"isolate-host": act, "revoke-access": act},
        "authorities": {name: {"email": f"{name}@story.example"} for name in AUTHORITIES},
    }


@asynccontextmanager
async def furnished(folder: Path, temporal_address: str, *, namespace: str, **changes: object):
    """Have endpoints, settings, keys, tables and a namespace for the block; nothing works or listens yet."""
    drawn = {name: "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode() for name in ADAPTERS}
    async with Endpoints.running() as world:
        written = {
            **config(world, drawn, free_port()),
            "data_dir": str(folder),
            "temporal_address": temporal_address,
            "temporal_namespace": namespace,
            **changes,
        }
        file = folder / "tocsin.yaml"
        with file.open("w", encoding="utf-8") as out:
            YAML(typ="safe").dump(written, out)
        file.chmod(0o600)
        settings = Settings(**written)
        await asyncio.to_thread(install, settings)
        await enrol(settings)
        house = House(settings, drawn, world, await connected(settings, plugins=[plugin()]))
        try:
            yield house
        finally:
            house.database.close()


@asynccontextmanager
async def manned(house: House, *, roles=tuple(Role), rehearsal: bool = True):
    """Have the door open and workers of these roles at work, all in this process."""
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        house.parts = await stack.enter_async_context(composed(house.settings, rehearsal=rehearsal))
        serving = asyncio.create_task(serve(workers(house.client, house.parts, roles), stop))
        try:
            async with door(house.client, house.parts, asyncio.Event()) as house.door:
                yield house
        finally:
            stop.set()
            await serving


def environment(house: House) -> dict[str, str]:
    """What a process of this installation has in its environment: nothing of ours, nothing that measures."""
    ours = ("TOCSIN_", "COVERAGE_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    kept = {name: os.environ[name] for name in ("TOCSIN_CACHE_DIR",) if name in os.environ}
    folder = house.settings.data_dir
    return {
        **clean,
        **kept,
        "TOCSIN_DATA_DIR": str(folder),
        "TOCSIN_CONFIG": str(folder / "tocsin.yaml"),
    }
