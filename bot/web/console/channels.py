"""Channel codes (渠道活码): each with its code, and what becomes of those who came by it."""

import asyncio
import io
import re
from collections.abc import Iterable, Mapping
from datetime import date

import tomlkit
from aiohttp import web

from bot.channels.book import STATE
from bot.channels.codes import ChannelCodes
from bot.errors import ConfigError
from bot.members.userids import among
from bot.store.channels.channels import Came, ChannelStore
from bot.store.customers.views import CustomerViews
from bot.store.desk import staff
from bot.store.desk.audit import lines_changed
from bot.store.desk.staff import Role
from bot.web.complaints import line
from bot.web.customer_card import titles
from bot.web.route import Route
from bot.web.visit import Visit
from bot.wecom.contact_ways import ContactWays
from bot.workspace.config_files import ConfigFiles

PATH = "/console/channels"
DAYS = 30


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, show, Role.OPERATOR)
    yield Route("POST", PATH, keep, Role.OPERATOR)
    yield Route("GET", PATH + "/{state}", one, Role.OPERATOR)
    yield Route("GET", PATH + "/{state}/code.svg", picture, Role.OPERATOR)


def _sum(days: Mapping[date, Came]) -> Came:
    total = Came()
    for day in days.values():
        total.add(day)
    return total


async def show(visit: Visit, wrong: Mapping[str, Iterable[str]] | None = None) -> web.Response:
    """
    Args:
        wrong: by field of the form; "" is told above all.
    """
    store, channels = ChannelStore(visit.office.database), visit.office.desk.channel_book.channels
    came = await store.came(visit.office.today, DAYS, visit.office.zone)
    rows = [
        (state, channels.get(state), _sum(came.get(state, {}))) for state in {**channels, **came}
    ]
    names = await visit.office.names()
    had = await CustomerViews(visit.office.database).members()
    everybody = await staff.everybody(visit.office.database)
    cannot = [one.id for one in everybody if not (one.active and one.in_wecom)]
    known = {*names, *had, *(one for row in channels.values() for one in row.members)}
    members = sorted(one for one in known if not among(one, cannot))
    library = visit.office.desk.edition.library
    return visit.html(
        "console/channels.html",
        status=422 if wrong else 200, rows=sorted(rows, key=lambda row: -row[2].added),
        codes=await store.codes(), names=names, members=members, days=DAYS, wrong=wrong or {},
        asked=visit.asked, chosen=visit.fields.getall("members", []) if visit.fields else [],
        scripts=[(one.id, one.title) for one in library if one.category == "welcome"],
    )  # fmt: skip


async def one(visit: Visit) -> web.Response:
    state, store = visit.part("state"), ChannelStore(visit.office.database)
    channel = visit.office.desk.channel_book.channels.get(state)
    code = (await store.codes()).get(state)
    came = (await store.came(visit.office.today, DAYS, visit.office.zone)).get(state, {})
    if channel is None and code is None and not came:
        return visit.wrong("没有这个渠道。", "There is no such channel.", 404)
    return visit.html(
        "console/channel.html",
        state=state, channel=channel, code=code, came=sorted(came.items(), reverse=True),
        titles=titles(visit, [channel.script] if channel else []),
        total=_sum(came), days=DAYS, names=await visit.office.names(),
    )  # fmt: skip


async def picture(visit: Visit) -> web.Response:
    """A code that leads to WeCom's own picture: that one adds the member, and is for printing."""
    import segno  # half a MB, and rarely is a code looked at

    code = (await ChannelStore(visit.office.database).codes()).get(visit.part("state"))
    if code is None or not code.picture:
        return visit.wrong("这个渠道还没有二维码。", "This channel has no code yet.", 404)
    out = io.BytesIO()
    segno.make(code.picture, error="m").save(out, kind="svg", scale=4, border=3, light="#fff")
    return web.Response(body=out.getvalue(), content_type="image/svg+xml")


async def keep(visit: Visit) -> web.Response:
    """A new channel, into config/channels.toml; its code is made at once."""
    state, office = visit.asked("state"), visit.office
    members = visit.fields.getall("members", []) if visit.fields else []
    wrong: dict[str, list[str]] = {}
    if not STATE.fullmatch(state):
        wrong["state"] = [visit.t(
            "代号只用字母、数字、_ 和 -，最多 30 个。",
            "Its name: letters, digits, _ and -, 30 at most.",
        )]  # fmt: skip
    elif state in office.desk.channel_book.channels:
        wrong["state"] = [visit.t("这个代号已经有了，换一个。", "It is taken: use another.")]
    if not members:
        wrong["members"] = [visit.t("至少勾选一位。", "Tick one at least.")]
    if wrong:
        return await show(visit, wrong)
    table = tomlkit.table()
    table["title"] = visit.asked("title") or state
    table["members"] = members
    if script := visit.asked("script"):
        table["script"] = script
    if tags := [tag.strip() for tag in re.split("[,，、]", visit.asked("tags")) if tag.strip()]:
        table["tags"] = tags

    def change(document: tomlkit.TOMLDocument) -> None:
        document.setdefault("channel", tomlkit.table(is_super_table=True))[state] = table

    try:
        files = ConfigFiles(office.settings.root, office.zone)
        before = files.read("channels.toml").text
        text = await asyncio.to_thread(files.change, "channels.toml", change)
    except ConfigError as error:
        return await show(visit, {"": [line(one, visit.language) for one in error.complaints]})
    changes = lines_changed(before, text)
    await visit.note("channel.keep", state, details=visit.asked("title"), changes=changes)
    office.desk.channel_book.look()
    if office.settings.app:
        ways, store = ContactWays(office.client), ChannelStore(office.database)
        await ChannelCodes(ways, store, office.desk.channel_book, office.clock).make()
    return visit.go(f"{PATH}/{state}", "渠道码已保存。", "The channel is saved.")
