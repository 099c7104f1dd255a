"""Build the official Temporal server and UI once, into the user's cache."""

import asyncio
import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from service.temporal_error import TemporalError
from service.temporal_go import Go, find_go
from service.temporal_lock import exclusive
from service.temporal_process import Child, quiet_environment

SERVER_VERSION: Final = "1.32.1"
UI_VERSION: Final = "2.54.1"
# Module and build caches while building (3.3 GB measured) and a Go toolchain where one is fetched.
BUILD_BYTES: Final = 5 * 1024**3
CACHE_BYTES: Final = 512 * 1024**2

_SERVER: Final = f"go.temporal.io/server/cmd/server@v{SERVER_VERSION}"
_UI: Final = f"github.com/temporalio/ui-server/v2/cmd/server@v{UI_VERSION}"
_PROGRESS_S: Final = 3

Say = Callable[[str], None]


class Program(BaseModel):
    """One built program: which module it came from, and what its file must hash to."""

    model_config = ConfigDict(frozen=True)

    module: str
    sha256: str


class Record(BaseModel):
    """What `made.json` beside the programs says of them."""

    model_config = ConfigDict(frozen=True)

    server: Program
    ui: Program
    go: str
    at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Built:
    """The two programs, and the record they were checked against."""

    server: Path
    ui: Path
    record: Record


def home(cache_dir: Path) -> Path:
    """Where the programs of these versions are kept."""
    return cache_dir / "temporal" / f"server-{SERVER_VERSION}-ui-{UI_VERSION}"


def built(cache_dir: Path) -> Built | None:
    """Find what was built before; anything missing or not matching its checksum counts as not built."""
    folder = home(cache_dir)
    server, ui = folder / "temporal-server", folder / "temporal-ui"
    try:
        record = Record.model_validate_json((folder / "made.json").read_bytes())
        if sha256(server) != record.server.sha256 or sha256(ui) != record.ui.sha256:
            return None
    except (OSError, ValidationError):
        return None
    return Built(server, ui, record)


async def build(cache_dir: Path, say: Say) -> Built:
    """Build what is not built yet; of several processes one builds and the others wait for it.

    Raises:
        TemporalError: `temporal.build` or `temporal.disk_full`, with the reason.

    """
    shelf = cache_dir / "temporal"
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        async with exclusive(
            shelf / "build.lock",
            lambda s: say(f"Another process is building the Temporal server; waiting for it ({s} s so far)"),
        ):
            done = await asyncio.to_thread(built, cache_dir)
            return done or await _build(cache_dir, shelf, say)
    except OSError as error:
        raise TemporalError(
            "temporal.build", f"the cache {shelf} cannot be used: {error.strerror}"
        ) from error


async def _build(cache_dir: Path, shelf: Path, say: Say) -> Built:
    work = Path(tempfile.mkdtemp(prefix="tocsin-build-", dir=_workplace(shelf)))
    log = shelf / "build.log"
    try:
        steps = _Steps(work, log, say)
        go = await find_go(work, steps.run)
        ui = await steps.install(go, "ui", _UI, f"the Temporal UI {UI_VERSION}")
        server = await steps.install(go, "server", _SERVER, f"the Temporal server {SERVER_VERSION}")
        return await asyncio.to_thread(_keep, cache_dir, server, ui, go)
    finally:
        # The caches are gigabytes: a few seconds' work that must not hold the event loop.
        await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)


def _workplace(shelf: Path, needed: int = BUILD_BYTES) -> Path:
    """Find a disk with room: the temporary directory is often a small one in memory."""
    if shutil.disk_usage(shelf).free >= CACHE_BYTES:
        for place in (Path(tempfile.gettempdir()), shelf):
            if shutil.disk_usage(place).free >= needed + CACHE_BYTES:
                return place
    gib = (needed + CACHE_BYTES) / 1024**3
    raise TemporalError(
        "temporal.disk_full",
        f"building the Temporal server needs {gib:.1f} GiB free for a time, in {tempfile.gettempdir()} or in "
        f"{shelf}: free some, or point TMPDIR at a larger disk",
    )


@dataclass(frozen=True, slots=True)
class _Steps:
    work: Path
    log: Path
    say: Say

    async def install(self, go: Go, name: str, module: str, title: str) -> Path:
        """Install one module into a folder of its own: both programs are called `server`."""
        target = self.work / name
        # The caches are writable so that they can be deleted, and one for both programs.
        environment = {
            "GOBIN": str(target),
            "GOPATH": str(self.work / "gopath"),
            "GOMODCACHE": str(self.work / "modules"),
            "GOCACHE": str(self.work / "objects"),
            "GOTMPDIR": str(self.work),
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "CGO_ENABLED": "0",
        }
        command = [str(go.program), "install", "-modcacherw", "-trimpath", "-ldflags=-s -w", module]
        await self.run(f"Building {title} with Go {go.version}, once", command, environment)
        return target / "server"

    async def run(self, title: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run one step and tell of it every three seconds.

        Raises:
            TemporalError: if it fails.

        """
        self.say(title)
        started = time.monotonic()
        inherited = {k: v for k, v in quiet_environment().items() if k not in {"GOOS", "GOARCH"}}
        child = Child(command, log=self.log, env={**inherited, **environment})
        try:
            while not await child.wait(_PROGRESS_S):
                fetched = self.log.read_bytes().count(b"go: downloading")
                modules = f", {fetched} modules fetched" if fetched else ""
                self.say(f"{title}: {time.monotonic() - started:.0f} s{modules}")
        finally:
            await child.kill()
        if child.ended:
            words = child.last_words()
            if "no space left on device" in words.lower():
                raise TemporalError("temporal.disk_full", f"the disk is full: {title} was not done")
            last = words.strip().rpartition("\n")[2] or f"it ended with status {child.ended}"
            raise TemporalError("temporal.build", f"{title} failed (all of it in {self.log}): {last}")
        self.say(f"{title}: done in {time.monotonic() - started:.0f} s")


def _keep(cache_dir: Path, server: Path, ui: Path, go: Go) -> Built:
    record = Record(
        server=Program(module=_SERVER, sha256=sha256(server)),
        ui=Program(module=_UI, sha256=sha256(ui)),
        go=go.version,
        at=datetime.now(UTC),
    )
    folder = home(cache_dir)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=folder.parent))
    shutil.copy2(server, staging / "temporal-server")
    shutil.copy2(ui, staging / "temporal-ui")
    (staging / "made.json").write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    # Whole or not at all: nobody ever sees half a folder.
    shutil.rmtree(folder, ignore_errors=True)
    staging.replace(folder)
    return Built(folder / "temporal-server", folder / "temporal-ui", record)


def sha256(path: Path) -> str:
    """Hash a file, in hex."""
    with path.open("rb") as program:
        return hashlib.file_digest(program, "sha256").hexdigest()
