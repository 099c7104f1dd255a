import asyncio
import hashlib
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.audience import Audience, Freeze
from activities.deliver import Batch, Count, Deliver, Reconcile
from activities.senders import Senders
from activities.sources import Sources
from domain.audience import Columns
from domain.organisation import Organisation
from domain.playbook import Words
from domain.state import Known
from ledger.memory import Memory, master_key
from ledger.migrate import migrate
from ledger.port import DeliveryState
from notifiers.email import EmailNotifier
from notifiers.mime import Sender
from notifiers.recording import RecordingNotifier
from notifiers.smtp_pool import Relay, Tls
from notifiers.smtp_stage import Patience
from playbooks.messages import Messages
from service.local_endpoints.smtp_sink import SmtpSink

CAMPAIGN = "incident/I-AAAAAAAAAAAA/campaign/1"
CONNECTIONS = 4
AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def known(value, basis=""):
    return Known(value=value, at=AT, by="lead", basis=basis)


FACTS = {
    "aware_at": known("2026-11-23T03:00:00.000000Z"),
    "personal_information": known("leaked"),
    "persons_affected": known(1_204_331),
}
CONTACT = Words(zh="电话 400-810-8888", en="phone 400-810-8888")
ORGANISATION = Organisation(name="示例科技有限公司", province="浙江省")


@pytest.fixture(scope="session")
def contact():
    return CONTACT


@pytest.fixture(scope="session")
def letters(contact):
    return Messages(contact)


@pytest.fixture(scope="session")
def blank_ledger(tmp_path_factory):
    """A migrated, empty ledger, to be copied: migrations are not what is tested here."""
    path = tmp_path_factory.mktemp("blank") / "ledger.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def memory(blank_ledger, tmp_path):
    shutil.copy(blank_ledger, tmp_path / "ledger.db")
    memory = Memory(f"sqlite:///{tmp_path / 'ledger.db'}", master_key(tmp_path))
    yield memory
    memory.close()


@pytest.fixture
def environment():
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, start_to_close_timeout=timedelta(minutes=5))
    return environment


@pytest.fixture
def written(tmp_path):
    """Write a list, and say its path and SHA-256."""

    def write(content, name="people.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path), hashlib.sha256(path.read_bytes()).hexdigest()

    return write


@pytest.fixture
def order(written):
    """A request to freeze a list of this content."""

    def make(content, **changes):
        path, sha256 = written(content)
        request = Freeze(
            campaign=CAMPAIGN,
            incident="I-AAAAAAAAAAAA",
            audience=path,
            sha256=sha256,
            message="data-leak",
            channels=("sms", "email"),
            drill=False,
        )
        return request.model_copy(update=changes)

    return make


@pytest.fixture
def audience(memory, letters):
    return Audience(memory.deliveries, memory.keys, letters, Columns, Sources({}).opened)


@pytest.fixture
def freeze(audience, environment, order):
    """Freeze a list of this content, as a worker does, on a thread."""

    async def run(content, **changes):
        return await asyncio.to_thread(environment.run, audience.freeze, order(content, **changes))

    return run


@pytest.fixture
def people():
    """A list of so many people with an e-mail address each."""

    def write(number):
        rows = (f"王{place},person{place}@example.com\n" for place in range(1, number + 1))
        return "name,email\n" + "".join(rows)

    return write


@pytest.fixture
async def sink():
    async with SmtpSink(keep=True) as sink:
        yield sink


def mailing(port):
    """The real e-mail notifier, in front of a server of this machine."""
    patience = Patience(connect=5.0, reply=5.0, final=5.0)
    relay = Relay(
        host="127.0.0.1",
        port=port,
        tls=Tls.NONE,
        connections=CONNECTIONS,
        cool_off=0.0,
        patience=patience,
    )
    return EmailNotifier(relay, Sender("notice@tocsin.invalid", "警钟"))


@pytest.fixture
async def mail(sink):
    """The real e-mail notifier, in front of the sink."""
    async with mailing(sink.port) as notifier:
        yield notifier


@pytest.fixture
def outbox(tmp_path):
    return tmp_path / "outbox"


@pytest.fixture
def senders(mail, outbox):
    recording = {channel: RecordingNotifier(channel, outbox) for channel in ("email", "sms")}
    return Senders({"email": mail}, recording)


@pytest.fixture
def deliver(memory, senders, letters):
    return Deliver(memory.deliveries, memory.keys, senders, letters, domain="tocsin.invalid")


def request_for(**changes):
    """A batch of the campaign by e-mail, as far as nothing else is said."""
    request = Batch(
        campaign=CAMPAIGN,
        incident="I-AAAAAAAAAAAA",
        channels=("email",),
        first=1,
        last=10_000,
        limit=1000,
        message="data-leak",
        drill=False,
        facts=FACTS,
        organisation=ORGANISATION,
        token="shard/1",
    )
    return request.model_copy(update=changes)


@pytest.fixture
def batch():
    return request_for


@pytest.fixture(scope="session")
def moment():
    return AT


@pytest.fixture(scope="session")
def fact():
    return known


@pytest.fixture
def truth(memory, sink, deliver, environment):
    """Settle every doubt, count, and hold each row against what the server took; the rows in doubt."""

    async def hold(people):
        asked = Reconcile(campaign=CAMPAIGN, first=1, last=10_000, final=True, drill=False)
        await environment.run(deliver.reconcile, asked)
        settled = await asyncio.to_thread(environment.run, deliver.count, Count(campaign=CAMPAIGN))
        assert sum(settled.counts.values()) == people
        doubtful = {}
        for row in memory.deliveries.page(CAMPAIGN, limit=1000):
            hashed = hashlib.sha256(f"person{row.seq}@example.com".encode()).hexdigest()
            times = sink.recipients[hashed]
            if row.state is DeliveryState.SENT:
                assert times == 1, row
            else:
                assert row.state is DeliveryState.UNREACHABLE, row
                assert row.code.startswith(("orphaned", "unknown")), row
                assert times <= 1, row
                doubtful[row.seq] = times
        return doubtful

    return hold
