"""Occasions, public and of the company: festivals.toml beside this file, config/calendar.toml."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal

from bot.errors import Complaint
from bot.files.reader import Reader, Rule, setting
from bot.touch.calendar import rules
from bot.touch.calendar.official import Arrangement, forecast, nearest

FILE = "config/calendar.toml"
_ID = re.compile(r"[a-z][a-z0-9_]*")
_SPAN = re.compile(r"(\d{4}-\d\d-\d\d)(?: to (\d{4}-\d\d-\d\d))?")
_LONGEST = 60  # days; a longer gap is a mistake, or no occasion
_SPANS = 'Write off = ["2027-02-05 to 2027-02-12"] and work = ["2027-02-20"]'


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    id: str
    zh: str
    en: str
    when: rules.Rule
    also: tuple[str, ...] = ()  # other names for it
    lasts: int = 1  # days; plans look at the first, opening at all of them
    shop: Literal["as_usual", "closed", "open"] = "as_usual"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.id, self.zh, self.en, *self.also)


_HOUR = Rule(lambda hour: 0 <= hour <= 23, "An hour, 0 to 23")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The hour that 上午 and the like stand for: table [hours]."""

    dawn: int = setting(7, rule=_HOUR)  # 清晨
    early: int = setting(9, rule=_HOUR)  # 早上
    morning: int = setting(10, rule=_HOUR)  # 上午
    noon: int = setting(12, rule=_HOUR)  # 中午
    afternoon: int = setting(15, rule=_HOUR)  # 下午
    dusk: int = setting(18, rule=_HOUR)  # 傍晚
    evening: int = setting(20, rule=_HOUR)  # 晚上
    day: int = setting(10, rule=_HOUR)  # of who says no time at all


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyDays:
    """The company's own days, and years whose public holidays it entered by itself."""

    occasions: tuple[Occasion, ...] = ()
    hours: Hours = field(default_factory=Hours)
    official: Mapping[int, Arrangement] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    on: str = setting(where=rules.CURE)
    zh: str = setting(where='Add zh = "…", as staff call it')
    en: str = setting("")
    also: tuple[str, ...] = setting(())
    lasts: int = setting(1, rule=Rule(lambda days: 1 <= days <= _LONGEST, f"1 to {_LONGEST} days"))
    shop: Literal["as_usual", "closed", "open"] = setting("as_usual")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Official:
    off: tuple[str, ...] = setting(where=_SPANS)
    work: tuple[str, ...] = setting(())


def fold(name: str) -> str:
    """The form in which names are compared: 6·18, 6.18 and 618 stay different, Mid-Autumn and
    mid_autumn do not."""
    return re.sub(r"[\s_'’\-]+", "", unicodedata.normalize("NFKC", name).casefold())


@cache
def public_occasions() -> tuple[Occasion, ...]:
    complaints: list[Complaint] = []
    reader = Reader("festivals.toml", {}, complaints)
    table = reader.table(Path(__file__).parent, needed=True)
    return tuple(_occasions(table["days"], reader))


def read_days(root: Path, complaints: list[Complaint]) -> CompanyDays:
    """config/calendar.toml of the workspace `root`; without such a file no days of its own."""
    reader = Reader(FILE, {}, complaints)
    table = reader.table(root, needed=False)
    for key in [key for key in table if key not in ("days", "hours", "official")]:
        reader.complain(key, "unknown key", "Known here: [days.ID], [hours] and [official.YEAR]")
    days, official = (_part(table, part, reader) for part in ("days", "official"))
    found = tuple(_occasions(days, reader))
    named = tuple(_unambiguous(found, reader))
    kept = tuple(one for one in named if _is_grounded(one, named, reader))
    hours = reader.part(table.get("hours", {}), "hours")
    return CompanyDays(
        occasions=kept,
        hours=reader.read(Hours, hours, "hours.") or Hours(),
        official=dict(_arrangements(official, reader)),
    )


def _part(table: Mapping[str, Any], part: str, reader: Reader) -> dict[str, dict[str, Any]]:
    found = table.get(part, {})
    tables = found if isinstance(found, dict) else {part: found}
    for key, value in tables.items():
        if not isinstance(value, dict):
            reader.complain(f"{part}.{key}", "is no table", f"Write [{part}.…] above its keys")
    return {key: value for key, value in tables.items() if isinstance(value, dict)}


def _occasions(tables: Mapping[str, Mapping[str, Any]], reader: Reader) -> Iterator[Occasion]:
    for name, table in tables.items():
        at = f"days.{name}"
        if not _ID.fullmatch(name):
            cure = "Small letters, digits and _, a letter first; the Chinese name goes into zh"
            reader.complain(at, "is no id", cure)
        entry = reader.read(_Entry, table, f"{at}.")
        if entry is None:
            continue
        try:
            when = rules.parse(entry.on)
        except ValueError as error:
            reader.complain(f"{at}.on", str(error), rules.CURE)
            continue
        yield Occasion(
            id=name,
            zh=entry.zh,
            en=entry.en or entry.zh,
            when=when,
            also=entry.also,
            lasts=entry.lasts,
            shop=entry.shop,
        )


def _unambiguous(found: tuple[Occasion, ...], reader: Reader) -> Iterator[Occasion]:
    """Those whose names are unique: `known` maps a name to where it is used."""
    known = {
        fold(name): f"the public {one.id}" for one in public_occasions() for name in one.names
    }
    for one in found:
        taken = [(name, known[fold(name)]) for name in one.names if fold(name) in known]
        for name, where in taken[:1]:
            cure = f"Leave it out, or choose another {'id' if name == one.id else 'name'}"
            reader.complain(f"days.{one.id}", f"{name!r} hides {where}", cure)
        if not taken:
            known |= {fold(name): f"[days.{one.id}]" for name in one.names}
            yield one


def _is_grounded(one: Occasion, company: tuple[Occasion, ...], reader: Reader) -> bool:
    """Whether "festival - 7", followed from base to base, ends at a day of its own."""
    known = {other.id: other for other in (*public_occasions(), *company)}
    when, seen, key = one.when, [one.id], f"days.{one.id}.on"
    while isinstance(when, rules.Relative):
        if when.base in seen:
            cure = "Give one of them a day of its own"
            reader.complain(key, f"{' → '.join((*seen, when.base))} is a circle", cure)
            return False
        if when.base not in known:
            near = get_close_matches(when.base, known, 1)
            cure = f"Did you mean {near[0]}?" if near else "Name the id of an occasion"
            reader.complain(key, f"nobody knows {when.base!r}", cure)
            return False
        seen.append(when.base)
        when = known[when.base].when
    return True


def _arrangements(
    tables: Mapping[str, Mapping[str, Any]], reader: Reader
) -> Iterator[tuple[int, Arrangement]]:
    for name, table in tables.items():
        at = f"official.{name}"
        if not re.fullmatch(r"(19|20)\d\d", name):
            reader.complain(at, "is no year", "Write [official.2027]")
            continue
        entry = reader.read(_Official, table, f"{at}.")
        if entry is not None:
            year = int(name)
            off = _spans(entry.off, year, f"{at}.off", reader)
            work = _spans(entry.work, year, f"{at}.work", reader)
            for day in sorted(off & work):
                reader.complain(f"{at}.work", f"{day} is off too", "Leave it in one of the two")
            expected = forecast(year).off
            named = {day: expected.get(day) or nearest(day, expected) for day in sorted(off)}
            worked = {day: nearest(day, named) for day in sorted(work - off)}
            yield year, Arrangement(off=named, work=worked)


def _spans(texts: tuple[str, ...], year: int, key: str, reader: Reader) -> frozenset[date]:
    days: set[date] = set()
    for text in texts:
        try:
            days |= _span(text, year)
        except ValueError as error:
            reader.complain(key, f"{text!r}: {error}", _SPANS)
    return frozenset(days)


def _span(text: str, year: int) -> set[date]:
    """Raises: ValueError: it is none."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError("is no day")
    first, last = date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1])
    days = (last - first).days
    if not 0 <= days < _LONGEST:
        raise ValueError(f"is no span of 1 to {_LONGEST} days")
    if first.year != year or last.year != year:
        raise ValueError(f"is not in {year}")
    return {first + timedelta(days=step) for step in range(days + 1)}
