"""A real browser of this machine, without a window, that takes pictures of a public page."""

import asyncio
import base64
import contextlib
import hashlib
import os
import re
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from service.devtools import DevTools, Refusal

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS: Final = 60.0
# What Chromium draws in one piece.
TALLEST: Final = 16_000
_FLAGS: Final = (
    "--headless=new",
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--disable-gpu",
    "--disable-quic",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
_LISTENS: Final = re.compile(rb"DevTools listening on (ws://127\.0\.0\.1:\S+)")


@dataclass(frozen=True, slots=True)
class Viewport:
    """A window's width and height in CSS pixels; `name` says whose it is."""

    name: str
    width: int
    height: int
    mobile: bool = False


VIEWPORTS: Final = (Viewport("desktop", 1280, 900), Viewport("phone", 390, 844, mobile=True))


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of a whole page, as wide as the viewport; `document` is the SHA-256 of what the browser got."""

    png: bytes = field(repr=False)
    viewport: Viewport
    browser: str
    at: datetime
    document: str

    @property
    def sha256(self) -> str:
        """The SHA-256 of the PNG."""
        return hashlib.sha256(self.png).hexdigest()


class NoPicture(Exception):  # noqa: N818 - one plain word for what happened
    """There is no picture. Codes: `browser.missing`, `browser.failed`, `browser.page`."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.exit_code = 1


class Browser:
    """A Chromium or Chrome, started anew with an empty profile for each set of pictures.

    It asks for the page and for nothing else: every other request is stopped before it leaves, and no other
    name is looked up. No redirect is followed.

    Raises:
        NoPicture: `browser.missing`, on construction, where there is none.

    """

    def __init__(self, program: Path | None = None) -> None:
        found = shutil.which(program) if program else next(filter(None, map(shutil.which, PROGRAMS)), None)
        if found is None:
            said = f"{program} is no program" if program else "no Chromium or Chrome is on the PATH"
            raise NoPicture(
                "browser.missing",
                f"No picture was taken: {said}. Install one, or name it by TOCSIN_BROWSER.",
            )
        self._program = found

    async def pictures(self, url: str, viewports: Sequence[Viewport] = VIEWPORTS) -> tuple[Picture, ...]:
        """Take a picture of a page in each viewport.

        Raises:
            NoPicture: the browser does not start, or takes too long; or the page is not there.

        """
        try:
            async with asyncio.timeout(SECONDS):
                async with self._started(url) as address, DevTools.connected(address) as tools:
                    version = (await tools.ask("Browser.getVersion"))["product"]
                    await _prepare(tools)
                    taken = tuple([await _picture(tools, url, each, version) for each in viewports])
                    with contextlib.suppress(Refusal):
                        await tools.ask("Browser.close")
                    return taken
        except TimeoutError:
            said = f"No picture was taken: the browser took more than {SECONDS:g} seconds."
        except (Refusal, OSError) as error:
            said = f"No picture was taken: the browser gave up ({type(error).__name__})."
        raise NoPicture("browser.failed", said)

    @asynccontextmanager
    async def _started(self, url: str) -> AsyncIterator[str]:
        # A sandbox needs rights that root in a container does not give away.
        own = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        own.append(f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {urlsplit(url).hostname}")
        with tempfile.TemporaryDirectory(prefix="tocsin-browser-", ignore_cleanup_errors=True) as profile:
            process = await asyncio.create_subprocess_exec(
                self._program,
                *own,
                f"--user-data-dir={profile}",
                "about:blank",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            try:
                yield await _address(process)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr  # noqa: S101 - it was asked for
    async for line in process.stderr:
        if found := _LISTENS.search(line):
            return found[1].decode()
    raise NoPicture(
        "browser.failed", f"No picture was taken: the browser ended with {await process.wait()} at its start."
    )


async def _prepare(tools: DevTools) -> None:
    await tools.attach()
    stages = [{"requestStage": stage} for stage in ("Request", "Response")]
    await tools.ask("Fetch.enable", patterns=stages)
    await tools.ask("Network.enable")
    # Each picture is of a page that was asked for anew.
    await tools.ask("Network.setCacheDisabled", cacheDisabled=True)
    await tools.ask("Page.enable")


async def _picture(tools: DevTools, url: str, viewport: Viewport, version: str) -> Picture:
    await tools.ask(
        "Emulation.setDeviceMetricsOverride",
        width=viewport.width,
        height=viewport.height,
        deviceScaleFactor=1,
        mobile=viewport.mobile,
    )
    document = await _loaded(tools, url)
    size = (await tools.ask("Page.getLayoutMetrics"))["cssContentSize"]
    clip = {"x": 0, "y": 0, "width": viewport.width, "height": min(size["height"], TALLEST), "scale": 1}
    taken = await tools.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
    return Picture(base64.b64decode(taken["data"]), viewport, version, datetime.now(UTC), document)


async def _loaded(tools: DevTools, url: str) -> str:
    """Load the page, and hash the document that came; every request but for it is stopped."""
    going = asyncio.create_task(tools.ask("Page.navigate", url=url))
    asked, document = False, ""
    try:
        while True:
            method, said = await tools.events.get()
            if method == "Page.loadEventFired" and document:
                await going
                return document
            if method != "Fetch.requestPaused":
                continue
            request = said["requestId"]
            if "responseStatusCode" in said or "responseErrorReason" in said:
                try:
                    document = await _body(tools, said, url)
                except NoPicture:
                    # Once we are gone nobody holds it any more, and a redirect would be followed.
                    with contextlib.suppress(Refusal):
                        await tools.ask("Fetch.failRequest", requestId=request, errorReason="Aborted")
                    raise
                await tools.ask("Fetch.continueRequest", requestId=request)
            elif said["resourceType"] == "Document" and not asked:
                asked = True
                await tools.ask("Fetch.continueRequest", requestId=request)
            else:
                await tools.ask("Fetch.failRequest", requestId=request, errorReason="BlockedByClient")
    finally:
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)


async def _body(tools: DevTools, said: dict[str, object], url: str) -> str:
    status = said.get("responseStatusCode")
    if status != 200:  # noqa: PLR2004 - OK
        why = f"answered {status}" if status else f"could not be read ({said.get('responseErrorReason')})"
        raise NoPicture("browser.page", f"No picture was taken: {url} {why} when the browser asked.")
    body = await tools.ask("Fetch.getResponseBody", requestId=said["requestId"])
    content = base64.b64decode(body["body"]) if body["base64Encoded"] else body["body"].encode()
    return hashlib.sha256(content).hexdigest()
