"""What a telephony provider may do wrong."""

from dataclasses import dataclass
from enum import StrEnum


class Turn(StrEnum):
    """The way in which a request to create a message or a call goes wrong."""

    THROTTLED = "throttled"
    """429 with code 20429; nothing is created."""
    BROKEN = "broken"
    """500, and nothing is created."""
    BROKEN_AFTER = "broken_after"
    """500 although the message was created: the case that makes blind resending a second message."""
    SILENT = "silent"
    """No answer at all, nothing created."""
    SILENT_AFTER = "silent_after"
    """No answer at all although the message was created."""
    CUT_AFTER = "cut_after"
    """Half an answer and the end of the connection, although the message was created."""
    GARBLED_AFTER = "garbled_after"
    """201 with a body that is no JSON, although the message was created."""
    REFUSED = "refused"
    """400 with the fault's own `code`."""
    UNDELIVERED = "undelivered"
    """Created, and later reported as undelivered with the fault's own `code`."""
    MOVED = "moved"
    """A redirect, which no caller should follow with somebody's number in hand."""


@dataclass(slots=True)
class ProviderFault:
    """One scripted fault: `to` limits it to numbers that contain it, `times` ends it (0 = never).

    `retry_after` becomes the header of a 429, `every` picks each n-th request, `status` and `code` are the
    answer of REFUSED; `word` is the code of a provider whose codes are words.
    """

    turn: Turn
    to: str = ""
    times: int = 0
    every: int = 1
    retry_after: int | None = None
    status: int = 400
    code: int = 21211
    word: str = ""
    seen: int = 0
    done: int = 0

    def strikes(self, number: str) -> bool:
        """Count this request, and say whether the fault happens to it."""
        if self.to and self.to not in number:
            return False
        self.seen += 1
        if self.seen % self.every or (self.times and self.done >= self.times):
            return False
        self.done += 1
        return True

    @classmethod
    def parse(cls, text: str) -> "ProviderFault":
        """Read `turn=broken_after,every=100`, as the command line gives it.

        Raises:
            ValueError: for a field or a word that is not known.

        """
        fields = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
        unknown = fields.keys() - {"turn", "to", "times", "every", "retry_after", "status", "code", "word"}
        if unknown or "turn" not in fields:
            raise ValueError(f"a fault is turn=...[,to=...][,every=...]..., not {text!r}")
        return cls(
            turn=Turn(fields["turn"]),
            to=fields.get("to", ""),
            times=int(fields.get("times", "0")),
            every=int(fields.get("every", "1")),
            retry_after=int(fields["retry_after"]) if "retry_after" in fields else None,
            status=int(fields.get("status", "400")),
            code=int(fields.get("code", "21211")),
            word=fields.get("word", ""),
        )
