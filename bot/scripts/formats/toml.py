"""Writes scripts as TOML, laid out as a person would."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

from bot.scripts.formats.table import table_of
from bot.scripts.script import Script

_WIDTH = 100  # characters of a line; a longer list goes one item a line


def write_scripts(scripts: Iterable[Script]) -> str:
    return "\n".join(block_of(script) for script in scripts)


def block_of(script: Script) -> str:
    """One [[script]] with all its keys."""
    lines = [f"{key} = {_value(value)}" for key, value in table_of(script).items()]
    return "\n".join(["[[script]]", *lines]) + "\n"


def _value(value: Any) -> str:
    match value:
        case str():
            return _text(value)
        case date():
            return value.isoformat()
        case dict():
            inside = ", ".join(f"{key} = {_inline(item)}" for key, item in value.items())
            return f"{{ {inside} }}"
        case _:
            return _list(value)


def _list(items: list[Any]) -> str:
    inline = f"[{', '.join(map(_inline, items))}]"
    if len(inline) <= _WIDTH and not any(_has_lines(item) for item in items):
        return inline
    return "\n".join(["[", *(f"  {_value(item)}," for item in items), "]"])


def _inline(value: Any) -> str:
    """`value` on one line: an inline table may not break its line."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return _value(value)


def _text(text: str) -> str:
    if not _has_lines(text):
        return _quoted(text)
    lines = [_quoted(line)[1:-1] for line in text.split("\n")]
    return '"""\n' + "\n".join(lines) + '"""'


def _has_lines(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value


def _quoted(text: str) -> str:
    """`text` in quotes as in JSON, whose escapes TOML knows; TOML wants U+007F escaped, too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
