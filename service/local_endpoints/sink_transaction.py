"""A mail transaction at the SMTP sink, answered rightly or as the script says."""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.local_endpoints.smtp_fault import Act, Fault, Stage

if TYPE_CHECKING:
    from service.local_endpoints.smtp_sink import SmtpSink


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as the sink took it; `content` is empty unless the sink keeps what it takes."""

    message_id: str
    recipient: str
    sender: str
    content: bytes = b""


class SinkTransaction(asyncio.Protocol):
    """What a session knows of envelopes and messages; `envelope` is how far the present one is."""

    def __init__(self, sink: "SmtpSink") -> None:
        self.sink = sink
        self.transport: asyncio.Transport | None = None
        self.buffer = bytearray()
        self.in_data = False
        self.struck: Fault | None = None
        self.sender = ""
        self.recipient = ""
        self.envelope = ""
        self.chunk = 0
        self.chunks = bytearray()
        self.last = False
        self.mute = False
        self.said: list[bytes] = []
        """Replies to what came in one piece; they leave in one, as RFC 2920 section 3.2 asks of a server."""

    def drop(self) -> None:
        """Cut the line with a reset."""
        self._say()
        if self.transport is not None:
            line = self.transport.get_extra_info("socket")
            with contextlib.suppress(OSError):
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()

    def _gone(self) -> bool:
        """Whether nothing more is read or said here: silent from now on, or about to be closed."""
        return self.mute or self.transport is None or self.transport.is_closing()

    def _write(self, data: bytes) -> None:
        self.said.append(data)

    def _say(self) -> None:
        """Let the replies leave."""
        data = b"".join(self.said)
        self.said.clear()
        if data and self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def _answer(self, stage: Stage, right: bytes) -> bool:
        """Send the right answer, or do what the script says; True when the right one was sent."""
        fault = self.struck = self.sink.fault_at(stage, self.recipient) if self.sink.faults else None
        if fault is None:
            self._write(right)
            return True
        self.sink.struck.add(self)
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
        else:
            self.mute = True
            self.sink.silent.add(self)
        return False

    def _close(self) -> None:
        self._say()
        if self.transport is not None:
            self.transport.close()

    def _mail(self, rest: bytes) -> None:
        if self.envelope:
            self._write(b"503 5.5.1 a sender is set already\r\n")
            return
        self.sender = _address(rest)
        if self._answer(Stage.MAIL, b"250 2.1.0 ok\r\n"):
            self.envelope = "mail"

    def _rcpt(self, rest: bytes) -> None:
        if not self.envelope:
            self._write(b"503 5.5.1 MAIL first\r\n")
            return
        self.recipient = _address(rest)
        if self._answer(Stage.RCPT, b"250 2.1.5 ok\r\n"):
            self.envelope = "rcpt"

    def _data(self, _: bytes) -> None:
        if self.envelope != "rcpt":
            self._write(b"503 5.5.1 no valid recipients\r\n")
            return
        self.in_data = self._answer(Stage.DATA, b"354 go ahead\r\n")

    def _bdat(self, rest: bytes) -> None:
        size, _, last = rest.partition(b" ")
        if not size.isdigit() or last.upper() not in {b"", b"LAST"}:
            self._write(b"501 5.5.4 BDAT <size> [LAST]\r\n")
            self._close()
            return
        self.chunk, self.last = int(size), bool(last)
        if not self.chunk:
            self._gathered()

    def _chunked(self) -> bool:
        if self._struck_in_body():
            return False
        if len(self.buffer) < self.chunk:
            return False
        self.chunks += self.buffer[: self.chunk]
        del self.buffer[: self.chunk]
        self.chunk = 0
        self._gathered()
        return True

    def _gathered(self) -> None:
        if self.envelope != "rcpt":
            self.chunks.clear()
            self._write(b"503 5.5.1 no valid recipients\r\n")
        elif not self.last:
            self._write(b"250 2.0.0 go on\r\n")
        else:
            content = bytes(self.chunks)
            self.chunks.clear()
            self._taken(content)
            # RFC 3030 leaves open what becomes of the envelope when a chunk is refused: only RSET clears it.
            self.envelope = "mail"

    def _struck_in_body(self) -> bool:
        fault = self.sink.fault_at(Stage.BODY, self.recipient) if self.sink.faults else None
        if fault is None:
            return False
        self.sink.struck.add(self)
        if fault.act is Act.REPLY:
            self._write(fault.reply.encode() + b"\r\n")
        if fault.act is Act.SILENCE:
            self.mute = True
            self.sink.silent.add(self)
        else:
            (self.drop if fault.act is Act.RST else self._close)()
        self.buffer.clear()
        return True

    def _body(self) -> bool:
        if self._struck_in_body():
            return False
        end = self.buffer.find(b"\r\n.\r\n")
        if end < 0:
            return False
        content = bytes(self.buffer[: end + 2])
        del self.buffer[: end + 5]
        self.in_data = False
        if self.sink.keep:
            content = content.removeprefix(b".") if content.startswith(b"..") else content
            content = content.replace(b"\r\n..", b"\r\n.")
        self._taken(content)
        self.envelope = ""
        return True

    def _taken(self, content: bytes) -> None:
        mail = Mail(
            message_id=_message_id(content),
            recipient=self.recipient,
            sender=self.sender,
            content=content if self.sink.keep else b"",
        )
        right = self._answer(Stage.DOT, b"250 2.0.0 taken\r\n")
        if right or (self.struck is not None and self.struck.keeps):
            self.sink.take(mail)

    def _rset(self, _: bytes) -> None:
        if self._answer(Stage.RSET, b"250 2.0.0 ok\r\n"):
            self.envelope = ""


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
