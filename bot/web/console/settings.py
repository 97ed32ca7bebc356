"""When and how much we may write: the hours of a week as a picture, caps, profiles."""

import asyncio
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import tomlkit
from aiohttp import web
from tomlkit.items import Table

from bot.errors import ConfigError
from bot.files.textfile import parse_toml
from bot.store.desk.audit import lines_changed
from bot.store.desk.staff import Role
from bot.telling.complaints import line
from bot.touch.hours import DAY, KINDS, WEEKDAYS, DayKind, Intervals, told
from bot.touch.rules import Manners
from bot.touch.touch import Scenario
from bot.web.console import caps_form
from bot.web.route import Route
from bot.web.visit import Visit
from bot.workspace.config_files import AT_THE_START, FILES, ChangedMeanwhile, ConfigFiles

DAYS = {
    "mon": ("周一", "Mon"), "tue": ("周二", "Tue"), "wed": ("周三", "Wed"),
    "thu": ("周四", "Thu"), "fri": ("周五", "Fri"), "sat": ("周六", "Sat"),
    "sun": ("周日", "Sun"), "workday": ("工作日", "Workdays"), "weekend": ("周末", "Weekends"),
    "holiday": ("公共假期", "Holidays"), "makeup": ("调休上班", "Make-up days"),
}  # fmt: skip
SCENARIOS = {
    "": ("全部消息", "everything"),
    "after_sales": ("售后跟进", "after-sales"),
    "reminder": ("重要提醒", "reminders"),
    "holiday": ("重要节日", "holidays"),
    "promotion": ("大促", "promotions"),
    "free_moment": ("客户有空的时刻", "free moments"),
}
CHANNELS = {
    "": ("全部渠道", "every channel"), "contact": ("客户联系", "contacts"),
    "kf": ("微信客服", "customer service"),
    "app": ("给同事的待办", "to-dos for members"), "group": ("客户群", "posts in groups"),
}  # fmt: skip
SUBJECTS = {
    "customer": ("每位客户", "each customer"),
    "mass": ("每位客户收到的群发", "mass messages to each customer"),
    "group": ("每个客户群", "each customer group"),
    "member": ("每位同事的待办", "to-dos of each member"),
    "moment": ("每位客户看到的朋友圈", "moments that each customer sees"),
}
SPANS = {
    "hour": ("每小时", "an hour"), "day": ("每天", "a day"), "week": ("每周", "a week"),
    "month": ("每月", "a month"),
}  # fmt: skip
PROFILES = {  # those that ship
    "2025": (
        "新的做法：少，而且每条都值得点开",
        "the newer way: few, and every one worth opening",
    ),
    "2020": (
        "早些年的做法：群发每周一条，朋友圈每天一条",
        "the older way: one mass message a week, one moment a day",
    ),
}
CAPPED = ("most", "gap_h")
Caps = Sequence[Mapping[str, Any]]  # one profile's, as in the file
ABOUT = {
    "touch.toml": ("时段与限额", "Hours and limits"), "caps.toml": ("次数上限", "Caps"),
    "calendar.toml": ("公司的日子", "Our days"), "segments.toml": ("人群", "Segments"),
    "groups.toml": ("客户群", "Groups"), "moments.toml": ("朋友圈", "Moments"),
    "channels.toml": ("渠道码", "Channel codes"), "tagging.toml": ("自动打标签", "Tags"),
    "customers.toml": ("客户资料", "Customers"),
    "referral.toml": ("老带新", "Referrals"),
    "signals.toml": ("商城信号", "The shop's signals"),
    "forbidden.toml": ("不能说的词", "Forbidden words"),
    "bot.toml": ("企业与接入", "Company and WeCom"),
}  # fmt: skip
# The rows of the picture: a day of the week and what kind of day it is.
ROWS: Sequence[tuple[str, int, DayKind]] = (
    *((name, number, "workday") for number, name in enumerate(WEEKDAYS[:5])),
    *((name, number, "weekend") for number, name in enumerate(WEEKDAYS[5:], 5)),
    ("holiday", 2, "holiday"),
    ("makeup", 5, "makeup"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One row of the picture. Minutes of a day."""

    name: str
    open: Intervals
    words: str


def routes() -> Iterable[Route]:
    path = "/console/settings"
    yield Route("GET", path, show, Role.OPERATOR)  # planning needs the hours
    yield Route("POST", path + "/windows", change_windows, Role.ADMIN)
    yield Route("POST", path + "/caps", change_caps, Role.ADMIN)
    yield Route("GET", path + "/files/{name}", show_file, Role.ADMIN)
    yield Route("POST", path + "/files/{name}", change_file, Role.ADMIN)


async def show(
    visit: Visit,
    wrong: Sequence[str] = (),
    status: int = 200,
    at: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> web.Response:
    """`at`: what is wrong with the numbers of the submitted profile, by field."""
    scenario, channel = _place(visit)
    files = _files(visit)
    hours, numbers = files.read("touch.toml"), files.read("caps.toml")
    manners, caps = _part(_table(hours.text), "manners"), _table(numbers.text)
    rules = visit.office.touching.rules
    return visit.html(
        "console/settings.html",
        status=status, wrong=wrong, scenario=scenario, channel=channel,
        scenarios=SCENARIOS, channels=CHANNELS, days=DAYS, subjects=SUBJECTS, spans=SPANS,
        quiet=visit.asked("quiet") or manners.get("quiet", "21:00-09:00"),
        own=_typed(visit) or _own(manners, scenario, channel),
        rows=drawn(rules.policy.manners, scenario, channel), minutes=DAY,
        profile=caps.get("profile", ""), files=FILES, about_profiles=PROFILES, caps_wrong=bool(at),
        profiles={
            name: caps_form.rows(some, *_sent(visit, name, some, at))
            for name, some in _profiles(caps).items()
        },
        hours_digest=hours.digest, caps_digest=numbers.digest,
        refused=[line(one, visit.language) for one in rules.complaints],
    )  # fmt: skip


def _place(visit: Visit) -> tuple[str, str]:
    scenario, channel = visit.asked("scenario"), visit.asked("channel")
    return (scenario if scenario in SCENARIOS else "", channel if channel in CHANNELS else "")


def _files(visit: Visit) -> ConfigFiles:
    office = visit.office
    return ConfigFiles(
        office.settings.root, office.zone, lambda: [one.id for one in office.desk.edition.library]
    )


def drawn(manners: Manners, scenario: str, channel: str) -> list[Drawn]:
    """The open hours of a week for a scenario; "everything" shows those of a reminder."""
    chosen = Scenario(scenario) if scenario else Scenario.REMINDER
    return [
        Drawn(name=name, open=found, words=told(found) or "—")
        for name, weekday, kind in ROWS
        for found in [manners.windows.on(weekday, kind, chosen, channel)]
    ]


def _typed(visit: Visit) -> Mapping[str, str]:
    """What somebody just typed and has to correct."""
    return {name: hours for name in DAYS if (hours := visit.asked(f"day.{name}"))}


def _table(text: str) -> Mapping[str, Any]:
    """What a file says; empty while it has mistakes, which the page shows."""
    try:
        return parse_toml(text)
    except tomllib.TOMLDecodeError:
        return {}


def _part(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = table.get(name)
    return part if isinstance(part, Mapping) else {}


def _profiles(table: Mapping[str, Any]) -> Mapping[str, Caps]:
    """The caps of each profile of caps.toml, by its name."""
    profiles = _part(table, "profiles")
    found = {name: _part(profiles, name).get("caps") for name in profiles}
    return {
        name: caps
        for name, caps in found.items()
        if isinstance(caps, list) and all(isinstance(cap, dict) for cap in caps)
    }


def _own(manners: Mapping[str, Any], scenario: str, channel: str) -> Mapping[str, str]:
    """The file's own lines for this scenario and channel, by day."""
    days = _part(manners, "windows")
    for part in filter(None, (scenario, channel)):
        days = _part(days, part)
    return {
        name: ", ".join(map(str, value)) if value else "-"
        for name, value in days.items()
        if name in DAYS and isinstance(value, list)
    }


async def change_windows(visit: Visit) -> web.Response:
    """A line for each day: hours separated by commas, "-" for closed, empty for "as above"."""
    scenario, channel = _place(visit)

    def change(document: tomlkit.TOMLDocument) -> None:
        manners = document.setdefault("manners", tomlkit.table())
        manners["quiet"] = visit.asked("quiet")
        table = manners.setdefault("windows", tomlkit.table())
        for part in (scenario, channel):
            if part:
                table = table.setdefault(part, tomlkit.table())
        for name in (*KINDS, *WEEKDAYS):
            _set_day(table, name, visit.asked(f"day.{name}"))

    details = f"{scenario or '*'} {channel or '*'}"
    return await _change(visit, "touch.toml", change, f"windows of {details}")


def _set_day(table: Table, name: str, text: str) -> None:
    if not text:
        table.pop(name, None)
        return
    hours = [] if text in ("-", "—") else text.replace("，", ",").replace("、", ",").split(",")
    table[name] = [part.strip() for part in hours if part.strip()]


def _sent(
    visit: Visit, name: str, caps: Caps, at: Mapping[str, Sequence[str]]
) -> tuple[Mapping[str, str], Mapping[str, Sequence[str]]]:
    """What somebody typed for this profile, and what is wrong with it."""
    return (_numbers(visit, caps), at) if name == visit.asked("of") else ({}, {})


def _numbers(visit: Visit, caps: Caps) -> dict[str, str]:
    names = (f"{part}.{number}" for number in range(len(caps)) for part in CAPPED)
    return {name: value for name in names if (value := visit.asked(name))}


async def change_caps(visit: Visit) -> web.Response:
    """Change which profile is in force, and the numbers of one profile."""
    of, files = visit.asked("of"), _files(visit)
    typed = _numbers(visit, _profiles(_table(files.read("caps.toml").text)).get(of, ()))
    if unread := caps_form.unreadable(typed):
        no_number = [visit.t(*caps_form.NO_NUMBER)]
        return await show(visit, status=422, at=dict.fromkeys(unread, no_number))

    def change(document: tomlkit.TOMLDocument) -> None:
        if chosen := visit.asked("profile"):
            document["profile"] = chosen
        for number, cap in enumerate(document["profiles"][of]["caps"] if of else ()):
            for field in CAPPED:
                value = caps_form.number(typed.get(f"{field}.{number}", ""))
                if field in cap and value is not None:
                    cap[field] = value

    what = visit.asked("profile") or f"caps of {of}"
    place = f"#caps-{quote(visit.asked('profile') or of)}"
    return await _change(visit, "caps.toml", change, what, place)


def _fields(text: str) -> set[str]:
    """The form's fields for the caps in all profiles of a file."""
    return {
        f"{part}.{number}"
        for caps in _profiles(_table(text)).values()
        for number, cap in enumerate(caps)
        for part in CAPPED
        if part in cap
    }


async def _change(
    visit: Visit, name: str, change: Any, details: str, place: str = ""
) -> web.Response:
    files = _files(visit)
    before, seen = files.read(name).text, visit.asked("digest") or None
    try:
        text = await asyncio.to_thread(files.change, name, change, seen)
    except ChangedMeanwhile:  # it would reset all numbers to those of when the page was opened
        said = (
            "没有保存：您打开这一页之后，有人改过这里。下面是现在的数字，请再改一次。",
            "Not saved: this was changed after you opened the page. Below it is as it stands now; "
            "change it again.",
        )
        visit.fields = None
        return await show(visit, [visit.t(*said)], 409)
    except ConfigError as error:
        at, elsewhere = caps_form.placed(
            error.complaints, visit.asked("of"), _fields(before), visit.language
        )
        return await show(visit, elsewhere, 422, at)
    except (ValueError, KeyError):
        wrong = visit.t("有一个数字看不懂，请检查。", "One of the numbers cannot be read.")
        return await show(visit, [wrong], 422)
    await _take_up(visit, name, before, text, details)
    scenario, channel = _place(visit)
    address = f"/console/settings?scenario={scenario}&channel={channel}{place}"
    return visit.go(address, "已保存，已生效。", "Saved, and in force.")


async def _take_up(visit: Visit, name: str, before: str, text: str, details: str = "") -> None:
    """Put it in force at once; otherwise we look at files every few seconds."""
    changes = lines_changed(before, text)
    await visit.note("config.change", name, details=details, changes=changes)
    for _ in range(2):  # only what two looks in a row find unchanged counts
        await visit.office.touching.rules.sweep()
    desk, moments = visit.office.desk, visit.office.moments.judge.book
    for book in (desk.signal_book, desk.channel_book, desk.tag_book, moments):
        book.look()


async def show_file(visit: Visit) -> web.Response:
    return await _file(visit, visit.part("name"))


async def _file(
    visit: Visit, name: str, text: str | None = None, wrong: Sequence[str] = (), status: int = 200
) -> web.Response:
    try:
        kept = _files(visit).read(name)
    except KeyError:
        return visit.wrong("没有这个文件。", "There is no such file.", 404)
    return visit.html(
        "console/settings_file.html",
        status=status, name=name, text=kept.text if text is None else text,
        digest=visit.asked("digest") or kept.digest, wrong=wrong, files=FILES, about=ABOUT,
        at_the_start=AT_THE_START,
    )  # fmt: skip


async def change_file(visit: Visit) -> web.Response:
    name, text = visit.part("name"), visit.asked("text") + "\n"
    files = _files(visit)
    try:
        before = files.read(name).text
        await asyncio.to_thread(files.write, name, text, visit.asked("digest"))
    except KeyError:
        return visit.wrong("没有这个文件。", "There is no such file.", 404)
    except ConfigError as error:
        return await _file(
            visit, name, text, [line(one, visit.language) for one in error.complaints], 422
        )
    except ChangedMeanwhile:
        said = visit.t(
            "别人刚改过这个文件：请先复制您的改动，再刷新。",
            "Somebody has just changed this file: copy what you wrote, then reload.",
        )
        return await _file(visit, name, text, [said], 409)
    await _take_up(visit, name, before, text)
    return visit.go(f"/console/settings/files/{name}", "已保存。", "Saved.")
