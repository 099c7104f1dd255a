"""What an SMTP server may do wrong, where, and when."""

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The place in a session at which the server is about to answer."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    DOT = "dot"
    RSET = "rset"
    QUIT = "quit"


class Act(StrEnum):
    """What happens instead of the right answer."""

    REPLY = "reply"
    SILENCE = "silence"
    FIN = "fin"
    RST = "rst"


@dataclass(slots=True)
class Fault:
    """One scripted fault: at `stage`, `act` instead of answering as usual.

    `reply` is sent as it stands (with CRLF) where `act` is REPLY; several lines make an extra reply or
    garbage. `keeps` says whether a message is kept although its dot is answered wrongly: the truth that
    the client cannot see. `to` limits the fault to recipients that contain it, `after` lets that many
    occasions pass first, `times` ends it (0 = never), `every` picks each n-th occasion.
    """

    stage: Stage
    act: Act = Act.REPLY
    reply: str = ""
    keeps: bool = False
    to: str = ""
    after: int = 0
    times: int = 0
    every: int = 1
    seen: int = 0
    done: int = 0

    def strikes(self, stage: Stage, recipient: str) -> bool:
        """Count this occasion, and say whether the fault happens on it."""
        if stage is not self.stage or (self.to and self.to not in recipient):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.seen - self.after) % self.every:
            return False
        if self.times and self.done >= self.times:
            return False
        self.done += 1
        return True

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """Read `stage=rcpt,reply=450 4.2.0 later,to=@slow.example,times=1`, as the command line gives it.

        Raises:
            ValueError: for a field or a word that is not known.

        """
        fields = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
        unknown = fields.keys() - {"stage", "act", "reply", "keeps", "to", "after", "times", "every"}
        if unknown or "stage" not in fields:
            raise ValueError(f"a fault is stage=...[,act=...][,reply=...]..., not {text!r}")
        return cls(
            stage=Stage(fields["stage"]),
            act=Act(fields.get("act", Act.REPLY)),
            reply=fields.get("reply", ""),
            keeps=fields.get("keeps", "") == "yes",
            to=fields.get("to", ""),
            after=int(fields.get("after", "0")),
            times=int(fields.get("times", "0")),
            every=int(fields.get("every", "1")),
        )
