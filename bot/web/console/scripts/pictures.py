"""Pictures that scripts send: stores them in the library, and shows them."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from aiohttp import web

from bot.errors import Complaint
from bot.scripts.files import mistake_in, name_of, write_picture
from bot.store.desk.staff import Role
from bot.store.scripts.pictures import keep
from bot.telling.complaints import words
from bot.web.route import Route
from bot.web.visit import NO_STORE, Visit

PATH = "/console/scripts/picture"


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, show, Role.OPERATOR)
    yield Route("POST", PATH, take, Role.OPERATOR, files=True)


async def show(visit: Visit) -> web.StreamResponse:
    """Show ?file=, named as in scripts."""
    library, file = _library(visit), visit.asked("file")
    if mistake_in(library, "image", file):  # it may lie on another machine
        await visit.office.editions.fetch()
    if mistake_in(library, "image", file):
        return visit.wrong("没有这张图片。", "There is no such picture.", 404)
    return web.FileResponse(library / file, headers=NO_STORE)


async def take(visit: Visit) -> web.Response:
    """Store a picture, and show it with the line by which a script names it."""
    sent = visit.form.get("picture")
    if not isinstance(sent, web.FileField) or not sent.filename:
        return visit.wrong("请先选一张图片。", "Choose a picture first.")
    content = await asyncio.to_thread(sent.file.read)
    name = name_of(sent.filename, content)
    if isinstance(name, tuple):
        zh, en = (words(Complaint("", "*", *name), language) for language in ("zh", "en"))
        return visit.wrong(f"{zh[0]}。{zh[1]}。", f"{en[0]}. {en[1]}.")
    await keep(visit.office.database, name, content)
    try:
        await asyncio.to_thread(write_picture, _library(visit), name, content)
    except OSError as error:
        why = error.strerror or str(error)
        return visit.wrong(f"图片没有存上：{why}", f"The picture was not saved: {why}", 507)
    await visit.note("script.picture", name, details=f"{len(content) >> 10} KB")
    return visit.html("console/scripts/picture.html", file=name, line=f"图片 {name}", path=PATH)


def _library(visit: Visit) -> Path:
    settings = visit.office.settings
    return settings.root / settings.library
