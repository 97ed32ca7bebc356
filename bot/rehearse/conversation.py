"""A conversation to be rehearsed, as a value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Place = Literal["kf", "group", "contact"]
Actor = Literal["customer", "staff", "system"]
EVENTS = ("session_enter", "friend_added", "promo_due", "birthday", "festival", "handover_end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    by: Actor
    at: datetime  # aware
    who: str = ""  # by name, in a group; else ""
    text: str = ""
    event: str = ""  # one of EVENTS; others pass without effect
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """An expectation; fields left out are not judged."""

    after_step: int  # as it is written
    reply_ids: tuple[str | None, ...] = ()  # any of these is right; None: no script is said
    handover: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    name: str
    place: Place
    steps: tuple[Step, ...]
    expectations: tuple[Expectation, ...] = ()
    base: int = 0  # the number of the first step in `after_step`


def base_of(conversations: Iterable[Conversation]) -> int:
    """Whether the writers count their steps from 0 or from 1: one rule for the whole file.

    A 0 tells, and so does a number as high as there are steps. Else it is the reading under which
    more expectations make sense: of a person's own words nothing is expected, of the middle of a
    burst neither, and what has to be said needs somebody who asked. In doubt from 1.
    """
    conversations = list(conversations)
    pairs = [(one, expected) for one in conversations for expected in one.expectations]
    lowest = any(expected.after_step <= 0 for _, expected in pairs)
    highest = any(expected.after_step >= len(one.steps) for one, expected in pairs)
    if lowest != highest:
        return 0 if lowest else 1
    sense = {base: sum(_sense(one.steps, e, base) for one, e in pairs) for base in (1, 0)}
    return max(sense, key=sense.__getitem__)


def _sense(steps: Sequence[Step], expected: Expectation, base: int) -> int:
    place = expected.after_step - base
    if not 0 <= place < len(steps):
        return -3
    step = steps[place]
    if step.by == "staff":
        return -2 if expected.handover or any(expected.reply_ids) else -1
    if place + 1 < len(steps) and continues(step, steps[place + 1]):
        return -1
    return 1


def continues(step: Step, following: Step, within_s: float = 2.0) -> bool:
    """Whether the same customer goes on writing, before anybody could answer."""
    return (
        step.by == following.by == "customer"
        and bool(step.text and following.text)
        and step.who == following.who
        and (following.at - step.at).total_seconds() < within_s
    )
