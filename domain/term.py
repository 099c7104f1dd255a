"""One word of the vocabulary that the law reads, and how its values are written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from pydantic import JsonValue

from domain.duration import elapsed, written
from domain.line import instant

Scope = Literal["organisation", "incident"]
Kind = Literal["text", "bool", "int", "number", "enum", "list", "instant", "duration", "date", "map"]

UNKNOWN = "unknown"
LONGEST_TEXT = 200
LARGEST = Decimal(10) ** 18
# Beyond these years an instant is a slip of the pen, and arithmetic on it would leave the calendar.
FIRST_YEAR, LAST_YEAR = 1000, 2999


class FactInvalid(ValueError):  # noqa: N818 -- what is invalid is the fact that was handed in
    """A fact that cannot be recorded as it stands: its name, a sentence, and a code of `docs/law.md`."""

    def __init__(self, name: str, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.name = name
        self.sentence = sentence
        self.code = code


@dataclass(frozen=True, slots=True)
class Term:
    """A fact's name with the form of its values; `keys` or `each` are the terms inside a map."""

    name: str
    type: Kind
    scope: Scope = "incident"
    values: tuple[str, ...] = ()
    unit: str | None = None
    zh: str | None = None
    note: str | None = None
    default: JsonValue = None
    many: bool = False
    uncertain: tuple[str, ...] = ()
    keys: tuple["Term", ...] = ()
    each: Kind | None = None
    nothing: JsonValue = None

    @property
    def ranged(self) -> bool:
        """Whether `{min, max}` may stand for a value that is only known between bounds."""
        return self.type in {"int", "number"}

    def inner(self, key: str) -> "Term | None":
        """Find the term of one key of this map; None where the map has no such key."""
        if self.each is not None:
            return Term(f"{self.name}.{key}", self.each, self.scope)
        return next((term for term in self.keys if term.name == f"{self.name}.{key}"), None)

    def canonical(self, value: object) -> JsonValue:
        """Bring a value into its one JSON form, without floats.

        Raises:
            FactInvalid: with one sentence that says what is wrong and what would be right.

        """
        if value == UNKNOWN:
            return UNKNOWN
        return _FORMS[self.type](self, value)

    def refuse(self, value: object, right: str, code: str = "fact-type") -> FactInvalid:
        """Say that a value does not fit this term and what would."""
        form = "map" if isinstance(value, Mapping) else type(value).__name__
        shown = repr(value) if isinstance(value, str | int | float) else f"a {form}"
        return FactInvalid(self.name, f"{self.name} cannot be {shown[:60]}: {right}.", code)


def _text(term: Term, value: object) -> JsonValue:
    if not isinstance(value, str) or not value.strip():
        raise term.refuse(value, "it is a text that is not empty")
    text = value.strip()
    if len(text) > LONGEST_TEXT or not text.isprintable():
        raise term.refuse(value, f"it is one line of at most {LONGEST_TEXT} characters", "fact-value")
    return text


def _bool(term: Term, value: object) -> JsonValue:
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise term.refuse(value, "it is true, false or unknown")
    return value


def _figure(term: Term, value: object) -> Decimal:
    whole = term.type == "int"
    right = f"it is a {'whole ' if whole else ''}number{f' of {term.unit}' if term.unit else ''}"
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise term.refuse(value, f"{right}, or a range {{min, max}}")
    try:
        figure = Decimal(str(value).replace(",", "").replace("_", ""))
    except InvalidOperation as error:
        raise term.refuse(value, f"{right}, without a unit") from error
    if not figure.is_finite() or figure > LARGEST:
        raise term.refuse(value, f"{right}, finite and below 10^18", "fact-value")
    if whole and figure != figure.to_integral_value():
        raise term.refuse(value, right)
    if figure < 0:
        raise term.refuse(value, "it cannot be negative", "fact-negative")
    if term.unit == "share" and figure > 1:
        raise term.refuse(value, "a share lies between 0 and 1", "fact-value")
    return figure


def _number(term: Term, value: object) -> JsonValue:
    if isinstance(value, str) and ".." in value:
        low, _, high = value.partition("..")
        value = {key: end for key, end in (("min", low), ("max", high)) if end.strip()}
    if not isinstance(value, Mapping):
        return _figure_written(term, _figure(term, value))
    if not value or not set(value) <= {"min", "max"}:
        raise term.refuse(value, "a range has min, max or both, and nothing else", "fact-range")
    ends = {key: _figure(term, end) for key, end in value.items()}
    low_end, high_end = ends.get("min"), ends.get("max")
    if low_end is not None and high_end is not None:
        if low_end > high_end:
            raise term.refuse(value, f"its min {low_end:f} is above its max {high_end:f}", "fact-range")
        if low_end == high_end:
            return _figure_written(term, low_end)
    return {key: _figure_written(term, end) for key, end in ends.items()}


def _figure_written(term: Term, figure: Decimal) -> JsonValue:
    if term.type == "int":
        return int(figure)
    text = f"{figure:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _enum(term: Term, value: object) -> JsonValue:
    choice = f"it is one of {', '.join(term.values)}"
    if term.many and isinstance(value, list | tuple):
        chosen = _chosen(term, value, choice)
        if "none" in chosen and len(chosen) > 1:
            raise term.refuse(value, "none excludes the others", "fact-value")
        return chosen[0] if len(chosen) == 1 else list(chosen)
    if not isinstance(value, str) or value not in term.values:
        raise term.refuse(value, choice, "fact-value")
    return value


def _chosen(term: Term, value: "list[object] | tuple[object, ...]", choice: str) -> list[str]:
    for item in value:
        if item not in term.values:
            raise term.refuse(item, choice, "fact-value")
    if not value:
        raise term.refuse(value, f"{choice}, and the list is empty", "fact-value")
    return [known for known in term.values if known in value]


def _list(term: Term, value: object) -> JsonValue:
    choice = f"each is one of {', '.join(term.values)}"
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    if not isinstance(value, list | tuple):
        raise term.refuse(value, f"it is a list; {choice}")
    chosen = _chosen(term, value, choice)
    if "none" in chosen and len(chosen) > 1:
        raise term.refuse(value, "none excludes the others", "fact-value")
    return list(chosen)


def _instant(term: Term, value: object) -> JsonValue:
    right = "it is an RFC 3339 instant with its offset, such as 2026-03-01T09:30:00+08:00"
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise term.refuse(value, right) from error
    if not isinstance(value, datetime):
        raise term.refuse(value, right)
    if value.utcoffset() is None:
        raise FactInvalid(
            term.name,
            f"{term.name} has no offset: write which clock it is, such as {value.isoformat()}+08:00.",
            "fact-offset",
        )
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise term.refuse(value.isoformat(), f"{right}, from {FIRST_YEAR} to {LAST_YEAR}", "fact-value")
    return instant(value)


def _duration(term: Term, value: object) -> JsonValue:
    if not isinstance(value, str):
        raise term.refuse(value, "it is an ISO 8601 duration such as PT6H or P1D")
    if value.startswith("-"):
        raise term.refuse(value, "it cannot be negative", "fact-negative")
    try:
        return written(elapsed(value))
    except ValueError as error:
        raise term.refuse(value, str(error)) from error


def _date(term: Term, value: object) -> JsonValue:
    # A form asks for the day; that of an instant is the one on the clock by which it was written.
    try:
        return datetime.fromisoformat(str(value)).date().isoformat()
    except ValueError as error:
        raise term.refuse(value, "it is a date such as 2026-03-01") from error


def _map(term: Term, value: object) -> JsonValue:
    if value == "none" and term.nothing is not None:
        return term.nothing
    if not isinstance(value, Mapping):
        names = ", ".join(inner.name.removeprefix(f"{term.name}.") for inner in term.keys) or "its own names"
        raise term.refuse(value, f"it is a map with the keys {names}")
    read: dict[str, JsonValue] = {}
    for key, item in value.items():
        inner = term.inner(str(key))
        if inner is None:
            names = ", ".join(known.name.removeprefix(f"{term.name}.") for known in term.keys)
            raise term.refuse(str(key), f"its keys are {names}", "fact-unknown")
        read[str(_text(term, key))] = inner.canonical(item)
    return read


_FORMS: dict[Kind, Callable[[Term, object], JsonValue]] = {
    "text": _text,
    "bool": _bool,
    "int": _number,
    "number": _number,
    "enum": _enum,
    "list": _list,
    "instant": _instant,
    "duration": _duration,
    "date": _date,
    "map": _map,
}
