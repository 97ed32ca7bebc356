"""Channel codes (渠道活码): each with its picture and what became of those who came by it."""

import asyncio
import io
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import tomlkit
from aiohttp import web

from bot.channels.book import STATE
from bot.channels.codes import is_gone
from bot.channels.way import CodeChannel
from bot.errors import ConfigError
from bot.members.userids import among, each
from bot.store.channels.channels import Came, ChannelStore
from bot.store.customers.views import CustomerViews
from bot.store.desk import staff
from bot.store.desk.audit import lines_changed
from bot.store.desk.staff import Role
from bot.telling.complaints import line
from bot.web.customer_card import titles
from bot.web.route import Route
from bot.web.seen import mark, overtaken
from bot.web.visit import Visit
from bot.workspace.config_files import Change, ConfigFiles

PATH = "/console/channels"
DAYS = 30
Wrong = dict[str, list[str]]  # by field


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, show, Role.OPERATOR)
    yield Route("POST", PATH, keep, Role.OPERATOR)
    yield Route("GET", PATH + "/{state}", one, Role.OPERATOR)
    yield Route("POST", PATH + "/{state}", change, Role.OPERATOR)
    yield Route("GET", PATH + "/{state}/code.svg", picture, Role.OPERATOR)
    yield Route("POST", PATH + "/{state}/again", again, Role.OPERATOR)


def _sum(days: Mapping[date, Came]) -> Came:
    total = Came()
    for day in days.values():
        total.add(day)
    return total


async def show(visit: Visit, wrong: Wrong | None = None) -> web.Response:
    """
    Args:
        wrong: by field of the form; "" stands above the form.
    """
    store, channels = ChannelStore(visit.office.database), visit.office.desk.channel_book.channels
    came = await store.came(visit.office.today, DAYS, visit.office.zone)
    rows = [
        (state, channels.get(state), _sum(came.get(state, {}))) for state in {**channels, **came}
    ]
    return visit.html(
        "console/channels.html",
        status=422 if wrong else 200, rows=sorted(rows, key=lambda row: -row[2].added),
        codes=await store.codes(), days=DAYS, wrong=wrong or {}, is_gone=is_gone,
        **await _form(visit),
    )  # fmt: skip


async def _form(visit: Visit, channel: CodeChannel | None = None) -> dict[str, Any]:
    """What the form needs, filled in from what was sent, else from the channel."""
    office, chosen = visit.office, list[Any](channel.members if channel else ())
    given = {name: visit.asked(name) for name in ("title", "state", "script", "tags")}
    if visit.fields is not None:
        chosen = visit.several("members")
    elif channel:
        given |= {
            "title": channel.title,
            "script": channel.script,
            "tags": "、".join(channel.tags),
        }
    names, channels = await office.names(), office.desk.channel_book.channels
    had = await CustomerViews(office.database).members()
    everybody = await staff.everybody(office.database)
    cannot = [one.id for one in everybody if not (one.active and one.in_wecom)]
    filed = (one for row in channels.values() for one in row.members)
    chosen = each(chosen)
    known = [one for one in each(names, had, filed) if not among(one, cannot)]
    return {
        "names": names, "given": given, "chosen": chosen,
        "members": sorted(each(chosen, channel.members if channel else (), known)),
        "scripts": [
            (one.id, one.title) for one in office.desk.edition.library
            if one.category == "welcome" or (channel and one.id == channel.script)
        ],
    }  # fmt: skip


async def one(visit: Visit, wrong: Wrong | None = None) -> web.Response:
    state, store = visit.part("state"), ChannelStore(visit.office.database)
    channel = visit.office.desk.channel_book.channels.get(state)
    code = (await store.codes()).get(state)
    came = (await store.came(visit.office.today, DAYS, visit.office.zone)).get(state, {})
    if channel is None and code is None and not came:
        return visit.wrong("没有这个渠道。", "There is no such channel.", 404)
    return visit.html(
        "console/channel.html",
        status=422 if wrong else 200, wrong=wrong or {},
        state=state, channel=channel, code=code, gone=is_gone(code),
        came=sorted(came.items(), reverse=True),
        titles=titles(visit, [channel.script] if channel else []),
        total=_sum(came), days=DAYS, seen=mark(channel), **await _form(visit, channel),
    )  # fmt: skip


async def picture(visit: Visit) -> web.Response:
    """A code that opens WeCom's own picture, which adds the member and is for printing."""
    import segno  # half a MB, and few people look at a code

    code = (await ChannelStore(visit.office.database).codes()).get(visit.part("state"))
    if code is None or not code.picture:
        return visit.wrong("这个渠道还没有二维码。", "This channel has no code yet.", 404)
    out = io.BytesIO()
    segno.make(code.picture, error="m").save(out, kind="svg", scale=4, border=3, light="#fff")
    return web.Response(body=out.getvalue(), content_type="image/svg+xml")


async def keep(visit: Visit) -> web.Response:
    """Add a channel to config/channels.toml, and make its code at once."""
    state, wrong = visit.asked("state"), _lacking(visit)
    if not STATE.fullmatch(state):
        wrong["state"] = [visit.t(
            "代号只用字母、数字、_ 和 -，最多 30 个。",
            "Its name: letters, digits, _ and -, 30 at most.",
        )]  # fmt: skip
    elif state in visit.office.desk.channel_book.channels:
        wrong["state"] = [visit.t("这个代号已经有了，换一个。", "It is taken: use another.")]

    def add(document: tomlkit.TOMLDocument) -> None:
        every = document.setdefault("channel", tomlkit.table(is_super_table=True))
        every[state] = _said(visit, state)

    wrong = wrong or await _written(visit, state, add)
    return await show(visit, wrong) if wrong else _saved(visit, state)


async def change(visit: Visit) -> web.Response:
    """Change its title, whom customers add, and what they hear and get. Its name and code stay, as
    does all else in the file."""
    state, wrong = visit.part("state"), _lacking(visit)
    channel = visit.office.desk.channel_book.channels.get(state)
    if channel is None:
        return visit.wrong("没有这个渠道。", "There is no such channel.", 404)
    if overtaken(visit, channel):
        wrong[""] = [visit.t(
            "您打开以后，别人改过这个渠道，上面是现在的。您填的还在，再保存一次就换成您的。",
            "Somebody has changed it since you opened it: above is what it says now. What you "
            "filled in is still here; saved once more, it takes the place of theirs.",
        )]  # fmt: skip

    def put(document: tomlkit.TOMLDocument) -> None:
        table, said = document["channel"][state], _said(visit, state)
        for key in ("script", "tags"):
            if key in table and key not in said:
                del table[key]
        table.update(said)

    wrong = wrong or await _written(visit, state, put)
    return await one(visit, wrong) if wrong else _saved(visit, state)


def _lacking(visit: Visit) -> Wrong:
    if visit.several("members"):
        return {}
    return {"members": [visit.t("至少勾选一位。", "Tick one at least.")]}


def _said(visit: Visit, state: str) -> tomlkit.items.Table:
    """What the form says, as a table of the file."""
    table = tomlkit.table()
    table["title"] = visit.asked("title") or state
    table["members"] = visit.listed("members")
    if script := visit.asked("script"):
        table["script"] = script
    if tags := visit.listed("tags"):
        table["tags"] = tags
    return table


async def _written(visit: Visit, state: str, change: Change) -> Wrong:
    """Write it to the file, and tell WeCom at once; returns what is wrong with it, if anything."""
    office = visit.office
    try:
        files = ConfigFiles(office.settings.root, office.zone)
        before = files.read("channels.toml").text
        text = await asyncio.to_thread(files.change, "channels.toml", change)
    except ConfigError as error:
        return {"": [line(one, visit.language) for one in error.complaints]}
    changes = lines_changed(before, text)
    await visit.note("channel.keep", state, details=visit.asked("title"), changes=changes)
    office.desk.channel_book.look()
    await _made(visit, state)
    return {}


async def _made(visit: Visit, state: str, *, anew: bool = False) -> None:
    """Ask WeCom at once, whatever it said last."""
    office = visit.office
    if office.settings.app:
        await office.channels.make(state, anew=anew)


async def again(visit: Visit) -> web.Response:
    """Try again, since somebody did at WeCom what was missing, which it does not report; or make
    a code in place of one that was deleted there."""
    state = visit.part("state")
    if state not in visit.office.desk.channel_book.channels:
        return visit.wrong("没有这个渠道。", "There is no such channel.", 404)
    await _made(visit, state, anew=True)
    code = (await ChannelStore(visit.office.database).codes()).get(state)
    if code is None or code.why or not code.picture:
        return visit.go(f"{PATH}/{state}")  # that page says why
    return visit.go(f"{PATH}/{state}", "企业微信接受了。", "WeCom has accepted it.")


def _saved(visit: Visit, state: str) -> web.Response:
    return visit.go(f"{PATH}/{state}", "渠道码已保存。", "The channel is saved.")
