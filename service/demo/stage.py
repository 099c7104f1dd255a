"""The demo's stage: local endpoints that behave like the real ones, and settings that lead to them."""

import asyncio
import base64
import json
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from playbooks.incident import DEFAULT
from service.demo.alert import SOURCE
from service.demo.people import GREYLISTED, write_people

CONFIG: Final = "tocsin.yaml"
PLAYBOOK: Final = "playbook.yaml"
CHANNELS: Final = ("sms", "voice", "im", "email")
# Of a hundred texts one is taken and answered by an error, one is put off with a word how long and, of two
# hundred, one without; two hundredths never arrive. Two mailboxes greylist.
FAULTS: Final = (
    *("--sms-fault", "turn=broken_after,to=+86139,every=100"),
    *("--sms-fault", "turn=throttled,to=+86139,every=200,retry_after=1"),
    *("--sms-fault", "turn=throttled,to=+86139,every=199"),
    *("--sms-fault", "turn=undelivered,to=+86139,every=53,code=30003"),
    *(
        word
        for address in GREYLISTED
        for word in ("--mail-fault", f"stage=rcpt,reply=451 4.7.1 greylisted,to={address},times=1")
    ),
)
AUDIENCE: Final = "audience.csv"
_HOME: Final = Path(__file__).resolve().parents[2]
AUTHORITIES: Final = (
    "cac-provincial",
    "competent-department",
    "pi-protection-department",
    "original-channel",
    "psb-county",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays."""

    folder: Path
    secret: str

    @property
    def audience(self) -> Path:
        """The list of the people affected."""
        return self.folder / AUDIENCE

    def environment(self) -> dict[str, str]:
        """What an operator's shell would have set."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
        kept = {name: os.environ[name] for name in ("TOCSIN_CACHE_DIR",) if name in os.environ}
        return {
            **clean,
            **kept,
            "TOCSIN_DATA_DIR": str(self.folder),
            "TOCSIN_CONFIG": str(self.folder / CONFIG),
            "COLUMNS": "150",
        }


@asynccontextmanager
async def staged(folder: Path, people: int) -> AsyncIterator[tuple[Stage, "Endpoints"]]:
    """Have the endpoints running, the settings and a list of so many people written for the block."""
    async with endpoints(*FAULTS) as found:
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        settings = settings_for(found.addresses, secret, free_port())
        settings["playbook"] = str(folder / PLAYBOOK)
        await asyncio.to_thread(_prepare, folder, settings, people)
        yield Stage(folder=folder, secret=secret), found


class Endpoints:
    """The local endpoints' process; its last word is what it really took."""

    def __init__(self, process: asyncio.subprocess.Process, addresses: dict[str, Any]) -> None:
        self._process = process
        self.addresses = addresses
        self.taken: dict[str, Any] | None = None

    async def count(self) -> dict[str, Any]:
        """End the endpoints and say how much mail, SMS and how many calls they really took."""
        if self.taken is None:
            if self._process.returncode is None:
                self._process.terminate()
            output, _ = await self._process.communicate()
            self.taken = json.loads(output or b"{}")
        return self.taken


@asynccontextmanager
async def endpoints(*faults: str) -> AsyncIterator[Endpoints]:
    """Run a mail server and HTTP endpoints with Twilio's, WeCom's and an EDR's answers for the block.

    `faults` are options of `python -m service.local_endpoints`.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "service.local_endpoints",
        *faults,
        stdout=asyncio.subprocess.PIPE,
        stdin=asyncio.subprocess.DEVNULL,
        cwd=_HOME,
    )
    if process.stdout is None:
        message = "the endpoints have no voice"
        raise RuntimeError(message)
    found = Endpoints(process, json.loads(await process.stdout.readline()))
    try:
        yield found
    finally:
        await found.count()


def _prepare(folder: Path, settings: dict[str, Any], people: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / CONFIG).open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(settings, file)
    (folder / CONFIG).chmod(0o600)
    plan = YAML(typ="safe").load(DEFAULT)
    plan["notification"]["channels"] = list(CHANNELS)
    with (folder / PLAYBOOK).open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(plan, file)
    write_people(folder / AUDIENCE, people)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def settings_for(where: dict[str, Any], secret: str, port: int) -> dict[str, Any]:
    """Write settings that lead every channel to the endpoints at `where`, and the door to `port`."""
    edr = {
        "url": f"{where['edr_url']}/contain",
        "undo_url": f"{where['edr_url']}/release",
        "token": where["edr_bearer"],
    }
    telephony = {
        "sid": where["twilio_account"],
        "token": where["twilio_token"],
        "sender": "+15005550006",
        "api_base": where["twilio_url"],
        "settle_seconds": 5,
    }
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
        "contact": {
            "zh": "数据安全办公室,电话 400-000-0000",
            "en": "the data security office, telephone 400-000-0000",
        },
        "sources": {SOURCE: {"adapter": "ocsf", "secrets": [secret], "drill": True}},
        "operators": {
            "analyst": {"roles": ["security", "forensics"], "email": "analyst@example.com"},
            "officer": {"roles": ["lead"], "email": "officer@example.com"},
            "liaison": {"roles": ["legal", "privacy"], "email": "liaison@example.com"},
        },
        "email": {
            "host": "127.0.0.1",
            "port": where["smtp_port"],
            "tls": "none",
            "sender": "notice@example.com",
            "sender_name": "示例网络科技有限公司",
        },
        "sms": telephony,
        "voice": telephony,
        "wecom": {
            "corp_id": where["wecom_corp_id"],
            "agent_id": where["wecom_agent_id"],
            "secret": where["wecom_secret"],
            "api_base": where["wecom_url"],
        },
        "actions": {"isolate-host": edr, "revoke-access": edr},
        "authorities": {name: {"email": f"{name}@example.com"} for name in AUTHORITIES},
    }
