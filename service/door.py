"""The door in this process: the ASGI application on uvicorn, and the pump that carries what it stored."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime

import uvicorn
from temporalio.client import Client

from intake.app import app
from intake.bounces import Bounces
from intake.carrier import TemporalCarrier
from intake.mailbox import Mailbox, Place
from intake.ports import Ports
from intake.pump import Pump
from intake.source import Source
from service.compose import Composition
from service.openings import Openings
from service.settings import Settings
from service.settings_error import SettingsError

_BACKLOG = 2048


class _Server(uvicorn.Server):
    """uvicorn without its own hand on the signals, which the process as a whole answers."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def door(
    client: Client, parts: Composition, stop: asyncio.Event, *, anywhere: bool = False
) -> AsyncIterator[str]:
    """Keep the door open for the block; gives its address.

    Args:
        client: the way into Temporal.
        parts: the composed installation.
        stop: set when the door can carry no more, so that the process ends.
        anywhere: take a free port where the default one is taken; one that the settings name is a must.

    Raises:
        SettingsError: a source's settings cannot work, or the port is taken.

    """
    settings = parts.settings
    ports = Ports(
        inbox=parts.memory.inbox,
        deliveries=parts.memory.deliveries,
        sources=sources(settings),
        hide=parts.memory.keys.keyed,
        carrier=TemporalCarrier(client, Openings(settings, parts.library), parts.memory.ledger),
        clock=lambda: datetime.now(UTC),
        public_url=settings.public_url.rstrip("/"),
        twilio_auth_tokens=tuple(
            each.token.get_secret_value() for each in (settings.sms, settings.voice) if each
        ),
        mail_receipt_tokens=tuple(
            token.get_secret_value() for token in (settings.email.receipt_tokens if settings.email else ())
        ),
        aliyun_receipt_secrets=(
            (settings.sms_aliyun.receipt_secret.get_secret_value(),) if settings.sms_aliyun else ()
        ),
    )
    place = mailbox(settings)
    listening = _listening(settings, anywhere=anywhere)
    host, port = listening.getsockname()[:2]
    config = uvicorn.Config(
        app(ports),
        http="httptools",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=10,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    going = [asyncio.create_task(Pump(ports).run())]
    if place is not None:
        going.append(asyncio.create_task(Mailbox(place, Bounces(ports.deliveries, ports.clock)).run()))
    for each in going:
        # A door without its pump would take alerts that nobody ever sees, and a mailbox nobody reads holds
        # answers that nobody gets: the process ends with either.
        each.add_done_callback(lambda _: stop.set())
    try:
        yield f"http://{_shown(host)}:{port}"
    finally:
        server.should_exit = True
        await serving
        listening.close()
        for each in going:
            if not each.done():
                each.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await each


def sources(settings: Settings) -> dict[str, Source]:
    """Read the sources that may post alerts.

    Raises:
        SettingsError: one of them cannot work.

    """
    found = {}
    for name, source in settings.sources.items():
        try:
            found[name] = Source(
                name=name,
                adapter=source.adapter,
                secrets=tuple(secret.get_secret_value() for secret in source.secrets),
                carriers=source.carriers,
                max_body=source.max_body or settings.intake.max_body,
                ok_status=source.ok_status,
                drill=source.drill,
            )
        except ValueError as error:
            raise SettingsError("settings.invalid", f"TOCSIN_SOURCES: {error}.") from error
    return found


def mailbox(settings: Settings) -> Place | None:
    """Say where bounces are read, if anywhere.

    Raises:
        SettingsError: it cannot work so.

    """
    found = settings.email.bounces if settings.email else None
    if found is None:
        return None
    try:
        return Place(
            host=found.host,
            port=found.port,
            user=found.user,
            password=found.password.get_secret_value(),
            folder=found.folder,
            tls=found.tls,
            ca_file=found.ca_file,
            every=found.every_seconds,
        )
    except ValueError as error:
        raise SettingsError("settings.invalid", f"TOCSIN_EMAIL__BOUNCES: {error}.") from error


def _listening(settings: Settings, *, anywhere: bool) -> socket.socket:
    host, port = settings.intake.host, settings.intake.port
    try:
        found = socket.create_server((host, port), family=_family(host), backlog=_BACKLOG)
    except OSError as error:
        if anywhere and error.errno == errno.EADDRINUSE and "port" not in settings.intake.model_fields_set:
            return socket.create_server((host, 0), family=_family(host), backlog=_BACKLOG)
        raise SettingsError(
            "settings.invalid",
            f"TOCSIN_INTAKE__PORT: nothing can listen on {host}:{port} ({error.strerror}); choose another.",
        ) from error
    return found


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
