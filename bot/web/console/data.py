"""Taking data out: the whole state as one file (admins), and a list of whom to reach again if an
account is lost (leaders, for their own people)."""

from collections.abc import Awaitable, Iterable
from functools import partial
from pathlib import Path

from aiohttp import web

from bot.leaving import archive, wake_up
from bot.leaving.export import LEFT_OUT
from bot.leaving.manifest import Manifest
from bot.profile.intake import customers
from bot.profile.stage import stage_name
from bot.store import tables
from bot.store.customers import wake_up as whom
from bot.store.desk.staff import Role
from bot.web.attached import headers, listed
from bot.web.customer_card import came_by
from bot.web.jobs import Job
from bot.web.route import Route
from bot.web.visit import Visit

PATH = "/console/data"
FIRST = 10  # rows of the wake-up list
FORMATS = ("csv", "xlsx")
# Tables whose names mean something to an admin; the others are counted together.
HOLDS = {
    ("customer",): ("客户", "customers"), ("contact",): ("好友关系", "contacts"),
    ("chat_group",): ("客户群", "groups"), ("chat_group_member",): ("群成员", "group members"),
    ("event",): ("收到的消息和通知", "messages and notices that came in"),
    ("message",): ("发出的消息", "messages that went out"),
    ("touch", "plan"): ("计划和触达", "plans and what they send"),
    ("script_version", "personal_script"): ("改过的话术和个人话术", "edited and own scripts"),
    ("reminder", "todo", "note"): ("提醒、待办和跟进记录", "reminders, to-dos and notes"),
    ("complaint_case",): ("投诉和疑似不满", "complaints, and what sounds so"),
    ("staff",): ("同事账号", "accounts of staff"), ("audit",): ("审计记录", "audit log"),
}  # fmt: skip


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, show, Role.LEADER)
    yield Route("GET", PATH + "/wake-up", wake, Role.LEADER)
    yield Route("POST", PATH + "/export", export, Role.ADMIN)
    yield Route("GET", PATH + "/export/file", download, Role.ADMIN)
    yield Route("POST", PATH + "/export/drop", drop, Role.ADMIN)


async def show(visit: Visit) -> web.Response:
    office, sight = visit.office, visit.me.sight
    held, kept = None, archive.kept(office.settings.root)
    made_at = kept[0].astimezone(office.zone) if kept else office.now
    if visit.me.role >= Role.ADMIN:
        rows = await tables.numbers(office.database, without=LEFT_OUT)
        held = [(words, sum(rows.pop(name) for name in names)) for names, words in HOLDS.items()]
        held.append((("其他", "everything else"), sum(rows.values())))
    return visit.html(
        "console/data.html",
        held=held, kept=kept, folder=archive.unpacked(made_at),
        counts=await whom.counts(office.database, sight), stage_name=stage_name,
        rows=await whom.first(office.database, sight, number=FIRST), names=await office.names(),
    )  # fmt: skip


async def export(visit: Visit) -> web.Response:
    office, all_tables = visit.office, len(tables.tables()) - len(LEFT_OUT)

    async def work(job: Job) -> Manifest:
        job.total = all_tables + 2  # the files, and packing

        def tell(table: str, rows: int) -> None:
            job.done += 1
            job.zh = f"已写好 {job.done} 类数据，共 {all_tables} 类左右"
            job.en = f"{job.done} of about {all_tables} tables written"

        now = office.now
        return await archive.pack(
            office.database, office.settings.root, now, library=office.settings.library, tell=tell
        )

    await visit.note("data.export", "")
    job = office.jobs.start("data_export", visit.me.id, work)
    return visit.html("jobs/data_export.html", job=job)


async def download(visit: Visit) -> web.StreamResponse:
    root = visit.office.settings.root
    found = archive.kept(root)
    if found is None:
        return visit.wrong("还没有导出过，请先导出。", "There is no export yet: make one.", 404)
    made_at = found[0].astimezone(visit.office.zone)
    await visit.note("data.download", f"{made_at:%Y-%m-%d %H:%M}")
    name = f"huashu-export-{made_at:%Y%m%d-%H%M}.zip"
    return web.FileResponse(root / archive.PLACE, headers=headers(name))


async def drop(visit: Visit) -> web.Response:
    archive.drop(visit.office.settings.root)
    await visit.note("data.drop", "")
    return visit.go(PATH, "已从服务器上删除。", "Deleted from the server.")


async def wake(visit: Visit) -> web.Response:
    """The wake-up list of the customers whom one may see; ?as=xlsx or csv."""
    office, ending = visit.office, visit.asked("as", "xlsx")
    if ending not in FORMATS:
        return visit.wrong("不认识这种格式。", "There is no such format.", 404)
    names = await office.names()

    def write(path: Path) -> Awaitable[int]:
        return wake_up.write(
            office.database, path, office.zone, sight=visit.me.sight, names=names,
            came_by=partial(came_by, visit),
        )  # fmt: skip

    number, response = await listed(visit, visit.t("唤醒名单", "wake-up"), ending, write)
    await visit.note("data.wake_up", ending, details=customers(number))
    return response
