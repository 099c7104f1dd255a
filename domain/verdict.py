"""What weighing an expression gives, and what it is weighed against."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from pydantic import JsonValue

from domain.lean import Lean
from domain.tristate import Tristate
from domain.vocabulary import GradeName

# Stands in a verdict's facts for those that decide the grade.
GRADE = "grade"


class Verdict(NamedTuple):
    """A truth value with the facts that decided it, or, where it is unknown, those that would."""

    value: Tristate
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What an expression is weighed against: facts by name, and the answers it may build on.

    `weighed` keeps the answer to each part that looks at facts alone, as many triggers ask the same.
    """

    facts: Mapping[str, JsonValue]
    grade_at_least: Callable[[GradeName], Verdict]
    duty: Callable[[str], Verdict]
    weighed: dict[str, Verdict] = field(default_factory=dict)


class Node(Lean):
    """One form of an expression; equal ones that look at facts alone are weighed once for a situation."""

    def weigh(self, known: Known) -> Verdict:
        """Answer with three values, and with the facts that decide."""
        key = self._key
        if key is None:
            return self._weigh(known)
        found = known.weighed.get(key)
        if found is None:
            found = known.weighed[key] = self._weigh(known)
        return found

    def inner(self) -> "tuple[Node, ...]":
        """The parts that stand directly inside."""
        return ()

    def walk(self) -> "Iterator[Node]":
        """Go through this form and everything inside it, outermost first."""
        yield self
        for part in self.inner():
            yield from part.walk()

    @property
    def of_facts(self) -> bool:
        """Whether its answer depends on recorded facts and nothing else."""
        return all(part.of_facts for part in self.inner())

    @cached_property
    def judged(self) -> tuple[str, ...]:
        """The sentences inside that say what a person must look at."""
        return tuple(sentence for part in self.inner() for sentence in part.judged)

    @cached_property
    def _key(self) -> str | None:
        return self.model_dump_json() if self.of_facts else None

    @abstractmethod
    def _weigh(self, known: Known) -> Verdict: ...
