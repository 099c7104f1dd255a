"""E-mail over one relay: a pool of persistent connections, and an honest word about each message."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from notifiers.errors import Misconfigured, NotifierError, Refused, Unreachable
from notifiers.gathered import Gathered
from notifiers.mime import Sender, checked_address, compose
from notifiers.port import Accepted, Answer, Message, Reference, Verdict
from notifiers.smtp_pool import Lent, Relay, SmtpPool

_SIGNS_OF_AGE = frozenset({"smtp.connection.reset.mail", "smtp.connection.closed.mail", "smtp.mail.421"})


def _now() -> datetime:
    return datetime.now(UTC)


class _Batch:
    """What the workers of one batch share; `working` of them hold or await a connection."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.waiting = deque(enumerate(messages))
        self.outcomes: dict[int, Accepted | NotifierError] = {}
        self.working = 0

    def end(self, error: NotifierError) -> None:
        """Give every message that still waits the same outcome."""
        for place, _ in self.waiting:
            self.outcomes[place] = error
        self.waiting.clear()


class EmailNotifier(Gathered):
    """The e-mail channel.

    Codes: `smtp.<stage>.<reply code>`, `smtp.<stage>.garbled`, `smtp.silence.<stage>`,
    `smtp.connection.<how>.<stage>`, `smtp.connect.<how>`, `tls.<why>`, `address.unusable`,
    `message.unusable`.
    SMTP keeps no memory that could be asked, so `look_up` always answers `cannot_tell`: what happened after
    an `Unknown` shows in bounces, or not at all.
    """

    channel = "email"

    def __init__(self, relay: Relay, sender: Sender, now: Callable[[], datetime] = _now) -> None:
        super().__init__(relay.connections)
        self._sender = sender
        self._now = now
        self._pool = SmtpPool(relay)
        envelope = checked_address(sender.address)
        self._mail = f"MAIL FROM:<{envelope}>\r\n".encode()
        self._mail_utf8 = f"MAIL FROM:<{envelope}> SMTPUTF8 BODY=8BITMIME\r\n".encode()

    async def send(self, message: Message) -> Accepted:
        """Send one message; see `Notifier.send`."""
        [outcome] = await self.send_many([message])
        if isinstance(outcome, NotifierError):
            raise outcome
        return outcome

    async def send_many(self, messages: Sequence[Message]) -> list[Accepted | NotifierError]:
        """Send a batch over the pool's connections; the outcomes stand in the order of the messages.

        After a `Misconfigured` nothing more of the batch is tried: the rest gets the same error.
        """
        batch = _Batch(messages)
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

    async def _work(self, batch: _Batch) -> None:
        lent: Lent | None = None
        try:
            while batch.waiting:
                lent = lent or await self._line(batch)
                if lent is None or not batch.waiting:
                    return
                place, message = batch.waiting.popleft()
                aged = lent.session.carried > 0
                outcome = await self._outcome(lent, message)
                if aged and isinstance(outcome, Unreachable) and outcome.code in _SIGNS_OF_AGE:
                    # Not sent; and a line dying of old age says nothing about the server, a fresh one will.
                    batch.waiting.appendleft((place, message))
                else:
                    batch.outcomes[place] = outcome
                if isinstance(outcome, Misconfigured):
                    batch.end(outcome)
                if not lent.session.usable or self._pool.wanted:
                    self._pool.release(lent)
                    lent = None
        finally:
            batch.working -= 1
            if lent is not None:
                self._pool.release(lent)

    async def _line(self, batch: _Batch) -> Lent | None:
        try:
            return await self._pool.acquire()
        except Misconfigured as error:
            batch.end(error)
        except Unreachable as error:
            if batch.working == 1:  # otherwise others still have a line, or will find out
                batch.end(error)
        return None

    async def _outcome(self, lent: Lent, message: Message) -> Accepted | NotifierError:
        try:
            return await self._transacted(lent, message)
        except NotifierError as error:
            return error
        except ValueError as mistake:
            # A Message-ID or a language that is none: every message of the batch has the same fault.
            return Misconfigured("message.unusable", str(mistake))

    async def _transacted(self, lent: Lent, message: Message) -> Accepted:
        to = checked_address(message.to)
        mail = self._mail
        if not to.isascii():
            if not lent.utf8:
                raise Refused("smtp.smtputf8", "the relay takes no address with letters outside ASCII")
            mail = self._mail_utf8
        content = compose(message, self._sender, self._now())
        try:
            code = await lent.session.transact(mail, f"RCPT TO:<{to}>\r\n".encode(), content)
        except asyncio.CancelledError:
            lent.session.abort()
            raise
        return Accepted(message.message_id, self._now(), f"smtp.{code}")
