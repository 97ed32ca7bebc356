"""What a phrase turns out to mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple

EXAMPLES = (
    *("明天下午三点", "下周五上午", "12月25日 15:00", "3天后", "半小时后", "中秋节前两天"),
    *("每月1号", "每周一早上9点", "每年生日前三天", "tomorrow 3pm", "next Friday morning"),
)
BIRTHDAY, WORKDAY = "birthday", "workday"  # recurrences that hang on no occasion of the calendar


class Said(NamedTuple):
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Once."""

    at: datetime  # aware, in the zone that was asked for, whole minutes, later than now
    zh: str  # the same written out: "2026年11月27日 周五 15:00"
    en: str
    assumed: tuple[Said, ...] = ()  # what nobody said


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """Again and again: `fields` are those of APScheduler's CronTrigger.

    With an `occasion` they hold hour and minute alone: it is on each of its days, moved by `days`.
    """

    fields: Mapping[str, str | int] = field(default_factory=dict)
    occasion: str = ""  # an id of the calendar, "birthday" (the customer's) or "workday"
    days: int = 0  # negative: before it
    first: datetime | None = None  # the next one; None for birthdays, which differ
    zh: str
    en: str
    assumed: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Nothing to save: ask again. Both texts end with what to write instead."""

    rule: Literal["past", "ambiguous", "impossible", "unknown"]
    zh: str
    en: str
    examples: tuple[str, ...] = EXAMPLES


Meaning = Moment | Recurrence | Unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A time of day. At 24:00 (`later` = 1) the next day begins."""

    hour: int
    minute: int = 0
    later: int = 0
    assumed: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Days that may be meant; the first that is still to come is."""

    days: tuple[date, ...]
    assumed: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A recurrence without its time of day."""

    fields: Mapping[str, str | int] = field(default_factory=dict)
    occasion: str = ""
    days: int = 0
    zh: str
    en: str
    assumed: tuple[Said, ...] = ()
