"""The fast way over an SMTP connection: commands in groups, each reply still read one by one.

RFC 2920: MAIL, RCPT and DATA leave together, and the next message's behind the dot of the last. Its content
leaves only when all of its own replies have been read, so at most one message per connection can ever be in
doubt; an envelope that was sent ahead and not answered is *not sent*. Where the server takes RFC 3030's BDAT,
a message leaves with its length said beforehand, and RSET stands between two, as that RFC wants it.
"""

import asyncio
import re
from collections import deque

from notifiers.errors import NotifierError, Unknown, Unreachable
from notifiers.port import HALTED
from notifiers.smtp_line import MAX_REPLY, REPLY, Envelope, Offers, SmtpLine, code_of, lost
from notifiers.smtp_session import stuffed
from notifiers.smtp_stage import CLOSING, EXPECTED, OUT_OF_STEP, Patience, Stage, definite, judged

_BY_DATA = (Stage.MAIL, Stage.RCPT, Stage.DATA)
_BY_BDAT = (Stage.MAIL, Stage.RCPT)
# The answers to a message and to the next one's envelope where nothing is amiss, which is nearly always.
_ALL_WELL = {
    _BY_DATA: re.compile(rb"250[ \r].*\n250[ \r].*\n25[012][ \r].*\n354[ \r].*\n"),
    _BY_BDAT: re.compile(rb"250[ \r].*\n250[ \r].*\n250[ \r].*\n25[012][ \r].*\n"),
}
_USUAL = 4


class SmtpPipeline(SmtpLine):
    """Carries messages with one round trip each."""

    def __init__(
        self, transport: asyncio.Transport, patience: Patience, offers: Offers, share: int = 1000
    ) -> None:
        super().__init__(transport, patience, offers, share)
        self._awaited: deque[Stage] = deque()
        self._left: Envelope | None = None
        """Whose content has left, and whose outcome the next reply is."""
        self._ahead: Envelope | None = None
        """Whose envelope has left, and whose content has not."""
        self._refusal: NotifierError | None = None
        self._dirty = False
        self._stages = _BY_BDAT if offers.chunking else _BY_DATA
        self._all_well = _ALL_WELL[self._stages].fullmatch

    @property
    def _stage(self) -> Stage:
        return self._awaited[0] if self._awaited else Stage.IDLE

    def _begin(self) -> None:
        self._write(self._group())

    def _leave(self) -> None:
        self._awaited.append(Stage.QUIT)
        self._wait(1.0)
        self._transport.write(b"QUIT\r\n")

    def data_received(self, data: bytes) -> None:
        """Take the replies that are due, in their order, and none besides."""
        if self._buffer:
            data = self._buffer + data
            self._buffer = b""
        if self._left is not None and len(self._awaited) == _USUAL and self._all_well(data):
            taken, self._left = self._left, None
            self._awaited.clear()
            self._settle(taken, 250)
            self._concluded(extra=False)
            return
        place, whole = 0, len(data)
        while place < whole:
            found = REPLY.match(data, place)
            if found is None:
                self._buffer = data[place:]
                if whole - place > MAX_REPLY:
                    self._answered(b"")
                return
            place = found.end()
            self._answered(found.group(1))
            if not self.usable:
                return
            if not self._awaited:
                # Everything that was asked is answered; what else came was not asked for.
                self._concluded(extra=place < whole)
                if not self.usable:
                    return

    def _answered(self, line: bytes) -> None:
        code = code_of(line)
        if not self._awaited:
            self._spoil()
            return
        stage = self._awaited.popleft()
        if stage is Stage.DOT:
            self._taken(code, line[4:])
        elif stage is Stage.QUIT:
            self.usable = False
            self._transport.close()
        elif stage is Stage.RSET:
            if code != 250:  # noqa: PLR2004 - the only right answer
                self._out_of_step(Unreachable(None, "smtp.mail.garbled"))
        else:
            self._enveloped(stage, code, line[4:])
        if self._awaited:
            self._wait(self._patience.reply)

    def _taken(self, code: int, text: bytes) -> None:
        envelope, self._left = self._left, None
        if code in EXPECTED[Stage.DOT]:
            self._settle(envelope, code)
            return
        self._settle(envelope, judged(Stage.DOT, code, text))
        if not definite(code):
            self._out_of_step(Unreachable(None, "smtp.mail.garbled"))

    def _enveloped(self, stage: Stage, code: int, text: bytes) -> None:
        refused = definite(code) or code == OUT_OF_STEP
        if self._refusal is not None:
            # Behind a refusal everything is refused; an assent would be the answer to something else.
            if code == CLOSING:
                self._stop(self._refusal, again=False)
            elif not refused:
                self.unsound = self.unsound or (stage is Stage.DATA and code in EXPECTED[stage])
                self._stop(self._refusal, again=True)
        elif code not in EXPECTED[stage]:
            error = judged(stage, code, text)
            if definite(code):
                self._refusal = error
            else:
                self._stop(error, again=not refused and (code != CLOSING or stage is Stage.MAIL))

    def _concluded(self, *, extra: bool) -> None:
        ahead, refusal = self._ahead, self._refusal
        if extra:
            garbled = Unreachable(None, f"smtp.{self._stages[-1].name.lower()}.garbled")
            self._stop(refusal or garbled, again=True)
        elif ahead is None:
            self._end()
        elif refusal is not None:
            self._ahead = self._refusal = None
            self._dirty = True
            self._settle(ahead, refusal)
            self._write(self._group())
        elif self._work is not None and self._work.halted():
            # The server waits for its content by now, so the line is given up with it.
            self._stop(Unreachable(None, HALTED), again=False)
        else:
            self._left, self._ahead = ahead, None
            self._awaited.append(Stage.DOT)
            if self.offers.chunking:
                self._dirty = True
                self._write(b"BDAT %d LAST\r\n%b%b" % (len(ahead.content), ahead.content, self._group()))
            else:
                self._write(b"%b.\r\n%b" % (stuffed(ahead.content), self._group()))

    def _group(self) -> bytes:
        """The next message's envelope, to be sent ahead; nothing where there is none."""
        envelope = self._next()
        if envelope is None:
            return b""
        self._ahead = envelope
        lines = envelope.mail + envelope.rcpt
        if self._dirty:
            # The server may still hold an envelope; what follows in the group is about a new one.
            self._dirty = False
            self._awaited.append(Stage.RSET)
            lines = b"RSET\r\n" + lines
        self._awaited.extend(self._stages)
        return lines if self.offers.chunking else lines + b"DATA\r\n"

    def _write(self, data: bytes) -> None:
        if not data:
            self._end()
            return
        self._wait(self._patience.final if self._left is not None else self._patience.reply)
        self._transport.write(data)

    def _out_of_step(self, error: NotifierError) -> None:
        if self._ahead is None:
            self._spoil()
            self._finished()
        else:
            self._stop(error, again=True)

    def _stop(self, error: NotifierError, *, again: bool) -> None:
        """Use the line no more; the message whose envelope is out did not leave."""
        self._spoil()
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            self._unsent(ahead, error, again=again)
        self._finished()

    def _finished(self) -> None:
        self._awaited.clear()
        self._ahead = self._left = self._refusal = None
        self._end()

    def _broken(self, code: str, *, again: bool) -> None:
        self.usable = False
        before = self._stage in (Stage.DOT, Stage.RSET)
        stage = Stage.MAIL if before else self._stage
        left, ahead, refusal = self._left, self._ahead, self._refusal
        self._left = self._ahead = None
        if left is not None:
            self._settle(left, Unknown(f"{code}.dot"))
        if ahead is not None and refusal is not None:
            self._settle(ahead, refusal)
        elif ahead is not None:
            # Sent ahead behind what was never answered, it has not even been looked at.
            self._unsent(ahead, lost(code, stage), again=again or before)
        self._finished()
