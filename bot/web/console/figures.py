"""The overview's daily figures as a file."""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from aiohttp import web

from bot.sheets.sheet import Cell, opened
from bot.store.desk.staff import Role
from bot.store.groups.board import board
from bot.web.attached import attached, made
from bot.web.console.data import FORMATS
from bot.web.console.overview import chart, counted_in, span_of, touched
from bot.web.route import Route
from bot.web.visit import Visit

PATH = "/console/figures"
COUNTED = {
    "answered": "机器人答了 answered", "asked": "让客户选 suggested",
    "handed_over": "交给同事 handed over", "silent": "没有回复 silent",
    "by_sidebar": "同事用侧边栏发的 from the sidebar", "welcomed": "欢迎了 welcomed",
    "lost": "删除了我们 deleted us",
}  # fmt: skip
GROUPS = {"messages": "群消息 messages in groups", "new_members": "群新成员 new in groups"}
MORE = ("触达送出 planned, sent", "触达没发 planned, held back", "多久答上(秒) answered in s")


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, download, Role.OPERATOR)


async def download(visit: Visit) -> web.Response:
    """?from=2026-11-01&to=2026-11-30&as=xlsx, or csv."""
    ending, span = visit.asked("as", "xlsx"), span_of(visit)
    if ending not in FORMATS:
        return visit.wrong("不认识这种格式。", "There is no such format.", 404)
    figures, first, last = visit.office.figures, span.first.isoformat(), span.last.isoformat()
    counts = chart(await counted_in(visit, span), span.days, [*COUNTED])
    groups = (await board(visit.office.database, first, last)).days
    table: list[Sequence[int]] = [counts[name] for name in COUNTED]
    for name in GROUPS:
        table.append([getattr(groups.get(str(day)), name, 0) for day in span.days])
    planned = [touched(await figures.touched(day, day)) for day in span.days]
    table.append([sent for sent, _ in planned])
    table.append([sum(number for _, _, number in held) for _, held in planned])
    waits = [await figures.median_wait_s(day, day) for day in span.days]
    total = ["合计 total", *map(sum, table), await figures.median_wait_s(span.first, span.last)]
    rows: list[Sequence[Cell]] = [("日期 day", *COUNTED.values(), *GROUPS.values(), *MORE)]
    rows += zip(span.days, *table, waits, strict=True)
    rows.append(total)
    stem = visit.t("概览数字", "figures")
    name = f"{stem}-{span.first:%Y%m%d}-{span.last:%Y%m%d}.{ending}"
    content = await asyncio.to_thread(made, name, partial(_write, rows))
    await visit.note("figures.download", f"{first} – {last}", details=ending)
    return attached(name, content)


def _write(rows: Iterable[Sequence[Cell]], path: Path) -> None:
    with opened(path, "概览", freeze="B2") as sheet:
        for row in rows:
            sheet.add(row)
