"""One session of the SMTP sink: reads commands, answers them rightly or as the script says."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from service.local_endpoints.smtp_fault import Act, Fault, Stage

if TYPE_CHECKING:
    from service.local_endpoints.smtp_sink import SmtpSink

MAX_LINE = 4096


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as the sink took it; `content` is empty unless the sink keeps what it takes."""

    message_id: str
    recipient: str
    sender: str
    content: bytes = b""


class SinkSession(asyncio.Protocol):
    """The server's side of one connection."""

    def __init__(self, sink: "SmtpSink") -> None:
        self.sink = sink
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.in_data = False
        self.secure = False
        self.sender = ""
        self.recipient = ""
        self.login: list[bytes] | None = None
        self.struck: Fault | None = None
        self.upgrade: asyncio.Task[None] | None = None
        self.handlers: dict[bytes, Callable[[bytes], None]] = {
            b"EHLO": self._ehlo,
            b"HELO": self._ehlo,
            b"STARTTLS": self._starttls,
            b"AUTH": self._auth,
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"RSET": self._rset,
            b"NOOP": self._noop,
            b"QUIT": self._quit,
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, unless this is the same connection coming back with TLS."""
        again = self.transport is not None
        self.transport = cast("asyncio.Transport", transport)
        self.secure = transport.get_extra_info("sslcontext") is not None
        if again:
            return
        self.sink.connections += 1
        self.sink.open.add(self)
        self._answer(Stage.CONNECT, b"220 sink.invalid ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it ended is all the same
        """Forget the session."""
        self.sink.open.discard(self)

    def drop(self) -> None:
        """Cut the line with a reset."""
        if self.transport is not None:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read commands and messages as they come in."""
        self.buffer += data
        while self.buffer and self.upgrade is None:
            if self.in_data:
                if not self._body():
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

    def _write(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def _answer(self, stage: Stage, right: bytes) -> bool:
        """Send the right answer, or do what the script says; True when the right one was sent."""
        fault = self.struck = self.sink.fault_at(stage, self.recipient) if self.sink.faults else None
        if fault is None:
            self._write(right)
            return True
        if fault.act is Act.REPLY:
            self._write(fault.reply.encode() + b"\r\n")
            if fault.reply.startswith("421"):
                self._close()
            # A reply with an extra line begins as the right one does, so the session goes on behind it.
            return fault.reply[:3].encode() == right[:3]
        if fault.act is Act.FIN:
            self._close()
        elif fault.act is Act.RST:
            self.drop()
        return False

    def _close(self) -> None:
        if self.transport is not None:
            self.transport.close()

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

    def _mail(self, rest: bytes) -> None:
        self.sender = _address(rest)
        self._answer(Stage.MAIL, b"250 2.1.0 ok\r\n")

    def _rcpt(self, rest: bytes) -> None:
        self.recipient = _address(rest)
        self._answer(Stage.RCPT, b"250 2.1.5 ok\r\n")

    def _data(self, _: bytes) -> None:
        self.in_data = self._answer(Stage.DATA, b"354 go ahead\r\n")

    def _body(self) -> bool:
        if self.sink.faults and (fault := self.sink.fault_at(Stage.BODY, self.recipient)) is not None:
            if fault.act is Act.REPLY:
                self._write(fault.reply.encode() + b"\r\n")
            if fault.act is Act.SILENCE:
                self.in_data = False
            else:
                (self.drop if fault.act is Act.RST else self._close)()
            self.buffer.clear()
            return False
        end = self.buffer.find(b"\r\n.\r\n")
        if end < 0:
            return False
        content = bytes(self.buffer[: end + 2])
        del self.buffer[: end + 5]
        self.in_data = False
        mail = Mail(
            message_id=_message_id(content),
            recipient=self.recipient,
            sender=self.sender,
            content=content.replace(b"\r\n..", b"\r\n.") if self.sink.keep else b"",
        )
        right = self._answer(Stage.DOT, b"250 2.0.0 taken\r\n")
        if right or (self.struck is not None and self.struck.keeps):
            self.sink.take(mail)
        return True

    def _rset(self, _: bytes) -> None:
        self._answer(Stage.RSET, b"250 2.0.0 ok\r\n")

    def _noop(self, _: bytes) -> None:
        self._write(b"250 2.0.0 ok\r\n")

    def _quit(self, _: bytes) -> None:
        if self._answer(Stage.QUIT, b"221 2.0.0 bye\r\n"):
            self._close()

    def _unknown(self, _: bytes) -> None:
        self._write(b"502 5.5.1 command not known\r\n")


def _address(rest: bytes) -> str:
    start, end = rest.find(b"<"), rest.find(b">")
    return rest[start + 1 : end].decode("utf-8", "replace")


def _message_id(content: bytes) -> str:
    head, _, _ = content.partition(b"\r\n\r\n")
    start = head.lower().find(b"message-id:")
    if start < 0:
        return ""
    end = head.find(b"\r\n", start)
    return head[start + 11 : end if end > 0 else None].strip().decode("utf-8", "replace")
