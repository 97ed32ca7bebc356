"""Ninety days of random customers, plans, profiles and clocks on the mock, with an independent
count of what arrived.

It uses none of the bot's rules: it works out hours, days, caps and deadlines from the deliveries,
and each message carries a mark that says which plan sent it.
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.mockwecom.record import Delivery
from tests.engine import ROOT
from tests.forward import ZONE, Person, corp_of, fill, forward, lay_out
from tests.stage import SHOP, Stage, stage

TRIED = int(os.environ.get("TRIED_EXAMPLES", "0"))  # 0: the same few each time
FIRST = date(2026, 1, 1)
DAYS = 90
MEMBERS = ("liming", "wangfang")
HOLIDAYS = {  # as the State Council has announced them: Spring Festival, Qingming, Labour Day …
    date.fromordinal(day)
    for begin, end in (
        (date(2026, 1, 1), date(2026, 1, 3)),
        (date(2026, 2, 15), date(2026, 2, 23)),
        (date(2026, 4, 4), date(2026, 4, 6)),
        (date(2026, 5, 1), date(2026, 5, 5)),
        (date(2026, 6, 19), date(2026, 6, 21)),
    )
    for day in range(begin.toordinal(), end.toordinal() + 1)
}
MAKEUP = {date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9)}
SCENARIOS = ("reminder", "holiday", "promotion", "promotion", "after_sales")
MARK = re.compile(r"〔(p\d+)〕")
WINDOWS = {  # as laid out in touch.toml: kind of day → hours
    "workday": [("10:00", "12:00"), ("14:00", "19:00")],
    "weekend": [("11:00", "18:00")],
    "holiday": [("10:30", "12:00")],
    "makeup": [("12:00", "13:30")],
}
CAPS = """
[profiles.few]
caps = [
  { subject = "customer", span = "day", most = 1, gap_h = 30 },
  { subject = "customer", span = "week", most = 2 },
  { subject = "customer", span = "month", most = 4 },
]
[profiles.some]
caps = [
  { subject = "customer", span = "day", most = 2, gap_h = 2 },
  { subject = "customer", scenario = "promotion", span = "week", most = 1 },
  { subject = "mass", span = "week", most = 3 },
]
"""
# Most in a day, a week, a month; hours between two; promotions and mass messages in a week.
MOST = {
    "few": (1, 2, 4, 30.0, 99, 99),
    "some": (2, 99, 99, 2.0, 1, 3),
    "2020": (1, 99, 99, 0.0, 99, 1),
    "2025": (1, 3, 8, 12.0, 2, 3),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """A plan, in words of its own."""

    id: str
    scenario: str
    day: date | None  # None: so many days after a customer was added
    after: int
    late_days: int  # until the deadline
    late_at: str

    def toml(self) -> str:
        on = str(self.day) if self.day else f'"added + {self.after}"'
        return "\n".join(
            [
                f'kind = "{"campaign" if self.day else "reminder"}"',
                f'title = "计划{self.id}"',
                f'scenario = "{self.scenario}"',
                f"on = {on}",
                f'deadline = "+{self.late_days} days {self.late_at}"',
                f'script = "mark/{self.id}"',
            ]
        )

    def deadline(self, person: Person) -> datetime:
        day = self.day or person.added_at.astimezone(ZONE).date() + timedelta(days=self.after)
        at = time.fromisoformat(self.late_at)
        theirs = ZoneInfo(person.zone) if person.zone else ZONE
        return datetime.combine(day + timedelta(days=self.late_days), at, theirs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    at: datetime
    person: Person
    does: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    start: datetime
    profile: str
    people: Sequence[Person]
    plans: Sequence[Idea]
    acts: Sequence[Act]
    look_s: int  # how far apart the bot looks for what is due

    @property
    def end(self) -> datetime:
        return self.start + timedelta(days=DAYS)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    start = datetime.combine(FIRST, time(0), ZONE) + timedelta(minutes=draw(minutes(90)))
    people = [
        Person(
            id=f"wm{number:02}",
            member=draw(st.sampled_from(("liming", "wangfang", "wangfang", ""))),
            zone=draw(st.sampled_from(("", "", "America/New_York", "Asia/Urumqi"))),
            added_at=start - timedelta(minutes=draw(minutes(25))),
            best=draw(st.sampled_from((None, None, (10, 12), (15, 18)))),
        )
        for number in range(draw(st.integers(8, 16)))
    ]
    plans = [
        Idea(
            id=f"p{number}",
            scenario=draw(st.sampled_from(SCENARIOS)),
            day=start.date() + timedelta(days=draw(st.integers(0, DAYS))) if number % 4 else None,
            after=draw(st.integers(2, 80)),
            late_days=draw(st.integers(1, 3)),
            late_at=draw(st.sampled_from(("12:00", "16:40", "20:00"))),
        )
        for number in range(draw(st.integers(14, 24)))
    ]
    does = ("在吗", "在吗", "在吗", "什么时候发货", "退订", "我要投诉你们", "删了")
    act = st.builds(
        Act,
        at=minutes(DAYS).map(lambda after: start + timedelta(minutes=after)),
        person=st.sampled_from(people),
        does=st.sampled_from(does),
    )
    acts = draw(st.lists(act, min_size=10, max_size=30))
    return Story(
        start=start,
        profile=draw(st.sampled_from([*MOST])),
        people=people,
        plans=plans,
        acts=sorted(acts, key=lambda one: one.at),
        look_s=draw(st.sampled_from((1, 1, 20, 60))),
    )


def minutes(days: int) -> st.SearchStrategy[int]:
    return st.integers(0, days * 1440)


def write_scripts(root: Path, plans: Sequence[Idea]) -> None:
    """The sample's own, and one for each plan."""
    copytree(ROOT / "scripts_library", root / "scripts_library")
    marks = "".join(
        f'[[script]]\nid = "mark/{one.id}"\ntitle = "计划{one.id}的话"\ncategory = "mark"\n'
        f'say = ["店里有件事想告诉您〔{one.id}〕，有空看看。"]\n\n'
        for one in plans
    )
    (root / "scripts_library/mark.toml").write_text(marks, "utf-8")


def write_windows(root: Path) -> None:
    file = root / "config/touch.toml"
    head, table, _ = file.read_text("utf-8").partition("[manners.windows]\n")
    lines = [
        f"{kind} = {[f'{begin}-{end}' for begin, end in hours]}\n"
        for kind, hours in WINDOWS.items()
    ]
    file.write_text(head + table + "".join(lines), "utf-8")


def kind_of(day: date) -> str:
    if day in HOLIDAYS:
        return "holiday"
    if day in MAKEUP:
        return "makeup"
    return "workday" if day.weekday() < 5 else "weekend"


def is_open(at: datetime, zone: str) -> bool:
    local = at.astimezone(ZoneInfo(zone or "Asia/Shanghai"))
    clock = f"{local:%H:%M}"
    return any(begin <= clock < end for begin, end in WINDOWS[kind_of(local.date())])


async def play(scene: Stage, story: Story) -> dict[tuple[str, str], datetime]:
    """Returns when somebody wanted no more, complained, or left; by customer and deed."""
    done: dict[tuple[str, str], datetime] = {}
    for act in story.acts:
        await forward(scene, act.at, members=MEMBERS, look_s=story.look_s)
        who = act.person
        if act.does == "删了":
            if not who.member or (who.id, act.does) in done:
                continue
            await scene.corp.customer_removes_member(who.id, who.member)
        else:
            await scene.corp.customer_writes_kf(who.id, SHOP, act.does)
        done.setdefault((who.id, act.does), act.at)
        await scene.quiet()
    await forward(scene, story.end, members=MEMBERS, look_s=story.look_s)
    return done


def faults(
    got: list[tuple[str, Delivery]],
    person: Person,
    plans: dict[str, Idea],
    profile: str,
    done: dict[tuple[str, str], datetime],
) -> Iterator[str]:
    """What should not have been, of all that reached one customer."""
    day_most, week_most, month_most, gap_h, promotions, masses = MOST[profile]
    days, weeks, months = Counter[str](), Counter[str](), Counter[str]()
    promoted, massed, seen = Counter[str](), Counter[str](), Counter[str]()
    last: datetime | None = None
    for mark, one in sorted(got, key=lambda pair: pair[1].at):
        at, idea = one.at.astimezone(ZONE), plans[mark]
        is_mass = one.api.endswith("add_msg_template")
        days[f"{at:%F}"] += 1
        weeks[f"{at:%G-%V}"] += 1
        months[f"{at:%Y-%m}"] += 1
        seen[mark] += 1
        promoted[f"{at:%G-%V}"] += idea.scenario == "promotion"
        massed[f"{at:%G-%V}"] += is_mass
        if not is_open(at, person.zone):
            yield f"{mark} at {at}: closed"
        if at > idea.deadline(person):
            yield f"{mark} at {at}: after its deadline"
        if last and at - last < timedelta(hours=gap_h):
            yield f"{mark} at {at}: too soon after {last}"
        for deed in ("退订", "我要投诉你们"):
            if (since := done.get((person.id, deed))) and at > since:
                yield f"{mark} at {at}: after {deed}"
        if is_mass and (since := done.get((person.id, "删了"))) and at > since:
            yield f"{mark} at {at}: by a member who was deleted"
        last = at
    for counter, most in (
        *((days, day_most), (weeks, week_most), (months, month_most)),
        *((promoted, promotions), (massed, masses), (seen, 1)),
    ):
        yield from (f"{period}: {n} of {most}" for period, n in counter.items() if n > most)


@dataclass(slots=True)
class Told:
    """Of all stories together: that there was something to be wrong about."""

    sent: int = 0
    channels: set[str] = field(default_factory=set)
    rules: set[str] = field(default_factory=set)


async def tell(root: Path, story: Story, told: Told) -> None:
    more = {one.id: one.toml() for one in story.plans}
    lay_out(root, "[known]\n", more, story.profile, more=CAPS)
    write_scripts(root, story.plans)
    write_windows(root)
    await fill(root, story.people)
    clock = ManualClock(story.start)
    corp = await corp_of(story.people, clock)
    async with stage(root, corp=corp, clock=clock, ticks=False) as scene:
        done = await play(scene, story)
        states = await scene.rows("SELECT state, rule, count(*) AS n FROM touch GROUP BY 1, 2")
    known = {one.id: one for one in story.plans}
    touched = [
        (mark[1], one) for one in corp.deliveries if (mark := MARK.search(one.text)) is not None
    ]
    for person in story.people:
        got = [pair for pair in touched if pair[1].to == person.id]
        assert [*faults(got, person, known, story.profile, done)] == []
    assert len(touched) == sum(row["n"] for row in states if row["state"] == 2)
    assert corp.counts()["refused"] == {}
    assert corp.counts()["over_quota"] == []
    assert corp.refusals == []
    told.sent += len(touched)
    told.channels |= {one.channel for _, one in touched}
    told.rules |= {row["rule"] for row in states}


def test_nothing_that_reached_a_customer_was_against_a_rule() -> None:
    told = Told()

    # Each takes seconds: with a seed of its own, and without minutes of shrinking.
    @settings(
        max_examples=TRIED or 6,
        derandomize=not TRIED,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(story=stories())
    def all_is_well(story: Story) -> None:
        with TemporaryDirectory(prefix="huashu-") as folder:
            asyncio.run(tell(Path(folder), story, told))

    all_is_well()
    assert told.sent > 100
    assert told.channels == {"kf", "contact"}
    assert "no_way" in told.rules
    assert len(told.rules) > 8  # many reasons why not
