"""Lengths of time as the law and the operators write them: ISO 8601."""

from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

import isodate


class Span(NamedTuple):
    """A length of time; months have no fixed length and stay apart from the rest."""

    months: int
    rest: timedelta


@lru_cache(maxsize=1024)
def span(text: str) -> Span:
    """Read an ISO 8601 duration such as `PT4H`, `P30D` or `P6M`.

    Raises:
        ValueError: for a text that is none, that is negative, or that has a fraction of a month.

    """
    if not text.startswith("P") or text.endswith(("P", "T")):
        raise ValueError(f"{text!r} is no ISO 8601 duration; write one such as PT6H or P1D")
    try:
        value = isodate.parse_duration(text)
    except (isodate.ISO8601Error, ArithmeticError) as error:
        raise ValueError(f"{text!r} is no ISO 8601 duration; write one such as PT6H or P1D") from error
    if isinstance(value, timedelta):
        return Span(0, value)
    months = value.years * 12 + value.months
    if months != int(months):
        raise ValueError(f"{text!r} has a fraction of a month, which has no length")
    return Span(int(months), value.tdelta)


@lru_cache(maxsize=1024)
def elapsed(text: str) -> timedelta:
    """Read a duration of fixed length: weeks, days, hours, minutes, seconds.

    Raises:
        ValueError: for a text that is no duration, or that has months or years.

    """
    value = span(text)
    if value.months:
        raise ValueError(f"{text!r} has months or years, whose length varies; write days or hours")
    return value.rest


def written(value: timedelta) -> str:
    """Write a fixed length as ISO 8601, in its one form: `timedelta(hours=30)` is `P1DT6H`."""
    return str(isodate.duration_isoformat(value)) if value else "PT0S"
