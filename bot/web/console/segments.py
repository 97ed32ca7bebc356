"""Segments, which are named conditions: made here, and stored in config/segments.toml."""

import asyncio
import secrets
import tomllib
from collections.abc import Mapping
from itertools import chain
from typing import Any

import tomlkit
from aiohttp import web

from bot.errors import Complaint, ConfigError
from bot.files.textfile import parse_toml
from bot.plans.condition import Today
from bot.plans.uses import naming
from bot.profile.fields import is_name
from bot.store.customers.corp_tags import CorpTags
from bot.store.customers.views import CustomerViews, Wanted
from bot.store.desk.audit import lines_changed
from bot.store.desk.staff import Role
from bot.store.moments.moments import NAMING
from bot.store.sql import whole
from bot.telling.complaints import line, words
from bot.web.customer_card import stages
from bot.web.route import Route
from bot.web.seen import mark, overtaken
from bot.web.visit import Visit
from bot.workspace.config_files import ConfigFiles

PATH = "/console/segments"
TAGS = ("any_tag", "all_tags", "no_tag")
DAYS = ("added_within_days", "added_before_days", "heard_within_days", "silent_for_days")
CHOSEN = ("stage", "source", "member")  # one of a list
MONTHS = "birthday_month"
ASKED = frozenset(("title", *TAGS, *CHOSEN, MONTHS, *DAYS))  # what the form can express
FILE = "segments.toml"
SHOWN = 20  # tags that are suggested for an unknown one

Wrong = Mapping[str, list[str]]  # by field; "" stands above the form


def routes() -> list[Route]:
    return [
        Route("GET", PATH, show, Role.OPERATOR),
        Route("POST", PATH, keep, Role.OPERATOR),
        Route("POST", f"{PATH}/drop", drop, Role.OPERATOR),
    ]


async def show(visit: Visit, wrong: Wrong | None = None) -> web.Response:
    """?change=: with this segment in the form."""
    office, tables = visit.office, _changeable(visit)
    was = visit.asked("was") or visit.asked("change")
    says = tables.get(was, {}) if visit.fields is None else {}

    def given(key: str) -> str:
        value = says.get(key, visit.asked(key))
        return "、".join(map(str, value)) if isinstance(value, list) else str(value)

    views, day = CustomerViews(office.database), office.today
    today = Today(day, office.zone, office.touching.plans.calendar)
    book = office.touching.plans.book.segments
    found = [
        (name, title, await views.count(None, Wanted(segment=book[name].sql(today))))
        for name, title in book.titles.items()
        if name in book
    ]
    return visit.html(
        "console/segments.html",
        status=422 if wrong else 200, found=found, wrong=wrong or {}, tags=await _tags(visit),
        given=given, was=was if was in tables else "", changeable=tables,
        seen=mark(sorted(tables.get(was, {}).items())),
        everybody=await views.count(None, Wanted()), options=await _options(visit),
    )  # fmt: skip


async def _options(visit: Visit) -> Mapping[str, Mapping[str, str]]:
    """The choices of each field: stored value → name."""
    members, names = (
        await CustomerViews(visit.office.database).members(),
        await visit.office.names(),
    )
    return {
        "stage": stages(visit),
        "source": {
            one: channel.title for one, channel in visit.office.desk.channel_book.channels.items()
        },
        "member": {one: names.get(one, one) for one in members},
        MONTHS: {
            "this": visit.t("这个月", "this month"),
            **{f"{n}": visit.t(f"{n} 月", f"month {n}") for n in range(1, 13)},
        },
    }


def _changeable(visit: Visit) -> Mapping[str, Mapping[str, Any]]:
    """By name, the file's segments that the form can express completely."""
    return {name: table for name, table in _tables(visit).items() if table.keys() <= ASKED}


def _tables(visit: Visit) -> Mapping[str, Mapping[str, Any]]:
    files = ConfigFiles(visit.office.settings.root, visit.office.zone)
    try:
        found: Mapping[str, Mapping[str, Any]] = parse_toml(files.read(FILE).text)
    except (ConfigError, tomllib.TOMLDecodeError):  # somebody is editing it
        return {}
    return found.get("segment", {})


async def _tags(visit: Visit) -> list[str]:
    """Tags that segments may name already, that the company has, or that a customer has."""
    shelf = [row["name"] for row in await CorpTags(visit.office.database).shelf()]
    had = await CustomerViews(visit.office.database).tags()
    known = visit.office.touching.plans.book.segments.words.tags
    return [*dict.fromkeys((*known, *shelf, *had))]


async def keep(visit: Visit) -> web.Response:
    """Write a new segment, or the changed ?was=, into the file, where it is checked and in force
    at once. Tags of the company that it uses are added to [known]."""
    was = visit.asked("was")
    name = was or visit.asked("name") or f"s{secrets.token_hex(4)}"
    wrong = _wrong(visit, was, name)
    table, there = _table(visit), await _tags(visit)
    named: dict[str, list[str]] = {key: table.unwrap().get(key, []) for key in TAGS}
    for key, tags in named.items():
        if lacking := [one for one in tags if one not in there]:
            wrong[key] = [_no_tag(visit, lacking, there)]
    if wrong:
        return await show(visit, wrong)

    def change(document: tomlkit.TOMLDocument) -> None:
        all_of_them = document.setdefault("segment", tomlkit.table(is_super_table=True))
        if was:  # its comments stay
            for key in ASKED & all_of_them[was].keys() - table.keys():
                del all_of_them[was][key]
            all_of_them[was].update(table)
        else:
            all_of_them[name] = table
        known = document.setdefault("known", tomlkit.table()).setdefault("tags", tomlkit.array())
        used = dict.fromkeys(chain(*named.values()))
        known.extend(one for one in used if one not in known)

    files = ConfigFiles(visit.office.settings.root, visit.office.zone)
    try:
        before = files.read(FILE).text
        text = await asyncio.to_thread(files.change, FILE, change)
    except ConfigError as error:
        for one in error.complaints:
            field, told = _told(visit, one, name)
            wrong.setdefault(field, []).append(told)
        return await show(visit, wrong)
    return await _kept(visit, "segment.keep", name, visit.asked("title"), before, text)


def _wrong(visit: Visit, was: str, name: str) -> dict[str, list[str]]:
    """What is wrong, by field; "": the whole form."""
    wrong: dict[str, list[str]] = {}
    if not visit.asked("title"):
        wrong["title"] = [visit.t("给它起个名称。", "Give it a title.")]
    tables = _changeable(visit)
    if was and was not in tables:
        said = ("这个人群刚被别人改过，请重新打开。", "Somebody has changed it: open it again.")
        wrong[""] = [visit.t(*said)]
    elif was and overtaken(visit, sorted(tables[was].items())):
        wrong["seen"] = [visit.t(
            "您打开以后，别人改过这个人群。您填的还在，再保存一次就换成您的。",
            "Somebody has changed it since you opened it. What you filled in is still here; "
            "saved once more, it takes the place of theirs.",
        )]  # fmt: skip
    elif not was and not is_name(name):
        wrong["name"] = [visit.t(
            "只用小写字母、数字和下划线，也可以不填。",
            "Use small letters, digits and _, or leave it empty.",
        )]  # fmt: skip
    elif not was and name in visit.office.touching.plans.book.segments:
        wrong["name"] = [visit.t("这个代号已经有了，换一个。", "It is taken: use another.")]
    return wrong


def _table(visit: Visit) -> tomlkit.items.Table:
    """What the form says, as a table of the file."""
    table = tomlkit.table()
    table["title"] = visit.asked("title")
    for key in (*TAGS, *CHOSEN, MONTHS):
        if values := visit.listed(key):
            table[key] = _months(values) if key == MONTHS else values
    for key in DAYS:
        if visit.asked(key):
            table[key] = visit.number(key)
    return table


def _months(values: list[str]) -> str | list[int | str]:
    """Months as the file has them: this month, or numbers."""
    return "this" if values == ["this"] else [whole(one) or one for one in values]


async def drop(visit: Visit) -> web.Response:
    """Remove it from the file, unless something uses it."""
    name = visit.asked("name")
    if name not in (tables := _changeable(visit)):
        return visit.wrong("没有这个人群了。", "There is no such segment any more.", 404)
    if users := await _users(visit, name):
        return visit.wrong(
            f"还不能删，{'、'.join(zh for zh, _ in users)}在用它。先在那里换一个人群。",
            f"It is used by {', '.join(en for _, en in users)}: take another segment there first.",
            409,
        )

    def change(document: tomlkit.TOMLDocument) -> None:
        del document["segment"][name]

    files = ConfigFiles(visit.office.settings.root, visit.office.zone)
    before = files.read(FILE).text
    try:
        text = await asyncio.to_thread(files.change, FILE, change)
    except ConfigError as error:  # another segment uses it
        zh, en = ("\n".join(line(one, at) for one in error.complaints) for at in ("zh", "en"))
        return visit.wrong(zh, en, 409)
    title = str(tables[name].get("title", name))
    return await _kept(visit, "segment.delete", name, title, before, text)


async def _users(visit: Visit, name: str) -> list[tuple[str, str]]:
    """What would lose its audience, in both languages."""
    office = visit.office
    plans = [one.title or one.id for one in naming(office.touching.plans.book.plans, name)]
    days = [row["day"] for row in await office.database.rows(NAMING, name)]
    others = [
        one
        for one, table in _tables(visit).items()
        if name in (*table.get("any", ()), *table.get("all", ()), table.get("not"))
    ]
    rules = any(rule.whom == name for rule in office.desk.tag_book.tagging.rules)
    return [
        *((f"计划“{one}”", f"the plan {one}") for one in plans),
        *((f"{day} 的朋友圈", f"the moment of {day}") for day in days),
        *((f"人群“{one}”", f"the segment {one}") for one in others),
        *([("自动打标签的规则", "a rule of tags")] if rules else ()),
    ]


async def _kept(
    visit: Visit, act: str, name: str, title: str, before: str, text: str
) -> web.Response:
    """Note in the audit log that the file changed, and put it in force."""
    await visit.note(act, name, details=title, changes=lines_changed(before, text))
    for _ in range(2):  # only what two looks in a row find unchanged counts
        await visit.office.touching.plans.sweep()
    if act == "segment.delete":
        return visit.go(PATH, "人群已删除。", "The segment is deleted.")
    return visit.go(PATH, "人群已保存。", "The segment is kept.")


def _no_tag(visit: Visit, lacking: list[str], there: list[str]) -> str:
    names = "、".join(f"「{one}」" for one in lacking)
    some = "、".join(there[:SHOWN])
    return visit.t(
        f"没有标签{names}。现有的：{some}。" if some else f"没有标签{names}，还没有一个标签。",
        f"There is no tag {', '.join(lacking)}. There are: {', '.join(there[:SHOWN]) or 'none'}.",
    )


def _told(visit: Visit, one: Complaint, name: str) -> tuple[str, str]:
    """The field and what is wrong; a mistake elsewhere in the file comes with its place."""
    at, _, field = one.key.partition(f"segment.{name}")
    if at or not one.key:
        return "", line(one, visit.language)
    problem, cure = words(one, visit.language)
    return field.removeprefix("."), f"{problem}{visit.t('。', '. ')}{cure}"
