"""A law pack: the duties, thresholds and forms of one instrument, as data that a lawyer can read."""

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import NamedTuple

from pydantic import Field, field_validator

from domain.answer import DutyAnswer
from domain.calendars import PLAIN_WEEK, Workdays
from domain.duty_rule import (
    RECORDED,
    Addressee,
    Confidence,
    DutyId,
    DutyRule,
    Exemption,
    FollowUp,
    Kind,
    Recipient,
    Review,
    Slug,
    Status,
    Urgency,
)
from domain.expression import Expression
from domain.grading_rule import GradingRule, Level, Limb
from domain.lean import Lean
from domain.line import canonical
from domain.means import By
from domain.organisation import Jurisdiction
from domain.playbook import Words
from domain.vocabulary import no_fact, term_of

__all__ = [
    "RECORDED",
    "Addressee",
    "By",
    "Confidence",
    "DutyId",
    "DutyRule",
    "Exemption",
    "FollowUp",
    "Form",
    "FormItem",
    "GradingRule",
    "Instrument",
    "Kind",
    "Level",
    "Limb",
    "Pack",
    "Recipient",
    "Review",
    "Slug",
    "Status",
    "Urgency",
    "Version",
    "digest",
]

MOST_KEPT = 16


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
                raise ValueError(no_fact(name))
        return value


class Form(Lean):
    """The content that the law asks of a report or notice."""

    id: str
    title: Words
    items: tuple[FormItem, ...] = Field(min_length=1)


class Version(NamedTuple):
    """One version of a duty, its first and last day, and what every answer says of it whatever the facts."""

    rule: DutyRule
    first: date
    last: date
    said: DutyAnswer
    kept: dict[tuple[str, tuple[str, ...]], DutyAnswer]

    def declined(self, reason: str, decided_by: tuple[str, ...]) -> DutyAnswer:
        """Answer that it is not owed; most duties are not, for the same reason again and again."""
        found = self.kept.get((reason, decided_by))
        if found is None:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            found = self.said.model_copy(update={"reason": reason, "decided_by": decided_by})
            self.kept[reason, decided_by] = found
        return found

    def covers(self, day: date) -> bool:
        """Whether this version was law on a day of the pack's own calendar."""
        return self.first <= day <= self.last


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
        return {name: version.rule for name, version in self.versions_on(day).items()}

    def versions_on(self, day: date) -> Mapping[str, "Version"]:
        """The same, each with its days and what every answer says of it; kept for the next asking."""
        chosen = self._days.get(day)
        if chosen is None:
            chosen = {}
            for version in self._versions:
                if version.rule.id not in chosen or version.covers(day):
                    chosen[version.rule.id] = version
            self._days[day] = chosen
        return chosen

    @cached_property
    def _days(self) -> dict[date, dict[str, "Version"]]:
        return {}

    @cached_property
    def _versions(self) -> tuple["Version", ...]:
        return tuple(Version(rule, *self.span_of(rule), self._said(rule), {}) for rule in self.duties)

    def _said(self, rule: DutyRule) -> DutyAnswer:
        return DutyAnswer(
            id=rule.id,
            status="not_owed",
            kind=rule.kind,
            title=rule.title,
            instrument=self.by_instrument[rule.instrument].name,
            article=rule.article,
            reason="",
            recipients=tuple(recipient.addressee for recipient in rule.recipients),
            deadline=rule.deadline,
            deadline_text=rule.deadline_text,
            urgency=rule.urgency,
            confidence=rule.confidence,
            live=rule.live,
            blocking=rule.blocks,
            form=rule.form,
            pack=self.id,
        )


def digest(*packs: Pack) -> str:
    """SHA-256, in hex, over a pack's canonical JSON; of several, over their sorted digests."""
    if len(packs) == 1:
        return hashlib.sha256(canonical(packs[0].model_dump(mode="json")).encode()).hexdigest()
    return hashlib.sha256("\n".join(sorted(digest(pack) for pack in packs)).encode()).hexdigest()
