"""Values as they are typed: facts, instants, lengths of time."""

from datetime import datetime, timedelta

from pydantic import JsonValue

from cli.stop import usage
from domain.duration import elapsed
from domain.line import instant
from domain.vocabulary import VOCABULARY, parse


def fact(text: str, now: datetime) -> tuple[str, JsonValue]:
    """Read `NAME=VALUE` into a name and the value's canonical form.

    `now` is an instant, `10..20` and `{min: 10}` are ranges, `{…}` and `[…]` YAML, the rest plain words.

    Raises:
        Stop: there is no `=`.
        FactInvalid: there is no such fact, or the value does not fit it.

    """
    name, equals, value = text.partition("=")
    if not equals:
        raise usage(f"{text[:60]!r} is no fact: write NAME=VALUE, such as persons_affected=1204331.")
    name, value = name.strip(), value.strip()
    term = VOCABULARY.get(name)
    raw: object = value
    if value == "now" and term is not None and term.type == "instant":
        raw = instant(now)
    elif value[:1] in {"{", "["}:
        raw = _flow(name, value)
    elif term is not None and term.many and "," in value:
        raw = [part.strip() for part in value.split(",")]
    return name, parse(name, raw, scope="incident")


def at(text: str, now: datetime) -> datetime:
    """Read an instant: `now`, or RFC 3339 with its offset.

    Raises:
        Stop: it is neither.

    """
    if text == "now":
        return now
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.utcoffset() is None:
        raise usage(f"{text!r} is no instant: write now, or 2026-03-01T09:30:00+08:00 with its offset.")
    return found


def length(text: str) -> timedelta:
    """Read a length of time: ISO 8601 (`PT4H`, `P30D`), or short (`90min`, `4h`, `30d`).

    Raises:
        Stop: it is neither.

    """
    try:
        return elapsed(text)
    except ValueError:
        pass
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}.get(text[len(number) :])
    try:
        return timedelta(**{unit: float(number)}) if unit else _no_length(text)
    except (ValueError, OverflowError):
        return _no_length(text)


def _no_length(text: str) -> timedelta:
    raise usage(f"{text!r} is no length of time: write PT4H, P30D, 90min, 4h or 30d.")


def _flow(name: str, value: str) -> object:
    from ruamel.yaml import YAML  # noqa: PLC0415 - few values are more than a word
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - as above

    try:
        return YAML(typ="safe", pure=True).load(value)
    except YAMLError as error:
        raise usage(f"The value of {name} is no map or list: write {{min: 1, max: 5}} or [a, b].") from error
