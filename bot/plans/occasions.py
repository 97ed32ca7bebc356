"""Which messages a plan has between two moments: for whom, when, and until when. Pure.

For one known customer, `fits` and `script_for` say the same as the SQL.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.plans.condition import (
    EVERYONE,
    After,
    All,
    Any,
    Began,
    BornOn,
    Condition,
    Node,
    Not,
    NotPractising,
    Person,
    Today,
    Welcome,
)
from bot.plans.plan import (
    Addressed,
    Campaign,
    Choice,
    Plan,
    Post,
    Programme,
    Reminder,
    Sequence,
    Span,
)
from bot.plans.when import coming, fires, turn
from bot.store.groups.missed import MISSED
from bot.touch.calendar import Calendar
from bot.touch.touch import Receiver, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One slot of a plan: one message at most for each customer, however often it is planned."""

    plan: str
    slot: str
    scenario: Scenario
    to: Receiver
    start: datetime  # messages are spread from here
    end: datetime  # to here (exclusive)
    deadline: datetime
    day: Today  # conditions hold as of this day
    whom: Node
    say: tuple[Choice, ...]
    whoever: Node = EVERYONE  # the same, opted out or not
    groups: tuple[str, ...] = ()  # where `to` is "group": chat ids
    names: tuple[str, ...] = ()  # and patterns of names

    @property
    def condition(self) -> Condition:
        """For WHERE: who gets any of the scripts."""
        choices = Any(tuple(choice.whom for choice in self.say))
        return All((self.whom, choices)).sql(self.day)

    @property
    def unwelcome(self) -> Condition:
        """For WHERE: who would get one, if they had not opted out or complained."""
        choices = Any(tuple(choice.whom for choice in self.say))
        return All((Not(Welcome()), self.whoever, choices)).sql(self.day)

    @property
    def choices(self) -> tuple[tuple[Condition, str], ...]:
        """For CASE: the first condition that holds tells the script."""
        return tuple((choice.whom.sql(self.day), choice.script) for choice in self.say)

    def fits(self, person: Person) -> bool:
        return self.whom.holds(person, self.day) and bool(self.script_for(person))

    def script_for(self, person: Person) -> str:
        """ "" if no script is meant for them."""
        for choice in self.say:
            if choice.whom.holds(person, self.day):
                return choice.script
        return ""


class Occasions:
    """Computes them.

    Args:
        zone: the company's.
    """

    def __init__(self, calendar: Calendar, zone: ZoneInfo) -> None:
        self._calendar, self._zone = calendar, zone

    def between(self, plan: Plan, since: datetime, until: datetime) -> Iterator[Occasion]:
        """All that begin before `until` and have not expired at `since`, by their day."""
        first = (since - _wait(plan)).astimezone(self._zone).date() - timedelta(days=1)
        last = until.astimezone(self._zone).date()
        for one in self._on(plan, first, last):
            if one.start < until and one.deadline > since:
                yield one

    def today(self, day: date) -> Today:
        return Today(day, self._zone, self._calendar)

    def _on(self, plan: Plan, first: date, last: date) -> Iterator[Occasion]:
        match plan:
            case Campaign():
                for day in fires(plan.on, first, last, self._calendar, self._zone):
                    yield self._addressed(plan, day, f"{day}", plan.span, plan.whom, plan.say)
            case Programme():
                yield from sorted(self._posts(plan, first, last), key=lambda one: one.start)
            case Reminder() | Sequence():
                for number in range((last - first).days + 1):
                    day = first + timedelta(days=number)
                    yield from (
                        self._remind(plan, day)
                        if isinstance(plan, Reminder)
                        else self._steps(plan, day)
                    )

    def _remind(self, plan: Reminder, day: date) -> Iterator[Occasion]:
        about = day - timedelta(days=plan.days)
        born = plan.date == "birthday"
        whose: Node = BornOn(about) if born else Began(plan.date, -plan.days)
        whom = All((plan.whom, whose))
        yield self._addressed(plan, day, f"{about}", plan.span, whom, plan.say)

    def _steps(self, plan: Sequence, day: date) -> Iterator[Occasion]:
        over = Any(tuple(After(_ENDS[end], plan.after) for end in plan.ends))
        for step in plan.steps:
            ago = plan.after_days + step.day
            whom = All((plan.whom, Began(plan.after, -ago), Not(over)))
            began = day - timedelta(days=ago)
            slot = f"day{step.day}@{began}"  # it may begin again: they buy, they fall silent
            yield self._addressed(plan, day, slot, step.span, whom, step.say)

    def _posts(self, plan: Programme, first: date, last: date) -> Iterator[Occasion]:
        for post in plan.posts:
            for day in fires(post.on, first, last, self._calendar, self._zone):
                yield Occasion(
                    plan=plan.id,
                    slot=f"{day} {post.title}{MISSED if post.missed else ''}",
                    scenario=plan.scenario,
                    to="group",
                    start=post.span.begins(day, self._zone),
                    end=self._end(post.span, day),
                    deadline=post.span.deadline(day, self._zone),
                    day=self.today(day),
                    whom=All(),
                    say=(Choice(script=script_of(post, day, self._calendar, self._zone)),),
                    groups=plan.groups,
                    names=plan.names,
                )

    def _addressed(
        self,
        plan: Addressed,
        day: date,
        slot: str,
        span: Span,
        whom: Node,
        say: tuple[Choice, ...],
    ) -> Occasion:
        return Occasion(
            plan=plan.id,
            slot=slot,
            scenario=plan.scenario,
            to=plan.to,
            start=span.begins(day, self._zone),
            end=self._end(span, day),
            deadline=span.deadline(day, self._zone),
            day=self.today(day),
            whom=All((Welcome(), NotPractising(), whom)),
            say=say,
            whoever=All((NotPractising(), whom)),
        )

    def _end(self, span: Span, day: date) -> datetime:
        return min(span.ends(day, self._zone), span.deadline(day, self._zone))


_ENDS = {"answered": "heard", "bought": "bought"}


def _wait(plan: Plan) -> timedelta:
    """The longest time from the day of an occasion to its deadline."""
    match plan:
        case Campaign() | Reminder():
            spans = [plan.span]
        case Sequence():
            spans = [step.span for step in plan.steps]
        case Programme():
            spans = [post.span for post in plan.posts]
        case _:
            spans = []
    return timedelta(days=max((span.deadline_days for span in spans), default=0) + 1)


def script_of(post: Post, day: date, calendar: Calendar, zone: ZoneInfo) -> str:
    """Whose turn it is on a day of the post."""
    return post.scripts[turn(post.on, day, calendar, zone) % len(post.scripts)]


def next_of(
    post: Post, now: datetime, calendar: Calendar, zone: ZoneInfo
) -> tuple[date, str] | None:
    """The next day on which it may still be posted, and the script whose turn it is then."""
    days = coming(post.on, post.span, now, 1, calendar, zone)
    return (days[0], script_of(post, days[0], calendar, zone)) if days else None
