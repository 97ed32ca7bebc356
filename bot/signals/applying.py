"""A signal and the rules → what is to be done. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from bot.events import SignalReceived
from bot.signals.rule import Condition, Effects, Plain, Rule, Rules

_NAMED = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_BIRTHDAY = re.compile(
    r"(?P<moon>L)?(?:\d{4}-)?(?P<day>(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))"
)
_SHOWN = 60  # characters of a detail in a to-do


def effects_of(
    signal: SignalReceived, rules: Rules, now: datetime, zone: ZoneInfo, *, name: str = ""
) -> Effects:
    """What the rules say of `signal`.

    Args:
        zone: the company's, for days without a time of day.
        name: of the customer, for {customer} in a to-do.
    """
    fitting = [rule for rule in rules if rule.kind == signal.kind and fits(rule, signal.details)]
    at = min(signal.happened_at, now)  # a shop's clock may be ahead
    minutes = max((rule.free_min for rule in fitting), default=0.0)
    free_until = at + timedelta(minutes=minutes)
    told, unread = {}, []
    for rule in fitting:
        for date, detail in rule.date_from.items():
            if (moment := moment_of(signal.details.get(detail), zone)) is None:
                unread.append(detail)
            else:
                told[date] = moment
    born = sorted({rule.birthday_from for rule in fitting} - {""})
    birthdays = {detail: birthday_of(signal.details.get(detail)) for detail in born}
    said = {"customer": name or signal.customer, **signal.details}
    return Effects(
        at=at,
        rules=tuple(rule.id for rule in fitting),
        tag=frozenset().union(*(rule.tag for rule in fitting)),
        untag=frozenset().union(*(rule.untag for rule in fitting)),
        free_until=free_until if free_until > now else None,
        stage=next((rule.stage for rule in fitting if rule.stage), ""),
        dates={date: at for rule in fitting for date in rule.date},
        told=told,
        birthday=next(filter(None, birthdays.values()), ""),
        notices=tuple(filled(rule.notice, said) for rule in fitting if rule.notice),
        unread=(*unread, *(detail for detail, day in birthdays.items() if not day)),
    )


def fits(rule: Rule, details: Mapping[str, Any]) -> bool:
    return all(holds(condition, details.get(condition.detail)) for condition in rule.when)


def holds(condition: Condition, value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(_holds(condition, one) for one in values if one is not None)


def _holds(condition: Condition, value: Plain) -> bool:
    if condition.among and not any(_same(value, one) for one in condition.among):
        return False
    if condition.least is None and condition.below is None:
        return True
    number = _number(value)
    return (
        number is not None
        and (condition.least is None or number >= condition.least)
        and (condition.below is None or number < condition.below)
    )


def _same(one: Plain, other: Plain) -> bool:
    """True is not 1 here; "199" and 199 are the same, as shops write both."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    number = _number(one)
    return number is not None and number == _number(other)


def _number(value: Plain) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except ValueError:
        return None


def moment_of(value: Any, zone: tzinfo) -> datetime | None:
    """A day (2026-05-17, in `zone`) or a moment with its zone; None: it is neither."""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return moment if 2000 <= moment.year < 2100 else None
    except (TypeError, ValueError):
        return None


def birthday_of(value: Any) -> str:
    """ "05-17" out of 1990-05-17 or 05-17; L in front: by the moon; "": it is none."""
    found = _BIRTHDAY.fullmatch(value) if isinstance(value, str) else None
    return f"{found['moon'] or ''}{found['day']}" if found else ""


def filled(words: str, said: Mapping[str, Any]) -> str:
    """`words` with everything in braces filled in; an unknown value becomes a dash."""
    return _NAMED.sub(lambda name: _shown(said.get(name[1])), words)


def _shown(value: Any) -> str:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "、".join(map(_shown, value))[:_SHOWN]
    match value:
        case None | "":
            return "—"
        case bool():
            return "是" if value else "否"
        case float() if value.is_integer():
            return str(int(value))
    return " ".join(str(value).split())[:_SHOWN]
