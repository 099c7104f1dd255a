"""One session of the SMTP sink: greeting, TLS, login, and the commands as they come in."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from service.local_endpoints.sink_transaction import SinkTransaction
from service.local_endpoints.smtp_fault import Stage

if TYPE_CHECKING:
    from service.local_endpoints.smtp_sink import SmtpSink

MAX_LINE = 4096


class SinkSession(SinkTransaction):
    """The server's side of one connection."""

    def __init__(self, sink: "SmtpSink") -> None:
        super().__init__(sink)
        self.secure = False
        self.heard_since = 0
        self.login: list[bytes] | None = None
        self.upgrade: asyncio.Task[None] | None = None
        self.handlers: dict[bytes, Callable[[bytes], None]] = {
            b"EHLO": self._ehlo,
            b"HELO": self._ehlo,
            b"STARTTLS": self._starttls,
            b"AUTH": self._auth,
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"BDAT": self._bdat,
            b"RSET": self._rset,
            b"NOOP": self._noop,
            b"QUIT": self._quit,
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, unless this is the same connection coming back with TLS."""
        again = self.transport is not None
        self.transport = cast("asyncio.Transport", transport)
        # uvloop would hold replies back until it has read from every sender.
        self.transport.set_write_buffer_limits(high=0)
        self.secure = transport.get_extra_info("sslcontext") is not None
        if again:
            return
        self.sink.connections += 1
        self.sink.open.add(self)
        self._answer(Stage.CONNECT, b"220 sink.invalid ESMTP\r\n")
        self._say()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it ended is all the same
        """Forget the session."""
        self.sink.open.discard(self)

    def data_received(self, data: bytes) -> None:
        """Read commands and messages as they come in."""
        if self in self.sink.struck:
            self.heard_since += 1
        self.buffer += data
        self._understood()
        self._say()

    def _understood(self) -> None:
        while self.buffer and self.upgrade is None and not self._gone():
            if self.in_data or self.chunk:
                if not (self._body() if self.in_data else self._chunked()):
                    return
                continue
            end = self.buffer.find(b"\n")
            if end < 0:
                if len(self.buffer) > MAX_LINE:
                    self._write(b"500 5.5.2 line too long\r\n")
                    self.drop()
                return
            line = bytes(self.buffer[:end]).rstrip(b"\r")
            del self.buffer[: end + 1]
            if self.login is not None:
                self._credentials(line)
                continue
            word, _, rest = line.partition(b" ")
            verb = word.upper()
            self.sink.commands[verb.decode("ascii", "replace")] += 1
            self.handlers.get(verb, self._unknown)(rest)

    def _ehlo(self, _: bytes) -> None:
        lines = ["sink.invalid", *self.sink.extensions]
        if self.sink.tls is not None and not self.secure:
            lines.append("STARTTLS")
        if self.sink.users:
            lines.append("AUTH PLAIN LOGIN")
        marks = ["250-"] * (len(lines) - 1) + ["250 "]
        self._answer(
            Stage.EHLO,
            "".join(f"{mark}{line}\r\n" for mark, line in zip(marks, lines, strict=True)).encode(),
        )

    def _starttls(self, _: bytes) -> None:
        transport = self.transport
        if self.sink.tls is None or self.secure or transport is None:
            self._write(b"502 5.5.1 no TLS here\r\n")
        elif self._answer(Stage.STARTTLS, b"220 2.0.0 go ahead\r\n"):
            transport.pause_reading()
            self.upgrade = asyncio.get_running_loop().create_task(self._upgraded(transport, self.sink.tls))

    async def _upgraded(self, transport: asyncio.Transport, context: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError, ssl.SSLError):
            secured = await loop.start_tls(transport, self, context, server_side=True)
            if secured is not None:
                self.transport = secured
                self.secure = True
        self.upgrade = None

    def _auth(self, rest: bytes) -> None:
        mechanism, _, initial = rest.partition(b" ")
        if mechanism.upper() == b"PLAIN" and initial:
            self._check(*base64.b64decode(initial).split(b"\0")[1:3])
        elif mechanism.upper() == b"LOGIN":
            self.login = [base64.b64decode(initial)] if initial else []
            self._write(b"334 UGFzc3dvcmQ6\r\n" if initial else b"334 VXNlcm5hbWU6\r\n")
        else:
            self._write(b"504 5.5.4 mechanism not known\r\n")

    def _credentials(self, line: bytes) -> None:
        given = [*(self.login or []), base64.b64decode(line)]
        self.login = given
        if len(given) == 1:
            self._write(b"334 UGFzc3dvcmQ6\r\n")
        else:
            self.login = None
            self._check(given[0], given[1])

    def _check(self, user: bytes, password: bytes) -> None:
        good = self.sink.users.get(user.decode()) == password.decode()
        self._answer(Stage.AUTH, b"235 2.7.0 welcome\r\n" if good else b"535 5.7.8 bad credentials\r\n")

    def _noop(self, _: bytes) -> None:
        self._write(b"250 2.0.0 ok\r\n")

    def _quit(self, _: bytes) -> None:
        if self._answer(Stage.QUIT, b"221 2.0.0 bye\r\n"):
            self._close()

    def _unknown(self, _: bytes) -> None:
        self._write(b"502 5.5.1 command not known\r\n")
