"""Every mistake of a library, found at a desk and not by a customer."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path

from bot.clock import SystemClock
from bot.errors import Complaint, ScriptError
from bot.events import Channel
from bot.scripts.normalise import fold, normalise
from bot.scripts.reading import HANDOVER, read
from bot.scripts.renderer import Renderer
from bot.scripts.rules import Rules
from bot.scripts.script import CATEGORIES, HandoverRule, Script
from bot.scripts.templates import VARIABLES

# What the shipped handlers say by name.
REQUIRED = (
    *("system/menu_head", "system/menu_tail", "system/handover", "system/handover_off_hours"),
    *("system/fallback", "system/welcome_failed", "system/handover_todo"),
    *("system/greeting_reply", "welcome/first", "welcome/store", "welcome/kf", "welcome/bot"),
    *("chat/thanks", "chat/bye"),
)
TEXT_BYTES = {  # what one message carries: welcome 92137, kf 94677, app 90236, bot 101031
    Channel.CONTACT: 4000,
    Channel.KF: 2048,
    Channel.APP: 2048,
    Channel.BOT: 20480,
}
_TITLE_BYTES = 128  # a menu's click.content, doc 94677
_GREETS = re.compile(r"好|欢迎|嗨|哈喽|\bhi\b|\bhello\b", re.IGNORECASE)
_LONG_NAME = "王" * 32
_SAMPLES: Mapping[str, Mapping[str, object] | object] = {  # long, as they may really come
    "customer": {"name": _LONG_NAME, "tags": ("VIP",)},
    "member": {"name": _LONG_NAME},
    "company": dict.fromkeys(("name", "phone", "address", "hours", "site"), _LONG_NAME),
    "now": datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
    "question": "问" * 100,
    "persona": "王" * 10,
    "words": "话" * 200,
    "why": "因" * 40,
    "titles": ("题" * 20,) * 3,
}


def check(
    path: Path,
    *,
    now: datetime | None = None,
    variables: Mapping[str, frozenset[str]] = VARIABLES,
) -> list[Complaint]:
    """All complaints about the library under `path`; what `Library.load` refuses comes first."""
    reading = read(path, variables)
    today = (now or SystemClock().now()).date()
    found = list(reading.complaints)
    told = {complaint.key for complaint in found}
    for script in reading.scripts:
        found += (words for words in _check_words(script) if words.key not in told)
        found += _check_script(script, today)
    found += _check_examples(reading.scripts)
    found += _check_rules(reading.scripts, reading.rules)
    found += _check_presence({script.id for script in reading.scripts}, reading.complaints)
    return found


def _complaint(script: Script, name: str, problem: str, cure: str) -> Complaint:
    return Complaint(file=script.file, key=f"{script.id}.{name}", problem=problem, cure=cure)


def _check_words(script: Script) -> Iterator[Complaint]:
    channels = [Channel(channel) for channel in script.when.channels if channel in TEXT_BYTES]
    limit = min(TEXT_BYTES[channel] for channel in channels or Channel)
    for number, variant in enumerate(script.say):
        name = f"say[{number}]"
        if any(variable not in _SAMPLES for variable, _ in variant.uses):
            continue  # the application's own variables: only it knows their length
        try:
            text = Renderer().fill(script, variant, _SAMPLES)
        except ScriptError as error:
            yield _complaint(script, name, error.complaints[0].problem, "Mend the template")
            continue
        if not text:
            yield _complaint(script, name, "nothing is left to say", "Write words around it")
        if len(text.encode()) > limit:
            yield _complaint(
                script,
                name,
                f"{len(text.encode())} bytes with long values, a message carries {limit}",
                "Shorten it, or name roomier channels in when",
            )


def _check_script(script: Script, today: date) -> Iterator[Complaint]:
    near = get_close_matches(script.category.casefold(), CATEGORIES, 1, 0.65)
    if near and script.category not in CATEGORIES:
        yield _complaint(
            script, "category", f"unknown: {script.category}", f"Did you mean {near[0]}?"
        )
    if script.when.last_day and script.when.last_day < today:
        yield _complaint(
            script, "when.until", f"expired on {script.when.last_day}", "Renew it or take it out"
        )
    if len(script.title.encode()) > _TITLE_BYTES and (script.examples or script.keywords):
        yield _complaint(
            script, "title", f"over {_TITLE_BYTES} bytes, no menu shows it", "Shorten it"
        )
    if script.category == "greeting" and not any(_GREETS.search(v.source) for v in script.say):
        yield _complaint(
            script, "say", "it greets nobody", "Begin with 您好, or file it elsewhere"
        )
    if script.category == "faq" and not script.examples and not script.keywords:
        yield _complaint(script, "ask", "no question leads here", "Write what customers ask")
    for number, entry in enumerate(script.keywords):
        if short := [word for word in entry if len(fold(word)) < 2]:
            if len(entry) > 1 and any(len(fold(word)) > 1 for word in entry):
                continue  # a longer word beside it makes it safe
            yield _complaint(
                script,
                f"keywords[{number}]",
                f"{short[0]!r} is too short to be safe",
                "Use words of two characters and more",
            )
    for number, example in enumerate(script.examples):
        if not normalise(example):
            yield _complaint(
                script, f"ask[{number}]", f"{example!r} holds no words", "Write a question"
            )


def _check_examples(scripts: Iterable[Script]) -> Iterator[Complaint]:
    """One question for two scripts is fine only when a condition tells them apart."""
    owners: dict[str, Script] = {}
    for script in scripts:
        for number, example in enumerate(script.examples):
            other = owners.setdefault(normalise(example), script)
            if other is not script and other.when == script.when:
                yield _complaint(
                    script,
                    f"ask[{number}]",
                    f"{other.id} has the same question {example!r}",
                    "Keep it in one of them, or tell them apart by when",
                )
    keywords: dict[frozenset[str], Script] = {}
    for script in scripts:
        for number, entry in enumerate(script.keywords):
            other = keywords.setdefault(frozenset(map(fold, entry)), script)
            if other is not script and other.when == script.when:
                yield _complaint(
                    script,
                    f"keywords[{number}]",
                    f"{other.id} has the same keywords {' '.join(entry)!r}",
                    "Keep them in one of them, or add a word",
                )


def _check_rules(scripts: Iterable[Script], rules: Sequence[HandoverRule]) -> Iterator[Complaint]:
    finder = Rules(rules)
    for script in scripts:
        for number, example in enumerate(script.examples):
            if rule := finder.first(fold(example)):
                yield _complaint(
                    script,
                    f"ask[{number}]",
                    f"{example!r} never gets here, [{rule.name}] calls a person",
                    f"Take it out, or add a phrase to unless in {HANDOVER}",
                )


def _check_presence(ids: set[str], complaints: Sequence[Complaint]) -> Iterator[Complaint]:
    broken = {complaint.key.partition(".")[0] for complaint in complaints}
    for script_id in REQUIRED:
        if script_id not in ids | broken:
            yield Complaint(
                file=".",
                key=script_id,
                problem="this script is missing",
                cure="The program says it by this id: write it",
            )
