"""`huashu scripts`: for the people who write the words."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.lazily import lazily
from bot.cli.plain import Folder, complain, plainly

COMMANDS = {
    "calibrate": "script_calibrate:calibrate",
    "match": "script_match:match",
    "eval": "script_eval:show",
    "find": "script_find:find",
    "misses": "script_misses:show",
    "export": "script_formats:export_scripts",
    "import": "script_formats:import_scripts",
    "template": "script_formats:write_template",
    **{
        verb: f"script_versions:{verb}"
        for verb in (
            *("edit", "submit", "approve", "reject", "withdraw", "retire", "rollback"),
            *("history", "waiting", "layers"),
        )
    },
    "learned": "script_learned:show",
    "learn": "script_learned:learn",
    "unlearn": "script_learned:unlearn",
}
app = typer.Typer(
    help="Check, list and try the scripts.", cls=lazily(COMMANDS), no_args_is_help=True
)
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
