"""The leaves of an expression: one fact held against a value, one instant against another."""

from decimal import Decimal
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, JsonValue, StrictBool, StrictInt, field_validator, model_validator

from domain.comparison import Comparand, check, is_among, later, measure, reaches
from domain.duration import elapsed
from domain.term import UNKNOWN, Term
from domain.tristate import Tristate
from domain.verdict import Known, Node, Verdict
from domain.vocabulary import no_fact, term_of


def _named(name: str) -> Term:
    term = term_of(name)
    if term is None:
        raise ValueError(no_fact(name))
    return term


class FactTest(Node):
    """Compares one fact; a range answers only where both its ends agree."""

    fact: str
    equals: StrictBool | StrictInt | str | None = Field(default=None, alias="is")
    one_of: tuple[str, ...] | None = Field(default=None, alias="in", min_length=1)
    at_least: StrictInt | str | None = None
    recorded: Literal[True] | None = None
    absent: bool | None = Field(default=None, description="the answer while the fact is not recorded")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        term = _named(self.fact)
        said = [op for op in (self.equals, self.one_of, self.at_least, self.recorded) if op is not None]
        if len(said) != 1:
            raise ValueError(f"{self.fact} needs exactly one of is, in, at_least, recorded")
        if self.recorded:
            return self
        check(term, bar=self.at_least, among=self.among)
        return self

    @property
    def among(self) -> tuple[Comparand, ...]:
        """The values that `is` or `in` asks for."""
        return self.one_of or (() if self.equals is None else (self.equals,))

    @cached_property
    def _term(self) -> Term:
        return _named(self.fact)

    @cached_property
    def _path(self) -> tuple[str, str]:
        name, _, key = self.fact.partition(".")
        return name, key

    @cached_property
    def _line(self) -> Decimal | int | None:
        return None if self.at_least is None else measure(self._term, self.at_least)

    @cached_property
    def _verdicts(self) -> tuple[Verdict, ...]:
        return tuple(Verdict(value, self._path[:1]) for value in Tristate)

    def _weigh(self, known: Known) -> Verdict:
        # What is not recorded, or is recorded as unknown, is unknown.
        name, key = self._path
        value = known.facts.get(name)
        if key and value is not None and value != UNKNOWN:
            value = value.get(key) if isinstance(value, dict) else None
        return self._verdicts[self._held_against(value)]

    def _held_against(self, value: JsonValue) -> Tristate:
        if self.recorded:
            return Tristate.of(value is not None and value != UNKNOWN)
        if value is None:
            return Tristate.UNKNOWN if self.absent is None else Tristate.of(self.absent)
        if value == UNKNOWN:
            return Tristate.UNKNOWN
        if self._line is not None:
            return reaches(self._term, value, self._line)
        return is_among(self._term, value, self.among)


class Later(Node):
    """Holds where one instant lies further behind another than a length of time."""

    later: str
    than: str
    by: str = "PT0S"

    @field_validator("later", "than")
    @classmethod
    def _instant(cls, value: str) -> str:
        if _named(value).type != "instant":
            raise ValueError(f"{value} is no instant; later compares two instants")
        return value

    @field_validator("by")
    @classmethod
    def _length(cls, value: str) -> str:
        elapsed(value)
        return value

    def _weigh(self, known: Known) -> Verdict:
        value = later(known.facts.get(self.later), known.facts.get(self.than), elapsed(self.by))
        return Verdict(value, (self.later, self.than))
