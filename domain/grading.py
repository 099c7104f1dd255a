"""How an incident is graded by a pack's guide, and what would raise or lower the grade."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from domain.expression import Known, Verdict
from domain.grading_rule import GradingRule, Level, Limb
from domain.model import Value
from domain.term import UNKNOWN
from domain.tristate import Tristate
from domain.vocabulary import GRADES, GradeName

LOWEST: GradeName = "一般"
_ABOVE: tuple[GradeName, ...] = ("较大", "重大", "特别重大")
_RANK = {name: rank for rank, name in enumerate(GRADES)}


class Change(Value):
    """One limb that would raise or lower the grade, and the facts it looks at."""

    direction: Literal["raise", "lower"]
    limb: str
    grade: GradeName
    facts: tuple[str, ...]


class Grade(Value):
    """The grade of an incident: settled, or between `at_least` and `at_most` while limbs are unknown.

    `decided_by` names the limbs (`Q5`), or `grade_override` for a person's grading.
    """

    value: GradeName | Literal["unknown"] = "unknown"
    at_least: GradeName | None = None
    at_most: GradeName | None = None
    decided_by: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    unknown_limbs: tuple[str, ...] = ()
    would_change: tuple[Change, ...] = ()
    presumed: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Say the grade in one word, or the bounds it lies between."""
        if self.value != "unknown" or self.at_least is None:
            return self.value
        return f"至少{self.at_least}"


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade with the verdict for every *at least this grade* that a trigger may ask."""

    grade: Grade
    reached: Mapping[GradeName, Verdict]

    def at_least(self, name: GradeName) -> Verdict:
        """Whether the grade is at least this one."""
        return self.reached.get(name, Verdict(Tristate.UNKNOWN))


UNGRADED = Graded(Grade(), {})


def graded(rule: GradingRule, known: Known) -> Graded:
    """Grade an incident by every limb; a person's grading wins, and closes the limbs still unknown."""
    weighed = [(limb, level, level.when.weigh(known)) for limb in rule.limbs for level in limb.levels]
    if known.facts.get("kind") == "vulnerability":
        return UNGRADED
    for name in GRADES:
        if known.facts.get("grade_override") == name:
            return _overridden(weighed, name)
    closed = known.facts.get("classified_at") not in {None, UNKNOWN}
    reached: dict[GradeName, Verdict] = {LOWEST: Verdict(Tristate.TRUE)}
    for name in _ABOVE:
        reached[name] = _reached(name, weighed, closed=closed)
    at_least = _highest(reached, {Tristate.TRUE})
    at_most = _highest(reached, {Tristate.TRUE, Tristate.UNKNOWN})
    deciding = [
        (limb, verdict)
        for limb, level, verdict in weighed
        if level.grade == at_least and verdict.value is Tristate.TRUE
    ]
    return Graded(
        Grade(
            value=at_least if at_least == at_most else "unknown",
            at_least=at_least,
            at_most=at_most,
            decided_by=tuple(limb.id for limb, _ in deciding),
            facts=tuple(dict.fromkeys(name for _, verdict in deciding for name in verdict.facts)),
            unknown_limbs=_unknown(weighed, at_least),
            would_change=_changes(weighed, at_least),
            presumed=_presumed((limb for limb, _ in deciding), known),
        ),
        reached,
    )


def _presumed(deciding: Iterable[Limb], known: Known) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            limb.presumption
            for limb in deciding
            if limb.presumption
            and (limb.presumed_when is None or limb.presumed_when.weigh(known).value is Tristate.TRUE)
        ),
    )


def _overridden(weighed: "_Weighed", override: GradeName) -> Graded:
    facts = ("grade_override",)
    grade = Grade(
        value=override,
        at_least=override,
        at_most=override,
        decided_by=facts,
        facts=facts,
        unknown_limbs=_unknown(weighed, LOWEST),
    )
    rank = _RANK[override]
    return Graded(grade, {name: Verdict(Tristate.of(_RANK[name] <= rank), facts) for name in GRADES})


def _reached(name: GradeName, weighed: "_Weighed", *, closed: bool) -> Verdict:
    concerned = [verdict for _, level, verdict in weighed if _RANK[level.grade] >= _RANK[name]]
    value = Tristate.some(verdict.value for verdict in concerned)
    facts = tuple(dict.fromkeys(fact for found in concerned if found.value is value for fact in found.facts))
    if closed and value is Tristate.UNKNOWN:
        return Verdict(Tristate.FALSE, ("classified_at",))
    return Verdict(value, facts)


def _highest(reached: Mapping[GradeName, Verdict], values: set[Tristate]) -> GradeName:
    return max((name for name, verdict in reached.items() if verdict.value in values), key=_RANK.__getitem__)


def _unknown(weighed: "_Weighed", at_least: GradeName) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            limb.id
            for limb, level, verdict in weighed
            if verdict.value is Tristate.UNKNOWN and _RANK[level.grade] > _RANK[at_least]
        ),
    )


def _changes(weighed: "_Weighed", at_least: GradeName) -> tuple[Change, ...]:
    rank = _RANK[at_least]
    raises: dict[str, Change] = {}
    for limb, level, verdict in weighed:
        above = _RANK[level.grade] > rank
        lower_seen = limb.id in raises and _RANK[raises[limb.id].grade] < _RANK[level.grade]
        if above and not lower_seen:
            raises[limb.id] = _change("raise", limb.id, level.grade, verdict.facts)
    lowers = tuple(
        _change("lower", limb.id, GRADES[rank - 1], verdict.facts)
        for limb, level, verdict in weighed
        if level.grade == at_least and verdict.value is Tristate.TRUE
    )
    return (*raises.values(), *lowers)


@lru_cache(maxsize=1024)
def _change(
    direction: Literal["raise", "lower"], limb: str, grade: GradeName, facts: tuple[str, ...]
) -> Change:
    return Change(direction=direction, limb=limb, grade=grade, facts=facts)


_Weighed = list[tuple[Limb, Level, Verdict]]
