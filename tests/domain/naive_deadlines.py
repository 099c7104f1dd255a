"""Deadlines a second time, naively: by counting seconds, days and months one after the other.

It shares nothing with `domain.deadlines`: its own civil calendar, its own weekdays, its own search for the
instant that a wall clock shows. Only the offsets of a zone are asked of the standard library.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

DAY = 86_400
EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0


def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def length_of(year, month):
    return (31, 29 if leap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


@lru_cache(maxsize=200)
def first_of(year):
    """The number of the year's first day, counted from 1970-01-01."""
    return sum(366 if leap(each) else 365 for each in range(1970, year))


def number_of(year, month, day):
    return first_of(year) + sum(length_of(year, each) for each in range(1, month)) + day - 1


def numbers(days):
    """The days by their numbers."""
    return {number_of(day.year, day.month, day.day) for day in days}


@lru_cache(maxsize=20_000)
def civil(number):
    year = 1970 + number // 366
    while first_of(year + 1) <= number:
        year += 1
    rest, month = number - first_of(year), 1
    while rest >= length_of(year, month):
        rest -= length_of(year, month)
        month += 1
    return year, month, rest + 1


def offset(seconds, zone):
    """How far the zone's wall clock is ahead of UTC at an instant, in seconds."""
    return int(datetime.fromtimestamp(seconds, zone).utcoffset().total_seconds())


def instant_of(wall, zone):
    """The first instant at which the wall clock shows this; in a gap, the wall clock as it was before it."""
    before, after = (offset(wall + hours * 3600, zone) for hours in (-30, 30))
    shown = [wall - each for each in (before, after) if offset(wall - each, zone) == each]
    return min(shown) if shown else wall - before


def naive_start(seconds, counted_from, zone):
    if counted_from == "instant":
        return seconds
    number = (seconds + offset(seconds, zone)) // DAY
    _, month, day = civil(number)
    if counted_from == "end_of_year":
        while (month, day) != (12, 31):
            number += 1
            _, month, day = civil(number)
    return instant_of((number + 1) * DAY, zone)


def naive_due(start, deadline, calendar, zone, *, counted_from="instant", holidays=(), worked=()):
    """When a deadline ends; `deadline` is (months, hours), for `business` (0, days)."""
    micro = start.microsecond if counted_from == "instant" else 0
    seconds = naive_start(
        int((start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)), counted_from, zone
    )
    months, amount = deadline
    number, of_day = divmod(seconds + offset(seconds, zone), DAY)
    if calendar == "business":
        left = amount
        while left:
            number += 1
            weekend = (number + EPOCH_WEEKDAY) % 7 in {5, 6}
            if number in worked or (not weekend and number not in holidays):
                left -= 1
        seconds = instant_of(number * DAY + of_day, zone)
    else:
        if months:
            year, month, day = civil(number)
            for _ in range(months):
                year, month = (year + 1, 1) if month == 12 else (year, month + 1)
            seconds = instant_of(
                number_of(year, month, min(day, length_of(year, month))) * DAY + of_day, zone
            )
        seconds += amount * 3600
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micro)


def somebody_s_week(dice, first, last):
    """Holidays and worked weekend days drawn by lot."""
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    chosen = dice.sample(days, len(days) // 20)
    holidays = tuple(day for day in chosen if day.isoweekday() < 6)
    return holidays, tuple(day for day in chosen if day.isoweekday() > 5)


assert civil(number_of(2024, 2, 29)) == (2024, 2, 29)
assert number_of(2000, 1, 1) == (date(2000, 1, 1) - date(1970, 1, 1)).days
