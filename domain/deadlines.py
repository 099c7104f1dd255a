"""When a deadline ends: arithmetic on instants, with no number of law in it."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from domain.calendars import PLAIN_WEEK, Workdays
from domain.duration import span

Calendar = Literal["continuous", "calendar", "business", "retention_minimum"]
CountedFrom = Literal["instant", "end_of_day", "end_of_year"]


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def due(
    start: datetime,
    deadline: str,
    *,
    calendar: Calendar,
    zone: str,
    workdays: Workdays = PLAIN_WEEK,
) -> datetime:
    """Find the instant at which a deadline ends, in UTC.

    Hours and days are continuous, a day being 24 hours (the cautious reading of 日). Months and years keep
    the day of the month and the time of day on the zone's wall clock, or take the month's last day.
    Business days keep the time of day and do not count the day of the start.

    Args:
        start: the aware instant that the deadline runs from.
        deadline: ISO 8601; for `business` a number of days and nothing else.
        calendar: how its days count.
        zone: IANA name of the clock that months and working days are read from.
        workdays: the working days that `business` counts.

    Raises:
        ValueError: for business days with months, hours, or a part of a day.

    """
    length = span(deadline)
    if calendar == "business":
        days, part = divmod(length.rest, timedelta(days=1))
        if length.months or part:
            raise ValueError(f"{deadline} counts business days and must be whole days, such as P5D")
        local = start.astimezone(_zone(zone))
        return _at(local, workdays.after(local.date(), days))
    moved = _months_later(start.astimezone(_zone(zone)), length.months) if length.months else start
    return moved.astimezone(UTC) + length.rest


def counted(start: datetime, counted_from: CountedFrom, zone: str) -> datetime:
    """Find the instant that time is counted from: the start, or the end of its day or year in the zone."""
    if counted_from == "instant":
        return start
    day = start.astimezone(_zone(zone)).date()
    after = date(day.year + 1, 1, 1) if counted_from == "end_of_year" else day + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=_zone(zone)).astimezone(UTC)


def wall_date(at: datetime, zone: str) -> date:
    """Read the day of an instant on a zone's calendar."""
    return at.astimezone(_zone(zone)).date()


def _months_later(local: datetime, months: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    return _at(local, date(year, month + 1, min(local.day, monthrange(year, month + 1)[1])))


def _at(local: datetime, day: date) -> datetime:
    moved = local.replace(year=day.year, month=day.month, day=day.day, fold=0)
    return moved.astimezone(UTC)


def used(start: datetime, end: datetime, at: datetime) -> int:
    """Say how much of a deadline is used, in thousandths; above 1000 it has passed."""
    whole = end - start
    return max(0, (at - start) * 1000 // whole) if whole > timedelta() else 1000
