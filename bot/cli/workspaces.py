"""Laying out a workspace, and checking one at the desk."""

import os
from pathlib import Path
from typing import Annotated

import typer

from bot import workspace
from bot.cli.plain import Root, plainly
from bot.errors import Complaint, ConfigError
from bot.settings import Settings


def init(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Lay out a new workspace."""
    with plainly():
        workspace.lay_out(target)
    typer.echo(f"{target} is ready. Next:")
    typer.echo(f"  cd {target}")
    typer.echo("  cp .env.example .env   # and fill it in; config/bot.toml says what is what")
    typer.echo("  huashu check")
    typer.echo("  huashu run")


def check(root: Root = Path()) -> None:
    """Name every mistake in settings, scripts and routers, without any network."""
    from bot.scripts.check import check as check_scripts

    root = root.resolve()
    complaints: list[Complaint] = []
    routers, library = "handlers:routers", "scripts_library"
    try:
        settings = Settings.load(root, os.environ)
        routers, library = settings.routers, settings.library
    except ConfigError as error:
        complaints += error.complaints
    complaints += check_scripts(root / library)
    try:
        workspace.load_application(root, routers)
    except ConfigError as error:
        complaints += error.complaints
    for complaint in complaints:
        typer.echo(str(complaint), err=True)
    if complaints:
        raise typer.Exit(1)
    typer.echo("Settings, scripts and routers are in order.")
