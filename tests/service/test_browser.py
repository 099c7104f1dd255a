"""A real Chromium of this machine takes pictures of a page, and asks for nothing but it."""

import hashlib
import os
import shutil
import struct
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from service import browser
from service.browser import PROGRAMS, Browser, NoPicture

PAGE = """<!doctype html><meta charset="utf-8"><title>公告</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css">
<body style="margin: 0"><img src="/other.png"><iframe src="/frame.html"></iframe>
<div style="height: 3000px">公告</div>""".encode()
MOVED, MISSING = "/moved", "/missing"


@pytest.fixture
def here():
    if not any(map(shutil.which, PROGRAMS)):
        pytest.skip("No Chromium is on the PATH to take pictures with: run `make browser`.")
    return Browser()


@pytest.fixture
def site():
    """An address whose paths are served as they are named, and the list of those that were asked for."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response({MOVED: 302, MISSING: 404}.get(self.path, 200))
            self.send_header("Location", "/")
            # As a plain web server says it: the page itself names its encoding.
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *_):
            """Keep the tests' output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def size(png):
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


async def test_the_whole_page_is_seen_at_both_widths_and_nothing_else_is_asked_for(here, site):
    address, asked = site
    before = datetime.now(UTC)
    desktop, phone = await here.pictures(f"{address}/")
    assert size(desktop.png)[0] == desktop.viewport.width == 1280
    assert size(phone.png)[0] == phone.viewport.width == 390
    assert all(size(each.png)[1] >= 3000 for each in (desktop, phone))
    assert desktop.document == phone.document == hashlib.sha256(PAGE).hexdigest()
    assert desktop.sha256 == hashlib.sha256(desktop.png).hexdigest() != phone.sha256
    assert "Chrome/" in desktop.browser
    assert before < desktop.at < phone.at < datetime.now(UTC)
    assert asked == ["/", "/"]


@pytest.mark.parametrize(
    ("path", "said"), [(MISSING, "answered 404"), (MOVED, "answered 302")], ids=["missing", "moved"]
)
async def test_a_page_that_is_not_there(here, site, path, said):
    address, asked = site
    with pytest.raises(NoPicture, match=said) as caught:
        await here.pictures(address + path)
    assert caught.value.code == "browser.page"
    assert asked == [path]


async def test_nobody_there(here):
    with pytest.raises(NoPicture, match="could not be read") as caught:
        await here.pictures("http://127.0.0.1:1/")
    assert caught.value.code == "browser.page"


def test_no_browser_is_one_sentence(monkeypatch, tmp_path):
    with pytest.raises(NoPicture, match=f"{tmp_path} is no program"):
        Browser(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoPicture, match="no Chromium or Chrome is on the PATH") as caught:
        Browser()
    assert (caught.value.code, caught.value.exit_code) == ("browser.missing", 1)


def program(folder: Path, text: str) -> Browser:
    path = folder / "chromium"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return Browser(path)


async def test_a_browser_that_does_not_start(tmp_path):
    with pytest.raises(NoPicture, match="ended with 7 at its start") as caught:
        await program(tmp_path, "exit 7").pictures("http://127.0.0.1:1/")
    assert caught.value.code == "browser.failed"
    deaf = program(tmp_path, "echo DevTools listening on ws://127.0.0.1:1/x >&2; exec sleep 600")
    with pytest.raises(NoPicture, match="gave up"):
        await deaf.pictures("http://127.0.0.1:1/")


async def test_a_browser_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(browser, "SECONDS", 0.3)
    slow = program(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    with pytest.raises(NoPicture, match=r"more than 0\.3 seconds") as caught:
        await slow.pictures("http://127.0.0.1:1/")
    assert caught.value.code == "browser.failed"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
