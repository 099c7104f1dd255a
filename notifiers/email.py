"""E-mail over one relay: a pool of persistent connections, and an honest word about each message."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from notifiers.dkim import Signature, Signer
from notifiers.errors import Misconfigured, NotifierError, Refused, Unreachable
from notifiers.gathered import Gathered
from notifiers.mime import Sender, checked_address
from notifiers.port import HALTED, Accepted, Answer, Halted, Message, Reference, Verdict, never
from notifiers.return_path import ReturnPath
from notifiers.smtp_line import Envelope, Offers, SmtpLine
from notifiers.smtp_pool import Relay, SmtpPool
from notifiers.stencil import Composer

# Seconds that a batch may send over a line while another batch waits for one.
_TURN = 0.1


def _now() -> datetime:
    return datetime.now(UTC)


class _Batch:
    """What the connections of one batch share; `working` of them hold or await a connection."""

    def __init__(
        self, messages: Sequence[Message], notifier: "EmailNotifier", pool: SmtpPool, halted: Halted
    ) -> None:
        self.messages = messages
        self._pool = pool
        self._halted = halted
        self.waiting = deque(range(len(messages)))
        self.outcomes: dict[int, Accepted | NotifierError] = {}
        self.working = 0
        self._notifier = notifier
        self._ended: NotifierError | None = None
        self._clock = asyncio.get_running_loop().time
        self._turn = -1.0
        self._at = notifier.now()

    def end(self, error: NotifierError) -> None:
        """Give every message that still waits the same outcome."""
        self._ended = error
        for place in self.waiting:
            self.outcomes[place] = error
        self.waiting.clear()

    def take(self, line: SmtpLine) -> Envelope | None:
        """Write the next message that can be written; None where it is somebody else's turn."""
        if self._halted():
            self._halt()
            return None
        if self._pool.waiting and self._clock() - line.lent_at >= _TURN:
            return None
        while self.waiting:
            place = self.waiting.popleft()
            try:
                return self._notifier.enveloped(place, self.messages[place], line.offers, self._now())
            except NotifierError as error:
                self.outcomes[place] = error
            except ValueError as mistake:
                # A Message-ID or a language that is none: every message of the batch has the same fault.
                self._stop(place, Misconfigured("message.unusable", str(mistake)))
        return None

    def halted(self) -> bool:
        """Whether the batch is to end here; what has not left by now does not leave."""
        if self._halted():
            self._halt()
            return True
        return False

    def _halt(self) -> None:
        self.end(Unreachable(None, HALTED))

    def settle(self, envelope: Envelope, outcome: int | NotifierError) -> None:
        """Note an outcome; wrong settings end the batch."""
        place = envelope.place
        if isinstance(outcome, int):
            self.outcomes[place] = Accepted(self.messages[place].message_id, self._now(), f"smtp.{outcome}")
        elif isinstance(outcome, Misconfigured):
            self._stop(place, outcome)
        else:
            self.outcomes[place] = outcome

    def again(self, envelope: Envelope) -> None:
        """Let a message that did not leave be the next one; a line at fault says nothing about the server."""
        if self._ended is not None:
            self.outcomes[envelope.place] = self._ended
        else:
            self.waiting.appendleft(envelope.place)

    def _now(self) -> datetime:
        """The time, asked for once in each turn of a loop that keeps its own."""
        turn = self._clock()
        if turn != self._turn:
            self._turn, self._at = turn, self._notifier.now()
        return self._at

    def _stop(self, place: int, error: NotifierError) -> None:
        self.outcomes[place] = error
        self.end(error)


class EmailNotifier(Gathered):
    """The e-mail channel.

    Codes: `smtp.<stage>.<reply code>`, `smtp.<stage>.garbled`, `smtp.silence.<stage>`,
    `smtp.connection.<how>.<stage>`, `smtp.connect.<how>`, `tls.<why>`, `address.unusable`,
    `message.unusable`, `dkim.<what>`.
    SMTP keeps no memory that could be asked, so `look_up` always answers `cannot_tell`: what happened after
    an `Unknown` shows in bounces, or not at all.
    """

    channel = "email"

    def __init__(
        self,
        relay: Relay,
        sender: Sender,
        now: Callable[[], datetime] = _now,
        *,
        signature: Signature | None = None,
    ) -> None:
        super().__init__(relay.connections)
        address = checked_address(sender.address)
        self._composer = Composer(sender, Signer(signature, address) if signature else None)
        self.now = now
        self._pool = SmtpPool(relay)
        self._return_path = ReturnPath(sender.return_path or address)

    async def send(self, message: Message) -> Accepted:
        """Send one message; see `Notifier.send`."""
        [outcome] = await self.send_many([message])
        if isinstance(outcome, NotifierError):
            raise outcome
        return outcome

    async def send_many(
        self, messages: Sequence[Message], halted: Halted = never
    ) -> list[Accepted | NotifierError]:
        """Send a batch over the pool's connections; the outcomes stand in the order of the messages.

        After a `Misconfigured` nothing more of the batch is tried: the rest gets the same error.
        """
        batch = _Batch(messages, self, self._pool, halted)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.concurrency, len(messages))):
                batch.working += 1
                group.create_task(self._work(batch))
        return [batch.outcomes[place] for place in range(len(messages))]

    async def look_up(self, reference: Reference) -> Verdict:  # noqa: ARG002 - SMTP has nobody to ask
        """Say that SMTP cannot be asked."""
        return Verdict(Answer.CANNOT_TELL, code="smtp.no_memory")

    async def aclose(self) -> None:
        """Take leave of the relay."""
        await self._pool.aclose()

    def enveloped(self, place: int, message: Message, offers: Offers, at: datetime) -> Envelope:
        """Write one message for a line that offers this.

        Raises:
            Refused: it cannot be written, or not for this server.
            ValueError: the Message-ID or the language is not ours to send.

        """
        to = checked_address(message.to)
        utf8 = not to.isascii()
        if utf8 and not offers.utf8:
            raise Refused("smtp.smtputf8", "the relay takes no address with letters outside ASCII")
        mail = self._return_path.command(message.reference, offers, utf8=utf8)
        content = self._composer.write(message, to, at)
        return Envelope(place, mail, f"RCPT TO:<{to}>\r\n".encode(), content)

    async def _work(self, batch: _Batch) -> None:
        line: SmtpLine | None = None
        try:
            while batch.waiting and (line := await self._line(batch)) is not None:
                try:
                    await line.carry(batch)
                except asyncio.CancelledError:
                    line.abort()
                    raise
                finally:
                    self._pool.release(line)
        finally:
            batch.working -= 1

    async def _line(self, batch: _Batch) -> SmtpLine | None:
        try:
            return await self._pool.acquire()
        except Misconfigured as error:
            batch.end(error)
        except Unreachable as error:
            if batch.working == 1:  # otherwise others still have a line, or will find out
                batch.end(error)
        return None
