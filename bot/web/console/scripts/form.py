"""The form of a script ↔ one line of JSON Lines, as the database keeps it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bot.errors import Complaint
from bot.scripts.formats import cells, jsonl
from bot.scripts.formats.cells import BadCell
from bot.scripts.formats.table import table_of
from bot.scripts.matching.hanzi import hanzi
from bot.scripts.script import Script
from bot.web.visit import Form

FIELDS = (
    "id", "title", "category", "ask", "keywords", "not_for", "say", "attachments",
    "when.channel", "when.tags", "when.hours", "when.from", "when.until", "persona", "then", "",
)  # fmt: skip
_SAME = {"examples": "ask", "reply": "say", "replies": "say", "when": "when.channel"}
_PLACE = re.compile(r"([\w.]*)(?:\[(\d+)\])?")
_ID_LENGTH = 60  # of ids that are made here
_LISTS = ("ask", "keywords", "not_for")
_TEXTS = ("id", "title", "category", "persona", "then")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What somebody typed. The form shows `values` again as they are, right or wrong."""

    values: Mapping[str, Any]
    content: str  # a line of JSON Lines
    complaints: tuple[Complaint, ...] = ()  # about what cannot be stored at all


def read(form: Form) -> Filled:
    def text(name: str) -> str:
        value = form.get(name, "")
        return value.strip() if isinstance(value, str) else ""

    values: dict[str, Any] = {name: text(name) for name in _TEXTS}
    values["id"] = values["id"] or id_of(text("category"), text("title"))
    values |= {name: _lines(text(name)) for name in _LISTS}
    values["say"] = [
        one.replace("\r\n", "\n").strip() for one in form.getall("say", []) if isinstance(one, str)
    ]
    values["attachments"] = text("attachments").replace("\r\n", "\n")
    values["channel"] = [one for one in form.getall("channel", []) if isinstance(one, str)]
    values["tags"] = _lines(text("tags"))
    for name in ("from", "until", "hours_from", "hours_to"):
        values[name] = text(name)
    told: list[Complaint] = []
    record = _record(values, told)
    content = orjson.dumps(record).decode()
    return Filled(values=values, content=content, complaints=tuple(told))


def of(script: Script) -> Mapping[str, Any]:
    """The values of the form for an existing script."""
    table = table_of(script)
    when = table.get("when", {})
    start, _, end = str(when.get("hours", "")).partition("-")
    return {
        **{name: table.get(name, "") for name in _TEXTS},
        **{name: table.get(name, []) for name in (*_LISTS, "say")},
        "attachments": cells.ATTACHMENTS.write(table.get("attachments", [])),
        "channel": when.get("channel", []),
        "tags": when.get("tags", []),
        "from": str(when.get("from", "")),
        "until": str(when.get("until", "")),
        "hours_from": start,
        "hours_to": end,
    }


def blank(**given: Any) -> Mapping[str, Any]:
    """The values of a new script, with those that are known."""
    lists: dict[str, Any] = dict.fromkeys((*_LISTS, "channel", "tags"), ())
    texts = dict.fromkeys(
        ("id", "title", "persona", "then", "attachments", "from", "until", "hours_from",
         "hours_to"), "",
    )  # fmt: skip
    return {**texts, **lists, "category": "faq", "say": [""], **given}


def id_of(category: str, title: str) -> str:
    """An id for those who give none: the title in pinyin. "": the title yields none."""
    sounds = hanzi().sounds
    spelt = "".join(f" {sounds[sign]} " if sign in sounds else sign for sign in title.casefold())
    words = "-".join(re.findall("[a-z0-9]+", spelt))[:_ID_LENGTH].strip("-")
    return f"{category}/{words}" if words else ""


def content_of(script: Script) -> str:
    return jsonl.write_scripts([script]).decode().rstrip()


def placed(complaints: Iterable[Complaint], script: str) -> dict[str, list[tuple[int, Complaint]]]:
    """Complaints by the field that shows them, each with the number of its line or wording, from
    1; 0 is the whole field."""
    found: dict[str, list[tuple[int, Complaint]]] = {}
    for one in complaints:
        key = one.key.partition(" (")[0].removeprefix(script).lstrip(".")
        place = _PLACE.match(key)
        name = place[1] if place else ""
        number = int(place[2]) + 1 if place and place[2] else 0
        name = _SAME.get(name, name)
        if name not in FIELDS:
            owner = next((known for known in FIELDS if known and name.startswith(known)), "")
            name = owner
        found.setdefault(name, []).append((number, one))
    return found


def field_called(key: str) -> str:
    """Our name for a field that a file names; "" if none is like it."""
    name = _SAME.get(key, key)
    return name if name in FIELDS else ""


def _record(values: Mapping[str, Any], told: list[Complaint]) -> dict[str, Any]:
    say = [one for one in values["say"] if one]
    record: dict[str, Any] = {
        "id": values["id"],
        "category": values["category"],
        "title": values["title"],
        "examples": list(values["ask"]),
        "keywords": list(values["keywords"]),
        "not_for": list(values["not_for"]),
        "reply": say[0] if say else "",
        "replies": say if len(say) > 1 else [],
        "persona": values["persona"],
        "then": values["then"],
    }
    try:
        record["attachments"] = cells.ATTACHMENTS.read(values["attachments"])
    except BadCell as error:
        told.append(Complaint("", "attachments", *error.args))
    record["when"] = {
        key: value
        for key, value in {
            "channel": list(values["channel"]),
            "tags": list(values["tags"]),
            "hours": _hours(values, told),
            "from": values["from"],
            "until": values["until"],
        }.items()
        if value
    }
    return {key: value for key, value in record.items() if value}


def _hours(values: Mapping[str, Any], told: list[Complaint]) -> str:
    start, end = values["hours_from"], values["hours_to"]
    if bool(start) != bool(end):
        told.append(Complaint("", "when.hours", "half of the hours is missing", "Fill in both"))
        return ""
    return f"{start}-{end}" if start else ""


def _lines(text: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
