"""Reads a library as the running bot has it: its files, and over them what the database holds.

Only the library that a workspace's settings name has a database; any other folder or file is read
alone.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.errors import Complaint, ConfigError, OldTables
from bot.files.reader import Reader, read_dotenv
from bot.files.textfile import may
from bot.scripts.layers import read_layers
from bot.scripts.library import Library
from bot.scripts.version import Kind, Version
from bot.settings import Store
from bot.store_url import is_postgres, url_in

if TYPE_CHECKING:
    from bot.store.plans.plans import StoredPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the database holds besides the files."""

    versions: tuple[Version, ...] = ()  # approved, one of each id
    learned: Mapping[str, str] = field(default_factory=dict)  # normalised question → script
    plans: "tuple[StoredPlan, ...]" = ()


def database_of(library: Path) -> str | None:
    """The URL of the database that belongs to a library.

    None if none does, if no bot has run yet, or if this user may not read it, which is told on
    stderr.

    Raises:
        ConfigError: .env or config/bot.toml cannot be read.
    """
    above = Path(os.path.abspath(library)).parents  # of a link, not of where it leads
    root = next((one for one in above if (one / "config/bot.toml").is_file()), above[0])
    complaints: list[Complaint] = []
    environ = read_dotenv(root / ".env", complaints)
    reader = Reader("config/bot.toml", {**environ, **os.environ}, complaints)
    table = reader.table(root, needed=False)
    if complaints and not (environ and table):  # one of the two cannot be read at all
        raise ConfigError(complaints)
    store = reader.read(Store, table.get("store", {}), "store.")
    home = root / str(table.get("library", "scripts_library"))
    if not table or store is None or home.resolve() != library.resolve():
        return None
    url = url_in(root, store.url)
    if is_postgres(url):
        return url
    path = Path(url.removeprefix("sqlite://"))
    closed = path.parent.is_dir() and not may(path.parent, os.X_OK)
    if not closed and not path.exists():
        return None
    if not may(path, os.R_OK | os.W_OK):
        _tell("只看文件：数据库读不了", f"the files alone: you may not read {path}")
        return None
    return url


def stored(library: Path) -> Stored:
    """What the database of a library holds; stderr gets how much that is, or why only files count.

    Raises:
        BotError: the database cannot be opened.
    """
    if (url := database_of(library)) is None:
        return Stored()
    try:
        found = _read(url, library)
    except OldTables as error:
        _tell(
            "只看文件：这个版本还没在这个数据库上启动过",
            f"the files alone: {error.complaints[0].problem}",
        )
        return Stored()
    hidden = sum(1 for one in found.versions if one.kind is Kind.RETIRED)
    over = sum(1 for one in found.versions if one.kind is Kind.WORDS)
    if hidden or over:
        _tell(
            f"含数据库里批准的 {over} 条、停用的 {hidden} 条（huashu scripts layers）",
            f"with {over} scripts of the database, {hidden} retired there",
        )
    return found


def load(library: Path) -> tuple[Library, Stored]:
    """A library with the approved scripts of its database, and what else that holds.

    Raises:
        ScriptError: with everything that is wrong in files or database.
        BotError: the database cannot be opened.
    """
    found = stored(library)
    return read_layers(library, found.versions).library(), found


def _read(url: str, library: Path) -> Stored:
    from bot.cli.records import ask_database
    from bot.store.database import opened
    from bot.store.plans.plans import PlanTable
    from bot.store.scripts.learned import Lessons
    from bot.store.scripts.pictures import Pictures
    from bot.store.scripts.versions import Approved

    async def work() -> Stored:
        approved, lessons = Approved(opened()), Lessons(opened())
        await approved.refresh()
        await Pictures(opened()).fetch(library)  # a new machine would miss them
        await lessons.refresh(all_of_it=True)
        plans = await PlanTable(opened()).news()
        return Stored(versions=tuple(approved), learned=lessons.agreed, plans=plans)

    return ask_database(url, work)


def _tell(zh: str, en: str) -> None:
    typer.echo(f"{zh}  {en}", err=True)
