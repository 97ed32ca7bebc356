"""Who speaks: the persona (人设) of each store, and of members who have their own."""

import re
from collections.abc import Iterable
from dataclasses import replace

from aiohttp import web

from bot.store.desk.audit import fields_changed
from bot.store.desk.staff import Role
from bot.store.stores.stores import StoreTable
from bot.stores.store import Store
from bot.web.route import Route
from bot.web.seen import mark, overtaken
from bot.web.visit import Visit

PATH = "/console/settings/personas"
ID = re.compile(r"[\w-]{1,40}")
PAGE = 50
LONGEST = 40


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, show, Role.ADMIN)
    yield Route("POST", PATH, put, Role.ADMIN)


async def show(visit: Visit, overtaken_at: str = "") -> web.Response:
    """?words= finds stores by name or id; the page shows at most 50.

    Args:
        overtaken_at: the id of a store that somebody changed before the form was sent.
    """
    words = visit.asked("words")
    stores = [
        store
        for store in await StoreTable(visit.office.database).all()
        if words in store.name or store.id in (words, overtaken_at)
    ]
    stores.sort(key=lambda one: one.id != overtaken_at)  # at the top
    return visit.html(
        "console/personas.html",
        stores=stores[:PAGE], more=len(stores) - PAGE, words=words,
        names=await visit.office.names(), seen=lambda one: mark(_asked(one)),
        status=409 if overtaken_at else 200, overtaken_at=overtaken_at,
    )  # fmt: skip


async def put(visit: Visit) -> web.Response:
    """Store the personas of one store; an unknown id makes a new one, with its members."""
    table, store_id = StoreTable(visit.office.database), visit.asked("id")
    if not ID.fullmatch(store_id):
        return visit.wrong(
            "门店编号用字母、数字、横线，40 个以内。",
            "A store's id is of letters, digits and -, 40 at most.",
        )
    stores = {store.id: store for store in await table.all()}
    store = stores.get(store_id)
    if store is not None and visit.asked("new"):
        return visit.wrong(
            f"编号 {store_id} 已经是{store.name}了：在上面改它，或换一个编号。",
            f"{store_id} is {store.name} already: change it above, or take another id.", 409,
        )  # fmt: skip
    persona = visit.asked("persona")[:LONGEST]
    if store is None:
        members = [one for one in re.split(r"[,，、\s]+", visit.asked("members")) if one]
        taken = {one for other in stores.values() for one in other.members}
        if not members or taken & {*members}:
            return visit.wrong(
                "请写成员账号；一位成员只能在一家店。",
                "Name the members by userid; each is of one store only.",
            )
        name = visit.asked("name") or store_id
        store = Store(id=store_id, name=name, members=dict.fromkeys(members, ""))
    elif overtaken(visit, _asked(store)):
        return await show(visit, store_id)
    own = {one: visit.asked(f"member.{one}")[:LONGEST] for one in store.members}
    changed = replace(store, persona=persona, members=own)
    await table.put([changed], [], visit.office.clock.timestamp())
    await visit.office.desk.voices.refresh(table)
    await visit.note(
        "store.persona", store_id, changes=fields_changed(_told(store), _told(changed))
    )
    return visit.go(PATH, "已保存，下一条消息起生效。", "Saved: from the next message on.")


def _asked(store: Store) -> object:
    """What the form asks for."""
    return store.persona, sorted(store.members.items())


def _told(store: Store) -> dict[str, str]:
    own = {f"persona {member}": persona for member, persona in store.members.items()}
    return {"persona": store.persona, **own}
