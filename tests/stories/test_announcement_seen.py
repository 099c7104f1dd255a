"""A published page is seen by a browser through its public address, and the pictures stay as evidence."""

import hashlib
import json
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from domain import commands as c
from service.browser import PROGRAMS
from tests.stories.typed import typed
from tests.stories.work import announce


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Keep the tests' output clean."""


@pytest.fixture
def site(house, monkeypatch):
    """The public address of the house's announcements."""
    folder = house.settings.announcements_dir
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("TOCSIN_ANNOUNCEMENTS__BASE_URL", address)
        yield address
        server.shutdown()
        thread.join()


@pytest.mark.skipif(
    not any(map(shutil.which, PROGRAMS)), reason="No Chromium is on the PATH: run `make browser`."
)
async def test_what_the_public_sees_is_pictured_kept_and_written_out_again(case, site, tmp_path):
    await case.order(c.Triage(confirmed=True))
    state = await announce(case)
    taken, again = tmp_path / "taken.png", tmp_path / "again.png"
    words = ("announce", "verify", case.incident, "1", "-o", "json")
    said = json.loads(await typed(case.house, *words, "--record", "--screenshot", str(taken), by="liaison"))
    [verified] = [each["body"] for each in said["facts"] if each["type"] == "AnnouncementVerified"]
    assert verified["url"] == f"{site}{state.announcements[1].path}"
    desktop, phone = verified["pictures"]
    assert (desktop["width"], phone["width"]) == (1280, 390)
    assert desktop["browser"].count("Chrome/") == 1
    for number, each in enumerate((desktop, phone)):
        name = taken if number == 0 else taken.with_stem("taken-phone")
        assert hashlib.sha256(name.read_bytes()).hexdigest() == each["sha256"]
    await typed(case.house, "announce", "show", case.incident, "1", "--screenshot", str(again))
    assert again.read_bytes() == taken.read_bytes()
    assert again.with_stem("again-phone").read_bytes() == taken.with_stem("taken-phone").read_bytes()


@pytest.mark.usefixtures("site")
async def test_without_a_browser_it_is_verified_all_the_same(case, tmp_path, monkeypatch):
    await case.order(c.Triage(confirmed=True))
    await announce(case)
    monkeypatch.setenv("TOCSIN_BROWSER", str(tmp_path / "nothing-here"))
    words = ("announce", "verify", case.incident, "1", "-o", "table")
    said = await typed(case.house, *words, "--record", by="liaison")
    assert "AnnouncementVerified" in said
    assert said.count("[browser.missing]") == 1
    asked = await typed(
        case.house, *words, "--record", "--screenshot", str(tmp_path / "x.png"), by="liaison", code=1
    )
    assert "AnnouncementVerified" in asked
    assert asked.count("[browser.missing]") == 1
    assert not (tmp_path / "x.png").exists()
    missing = await typed(
        case.house, "announce", "show", case.incident, "1", "--screenshot", str(tmp_path / "y.png"), code=3
    )
    assert "No picture of announcement 1 was kept" in missing
    assert (await case.state()).announcements[1].verified
