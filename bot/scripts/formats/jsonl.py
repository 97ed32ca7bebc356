"""JSON Lines: one script a line, {"id","category","title","examples":[…],"keywords":[…],"reply"}.

Besides these six a line may have "replies" (all wordings), and "not_for", "when", "persona",
"then" and "attachments" as a [[script]] table has them. "ask" and "say", the table's names for
"examples" and "replies", are read as well. Dates are texts: "2026-01-31".
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import orjson

from bot.scripts.entry import are_texts, unknown
from bot.scripts.formats.row import Row
from bot.scripts.formats.table import table_of
from bot.scripts.script import Script

_NAMES = {"ask": "examples", "say": "reply"}  # key of a [[script]] → what a complaint calls it
_OURS = {"ask": "examples", "say": "replies"}  # key of a [[script]] → what it is read as
_TEXTS = ("id", "category", "title", "reply", "persona", "then")
_LISTS = {"examples": "ask", "keywords": "keywords", "not_for": "not_for", "replies": "say"}
_FIELDS = (*_TEXTS, *_LISTS, "when", "attachments")
_DAYS = ("from", "until")


def read_rows(file: str, content: bytes, *, lenient: bool) -> Iterator[Row]:
    """A row for each line that is not blank; unknown fields are passed over if `lenient`."""
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            yield row_of(file, f"line {number}", line, lenient=lenient)


def row_of(file: str, place: str, line: bytes | str, *, lenient: bool = False) -> Row:
    """The row of one line; what is wrong with it is among its complaints.

    Args:
        place: where the line is, for complaints: "line 3".
    """
    row = Row(file=file, place=place, names=_NAMES)
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        row.complain("", f"not JSON: {error}", 'Write one {"id": "…", …} a line, in UTF-8')
    else:
        _fill(row, record, lenient)
    return row


def _fill(row: Row, record: Any, lenient: bool) -> None:
    if not isinstance(record, dict):
        row.complain("", "not an object", 'Write one {"id": "…", …} a line')
        return
    given = {key: value for key, value in record.items() if value not in (None, "", [], {})}
    for ours, theirs in _OURS.items():
        if ours in given and theirs not in given:
            value = given.pop(ours)
            given[theirs] = [value] if isinstance(value, str) else value
    for key in _TEXTS:
        if isinstance(text := given.get(key, ""), str):
            if text.strip() and key != "reply":
                row.table[key] = text
        else:
            row.complain(key, "not a text", f'Write "{key}": "…"')
            row.told.add("say" if key == "reply" else key)
    for key, name in _LISTS.items():
        if are_texts(texts := given.get(key, [])):
            if texts:
                row.table[name] = texts
        else:
            row.complain(key, "not a list of texts", f'Write "{key}": ["…", "…"]')
            row.told.add(name)
    reply, say = given.get("reply"), row.table.get("say", [])
    if isinstance(reply, str) and reply.strip() and reply not in say:
        row.table["say"] = [reply, *say]
    if "when" in given:
        row.table["when"] = _when(row, given["when"])
    if "attachments" in given:
        row.table["attachments"] = given["attachments"]
    for key in () if lenient else sorted(given.keys() - set(_FIELDS)):
        row.complain(key, *unknown(key, _FIELDS))


def _when(row: Row, value: Any) -> Any:
    """The condition `value`, with its dates, which are texts in JSON, as dates."""
    if not isinstance(value, dict):
        row.complain("when", "not an object", 'Write "when": {"channel": ["kf"]}')
        return {}
    when = dict(value)
    for key in _DAYS:
        if (day := when.pop(key, None)) is None:
            continue
        try:
            when[key] = date.fromisoformat(day)
        except (TypeError, ValueError):
            row.complain(f"when.{key}", f"{day!r} is no date", 'Write "2026-01-31"')
    return when


def write_scripts(scripts: Iterable[Script]) -> bytes:
    """One line a script; the six common fields are always there, empty or not."""
    return b"".join(orjson.dumps(_record(script)) + b"\n" for script in scripts)


def _record(script: Script) -> dict[str, Any]:
    table = table_of(script)
    say = table.pop("say")
    record = {
        "id": table.pop("id"),
        "category": table.pop("category"),
        "title": table.pop("title"),
        "examples": table.pop("ask", []),
        "keywords": table.pop("keywords", []),
        "reply": say[0],
    }
    return record | ({"replies": say} if len(say) > 1 else {}) | table
