"""Weeks of random customers, plans and profiles on the mock; what arrived is counted once more.

Nothing of the bot's own rules is used: hours, days, caps and deadlines are worked out anew from
the deliveries, and each message carries a mark that tells which plan has sent it.
"""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from shutil import copytree
from zoneinfo import ZoneInfo

import pytest

from bot.clock import ManualClock
from bot.mockwecom.record import Delivery
from tests.engine import ROOT
from tests.forward import ZONE, Person, corp_of, fill, forward, lay_out
from tests.stage import SHOP, Stage, stage

SEEDS = range(int(os.environ.get("TRIED_SEEDS", "3")))
START = datetime(2026, 2, 9, 8, 0, tzinfo=ZONE)  # a Monday; make-up days, Spring Festival, a month
DAYS = 24
MEMBERS = ("liming", "wangfang")
HOLIDAYS = {date(2026, 2, 15) + timedelta(days=number) for number in range(9)}
MAKEUP = {date(2026, 2, 14), date(2026, 2, 28)}
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
        return datetime.combine(day + timedelta(days=self.late_days), at, ZONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    at: datetime
    person: Person
    does: str


def ideas(dice: random.Random) -> list[Idea]:
    return [
        Idea(
            id=f"p{number}",
            scenario=dice.choice(("reminder", "holiday", "promotion", "promotion", "after_sales")),
            day=START.date() + timedelta(days=dice.randrange(DAYS)) if number % 3 else None,
            after=dice.randrange(2, 30),
            late_days=dice.randrange(1, 4),
            late_at=dice.choice(("12:00", "16:40", "20:00")),
        )
        for number in range(18)
    ]


def crowd(dice: random.Random) -> list[Person]:
    return [
        Person(
            id=f"wm{number:02}",
            member=dice.choice(("liming", "wangfang", "wangfang", "")),
            zone=dice.choice(("", "", "America/New_York", "Asia/Urumqi")),
            added_at=START - timedelta(days=dice.randrange(1, 25)),
            best=dice.choice((None, None, (10, 12), (15, 18))),
        )
        for number in range(20)
    ]


def acts(people: list[Person], dice: random.Random) -> list[Act]:
    does = ("在吗", "在吗", "在吗", "什么时候发货", "退订", "我要投诉你们", "删了")
    made = [
        Act(
            at=START + timedelta(minutes=dice.randrange(DAYS * 1440)),
            person=dice.choice(people),
            does=dice.choice(does),
        )
        for _ in range(30)
    ]
    return sorted(made, key=lambda act: act.at)


def write_scripts(root: Path, plans: list[Idea]) -> None:
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


async def play(scene: Stage, doings: list[Act]) -> dict[tuple[str, str], datetime]:
    """Returns when somebody wanted no more, complained, or left; by customer and deed."""
    done: dict[tuple[str, str], datetime] = {}
    for act in doings:
        await forward(scene, act.at, members=MEMBERS)
        who = act.person
        if act.does == "删了":
            if not who.member or (who.id, act.does) in done:
                continue
            await scene.corp.customer_removes_member(who.id, who.member)
        else:
            await scene.corp.customer_writes_kf(who.id, SHOP, act.does)
        done.setdefault((who.id, act.does), act.at)
        await scene.quiet()
    await forward(scene, START + timedelta(days=DAYS), members=MEMBERS)
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


@pytest.mark.parametrize("seed", SEEDS)
async def test_nothing_that_reached_a_customer_was_against_a_rule(
    tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    people, plans, profile = crowd(dice), ideas(dice), [*MOST][seed % len(MOST)]
    lay_out(tmp_path, "[known]\n", {one.id: one.toml() for one in plans}, profile, more=CAPS)
    write_scripts(tmp_path, plans)
    write_windows(tmp_path)
    await fill(tmp_path, people)
    clock = ManualClock(START)
    corp = await corp_of(people, clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:
        done = await play(scene, acts(people, dice))
        states = await scene.rows("SELECT state, rule, count(*) AS n FROM touch GROUP BY 1, 2")
    known = {one.id: one for one in plans}
    touched = [
        (mark[1], one) for one in corp.deliveries if (mark := MARK.search(one.text)) is not None
    ]
    for person in people:
        got = [pair for pair in touched if pair[1].to == person.id]
        assert [*faults(got, person, known, profile, done)] == []
    sent = sum(row["n"] for row in states if row["state"] == 2)
    assert len(touched) == sent > 15
    assert {one.channel for _, one in touched} == {"kf", "contact"}
    assert {row["rule"] for row in states} >= {"no_way"}
    assert len({row["rule"] for row in states}) > 4  # many reasons why not
    assert corp.counts()["refused"] == {}
    assert corp.counts()["over_quota"] == []
    assert corp.refusals == []
