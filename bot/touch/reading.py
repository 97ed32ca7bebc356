"""[manners] of config/touch.toml and config/caps.toml → values. Every mistake is a complaint."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil
from pathlib import Path
from typing import Any, Literal, get_args

from bot.errors import Complaint
from bot.files.reader import Reader, Rule, setting
from bot.touch.caps import CEILING, HOURS, Cap, Caps, CorpRule, Profile, Subject
from bot.touch.hours import (
    DAY,
    KINDS,
    WEEKDAYS,
    DayKind,
    Intervals,
    TouchChannel,
    Windows,
    told,
    without,
)
from bot.touch.platform import Platform
from bot.touch.rules import Manners
from bot.touch.touch import Scenario, Span

_INTERVAL = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_HOLIDAY = "public_holiday"  # the kind of day, where a table "holiday" is a scenario's
_DAYS = (*KINDS, *WEEKDAYS, _HOLIDAY)
_CHANNELS = tuple(one for one in get_args(TouchChannel) if one)
_SCENARIOS = tuple(one.value for one in Scenario if one is not Scenario.REPLY)
_HOURS_CURE = 'Write hours of one day like "09:00-12:00"'
_PAGE = "see https://developer.work.weixin.qq.com/document/path"
Place = tuple[str, str]  # scenario, channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All that decides whether we may write, except for the calendar."""

    limits: Platform
    manners: Manners
    caps: Caps


def read_rules(
    root: Path, environ: Mapping[str, str], complaints: list[Complaint]
) -> Rules | None:
    """config/touch.toml and config/caps.toml of the workspace `root`; what they leave out has
    built-in values. None if a complaint says what is in the way."""
    touch = Reader("config/touch.toml", environ, complaints)
    how_much = Reader("config/caps.toml", environ, complaints)
    table = touch.table(root, needed=False)
    manners = read_manners(table.pop("manners", {}), touch)
    limits = touch.read(Platform, table)
    caps = read_caps(how_much.table(root, needed=False), limits or Platform(), how_much)
    if limits and limits.welcome_margin_s >= limits.welcome_s:
        touch.complain("welcome_margin_s", "leaves no time for a welcome", "Use less")
    if manners is None or limits is None or caps is None:
        return None
    return Rules(limits=limits, manners=manners, caps=caps)


def read_manners(table: Any, reader: Reader) -> Manners | None:
    """None when a complaint says what is in the way."""
    if not isinstance(table, dict):
        reader.complain("manners", "is no table", "Write [manners] on a line of its own")
        return None
    told_before = len(reader.complaints)
    quiet = _quiet(table.get("quiet", "21:00-09:00"), reader)
    tables = dict(_tables(table.get("windows", {}), "manners.windows", ("", ""), reader))
    windows = Windows(quiet=quiet, tables=tables)
    if len(reader.complaints) == told_before:
        _judge_windows(windows, reader)
    rest = {key: value for key, value in table.items() if key not in ("quiet", "windows")}
    manners = reader.read(Manners, rest, "manners.", windows=windows)
    return manners if len(reader.complaints) == told_before else None


def _quiet(value: Any, reader: Reader) -> Intervals:
    begin, end = _interval(value) or (-1, -1)
    if begin < 0:
        reader.complain("manners.quiet", f"{value!r} cannot be used", 'Write "21:00-09:00"')
        return ()
    if begin <= end:
        return ((begin, end),) if begin < end else ()
    parts = (0, end), (begin, DAY)
    return tuple((low, high) for low, high in parts if low < high)


def _interval(value: Any) -> tuple[int, int] | None:
    found = _INTERVAL.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    hours = [int(part) for part in found.groups()]
    begin, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    return (begin, end) if max(begin, end) <= DAY else None


def _tables(
    table: Any, at: str, place: Place, reader: Reader
) -> Iterator[tuple[Place, Mapping[str, Intervals]]]:
    """This table and those within it: of a scenario, of a channel."""
    if not isinstance(table, dict):
        reader.complain(at, "is no table", f'Write [{at}] and below it workday = ["09:00-21:00"]')
        return
    scenario, channel = place
    within = (*(() if scenario or channel else _SCENARIOS), *(() if channel else _CHANNELS))
    days: dict[str, Intervals] = {}
    for name, value in table.items():
        key = f"{at}.{name}"
        if name in within and not (name in _DAYS and isinstance(value, list)):  # both: "holiday"
            inner = (name, "") if name in _SCENARIOS else (scenario, name)
            yield from _tables(value, key, inner, reader)
        elif name in _DAYS:
            day = "holiday" if name == _HOLIDAY else name
            if day in days:
                reader.complain(key, "is said twice, as holiday too", "Make one of the two")
            days[day] = _intervals(value, key, reader)
        elif name == Scenario.REPLY:
            reader.complain(key, "answers know no hours", "Take it out")
        else:
            known = ", ".join((*_DAYS, *within))
            reader.complain(key, "unknown key", f"Known here: {known}")
    if days:
        yield place, days


def _intervals(value: Any, key: str, reader: Reader) -> Intervals:
    if not isinstance(value, list):
        reader.complain(key, "is no list", 'Write ["09:00-12:00", "14:00-21:00"], or [] for never')
        return ()
    found: list[tuple[int, int]] = []
    for number, text in enumerate(value):
        interval = _interval(text)
        if interval is None or interval[0] >= interval[1]:
            cure = f"{_HOURS_CURE}; what passes midnight is two"
            reader.complain(f"{key}[{number}]", f"{text!r} cannot be used", cure)
        elif any(begin < interval[1] and interval[0] < end for begin, end in found):
            problem = f"{text} overlaps another of that day"
            reader.complain(f"{key}[{number}]", problem, "Make one of the two")
        else:
            found.append(interval)
    return tuple(sorted(found))


def _judge_windows(windows: Windows, reader: Reader) -> None:
    """Complain of hours that contradict each other, and of windows that never open."""
    for place, days in windows.tables.items():
        for name, intervals in days.items():
            for interval in intervals:
                if not without((interval,), windows.quiet):
                    problem = f"{told((interval,))} lies in the quiet hours"
                    cure = "Change one of the two"
                    reader.complain(_key(place, name), problem, cure)
    for place in windows.tables or [("", "")]:
        of = [Scenario(place[0])] if place[0] else [Scenario(one) for one in _SCENARIOS]
        if not any(
            windows.on(weekday, kind, scenario, place[1])
            for scenario, (weekday, kind) in product(of, _kinds_of_days())
        ):
            key = _key(place) if windows.tables else "manners.quiet"
            cure = "Open it on some day, or stop the plans that need it"
            reader.complain(key, "this window never opens", cure)


def _key(place: Place, *more: str) -> str:
    return ".".join(part for part in ("manners", "windows", *place, *more) if part)


def _kinds_of_days() -> Sequence[tuple[int, DayKind]]:
    """The kinds that certainly occur: a make-up Saturday is not certain."""
    return [
        *((day, "workday") for day in range(5)),
        *((day, "weekend") for day in (5, 6)),
        *((day, "holiday") for day in range(7)),
    ]


# ---- caps


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A cap as written in the file."""

    subject: Subject = setting(where='Write subject = "customer"')
    scenario: Literal[
        "", "after_sales", "reminder", "holiday", "promotion", "free_moment", "personal"
    ] = ""
    span: Literal["", "hour", "day", "week", "month"] = ""
    most: int = setting(0, rule=Rule(lambda most: most > 0, "Use 1 or more"))
    gap_h: float = setting(0.0, rule=Rule(lambda gap: gap > 0, "Use hours above 0"))


def read_caps(table: dict[str, Any], limits: Platform, reader: Reader) -> Caps | None:
    """None when a complaint says what is in the way; an empty table gives what is built in."""
    if not table:
        return Caps()
    told_before = len(reader.complaints)
    reader.read(_Head, {key: value for key, value in table.items() if key != "profiles"})
    corp_rule, chosen = table.get("corp_rule", "month"), table.get("profile")
    profiles = table.get("profiles")
    if not isinstance(profiles, dict) or not profiles:
        cure = 'Write [profiles.2025] and below it caps = [{ subject = "customer", … }]'
        reader.complain("profiles", "there is none", cure)
        return None
    if isinstance(chosen, str) and chosen not in profiles:
        cure = f"Known here: {', '.join(profiles)}"
        reader.complain("profile", f"there is no profile {chosen!r}", cure)
    if corp_rule not in [*CEILING]:  # a list, since the file may hold anything
        return None
    found = {
        name: _profile(name, profile, corp_rule, limits, reader)
        for name, profile in profiles.items()
    }
    if len(reader.complaints) > told_before:
        return None
    return Caps(profile=str(chosen), profiles=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    profile: str = setting(where='Name the one that is in force: profile = "2025"')
    corp_rule: CorpRule = "month"


def _profile(name: str, table: Any, rule: CorpRule, limits: Platform, reader: Reader) -> Profile:
    at = f"profiles.{name}"
    rows = table.get("caps") if isinstance(table, dict) else None
    if not isinstance(rows, list) or set(table) != {"caps"}:
        reader.complain(at, "is not a list of caps", f"Write [{at}] and below it caps = […]")
        return Profile(name=name)
    caps: list[Cap] = []
    for number, row in enumerate(rows):
        cap = _cap(row, f"{at}.caps[{number}]", reader)
        if cap is not None and _is_sound(cap, caps, rule, limits, f"{at}.caps[{number}]", reader):
            caps.append(cap)
    return Profile(name=name, caps=tuple(caps), corp_rule=rule)


def _cap(row: Any, at: str, reader: Reader) -> Cap | None:
    if not isinstance(row, dict):
        reader.complain(at, "is no cap", '{ subject = "customer", span = "day", most = 1 }')
        return None
    read = reader.read(_Row, row, f"{at}.")
    if read is None:
        return None
    if bool(read.span) != bool(read.most):
        reader.complain(at, "a span needs a number, and a number a span", "Write both")
        return None
    if not read.most and not read.gap_h:
        reader.complain(at, "it caps nothing", "Add span and most, or gap_h")
        return None
    if read.scenario and read.subject != "customer":
        problem = f"{read.subject} is not counted by scenario"
        reader.complain(f"{at}.scenario", problem, "Take it out, or write customer")
        return None
    span: Span | None = read.span or None
    scenario = Scenario(read.scenario) if read.scenario else None
    return Cap(
        subject=read.subject, scenario=scenario, span=span, most=read.most, gap_h=read.gap_h
    )


def _is_sound(
    cap: Cap, others: Sequence[Cap], rule: CorpRule, limits: Platform, at: str, reader: Reader
) -> bool:
    """Whether it is no looser than WeCom allows, and not at odds with those before it."""
    ceiling, page = _ceiling(cap, rule, limits)
    if cap.most > ceiling:
        problem = f"{cap.most} is looser than WeCom, which allows {ceiling}"
        reader.complain(f"{at}.most", problem, f"Use at most {ceiling}; {_PAGE}/{page}")
        return False
    gap_h = max((one.gap_h for one in (cap, *others) if one.key == cap.key), default=0.0)
    spans = [one for one in (cap, *others) if one.span and one.key == cap.key]
    for one in spans if gap_h else ():
        fits = ceil(HOURS[one.span or "day"] / gap_h)
        if one.most > fits:
            problem = f"{one.most} a {one.span} contradicts {gap_h:g} h between two"
            reader.complain(at, problem, f"Use at most {fits}, or a shorter gap_h")
            return False
    for other in others:
        problem = _contradiction(cap, other)
        if problem:
            reader.complain(at, problem, "Change or take out one of the two")
            return False
    return True


def _ceiling(cap: Cap, rule: CorpRule, limits: Platform) -> tuple[int, int]:
    """The most that WeCom allows there, and the page that says so."""
    if cap.subject == "mass" and cap.span:
        return CEILING[rule][cap.span], 92135
    if cap.subject == "member" and cap.span == "hour":
        return limits.app_per_hour, 90454
    return cap.most, 0


def _contradiction(cap: Cap, other: Cap) -> str:
    """Why the two cannot both be meant; "" if they can."""
    if not cap.span or not other.span:
        return (
            "the gap is said twice" if cap.key == other.key and cap.gap_h and other.gap_h else ""
        )
    if cap.key == other.key:
        if cap.span == other.span:
            return f"{cap.key} a {cap.span} is said twice"
        short, long = sorted((cap, other), key=lambda one: HOURS[one.span or "day"])
        if short.most > long.most:
            return f"{short.most} a {short.span} contradicts {long.most} a {long.span}"
    if cap.subject == other.subject and cap.span == other.span:
        part, whole = sorted((cap, other), key=lambda one: one.scenario is None)
        if whole.scenario is None and part.most > whole.most:
            return f"{part.most} {part.scenario} of {whole.most} a {whole.span} altogether"
    return ""
