"""Changing a plan that was made here: the same form, filled in, and what the change would do."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.errors import ConfigError, Declined
from bot.plans.desk import PlanEntry
from bot.store.desk.audit import fields_changed
from bot.store.desk.staff import Role
from bot.web.console.plan_differing import told_of
from bot.web.console.plan_filling import filled, kept
from bot.web.console.plan_form import Given
from bot.web.console.plan_groups import called
from bot.web.console.plan_making import WHO, Changing, Draft, done, page, walk, written
from bot.web.route import Route
from bot.web.visit import Visit


def routes() -> Iterable[Route]:
    path = "/console/plans/{id}/change"
    yield Route("GET", path, begin, Role.OPERATOR)
    yield Route("POST", path, go_on, Role.OPERATOR)


async def begin(visit: Visit) -> web.Response:
    entry, table = await _plan(visit)
    draft = _draft(entry, table, {**filled(table), "seen": entry.version}, "")
    if not await _says_the_same(visit, draft, table):
        raise Declined(
            "这个计划用了表单里没有的写法（例如给不同的人说不同的话），改不了；可以停掉它，另建一个。",
            "This plan says what the form cannot (several scripts, for example): stop it and make "
            "another one.",
        )
    return await page(visit, draft, WHO)


async def go_on(visit: Visit) -> web.Response:
    """As for a new plan. Whoever was overtaken by a colleague goes on from the colleague's
    version: the last step shows the difference."""
    entry, table = await _plan(visit)
    overtaken = ""
    if visit.asked("seen") != entry.version:
        names = await visit.office.names()
        overtaken = names.get(entry.who, entry.who)
    given = {**written(visit), "seen": entry.version}
    draft = _draft(entry, table, given, overtaken)
    if overtaken:
        return await page(visit, draft, WHO)
    return await walk(visit, draft) or await _change(visit, draft, table)


async def _change(visit: Visit, draft: Draft, before: Mapping[str, Any]) -> web.Response:
    desk, table = visit.office.touching.desk, draft.table
    try:
        await desk.change(draft.id, table, visit.me.id, seen=draft.given["seen"])
    except ConfigError as error:
        return await page(visit, draft, WHO, error.complaints)
    chats = await called(visit, [*before.get("groups", ()), *table.get("groups", ())])
    changes = fields_changed(told_of(before, chats), told_of(table, chats))
    await visit.note("plan.change", draft.id, visit.asked("why"), str(table["title"]), changes)
    return await done(visit, draft.id, "计划已修改。", "The plan is changed.")


async def _plan(visit: Visit) -> tuple[PlanEntry, Mapping[str, Any]]:
    """
    Raises:
        Declined: its file alone says what it is.
        BotError: there is no such plan.
    """
    entry = await visit.office.touching.desk.plan(visit.part("id"))
    if entry.table is None:
        raise Declined(
            "这个计划写在 config/plans/ 的文件里，请改文件。",
            "This plan stands in a file of config/plans/: change that.",
        )
    return entry, entry.table


def _draft(
    entry: PlanEntry, table: Mapping[str, Any], given: Mapping[str, str], overtaken: str
) -> Draft:
    return Draft(
        id=entry.id, given=Given(given), kept=kept(table),
        path=f"/console/plans/{quote(entry.id, safe='')}/change",
        changed=Changing(entry=entry, overtaken=overtaken),
    )  # fmt: skip


async def _says_the_same(visit: Visit, draft: Draft, table: Mapping[str, Any]) -> bool:
    """Whether the form can express all of the plan; one with a mistake may be corrected in it."""
    desk = visit.office.touching.desk
    now = await desk.propose(draft.id, table)
    if isinstance(now, tuple):
        return True
    then = await desk.propose(draft.id, draft.table)
    return not isinstance(then, tuple) and then.digest == now.digest
