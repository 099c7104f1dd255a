"""What the public sees at an announcement's address is held against what was published."""

import asyncio
import hashlib
import http.server
import json
import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest

from cli.announce_pictures import kept
from domain import commands as c
from domain.approval import content
from notifiers.announcement import AnnouncementPublisher
from notifiers.bucket import Bucket, BucketShelf
from service.browser import PROGRAMS, VIEWPORTS, Picture
from tests.cli.test_reading import run
from tests.notifiers.notices import NOTICE, STYLE
from tests.notifiers.notices import PAGE as NOTICE_PAGE
from tests.s3 import S3

PAGE = "<!doctype html><title>公告</title>".encode()


browsing = pytest.mark.skipif(
    not any(map(shutil.which, PROGRAMS)), reason="No Chromium is on the PATH: run `make browser`."
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path, monkeypatch):
    folder = tmp_path / "public"
    folder.mkdir()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("TOCSIN_ANNOUNCEMENTS__BASE_URL", f"http://127.0.0.1:{server.server_port}")
        yield folder
        server.shutdown()


@pytest.fixture
def released(case):
    """An announcement that two persons have let out."""
    case.leak()
    case.order(c.DraftAnnouncement())
    case.word(c.AnnouncementWord(announcement=1, sha256="d" * 64))
    agreed = content(case.state, "announcement/1")
    case.order(c.Approve(subject="announcement/1", sha256=agreed), operator="second")
    case.order(c.PublishAnnouncement(announcement=1))
    return case


@pytest.fixture
def published(released, site):
    """An announcement whose page lies where the public sees it."""
    case = released
    page = site / case.incident / "index.html"
    page.parent.mkdir()
    page.write_bytes(PAGE)
    named = hashlib.sha256(PAGE).hexdigest()
    case.word(c.AnnouncementWord(announcement=1, sha256=named, path=f"/{case.incident}/"))
    return page


def test_the_public_sees_the_very_page(case, published, monkeypatch):
    answer = json.loads(run("announce", "verify", case.incident, 1).stdout)
    assert answer["same"]
    assert answer["sha256"] == hashlib.sha256(published.read_bytes()).hexdigest()
    assert "shows the published page" in run("announce", "verify", case.incident, 1, "-o", "table").stdout
    monkeypatch.setenv("TOCSIN_BROWSER", "/nothing/here")
    # What is taken down needs somebody who answers for it.
    unsigned = run("announce", "verify", case.incident, 1, "--record", code=2)
    assert "[desk.no_operator]" in unsigned.output


def test_a_version_that_was_corrected_is_still_there_to_be_seen(case, published):
    case.order(c.ReviseAnnouncement(announcement=1, standing="corrected", zh="人数更正", en="The number."))
    case.word(c.AnnouncementWord(announcement=2, sha256="e" * 64))
    agreed = content(case.state, "announcement/2")
    case.order(c.Approve(subject="announcement/2", sha256=agreed), operator="second")
    case.order(c.PublishAnnouncement(announcement=2))
    published.rename(published.with_name("v1.html"))
    published.write_bytes(PAGE + b"2")
    named = hashlib.sha256(PAGE + b"2").hexdigest()
    case.word(c.AnnouncementWord(announcement=2, sha256=named, path=f"/{case.incident}/"))
    first, second = (json.loads(run("announce", "verify", case.incident, n).stdout) for n in (1, 2))
    assert first["same"]
    assert first["url"] == f"{second['url']}v1.html"
    assert second["same"]


def test_another_page_is_told_apart(case, published, monkeypatch):
    published.write_bytes(PAGE + b"\n")
    assert "[cli.page_differs]" in run("announce", "verify", case.incident, 1, code=1).output
    monkeypatch.setattr("service.published.MOST", 3)
    assert "more than 3 bytes" in run("announce", "verify", case.incident, 1, code=1).output
    published.unlink()
    published.parent.rmdir()
    assert "answered 404. [announcement.unseen]" in run("announce", "verify", case.incident, 1, code=1).output


@pytest.mark.usefixtures("published")
def test_a_page_without_an_address_or_a_server_is_not_seen(case, monkeypatch):
    monkeypatch.setenv("TOCSIN_ANNOUNCEMENTS__BASE_URL", "http://127.0.0.1:9")
    assert "[announcement.unseen]" in run("announce", "verify", case.incident, 1, code=1).output
    monkeypatch.delenv("TOCSIN_ANNOUNCEMENTS__BASE_URL")
    assert "[announcement.no_url]" in run("announce", "verify", case.incident, 1, code=1).output
    assert "[cli.not_found]" in run("announce", "verify", case.incident, 2, code=3).output


async def test_a_page_in_a_bucket_is_seen_through_its_public_address(released, monkeypatch):
    case = released
    with S3() as s3:
        bucket = Bucket(s3.endpoint, s3.name, *next(iter(s3.keys.items())), region=s3.region, by_host=False)
        ours = AnnouncementPublisher(BucketShelf(bucket), page=NOTICE_PAGE, style=STYLE, public_url=s3.site)
        done = await ours.publish(replace(NOTICE, slug=case.incident))
        case.word(c.AnnouncementWord(announcement=1, sha256=done.sha256, path=done.path))
        monkeypatch.setenv("TOCSIN_ANNOUNCEMENTS__BASE_URL", s3.site)
        answer = json.loads((await asyncio.to_thread(run, "announce", "verify", case.incident, 1)).stdout)
        assert answer["same"]
        assert answer["url"] == done.url
        s3.objects[f"{case.incident}/index.html"].content += b" "
        said = (await asyncio.to_thread(run, "announce", "verify", case.incident, 1, code=1)).output
        assert "[cli.page_differs]" in said


@browsing
@pytest.mark.usefixtures("published")
def test_a_browser_sees_it_as_well(case, tmp_path):
    answer = json.loads(
        run("announce", "verify", case.incident, 1, "--screenshot", tmp_path / "seen.png").stdout
    )
    names = [tmp_path / "seen.png", tmp_path / "seen-phone.png"]
    written = [hashlib.sha256(name.read_bytes()).hexdigest() for name in names]
    assert [each["sha256"] for each in answer["pictures"]] == written
    nowhere = tmp_path / "nowhere" / "seen.png"
    refused = run("announce", "verify", case.incident, 1, "--screenshot", nowhere, code=2)
    assert "[cli.file]" in refused.output


@browsing
@pytest.mark.usefixtures("published")
def test_a_page_that_shows_browsers_something_else_is_told_apart(case, tmp_path, monkeypatch):
    def cloaked(handler):
        browser = "Chrome" in handler.headers["User-Agent"]
        content = b"another" if browser else PAGE
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    monkeypatch.setattr(Quiet, "do_GET", cloaked)
    file = tmp_path / "seen.png"
    said = run("announce", "verify", case.incident, 1, "--screenshot", file, code=1).output
    assert "shows a browser other bytes" in said
    assert "[cli.page_differs]" in said
    assert not file.exists()


@pytest.mark.usefixtures("case")
def test_without_the_master_key_no_picture_is_kept(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("TOCSIN_MASTER_KEY", str(tmp_path / "nowhere.key"))
    picture = Picture(b"png", VIEWPORTS[0], "Chrome/1", datetime.now(UTC), "0" * 64)
    assert kept((picture,)) == ()
    assert "The pictures were not kept: " in capsys.readouterr().err
