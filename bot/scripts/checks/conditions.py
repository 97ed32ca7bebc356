"""Compares when scripts may be said, and complains about conditions (when) that never hold or that
leave a question without an answer."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from functools import cache

from bot.errors import Complaint
from bot.events import OF_MEMBERS, Channel
from bot.scripts.checks.subject import Subject, complaint
from bot.scripts.normalise import fold, normalise
from bot.scripts.script import Condition, Script

_DAY = 24 * 60  # minutes
# The program says these by their ids, each on one channel; it has nothing else to say there.
_AT_HOME = {
    "welcome/first": Channel.CONTACT,
    "welcome/store": Channel.CONTACT,
    "welcome/kf": Channel.KF,
    "welcome/bot": Channel.BOT,
}
_ALWAYS = frozenset({*_AT_HOME, "system/handover_off_hours", "system/fallback"})


def overlap(one: Condition, other: Condition) -> bool:
    """Whether both can hold at one moment for one customer. A customer may have any tags."""
    if one.channels and other.channels and not set(one.channels) & set(other.channels):
        return False
    first = max(filter(None, (one.first_day, other.first_day)), default=date.min)
    last = min(filter(None, (one.last_day, other.last_day)), default=date.max)
    return first <= last and bool(_minutes(one.hours) & _minutes(other.hours))


def covers(wide: Condition, narrow: Condition, today: date) -> bool:
    """Whether `wide` holds whenever `narrow` does, from today on."""
    if wide.channels and not set(narrow.channels or Channel) <= set(wide.channels):
        return False
    if wide.tags and not (narrow.tags and set(narrow.tags) <= set(wide.tags)):
        return False
    if wide.first_day and max(narrow.first_day or date.min, today) < wide.first_day:
        return False
    if wide.last_day and not (narrow.last_day and narrow.last_day <= wide.last_day):
        return False
    return _minutes(narrow.hours) <= _minutes(wide.hours)


def rivals(one: Condition, other: Condition) -> bool:
    """Whether both can hold at once with equal weight: the answer to a question of both scripts
    is then chosen by the order of their ids."""
    return one.weight == other.weight and overlap(one, other)


@cache
def _minutes(hours: tuple[time, time] | None) -> frozenset[int]:
    """The minutes of a day, 0..1439, that lie within `hours`; None: all of them."""
    if hours is None:
        return frozenset(range(_DAY))
    start, end = (60 * moment.hour + moment.minute for moment in hours)
    if start < end:
        return frozenset(range(start, end))
    return frozenset(range(start, _DAY)) | frozenset(range(end))


def check_conditions(subject: Subject) -> Iterator[Complaint]:
    owners: dict[str, list[Script]] = {}
    for script in subject.scripts:
        for text in dict.fromkeys(map(normalise, script.examples)):
            owners.setdefault(text, []).append(script)
    for script in subject.scripts:
        yield from _check_dates(script, subject.today)
        yield from _check_channels(script)
        yield from _check_presence(script)
        yield from _check_gap(script, owners)


def _check_dates(script: Script, today: date) -> Iterator[Complaint]:
    if script.when.last_day and script.when.last_day < today:
        yield complaint(
            script,
            "when.until",
            f"expired on {script.when.last_day}",
            "Renew it or take it out",
        )


def _check_channels(script: Script) -> Iterator[Complaint]:
    channels = script.when.channels
    if channels and script.when.tags and set(channels) <= OF_MEMBERS:
        yield complaint(
            script,
            "when.tags",
            f"never holds: who writes on {', '.join(channels)} is a member and has no tags",
            "Take tags out, or name a channel with customers",
        )
    home = _AT_HOME.get(script.id)
    if home and channels and home not in channels:
        yield complaint(
            script,
            "when.channel",
            f"never holds: this script is said on {home}",
            f'Write channel = ["{home}"]',
        )


def _check_presence(script: Script) -> Iterator[Complaint]:
    """Complain about conditions of scripts that the program says by their ids: no other script is
    said while these do not hold."""
    when = script.when
    limited = when.tags or when.hours or when.last_day or when.first_day
    if script.id in _ALWAYS and (limited or (when.channels and script.id not in _AT_HOME)):
        yield complaint(
            script,
            "when",
            "the program says this by name, and at other times nothing is said",
            "Take this out of when; put what holds at times only into another script",
        )


def _check_gap(script: Script, owners: Mapping[str, list[Script]]) -> Iterator[Complaint]:
    """Complain about the first question that is answered only at some hours or for some tags."""
    if not (script.when.hours or script.when.tags) or _about(script, script.when.tags):
        return
    for number, example in enumerate(script.examples):
        beside = [one.when for one in owners.get(normalise(example), ()) if one is not script]
        same = [one for one in beside if _open_to(one, script.when)]
        if _answered(script.when, same):
            continue
        yield complaint(
            script,
            f"ask[{number}]",
            f"{example!r} has no answer when its conditions do not hold",
            "Write a script without when.hours and when.tags that has this question too",
        )
        return  # once a script


def _about(script: Script, tags: Sequence[str]) -> bool:
    """Whether the script names one of `tags`, so that only who has it would ask: VIP有什么权益."""
    texts = [fold(text) for text in (script.title, *script.examples)]
    return any(fold(tag) in text for tag in tags for text in texts)


def _open_to(one: Condition, when: Condition) -> bool:
    """Whether `one` may be said on every channel of `when`."""
    return not one.channels or set(when.channels or Channel) <= set(one.channels)


def _answered(when: Condition, beside: list[Condition]) -> bool:
    """Whether scripts with the same question answer it where `when` does not hold.

    Args:
        beside: when these other scripts may be said.
    """
    free = [one for one in beside if not one.tags]
    if when.tags:  # customers without these tags, at any hour of this script
        return _minutes(when.hours) <= frozenset().union(*(_minutes(one.hours) for one in free))
    both = [when, *beside]
    return len(frozenset().union(*(_minutes(one.hours) for one in both))) == _DAY
