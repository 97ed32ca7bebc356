"""Events as they lie in the inbox, and back."""

from dataclasses import fields
from datetime import datetime
from typing import Any

import orjson

from bot.events import Channel, Event

KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}
# by kind, the fields of types that JSON does not know
_MOMENTS = {
    name: tuple(f.name for f in fields(kind) if f.type in (datetime, datetime | None))
    for name, kind in KINDS.items()
}
_TUPLES = {
    name: tuple(f.name for f in fields(kind) if str(f.type).startswith("tuple"))
    for name, kind in KINDS.items()
}


def encode(event: Event) -> bytes:
    return orjson.dumps(event)


def decode(kind: str, body: bytes | str) -> Event:
    """The inverse of `encode`.

    Raises:
        KeyError: a kind that this version does not know.
    """
    values: dict[str, Any] = orjson.loads(body)
    for name in _MOMENTS[kind]:
        if values.get(name):
            values[name] = datetime.fromisoformat(values[name])
    for name in _TUPLES[kind]:
        values[name] = tuple(values[name])
    if kind == "CardClicked":
        values["selected"] = {key: tuple(ids) for key, ids in values["selected"].items()}
    if "channel" in values:
        values["channel"] = Channel(values["channel"])
    return KINDS[kind](**values)
