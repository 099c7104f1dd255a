"""The triggers of a law pack: a small language over facts, three-valued, parsed from YAML once.

Its forms, each a mapping with one of these keys: `all`, `any`, `not`, `possibly` (not known to be false),
`surely` (known to be true), `fact` (with `is`, `in`, `at_least` or `recorded`), `grade_at_least`, `duty`
(another duty of the pack is owed), `always`, and `undecidable` (a sentence: a person decides, no fact).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import (
    Discriminator,
    Field,
    JsonValue,
    StrictBool,
    StrictInt,
    Tag,
    model_validator,
)

from domain.comparison import Comparand, check, is_among, reaches
from domain.lean import Lean
from domain.term import UNKNOWN, Term
from domain.tristate import Tristate
from domain.vocabulary import GradeName, term_of

TRUE, FALSE, NOT_KNOWN = Tristate.TRUE, Tristate.FALSE, Tristate.UNKNOWN

# Stands in a verdict's facts for those that decide the grade.
GRADE = "grade"


class Verdict(NamedTuple):
    """A truth value with the facts that decided it, or, where it is unknown, those that would."""

    value: Tristate
    facts: tuple[str, ...] = ()


_GRANTED = Verdict(TRUE)
_DENIED = Verdict(FALSE)


@dataclass(frozen=True, slots=True)
class Known:
    """What an expression is weighed against: facts by name, and the answers it may build on.

    `weighed` keeps the answer to each test of a fact, as many triggers ask the same.
    """

    facts: Mapping[str, JsonValue]
    grade_at_least: Callable[[GradeName], Verdict]
    duty: Callable[[str], Verdict]
    weighed: dict[str, Verdict] = field(default_factory=dict)

    def look(self, path: str) -> JsonValue:
        """Read a fact or a map's key; None where it is not recorded."""
        name, dot, key = path.partition(".")
        value = self.facts.get(name)
        if not dot or value is None or value == UNKNOWN:
            return value
        return value.get(key) if isinstance(value, dict) else None


class AllOf(Lean):
    """Holds where every part holds."""

    all: tuple["Expression", ...] = Field(min_length=1)

    def weigh(self, known: Known) -> Verdict:
        """Answer with Kleene's *and*."""
        value, facts = _GRANTED
        for part in self.all:
            found = part.weigh(known)
            if found.value == value:
                facts += found.facts
            elif found.value < value:
                value, facts = found
        return Verdict(value, facts)


class AnyOf(Lean):
    """Holds where one part holds."""

    any: tuple["Expression", ...] = Field(min_length=1)

    def weigh(self, known: Known) -> Verdict:
        """Answer with Kleene's *or*."""
        value, facts = _DENIED
        for part in self.any:
            found = part.weigh(known)
            if found.value == value:
                facts += found.facts
            elif found.value > value:
                value, facts = found
        return Verdict(value, facts)


class Not(Lean):
    """Holds where its part is known not to hold."""

    part: "Expression" = Field(alias="not")

    def weigh(self, known: Known) -> Verdict:
        """Answer with Kleene's *not*."""
        found = self.part.weigh(known)
        return Verdict(found.value.negated(), found.facts)


class Possibly(Lean):
    """Holds unless its part is known not to hold."""

    possibly: "Expression"

    def weigh(self, known: Known) -> Verdict:
        """Answer true for what is true or unknown."""
        found = self.possibly.weigh(known)
        return _GRANTED if found.value is NOT_KNOWN else found


class Surely(Lean):
    """Holds only where its part is known to hold."""

    surely: "Expression"

    def weigh(self, known: Known) -> Verdict:
        """Answer false for what is false or unknown."""
        found = self.surely.weigh(known)
        return Verdict(FALSE, found.facts) if found.value is NOT_KNOWN else found


class FactTest(Lean):
    """Compares one fact; a range answers only where both its ends agree."""

    fact: str
    equals: StrictBool | StrictInt | str | None = Field(default=None, alias="is")
    one_of: tuple[str, ...] | None = Field(default=None, alias="in", min_length=1)
    at_least: StrictInt | str | None = None
    recorded: Literal[True] | None = None
    absent: bool | None = Field(default=None, description="the answer while the fact is not recorded")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        term = term_of(self.fact)
        if term is None:
            raise ValueError(f"there is no fact called {self.fact}; docs/law.md lists them")
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
    def _key(self) -> str:
        """What two tests must share to have one answer."""
        return self.model_dump_json()

    @cached_property
    def _term(self) -> Term:
        term = term_of(self.fact)
        if term is None:  # pragma: no cover -- the validator has seen to it
            raise LookupError(self.fact)
        return term

    def weigh(self, known: Known) -> Verdict:
        """Compare what is recorded; what is not, or is recorded as unknown, is unknown."""
        found = known.weighed.get(self._key)
        if found is None:
            found = Verdict(self._value(known), (self.fact.partition(".")[0],))
            known.weighed[self._key] = found
        return found

    def _value(self, known: Known) -> Tristate:
        value = known.look(self.fact)
        if self.recorded:
            return Tristate.of(value is not None and value != UNKNOWN)
        if value is None:
            return Tristate.of(self.absent)
        if value == UNKNOWN:
            return NOT_KNOWN
        if self.at_least is not None:
            return reaches(self._term, value, self.at_least)
        return is_among(self._term, value, self.among)


class GradeAtLeast(Lean):
    """Holds where the incident's grade is at least this one."""

    grade_at_least: GradeName

    def weigh(self, known: Known) -> Verdict:
        """Ask the grading, which may not know yet."""
        return known.grade_at_least(self.grade_at_least)


class DutyOwed(Lean):
    """Holds where another duty of the same pack is owed."""

    duty: str

    def weigh(self, known: Known) -> Verdict:
        """Ask that duty's own answer."""
        return known.duty(self.duty)


class Always(Lean):
    """Holds for everyone."""

    always: Literal[True]

    def weigh(self, known: Known) -> Verdict:  # noqa: ARG002 -- every form is weighed alike
        """Answer true."""
        return _GRANTED


class Undecidable(Lean):
    """What no fact of the vocabulary decides; the sentence says what a person must look at."""

    undecidable: str = Field(min_length=1)

    def weigh(self, known: Known) -> Verdict:  # noqa: ARG002 -- every form is weighed alike
        """Answer unknown."""
        return Verdict(NOT_KNOWN)


FORMS = ("all", "any", "not", "possibly", "surely", "fact", "grade_at_least", "duty", "always", "undecidable")
_NODES: tuple[type[Lean], ...] = (
    AllOf,
    AnyOf,
    Not,
    Possibly,
    Surely,
    FactTest,
    GradeAtLeast,
    DutyOwed,
    Always,
    Undecidable,
)


def _form(raw: object) -> str | None:
    if isinstance(raw, Mapping):
        return next((key for key in FORMS if key in raw), None)
    return next((key for key, form in zip(FORMS, _NODES, strict=True) if isinstance(raw, form)), None)


Expression = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Possibly, Tag("possibly")]
    | Annotated[Surely, Tag("surely")]
    | Annotated[FactTest, Tag("fact")]
    | Annotated[GradeAtLeast, Tag("grade_at_least")]
    | Annotated[DutyOwed, Tag("duty")]
    | Annotated[Always, Tag("always")]
    | Annotated[Undecidable, Tag("undecidable")],
    Discriminator(
        _form,
        custom_error_type="expression",
        custom_error_message=f"an expression is a mapping with one of the keys {', '.join(FORMS)}",
    ),
]

for _node in _NODES:
    _node.model_rebuild()


def parts(node: Expression) -> Iterator[Expression]:
    """Walk an expression with everything inside it, outermost first."""
    yield node
    inner: tuple[Expression, ...] = ()
    if isinstance(node, AllOf):
        inner = node.all
    elif isinstance(node, AnyOf):
        inner = node.any
    elif isinstance(node, Not):
        inner = (node.part,)
    elif isinstance(node, Possibly):
        inner = (node.possibly,)
    elif isinstance(node, Surely):
        inner = (node.surely,)
    for part in inner:
        yield from parts(part)
