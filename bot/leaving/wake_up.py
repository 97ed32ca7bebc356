"""The wake-up list (唤醒名单): whom to reach again, and how, if an account is lost."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from bot.profile.stage import stage_name
from bot.sheets.sheet import Cell, Sheet, opened
from bot.store.customers.wake_up import customers
from bot.store.desk.staff import Sight
from bot.store.sql import Database, Rows

COLUMNS = (
    *("客户 customer", "姓名 name", "备注 remark", "成员 members", "电话 phone", "unionid"),
    *("最近说话 last talked", "添加时间 added", "阶段 stage", "标签 tags", "门店 store"),
    *("来源 source", "意愿 consent"),
)
CONTROL = dict.fromkeys([*range(32), *range(127, 160)], " ")
COMPLAINED = "因投诉停发，先别发 complained: not before it is lifted"
DISPLEASED = "疑似不满，先别发 sounds displeased: not before somebody has looked"
WILLING = "未退订 has not opted out"


async def write(
    database: Database, path: Path, zone: ZoneInfo, *,
    sight: Sight = None, names: Mapping[str, str], came_by: Callable[[str], str],
) -> int:  # fmt: skip
    """Everybody who has not opted out, sorted by id; Excel easily sorts them otherwise.

    Args:
        path: ends in .csv or .xlsx.
        zone: the zone of all times.
        sight: only customers of these members, lost ones included.
        names: the members' names, by userid.
        came_by: the name of the code by which somebody came.

    Returns:
        The number of customers.

    Raises:
        BotError: the name of the file has another ending.
        OSError: it cannot be written.
    """
    number = 0
    with ExitStack() as stack:
        sheet = stack.enter_context(opened(path, "唤醒名单", freeze="C2"))
        sheet.add(COLUMNS)
        async with database.snapshot() as source:
            async for page in customers(source, sight):
                await asyncio.to_thread(_add, sheet, page, zone, names, came_by)
                number += len(page)
        await asyncio.to_thread(stack.close)  # an Excel file is packed now
    return number


def _add(
    sheet: Sheet, page: Rows, zone: ZoneInfo, names: Mapping[str, str],
    came_by: Callable[[str], str],
) -> None:  # fmt: skip
    for row in page:
        row["source"] = came_by(row["source"])
        cells = _cells(row, zone, names)
        sheet.add([plain(one) if isinstance(one, str) else one for one in cells])


def _cells(row: Mapping[str, Any], zone: ZoneInfo, names: Mapping[str, str]) -> Iterable[Cell]:
    def at(seconds: float | None) -> Cell:
        return datetime.fromtimestamp(seconds, UTC).astimezone(zone) if seconds else ""

    members = [
        f"{names.get(one, one)}{'（已删除 lost）' if lost else ''}" for one, lost in row["members"]
    ]
    yield from (
        row["id"],
        row["name"],
        "、".join(row["remarks"]),
        "、".join(members),
        row["phone"],
        row["unionid"],
    )
    yield from (at(row["heard_at"]), at(row["added_at"]))
    yield from (
        " ".join(dict.fromkeys(stage_name(row["stage"]))),
        "、".join(orjson.loads(row["tags"])),
    )
    held = DISPLEASED if row["complaint_sounds"] else COMPLAINED
    yield from (row["store"], row["source"], held if row["braked_at"] else WILLING)


def plain(text: str) -> str:
    """The text on one line."""
    return text.translate(CONTROL).strip()
