"""Complaints about required scripts that are missing, and about scripts, keywords and questions
that no message can reach."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from bot.errors import Complaint
from bot.scripts.checks.subject import Subject, complaint
from bot.scripts.normalise import fold, normalise
from bot.scripts.reading import HANDOVER
from bot.scripts.recognise import recognise
from bot.scripts.rules import Rules
from bot.scripts.script import CATEGORIES, Script

# Ids of the scripts that the shipped handlers say by name.
REQUIRED = (
    *("system/menu_head", "system/menu_tail", "system/handover", "system/handover_off_hours"),
    *("system/fallback", "system/welcome_failed", "system/handover_todo"),
    *("system/greeting_reply", "welcome/first", "welcome/store", "welcome/kf", "welcome/bot"),
    *("chat/thanks", "chat/bye"),
)
_ASKED = ("faq", "chat")  # categories whose scripts only ever answer
_GREETS = re.compile(
    r"好|欢迎|嗨|嘿|哈喽|在的|早|晚安|快乐|安康|吉祥|大吉|恭喜|祝|拜年|\bhi\b|\bhello\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"""["']([a-z0-9_-]+(?:/[a-z0-9_-]+)+)["']""")


def check_required(ids: Iterable[str], complaints: Iterable[Complaint]) -> Iterator[Complaint]:
    """Complain about each of `REQUIRED` that is missing.

    Args:
        ids: of the scripts that were read.
        complaints: of the reading; a script that one is about is broken, not missing.
    """
    there = {*ids, *(one.key.partition(".")[0] for one in complaints)}
    for script_id in REQUIRED:
        if script_id not in there:
            yield Complaint(
                file=".",
                key=script_id,
                problem="this script is missing",
                cure="The program says it by this id: write it",
            )


def check_reach(subject: Subject) -> Iterator[Complaint]:
    named = {*REQUIRED, *_named(subject.root / "handlers")}
    finder = Rules(subject.rules)
    for script in subject.scripts:
        yield from _check_category(script)
        if script.category in _ASKED and script.id not in named:
            yield from _check_asked(script)
        yield from _check_keywords(script, finder)
        yield from _check_examples(script, finder)


def _named(handlers: Path) -> Iterator[str]:
    """Ids that the workspace's own handlers mention."""
    for path in sorted(handlers.rglob("*.py")):
        with suppress(OSError):  # told when handlers are imported
            yield from _QUOTED.findall(path.read_text("utf-8", "replace"))


def _check_category(script: Script) -> Iterator[Complaint]:
    near = get_close_matches(script.category.casefold(), CATEGORIES, 1, 0.65)
    if near and script.category not in CATEGORIES:
        yield complaint(
            script, "category", f"unknown: {script.category}", f"Did you mean {near[0]}?"
        )
    if script.category == "greeting" and not any(_GREETS.search(v.source) for v in script.say):
        yield complaint(script, "say", "it greets nobody", "Begin with 您好, or file it elsewhere")


def _check_asked(script: Script) -> Iterator[Complaint]:
    if not script.examples and not script.keywords:
        yield complaint(script, "ask", "no question leads here", "Write what customers ask")


def _check_keywords(script: Script, finder: Rules) -> Iterator[Complaint]:
    for number, entry in enumerate(script.keywords):
        name, folded = f"keywords[{number}]", [fold(word) for word in entry]
        if empty := [word for word, left in zip(entry, folded, strict=True) if not left]:
            yield complaint(
                script, name, f"{empty[0]!r} holds no letters", "Write a word, or take it out"
            )
        elif max(map(len, folded)) < 2:  # a longer word beside a short one makes it safe
            yield complaint(
                script,
                name,
                f"{entry[0]!r} is too short to be safe",
                "Use words of two characters and more",
            )
        if rule := next(filter(None, map(finder.first, folded)), None):
            yield complaint(
                script,
                name,
                f"{' '.join(entry)!r} never counts, [{rule.name}] calls a person",
                f"Take it out, or add a phrase to unless in {HANDOVER}",
            )


def _check_examples(script: Script, finder: Rules) -> Iterator[Complaint]:
    for number, example in enumerate(script.examples):
        if not normalise(example):
            yield complaint(
                script, f"ask[{number}]", f"{example!r} holds no words", "Write a question"
            )
        if rule := finder.first(fold(example)):
            yield complaint(
                script,
                f"ask[{number}]",
                f"{example!r} never gets here, [{rule.name}] calls a person",
                f"Take it out, or add a phrase to unless in {HANDOVER}",
            )
        elif taken := _taken(example):
            yield complaint(
                script,
                f"ask[{number}]",
                f"only the very words {example!r} get here: {taken}",
                "Leave it to a person, or write what is asked without that",
            )


def _taken(text: str) -> str:
    """What a message like `text` is taken for before any script is looked for; "" = nothing."""
    recognised = recognise(text)
    if recognised is None or recognised.certainty != "sure":
        return ""
    return f"it sounds like {recognised.en.partition(':')[0]}"
