"""The stages of a mail transaction, and what a reply at each of them means for the message."""

import re
from dataclasses import dataclass
from enum import IntEnum

from notifiers.errors import Misconfigured, NotifierError, PutOff, Refused, Unknown, Unreachable

_ENHANCED = re.compile(rb"^[245]\.\d{1,3}\.\d{1,3}")

LATER = 60.0
"""Seconds to wait after 421 and 452, which speak of the server's own load."""

GREYLISTED = 300.0
"""Seconds to wait after 450 and 451: the usual length of a greylist, RFC 6647 section 5."""

OUT_OF_STEP = 503
CLOSING = 421
_TOO_BIG = 552
_WAITS = {450: GREYLISTED, 451: GREYLISTED}
_WANTS_LOGIN = frozenset({530, 534, 535, 538})


class Stage(IntEnum):
    """What the server's next reply will answer; DOT is the message itself, however it was carried."""

    IDLE = 0
    MAIL = 1
    RCPT = 2
    DATA = 3
    DOT = 4
    RSET = 5
    QUIT = 6


_ADDRESSED = frozenset({Stage.RCPT, Stage.DATA, Stage.DOT})
EXPECTED = {Stage.MAIL: (250,), Stage.RCPT: (250, 251, 252), Stage.DATA: (354,), Stage.DOT: (250,)}


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait: `reply` for a command's, `final` for the answer to a message, `connect` for a line.

    RFC 5321 section 4.5.3.2 allows a server minutes; a batch under a heartbeat cannot.
    """

    connect: float = 15.0
    reply: float = 30.0
    final: float = 120.0


def definite(code: int) -> bool:
    """Whether a reply refuses something and leaves the connection as good as it was."""
    return 400 <= code < 600 and code not in (CLOSING, OUT_OF_STEP)  # noqa: PLR2004 - reply classes


def judged(stage: Stage, code: int, text: bytes) -> NotifierError:
    """Say what an unwanted reply at a stage means for the message; `text` adds its enhanced status."""
    found = _ENHANCED.match(text)
    detail = found.group().decode() if found else ""
    name = f"smtp.{stage.name.lower()}.{code:03d}"
    if not 400 <= code < 600:  # noqa: PLR2004 - neither 4xx nor 5xx: nothing an SMTP server says here
        garbled = f"smtp.{stage.name.lower()}.garbled"
        return Unknown(garbled) if stage is Stage.DOT else Unreachable(None, garbled)
    if code < 500:  # noqa: PLR2004 - 4xx
        # Before RCPT the server knows no address, and 421 is about the connection.
        of_address = code != CLOSING and stage in _ADDRESSED
        return (PutOff if of_address else Unreachable)(_WAITS.get(code, LATER), name, detail)
    if code in _WANTS_LOGIN:
        return Misconfigured(name, detail)
    if code == OUT_OF_STEP and stage is not Stage.DOT:
        return Unreachable(None, name, detail)
    if stage is Stage.MAIL and code != _TOO_BIG:
        # The sender is ours and the same for everybody: a refusal of it would refuse the whole population.
        return Misconfigured(name, detail)
    return Refused(name, detail)
