"""What a plan says of itself, in words: when, counted from what, until when."""

import re
from collections.abc import Mapping
from datetime import date

from bot.plans.plan import (
    Campaign,
    OnCron,
    OnDate,
    OnOccasion,
    Plan,
    Programme,
    Reminder,
    Sequence,
    Span,
    When,
)
from bot.plans.when import NUMBERED
from bot.telling import words
from bot.touch.calendar import Calendar

Words = tuple[str, str]  # Chinese, English
WEEKDAYS: Mapping[str, Words] = {
    "mon": ("周一", "Monday"), "tue": ("周二", "Tuesday"), "wed": ("周三", "Wednesday"),
    "thu": ("周四", "Thursday"), "fri": ("周五", "Friday"), "sat": ("周六", "Saturday"),
    "sun": ("周日", "Sunday"),
}  # fmt: skip
# What steps and reminders are counted from.
EVENTS: Mapping[str, Words] = {
    "added": ("加好友", "becoming a contact"),
    "bought": ("下单", "an order"),
    "birthday": ("生日", "their birthday"),
    "silent": ("没有说话", "silence"),
}
UNTITLED: Mapping[str, str] = {}


def event(name: str, days: int = 0, *, titles: Mapping[str, str] = UNTITLED) -> Words:
    """
    Args:
        days: of silence.
        titles: of the company's own dates.
    """
    if name == "silent":
        return f"{days} 天没有说话", f"{days} days of silence"
    if name.startswith("tag:"):
        tag = name.removeprefix("tag:")
        return f"打上标签「{tag}」", f"getting the tag {tag}"
    title = titles.get(name)
    return EVENTS.get(name) or ((title, title) if title else (f"「{name}」那天", name))


def dated(day: date) -> Words:
    """With its year, whichever it is."""
    return words.dated(day, 0, "zh"), words.dated(day, 0, "en")


def shifted(name: Words, days: int) -> Words:
    """Some days before (< 0) or after."""
    zh, en = name
    if not days:
        return f"{zh}当天", f"the day of {en}"
    number = abs(days)
    unit = "day" if number == 1 else "days"
    side = ("前", "before") if days < 0 else ("后", "after")
    return f"{zh}{side[0]} {number} 天", f"{number} {unit} {side[1]} {en}"


def on(when: When, calendar: Calendar) -> Words:
    match when:
        case OnDate(date=day):
            return dated(day)
        case OnOccasion(occasion=occasion, days=days):
            names = calendar.names(occasion)
            return shifted((names.zh, names.en), days)
        case OnCron(line=line):
            return cron(line)


def cron(line: str) -> Words:
    """As people say it, where it is one time of a day, a week, a month or a year."""
    minute, hour, day, month, weekday = line.split()
    if not (minute.isdecimal() and hour.isdecimal()):
        return f"定时 {line}", f"by the cron line {line}"
    at = f"{int(hour):02}:{int(minute):02}"
    if weekday != "*":
        named = [_weekdays(part) for part in weekday.split(",")]
        told = [one for one in named if one]
        if len(told) < len(named) or month != "*":
            return f"定时 {line}", f"by the cron line {line}"
        zh, en = "、".join(one[0] for one in told), ", ".join(one[1] for one in told)
        return f"每{zh} {at}", f"each {en}, {at}"
    if day == month == "*":
        return f"每天 {at}", f"every day, {at}"
    if re.fullmatch(r"\d+", day) and (month == "*" or month.isdecimal()):
        when = ("每月", "each month") if month == "*" else (f"每年 {month} 月", f"month {month}")
        return f"{when[0]} {day} 日 {at}", f"day {day} of {when[1]}, {at}"
    return f"定时 {line}", f"by the cron line {line}"


def _weekdays(part: str) -> Words | None:
    """ "mon", "1", "mon-fri"; None: something else."""
    keys = [NUMBERED[int(one)] if one in list("01234567") else one for one in part.split("-")]
    named = [WEEKDAYS[key] for key in keys if key in WEEKDAYS]
    if len(named) < len(keys) or len(keys) > 2:
        return None
    return "到".join(one[0] for one in named), " to ".join(one[1] for one in named)


def hours(span: Span) -> Words:
    """Which hours are wanted, and until when it is worth anything."""
    if span.start is None:
        zh, en = "在允许的时段里", "in any allowed hour"
    elif span.end is None:
        zh, en = f"{span.start:%H:%M} 起", f"from {span.start:%H:%M}"
    else:
        zh = en = f"{span.start:%H:%M}–{span.end:%H:%M}"
    if span.deadline_at is None and not span.deadline_days:
        return f"{zh}，当天没发出就不发", f"{en}; not later than that day"
    number = span.deadline_days
    later = {0: ("当天", "that day"), 1: ("第二天", "the next day")}.get(
        number, (f"第 {number + 1} 天", f"{number} days later")
    )
    at = f" {span.deadline_at:%H:%M}" if span.deadline_at else ""
    return f"{zh}，{later[0]}{at} 之后不发", f"{en}; not after {later[1]}{at}"


def times(
    plan: Plan, calendar: Calendar, titles: Mapping[str, str]
) -> list[tuple[Words, Words, tuple[str, ...]]]:
    """Each of its moments: which day, which hours, and the scripts that it may say.

    Args:
        titles: of the company's own dates.
    """
    match plan:
        case Campaign():
            scripts = tuple(choice.script for choice in plan.say)
            return [(on(plan.on, calendar), hours(plan.span), scripts)]
        case Reminder():
            scripts = tuple(choice.script for choice in plan.say)
            return [
                (shifted(event(plan.date, titles=titles), plan.days), hours(plan.span), scripts)
            ]
        case Sequence():
            begun = event(plan.after, plan.after_days, titles=titles)
            return [
                (
                    shifted(begun, step.day), hours(step.span),
                    tuple(choice.script for choice in step.say),
                )
                for step in plan.steps
            ]  # fmt: skip
        case Programme():
            return [(on(post.on, calendar), hours(post.span), post.scripts) for post in plan.posts]
    return []
