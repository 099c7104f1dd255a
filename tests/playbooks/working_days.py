"""Writes the calendars of working days under `playbooks/law/calendars/` from libraries, never from memory.

Run after a new year's days are published and the library knows them, with the years below raised:
    .venv/bin/python tests/playbooks/working_days.py
"""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import holidays

CALENDARS = Path(__file__).parents[2] / "playbooks" / "law" / "calendars"
# Each year of China's is published by itself; the others follow from rules that stand in their laws.
YEARS = {"cn": (2020, 2026), "us-federal": (2020, 2030), "br": (2020, 2030)}
SOURCES = {
    "cn": "国务院办公厅关于部分节假日安排的通知, one for each year, with the longer Spring Festival of 2020",
    "us-federal": "the federal holidays of the United States, with the days on which they are observed",
    "br": "the national holidays of Brazil",
}


def days(name: str) -> tuple[list[date], list[date]]:
    """The weekdays that are not worked and the weekend days that are, by the library."""
    first, last = YEARS[name]
    day, off, on = date(first, 1, 1), [], []
    country = (
        None if name == "cn" else holidays.country_holidays(name[:2].upper(), years=range(first, last + 1))
    )
    while day <= date(last, 12, 31):
        works = (
            chinese_calendar.is_workday(day) if country is None else day.weekday() < 5 and day not in country
        )
        if day.weekday() < 5 and not works:
            off.append(day)
        if day.weekday() >= 5 and works:
            on.append(day)
        day += timedelta(days=1)
    return off, on


def written(name: str) -> str:
    """The calendar's file."""
    off, on = days(name)
    lines = [
        "# Written by tests/playbooks/working_days.py from a library's data; a test holds it against them.",
        f"source: {SOURCES[name]}",
        f"until: {YEARS[name][1]}-12-31",
    ]
    for key, chosen in (("holidays", off), ("worked", on)):
        if chosen:
            lines.append(f"{key}: [")
            for year in range(YEARS[name][0], YEARS[name][1] + 1):
                of_year = [day.isoformat() for day in chosen if day.year == year]
                lines += [
                    f"  {', '.join(of_year[start : start + 8])}," for start in range(0, len(of_year), 8)
                ]
            lines.append("]")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    CALENDARS.mkdir(exist_ok=True)
    for calendar in YEARS:
        (CALENDARS / f"{calendar}.yaml").write_text(written(calendar), encoding="utf-8")
