"""Plans that say the same to the same customers on the same day: one is refused. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import product
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from bot.errors import Complaint
from bot.plans.condition import All, Node, Not
from bot.plans.contradiction import possible
from bot.plans.plan import Addressed, Campaign, Choice, Plan, Reminder, scripts_of
from bot.plans.plan import Sequence as Steps
from bot.plans.when import upcoming
from bot.scripts.script import Script
from bot.scripts.wording import alike, words_of
from bot.touch.calendar import Calendar

FIRINGS = 14  # how many days of a campaign are compared with another's


class Scripts(Protocol):
    """By their ids."""

    def __contains__(self, script: object) -> bool: ...

    def __getitem__(self, script: str) -> Script: ...


class Twin(NamedTuple):
    other: Plan
    script: str  # of the plan in question


class _Said(NamedTuple):
    day: object  # equal where it is the same day of the same customer
    whom: Node
    script: str


class Twins:
    """
    Args:
        scripts: those in force.
        today: by the company's `zone`.
    """

    def __init__(self, scripts: Scripts, today: date, calendar: Calendar, zone: ZoneInfo) -> None:
        self._scripts = scripts
        self._today, self._calendar, self._zone = today, calendar, zone
        self._words: dict[str, str] = {}

    def of(self, plan: Plan, others: Iterable[Plan]) -> Iterator[Twin]:
        if not isinstance(plan, Addressed) or plan.to == "member":
            return
        for other in others:
            if not isinstance(other, Addressed) or other.to == "member" or other.id == plan.id:
                continue
            pairs = product(scripts_of(plan), scripts_of(other))
            same = {pair for pair in pairs if self._alike(*pair)}
            if same and (script := self._shared(plan, other, same)):
                yield Twin(other, script)

    def doubts(self, plans: Sequence[Plan], place: Callable[[str], str]) -> Iterator[Complaint]:
        """Each pair once, for `huashu check`.

        Args:
            place: where a plan is written, by its id.
        """
        for number, plan in enumerate(plans):
            for other, script in self.of(plan, plans[:number]):
                problem = f"{other.id} says these words ({script}) to the same people that day"
                cure = "They get them once: name another script, or stop one of the two plans"
                yield Complaint(place(plan.id), "script", problem, cure)

    def _alike(self, one: str, other: str) -> bool:
        return alike(self._read(one), self._read(other))

    def _read(self, script: str) -> str:
        if script not in self._words:
            there = script in self._scripts
            self._words[script] = words_of(self._scripts[script]) if there else ""
        return self._words[script]

    def _shared(self, plan: Addressed, other: Addressed, same: set[tuple[str, str]]) -> str:
        """The script of `plan` that somebody would get from both; "" = nobody would."""
        if _apart(plan.stores, other.stores):
            return ""
        for one, two in product(self._said(plan), self._said(other)):
            if (
                (one.script, two.script) in same
                and one.day == two.day
                and possible(All((one.whom, two.whom)))
            ):
                return one.script
        return ""

    def _said(self, plan: Addressed) -> list[_Said]:
        match plan:
            case Campaign():
                days = upcoming(plan.on, self._today, FIRINGS, self._calendar, self._zone)
                return [one for day in days for one in _choices(plan, plan.say, day)]
            case Reminder():
                return _choices(plan, plan.say, (plan.date, plan.days))
            case Steps():
                return [
                    one
                    for step in plan.steps
                    for one in _choices(plan, step.say, (plan.after, plan.after_days + step.day))
                ]
        return []


def _choices(plan: Addressed, say: Sequence[Choice], day: object) -> list[_Said]:
    """Of several choices the first that fits is said."""
    return [
        _Said(
            day,
            All((plan.whom, one.whom, *(Not(before.whom) for before in say[:number]))),
            one.script,
        )
        for number, one in enumerate(say)
    ]


def _apart(stores: Sequence[str], others: Sequence[str]) -> bool:
    """A member works in one store; what "all" and "tag:…" mean is not known here."""
    ids = bool(stores and others) and not any(
        one == "all" or one.startswith("tag:") for one in (*stores, *others)
    )
    return ids and set(stores).isdisjoint(others)
