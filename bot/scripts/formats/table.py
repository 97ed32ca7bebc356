"""A Script as the [[script]] table that it was read from: the way back for every format."""

from dataclasses import fields
from typing import Any

from bot.scripts.script import Attachment, Condition, Script


def table_of(script: Script) -> dict[str, Any]:
    """Keys in a writer's order, nothing empty. Two scripts with one table say the same."""
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
