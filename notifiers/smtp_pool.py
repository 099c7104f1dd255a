"""Persistent SMTP connections, opened by aiosmtplib and lent to one message at a time."""

import asyncio
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import aiosmtplib

from notifiers.errors import Misconfigured, NotifierError, Unreachable
from notifiers.smtp_session import LATER, Patience, SmtpSession, owned

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Tls(StrEnum):
    """How the line to the server is encrypted; there is no way from one to a weaker one."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


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


@dataclass(frozen=True, slots=True)
class Lent:
    """A connection on loan; `utf8` says whether the server takes SMTPUTF8."""

    session: SmtpSession
    utf8: bool


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
        self._idle: list[Lent] = []
        self._places = asyncio.Semaphore(relay.connections)
        self._waiting = 0
        self._cold_until = 0.0
        self._cold: NotifierError | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for a connection."""
        return self._waiting > 0

    async def acquire(self) -> Lent:
        """Lend a connection, an idle one if there is one.

        Raises:
            Unreachable: the server cannot be reached, or could not a moment ago.
            Misconfigured: its certificate, its lack of TLS or its answer to our credentials forbids sending.

        """
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1
        try:
            return self._kept() or await self._opened()
        except BaseException:
            self._places.release()
            raise

    def release(self, lent: Lent) -> None:
        """Take a connection back; one that met anything unexpected is not lent again."""
        self._places.release()
        session = lent.session
        if not session.usable:
            session.abort()
        elif session.carried >= self._relay.messages_per_connection:
            self._retire(lent)
        else:
            self._idle.append(lent)

    async def aclose(self) -> None:
        """Take leave on every idle connection."""
        while self._idle:
            self._retire(self._idle.pop())
        if self._closing:
            await asyncio.gather(*self._closing)

    def _retire(self, lent: Lent) -> None:
        task = asyncio.get_running_loop().create_task(lent.session.quit())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _kept(self) -> Lent | None:
        oldest = asyncio.get_running_loop().time() - self._relay.idle
        while self._idle:
            lent = self._idle.pop()
            if lent.session.usable and lent.session.idle_since >= oldest:
                return lent
            self._retire(lent)
        return None

    async def _opened(self) -> Lent:
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

    async def _connected(self) -> Lent:
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
            return Lent(owned(line.transport, relay.patience), utf8=line.supports_extension("smtputf8"))
        except (aiosmtplib.SMTPException, OSError) as error:
            line.close()
            raise _judged(error) from None


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
