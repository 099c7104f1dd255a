import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendars import PLAIN_WEEK, Workdays
from domain.deadlines import due, used, wall_date
from domain.duration import elapsed, span, written

ZONES = (
    "Asia/Shanghai",
    "Europe/Brussels",
    "Europe/London",
    "America/New_York",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "America/Toronto",
    "Asia/Kolkata",
    "America/Sao_Paulo",
)
FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 12, 31, tzinfo=UTC)
DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def naive(start: datetime, months: int, hours: int, zone: str) -> datetime:
    """The second implementation: its own months, its own search for the instant of a wall time."""
    seconds = int(start.timestamp())
    if months:
        seconds = naive_months(start, months, ZoneInfo(zone))
    return datetime.fromtimestamp(seconds + hours * 3600, UTC) + timedelta(microseconds=start.microsecond)


def naive_months(start: datetime, months: int, zone: ZoneInfo) -> int:
    local = start.astimezone(zone)
    year, month = local.year, local.month
    for _ in range(months):
        month += 1
        if month > 12:
            year, month = year + 1, 1
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    day = min(local.day, DAYS_IN_MONTH[month - 1] + leap)
    wall = datetime(year, month, day, local.hour, local.minute, local.second, tzinfo=UTC)
    near = [wall + timedelta(hours=hour) for hour in (-30, 30)]
    offsets = [at.astimezone(zone).utcoffset() for at in near]
    fits = [wall - offset for offset in offsets if (wall - offset).astimezone(zone).utcoffset() == offset]
    return int((min(fits) if fits else wall - offsets[0]).timestamp())


def test_a_hundred_thousand_deadlines_agree_with_the_naive_reading():
    dice = random.Random(790)  # noqa: S311 -- the cases must be the same every time
    whole = int((LAST - FIRST).total_seconds())
    wrong = []
    for _ in range(100_000):
        start = FIRST + timedelta(seconds=dice.randrange(whole), microseconds=dice.randrange(1_000_000))
        if dice.random() < 0.2:  # month ends, and the days around them
            start = datetime.combine(start.date().replace(day=1), start.timetz()) - timedelta(
                days=dice.choice((0, 1, 2, 3))
            )
        zone = dice.choice(ZONES)
        months = dice.choice((0, 0, 1, 6, 12, 36))
        hours = dice.choice((0, 1, 2, 4, 24, 72, 720))
        text = f"P{months}MT{hours}H" if months else f"PT{hours}H"
        found = due(start, text, calendar="calendar", zone=zone)
        if found != naive(start, months, hours, zone):
            wrong.append((start, zone, text, found))
    assert wrong == []


@given(
    start=st.datetimes(datetime(2020, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 -- bounds
    hours=st.integers(0, 2000),
    zone=st.sampled_from(ZONES),
)
def test_hours_are_continuous_whatever_the_zone(start, hours, zone):
    for calendar in ("continuous", "calendar"):
        assert due(start, f"PT{hours}H", calendar=calendar, zone=zone) - start == timedelta(hours=hours)


@settings(max_examples=200)
@given(
    start=st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- bounds
    days=st.integers(1, 30),
)
def test_business_days_agree_with_counting_on_the_fingers(start, days):
    week = Workdays(
        source="made up",
        holidays=(date(2025, 10, 1), date(2025, 10, 2), date(2025, 10, 3)),
        worked=(date(2025, 9, 28), date(2025, 10, 11)),
    )
    found = due(start, f"P{days}D", calendar="business", zone="Asia/Shanghai", workdays=week)
    local = start + timedelta(hours=8)
    counted, day = 0, local
    while counted < days:
        day += timedelta(days=1)
        on = day.date()
        weekday = on.isoweekday() <= 5 and on not in week.holidays
        counted += 1 if weekday or on in week.worked else 0
    assert found == day - timedelta(hours=8)


def test_thirty_days_are_thirty_times_24_hours():
    start = datetime(2026, 1, 31, 15, 30, tzinfo=UTC)
    assert due(start, "P30D", calendar="calendar", zone="Asia/Shanghai") == datetime(
        2026, 3, 2, 15, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("start", "deadline", "end"),
    [
        ("2024-01-31T10:00:00+08:00", "P1M", "2024-02-29T10:00:00+08:00"),
        ("2023-01-31T10:00:00+08:00", "P1M", "2023-02-28T10:00:00+08:00"),
        ("2024-02-29T10:00:00+08:00", "P1Y", "2025-02-28T10:00:00+08:00"),
        ("2024-12-31T23:30:00+08:00", "P2M", "2025-02-28T23:30:00+08:00"),
        # 00:30 in Shanghai is still the day before in UTC: the day of the month is Shanghai's.
        ("2024-03-01T00:30:00+08:00", "P1M", "2024-04-01T00:30:00+08:00"),
    ],
)
def test_months_keep_the_day_or_take_the_last(start, deadline, end):
    found = due(datetime.fromisoformat(start), deadline, calendar="calendar", zone="Asia/Shanghai")
    assert found == datetime.fromisoformat(end)
    assert found.tzinfo is UTC


def test_business_days_are_whole_days():
    with pytest.raises(ValueError, match="whole days"):
        due(FIRST, "PT36H", calendar="business", zone="Asia/Shanghai")
    with pytest.raises(ValueError, match="whole days"):
        due(FIRST, "P1M", calendar="business", zone="Asia/Shanghai")


def test_a_plain_week_is_monday_to_friday():
    monday = date(2026, 3, 2)
    assert [PLAIN_WEEK.works(monday + timedelta(days=n)) for n in range(7)] == [True] * 5 + [False] * 2
    assert PLAIN_WEEK.after(monday, 5) == date(2026, 3, 9)
    assert PLAIN_WEEK.after(monday, 0) == monday


def test_used_counts_in_thousandths_and_goes_beyond():
    end = FIRST + timedelta(hours=4)
    assert used(FIRST, end, FIRST + timedelta(hours=1)) == 250
    assert used(FIRST, end, FIRST + timedelta(hours=6)) == 1500
    assert used(FIRST, end, FIRST - timedelta(hours=1)) == 0
    assert used(FIRST, FIRST, FIRST) == 1000


def test_the_wall_date_is_the_zone_s():
    assert wall_date(datetime(2025, 10, 31, 16, 0, tzinfo=UTC), "Asia/Shanghai") == date(2025, 11, 1)


@pytest.mark.parametrize("text", ["4 hours", "", "P", "PT", "-PT4H", "P1.5M", "PTH"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match=r"duration|month"):
        span(text)


def test_a_fixed_length_has_no_months():
    assert elapsed("P1DT6H") == timedelta(hours=30)
    assert written(timedelta(hours=30)) == "P1DT6H"
    assert written(timedelta()) == "PT0S"
    with pytest.raises(ValueError, match="length varies"):
        elapsed("P1M")
