"""`huashu groups questions` and `rules`: questions in groups that nobody has answered, and replies
for WeCom's own group assistant."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.cli.layered import load
from bot.cli.plain import Root, plainly, print_lines, print_objects
from bot.cli.records import AsJson, ask_store, load_settings
from bot.clock import SystemClock
from bot.errors import BotError, Complaint, ConfigError
from bot.groups.assistant import FORMATS, replies, write
from bot.groups.kinds import Kind
from bot.groups.rules import read_groups
from bot.store.database import opened
from bot.store.groups.questions import GroupQuestion, GroupQuestions, folded


def questions(
    root: Root = Path(),
    owner: Annotated[str, typer.Option(help="Only of their groups: a userid.")] = "",
    chat: Annotated[str, typer.Option(help="Only of this group: wr….")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: AsJson = False,
) -> None:
    """Questions in groups that nobody has answered, the oldest first.

    The same in several groups of one owner is told once; in JSON each by itself.
    """
    with plainly():
        settings = load_settings(root)

        async def ask() -> list[GroupQuestion]:
            owners = [owner] if owner else None
            store = GroupQuestions(opened())
            return await store.open(chat_id=chat, owners=owners, limit=limit)

        found, now = ask_store(settings, ask), SystemClock().timestamp()
        if as_json:
            print_objects(*found)
            return
        lines = [_line(fold, now, ZoneInfo(settings.zone)) for fold in _folds(found)]
        print_lines(*(lines or ["群里没有等着回答的问题 No question waits in a group."]))


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
        complaints: list[Complaint] = []
        allowed = read_groups(settings.root, complaints).scripts_of(kind or "")
        if complaints:
            raise ConfigError(complaints)
        now = SystemClock().now().astimezone(ZoneInfo(settings.zone))
        rows = list(replies(library, settings.company, allowed, now))
        write(export, rows)
        typer.echo(f"{len(rows)} 条规则 rules → {export}")
        typer.echo("企业微信没有导入，请在后台手工填写 WeCom takes them by hand, in its console.")


def _folds(asked: Iterable[GroupQuestion]) -> list[tuple[GroupQuestion, ...]]:
    """The questions, those that are alike in groups of one owner put together; oldest first."""
    owners: dict[str, list[GroupQuestion]] = {}
    for one in asked:
        owners.setdefault(one.owner, []).append(one)
    return sorted(
        (fold for some in owners.values() for fold in folded(some)), key=lambda fold: fold[0].at
    )


def _line(fold: Sequence[GroupQuestion], now: float, zone: ZoneInfo) -> str:
    one, groups = fold[0], len({each.chat_id for each in fold})
    at = datetime.fromtimestamp(one.at, UTC).astimezone(zone)
    hours, minutes = divmod(int(one.age_s(now) // 60), 60)
    answer = f"\n    → {one.script}" if one.script else ""
    more = f" 等 {groups} 个群 in {groups} groups" if groups > 1 else ""
    return (
        f"{at:%m-%d %H:%M}  等了 waited {hours}:{minutes:02}  {one.chat or one.chat_id}{more}"
        f"（{one.owner or '-'}）\n    {one.names}：{one.text}{answer}"
    )
