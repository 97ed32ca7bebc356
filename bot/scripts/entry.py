"""One [[script]] table → a Script, with a complaint for each of its mistakes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import TemplateError, TemplateSyntaxError

from bot.errors import Complaint
from bot.events import Channel
from bot.scripts.bounds import Unbounded
from bot.scripts.files import mistake_in
from bot.scripts.script import Attachment, Condition, Script, Variant
from bot.scripts.templates import SYSTEM_VARIABLES, Sandbox, compile_variant

_ID = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*")
_HOURS = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)")
_NO_FILTER = re.compile(r"No (filter|test) named '(\w+)'")
_KEYS = (
    *("id", "title", "category", "ask", "keywords", "not_for", "say", "attachments", "when"),
    *("persona", "then"),
)
_WHEN = ("channel", "tags", "hours", "from", "until")
_FIELDS = {  # kind → (needed, exactly one of these, optional); welcome attachments, doc 92137
    "image": ((), ("media_id", "pic_url", "file"), ()),
    "link": (("title", "url"), (), ("desc", "picurl", "pic_file")),
    "miniprogram": (("title", "appid", "page"), ("pic_media_id", "pic_file"), ()),
    "file": ((), ("media_id", "file"), ()),
    "video": ((), ("media_id", "file"), ()),
}
_LIMITS = {  # UTF-8 bytes, doc 92137; url doc 94677
    ("link", "title"): 128,
    ("link", "desc"): 512,
    ("link", "url"): 2048,
    ("miniprogram", "title"): 64,
}
_MOST_ATTACHMENTS = 9  # doc 92137


@dataclass(slots=True)
class Entry:
    """One [[script]] table on its way to a Script; mistakes are added to `complaints`."""

    library: Path
    file: str
    table: Any
    complaints: list[Complaint]
    sandbox: Sandbox
    variables: Mapping[str, frozenset[str]]
    key: str = field(default="", init=False)

    def script(self, number: int) -> Script | None:
        self.key = f"script {number}"
        if not isinstance(self.table, dict):
            self._complain("", "not a table", "Write [[script]] and its keys below it")
            return None
        script_id = self._id()
        for name in [one for one in self.table if one not in _KEYS]:
            self._complain(name, *unknown(name, _KEYS))
        category = self._text("category", needed=True)
        say = self._variants(category)
        title = self._text("title", needed=True)
        if not (script_id and title and category and say):
            return None
        return Script(
            id=script_id,
            title=title,
            category=category,
            say=say,
            examples=self._texts("ask"),
            keywords=tuple(tuple(entry.split()) for entry in self._texts("keywords")),
            not_for=self._texts("not_for"),
            attachments=self._attachments(),
            when=self._condition(),
            persona=self._text("persona"),
            then=self._then(),
            file=self.file,
        )

    def _then(self) -> str:
        then = self._text("then")
        if then not in ("", "person"):
            self._complain(
                "then", f"{then!r} is unknown", 'Write then = "person", or leave it out'
            )
        return then

    def _complain(self, name: str, problem: str, cure: str) -> None:
        key = f"{self.key}.{name}".rstrip(".")
        self.complaints.append(Complaint(file=self.file, key=key, problem=problem, cure=cure))

    def _id(self) -> str:
        script_id = self._text("id", needed=True)
        if script_id and not is_id(script_id):
            self._complain(
                "id",
                f"{script_id!r} is not an id",
                'Use small letters, digits, "-", "_" and "/": faq/refund',
            )
        self.key = script_id or self.key
        return script_id

    def _text(self, name: str, *, needed: bool = False) -> str:
        value = self.table.get(name, "")
        if not isinstance(value, str):
            self._complain(name, "not a text", f'Write {name} = "…"')
            return ""
        if needed and not value.strip():
            self._complain(name, "missing or empty", f'Write {name} = "…"')
        return value.strip()

    def _texts(self, name: str) -> tuple[str, ...]:
        values = self.table.get(name, [])
        if not are_texts(values):
            self._complain(name, "not a list of texts", f'Write {name} = ["…", "…"]')
            return ()
        for number, value in enumerate(values):
            if not value.strip():
                self._complain(f"{name}[{number}]", "empty", "Fill it in or take it out")
        return tuple(value.strip() for value in values if value.strip())

    def _variants(self, category: str) -> tuple[Variant, ...]:
        sources = self._texts("say")
        if not sources and are_texts(self.table.get("say", [])):
            self._complain("say", "there is nothing to say", 'Write say = ["…"]')
        known = {**self.variables, **(SYSTEM_VARIABLES if category == "system" else {})}
        return tuple(
            variant
            for number, source in enumerate(sources)
            if (variant := self._variant(f"say[{number}]", source, known))
        )

    def _syntax(self, error: TemplateSyntaxError) -> tuple[str, str]:
        said = (error.message or "").rstrip(".")
        cure = "Mend what stands in {{ }} or {% %}"
        if found := _NO_FILTER.fullmatch(said):
            kind, name = found.groups()
            close = get_close_matches(name, self.sandbox.filters | self.sandbox.tests, 1, 0.75)
            said, cure = (
                f"there is no {kind} {name!r}",
                "Take it out: only those of Jinja are there",
            )
            cure = f"Did you mean {close[0]}?" if close else cure
        return f"line {error.lineno}: {said}", cure

    def _variant(
        self, name: str, source: str, known: Mapping[str, frozenset[str]]
    ) -> Variant | None:
        try:
            variant, strangers = compile_variant(self.sandbox, source, known)
        except TemplateSyntaxError as error:
            self._complain(name, *self._syntax(error))
            return None
        except Unbounded as error:
            self._complain(name, str(error), error.cure)
            return None
        except TemplateError as error:
            self._complain(name, str(error), "Take it out")
            return None
        all_known = [f"{owner}.{part}" for owner, parts in known.items() for part in parts]
        for stranger in strangers:
            close = get_close_matches(stranger, [*all_known, *known], 1)
            cure = f"Did you mean {close[0]}?" if close else "The README lists what there is"
            if f"{stranger}.".startswith("customer.fields."):
                cure = "Write customer.fields.NAME; words of category system have none"
            self._complain(name, f"unknown variable {stranger}", cure)
        return variant

    def _attachments(self) -> tuple[Attachment, ...]:
        values = self.table.get("attachments", [])
        if not isinstance(values, list) or not all(isinstance(item, dict) for item in values):
            self._complain("attachments", "not a list", 'Write [{type = "link", …}]')
            return ()
        if len(values) > _MOST_ATTACHMENTS:
            self._complain("attachments", "more than 9", "WeCom takes 9 (doc 92137)")
        return tuple(
            attachment
            for number, value in enumerate(values)
            if (attachment := self._attachment(f"attachments[{number}]", value))
        )

    def _attachment(self, name: str, value: dict[str, Any]) -> Attachment | None:
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in _FIELDS:
            problem = "no type" if kind is None else f"unknown type {kind!r}"
            self._complain(f"{name}.type", problem, f"Choose one of {', '.join(_FIELDS)}")
            return None
        needed, either, optional = _FIELDS[kind]
        fields = {key: field for key, field in value.items() if key != "type"}
        before = len(self.complaints)
        for key, content in fields.items():
            if key not in (*needed, *either, *optional):
                self._complain(f"{name}.{key}", *unknown(key, (*needed, *either, *optional)))
            elif not isinstance(content, str) or not content.strip():
                self._complain(f"{name}.{key}", "not a text", f'Write {key} = "…"')
            else:
                self._check_field(f"{name}.{key}", kind, key, content)
        for key in needed:
            if key not in fields:
                self._complain(f"{name}.{key}", "missing", f"A {kind} needs it")
        given = [key for key in either if key in fields]
        if either and not given:
            self._complain(f"{name}.{either[0]}", "missing", f"Write {' or '.join(either)}")
        for key in given[1:]:
            self._complain(f"{name}.{key}", f"{given[0]} is there too", "Keep one of them")
        return Attachment(kind=kind, **fields) if len(self.complaints) == before else None

    def _check_field(self, name: str, kind: str, key: str, content: str) -> None:
        if key in ("url", "picurl", "pic_url") and not _is_link(content):
            self._complain(name, f"{content!r} is no web address", "Write https://…")
        limit = _LIMITS.get((kind, key))
        if limit and len(content.encode()) > limit:
            self._complain(name, f"longer than {limit} bytes", "Shorten it (doc 92137)")
        if key in ("file", "pic_file"):
            wanted = kind if key == "file" else "image"
            if mistake := mistake_in(self.library, wanted, content):
                self._complain(name, *mistake)

    def _condition(self) -> Condition:
        value = self.table.get("when", {})
        if not isinstance(value, dict):
            self._complain("when", "not a table", 'Write when = {channel = ["kf"]}')
            return Condition()
        for name in [one for one in value if one not in _WHEN]:
            self._complain(f"when.{name}", *unknown(name, _WHEN))
        first, last = self._day(value, "from"), self._day(value, "until")
        if first and last and last < first:
            self._complain("when.until", f"{last} is before {first}", "Swap the two dates")
        return Condition(
            channels=self._channels(value),
            tags=self._list(value, "tags"),
            hours=self._hours(value.get("hours")),
            first_day=first,
            last_day=last,
        )

    def _list(self, value: dict[str, Any], name: str) -> tuple[str, ...]:
        texts = value.get(name, [])
        if not are_texts(texts):
            self._complain(f"when.{name}", "not a list of texts", f'Write {name} = ["…"]')
            return ()
        return tuple(texts)

    def _channels(self, value: dict[str, Any]) -> tuple[str, ...]:
        channels = self._list(value, "channel")
        for channel in channels:
            if channel not in tuple(Channel):
                self._complain("when.channel", *unknown(channel, tuple(Channel)))
        return channels

    def _day(self, value: dict[str, Any], name: str) -> date | None:
        day = value.get(name)
        if day is None or type(day) is date:
            return day
        self._complain(f"when.{name}", "not a date", f"Write {name} = 2026-01-31, without quotes")
        return None

    def _hours(self, value: object) -> tuple[time, time] | None:
        if value is None:
            return None
        found = _HOURS.fullmatch(value) if isinstance(value, str) else None
        if not found or found[1] == found[2]:
            self._complain("when.hours", f"{value!r} are no hours", 'Write hours = "09:00-21:00"')
            return None
        return time.fromisoformat(found[1]), time.fromisoformat(found[2])


def unknown(name: str, known: Iterable[str]) -> tuple[str, str]:
    """(problem, cure) for a name that is not among `known`."""
    known = list(known)
    close = get_close_matches(name, known, 1)
    cure = f"Did you mean {close[0]}?" if close else f"Known are {', '.join(known)}"
    return f"unknown: {name}", cure


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_link(content: str) -> bool:
    try:
        parts = urlsplit(content)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in parts.netloc and " " not in content
