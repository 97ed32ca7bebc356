"""Imports a command when it is called: to import all of them takes half a second."""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

_NO_ANSWER = """没有回答，什么都没做；没有终端时请加 --yes
  No answer, so nothing was done; where there is no terminal, say --yes"""
_MISUSED: Any = typer.BadParameter.__mro__[1]  # click's UsageError, to which typer gives no name


def lazily(places: Mapping[str, str], also: Mapping[str, str] | None = None) -> type[TyperGroup]:
    """A class for `typer.Typer(cls=…)`: a group that has these commands besides its own.

    Args:
        places: name → "module:attribute" in bot.cli, a function or a Typer; after a space its
            line in the list of commands. Without that line it is imported for the list.
        also: another name → name; other names are not listed.
    """
    aliases = also or {}

    class Lazily(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            return [*super().list_commands(ctx), *places]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            name = aliases.get(cmd_name, cmd_name)
            if name not in places:
                return super().get_command(ctx, cmd_name)
            told = places[name].partition(" ")[2]
            return plain(TyperCommand(name, help=told)) if told else called_up(name, places[name])

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            called, found, rest = super().resolve_command(ctx, args)
            name = aliases.get(called or "", called or "")
            return called, called_up(name, places[name]) if name in places else found, rest

        def main(self, *args: Any, **extra: Any) -> Any:
            """Run the command. Mistakes in the arguments are told in Chinese and English, as all
            others are. Called only on the outermost group."""
            try:
                code = super().main(*args, **{**extra, "standalone_mode": False})
            except _MISUSED as error:
                _tell(error)
                code = error.exit_code
            except typer.Abort:
                typer.echo(_NO_ANSWER, err=True)
                code = 1
            sys.exit(code or 0)

    return Lazily


def _tell(misused: Any) -> None:
    """Print what is wrong with the arguments, in Chinese and in English, with the usage."""
    from bot.errors import BotError
    from bot.telling.complaints import told_in_both

    context, said = misused.ctx, misused.format_message()
    if context is None:
        typer.echo(told_in_both(BotError(said)), err=True)
    elif said == context.get_help():  # nothing was asked
        typer.echo(said, err=True)
    else:
        usage, asked = context.get_usage(), f"{context.command_path} --help"
        typer.echo(f"{told_in_both(BotError(said))}\n{usage}\n详见 See: {asked}", err=True)


def called_up(name: str, place: str) -> Any:
    """The command at `place` (see `lazily`), imported, as an object of click."""
    module, _, attribute = place.partition(" ")[0].partition(":")
    found = getattr(import_module(f"bot.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        return plain(typer.main.get_group(found))
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return plain(typer.main.get_command(alone))


def plain(command: Any) -> Any:
    """The same command, with help without frames, since rich, which draws them, takes as long to
    import as everything else, and with its whole first paragraph in lists of commands."""
    command.rich_markup_mode = None
    command.short_help = " ".join((command.help or "").split("\n\n")[0].split())
    for one in getattr(command, "commands", {}).values():
        plain(one)
    return command
