"""Complaints about manners: 早上好 that may be said at any hour, 您 and 你 in one text."""

import re
from collections.abc import Iterator, Mapping
from datetime import time

from bot.errors import Complaint
from bot.scripts.checks.subject import Subject, complaint
from bot.scripts.script import Script

_GREETINGS: Mapping[str, tuple[str, str]] = {
    "早上好": ("05:00", "11:00"), "早安": ("05:00", "11:00"), "上午好": ("06:00", "12:00"),
    "中午好": ("11:00", "14:00"), "下午好": ("12:00", "19:00"), "晚上好": ("17:00", "23:59"),
    "晚安": ("19:00", "23:59"),
}  # fmt: skip
_GREETING = re.compile(rf"({'|'.join(_GREETINGS)})(?=\W|[呀啊哦呢]|$)")
_QUOTED = re.compile("「[^」]*」|“[^”]*”|《[^》]*》")
_FAMILIAR = re.compile("(?<!迷)你(?!们|好)")


def check_manner(subject: Subject) -> Iterator[Complaint]:
    for text in subject.texts:
        if not text.name.startswith("say"):
            continue
        script, said = text.script, _QUOTED.sub("", text.text)
        if (found := _GREETING.search(said)) and not _fits(script, found[1]):
            begin, end = _GREETINGS[found[1]]
            cure = f'Write when = {{hours = "{begin}-{end}"}}, or 您好'
            yield complaint(script, text.name, f"{found[1]} may come at any hour", cure)
        if "您" in said and _FAMILIAR.search(said):
            yield complaint(script, text.name, "says both 您 and 你", "Keep to one of them")


def _fits(script: Script, greeting: str) -> bool:
    """Whether the script is said only at the greeting's hours, or answers who greets like this."""
    if any(greeting in example for example in script.examples):
        return True
    begin, end = map(time.fromisoformat, _GREETINGS[greeting])
    hours = script.when.hours
    return hours is not None and begin <= hours[0] < hours[1] <= end
