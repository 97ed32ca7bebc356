"""What every check looks at: the scripts as they were read, and what they say when filled in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from bot.errors import Complaint, ScriptError
from bot.scripts.renderer import Renderer
from bot.scripts.script import HandoverRule, Script, Variant
from bot.scripts.templates import SAMPLE_INVITE, VARIABLES

_SHORT: Mapping[str, object] = {  # as they usually come; they must not look like a mistake
    "customer": {"name": "小明", "tags": ("VIP",)},
    "member": {"name": "小李"},
    "company": dict.fromkeys(("name", "phone", "address", "hours", "site"), "敝店"),
    "store": dict.fromkeys(VARIABLES["store"], "敝店"),
    "now": datetime(2026, 6, 1, 12, tzinfo=UTC),
    "question": "问题",
    "persona": "小话",
    "words": "原话",
    "why": "原因",
    "titles": (),
    "invite": SAMPLE_INVITE,
}
# Characters of a text that are looked at; hardly a message carries as many. An expression takes
# four times as long for twice as many, and nobody else gets their turn meanwhile.
_LONGEST = 4000
_EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Something that a customer reads."""

    script: Script
    name: str  # "say[0]", "attachments[1].title"
    text: str


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is checked: a library, and what its scripts are judged by."""

    scripts: Sequence[Script]
    rules: Sequence[HandoverRule]
    quiet: Sequence[str]  # whole messages that want no answer: 嗯, 好的
    today: date
    root: Path  # the workspace: config/ and handlers/ are beside the library
    unset: frozenset[str]  # variables that config/bot.toml leaves empty: "company.phone"

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """Everything that customers read, filled in with short values."""
        return tuple(text for script in self.scripts for text in _texts(script))


def _texts(script: Script) -> Iterator[Text]:
    for name, text in _named(script):
        yield Text(script=script, name=name, text=text[:_LONGEST])


def _named(script: Script) -> Iterator[tuple[str, str]]:
    for number, variant in enumerate(script.say):
        yield f"say[{number}]", plain(script, variant)
    yield "title", script.title
    for number, item in enumerate(script.attachments):
        for name, text in (("title", item.title), ("desc", item.desc)):
            if text:
                yield f"attachments[{number}].{name}", text


def plain(script: Script, variant: Variant) -> str:
    """A wording filled in with short values; expressions that cannot be filled in are left out."""
    try:
        return Renderer().fill(script, variant, _SHORT)
    except ScriptError:
        return _EXPRESSION.sub("", variant.source)


def complaint(script: Script, name: str, problem: str, cure: str) -> Complaint:
    return Complaint(file=script.file, key=f"{script.id}.{name}", problem=problem, cure=cure)
