"""`huashu groups questions` and `rules`: what waits, and replies for WeCom's own assistant."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import orjson
import typer

from bot.cli.layered import load
from bot.cli.plain import HARMLESS, Root, plainly
from bot.cli.records import AsJson, ask_store, load_settings
from bot.clock import SystemClock
from bot.errors import BotError, Complaint, ConfigError
from bot.groups.kinds import Kind
from bot.groups.rules import read_groups
from bot.scripts.library import Library
from bot.scripts.renderer import Renderer
from bot.settings import Settings
from bot.store.database import opened
from bot.store.group_questions import GroupQuestion, GroupQuestions

HEAD = ("关键词 keyword", "回复 reply", "话术 script")
SHORT = 10  # characters of an example that serves as a keyword
FORMATS = (".xlsx", ".csv", ".txt")
PRIVATE = ("system/", "chat/", "greeting", "welcome/", "group/", "care/", "holiday/")


def questions(
    root: Root = Path(),
    owner: Annotated[str, typer.Option(help="Only of their groups: a userid.")] = "",
    chat: Annotated[str, typer.Option(help="Only of this group: wr….")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: AsJson = False,
) -> None:
    """Questions in groups that nobody has answered, the oldest first."""
    with plainly():
        settings = load_settings(root)

        async def ask() -> list[GroupQuestion]:
            owners = [owner] if owner else None
            store = GroupQuestions(opened())
            return await store.open(chat_id=chat, owners=owners, limit=limit)

        found, now = ask_store(settings, ask), SystemClock().timestamp()
        for one in found:
            told = _line(one, now, ZoneInfo(settings.zone)).translate(HARMLESS)
            typer.echo(orjson.dumps(asdict(one)).decode() if as_json else told)
        if not found and not as_json:
            typer.echo("群里没有等着回答的问题 No question waits in a group.")


def rules(
    export: Annotated[Path, typer.Option(help=".xlsx, .csv or .txt.")],
    root: Root = Path(),
    kind: Annotated[Kind | None, typer.Option(help="For groups of this kind.")] = None,
) -> None:
    """Keywords and replies for WeCom's own group assistant, which are entered there by hand.

    WeCom has no import for them (客户联系 → 聊天工具 → 自动回复).
    """
    with plainly():
        if export.suffix not in FORMATS:
            raise BotError(f"{export.name}: 请用 use {', '.join(FORMATS)}")
        settings = load_settings(root)
        library, _ = load(settings.root / settings.library)
        rows = list(replies(settings, library, kind or ""))
        write(export, rows)
        typer.echo(f"{len(rows)} 条规则 rules → {export}")
        typer.echo("企业微信没有导入，请在后台手工填写 WeCom takes them by hand, in its console.")


def _line(one: GroupQuestion, now: float, zone: ZoneInfo) -> str:
    at = datetime.fromtimestamp(one.at, UTC).astimezone(zone)
    hours, minutes = divmod(int(one.age_s(now) // 60), 60)
    answer = f"\n    → {one.script}" if one.script else ""
    return (
        f"{at:%m-%d %H:%M}  等了 waited {hours}:{minutes:02}  {one.chat or one.chat_id}"
        f"（{one.owner or '-'}）\n    {one.names}：{one.text}{answer}"
    )


def replies(settings: Settings, library: Library, kind: str) -> Iterator[tuple[str, str, str]]:
    """Keywords, reply and id of each script that always holds and is the same for everybody."""
    complaints: list[Complaint] = []
    allowed = read_groups(settings.root, complaints).scripts_of(kind)
    if complaints:
        raise ConfigError(complaints)
    renderer = Renderer({"company": asdict(settings.company)})
    now = SystemClock().now().astimezone(ZoneInfo(settings.zone))
    values = {"customer": {"name": "", "tags": []}, "member": {"name": ""}, "question": ""}
    for one in library:
        meant = not allowed or any(fnmatchcase(one.id, pattern) for pattern in allowed)
        if one.id.startswith(PRIVATE) or not meant or one.when.weight or not one.say:
            continue
        words = ["".join(some) for some in one.keywords if len(some) == 1]
        words += [example for example in one.examples if len(example) <= SHORT]
        known = {**values, "now": now, "persona": one.persona}
        if words:
            text = renderer.fill(one, one.say[0], known)
            yield "、".join(dict.fromkeys(words)), text, one.id


def write(path: Path, rows: Sequence[tuple[str, str, str]]) -> None:
    """As its ending says: .xlsx, .csv or .txt."""
    if path.suffix == ".txt":
        told = (f"关键词：{words}\n回复：{text}\n" for words, text, _ in rows)
        path.write_text("\n".join(told), "utf-8")
    elif path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as file:  # as Excel reads it
            csv.writer(file).writerows([HEAD, *rows])
    else:
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet("自动回复")
        for row in (HEAD, *rows):
            sheet.append(row)
        book.save(path)
