"""The fiscal calendar of an organization: years that begin on a day of their own, cut into periods."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS_OF_A_PERIOD = 4


@dataclass(frozen=True, slots=True)
class FiscalSettings:
    """When fiscal years begin and how they are divided.

    Attributes:
        month: month of the first day.
        day: day of the month of the first day.
        periods: periods a year: 1, 2, 4, 12, or 13 of four weeks (the last one lasts until the year ends).
        named_by_end: a year has the number of the calendar year in which it ends, not of that in which it begins.
    """

    month: int = 1
    day: int = 1
    periods: int = 4
    named_by_end: bool = False

    def first_day(self, year: int) -> date:
        """The first day of the fiscal year of that number.

        >>> FiscalSettings(month=7).first_day(2024)
        datetime.date(2024, 7, 1)
        >>> FiscalSettings(month=7, named_by_end=True).first_day(2024)
        datetime.date(2023, 7, 1)
        """
        begins = year - 1 if self.named_by_end and (self.month, self.day) != (1, 1) else year
        return date(begins, self.month, min(self.day, monthrange(begins, self.month)[1]))

    def period_start(self, year: int, period: int) -> date:
        """The first day of a period; ``period`` may lie outside the year (0 is the last one of the year before).

        >>> FiscalSettings().period_start(2024, 5)
        datetime.date(2025, 1, 1)
        """
        years, period = divmod(period - 1, self.periods)
        first = self.first_day(year + years)
        if self.periods == 13:
            return first + timedelta(weeks=WEEKS_OF_A_PERIOD * period)
        months = first.month - 1 + period * (12 // self.periods)
        begins, month = first.year + months // 12, months % 12 + 1
        return date(begins, month, min(self.day, monthrange(begins, month)[1]))

    def year_of(self, day: date) -> int:
        """The number of the fiscal year in which a day lies.

        >>> FiscalSettings(month=7).year_of(date(2024, 6, 30))
        2023
        """
        guess = day.year + 1 if day.year < date.max.year - 1 else day.year
        while self.first_day(guess) > day:
            guess -= 1
        return guess

    def period_of(self, day: date) -> tuple[int, int]:
        """The fiscal year of a day and its period there, from 1.

        >>> FiscalSettings(month=7).period_of(date(2024, 6, 30))
        (2023, 4)
        """
        year = self.year_of(day)
        period = self.periods
        while self.period_start(year, period) > day:
            period -= 1
        return year, period
