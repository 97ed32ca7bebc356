"""Turns a Script back into a [[script]] table, from which every format writes it."""

from dataclasses import fields
from typing import Any

from bot.scripts.script import Attachment, Condition, Script


def table_of(script: Script) -> dict[str, Any]:
    """The table of a script: keys in the order of a writer, without empty ones. Two scripts with
    equal tables have the same content."""
    table: dict[str, Any] = {
        "id": script.id,
        "title": script.title,
        "category": script.category,
        "ask": list(script.examples),
        "keywords": [" ".join(entry) for entry in script.keywords],
        "not_for": list(script.not_for),
        "say": [variant.source for variant in script.say],
        "attachments": [_attachment(item) for item in script.attachments],
        "when": _when(script.when),
        "persona": script.persona,
        "then": script.then,
    }
    return {key: value for key, value in table.items() if value}


def _attachment(item: Attachment) -> dict[str, str]:
    content = {field.name: getattr(item, field.name) for field in fields(item)}
    kind = content.pop("kind")
    return {"type": kind, **{key: value for key, value in content.items() if value}}


def _when(when: Condition) -> dict[str, Any]:
    hours = "-".join(f"{moment:%H:%M}" for moment in when.hours or ())
    table = {
        "channel": list(when.channels),
        "tags": list(when.tags),
        "hours": hours,
        "from": when.first_day,
        "until": when.last_day,
    }
    return {key: value for key, value in table.items() if value}
