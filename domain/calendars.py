"""Which days are working days: the week, the holidays, and the weekend days that are worked instead."""

from datetime import date, timedelta
from functools import cached_property

from pydantic import Field

from domain.lean import Lean

SATURDAY = 5


class Workdays(Lean):
    """A published calendar of working days; beyond what it lists, Monday to Friday are worked."""

    source: str
    until: date | None = Field(default=None, description="the last day that the source tells of")
    holidays: tuple[date, ...] = ()
    worked: tuple[date, ...] = Field(default=(), description="weekend days that are worked instead")

    def works(self, day: date) -> bool:
        """Whether a day is a working day."""
        if day in self._worked:
            return True
        return day.weekday() < SATURDAY and day not in self._holidays

    def after(self, day: date, count: int) -> date:
        """Find the working day that is `count` working days after a day, which does not count itself."""
        while count > 0:
            day += timedelta(days=1)
            count -= self.works(day)
        return day

    @cached_property
    def _holidays(self) -> frozenset[date]:
        return frozenset(self.holidays)

    @cached_property
    def _worked(self) -> frozenset[date]:
        return frozenset(self.worked)


PLAIN_WEEK = Workdays(source="Monday to Friday")
