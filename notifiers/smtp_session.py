"""One SMTP connection after its greeting: mail transactions, one command and one reply at a time.

aiosmtplib opens the connection (EHLO, TLS, AUTH); from there on this protocol owns the transport, for two
reasons. It knows at every instant which stage the transaction is in, so that a lost connection is *not sent*
before the message's bytes left and *unknown* after. And it sees every byte: a reply nobody asked for makes
the connection worthless, because the next reply could be taken for another command's.
"""

import asyncio
import re
from dataclasses import dataclass
from enum import IntEnum
from typing import cast

from notifiers.errors import Misconfigured, NotifierError, Refused, Unknown, Unreachable

MAX_REPLY = 32_768
_ENHANCED = re.compile(rb"^[245]\.\d{1,3}\.\d{1,3}")

LATER = 60.0
"""Seconds to wait after 421 and 452, which speak of the server's own load."""

GREYLISTED = 300.0
"""Seconds to wait after 450 and 451: the usual length of a greylist, RFC 6647 section 5."""

_WAITS = {450: GREYLISTED, 451: GREYLISTED}
_OUT_OF_STEP = 503
_CLOSING = 421
_TOO_BIG = 552
_WANTS_LOGIN = frozenset({530, 534, 535, 538})


class Stage(IntEnum):
    """What the server's next reply will answer."""

    IDLE = 0
    MAIL = 1
    RCPT = 2
    DATA = 3
    DOT = 4
    RSET = 5
    QUIT = 6


_EXPECTED = {
    Stage.MAIL: (250,),
    Stage.RCPT: (250, 251, 252),
    Stage.DATA: (354,),
    Stage.DOT: (250,),
}


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait: `reply` for a command's, `final` for the answer to a message, `connect` for a line.

    RFC 5321 section 4.5.3.2 allows a server minutes; a batch under a heartbeat cannot.
    """

    connect: float = 15.0
    reply: float = 30.0
    final: float = 120.0


class SmtpSession(asyncio.Protocol):
    """A connection that carries messages until something unexpected happens; then `usable` is false."""

    def __init__(self, transport: asyncio.Transport, patience: Patience) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._patience = patience
        self._stage = Stage.IDLE
        self._outcome: asyncio.Future[int] | None = None
        self._pending: NotifierError | None = None
        self._rcpt = b""
        self._content = b""
        self._buffer = b""
        self._deadline = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self.closed = self._loop.create_future()
        self.usable = True
        self.carried = 0
        self.idle_since = self._loop.time()

    def transact(self, mail: bytes, rcpt: bytes, content: bytes) -> "asyncio.Future[int]":
        """Carry one message; the future holds the code of the final reply, or raises a `NotifierError`.

        `mail` and `rcpt` are whole command lines, `content` a message with CRLF line ends whose last line
        is ended too.
        """
        outcome: asyncio.Future[int] = self._loop.create_future()
        if not self.usable or self._stage is not Stage.IDLE:
            self._fail(outcome, Unreachable(None, "smtp.connection.lost"))
            return outcome
        self._outcome = outcome
        self._pending = None
        self._rcpt = rcpt
        self._content = content
        self.carried += 1
        self._ask(Stage.MAIL, mail, self._patience.reply)
        return outcome

    async def quit(self) -> None:
        """Take leave politely, but never wait longer than a second for it."""
        if self.usable and self._stage is Stage.IDLE:
            self._ask(Stage.QUIT, b"QUIT\r\n", 1.0)
        else:
            self.abort()
        await self.closed

    def abort(self) -> None:
        """Cut the line; whatever was under way gets its honest outcome."""
        self.usable = False
        self._transport.abort()
        self._settle_loss("smtp.connection.aborted")

    def connection_lost(self, exc: Exception | None) -> None:
        """Judge what the loss means for the message under way."""
        self.usable = False
        if self._watch is not None:
            self._watch.cancel()
        self._settle_loss("smtp.connection.reset" if exc else "smtp.connection.closed")
        if not self.closed.done():
            self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Take a reply, and nothing but the one that is due."""
        if self._buffer:
            data = self._buffer + data
        end = data.find(b"\n") + 1
        if not end:
            self._wait_for_more(data)
            return
        while data[3:4] == b"-":  # a reply of several lines; the last one decides
            line_end = data.find(b"\n", end) + 1
            if not line_end:
                self._wait_for_more(data)
                return
            data, end = data[end:], line_end - end
        self._buffer = b""
        code = int(data[:3]) if data[:3].isdigit() and data[3:4] in b" \r\n" else 0
        extra = len(data) != end
        if extra or self._stage is Stage.IDLE:
            self.usable = False
        self._answered(code, data[4:end], extra=extra)
        if not self.usable:
            self._transport.abort()

    def _wait_for_more(self, data: bytes) -> None:
        if len(data) <= MAX_REPLY:
            self._buffer = data
            return
        self.usable = False
        self._answered(0, b"", extra=True)
        self._transport.abort()

    def _answered(self, code: int, text: bytes, *, extra: bool) -> None:
        stage = self._stage
        if stage >= Stage.RSET:
            self._after_aside(stage, code)
        elif stage is Stage.IDLE:
            return
        elif code not in _EXPECTED[stage]:
            self._declined(stage, code, text)
        elif stage is Stage.DOT:
            self._settle(code, None)
        elif extra:
            self._settle(0, Unreachable(None, f"smtp.{stage.name.lower()}.garbled"))
        elif stage is Stage.MAIL:
            self._ask(Stage.RCPT, self._rcpt, self._patience.reply)
        elif stage is Stage.RCPT:
            self._ask(Stage.DATA, b"DATA\r\n", self._patience.reply)
        else:
            content = self._content
            if b"\r\n." in content:
                content = content.replace(b"\r\n.", b"\r\n..")
            self._ask(Stage.DOT, content + b".\r\n", self._patience.final)

    def _declined(self, stage: Stage, code: int, text: bytes) -> None:
        error = judged(stage, code, text)
        definite = 400 <= code < 600 and code not in (_CLOSING, _OUT_OF_STEP)  # noqa: PLR2004 - reply classes
        if not definite:
            self.usable = False
        if self.usable and stage in (Stage.RCPT, Stage.DATA):
            # The server still holds the envelope; clear it before the line is used again.
            self._pending = error
            self._ask(Stage.RSET, b"RSET\r\n", self._patience.reply)
        else:
            self._settle(code, error)

    def _after_aside(self, stage: Stage, code: int) -> None:
        if stage is Stage.QUIT or code != 250:  # noqa: PLR2004 - the only right answer
            self.usable = False
            self._transport.close()
        if stage is Stage.RSET:
            self._settle(0, self._pending)

    def _ask(self, stage: Stage, data: bytes, patience: float) -> None:
        self._stage = stage
        self._deadline = self._loop.time() + patience
        if self._watch is None:
            self._watch = self._loop.call_later(patience, self._look_at_the_clock)
        self._transport.write(data)

    def _look_at_the_clock(self) -> None:
        # One timer per connection, moved on when it rings, instead of one per command.
        self._watch = None
        if self._stage is Stage.IDLE:
            return
        left = self._deadline - self._loop.time()
        if left > 0:
            self._watch = self._loop.call_later(left, self._look_at_the_clock)
            return
        self.usable = False
        self._settle_loss("smtp.silence")
        self._transport.abort()

    def _settle(self, code: int, error: NotifierError | None) -> None:
        self._stage = Stage.IDLE
        self.idle_since = self._loop.time()
        self._content = b""
        outcome, self._outcome = self._outcome, None
        if outcome is None or outcome.done():
            return
        if error is None:
            outcome.set_result(code)
        else:
            self._fail(outcome, error)

    def _settle_loss(self, code: str) -> None:
        stage = self._stage
        if stage in (Stage.IDLE, Stage.QUIT):
            return
        if stage is Stage.RSET:
            self._settle(0, self._pending)
        elif stage is Stage.DOT:
            self._settle(0, Unknown(f"{code}.{stage.name.lower()}"))
        else:
            self._settle(0, Unreachable(None, f"{code}.{stage.name.lower()}"))

    @staticmethod
    def _fail(outcome: "asyncio.Future[int]", error: NotifierError) -> None:
        outcome.set_exception(error)
        outcome.exception()  # a cancelled waiter never looks; that is no fault of the loop's


def judged(stage: Stage, code: int, text: bytes) -> NotifierError:
    """Say what an unwanted reply at a stage means for the message; `text` adds its enhanced status."""
    found = _ENHANCED.match(text)
    detail = found.group().decode() if found else ""
    name = f"smtp.{stage.name.lower()}.{code:03d}"
    if not 400 <= code < 600:  # noqa: PLR2004 - neither 4xx nor 5xx: nothing an SMTP server says here
        garbled = f"smtp.{stage.name.lower()}.garbled"
        return Unknown(garbled) if stage is Stage.DOT else Unreachable(None, garbled)
    if code < 500:  # noqa: PLR2004 - 4xx
        return Unreachable(_WAITS.get(code, LATER), name, detail)
    if code in _WANTS_LOGIN:
        return Misconfigured(name, detail)
    if code == _OUT_OF_STEP and stage is not Stage.DOT:
        return Unreachable(None, name, detail)
    if stage is Stage.MAIL and code != _TOO_BIG:
        # The sender is ours and the same for everybody: a refusal of it would refuse the whole population.
        return Misconfigured(name, detail)
    return Refused(name, detail)


def owned(transport: asyncio.BaseTransport, patience: Patience) -> SmtpSession:
    """Take over a transport that is past EHLO, TLS and AUTH."""
    line = cast("asyncio.Transport", transport)
    session = SmtpSession(line, patience)
    line.set_protocol(session)
    return session
