"""How a recorded value is held against a bar or a list of values, with three answers."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import JsonValue

from domain.duration import elapsed
from domain.term import UNKNOWN, FactInvalid, Term
from domain.tristate import Tristate

Comparand = bool | int | str


def check(term: Term, *, bar: int | str | None, among: tuple[Comparand, ...]) -> None:
    """See that a comparison fits the term: its order, its type, its unit, its values.

    Raises:
        ValueError: with the sentence that says what would be right.

    """
    ordered = term.type in {"int", "number", "duration"} or (term.type == "enum" and not term.many)
    if bar is not None and not ordered:
        raise ValueError(f"{term.name} has no order; compare it with is or in")
    if bar is None and term.type not in {"bool", "enum", "list", "int"}:
        raise ValueError(f"{term.name} is of type {term.type}; compare it with at_least or recorded")
    for item in (*among, *(() if bar is None else (bar,))):
        _fits(term, item)


def _fits(term: Term, item: Comparand) -> None:
    if term.type == "list":
        if item not in term.values:
            raise ValueError(f"{term.name} holds {', '.join(term.values)}, never {item}")
        return
    try:
        canonical = term.canonical(item)
    except FactInvalid as error:
        raise ValueError(error.sentence) from error
    if canonical == UNKNOWN or isinstance(canonical, dict):
        raise ValueError(f"{term.name} cannot be compared with {item}")
    if term.type == "bool" and not isinstance(item, bool):
        raise ValueError(f"{term.name} is true or false, not the text {item}")


def reaches(term: Term, value: JsonValue, line: Decimal | int) -> Tristate:
    """Whether a canonical value is at least the measure of a bar; a range must lie on one side of it."""
    if isinstance(value, dict):
        low, high = value.get("min"), value.get("max")
        if low is not None and measure(term, _scalar(low)) >= line:
            return Tristate.TRUE
        if high is not None and measure(term, _scalar(high)) < line:
            return Tristate.FALSE
        return Tristate.UNKNOWN
    return Tristate.of(measure(term, _scalar(value)) >= line)


def measure(term: Term, value: int | str) -> Decimal | int:
    """Bring a canonical value into the figure that it is compared by."""
    if term.type == "duration":
        return elapsed(str(value)) // timedelta(microseconds=1)
    if term.type == "enum":
        return term.values.index(str(value))
    return value if isinstance(value, int) else Decimal(value)


def _scalar(value: JsonValue) -> int | str:
    if isinstance(value, int | str):
        return value
    raise TypeError(f"a canonical figure is a whole number or a text, never a {type(value).__name__}")


def is_among(term: Term, value: JsonValue, among: tuple[Comparand, ...]) -> Tristate:
    """Whether a canonical value, or one of several, is among these; an uncertain one answers unknown."""
    if isinstance(value, dict):
        return Tristate.UNKNOWN if any(_within(value, item) for item in among) else Tristate.FALSE
    held = value if isinstance(value, list) else [value]
    if any(item in among for item in held):
        return Tristate.TRUE
    return Tristate.of(None if any(item in term.uncertain for item in held) else False)


def _within(bounds: Mapping[str, JsonValue], figure: Comparand) -> bool:
    low, high = bounds.get("min"), bounds.get("max")
    return (not isinstance(low, int) or low <= int(figure)) and (
        not isinstance(high, int) or int(figure) <= high
    )


def later(value: JsonValue, other: JsonValue, by: timedelta) -> Tristate:
    """Whether an instant lies more than a length of time behind another; unknown while either is."""
    if not isinstance(value, str) or not isinstance(other, str) or UNKNOWN in {value, other}:
        return Tristate.UNKNOWN
    return Tristate.of(datetime.fromisoformat(value) - datetime.fromisoformat(other) > by)
