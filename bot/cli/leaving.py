"""`huashu export|import`: the whole state as open files, out of one machine and into another.

The export works beside a running bot; nothing waits for it.
"""

import asyncio
import os
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.channels.book import ChannelBook
from bot.cli.members import one_as_spelled
from bot.cli.plain import Root, plainly
from bot.cli.records import ask_store, load_settings
from bot.clock import SystemClock
from bot.errors import BotError
from bot.files.reader import read_dotenv
from bot.files.textfile import parse_toml
from bot.leaving import files, restore, wake_up
from bot.leaving.export import export
from bot.leaving.manifest import Manifest
from bot.referral.book import ReferralBook
from bot.settings import Settings, Store
from bot.store.database import open_database, opened
from bot.store.desk import staff
from bot.store.sql import Database
from bot.store_url import url_in


def leave(
    target: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="A new or empty folder.")
    ] = None,
    list_file: Annotated[
        Path | None,
        typer.Option("--wake-up", help="Write the wake-up list (唤醒名单): a .csv or .xlsx file."),
    ] = None,
    member: Annotated[
        str, typer.Option(help="With --wake-up: customers of this userid alone.")
    ] = "",
    root: Root = Path(),
) -> None:
    """Write the whole state as open files: JSON Lines, scripts, settings, and a manifest.

    No secrets, no tokens; but personal data. --wake-up writes whom to reach again if an account
    is lost, without those who opted out.
    """
    if (target is None) == (list_file is None):
        raise typer.BadParameter("give DIR, or --wake-up FILE")
    with plainly():
        settings = load_settings(root)
        member = one_as_spelled(settings, member)
        if list_file is not None:
            number = ask_store(settings, lambda: _wake_up(settings, list_file, member))
            typer.echo(
                f"{list_file}: {number} 位客户 customers. 含个人信息 It holds personal data."
            )
        if target is not None:
            _export(settings, target)


def _export(settings: Settings, target: Path) -> None:
    now = SystemClock().now()
    manifest = ask_store(
        settings,
        lambda: export(opened(), settings.root, target, now, library=settings.library, tell=_tell),
    )
    rows = sum(table.rows for table in manifest.tables.values())
    typer.echo(f"{target}: {rows} 行 rows, {len(manifest.files)} 个文件 files.")
    for what, why in manifest.left_out.items():
        typer.echo(f"  没有导出 left out: {what}  {why}")
    typer.echo("  含个人信息，请加密存放 It holds personal data: keep it encrypted.")


async def _wake_up(settings: Settings, path: Path, member: str) -> int:
    database = opened()
    people = {one.id: one.name for one in await staff.everybody(database)}
    referrals = ReferralBook(settings.root)
    channels = ChannelBook(settings.root, referrals=referrals)
    for book in (referrals, channels):
        book.rules = book.read([])  # mistakes in it are passed over: this is an emergency
    return await wake_up.write(
        database, path, ZoneInfo(settings.zone), sight=(member,) if member else None,
        names={**people, **settings.members},
        came_by=lambda state: " ".join(dict.fromkeys(channels.called(state))),
    )  # fmt: skip


def come(
    source: Annotated[
        Path, typer.Argument(metavar="DIR", help="An export; unpack a .zip first.", exists=True)
    ],
    root: Root = Path(),
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Put aside the scripts and settings that are there."),
    ] = False,
) -> None:
    """Fill an empty workspace from an export: its hashes are checked first, and all of it is
    taken, or nothing."""
    with plainly():
        if source.is_file():
            raise BotError(
                f"{source}: 先解压，再给出解开的文件夹 unpack it first, and name the folder in it"
            )
        manifest = restore.checked(source)
        root = root.resolve()
        names = [*manifest.files]
        if in_the_way := _in_the_way(source, root, names):
            if not replace:
                raise BotError(
                    f"{root}: 已有不同的话术或设置 other scripts or settings are there "
                    f"({', '.join(in_the_way[:3])} …): 用 --replace 把它们放到一边 "
                    "--replace puts them aside"
                )
        elif all((root / name).exists() for name in names):
            names = []  # they are the same
        with ExitStack() as stack:

            def place() -> None:
                for aside in stack.enter_context(files.placed(source, root, names)):
                    typer.echo(f"  原来的在 what was there: {aside}")

            asyncio.run(_restore(_url(source, root), source, manifest, place))
    typer.echo(f"{root}: 已导入 imported. 接下来 Next: .env, handlers/, `huashu check`.")


def _in_the_way(export_: Path, root: Path, names: list[str]) -> list[str]:
    """Files of the workspace that differ from those of the export, or that it does not have."""
    folders = tuple(sorted({PurePosixPath(name).parts[0] for name in names}))
    more = [name for name, _ in files.found(root, folders) if name not in names]
    return [*files.differing(export_, root, names), *more]


async def _restore(url: str, folder: Path, manifest: Manifest, place: restore.Place) -> None:
    async with open_database(url) as connection:
        await restore.restore(Database(connection), folder, manifest, place=place, tell=_tell)


def _url(export_: Path, root: Path) -> str:
    """The URL of the database that the imported settings name. Only this is read of them: the
    rest needs secrets that are not there yet.

    Raises:
        BotError: the variable that holds the URL is not set.
    """
    config = export_ / files.IN_EXPORT / "config/bot.toml"
    table = parse_toml(config.read_text("utf-8-sig")) if config.is_file() else {}
    url = str(table.get("store", {}).get("url", Store().url))
    if url.startswith("env:"):
        name = url.removeprefix("env:")
        environ = {**read_dotenv(root / ".env", []), **os.environ}
        if not (url := environ.get(name, "")):
            raise BotError(f"{name}: 没有设置 is not set: put it into {root / '.env'}")
    return url_in(root, url)


def _tell(table: str, rows: int) -> None:
    if rows:
        typer.echo(f"  {table}: {rows}")
