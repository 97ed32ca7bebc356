"""Commands that are imported when they are called: all of them together take half a second."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


def lazily(places: Mapping[str, str], also: Mapping[str, str] | None = None) -> type[TyperGroup]:
    """For `typer.Typer(cls=…)`: a group that has these besides its own.

    Args:
        places: name → "module:attribute" of bot.cli, a function or a Typer; and behind a space
            what the list of all says of it, lest it be imported for its help.
        also: other names for some of them, not listed.
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
            return TyperCommand(name, help=told) if told else called_up(name, places[name])

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            called, found, rest = super().resolve_command(ctx, args)
            name = aliases.get(called or "", called or "")
            return called, called_up(name, places[name]) if name in places else found, rest

    return Lazily


def called_up(name: str, place: str) -> Any:
    """Imported, as click has it."""
    module, _, attribute = place.partition(" ")[0].partition(":")
    found = getattr(import_module(f"bot.cli.{module}"), attribute)
    if isinstance(found, typer.Typer):
        return typer.main.get_group(found)
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)
