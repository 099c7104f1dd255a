import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendars import PLAIN_WEEK, Workdays
from domain.deadlines import counted, due, used, wall_date
from domain.duration import elapsed, span, written
from tests.domain import naive_deadlines

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
DICE = random.Random(790)  # noqa: S311 -- the cases must be the same every time
CALENDARS = ("continuous", "calendar", "business", "retention_minimum")
LENGTHS = {
    "continuous": [(0, hours) for hours in (0, 1, 2, 4, 6, 24, 36, 72)],
    "calendar": [(0, 72), (0, 120), (0, 720), (0, 1440), (1, 0), (2, 0), (12, 0), (1, 5)],
    "business": [(0, days) for days in (1, 2, 3, 4, 5, 6, 10, 15, 20)],
    "retention_minimum": [(6, 0), (24, 0), (36, 0), (60, 0)],
}
WEEKS = [
    ((), ()),
    *(naive_deadlines.somebody_s_week(DICE, FIRST.date(), LAST.date()) for _ in range(2)),
]
WORKDAYS = [Workdays(source="drawn by lot", holidays=off, worked=on) for off, on in WEEKS]
NUMBERED = [(naive_deadlines.numbers(off), naive_deadlines.numbers(on)) for off, on in WEEKS]


def text_of(calendar, length):
    months, amount = length
    if calendar == "business":
        return f"P{amount}D"
    if not months:
        return f"PT{amount}H" if amount % 24 or not amount else f"P{amount // 24}D"
    years = f"P{months // 12}Y" if months % 12 == 0 else f"P{months}M"
    return years if not amount else f"{years}T{amount}H"


def both(start, calendar, length, zone, counted_from, week):
    """The deadline by Tocsin, and by the naive reading."""
    begun = counted(start, counted_from, zone)
    found = due(begun, text_of(calendar, length), calendar=calendar, zone=zone, workdays=WORKDAYS[week])
    off, on = NUMBERED[week]
    again = naive_deadlines.naive_due(
        start,
        length,
        calendar,
        ZoneInfo(zone),
        counted_from=counted_from,
        holidays=off,
        worked=on,
    )
    return found, again


def drawn():
    """An instant of 2020 to 2040; often at a month's end, on 29 February, or about a change of the clocks."""
    start = FIRST + timedelta(seconds=DICE.randrange(SECONDS), microseconds=DICE.randrange(1_000_000))
    chance = DICE.random()
    if chance < 0.2:
        day = start.date().replace(day=1) - timedelta(days=DICE.choice((0, 1, 2, 3)))
    elif chance < 0.25:
        day = date(DICE.choice((2020, 2024, 2028, 2032, 2036, 2040)), 2, 29)
    elif chance < 0.45:
        day = DICE.choice(CHANGES) + timedelta(days=DICE.choice((-31, -30, -7, -3, -1, 0, 1)))
    else:
        return start
    return datetime.combine(day, start.timetz())


SECONDS = int((LAST - FIRST).total_seconds())
# The Sundays on which Brussels, London, New York, Toronto or Sydney change their clocks.
CHANGES = [
    date(year, month, day) + timedelta(days=6 - date(year, month, day).weekday())
    for year in range(2020, 2041)
    for month, day in ((3, 8), (3, 25), (4, 1), (10, 1), (10, 25), (11, 1))
]


def test_a_hundred_thousand_deadlines_agree_with_the_naive_reading():
    wrong = []
    for _ in range(100_000):
        calendar = DICE.choice(CALENDARS)
        case = (
            drawn(),
            calendar,
            DICE.choice(LENGTHS[calendar]),
            DICE.choice(ZONES),
            DICE.choice(("instant", "instant", "instant", "end_of_day")),
            DICE.randrange(len(WEEKS)),
        )
        found, again = both(*case)
        if found != again:
            wrong.append((case, found, again))
    assert wrong == []


@settings(max_examples=300)
@given(
    start=st.datetimes(datetime(2020, 1, 1), datetime(2039, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 -- bounds
    calendar=st.sampled_from(CALENDARS),
    data=st.data(),
    zone=st.sampled_from(ZONES),
    counted_from=st.sampled_from(["instant", "end_of_day", "end_of_year"]),
    week=st.integers(0, len(WEEKS) - 1),
)
def test_the_smallest_disagreement_would_be_shown(start, calendar, data, zone, counted_from, week):
    length = data.draw(st.sampled_from(LENGTHS[calendar]))
    found, again = both(start, calendar, length, zone, counted_from, week)
    assert found == again


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
