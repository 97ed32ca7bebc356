"""What people type into a cell ↔ a value of a [[script]] table.

A value is written plainly if that reads back as the same value, else as json:…, so that nothing is
lost. Functions that read a cell raise BadCell if they can make nothing of it.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from bot.events import Channel
from bot.scripts.script import CATEGORIES
from bot.sheets.grid import EXACT, RETYPE, shortened
from bot.sheets.sheet import unescaped

JSON = "json:"
CHANNELS: Mapping[str, str] = {
    "客户联系": Channel.CONTACT,
    "微信客服": Channel.KF,
    "智能机器人": Channel.BOT,
    "自建应用": Channel.APP,
}
EVERYWHERE = frozenset({"全部", "所有", "全部渠道", "所有渠道", "不限", "通用"})
PERSON = "请人接着回"
_KINDS = {"图片": "image", "视频": "video", "文件": "file"}  # with a file of the library
_CATEGORY_IDS = {name: category for category, name in CATEGORIES.items()}
_ITEMS = re.compile(r"[\n；;]")
_WORDS = re.compile(r"[\n；;，,、|]")
_DAY = re.compile(r"(20\d\d)\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?")
_HOURS = re.compile(r"(\d{1,2}):(\d\d)\s*[-~—–至到]+\s*(\d{1,2}):(\d\d)")
# What a worksheet cannot hold, or gives back as something else: _x000D_ is Excel's own escape.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_ESCAPE = re.compile("_(x[0-9A-Fa-f]{4}_)")  # it is one in JSON, too
_ATTACHMENT = "Write 图片 images/size.jpg, or 链接 标题 https://…, one a line"
_LONGEST = 32_000  # characters of a cell; Excel's own limit is 32 767


class BadCell(ValueError):
    """A cell cannot be read or written. `args` is (problem, cure)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a column is read and written."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]

    def value(self, cell: str) -> Any:
        """What `cell` stands for.

        Raises:
            BadCell: it stands for nothing that the column may hold.
        """
        if not cell.startswith(JSON):
            return self.read(cell)
        try:
            return json.loads(cell.removeprefix(JSON))
        except (ValueError, RecursionError) as error:
            raise BadCell(f"the cell is not JSON: {error}", "Write plain words") from None

    def cell(self, value: Any) -> str:
        """`value` as a cell from which `Kind.value` makes the same again.

        Raises:
            BadCell: it is longer than a cell can hold.
        """
        plain = self.write(value)
        if _UNSAFE.search(plain) or plain.startswith(JSON) or not self._returns(plain, value):
            unsafe = bool(_UNSAFE.search(plain))
            plain = JSON + json.dumps(value, ensure_ascii=unsafe, default=str)
            plain = _ESCAPE.sub(r"\\u005f\1", plain)
        if len(plain) > _LONGEST:
            raise BadCell(f"longer than {_LONGEST} characters", "Export to .toml or .jsonl")
        return plain

    def _returns(self, plain: str, value: Any) -> bool:
        try:
            return bool(self.read(plain) == value)
        except BadCell:
            return False


def _read_items(cell: str) -> list[str]:
    """Items, one a line; in a cell of a single line they are separated by 「；」."""
    parts = cell.split("\n") if "\n" in cell else _ITEMS.split(cell)
    return [part.strip() for part in parts if part.strip()]


def _read_words(cell: str) -> list[str]:
    return [" ".join(part.split()) for part in _WORDS.split(cell) if part.strip()]


def _read_category(cell: str) -> str:
    return _CATEGORY_IDS.get(cell, cell)


def _write_category(category: str) -> str:
    return CATEGORIES.get(category, category)


def _read_channels(cell: str) -> list[str]:
    if cell in EVERYWHERE:
        return []
    names = {name: str(channel) for name, channel in CHANNELS.items()}
    found = [names.get(part, part.casefold()) for part in _read_words(cell.replace(" ", "、"))]
    for one in found:
        if one not in names.values():
            raise BadCell(f"{one!r} is no channel", f"Write {'、'.join(names)}")
    return found


def _write_channels(channels: list[str]) -> str:
    names = {channel: name for name, channel in CHANNELS.items()}
    return "、".join(names.get(Channel(one), one) for one in channels)


def _read_hours(cell: str) -> str:
    found = _HOURS.fullmatch(unicodedata.normalize("NFKC", cell))
    if not found:
        raise BadCell(f"{cell!r} are no hours", "Write 09:00-21:00")
    hour, minute, end_hour, end_minute = found.groups()
    return f"{int(hour):02}:{minute}-{int(end_hour):02}:{end_minute}"


def _read_day(cell: str) -> date:
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", cell))
    try:
        return date(*map(int, found.groups())) if found else date.fromisoformat(cell)
    except ValueError:
        raise BadCell(f"{cell!r} is no date", "Write 2026-01-31") from None


def _read_then(cell: str) -> str:
    return "person" if cell in (PERSON, "请人", "转人工", "人工", "person") else cell


def _read_attachments(cell: str) -> list[dict[str, Any]]:
    return [_read_attachment(line.strip()) for line in cell.split("\n") if line.strip()]


def _read_attachment(line: str) -> dict[str, Any]:
    """One attachment: 图片 images/size.jpg, 链接 退货指南 https://…, or a JSON object."""
    if line.startswith("{"):
        try:
            return dict(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise BadCell(f"the cell is not JSON: {error}", _ATTACHMENT) from None
    kind, *words = line.split()
    if kind in _KINDS and len(words) == 1:
        inside = not words[0].startswith(("http://", "https://"))
        return {"type": _KINDS[kind], "file" if inside else "pic_url": words[0]}
    if kind == "链接" and len(words) >= 2:
        return {"type": "link", "title": " ".join(words[:-1]), "url": words[-1]}
    raise BadCell(f"{line!r} is no attachment", _ATTACHMENT)


def _write_attachments(items: list[dict[str, Any]]) -> str:
    return "\n".join(map(_write_attachment, items))


def _write_attachment(item: dict[str, Any]) -> str:
    kinds = {kind: name for name, kind in _KINDS.items()}
    match item:
        case {"type": "link", "title": title, "url": url}:
            plain = f"链接 {title} {url}"
        case {"type": kind, "file": content} | {"type": kind, "pic_url": content}:
            plain = f"{kinds.get(kind, kind)} {content}"
        case _:
            plain = ""
    try:
        if plain and _read_attachment(plain) == item:
            return plain
    except BadCell:
        pass
    return json.dumps(item, ensure_ascii=False)


TEXT = Kind(str, str)
CATEGORY = Kind(_read_category, _write_category)
ITEMS = Kind(_read_items, "\n".join)
WORDS = Kind(_read_words, "\n".join)
CHANNEL_LIST = Kind(_read_channels, _write_channels)
HOURS = Kind(_read_hours, str)
DAY = Kind(_read_day, date.isoformat)
THEN = Kind(_read_then, lambda then: PERSON if then == "person" else str(then))
ATTACHMENTS = Kind(_read_attachments, _write_attachments)


def text_of(value: object, kind: Kind) -> str:
    """The text of a cell that openpyxl read as `value`.

    Raises:
        BadCell: Excel has turned what was typed into a date, a time, or true or false.
    """
    match value:
        case None:
            return ""
        case datetime() if kind is DAY:
            return value.date().isoformat()
        case bool() | date() | time():
            raise BadCell(f"Excel has made {value} of it", RETYPE)
        case int() | float() if abs(value) >= EXACT:
            raise BadCell(f"Excel has made {shortened(value)} of it", RETYPE)
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return unescaped(str(value)).replace("\r\n", "\n").strip()
