"""Complaints about customer fields that scripts print: config/customers.toml has to have them."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from bot.errors import Complaint
from bot.profile.fields import FieldRule
from bot.profile.rules import FILE, read_customers
from bot.scripts.checks.subject import Subject, complaint
from bot.scripts.script import Script

BLANK = "待填写"  # the editor's buttons put it where writers have to put words of their own
UNFINISHED = re.compile(rf"""customer\.fields\.(\w+)\s+or\s+(['"]){BLANK}\2""")


def check_fields(subject: Subject) -> Iterator[Complaint]:
    yield from _check_finished(subject)
    if not (subject.root / "config").is_dir():
        return  # a library without its workspace: nobody knows its fields
    read = [script for script in subject.scripts if script.fields]
    mistakes: list[Complaint] = []
    rules = read_customers(subject.root, mistakes).fields if read else {}
    if mistakes:
        return  # told with the settings; until they are mended nobody knows which fields exist
    for script in read:
        for number, variant in enumerate(script.say):
            for name in variant.fields:
                if name not in rules:
                    problem = f"customer.fields.{name} is no field of {FILE}"
                    yield complaint(script, f"say[{number}]", problem, _cure(name, rules))
                elif rules[name].scenarios == ():
                    problem = f"customer.fields.{name} is for colleagues, never for words"
                    cure = f"Take it out, or change scenarios of [field.{name}] in {FILE}"
                    yield complaint(script, f"say[{number}]", problem, cure)


def _check_finished(subject: Subject) -> Iterator[Complaint]:
    """Complain about fallbacks left as 待填写: customers without a value would read that."""
    for script in subject.scripts:
        for number, variant in enumerate(script.say):
            for name in dict.fromkeys(one[1] for one in UNFINISHED.finditer(variant.source)):
                problem = f"customer.fields.{name} is still followed by {BLANK}"
                cure = f"Write in place of {BLANK} what is said to whom it is not known of"
                yield complaint(script, f"say[{number}]", problem, cure)


def unknown_fields(script: Script, root: Path) -> list[Complaint]:
    """What `check_fields` says of one script.

    Args:
        root: the workspace, with config/.
    """
    subject = Subject(
        scripts=(script,), rules=(), quiet=(), today=date.min, root=root, unset=frozenset()
    )
    return [*check_fields(subject)]


def _cure(name: str, rules: Mapping[str, FieldRule]) -> str:
    titled = {rule.title: rule.id for rule in rules.values()}
    close = titled.get(name) or next(iter(get_close_matches(name, rules, 1)), "")
    if close:
        return f"Did you mean customer.fields.{close}?"
    return f"Known here: {', '.join(f'{one.id} ({one.title})' for one in rules.values())}"
