"""The company's calendar: which kind of day a date is, and which occasions fall on it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from itertools import chain
from typing import Literal, NamedTuple

from bot.errors import Complaint
from bot.touch.calendar import birthday, official, rules
from bot.touch.calendar.company import FILE, CompanyDays, Occasion, fold, public_occasions

Kind = Literal["workday", "weekend", "holiday", "makeup"]
_SATURDAY = 5
_NUMERALS = "〇一二三四五六七八九十0123456789"
_YEARS = 30  # nobody plans further ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    date: date
    kind: Kind
    name: str = ""  # why: "春节", "春节调休上班", the name of a company's day
    name_en: str = ""
    forecast: bool = False  # the year's holidays are not published yet: these are expected by rule

    @property
    def works(self) -> bool:
        return self.kind in ("workday", "makeup")


class Names(NamedTuple):
    zh: str
    en: str


class _Year(NamedTuple):
    days: Mapping[date, Day]
    occasions: Mapping[date, tuple[str, ...]]


class Calendar:
    """Pure, but for a cache of years. Valid for 1900–2100.

    Occasions are named by id or by any of their names: mid_autumn, 中秋节, 中秋.
    """

    def __init__(self, days: CompanyDays | None = None) -> None:
        own = days or CompanyDays()
        self.hours = own.hours  # the hour that 上午 stands for
        self._official = own.official
        self._occasions = {one.id: one for one in (*public_occasions(), *own.occasions)}
        self._ids = {fold(name): one.id for one in self._occasions.values() for name in one.names}
        self._years: dict[int, _Year] = {}
        self._dates: dict[tuple[str, int], tuple[date, ...]] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._occasions)

    def day(self, day: date) -> Day:
        return self._year(day.year).days[day]

    def occasions(self, day: date) -> tuple[str, ...]:
        """Ids of festivals, solar terms and company days that begin on this day."""
        return self._year(day.year).occasions.get(day, ())

    def known(self, occasion: str) -> bool:
        return fold(occasion) in self._ids

    def find(self, name: str) -> str | None:
        """The id of an occasion by any of its names."""
        return self._ids.get(fold(name))

    def mentioned(self, text: str) -> frozenset[str]:
        """Ids of the occasions that a text names; 双十一 does not name 十一."""
        found, rest = set[str](), fold(text)
        for name in sorted(self._ids, key=len, reverse=True):
            if name not in rest:
                continue
            alone = f"(?<![双{_NUMERALS}])" if name[0] in _NUMERALS else ""
            rest, times = re.subn(alone + re.escape(name), " ", rest)
            if times:
                found.add(self._ids[name])
        return frozenset(found)

    def similar(self, name: str) -> str | None:
        """The id that somebody may have meant by an unknown name."""
        near = get_close_matches(fold(name), self._ids, 1)
        return self._ids[near[0]] if near else None

    def names(self, occasion: str) -> Names:
        """Raises: LookupError: there is no such occasion."""
        found = self._occasions[self._id(occasion)]
        return Names(found.zh, found.en)

    def spoken(self) -> Mapping[str, str]:
        """Every name as it is written → id."""
        return {name: one.id for one in self._occasions.values() for name in one.names}

    def rules_of(self, occasion: str) -> tuple[rules.Rule, ...]:
        """By which its dates are computed: its own, and those of the days that it counts from;
        none where there is no such occasion."""
        found: list[rules.Rule] = []
        name = self.find(occasion)
        while name:
            found.append(when := self._occasions[name].when)
            name = when.base if isinstance(when, rules.Relative) else None
        return tuple(found)

    def dates(self, occasion: str, year: int) -> tuple[date, ...]:
        """All dates of a year on which it begins; by the moon there may be none or two.

        Raises:
            LookupError: there is no such occasion.
        """
        return self._of(self._id(occasion), year)

    def next(self, occasion: str, after: date) -> date:
        """The first date later than `after` on which it begins.

        Raises:
            LookupError: there is no such occasion, or it never comes again.
        """
        name = self._id(occasion)
        for year in range(after.year, after.year + _YEARS):
            for day in self._of(name, year):
                if day > after:
                    return day
        raise LookupError(f"{occasion!r} does not come again after {after}")

    def birthday(self, text: str, year: int) -> date:
        """Where a birthday falls in the year of its calendar that begins in `year`.

        One by the moon (L12-08) may fall into the next year of the sun.

        Raises:
            ValueError: the text is no birthday.
        """
        return birthday.parse(text).begun(year)

    def next_birthday(self, text: str, after: date) -> date:
        """The first later than `after`. Raises ValueError as `birthday` does."""
        born = birthday.parse(text)
        years = range(after.year - 1, after.year + 2)
        return next(day for year in years if (day := born.begun(year)) > after)

    def birthdays_on(self, day: date) -> tuple[str, ...]:
        """All texts of birthdays, as they are kept, that are celebrated on this day."""
        return tuple(map(str, birthday.on(day)))

    def doubts(self, today: date) -> tuple[Complaint, ...]:
        """Warnings about days within 90 days that are only expected, for `huashu check`."""
        return tuple(map(self._doubt, self.expected(today, 90)))

    def expected(self, today: date, days: int) -> tuple[int, ...]:
        """The years within so many days whose holidays are expected by rule only."""
        years = sorted({today.year, (today + timedelta(days=days)).year})
        return tuple(year for year in years if self._arranged(year).forecast)

    def _doubt(self, year: int) -> Complaint:
        return Complaint(
            FILE,
            f"official.{year}",
            f"the public holidays of {year} are not announced yet: they are expected by rule, "
            "without make-up workdays",
            f"Once they are published: pip install -U chinesecalendar, or write [official.{year}]",
        )

    def _id(self, occasion: str) -> str:
        found = self.find(occasion)
        if found is None:
            raise LookupError(f"there is no occasion {occasion!r}")
        return found

    def _of(self, name: str, year: int) -> tuple[date, ...]:
        key = (name, year)
        if key not in self._dates:
            found = rules.dates(self._occasions[name].when, year, self._of)
            self._dates[key] = tuple(sorted(found))
        return self._dates[key]

    def _arranged(self, year: int) -> official.Arrangement:
        return self._official.get(year) or official.arrangement(year)

    def _year(self, year: int) -> _Year:
        if year not in self._years:
            self._years[year] = self._built(year)
        return self._years[year]

    def _built(self, year: int) -> _Year:
        first = date(year, 1, 1)
        length = (date(year, 12, 31) - first).days + 1
        every = [first + timedelta(days=step) for step in range(length)]
        named: dict[date, list[str]] = {day: [] for day in every}
        for name in self._occasions:
            for day in self._of(name, year):
                named[day].append(name)
        arranged, own = self._arranged(year), self._own(year)
        days = {day: self._kind(day, arranged, own.get(day)) for day in every}
        return _Year(days, {day: tuple(names) for day, names in named.items() if names})

    def _own(self, year: int) -> Mapping[date, Occasion]:
        """Days on which the company is closed or open unlike others; the last entry decides."""
        own = [one for one in self._occasions.values() if one.shop != "as_usual"]
        return {
            begins + timedelta(days=step): one
            for one in own
            for begins in chain(self._of(one.id, year - 1), self._of(one.id, year))
            for step in range(one.lasts)
        }

    def _kind(self, day: date, arranged: official.Arrangement, own: Occasion | None) -> Day:
        if own is not None:
            kind: Kind = "holiday" if own.shop == "closed" else "makeup"
            name, name_en = own.zh, own.en
        elif day in arranged.off:
            kind, (name, name_en) = "holiday", self._named(arranged.off[day])
        elif day in arranged.work:
            kind, (name, name_en) = "makeup", self._named(arranged.work[day])
            name, name_en = f"{name}调休上班", f"make-up {name_en}".strip()
        else:
            kind, name, name_en = "weekend" if day.weekday() >= _SATURDAY else "workday", "", ""
        return Day(date=day, kind=kind, name=name, name_en=name_en, forecast=arranged.forecast)

    def _named(self, festival: str) -> Names:
        return self.names(festival) if festival else Names("", "")
