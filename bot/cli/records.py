"""`huashu why`, `doubtful` and `todos`: what the bot has recorded, for its operator.

These print what customers wrote. They work beside a running bot.
"""

import asyncio
import os
import textwrap
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer

from bot.cli.plain import HARMLESS, Root, goes_on, plainly, print_objects
from bot.cli.telling import BANDS, bar_of, found_by
from bot.clock import SystemClock
from bot.errors import Complaint, ConfigError
from bot.events import DeliveryFailed
from bot.files.textfile import cannot_read, may
from bot.scripts.judging import percent
from bot.settings import Settings
from bot.store import records
from bot.store.alone import in_use
from bot.store.database import open_database
from bot.store.models import MessageState
from bot.store.records import Record, Said, Todo
from bot.store.sqlite_file import BACK, FROZEN, MOVED, is_frozen
from bot.store_url import url_in

T = TypeVar("T")
Last = Annotated[int, typer.Option("--last", help="So many, the newest.", min=1, max=1000)]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: one object a line.")]
_STATES = {
    "waiting": "待发 waiting",
    "claimed": "正在发 being sent",
    "sent": "已发出 sent",
    "dead": "没有发出 not sent",
    "doubtful": "不确定 doubtful",
}
_COMPARED = {  # texts kept with a match; told if they differ from what the customer wrote
    "normalised": "规整后 normalised",
    "compared": "比的是 compared",
}

doubtful = typer.Typer(help="Messages of which nobody knows whether they arrived.")
todos = typer.Typer(help="What people have to do because the bot could not.")


def why(
    root: Root = Path(),
    customer: Annotated[str, typer.Option(help="Only of this customer or member, by id.")] = "",
    event: Annotated[str, typer.Option(help="Only this one, by id.")] = "",
    last: Last = 10,
    as_json: AsJson = False,
) -> None:
    """The last events: what was said and why, or why nothing was."""
    with plainly():
        settings = load_settings(root)
        members = settings.members
        found = ask_store(
            settings, lambda: records.last_events(last, members, customer=customer, event=event)
        )
        _show(found, as_json, lambda one: _told(one, settings), "没有事件 No events.")


@doubtful.callback(invoke_without_command=True)
def show_doubtful(
    context: typer.Context, root: Root = Path(), last: Last = 100, as_json: AsJson = False
) -> None:
    """List them; `resolve` settles one."""
    if goes_on(context, root):
        return
    with plainly():
        settings = load_settings(root)
        found = ask_store(settings, lambda: records.doubtful(last, settings.members))
        _show(found, as_json, lambda one: _doubt(one, settings), "没有 Nothing is doubtful.")


@doubtful.command()
def resolve(
    message: Annotated[str, typer.Argument(metavar="ID", help="As `doubtful` shows it.")],
    reason: Annotated[str, typer.Option(help="How you know; kept with the message.")],
    sent: Annotated[bool, typer.Option("--sent", help="It arrived.")] = False,
    again: Annotated[bool, typer.Option("--again", help="It did not: send it again.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="It is not wanted any more.")] = False,
    root: Root = Path(),
) -> None:
    """Settle a doubtful message.

    With --again the rules are asked once more: what may no longer be sent becomes a to-do.
    """
    if sent + again + drop != 1:
        raise typer.BadParameter("choose one of --sent, --again and --drop")
    state = MessageState.SENT if sent else MessageState.WAITING if again else MessageState.DEAD
    with plainly():
        now, settings = SystemClock().timestamp(), load_settings(root)
        zone = ZoneInfo(settings.zone)
        ask_store(settings, lambda: records.resolve(message, state, reason, now, zone))
    when = " The bot sends it within a minute, or when it is started." if again else ""
    typer.echo(f"{message}: {_STATES[state.name.lower()]}.{when}")


@todos.callback(invoke_without_command=True)
def show_todos(
    context: typer.Context,
    root: Root = Path(),
    last: Last = 100,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are done.")] = False,
    as_json: AsJson = False,
) -> None:
    """List them; `done` ticks one off."""
    if goes_on(context, root):
        return
    with plainly():
        settings = load_settings(root)
        found = ask_store(settings, lambda: records.todos(last, settings.members, done=everything))
        _show(found, as_json, lambda one: _todo(one, settings), "没有待办 Nothing to do.")


@todos.command()
def done(
    todo: Annotated[str, typer.Argument(metavar="ID", help="As `todos` shows it.")],
    root: Root = Path(),
) -> None:
    """Tick one off."""
    with plainly():
        now = SystemClock().timestamp()
        ask_store(load_settings(root), lambda: records.finish_todo(todo, now))
    typer.echo(f"{todo}: 已完成 done.")


def load_settings(root: Path) -> Settings:
    """
    Raises:
        ConfigError: with everything that is wrong in them.
    """
    return Settings.load(root.resolve(), os.environ)


def ask_store(settings: Settings, work: Callable[[], Awaitable[T]]) -> T:
    """Do `work` with the workspace's database open.

    Raises:
        ConfigError: there is no database yet, or this user may not use it.
    """
    return ask_database(store_url(settings), work)


def store_url(settings: Settings) -> str:
    """The URL of the workspace's database.

    Raises:
        ConfigError: it is a file that does not exist yet, was moved away, or is closed to us.
    """
    url = url_in(settings.root, settings.store.url)
    path = url.removeprefix("sqlite://")
    if path != url and not may(Path(path), os.R_OK | os.W_OK):
        try:
            os.stat(path)
            told = FROZEN if is_frozen(Path(path)) else cannot_read(PermissionError())
        except FileNotFoundError:
            told = MOVED, BACK
            if not in_use(Path(path)):
                cure = "`huashu run` makes it; --root names another folder"
                told = "there is no database yet", cure
        except OSError as error:
            told = cannot_read(error)
        raise ConfigError([Complaint(path, "*", *told)])
    return url


def ask_database(url: str, work: Callable[[], Awaitable[T]]) -> T:
    """Do `work` with this database open, as it is: nothing is migrated.

    Raises:
        ConfigError: it cannot be reached, or its tables are not of this version (OldTables).
    """

    async def opened() -> T:
        async with open_database(url, as_it_is=True):
            return await work()

    return asyncio.run(opened())


def _show(found: Iterable[T], as_json: bool, tell: Callable[[T], str], nothing: str) -> None:
    if as_json:
        print_objects(*found)
        return
    told = [tell(one).translate(HARMLESS) for one in found]
    typer.echo("\n\n".join(told) or nothing)


def _told(record: Record, settings: Settings) -> str:
    lines = [
        f"{_time(record.at, settings)}  {_person(record.who, record.name)}",
        f"    {record.kind}  {record.id}  ({record.conversation})",
    ]
    if record.text:  # what the customer wrote; of a message that did not arrive, our own words
        mark = "│" if record.kind == DeliveryFailed.__name__ else "「"
        lines.append(textwrap.indent(record.text, f"    {mark} "))
    lines += [f"    ↳ {record.why.zh}", f"      {record.why.en}"]
    lines += [f"      {line}" for line in matched(record.match, record.text)]
    lines += [
        f"    没有说 not said  {one['script']}  {one['rule']}: {one['zh']}"
        for one in record.refused
    ]
    if record.elsewhere:
        lines.append(
            "    和这个问题的第一条一起回答 answered with the first piece of the question"
        )
    return "\n".join([*lines, *map(_spoken, record.said)])


def matched(match: Mapping[str, Any], written: str) -> Iterator[str]:
    """Lines that tell what the matcher saw and decided.

    Args:
        match: what was kept of it with an event.
        written: what the customer wrote.
    """
    if not match:
        return
    decided = bar_of(match.get("bar", ""), match.get("bar_at", 0.0))
    yield f"{BANDS[match['band']]}  由什么定 by: {decided}" if decided else BANDS[match["band"]]
    if "edition" in match:
        yield f"话术版本 edition of the scripts: {match['edition']}"
    for key, name in _COMPARED.items():
        if match.get(key, "") not in ("", written):
            yield from f"{name}: {match[key]}".split("\n")
    for one in match["candidates"]:
        found = found_by(one["tier"], one.get("example", ""))
        yield f"候选 candidate  {percent(one['score']):>5}  {one['id']}  {found}"
        if "sentence" in one:
            yield f"    答的句子 sentence「{one['sentence']}」"


def _spoken(said: Said) -> str:
    lines = [f"    {_STATES[said.state]}  {said.script}  {said.via} → {said.to}  {said.id}"]
    if said.note:
        lines.append(f"      {said.note}")
    if said.text:
        lines.append(textwrap.indent(said.text, "    │ "))
    return "\n".join(lines)


def _doubt(said: Said, settings: Settings) -> str:
    head = f"{_time(said.at, settings)}  → {_person(said.to, said.name)}"
    return f"{head}\n{_spoken(said)}"


def _todo(todo: Todo, settings: Settings) -> str:
    on_duty = "值班同事 whoever is on duty"
    ticked = f"  已完成 done {_time(todo.done_at, settings)}" if todo.done_at else ""
    return "\n".join(
        [
            f"{_time(todo.at, settings)}  {todo.id}{ticked}",
            f"    {_person(todo.member, todo.member_name) if todo.member else on_duty}"
            f" ← {_person(todo.customer, todo.name)}",
            f"    {todo.why}",
            textwrap.indent(todo.words, "    │ "),
        ]
    )


def _time(at: datetime, settings: Settings) -> str:
    return f"{at.astimezone(ZoneInfo(settings.zone)):%Y-%m-%d %H:%M:%S}"


def _person(someone: str, name: str) -> str:
    return f"{name} ({someone})" if name else someone or "-"
