"""The triggers of a law pack: a small language over facts, three-valued, parsed from YAML once.

Its forms, each a mapping with one of these keys: `all`, `any`, `not`, `possibly` (not known to be false),
`surely` (known to be true), `fact` (with `is`, `in`, `at_least` or `recorded`), `later` (one instant is
further behind another than so much), `grade_at_least`, `duty` (another duty of the pack is owed), `always`,
and `undecidable` (a sentence: a person decides, no fact).
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from domain.fact_test import FactTest, Later
from domain.tristate import Tristate
from domain.verdict import GRADE, Known, Node, Verdict
from domain.vocabulary import GradeName

__all__ = ["FORMS", "GRADE", "Expression", "FactTest", "Known", "Later", "Node", "Verdict"]

TRUE, FALSE, NOT_KNOWN = Tristate.TRUE, Tristate.FALSE, Tristate.UNKNOWN

_GRANTED = Verdict(TRUE)
_DENIED = Verdict(FALSE)
_OPEN = Verdict(NOT_KNOWN)


class AllOf(Node):
    """Holds where every part holds."""

    all: tuple["Expression", ...] = Field(min_length=1)

    def inner(self) -> tuple[Node, ...]:
        """The parts."""
        return self.all

    def _weigh(self, known: Known) -> Verdict:
        least = _GRANTED
        for part in self.all:
            found = part.weigh(known)
            if found.value < least.value or not least.facts:
                least = found if found.value <= least.value else least
            elif found.value == least.value and found.facts:
                least = Verdict(found.value, least.facts + found.facts)
        return least


class AnyOf(Node):
    """Holds where one part holds."""

    any: tuple["Expression", ...] = Field(min_length=1)

    def inner(self) -> tuple[Node, ...]:
        """The parts."""
        return self.any

    def _weigh(self, known: Known) -> Verdict:
        most = _DENIED
        for part in self.any:
            found = part.weigh(known)
            if found.value > most.value or not most.facts:
                most = found if found.value >= most.value else most
            elif found.value == most.value and found.facts:
                most = Verdict(found.value, most.facts + found.facts)
        return most


class Not(Node):
    """Holds where its part is known not to hold."""

    part: "Expression" = Field(alias="not")

    def inner(self) -> tuple[Node, ...]:
        """The part."""
        return (self.part,)

    def _weigh(self, known: Known) -> Verdict:
        found = self.part.weigh(known)
        return Verdict(found.value.negated(), found.facts)


class Possibly(Node):
    """Holds unless its part is known not to hold."""

    possibly: "Expression"

    def inner(self) -> tuple[Node, ...]:
        """The part."""
        return (self.possibly,)

    def _weigh(self, known: Known) -> Verdict:
        found = self.possibly.weigh(known)
        return _GRANTED if found.value is NOT_KNOWN else found


class Surely(Node):
    """Holds only where its part is known to hold."""

    surely: "Expression"

    def inner(self) -> tuple[Node, ...]:
        """The part."""
        return (self.surely,)

    def _weigh(self, known: Known) -> Verdict:
        found = self.surely.weigh(known)
        return Verdict(FALSE, found.facts) if found.value is NOT_KNOWN else found


class GradeAtLeast(Node):
    """Holds where the incident's grade is at least this one."""

    grade_at_least: GradeName

    @property
    def of_facts(self) -> bool:
        """No: the grading is asked, which may not know yet."""
        return False

    def _weigh(self, known: Known) -> Verdict:
        return known.grade_at_least(self.grade_at_least)


class DutyOwed(Node):
    """Holds where another duty of the same pack is owed."""

    duty: str

    @property
    def of_facts(self) -> bool:
        """No: that duty's own answer is asked."""
        return False

    def _weigh(self, known: Known) -> Verdict:
        return known.duty(self.duty)


class Always(Node):
    """Holds for everyone."""

    always: Literal[True]

    def _weigh(self, known: Known) -> Verdict:  # noqa: ARG002 -- every form is weighed alike
        return _GRANTED


class Undecidable(Node):
    """What no fact of the vocabulary decides; the sentence says what a person must look at."""

    undecidable: str = Field(min_length=1)

    @cached_property
    def judged(self) -> tuple[str, ...]:
        """Its sentence."""
        return (self.undecidable,)

    def _weigh(self, known: Known) -> Verdict:  # noqa: ARG002 -- every form is weighed alike
        return _OPEN


_NODES: dict[str, type[Node]] = {
    "all": AllOf,
    "any": AnyOf,
    "not": Not,
    "possibly": Possibly,
    "surely": Surely,
    "fact": FactTest,
    "later": Later,
    "grade_at_least": GradeAtLeast,
    "duty": DutyOwed,
    "always": Always,
    "undecidable": Undecidable,
}
FORMS = tuple(_NODES)


def _form(raw: object) -> str | None:
    if isinstance(raw, Mapping):
        return next((key for key in FORMS if key in raw), None)
    return next((key for key, form in _NODES.items() if isinstance(raw, form)), None)


Expression = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Possibly, Tag("possibly")]
    | Annotated[Surely, Tag("surely")]
    | Annotated[FactTest, Tag("fact")]
    | Annotated[Later, Tag("later")]
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

for _node in _NODES.values():
    _node.model_rebuild()
