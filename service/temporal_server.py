import asyncio
import errno
import shutil
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict
from temporalio.client import Client
from temporalio.service import RPCError

from service.registration import register
from service.temporal_config import LOOPBACK, Ports, dev_arguments, write_server, write_ui
from service.temporal_error import TemporalError
from service.temporal_find import Way
from service.temporal_process import Child

# A server that cannot write its history would lose what it acknowledged: it is not started below this.
DISK_BYTES: Final = 64 * 1024**2
_SERVING_S: Final = 60
_BIND_TRIES: Final = 5
_HEALTH: Final = "temporal.api.workflowservice.v1.WorkflowService"

Found = TypeVar("Found")


class Running(BaseModel):
    """Where the server of a data directory answers, for other processes of the same installation."""

    model_config = ConfigDict(frozen=True)

    address: str
    ui_url: str | None
    pid: int


class Server:
    """A Temporal server on one SQLite file, with its UI, as processes of ours."""

    def __init__(  # noqa: PLR0913 - each is a setting of the server, and named at the call
        self, folder: Path, way: Way, *, namespace: str, time_skipping: bool, ui: bool, usual_ports: bool
    ) -> None:
        self.ports = Ports.free(usual=usual_ports)
        self._usual_ports = usual_ports
        self._folder = folder
        self._way = way
        self._namespace = namespace
        self._time_skipping = time_skipping
        self._with_ui = ui
        self._server: Child | None = None
        self._ui: Child | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id, None while it is down."""
        return self._server.pid if self._server is not None and self._server.ended is None else None

    async def start_anywhere(self) -> None:
        """Start on ports of our choice, choosing anew when another program was faster.

        Raises:
            TemporalError: when the server does not come up.

        """
        for _ in range(_BIND_TRIES - 1):
            try:
                return await self.start()
            except _PortTakenError:
                self.ports = Ports.free(usual=self._usual_ports)
        return await self.start()

    async def start(self) -> None:
        """Start on the ports as they are, unless it runs; wait until it serves and its attributes are usable.

        Raises:
            TemporalError: when the server does not come up.

        """
        if self.pid is not None:
            return
        need_room(self._folder)
        try:
            self._server = self._start_server()
            await self._serve(self._server)
            (self._folder / "running.json").write_text(
                self._running().model_dump_json() + "\n", encoding="utf-8"
            )
        except OSError as error:
            await self.stop()
            raise _folder_error(self._folder, error) from error
        except BaseException:
            # Also when cancelled: no server is left behind half started.
            await self.stop()
            raise

    async def kill(self) -> None:
        """End the server with SIGKILL; its UI stays."""
        if self._server is not None:
            await self._server.kill()

    async def stop(self) -> None:
        """End both in good order, the UI first: it only reads, and would log the server's going as errors."""
        for child in (self._ui, self._server):
            if child is not None:
                await child.stop()
        with suppress(OSError):
            (self._folder / "running.json").unlink()

    def _running(self) -> Running:
        return Running(
            address=self.ports.address,
            ui_url=self.ports.ui_url if self._with_ui else None,
            pid=self._server.pid if self._server is not None else 0,
        )

    def _start_server(self) -> Child:
        database = self._folder / "temporal.db"
        log = self._folder / "server.log"
        if log.exists():
            # What the last run said of its end is kept for one more run.
            log.replace(self._folder / "server.log.1")
        if self._way.programs is not None:
            config = write_server(self._folder, self.ports, database, time_skipping=self._time_skipping)
            command = [
                str(self._way.programs.server),
                "--config-file",
                str(config),
                "--allow-no-auth",
                "start",
            ]
        else:
            options = dev_arguments(self.ports, database, time_skipping=self._time_skipping, ui=self._with_ui)
            command = [str(self._way.cli), *options]
        return Child(command, log=log)

    async def _serve(self, server: Child) -> None:
        await _until(lambda: _listens(self.ports.frontend), server, self._folder)
        client = await _until(lambda: _serving(self.ports.address, self._namespace), server, self._folder)
        if server.ended is not None:
            # What answers is another's server, on a port that ours did not get.
            raise _ended(server, self._folder)
        await register(client)
        if self._with_ui:
            # The CLI brings its own UI in the same process.
            child = server
            if self._way.programs is not None:
                if self._ui is None or self._ui.ended is not None:
                    self._ui = self._start_ui(self._way.programs.ui)
                child = self._ui
            await _until(lambda: _listens(self.ports.ui), child, self._folder)

    def _start_ui(self, program: Path) -> Child:
        folder = self._folder / "ui"
        folder.mkdir(exist_ok=True)
        write_ui(folder, self.ports)
        place = ["--root", str(self._folder), "--config", "ui", "--env", "development"]
        return Child([str(program), *place, "start"], log=self._folder / "ui.log")


class _PortTakenError(TemporalError):
    """Another program took a port between our choice and the server's bind."""


def prepare(data_dir: Path) -> Path:
    """Make the server's folder in the data directory.

    Raises:
        TemporalError: `temporal.data_dir` or `temporal.disk_full`.

    """
    folder = data_dir / "temporal"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = folder / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise _folder_error(folder, error) from error
    need_room(folder)
    return folder


def need_room(folder: Path, needed: int = DISK_BYTES) -> None:
    """Refuse a disk with less than `needed` bytes free.

    Raises:
        TemporalError: `temporal.disk_full`.

    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TemporalError(
            "temporal.disk_full",
            f"the disk of {folder} has {free / 1024**2:.0f} MiB free and at least {needed / 1024**2:.0f} are "
            "needed: free some, or set TOCSIN_DATA_DIR to another disk",
        )


def _folder_error(folder: Path, error: OSError) -> TemporalError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return TemporalError("temporal.disk_full", f"the disk of {folder} is full")
    return TemporalError(
        "temporal.data_dir",
        f"{folder} cannot be written ({error.strerror}): make it writable, or set TOCSIN_DATA_DIR",
    )


async def _until(ready: Callable[[], Awaitable[Found | None]], child: Child, folder: Path) -> Found:
    until = time.monotonic() + _SERVING_S
    while (found := await ready()) is None:
        if child.ended is not None:
            raise _ended(child, folder)
        if time.monotonic() > until:
            raise TemporalError(
                "temporal.start",
                f"the Temporal server did not serve within {_SERVING_S} s; what it said is in {child.log}",
            )
        await asyncio.sleep(0.02)
    return found


def _ended(child: Child, folder: Path) -> TemporalError:
    words = child.last_words().lower()
    if "address already in use" in words or "can't set " in words:
        return _PortTakenError(
            "temporal.start", f"other programs keep taking the ports of the server in {folder}"
        )
    if "disk is full" in words or "no space left" in words:
        return _folder_error(folder, OSError(errno.ENOSPC, "full"))
    if "readonly database" in words or "unable to open database" in words or "read-only file system" in words:
        return _folder_error(folder, OSError(errno.EROFS, "the database is read-only"))
    return TemporalError(
        "temporal.start",
        f"the Temporal server ended at once with status {child.ended}; what it said is in {child.log}",
    )


async def _listens(port: int) -> bool | None:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return None
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def _serving(address: str, namespace: str) -> Client | None:
    try:
        client = await Client.connect(address, namespace=namespace, connect_timeout=timedelta(seconds=2))
        return client if await client.service_client.check_health(service=_HEALTH) else None
    except (RuntimeError, RPCError):
        return None
