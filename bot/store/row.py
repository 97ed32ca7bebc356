"""What the classes of all tables have in common."""

from typing import Any

from tortoise.models import ModelMeta


class Row(ModelMeta):
    """For each class tortoise parses its whole file, to find comments that begin with `#:`.

    Ours have none, and it was a seventh of the time until a command begins.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> ModelMeta:
        return super().__new__(cls, name, bases, {**attrs, "_no_comments": True})
