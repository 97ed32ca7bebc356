"""`huashu scripts edit|submit|approve|…`: scripts in the database, which lie over the files.

Every edit makes a version, and every step is kept with who took it and why. The running bot uses
what is approved within seconds.
"""

import textwrap
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import orjson
import typer

from bot.cli.plain import By, Root, complain, plainly, print_lines, print_objects
from bot.cli.records import AsJson, ask_store, load_settings
from bot.cli.script_forbidding import Despite, heed, heed_version
from bot.clock import SystemClock
from bot.errors import BotError, ScriptError
from bot.retiring import keep_what_is_used
from bot.scripts.layers import lay_over, origins, read_layers
from bot.scripts.version import Kind, Version
from bot.settings import Settings
from bot.store.database import opened
from bot.store.scripts import versions
from bot.store.scripts.versions import Act, Approved, Edit, Judge
from bot.touch.calendar import Calendar, read_days

T = TypeVar("T")
Script = Annotated[str, typer.Argument(metavar="ID", help="Of the script: faq/refund.")]
Number = Annotated[
    int | None, typer.Option("--version", help="Else the newest.", min=1, show_default=False)
]
Note = Annotated[str, typer.Option("--note", help="Why; kept with it.")]
_STATES = {
    "draft": "草稿 draft",
    "submitted": "待审 submitted",
    "approved": "通过 approved",
    "rejected": "退回 rejected",
    "withdrawn": "撤回 withdrawn",
}
_KINDS = {
    Kind.WORDS: "",
    Kind.RETIRED: "停用 no script of this id",
    Kind.FILE: "用文件里的 that of the files",
}
_SOON = "几秒内生效，没在运行就等启动 in force within seconds, or when the bot is started."


async def known(settings: Settings, script: str) -> None:
    """Make sure that there is such a script. The database has to be open.

    Raises:
        ScriptError: neither files nor database have it; it names an id that is spelled alike.
    """
    read_layers(settings.root / settings.library, await in_force()).library([script])


async def in_force() -> Approved:
    """The approved versions in the database, which has to be open."""
    approved = Approved(opened())
    await approved.refresh()
    return approved


def edit(
    script: Script,
    file: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="Holds the script: .toml .jsonl .xlsx"),
    ],
    by: By = "",
    note: Note = "",
    submit_it: Annotated[bool, typer.Option("--submit", help="Ask for approval too.")] = False,
    despite: Despite = False,
    root: Root = Path(),
) -> None:
    """Put a new version of a script into the database; nothing changes until it is approved."""
    with plainly():
        settings, act = load_settings(root), _act(by, note)
        content = _content(file, script, settings.root / settings.library)

        async def put(judge: Judge) -> int:
            if submit_it:
                new = Version(script=script, number=0, content=content)
                heed_version(settings, new, "submit", act, author=act.who, despite=despite)
            number = await versions.draft(script, content, act, judge=judge)
            if submit_it:
                await versions.submit(script, number, act)
            return number

        number = _judging(settings, put)
    state, step = ("submitted", "approve") if submit_it else ("draft", "submit")
    following = f"接下来 Next: huashu scripts {step} {script}"
    typer.echo(f"{script}: version {number}, {_STATES[state]}. {following}")


def submit(
    script: Script,
    number: Number = None,
    by: By = "",
    note: Note = "",
    despite: Despite = False,
    root: Root = Path(),
) -> None:
    """Ask for the approval of a draft."""
    with plainly():
        settings = load_settings(root)

        async def ask(script: str, number: int, act: Act) -> None:
            await heed(settings, script, number, "submit", act, despite=despite)
            await versions.submit(script, number, act)

        told = _step(root, script, number, _act(by, note), ask)
    typer.echo(f"{told}, {_STATES['submitted']}. 接下来 Next: huashu scripts approve {script}")


def reject(
    script: Script, number: Number = None, by: By = "", note: Note = "", root: Root = Path()
) -> None:
    """Turn a submitted version down."""
    with plainly():
        told = _step(root, script, number, _act(by, note), versions.reject)
    typer.echo(f"{told}, {_STATES['rejected']}.")


def withdraw(
    script: Script, number: Number = None, by: By = "", note: Note = "", root: Root = Path()
) -> None:
    """Take a version back that nobody has judged yet."""
    with plainly():
        told = _step(root, script, number, _act(by, note), versions.withdraw)
    typer.echo(f"{told}, {_STATES['withdrawn']}.")


def approve(
    script: Script,
    number: Number = None,
    by: By = "",
    note: Note = "",
    despite: Despite = False,
    root: Root = Path(),
) -> None:
    """Approve a submitted version: customers get it."""
    with plainly():
        settings, act = load_settings(root), _act(by, note)

        async def let_out(judge: Judge) -> int:
            chosen = await _chosen(script, number)
            await heed(settings, script, chosen, "approve", act, despite=despite)
            await versions.approve(script, chosen, act, judge=judge)
            return chosen

        chosen = _judging(settings, let_out)
    typer.echo(f"{script}: version {chosen}, {_STATES['approved']}. {_SOON}")


def retire(script: Script, by: By = "", note: Note = "", root: Root = Path()) -> None:
    """Retire a script, even if the files have it."""
    with plainly():
        settings, act = load_settings(root), _act(by, note)
        _keep_what_is_used(settings, script)

        async def hide(judge: Judge) -> int:
            await known(settings, script)
            return await versions.retire(script, act, judge=judge)

        number = _judging(settings, hide)
    back = f"要恢复 Back: huashu scripts rollback {script} --to N"
    typer.echo(f"{script}: version {number}, {_KINDS[Kind.RETIRED]}. {_SOON} {back}")


def rollback(
    script: Script,
    to: Annotated[int, typer.Option(help="That was in force once; 0: the files.", min=0)],
    by: By = "",
    note: Note = "",
    root: Root = Path(),
) -> None:
    """Approve an older version again."""
    with plainly():
        settings, act = load_settings(root), _act(by, note)
        if ask_store(settings, lambda: _hides(settings, script, to)):
            _keep_what_is_used(settings, script)

        async def restore(judge: Judge) -> int:
            await heed(settings, script, to, "restore", act)
            return await versions.roll_back(script, to, act, judge=judge)

        number = _judging(settings, restore)
    typer.echo(f"{script}: version {number} is as {to or 'the files'} 已恢复. {_SOON}")


def history(script: Script, root: Root = Path(), as_json: AsJson = False) -> None:
    """Every version of a script, and who did what with it, the newest first."""
    with plainly():
        settings = load_settings(root)
        found = ask_store(settings, lambda: versions.history(script))
        if not found:
            read_layers(settings.root / settings.library, ()).base[script]  # complains if unknown
        _show(found, settings, as_json)


def waiting(
    root: Root = Path(),
    last: Annotated[int, typer.Option("--last", help="So many, the newest.", min=1)] = 100,
    as_json: AsJson = False,
) -> None:
    """Versions that are drafts, or wait for approval."""
    with plainly():
        settings = load_settings(root)
        _show(ask_store(settings, lambda: versions.waiting(last)), settings, as_json)


def layers(root: Root = Path(), as_json: AsJson = False) -> None:
    """Where each script comes from: files, database, or nowhere any more."""
    with plainly():
        settings = load_settings(root)
        approved = ask_store(settings, in_force)
        found = read_layers(settings.root / settings.library, approved)
        complain(found.complaints)
        for script, origin in origins(found.base, found.overlay).items():
            if as_json:
                print_objects({"script": script, **asdict(origin)})
                continue
            state = f"{_KINDS[Kind.RETIRED]}, " if origin.retired else ""
            over = f"  over {origin.over}" if origin.over else ""
            typer.echo(f"{script:<32} {state}{origin.place}{over}")
        if found.complaints:
            raise typer.Exit(1)


def _keep_what_is_used(settings: Settings, script: str) -> None:
    """Make sure that nothing uses a script that is to be retired.

    Raises:
        Declined: a plan, a handler or a file of config/ uses it.
    """
    from bot.cli.layered import stored
    from bot.cli.plans import look

    folder, calendar = settings.root / settings.library, Calendar(read_days(settings.root, []))
    found = stored(folder)
    plans = look(settings.root, settings.library, settings.zone, calendar, found).plans
    layers = read_layers(folder, found.versions)
    keep_what_is_used(script, settings, plans, lay_over(layers.base, layers.overlay))


async def _hides(settings: Settings, script: str, to: int) -> bool:
    """Whether there would be no script of this id if version `to` were in force again."""
    if to == 0:
        return script not in read_layers(settings.root / settings.library, ()).base
    return any(
        one.version.number == to and one.version.kind is Kind.RETIRED
        for one in await versions.history(script)
    )


def _act(by: str, note: str) -> Act:
    return Act(who=by, at=SystemClock().timestamp(), note=note)


def _content(file: Path, script: str, library: Path) -> str:
    """The script of this id in a file, as the line of JSON Lines that a version holds.

    Raises:
        ScriptError: there are mistakes in the file.
        BotError: this script is not in it.
    """
    from bot.scripts.formats import read_library
    from bot.scripts.formats.jsonl import write_scripts

    reading = read_library(file, beside=library)
    if reading.complaints:
        raise ScriptError(reading.complaints)
    found = [one for one in reading.scripts if one.id == script]
    if not found:
        raise BotError(f"{file} holds no script {script}: write its id there, or name another.")
    return write_scripts(found).decode().rstrip()


def _judging(settings: Settings, work: Callable[[Judge], Awaitable[T]]) -> T:
    """Do `work` with a judge that checks versions beside the scripts in force."""
    from bot.joined.ground import open_editions

    async def judged() -> T:
        return await work(open_editions(settings, opened()).judge)

    return ask_store(settings, judged)


def _step(
    root: Path,
    script: str,
    number: int | None,
    act: Act,
    verb: Callable[[str, int, Act], Awaitable[None]],
) -> str:
    async def step() -> int:
        chosen = await _chosen(script, number)
        await verb(script, chosen, act)
        return chosen

    return f"{script}: version {ask_store(load_settings(root), step)}"


async def _chosen(script: str, number: int | None) -> int:
    """The version with this number; None: the newest.

    Raises:
        BotError: the database has no version of this script.
    """
    if number is not None:
        return number
    edits = await versions.history(script)
    if not edits:
        raise BotError(
            f"There is no version of {script} in the database; `huashu scripts edit` makes one."
        )
    return edits[0].version.number


def _show(edits: Sequence[Edit], settings: Settings, as_json: bool) -> None:
    zone = ZoneInfo(settings.zone)
    for one in edits:
        if as_json:
            print_objects(one)
        else:
            print_lines(*_told(one, zone))
    if not edits and not as_json:
        typer.echo("没有 None.")


def _told(edit: Edit, zone: ZoneInfo) -> Iterator[str]:
    version = edit.version
    state = "在用 in force" if edit.in_force else _STATES[edit.steps[-1].state]
    yield f"{version.script}  version {version.number}  {state}"
    for step in edit.steps:
        at = f"{step.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        yield f"    {at}  {_STATES[step.state]:<12} {step.who}  {step.note}".rstrip()
    if version.kind is not Kind.WORDS:
        yield f"    {_KINDS[version.kind]}"
        return
    record = orjson.loads(version.content)
    for words in record.get("replies", [record["reply"]]):
        yield textwrap.indent(words, "    │ ")
