"""One SMTP connection after its greeting: what every way of speaking over it has in common.

aiosmtplib opens the connection (EHLO, TLS, AUTH); from there on this protocol owns the transport, for two
reasons. It knows at every instant which stage each message is in, so that a lost connection is *not sent*
before the message's bytes left and *unknown* after. And it sees every byte: a reply nobody asked for makes
the connection worthless, because the next reply could be taken for another command's.
"""

import asyncio
import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from notifiers.errors import NotifierError, Unreachable
from notifiers.smtp_stage import Patience, Stage

MAX_REPLY = 32_768
# Every line but the last of a reply has a hyphen behind its code; the last one decides.
REPLY = re.compile(rb"(?:[^\n]{3}-[^\n]*\n)*((?![^\n]{3}-)[^\n]*)\n")


@dataclass(frozen=True, slots=True)
class Offers:
    """What the server said it can do, as far as it concerns a transaction."""

    utf8: bool = False
    dsn: bool = False
    pipelining: bool = False
    chunking: bool = False


class Envelope(NamedTuple):
    """One message on its way: command lines whole, `content` with CRLF line ends, the last one too."""

    place: int
    mail: bytes
    rcpt: bytes
    content: bytes


class Work(Protocol):
    """Where a connection gets its messages from, and whom it tells what became of them."""

    def take(self, line: "SmtpLine") -> Envelope | None:
        """The next message for this connection, or None when it is to stop."""

    def halted(self) -> bool:
        """Whether a message that has not left by now is not to leave."""

    def settle(self, envelope: Envelope, outcome: int | NotifierError) -> None:
        """Take a message's outcome: the code of the reply that took it, or why it was not."""

    def again(self, envelope: Envelope) -> None:
        """Take a message back that certainly did not leave; it goes over a fresh connection."""


class SmtpLine(asyncio.Protocol):
    """A connection that carries messages until something unexpected happens; then `usable` is false.

    `share` messages are begun on it at most; `carried` were. A used
    connection that fails before a message's bytes left says more about the connection than about the message:
    that one is handed back, once, for a fresh line. `unsound` says that the server cannot be pipelined.
    """

    def __init__(
        self, transport: asyncio.Transport, patience: Patience, offers: Offers, share: int = 1000
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._patience = patience
        self._share = share
        self._work: Work | None = None
        self._done: asyncio.Future[None] | None = None
        self._buffer = b""
        self._deadline = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self.offers = offers
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self.usable = True
        self.unsound = False
        self.carried = 0
        self.lent_at = 0.0
        """When, by the loop's clock, it was lent to the work that it carries messages of."""
        self.idle_since = self._loop.time()

    def carry(self, work: Work) -> "asyncio.Future[None]":
        """Carry messages until there are none for this line, or it can carry no more."""
        done: asyncio.Future[None] = self._loop.create_future()
        if not self.usable or self._stage is not Stage.IDLE:
            done.set_result(None)
            return done
        self._work, self._done, self.lent_at = work, done, self._loop.time()
        self._begin()
        return done

    async def quit(self) -> None:
        """Take leave politely, but never wait longer than a second for it."""
        if self.usable and self._stage is Stage.IDLE:
            self._leave()
        else:
            self.abort()
        await self.closed

    def abort(self) -> None:
        """Cut the line; whatever was under way gets its honest outcome."""
        self._spoil()
        self._broken("smtp.connection.aborted", again=False)

    def connection_lost(self, exc: Exception | None) -> None:
        """Judge what the loss means for what is under way."""
        self.usable = False
        if self._watch is not None:
            self._watch.cancel()
        self._broken("smtp.connection.reset" if exc else "smtp.connection.closed", again=True)
        if not self.closed.done():
            self.closed.set_result(None)

    @property
    @abstractmethod
    def _stage(self) -> Stage:
        """What the next reply will answer."""

    @abstractmethod
    def _begin(self) -> None:
        """Begin with the work's first message."""

    @abstractmethod
    def _leave(self) -> None:
        """Say QUIT."""

    @abstractmethod
    def _broken(self, code: str, *, again: bool) -> None:
        """Give everything under way its outcome: the line is lost, or silent."""

    def _next(self) -> Envelope | None:
        if self._work is None or self.carried >= self._share:
            return None
        envelope = self._work.take(self)
        if envelope is not None:
            self.carried += 1
        return envelope

    def _settle(self, envelope: Envelope | None, outcome: int | NotifierError) -> None:
        if self._work is not None and envelope is not None:
            self._work.settle(envelope, outcome)

    def _unsent(self, envelope: Envelope, error: NotifierError, *, again: bool) -> None:
        """Settle a message that did not leave, or hand it back where a used line was at fault."""
        if again and self.carried > 1 and self._work is not None:
            self._work.again(envelope)
        else:
            self._settle(envelope, error)

    def _end(self) -> None:
        self.idle_since = self._loop.time()
        self._work = None
        done, self._done = self._done, None
        if done is not None and not done.done():
            done.set_result(None)

    def _spoil(self) -> None:
        self.usable = False
        self._transport.abort()

    def _wait(self, patience: float) -> None:
        # One timer per connection, moved on when it rings, instead of one per command.
        self._deadline = self._loop.time() + patience
        if self._watch is None:
            self._watch = self._loop.call_later(patience, self._look_at_the_clock)

    def _look_at_the_clock(self) -> None:
        self._watch = None
        if self._stage is Stage.IDLE:
            return
        left = self._deadline - self._loop.time()
        if left > 0:
            self._watch = self._loop.call_later(left, self._look_at_the_clock)
            return
        self._spoil()
        self._broken("smtp.silence", again=False)


def lost(code: str, stage: Stage) -> Unreachable:
    """Name a loss before the message's bytes left."""
    return Unreachable(None, f"{code}.{stage.name.lower()}")


def code_of(line: bytes) -> int:
    """The reply code of a reply's last line, 0 where it has none."""
    return int(line[:3]) if line[:3].isdigit() and line[3:4] in b" \r" else 0
