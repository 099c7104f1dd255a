"""The one sentence that says why a duty is owed, is not, or cannot be told."""

from collections.abc import Mapping

from pydantic import JsonValue

from domain.expression import GRADE, Node
from domain.grading import Grade
from domain.line import canonical

_MANY = 6


def because(names: tuple[str, ...], facts: Mapping[str, JsonValue], grade: Grade) -> str:
    """Tell the facts that decided: `minors is false and the grade is 较大 (Q5)`."""
    told = [name for name in dict.fromkeys(names) if name != "kind"] or names[:1]
    return _listed([_said(name, facts, grade) for name in told]) or "it binds everyone"


def depends(trigger: Node, names: tuple[str, ...], grade: Grade) -> str:
    """Tell what is missing: the facts that would decide, and what a person must look at."""
    missing = [
        f"the grade, at present {grade.text}" if name == GRADE else name for name in dict.fromkeys(names)
    ]
    return _listed([*missing, *trigger.judged])


def _said(name: str, facts: Mapping[str, JsonValue], grade: Grade) -> str:
    if name == GRADE:
        limbs = f" ({', '.join(grade.decided_by)})" if grade.decided_by else ""
        return f"the grade is {grade.text}{limbs}"
    value = facts.get(name)
    if value is None:
        return f"{name} is not recorded"
    if isinstance(value, bool):
        return f"{name} is {'true' if value else 'false'}"
    return f"{name} is {value if isinstance(value, str | int) else canonical(value)}"


def _listed(words: list[str]) -> str:
    if len(words) > _MANY:
        words = [*words[: _MANY - 1], f"{len(words) - _MANY + 1} more"]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
