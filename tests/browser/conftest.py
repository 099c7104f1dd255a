"""A Chromium of this machine, a web server for what is published, and papers drawn by the real desk."""

import asyncio
import os
import shutil
import threading
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

import orjson
import pytest
from playwright.async_api import async_playwright
from temporalio.testing import ActivityEnvironment

from activities.announce import Announce, DraftAnnouncement, PublishAnnouncement
from activities.contacts import Takes
from activities.desk import Desk, DutyLine
from activities.report import DraftReport, Report
from activities.senders import Senders
from domain.facts import GradeAssessed
from domain.organisation import Organisation
from domain.playbook import Words
from domain.state import Known
from ledger.memory import Memory, master_key
from ledger.migrate import migrate
from notifiers.announcement import AnnouncementPublisher
from notifiers.directory import DirectoryShelf
from notifiers.recording import RecordingPublisher
from playbooks.forms import FormLibrary
from playbooks.incident import load_playbook
from playbooks.notices import Notices
from playbooks.templating import TEMPLATES
from tests.browser.look import Look

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Even a page that slipped through its policy would find nobody.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
INCIDENT = "I-AAAAAAAAAAAA"
AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
CONTACT = Words(zh="个人信息保护负责人，电话 400-810-8888", en="Privacy officer, phone 400-810-8888")


@pytest.fixture(scope="session")
async def browser():
    """A headless Chromium with a profile of its own, which goes with it."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        pytest.skip("No Chromium is on the PATH to look at the pages with: run `make browser`.")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=found, args=FLAGS, chromium_sandbox=os.geteuid() != 0
        )
        yield chromium
        await chromium.close()


@pytest.fixture(scope="session")
async def windows(browser):
    """Where windows are opened: making a context for each takes longer than looking through it."""
    context = await browser.new_context()
    yield context
    await context.close()


@pytest.fixture
async def look(windows):
    """Open an address in a window of a width and height; what comes back watches the page."""
    pages = []

    async def opened(url, size=(1280, 900), **media):
        page = await windows.new_page()
        pages.append(page)
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.emulate_media(**media)
        return await Look.at(page, url)

    yield opened
    for page in pages:
        await page.close()


@pytest.fixture
def public(tmp_path):
    """The directory that the public sees."""
    folder = tmp_path / "public"
    folder.mkdir()
    return folder


@pytest.fixture
def site(public):
    """The address under which a plain web server shows `public`."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *given):
            super().__init__(*given, directory=public)

        def log_message(self, *_):
            """Keep the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def memory(tmp_path_factory):
    folder = tmp_path_factory.mktemp("papers")
    url = f"sqlite:///{folder / 'ledger.db'}"
    migrate(url)
    memory = Memory(url, master_key(folder))
    yield memory
    memory.close()


@pytest.fixture(scope="session")
def notices():
    return Notices(CONTACT)


@pytest.fixture
def template():
    """The page's source and its style, as the service reads them."""
    folder = TEMPLATES / "announcement"
    return {
        "page": (folder / "page.html.j2").read_text(encoding="utf-8"),
        "style": (folder / "page.css").read_text(encoding="utf-8"),
        "zone": ZoneInfo("Asia/Shanghai"),
    }


@pytest.fixture
def publisher(public, site, template):
    return AnnouncementPublisher(DirectoryShelf(public), public_url=site, **template)


@pytest.fixture
def announced(memory, notices, publisher, public, template):
    """Draft and publish an announcement through its activities; the path that its page stands at.

    A drill's page is moved from the outbox to where the browser can see it.
    """

    async def run(facts=None, *, organisation="示例科技有限公司", drill=False, written=notices):
        outbox = public.parent / "outbox"
        announce = Announce(written, memory.artefacts, publisher, RecordingPublisher(outbox, **template))
        drafted = await asyncio.to_thread(
            ActivityEnvironment().run,
            announce.draft,
            DraftAnnouncement(
                incident=INCIDENT,
                number=1,
                facts=recorded(facts or {"personal_information": "leaked", "persons_affected": 1_204_331}),
                organisation=Organisation(name=organisation),
                opened_at=AT,
                at=AT,
                drill=drill,
            ),
        )
        order = PublishAnnouncement(incident=INCIDENT, number=1, sha256=drafted.sha256, drill=drill, at=AT)
        published = await ActivityEnvironment().run(announce.publish, order)
        if drill:
            shutil.copytree(outbox / "announcement", public, dirs_exist_ok=True)
        return published.path

    return run


@pytest.fixture(scope="session")
def desk(memory):
    titles = {step.id: step.title for step in load_playbook().steps}
    return Desk(
        FormLibrary(),
        memory.artefacts,
        Senders({}, {}),
        Nowhere(),
        contact=CONTACT,
        domain="tocsin.invalid",
        titles=titles,
    )


@pytest.fixture(scope="session")
def draw(desk):
    """Draw a report through its activity; the frozen paper and its files."""

    async def run(facts=None, **changes):
        fields = {
            "incident": INCIDENT,
            "number": 1,
            "form": "ncirm-7",
            "stage": "initial",
            "duties": (
                DutyLine(
                    key="CN-NCIRM-4-OTHER/cac-provincial/1",
                    title="其他网络运营者的事件报告",
                    article="4(4)",
                    recipient="属地省级网信部门",
                    due_at=AT,
                ),
            ),
            "facts": recorded(facts or {}),
            "organisation": Organisation(name="示例科技有限公司", province="浙江省", operates_cii=False),
            "grade": GradeAssessed(value="较大", decided_by=("Q5",)),
            "opened_at": AT,
            "severity": 3,
            "steps": {"isolate-source": "done", "preserve-evidence": "done", "harden": "waiting"},
            "at": AT,
            "drill": False,
        }
        request = DraftReport(**{**fields, **changes})
        drafted = await asyncio.to_thread(ActivityEnvironment().run, Report(desk).draft, request)
        return desk.frozen(drafted.sha256)

    return run


@pytest.fixture
def drawn(draw, tmp_path):
    """Draw a report; its content, and where its page lies as a file."""

    async def run(facts=None, **changes):
        frozen = await draw(facts, **changes)
        for name, artefact in frozen.files.items():
            kind, tongue = name.split("-")
            (tmp_path / f"report-{tongue}.{kind}").write_bytes(artefact.data)
        return orjson.loads(frozen.paper.data), tmp_path / "report-both.html"

    return run


class Nowhere:
    """No authority has a mailbox: nothing is sent here."""

    def address(self, authority):
        return None if authority else ""

    def takes(self, authority):
        return Takes(tongue="zh" if authority else "both")


def recorded(facts):
    """Values, or pairs of a value and its basis, as the incident knows them."""
    return {
        name: Known(value=one[0], at=AT, by="lead", basis=one[1])
        if isinstance(one, tuple)
        else Known(value=one, at=AT, by="lead", basis="")
        for name, one in facts.items()
    }
