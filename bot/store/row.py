"""The base class of all tables."""

from typing import Any

from tortoise.fields import CharField
from tortoise.models import ModelMeta


class Row(ModelMeta):
    """Two habits of Tortoise are turned off.

    For each class it parses the whole file to find comments that begin with `#:`; ours have none,
    and it was a seventh of a command's start.

    And it refuses to look for a text that is longer than its column, where both databases simply
    find nothing.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> ModelMeta:
        for field in attrs.values():
            if isinstance(field, CharField):
                field.validators.clear()
        return super().__new__(cls, name, bases, {**attrs, "_no_comments": True})
