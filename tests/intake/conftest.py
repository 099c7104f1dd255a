"""A real door on a real socket over a real SQLite ledger; only Temporal is stood in for, by a notebook."""

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn

from intake.app import app
from intake.ports import Ports
from intake.signature import signed
from intake.source import Source
from ledger.memory import Memory, master_key
from ledger.migrate import migrate

SECRET = "whsec_" + base64.b64encode(b"the first secret of a test source").decode()
NEXT_SECRET = "whsec_" + base64.b64encode(b"the second secret of a test source").decode()
MAIL_TOKEN = "mail-receipt-token-of-a-test"
TOKEN = "twilio-auth-token-of-a-test"
ALIYUN_SECRET = "a-secret-of-the-tests-for-aliyun"
LIMIT = 20_000


class Notebook:
    """Writes down what would have gone into Temporal, and answers as the test says."""

    def __init__(self):
        self.passages = []
        self.faults = []
        self.moved = {}
        self.busy = set()
        self.most = 0
        self.delay = 0.0

    async def carry(self, passage):
        assert passage.incident not in self.busy, "two updates of one incident at once"
        self.busy.add(passage.incident)
        self.most = max(self.most, len(self.busy))
        try:
            await asyncio.sleep(self.delay)
            if self.faults:
                fault = self.faults.pop(0)
                if fault:
                    raise fault
            self.passages.append(passage)
            return self.moved.get(passage.incident, passage.incident)
        finally:
            self.busy.discard(passage.incident)

    @property
    def alerts(self):
        return [alert for passage in self.passages for alert in passage.observation.alerts]


@pytest.fixture
def memory(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    migrate(url)
    memory = Memory(url, master_key(tmp_path))
    yield memory
    memory.close()


@pytest.fixture
def notebook():
    return Notebook()


@pytest.fixture
def sources():
    made = (
        Source("ocsf", "ocsf", (SECRET, NEXT_SECRET), max_body=LIMIT),
        Source("guardduty", "guardduty", (SECRET,), ok_status=200),
        Source("large", "ocsf", (SECRET,), max_body=8 << 20),
        Source("drill", "ocsf", (SECRET,), drill=True),
    )
    return {source.name: source for source in made}


@pytest.fixture
def ports(memory, notebook, sources):
    return Ports(
        inbox=memory.inbox,
        deliveries=memory.deliveries,
        sources=sources,
        hide=memory.keys.keyed,
        carrier=notebook,
        clock=lambda: datetime.now(UTC),
        public_url="https://tocsin.example",
        twilio_auth_tokens=("an-older-token", TOKEN),
        mail_receipt_tokens=("an-older-token", MAIL_TOKEN),
        aliyun_receipt_secrets=(ALIYUN_SECRET,),
    )


@asynccontextmanager
async def listening(ports):
    """Serve the door on a free port; gives the port."""
    config = uvicorn.Config(
        app(ports), host="127.0.0.1", port=0, http="httptools", ws="none", lifespan="off", log_config=None
    )
    socket = config.bind_socket()
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[socket]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    yield socket.getsockname()[1]
    server.should_exit = True
    await serving
    socket.close()


@pytest.fixture
async def port(ports):
    async with listening(ports) as port:
        yield port


@pytest.fixture
async def client(port):
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        yield client


@pytest.fixture
def post(client):
    """Post a signed body."""

    async def post(body, delivery="m-1", source="ocsf", secret=SECRET, at=None, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = signed(secret, delivery, at or datetime.now(UTC), raw)
        return await client.post(f"/alerts/{source}", content=raw, headers=head | headers)

    return post


@pytest.fixture
def rows(memory):
    """How many deliveries lie in the inbox, all of them or those of one status."""

    def rows(status="%"):
        with memory.database.reading() as connection:
            return connection.exec_driver_sql(
                "SELECT count(*) FROM inbox WHERE status LIKE ?", (str(status),)
            ).scalar_one()

    return rows


def finding(uid="f-1", **more):
    """An OCSF detection finding of our own making."""
    made = {
        "class_uid": 2004,
        "category_uid": 2,
        "activity_id": 1,
        "severity_id": 4,
        "status_id": 1,
        "time": 1_795_400_000_000,
        "metadata": {"version": "1.4.0", "product": {"name": "EDR", "vendor_name": "Example"}},
        "finding_info": {
            "uid": uid,
            "title": "Zhang San's laptop exports customers",
            "modified_time": 1_795_400_000_000,
            "analytic": {"uid": "rule-7"},
        },
        "resources": [{"uid": "host-1"}],
    }
    return made | more


@pytest.fixture
def make_finding():
    return finding
