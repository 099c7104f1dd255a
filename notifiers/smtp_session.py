"""The conservative way over an SMTP connection: one command and one reply at a time."""

from notifiers.errors import NotifierError, Unknown, Unreachable
from notifiers.smtp_line import MAX_REPLY, REPLY, Envelope, SmtpLine, code_of, lost
from notifiers.smtp_stage import CLOSING, EXPECTED, Stage, definite, judged


class SmtpSession(SmtpLine):
    """Carries one message after the other; nothing is written before the last reply has been read."""

    _at = Stage.IDLE
    _envelope: Envelope | None = None
    _pending: NotifierError | None = None

    @property
    def _stage(self) -> Stage:
        return self._at

    def _begin(self) -> None:
        envelope = self._next()
        if envelope is None:
            self._at = Stage.IDLE
            self._end()
            return
        self._envelope = envelope
        self._pending = None
        self._ask(Stage.MAIL, envelope.mail, self._patience.reply)

    def _leave(self) -> None:
        self._ask(Stage.QUIT, b"QUIT\r\n", 1.0)

    def data_received(self, data: bytes) -> None:
        """Take a reply, and nothing but the one that is due."""
        data = self._buffer + data
        found = REPLY.match(data)
        if found is None:
            self._buffer = data
            if len(data) > MAX_REPLY:
                self._answered(0, b"", extra=True)
                self._spoil()
            return
        self._buffer = b""
        line = found.group(1)
        extra = found.end() != len(data)
        if extra or self._at is Stage.IDLE:
            self.usable = False
        self._answered(code_of(line), line[4:], extra=extra)
        if not self.usable:
            self._spoil()

    def _answered(self, code: int, text: bytes, *, extra: bool) -> None:
        stage, envelope = self._at, self._envelope
        if stage >= Stage.RSET:
            self._after_aside(stage, code)
        elif envelope is None:
            return
        elif code not in EXPECTED[stage]:
            self._declined(stage, code, text)
        elif stage is Stage.DOT:
            self._settled(code)
        elif extra:
            self._given_up(Unreachable(None, f"smtp.{stage.name.lower()}.garbled"))
        elif stage is Stage.MAIL:
            self._ask(Stage.RCPT, envelope.rcpt, self._patience.reply)
        elif stage is Stage.RCPT:
            self._ask(Stage.DATA, b"DATA\r\n", self._patience.reply)
        else:
            self._ask(Stage.DOT, stuffed(envelope.content) + b".\r\n", self._patience.final)

    def _declined(self, stage: Stage, code: int, text: bytes) -> None:
        error = judged(stage, code, text)
        if not definite(code):
            self.usable = False
        if self.usable and stage in (Stage.RCPT, Stage.DATA):
            # The server still holds the envelope; clear it before the line is used again.
            self._pending = error
            self._ask(Stage.RSET, b"RSET\r\n", self._patience.reply)
        elif stage is not Stage.DOT and (error.code.endswith(".garbled") or _aged(stage, code)):
            self._given_up(error)
        else:
            self._settled(error)

    def _after_aside(self, stage: Stage, code: int) -> None:
        if stage is Stage.QUIT or code != 250:  # noqa: PLR2004 - the only right answer
            self.usable = False
            self._transport.close()
        if stage is Stage.RSET and self._pending is not None:
            self._settled(self._pending)

    def _ask(self, stage: Stage, data: bytes, patience: float) -> None:
        self._at = stage
        self._wait(patience)
        self._transport.write(data)

    def _settled(self, outcome: int | NotifierError) -> None:
        envelope, self._envelope = self._envelope, None
        self._at = Stage.IDLE
        self._settle(envelope, outcome)
        self._on()

    def _given_up(self, error: NotifierError, *, again: bool = True) -> None:
        envelope, self._envelope = self._envelope, None
        self._at = Stage.IDLE
        if envelope is not None:
            self.usable = False
            self._unsent(envelope, error, again=again)
        self._on()

    def _on(self) -> None:
        if self.usable:
            self._begin()
        else:
            self._end()

    def _broken(self, code: str, *, again: bool) -> None:
        stage, self.usable = self._at, False
        if stage is Stage.RSET and self._pending is not None:
            self._settled(self._pending)
        elif stage is Stage.DOT:
            self._settled(Unknown(f"{code}.dot"))
        elif stage in (Stage.MAIL, Stage.RCPT, Stage.DATA):
            self._given_up(lost(code, stage), again=again)
        else:
            self._end()


def _aged(stage: Stage, code: int) -> bool:
    """A server that says 421 to MAIL takes leave of a connection that has grown old."""
    return stage is Stage.MAIL and code == CLOSING


def stuffed(content: bytes) -> bytes:
    """Double the dot that begins a line, RFC 5321 section 4.5.2."""
    if content.startswith(b"."):
        content = b"." + content
    return content.replace(b"\r\n.", b"\r\n..") if b"\r\n." in content else content
