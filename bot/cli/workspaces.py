"""`huashu init` and `huashu check`: lay out a workspace, and name every mistake in one."""

import asyncio
import os
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.doctor import ask, tell
from bot.cli.plain import Root, complain, plainly, warn
from bot.clock import SystemClock
from bot.errors import Complaint, ConfigError, Unread
from bot.settings import Settings
from bot.workspace import workspace

if TYPE_CHECKING:
    from bot.plans.book import Book
    from bot.touch.calendar import Calendar


def init(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Lay out a new workspace."""
    with plainly():
        workspace.lay_out(target)
    typer.echo(f"{target} 准备好了 is ready. 接下来 Next:")
    typer.echo(f"  cd {target}")
    typer.echo("  install -m 600 .env.example .env   # 填好 and fill it in")
    typer.echo("  # config/bot.toml, scripts_library/_shared.jinja, 话术: 都读一遍 read them all")
    typer.echo("  huashu check")
    typer.echo(f"  huashu scripts eval   # 题库 its questions: {workspace.QUESTIONS}")
    typer.echo("  huashu run")


def check(
    root: Root = Path(),
    online: Annotated[
        bool, typer.Option("--online", help="Ask WeCom too, as `huashu doctor` does.")
    ] = False,
) -> None:
    """Name every mistake in settings, scripts, plans, rules and routers."""
    from bot.scripts.checks import inspect
    from bot.touch.calendar import Calendar, read_days

    root = root.resolve()
    complaints, doubts = list[Complaint](), list[Complaint]()
    settings = _settings(root, complaints)
    library = settings.library if settings else "scripts_library"
    findings = inspect(root / library, root=root)
    complaints += _from_root(root, library, findings.mistakes)
    unread = any(isinstance(one, Unread) for one in findings.mistakes)
    # Ids to check others by; None if they are not known: then only the cause is worth telling.
    scripts = None if unread else findings.scripts or None
    doubts += _check_handlers(root, settings, scripts, complaints)
    calendar = Calendar(read_days(root, complaints))
    zone = settings.zone if settings else "Asia/Shanghai"
    book = _plans(root, library, zone, calendar, scripts, complaints)
    doubts += book.doubts if book else ()
    doubts += _check_rules(root, scripts, book, complaints)
    if settings:
        _check_database(root, settings, complaints)
        _check_archive(settings, complaints)
        doubts += _check_drivers(settings, complaints)
    complain(dict.fromkeys(complaints))  # the plans repeat complaints about bot.toml
    warn([*doubts, *_from_root(root, library, findings.doubts)])
    warn(calendar.doubts(SystemClock().now().date()))
    warn(workspace.unfinished(root, library, settings, findings.scripts))
    warn(workspace.old_pairs(settings) if settings else ())
    warn(workspace.overheard(settings) if settings else ())
    warn(workspace.prefixed(settings) if settings else ())
    warn(workspace.repeated(root))
    if complaints or settings is None:
        raise typer.Exit(1)
    typer.echo("配置、话术、计划和处理程序都没问题。")
    typer.echo("Settings, scripts, plans and routers are in order.")
    _tell_addresses(settings)
    if online and not asyncio.run(tell(ask(settings))):
        raise typer.Exit(1)


def _from_root(root: Path, folder: str, told: Iterable[Complaint]) -> Iterable[Complaint]:
    """The complaints, with paths of files in `folder` written from `root`, as all others are."""
    for one in told:
        exists = os.path.exists  # False, too, where a folder may not be opened
        inside = not exists(root / one.file) and exists(root / folder / one.file)
        yield replace(one, file=f"{folder}/{one.file}") if inside else one


def _settings(root: Path, complaints: list[Complaint]) -> Settings | None:
    """The settings; None if they cannot be used, which `complaints` then tells.

    Raises:
        Exit: this is not even a workspace; told already.
    """
    try:
        return Settings.load(root, os.environ)
    except ConfigError as error:
        complaints += error.complaints
        if not workspace.stands_in(root):  # everything else would be missing, too
            complain(complaints)
            raise typer.Exit(1) from None
        return None


def _check_handlers(
    root: Path,
    settings: Settings | None,
    scripts: Collection[str] | None,
    complaints: list[Complaint],
) -> list[Complaint]:
    """Add mistakes in the company's handlers to `complaints`. Returns doubts about them."""
    from bot.workspace.application import load_application
    from bot.workspace.slips import slips

    routers = settings.routers if settings else "handlers:routers"
    try:
        application = load_application(root, routers)
        return [*slips(root, routers.partition(":")[0], application.routers, scripts)]
    except ConfigError as error:
        complaints += error.complaints
        return []


def _plans(
    root: Path,
    library: str,
    zone: str,
    calendar: "Calendar",
    scripts: Collection[str] | None,
    complaints: list[Complaint],
) -> "Book | None":
    """Add mistakes in plans and moments to `complaints`. Returns the plans; None: not readable."""
    from bot.cli.plans import look
    from bot.moments.rules import read_moments
    from bot.plans.segments import tagged

    try:
        book = look(root, library, zone, calendar)
        complaints += [
            one
            for one in book.complaints
            if scripts or not one.problem.startswith("unknown script")
        ]
        read_moments(root, complaints, tagged(book.segments))
        return book
    except ConfigError as error:  # the settings cannot be read, or the database not be opened
        complaints += error.complaints
        return None


def _check_rules(
    root: Path, scripts: Collection[str] | None, book: "Book | None", complaints: list[Complaint]
) -> Iterable[Complaint]:
    """Add mistakes in the other files of config/ to `complaints`. Returns doubts about them."""
    from bot.channels.book import read_channels
    from bot.groups.rules import read_groups
    from bot.profile.rules import read_customers, uncounted
    from bot.referral.book import read_referral
    from bot.signals.reading import read_signals
    from bot.tagging.book import read_tagging

    read_signals(root, complaints)
    read_groups(root, complaints, scripts)
    read_channels(root, complaints, scripts)
    read_referral(root, complaints, scripts)
    read_tagging(root, complaints, scripts)
    customers = read_customers(root, complaints)
    return uncounted(customers, book.segments.words.dates) if book else ()


def _check_database(root: Path, settings: Settings, complaints: list[Complaint]) -> None:
    """Complain if the database is a file that cannot be written."""
    from bot.store.sqlite_file import unwritable
    from bot.store_url import url_in

    url = url_in(root, settings.store.url)
    if url.startswith("sqlite://"):
        told = {one.file for one in complaints}
        path = Path(url.removeprefix("sqlite://"))
        complaints += [one for one in unwritable(path) if one.file not in told]


def _check_drivers(settings: Settings, complaints: list[Complaint]) -> list[Complaint]:
    """Complain about missing drivers of databases and streams. Returns doubts about old ones."""
    from bot.workspace.drivers import lacking

    found = [*lacking(settings)]
    complaints += [one for missing, one in found if missing]
    return [one for missing, one in found if not missing]


def _check_archive(settings: Settings, complaints: list[Complaint]) -> None:
    """Complain if the bot could not open the archive of chats (会话内容存档) at its start."""
    from bot.joined.archive import source_and_keys

    if settings.archive:
        try:
            source_and_keys(settings, settings.archive)
        except ConfigError as error:
            complaints += error.complaints


def _tell_addresses(settings: Settings) -> None:
    """Print the addresses that have to be entered in WeCom's admin console."""
    app, bot = settings.app, settings.bot
    if app and not settings.server.public_url:
        typer.echo("没有写 [server] public_url：控制台、侧边栏、登录和 huashu doctor 要用。")
        typer.echo("[server] public_url is not set: console, sidebar and doctor go by it.")
    for callback in (app.callback if app else None, bot.callback if bot else None):
        if callback is None:
            continue
        base = settings.server.public_url.rstrip("/") or "https://YOUR-PUBLIC-ADDRESS"
        typer.echo(f"企业微信后台填的回调 URL for the admin console: {base}{callback.path}")
    if settings.signals:
        base = settings.server.public_url.rstrip("/") or "https://YOUR-PUBLIC-ADDRESS"
        typer.echo(f"给商城系统 for your shop's system: {base}/api/v1/signals")
