"""What is wrong with a plan that can be read: nobody gets it, nobody should, or not then."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from bot.files.reader import Reader
from bot.plans import when
from bot.plans.condition import All, Not
from bot.plans.contradiction import possible
from bot.plans.known import Known
from bot.plans.plan import (
    Addressed,
    Campaign,
    Choice,
    OnCron,
    OnOccasion,
    Plan,
    Post,
    Programme,
    Reminder,
    Sequence,
    Span,
    When,
)
from bot.scripts.checks.plans import only_greets
from bot.touch.calendar.company import FILE as CALENDAR
from bot.touch.touch import Scenario

_GREETING = re.compile(
    r"早安|早上好|晨安|晚安|晚上好|good.?(?:morning|night|evening)", re.IGNORECASE
)
_PROBED = 14  # days, or firings, that are compared with the windows
_ROW = 6  # steps on so many days in a row feel daily to a customer


class Judge:
    def __init__(self, known: Known, reader: Reader) -> None:
        self._known, self._complain = known, reader.complain

    def judge(self, plan: Plan) -> None:
        self._check_scenario(plan)
        match plan:
            case Campaign():
                self._check_when(plan.on, "on")
                self._check_span(plan.scenario, plan.span, "", self._days(plan.on))
                self._check_choices(plan, plan.say, "")
                self._check_daily(plan, plan.on, (choice.script for choice in plan.say), "on")
            case Reminder():
                self._check_span(plan.scenario, plan.span, "", self._every_day())
                self._check_choices(plan, plan.say, "")
            case Sequence():
                self._check_steps(plan)
            case Programme():
                titles = [post.title for post in plan.posts]
                for number, post in enumerate(plan.posts):
                    at = f"post[{number}]."
                    if post.title in titles[:number]:
                        self._complain(f"{at}title", "another post has it", "Name it otherwise")
                    self._check_post(plan, post, at)

    def _check_scenario(self, plan: Plan) -> None:
        if plan.scenario is Scenario.REPLY:
            cure = "A plan speaks first: choose the reason why that is welcome"
            self._complain("scenario", "reply is for those who wrote first", cure)
        to_member = isinstance(plan, Addressed) and plan.to == "member"
        if plan.scenario is Scenario.PERSONAL and not to_member:
            cure = 'Write to = "member": they get a to-do and decide'
            self._complain("scenario", "what is personal is never said by the engine alone", cure)

    def _check_when(self, on: When, key: str) -> None:
        if isinstance(on, OnOccasion) and not self._known.calendar.known(on.occasion):
            near = self._known.calendar.similar(on.occasion)
            cure = f"Did you mean {near}? " if near else ""
            cure += f"Days of your own stand in {CALENDAR}"
            self._complain(key, f"unknown occasion: {on.occasion}", cure)
        if isinstance(on, OnCron):
            try:
                fired = when.times(on.line, self._known.today, self._known.zone)
            except ValueError as error:
                cure = 'minute hour day month weekday: "0 10 1 * *", "0 10 * * mon"'
                self._complain(key, f"{on.line!r} is no cron line: {error}", cure)
                return
            if len(fired) != 1:
                problem = "several times a day" if fired else "never"
                self._complain(key, f"{on.line!r} fires {problem}", "Once on each of its days")

    def _check_span(self, scenario: Scenario, span: Span, at: str, days: Iterable[date]) -> None:
        days, zone = list(days), self._known.zone
        if not days:
            return
        if span.deadline(days[0], zone) <= span.begins(days[0], zone):
            cure = 'It counts from its day: "20:00", "+1 day 12:00"'
            later = f"{span.deadline_days:+d} day" if span.deadline_days else ""
            clock = f"{span.deadline_at:%H:%M}" if span.deadline_at else ""
            problem = f"{f'{later} {clock}'.strip()!r} is before the moment"
            self._complain(f"{at}deadline", problem, cure)
            return
        if not any(self._opens(scenario, span, day) for day in days):
            cure = "See [manners] in config/touch.toml, or write other hours"
            problem = f"no window for {scenario} is open then, on any of its days"
            self._complain(f"{at}hours", problem, cure)

    def _opens(self, scenario: Scenario, span: Span, day: date) -> bool:
        """Looks up to its deadline: what finds its wanted hours closed waits for the next ones."""
        zone = self._known.zone
        last = span.deadline(day, zone)
        if span.start is not None:
            last = min(last, span.ends(day, zone))
        if self._known.hours is None:
            return True
        opens = self._known.hours.next_open(span.begins(day, zone), zone, scenario)
        return opens is not None and opens < last

    def _check_choices(self, plan: Addressed, say: tuple[Choice, ...], at: str) -> None:
        before: list[Choice] = []
        for number, choice in enumerate(say):
            key = f"{at}say[{number}].whom"
            others = [Not(one.whom) for one in before]
            if not possible(All((plan.whom, choice.whom))):
                cure = f"{plan.segment} and {choice.segment} exclude each other"
                self._complain(key, "nobody gets this", cure)
            elif not possible(All((plan.whom, choice.whom, *others))):
                cure = "The first that fits is said: put this one before, or take it out"
                self._complain(key, "those before it leave nobody", cure)
            before.append(choice)

    def _check_steps(self, plan: Sequence) -> None:
        days, said = set[int](), dict[str, int]()
        for number, step in enumerate(plan.steps):
            at = f"step[{number}]."
            if step.day < 0:
                self._complain(f"{at}day", "is before the event", "Write 0 or more")
            if step.day in days:
                self._complain(f"{at}day", "there are two steps on this day", "Keep one of them")
            days.add(step.day)
            for choice in step.say:
                if (first := said.setdefault(choice.script, step.day)) != step.day:
                    cure = "The same words twice are refused: name another script"
                    problem = f"{choice.script} is said on day {first} already"
                    self._complain(f"{at}script", problem, cure)
            self._check_span(plan.scenario, step.span, at, self._every_day())
            self._check_choices(plan, step.say, at)
        if len(days) >= _ROW and max(days) - min(days) == len(days) - 1:
            scripts = (choice.script for step in plan.steps for choice in step.say)
            self._refuse_greetings(plan.title, scripts, "step")

    def _check_post(self, plan: Programme, post: Post, at: str) -> None:
        self._check_when(post.on, f"{at}on")
        self._check_span(plan.scenario, post.span, at, self._days(post.on))
        self._check_daily(plan, post.on, post.scripts, f"{at}on", post.title)

    def _check_daily(
        self, plan: Plan, on: When, scripts: Iterable[str], key: str, title: str = ""
    ) -> None:
        if self._fires(on) and when.is_daily(
            on, self._known.today, self._known.calendar, self._known.zone
        ):
            self._refuse_greetings(f"{plan.id} {plan.title} {title}", scripts, key)

    def _refuse_greetings(self, name: str, scripts: Iterable[str], key: str) -> None:
        cure = "Nobody asked for it, and it costs customers: plan something that is news"
        if found := _GREETING.search(name):
            named = f"{cure}, and title it so"
            self._complain(key, f"{found[0]} every day is not sent", named)
            return
        for script in scripts:
            if only_greets(self._known.scripts[script]):
                self._complain(key, f"{script} says nothing but good morning, every day", cure)

    def _fires(self, on: When) -> bool:
        try:
            return not isinstance(on, OnCron) or bool(when.cron(on.line, self._known.zone))
        except ValueError:
            return False

    def _days(self, on: When) -> Iterator[date]:
        """The next days on which it fires; none if that is complained of already."""
        known = self._known
        if isinstance(on, OnOccasion) and not known.calendar.known(on.occasion):
            return iter(())
        if not self._fires(on):
            return iter(())
        return iter(when.upcoming(on, known.today, _PROBED, known.calendar, known.zone))

    def _every_day(self) -> Iterator[date]:
        return (self._known.today + timedelta(days=days) for days in range(_PROBED))
