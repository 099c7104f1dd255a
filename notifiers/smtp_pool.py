"""Persistent SMTP connections, opened by aiosmtplib and lent to one message at a time."""

import asyncio
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import cast

import aiosmtplib

from notifiers.errors import Misconfigured, NotifierError, Unreachable
from notifiers.smtp_line import Offers, SmtpLine
from notifiers.smtp_pipeline import SmtpPipeline
from notifiers.smtp_session import SmtpSession
from notifiers.smtp_stage import LATER, Patience

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Tls(StrEnum):
    """How the line to the server is encrypted; there is no way from one to a weaker one."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


class Driver(StrEnum):
    """How messages are carried: one command at a time, or in groups where the server offers it."""

    AIOSMTPLIB = "aiosmtplib"
    PIPELINED = "pipelined"


@dataclass(frozen=True, slots=True)
class Relay:
    """The server that takes our mail, and how we speak with it.

    `ca_file` replaces the system's authorities; `hello` is the name we greet with; `connections` are open at
    most, each carries `messages_per_connection` messages and is not used again after `idle` seconds.
    After a failed connection none is tried for `cool_off` seconds: what would be sent meanwhile is told so.
    """

    host: str
    port: int
    tls: Tls = Tls.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    hello: str = "localhost"
    connections: int = 10
    messages_per_connection: int = 1000
    idle: float = 60.0
    cool_off: float = 5.0
    patience: Patience = field(default_factory=Patience)
    driver: Driver = Driver.PIPELINED


class SmtpPool:
    """Lends connections, at most `relay.connections` at once, waiting callers in their order.

    Raises:
        Misconfigured: on construction, where a password would travel in clear beyond this machine.

    """

    def __init__(self, relay: Relay) -> None:
        if relay.username and relay.tls is Tls.NONE and relay.host not in _LOOPBACK:
            raise Misconfigured("smtp.auth.cleartext", "a password needs TLS; set starttls or implicit")
        self._relay = relay
        self._context = None if relay.tls is Tls.NONE else _verifying(relay.ca_file)
        self._idle: list[SmtpLine] = []
        self._lent: set[SmtpLine] = set()
        self._places = asyncio.Semaphore(relay.connections)
        self.waiting = 0
        """How many wait for a connection."""
        self._cold_until = 0.0
        self._cold: NotifierError | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._driver = relay.driver

    async def acquire(self) -> SmtpLine:
        """Lend a connection, an idle one if there is one.

        Raises:
            Unreachable: the server cannot be reached, or could not a moment ago.
            Misconfigured: its certificate, its lack of TLS or its answer to our credentials forbids sending.

        """
        self.waiting += 1
        try:
            await self._places.acquire()
        finally:
            self.waiting -= 1
        try:
            line = self._kept() or await self._opened()
        except BaseException:
            self._places.release()
            raise
        self._lent.add(line)
        return line

    def release(self, line: SmtpLine) -> None:
        """Take a connection back; one that met anything unexpected is not lent again."""
        self._places.release()
        self._lent.discard(line)
        if line.unsound:
            # A server that asks for a message nobody may get is spoken to one command at a time from now on.
            self._driver = Driver.AIOSMTPLIB
        if not line.usable:
            line.abort()
        elif line.carried >= self._relay.messages_per_connection:
            self._retire(line)
        else:
            self._idle.append(line)

    async def aclose(self) -> None:
        """Take leave on every idle connection, and cut those that still carry something."""
        for line in list(self._lent):
            line.abort()
        while self._idle:
            self._retire(self._idle.pop())
        if self._closing:
            await asyncio.gather(*self._closing)

    def _retire(self, line: SmtpLine) -> None:
        task = asyncio.get_running_loop().create_task(line.quit())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _kept(self) -> SmtpLine | None:
        oldest = asyncio.get_running_loop().time() - self._relay.idle
        while self._idle:
            line = self._idle.pop()
            if line.usable and line.idle_since >= oldest:
                return line
            self._retire(line)
        return None

    async def _opened(self) -> SmtpLine:
        now = asyncio.get_running_loop().time()
        if self._cold is not None and now < self._cold_until:
            raise self._cold
        self._cold = None
        try:
            return await self._connected()
        except NotifierError as error:
            self._cold = error
            self._cold_until = asyncio.get_running_loop().time() + self._relay.cool_off
            raise

    def _owned(self, transport: asyncio.BaseTransport, offers: Offers) -> SmtpLine:
        """Take over a transport that is past EHLO, TLS and AUTH."""
        relay, line = self._relay, cast("asyncio.Transport", transport)
        # uvloop would hold writes back until it has served every line, and the server idle meanwhile.
        line.set_write_buffer_limits(high=0)
        speaks = SmtpPipeline if self._driver is Driver.PIPELINED and offers.pipelining else SmtpSession
        owner = speaks(line, relay.patience, offers, relay.messages_per_connection)
        line.set_protocol(owner)
        return owner

    async def _connected(self) -> SmtpLine:
        relay = self._relay
        line = aiosmtplib.SMTP(
            hostname=relay.host,
            port=relay.port,
            use_tls=relay.tls is Tls.IMPLICIT,
            start_tls=relay.tls is Tls.STARTTLS,
            tls_context=self._context,
            username=relay.username or None,
            password=relay.password or None,
            local_hostname=relay.hello,
            timeout=relay.patience.connect,
        )
        try:
            await line.connect()
            if line.is_ehlo_or_helo_needed:
                await line.ehlo()
            if line.transport is None:
                raise Unreachable(None, "smtp.connect.closed")
            return self._owned(line.transport, _offered(line))
        except (aiosmtplib.SMTPException, OSError) as error:
            line.close()
            raise _judged(error) from None


def _offered(line: aiosmtplib.SMTP) -> Offers:
    return Offers(
        utf8=line.supports_extension("smtputf8"),
        dsn=line.supports_extension("dsn"),
        pipelining=line.supports_extension("pipelining"),
        chunking=line.supports_extension("chunking"),
    )


def _verifying(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except (OSError, ssl.SSLError):
        raise Misconfigured("tls.authorities", "the CA file cannot be read") from None


def _judged(error: Exception) -> NotifierError:
    """Say what a failure before the first message means; nothing was sent in any case."""
    distrust = _distrusted(error)
    if distrust is not None:
        return distrust
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _answered(error)
    if isinstance(error, (TimeoutError, aiosmtplib.SMTPTimeoutError)):
        return Unreachable(None, "smtp.connect.silence")
    if isinstance(error, OSError):
        return Unreachable(None, "smtp.connect.failed")
    # What is left are aiosmtplib's words for an extension that the server does not offer.
    offered = "tls.not_offered" if "STARTTLS extension" in str(error) else "smtp.auth.not_offered"
    return Misconfigured(offered, "the server does not offer what the settings ask for")


def _distrusted(error: Exception) -> Misconfigured | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return Misconfigured("tls.unverified", seen.verify_message)
        if isinstance(seen, ssl.SSLError):
            return Misconfigured("tls.failed", "no TLS session with this server")
        seen = seen.__cause__
    return None


def _answered(error: aiosmtplib.SMTPResponseException) -> NotifierError:
    stage = "connect"
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        stage = "auth"
    elif isinstance(error, aiosmtplib.SMTPHeloError):
        stage = "ehlo"
    code = f"smtp.{stage}.{error.code:03d}"
    if 500 <= error.code < 600:  # noqa: PLR2004 - 5xx: it will not change by itself
        return Misconfigured(code, "the server refuses us before any message")
    return Unreachable(LATER, code)
