"""One duty of a law pack: who must do what, by when, to whom, and how sure we are of it."""

from datetime import date, timedelta
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from domain.deadlines import Calendar, CountedFrom
from domain.duration import span
from domain.expression import Expression
from domain.lean import Lean
from domain.means import By
from domain.model import Value
from domain.playbook import Words
from domain.vocabulary import no_fact, term_of

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
DutyId = Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9]+(-[A-Z0-9]+)*$")]
Kind = Literal["incident", "vulnerability", "standing", "periodic", "retention", "relay"]
Confidence = Literal["VERIFIED_PRIMARY", "VERIFIED_QUOTE", "VERIFIED_SECONDARY", "RECALLED"]
Status = Literal["in_force", "unverified", "not_in_force", "voluntary"]
Urgency = Literal["immediate", "promptly"]

RECORDED = "recorded:"


def _length(value: str | None) -> str | None:
    if value is not None:
        span(value)
    return value


def _whole_days(value: str) -> None:
    length = span(value)
    if length.months or length.rest % timedelta(days=1):
        raise ValueError(f"{value} counts business days and must be whole days, such as P5D")


class Addressee(Value):
    """One recipient of a duty in this incident; `authority` is the slug that names its clock."""

    authority: str
    zh: str
    en: str
    by: By


class Recipient(Lean):
    """Who must be told; `when` leaves a recipient out until its condition is known to hold."""

    authority: Slug
    zh: str
    en: str
    by: By
    when: Expression | None = None

    @cached_property
    def addressee(self) -> Addressee:
        """The recipient as an answer names it."""
        return Addressee(authority=self.authority, zh=self.zh, en=self.en, by=self.by)


class Exemption(Lean):
    """What frees from a duty once it is shown; `doubt` is what makes the duty *cannot tell yet*."""

    text: str = Field(description="the law's words, or the article that says them")
    when: Expression
    doubt: Expression | None = None
    decided_by: Words
    persons: int = Field(default=2, ge=1)


class FollowUp(Lean):
    """What a duty brings later; `duty` names the row that carries it where there is one."""

    kind: Slug
    clock_start: str
    deadline: str | None = None
    calendar: Calendar = "continuous"
    deadline_text: str | None = None
    duty: DutyId | None = None

    @field_validator("deadline")
    @classmethod
    def _deadline(cls, value: str | None) -> str | None:
        return _length(value)


class OtherDeadline(Lean):
    """A deadline that is longer or shorter for some of those whom a duty binds."""

    when: Expression
    deadline: str

    @field_validator("deadline")
    @classmethod
    def _deadline(cls, value: str) -> str:
        span(value)
        return value


class Review(Lean):
    """Who has read the pack as a lawyer; nobody, until a name stands here."""

    status: Literal["unreviewed", "reviewed"] = "unreviewed"
    reviewer: str | None = None
    on: date | None = None


class DutyRule(Lean):
    """One duty: who must do what, by when, to whom, saying what, and how sure we are of it."""

    id: DutyId
    instrument: Slug
    article: str = ""
    title: Words
    kind: Kind
    obligor: str = Field(description="whom the article binds, in its own words")
    effective_from: date | None = None
    effective_until: date | None = None
    trigger: Expression
    exemption: Exemption | None = None
    clock_start: tuple[str, ...] = Field(default=(), description="instants; the first that is known counts")
    deadline: str | None = Field(default=None, description="ISO 8601; absent where the law gives no number")
    other_deadlines: tuple[OtherDeadline, ...] = Field(
        default=(),
        description="for some only; the first whose condition is known to hold replaces `deadline`",
    )
    counted_from: CountedFrom = Field(
        default="instant", description="the start itself, or the end of the day or year in which it lies"
    )
    calendar: Calendar = "continuous"
    urgency: Urgency | None = None
    deadline_text: str | None = None
    recipients: tuple[Recipient, ...] = ()
    channels: tuple[str, ...] = ()
    form: str | None = None
    content: tuple[str, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    penalty: str | None = None
    source: str | None = None
    confidence: Confidence
    status: Status = "in_force"
    review: Review = Review()
    interpretation: str | None = None
    notes: str | None = None

    @property
    def live(self) -> bool:
        """Whether this duty may start a clock: verified, and in force."""
        return self.status == "in_force" and self.confidence != "RECALLED"

    @property
    def blocks(self) -> bool:
        """Whether an incident cannot close while this duty is owed or cannot be told."""
        return self.live and self.kind in {"incident", "vulnerability"}

    @field_validator("deadline")
    @classmethod
    def _deadline(cls, value: str | None) -> str | None:
        return _length(value)

    @field_validator("clock_start")
    @classmethod
    def _clock_start(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for start in value:
            for name in start.removeprefix(RECORDED).split("|"):
                term = term_of(name)
                if term is None:
                    raise ValueError(no_fact(name))
                if not start.startswith(RECORDED) and term.type != "instant":
                    raise ValueError(f"{name} is no instant; write {RECORDED}{name} for when it was recorded")
        return value

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.deadline is not None and not self.article:
            raise ValueError(f"{self.id} has a deadline without an article: name the article that sets it")
        if self.other_deadlines and self.deadline is None:
            raise ValueError(
                f"{self.id} has other_deadlines without a deadline: write the one for everybody else"
            )
        if self.calendar == "business" and self.deadline is not None:
            for length in (self.deadline, *(other.deadline for other in self.other_deadlines)):
                _whole_days(length)
        clocked = self.kind in {"incident", "vulnerability"}
        if clocked and self.deadline is not None and not self.clock_start:
            raise ValueError(f"{self.id} has a deadline without clock_start: name the instant it runs from")
        if self.confidence == "RECALLED" and self.status == "in_force":
            raise ValueError(f"{self.id} is RECALLED and would start a live clock: set status: unverified")
        if self.effective_from and self.effective_until and self.effective_from > self.effective_until:
            raise ValueError(f"{self.id} ends before it begins: put effective_until after effective_from")
        return self
