"""`huashu scripts`: for the people who write the words."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.plain import complain, plainly

app = typer.Typer(help="Check, list and try the scripts.", no_args_is_help=True)
Folder = Annotated[
    Path, typer.Option("--library", help="The folder of scripts, or one file.", exists=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
HERE = Path("scripts_library")


@app.command()
def check(library: Folder = HERE) -> None:
    """Name every mistake with its file, its id and the cure."""
    from bot.cli.layered import stored
    from bot.scripts.checks import check as find_mistakes

    with plainly():
        complaints = find_mistakes(library, versions=stored(library).versions)
    complain(complaints)
    if complaints:
        raise typer.Exit(1)
    typer.echo("没有错误。 No mistakes.")


@app.command("list")
def show(library: Folder = HERE) -> None:
    """Every script: id, category, title."""
    from bot.cli.layered import load

    with plainly():
        for script in load(library)[0]:
            typer.echo(f"{script.id:<32} {script.category:<10} {script.title}")
