"""`huashu scripts export|import|template`: scripts to Excel, JSON Lines or TOML, and back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.layered import load, stored
from bot.cli.plain import Folder, FolderAlone, complain, plainly, warn
from bot.errors import Complaint, ScriptError
from bot.files.private import whole
from bot.scripts.script import Script

_HERE = Path("scripts_library")
Overwrite = Annotated[bool, typer.Option("--force", help="Overwrite FILE.")]


def export_scripts(
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="To be written.")],
    form: Annotated[
        str, typer.Option("--format", metavar="toml|xlsx|jsonl", help="Else as FILE ends.")
    ] = "",
    library: Folder = _HERE,
    force: Overwrite = False,
) -> None:
    """Write all scripts into one file."""
    with plainly(), _writing(file):
        scripts = list(load(library)[0])
        _write(file, form or file.suffix.lower().removeprefix("."), scripts, force=force)
    typer.echo(f"{file}: {len(scripts)} 条话术 scripts")


def write_template(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", dir_okay=False)],
    force: Overwrite = False,
) -> None:
    """Write an empty worksheet that explains itself, for people who write scripts in Excel."""
    from bot.scripts.formats import xlsx_writing

    with plainly(), _writing(file):
        _check_name(file, "xlsx", force=force)
        if file.suffix.lower() != ".xlsx":
            cure = "Name it .xlsx, or Excel does not open it"
            raise ScriptError([Complaint(file.name, "FILE", "is no name of a worksheet", cure)])
        xlsx_writing.write_template(file)
    typer.echo(f"{file}: 填好后 fill it in, then: huashu scripts import {file} --dry-run")


def import_scripts(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help=".xlsx .jsonl or .toml"),
    ],
    library: FolderAlone = _HERE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be done, write nothing.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Scripts with the same id are replaced.")
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Take what is right, tell the rest.")
    ] = False,
) -> None:
    """Take scripts from a file into the library; nothing is written unless all of it is right."""
    from bot.scripts.formats.importing import plan_import

    with plainly():
        plan = plan_import(file, library, replace=replace, versions=stored(library).versions)
    complain(plan.complaints)
    warn(plan.warnings)
    stopped = bool(plan.complaints) and not keep_going
    if not (stopped or dry_run):
        plan.carry_out()
    _tell("新增 new", plan.new, f" → {library / plan.target}")
    _tell("替换 replaced", plan.replaced)
    typer.echo(f"没有变化 unchanged: {len(plan.unchanged)}")
    if plan.off:
        typer.echo(f"状态写着不用 out of use by their state: {plan.off}")
    if stopped or dry_run:
        typer.echo("什么都没有写入。 Nothing is written.")
    elif plan.contents:
        typer.echo("下一步 Next: huashu scripts check")
    if plan.complaints:
        raise typer.Exit(1)


def _tell(what: str, scripts: Sequence[Script], where: str = "") -> None:
    if scripts:
        typer.echo("\n  ".join((f"{what}: {len(scripts)}{where}", *(one.id for one in scripts))))


def _write(file: Path, form: str, scripts: Sequence[Script], *, force: bool) -> None:
    """Write scripts into a file.

    Raises:
        ScriptError: the file exists and `force` is not given, `form` is unknown, or a text is too
            long for a cell.
    """
    _check_name(file, form, force=force)
    with whole(file):
        match form:
            case "xlsx":
                from bot.scripts.formats import xlsx_writing

                xlsx_writing.write_scripts(file, scripts)
            case "jsonl":
                from bot.scripts.formats import jsonl

                file.write_bytes(jsonl.write_scripts(scripts))
            case _:
                from bot.scripts.formats import toml

                file.write_text(toml.write_scripts(scripts), "utf-8", newline="\n")


@contextmanager
def _writing(file: Path) -> Iterator[None]:
    """Tell an error of the system while `file` is written as a complaint about it.

    Raises:
        ScriptError: the file cannot be written.
    """
    try:
        yield
    except OSError as error:
        problem = f"cannot be written: {error.strerror or error}"
        raise ScriptError([Complaint(str(file), "FILE", problem, "Name another place")]) from None


def _check_name(file: Path, form: str, *, force: bool) -> None:
    """
    Raises:
        ScriptError: the format is unknown, or the file exists and must not be overwritten.
    """
    if form not in ("toml", "xlsx", "jsonl"):
        cure = "Write --format toml, xlsx or jsonl, or end FILE like that"
        raise ScriptError([Complaint(file.name, "--format", f"unknown: {form or 'none'}", cure)])
    if file.exists() and not force:
        cure = "Choose another name, or --force"
        raise ScriptError([Complaint(file.name, "FILE", "is there already", cure)])
