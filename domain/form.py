"""A form as data: what a paper to an authority must say, and which recorded facts say it."""

import hashlib
from collections.abc import Iterator
from typing import Literal

from pydantic import Field, field_validator, model_validator

from domain.facts import Stage
from domain.line import Instant, canonical
from domain.model import Value
from domain.playbook import Words
from domain.vocabulary import term_of

# What a source may name behind its colon; `None` stands for any name.
SOURCES: dict[str, frozenset[str] | None] = {
    "fact": None,
    "basis": None,
    "step": None,
    "steps": frozenset({"done", "planned", "undone"}),
    "organisation": frozenset({"name", "province", "profile"}),
    "incident": frozenset(
        {"id", "opened_at", "kind", "grade", "duties", "reports", "notices", "evidence", "closed_at"}
    ),
    "settings": frozenset({"contact"}),
}


class FormField(Value):
    """One thing the paper must say.

    `sources` are the places it is taken from, all that have something: `fact:<name>` a recorded value,
    `basis:<name>` what was written down as its basis, `step:<id>` and `steps:<which>` the plan,
    `organisation:…`, `incident:…`, `settings:contact`; `standing` is what a lawyer wrote down to be said
    each time, behind what the sources have. A `minimum` field belongs to the least that a first
    report says; an `optional` one is never missing; `when` names a fact that must be true for it to apply.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    label: Words
    sources: tuple[str, ...] = Field(min_length=1)
    standing: Words | None = None
    minimum: bool = False
    optional: bool = False
    when: str = ""

    @field_validator("sources")
    @classmethod
    def _known_sources(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        for source in sources:
            kind, _, name = source.partition(":")
            allowed = SOURCES.get(kind, frozenset())
            if allowed is not None and name not in allowed:
                raise ValueError(f"there is no source {source!r}; see docs/playbooks.md")
            if kind in {"fact", "basis"} and term_of(name) is None:
                raise ValueError(f"{source!r} names no fact of the vocabulary")
        return sources

    @field_validator("when")
    @classmethod
    def _known_fact(cls, name: str) -> str:
        if name and term_of(name) is None:
            raise ValueError(f"{name!r} names no fact of the vocabulary")
        return name


class FormItem(Value):
    """One item of the law's list, with the number that it has there."""

    number: str
    label: Words
    fields: tuple[FormField, ...] = Field(min_length=1)


class Form(Value):
    """One form.

    `least_while_false` names the fact that must be recorded as false, or as unknown on purpose, for a first
    report to hold the least only; without such a fact a first report may always do so. `of` a year, the form
    is filled once for each incident of the year.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: int = Field(ge=1)
    title: Words
    basis: Words = Field(description="the article that asks for it")
    of: Literal["incident", "year"] = "incident"
    least_while_false: str = Field(default="", description="fact that lets a first report hold the least")
    items: tuple[FormItem, ...] = Field(min_length=1)

    @field_validator("least_while_false")
    @classmethod
    def _known_fact(cls, name: str) -> str:
        term = term_of(name) if name else None
        if name and (term is None or term.type != "bool"):
            raise ValueError(f"{name!r} names no yes-or-no fact of the vocabulary")
        return name

    @model_validator(mode="after")
    def _distinct(self) -> "Form":
        ids = [field.id for item in self.items for field in item.fields]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"two fields are called {twice[0]}")
        return self

    @property
    def digest(self) -> str:
        """SHA-256, in hex, over the form's canonical JSON."""
        return hashlib.sha256(canonical(self.model_dump(mode="json")).encode()).hexdigest()


class Cited(Value):
    """Where a filled field comes from; a recorded fact with who recorded it and when."""

    source: str
    at: Instant | None = None
    by: str = ""


class FilledField(Value):
    """One field of the paper; without citation it is empty."""

    id: str
    label: Words
    minimum: bool
    said: Words | None
    cites: tuple[Cited, ...] = ()


class FilledItem(Value):
    """One item of the paper."""

    number: str
    label: Words
    fields: tuple[FilledField, ...]


class DutyLine(Value):
    """One duty that a paper answers; `said` names it in both languages, where the law is at hand."""

    key: str
    title: str
    article: str
    recipient: str
    due_at: Instant | None = None
    said: Words | None = None


class Earlier(Value):
    """The filed report that a paper follows on."""

    number: int
    stage: Stage
    form: str
    sha256: str
    receipt: str = ""


class Change(Value):
    """One field that says something else than the report before did; `was` or `now` is empty for none."""

    id: str
    number: str
    label: Words
    was: Words | None
    now: Words | None


class Sheet(Value):
    """A filled form: the whole content of a paper, of which JSON and page are two renderings."""

    incident: str
    number: int
    form: str
    form_digest: str
    title: Words
    basis: Words
    stage: Stage | Literal["referral"]
    drill: bool
    drawn_at: Instant
    organisation: str
    duties: tuple[DutyLine, ...]
    items: tuple[FilledItem, ...]
    missing: tuple[str, ...]
    pending: tuple[str, ...] = ()
    earlier: Earlier | None = None
    changes: tuple[Change, ...] = ()

    def fields(self) -> Iterator[FilledField]:
        """Every field, in order."""
        for item in self.items:
            yield from item.fields
