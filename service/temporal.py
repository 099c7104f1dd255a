from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from pydantic import ValidationError
from temporalio.client import Client

from service.temporal_error import TemporalError
from service.temporal_find import find_way
from service.temporal_lock import Claim
from service.temporal_server import Running, Server, prepare

Say = Callable[[str], None]


def running(data_dir: Path) -> Running | None:
    """Find the server that another process keeps on this data directory; None when there is none."""
    folder = data_dir / "temporal"
    try:
        claim = Claim.take(folder / "lock")
        if claim is not None:
            claim.release()
            return None
        return Running.model_validate_json((folder / "running.json").read_bytes())
    except (OSError, ValidationError):
        return None


class Stack:
    """A Temporal server and its UI; ours to stop, kill and start again unless the settings name it."""

    def __init__(
        self,
        *,
        address: str,
        ui_url: str | None,
        way: str,
        own: Server | None = None,
    ) -> None:
        self.address = address
        self.ui_url = ui_url
        self.way = way
        self._own = own

    @property
    def pid(self) -> int | None:
        """The server's process id; None while it is down, or when it is not ours."""
        return None if self._own is None else self._own.pid

    async def start(self) -> None:
        """Start the server again on the same file and ports, and wait until it serves.

        Raises:
            TemporalError: when it does not come up, or is not ours.

        """
        await self._ours().start()

    async def stop(self) -> None:
        """End the server and its UI in good order: SIGTERM, then SIGKILL after ten seconds."""
        await self._ours().stop()

    async def kill(self) -> None:
        """End the server as a power cut would (SIGKILL); its UI waits for it to come back."""
        await self._ours().kill()

    def _ours(self) -> Server:
        if self._own is None:
            raise TemporalError(
                "temporal.not_ours", f"the server at {self.address} is not ours to start or stop"
            )
        return self._own


@asynccontextmanager
async def embedded(  # noqa: PLR0913 - each is a setting of the installation, and named at the call
    data_dir: Path,
    *,
    cache_dir: Path,
    address: str | None = None,
    tls: bool = False,
    api_key: str | None = None,
    namespace: str = "default",
    time_skipping: bool = False,
    ui: bool = True,
    say: Say,
) -> AsyncIterator[Stack]:
    """Have a Temporal server for the block: the one at `address`, or one of our own in `data_dir`.

    A server of our own has the namespace and the search attributes registered and usable; it ends
    with the block, and with this process however that ends. `time_skipping` is for tests.

    Raises:
        TemporalError: with the reason in one sentence; see its codes.

    """
    if address is not None:
        await _reach(address, tls=tls, api_key=api_key)
        yield Stack(address=address, ui_url=None, way=f"the server at {address}, which the settings name")
        return
    folder = prepare(data_dir)
    claim = _claimed(folder)
    usual = _usual_ports(cache_dir)
    try:
        way = await find_way(cache_dir, say)
        own = Server(
            folder,
            way,
            namespace=namespace,
            time_skipping=time_skipping,
            ui=ui,
            usual_ports=usual is not None,
        )
        try:
            await own.start_anywhere()
            yield Stack(
                address=own.ports.address, ui_url=own.ports.ui_url if ui else None, way=way.why, own=own
            )
        finally:
            await own.stop()
    finally:
        claim.release()
        if usual is not None:
            usual.release()


def _usual_ports(cache_dir: Path) -> Claim | None:
    """Hold Temporal's usual ports, for one server of this user at a time.

    They are chosen before they are bound, and are unbound while a server is down: without this two servers
    could choose the same, and the clients of one would find the other.
    """
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        return Claim.take(cache_dir / "usual-ports.lock")
    except OSError:
        return None


def _claimed(folder: Path) -> Claim:
    try:
        claim = Claim.take(folder / "lock")
    except OSError as error:
        raise TemporalError("temporal.data_dir", f"{folder} cannot be written: {error.strerror}") from error
    if claim is None:
        raise TemporalError(
            "temporal.in_use", f"another process already keeps its Temporal server in {folder}"
        )
    return claim


async def _reach(address: str, *, tls: bool, api_key: str | None) -> None:
    try:
        await Client.connect(address, tls=tls, api_key=api_key, connect_timeout=timedelta(seconds=10))
    except (RuntimeError, ValueError) as error:
        raise TemporalError(
            "temporal.unreachable",
            f"no Temporal server answers at {address}: start it, or correct TOCSIN_TEMPORAL_ADDRESS",
        ) from error
