"""A grading guide as a pack holds it: limbs, and what raises an incident to a grade by each."""

from typing import Annotated

from pydantic import Field

from domain.duty_rule import Slug
from domain.expression import Expression
from domain.lean import Lean
from domain.playbook import Words
from domain.vocabulary import GradeName


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
    presumed_when: Expression | None = Field(
        default=None,
        description="when the presumption is said; always where it is left out",
    )


class GradingRule(Lean):
    """How an incident is graded: any limb that holds raises it; the lowest grade is the rest."""

    instrument: Slug
    limbs: tuple[Limb, ...] = Field(min_length=1)
    notes: tuple[str, ...] = ()
