"""What is set up wrongly between us and WeCom: the lines of `huashu doctor`, one by one."""

from collections.abc import Iterable

from aiohttp import web

from bot.doctor import Line, examine
from bot.doctor.line import State
from bot.store.desk.staff import Role
from bot.web.jobs import Job
from bot.web.route import Route
from bot.web.visit import Visit


def routes() -> Iterable[Route]:
    yield Route("GET", "/console/doctor", show, Role.OPERATOR)
    yield Route("POST", "/console/doctor", begin, Role.OPERATOR)


async def show(visit: Visit) -> web.Response:
    return visit.html("console/doctor.html", job=None, page="", base=visit.base)


async def begin(visit: Visit) -> web.Response:
    """Start an examination; with ?page= for that page."""
    page, office = visit.asked("page"), visit.office
    if page and "://" not in page:
        return visit.wrong(
            "请写完整的网址，以 https:// 开头。", "Write the whole address: https://…"
        )

    async def work(job: Job) -> None:
        job.found = found = list[Line]()
        async for line in examine(office.settings, office.clock, page=page):
            found.append(line)
            if line.id in ("token", "kf") and line.state is State.GREEN:
                office.client.ask_anew()  # the bot may remember an earlier refusal
            job.zh, job.en = f"正在检查，已有 {len(found)} 项", f"At work, {len(found)} so far"

    job = office.jobs.start("doctor", visit.me.id, work)
    return visit.html("jobs/doctor.html", job=job)
