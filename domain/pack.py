"""A law pack: the duties, thresholds and forms of one instrument, as data that a lawyer can read."""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from domain.calendars import PLAIN_WEEK, Workdays
from domain.deadlines import Calendar
from domain.duration import span
from domain.expression import Expression
from domain.lean import Lean
from domain.line import canonical
from domain.model import Value
from domain.organisation import Jurisdiction
from domain.playbook import Words
from domain.vocabulary import GradeName, term_of

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
DutyId = Annotated[str, Field(pattern=r"^[A-Z]{2}-[A-Z0-9]+(-[A-Z0-9]+)*$")]
By = Literal["report", "notify", "referral", "plan", "record"]
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


class Instrument(Lean):
    """One version of a law, with the days on which it was and ceased to be in force (both in force)."""

    id: Slug
    title: Words
    citation: str | None = None
    effective_from: date | None = None
    effective_until: date | None = Field(default=None, description="the last day in force")
    source: str | None = None

    def covers(self, day: date) -> bool:
        """Whether this version was in force on a day."""
        return (self.effective_from or date.min) <= day <= (self.effective_until or date.max)

    @property
    def name(self) -> str:
        """The official title with its number."""
        return f"{self.title.zh} ({self.citation})" if self.citation else self.title.zh


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
                    raise ValueError(f"there is no fact called {name}; docs/law.md lists them")
                if not start.startswith(RECORDED) and term.type != "instant":
                    raise ValueError(f"{name} is no instant; write {RECORDED}{name} for when it was recorded")
        return value

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.deadline is not None and not self.article:
            raise ValueError(f"{self.id} has a deadline without an article: name the article that sets it")
        if self.calendar == "business" and self.deadline is not None:
            _whole_days(self.deadline)
        clocked = self.kind in {"incident", "vulnerability"}
        if clocked and self.deadline is not None and not self.clock_start:
            raise ValueError(f"{self.id} has a deadline without clock_start: name the instant it runs from")
        if self.confidence == "RECALLED" and self.status == "in_force":
            raise ValueError(f"{self.id} is RECALLED and would start a live clock: set status: unverified")
        if self.effective_from and self.effective_until and self.effective_from > self.effective_until:
            raise ValueError(f"{self.id} ends before it begins: put effective_until after effective_from")
        return self


class Level(Lean):
    """What raises an incident to a grade by one limb."""

    grade: GradeName
    when: Expression


class Limb(Lean):
    """One limb of the grading guide with its levels, from the highest down."""

    id: Annotated[str, Field(pattern=r"^[A-Z][0-9]+[a-z]?$")]
    title: Words
    cite: str
    levels: tuple[Level, ...] = Field(min_length=1)
    presumption: str | None = Field(default=None, description="what is presumed, said with the answer")


class GradingRule(Lean):
    """How an incident is graded: any limb that holds raises it; the lowest grade is the rest."""

    instrument: Slug
    limbs: tuple[Limb, ...] = Field(min_length=1)
    notes: tuple[str, ...] = ()


class FormItem(Lean):
    """One thing a report must say, and the facts it is built from."""

    id: str
    zh: str
    en: str
    minimum: bool = Field(default=False, description="belongs in the first report")
    facts: tuple[str, ...] = ()

    @field_validator("facts")
    @classmethod
    def _facts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if term_of(name) is None:
                raise ValueError(f"there is no fact called {name}; docs/law.md lists them")
        return value


class Form(Lean):
    """The content that the law asks of a report or notice."""

    id: str
    title: Words
    items: tuple[FormItem, ...] = Field(min_length=1)


class Pack(Lean):
    """One file of law: its versions, duties, forms, and the readings it rests on."""

    id: Slug
    title: Words
    jurisdiction: Jurisdiction
    zone: str = Field(default="Asia/Shanghai", description="the clock that its days are counted by")
    version: int = Field(ge=1)
    workdays: Workdays = PLAIN_WEEK
    instruments: tuple[Instrument, ...] = Field(min_length=1)
    duties: tuple[DutyRule, ...] = ()
    grading: GradingRule | None = None
    forms: tuple[Form, ...] = ()
    blocks_channels: Expression | None = Field(
        default=None,
        description="while this holds, the other packs' duties keep their clocks but may not be sent",
    )
    notes: tuple[str, ...] = Field(default=(), description="the rules of reading that concern this pack")
    review: Review = Review()

    @cached_property
    def by_instrument(self) -> dict[str, Instrument]:
        """The instruments by id."""
        return {instrument.id: instrument for instrument in self.instruments}

    def span_of(self, rule: DutyRule) -> tuple[date, date]:
        """The first and the last day on which a duty is law; its instrument's where it says none."""
        instrument = self.by_instrument[rule.instrument]
        return (
            rule.effective_from or instrument.effective_from or date.min,
            rule.effective_until or instrument.effective_until or date.max,
        )

    def in_force(self, rule: DutyRule, day: date) -> bool:
        """Whether a duty was law on a day of the pack's own calendar."""
        first, last = self.span_of(rule)
        return first <= day <= last

    def on(self, day: date) -> Mapping[str, DutyRule]:
        """The duties by id on a day: the version in force, or the first one written where none is."""
        if day not in self._days:
            chosen: dict[str, DutyRule] = {}
            for rule in self.duties:
                if rule.id not in chosen or self.in_force(rule, day):
                    chosen[rule.id] = rule
            self._days[day] = chosen
        return self._days[day]

    @cached_property
    def _days(self) -> dict[date, dict[str, DutyRule]]:
        return {}

    def form(self, name: str) -> Form | None:
        """Find a form by its id."""
        return next((form for form in self.forms if form.id == name), None)


def digest(*packs: Pack) -> str:
    """SHA-256, in hex, over a pack's canonical JSON; of several, over their sorted digests."""
    if len(packs) == 1:
        return hashlib.sha256(canonical(packs[0].model_dump(mode="json")).encode()).hexdigest()
    return hashlib.sha256("\n".join(sorted(digest(pack) for pack in packs)).encode()).hexdigest()
