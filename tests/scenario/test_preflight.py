"""What preflight says of a plan is what the mock then accepts, customer by customer."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.plans.preflight import Preflight, Trial
from bot.store.states import TouchState
from bot.touch.rulebook import read_policy
from tests.engine import SECRETS
from tests.forward import ZONE, Person, corp_of, fill, forward, lay_out, store_of
from tests.plans import SEGMENTS
from tests.stage import SHOP, Stage, stage

CUSTOMERS = 5000
NOW = datetime(2026, 3, 9, 15, 0, tzinfo=ZONE)  # Monday
WORDS = ("双十一", "会员日")  # of the scripts of the sale, and of no other
MEMBERS = ("liming", "wangfang")
SALE = """
kind = "campaign"
title = "三月上新"
scenario = "promotion"
on = 2026-03-11
hours = "10:00-10:01"
deadline = "+2 days 18:00"
[[say]]
whom = "vip"
script = "news/member_day"
[[say]]
script = "news/double_eleven"
"""
GREETING = """
kind = "campaign"
title = "问候老客户"
scenario = "holiday"
whom = "vip"
on = 2026-03-11
hours = "14:00-14:01"
deadline = "20:00"
script = "holiday/lantern"
"""
CARE = """
kind = "reminder"
title = "加了一周"
scenario = "reminder"
on = "added + 7"
hours = "09:30-09:31"
script = "care/day7"
"""
PLANS = {"sale": SALE, "greeting": GREETING, "care": CARE}
STRICT = """
[profiles.strict]
caps = [
  { subject = "customer", span = "day", most = 1, gap_h = 30 },
  { subject = "customer", span = "week", most = 1 },
]
"""


def crowd(number: int) -> list[Person]:
    dice = random.Random(number)
    return [one(f"wm{place:04}", dice) for place in range(number)]


def one(name: str, dice: random.Random) -> Person:
    def ago(days: float) -> datetime:
        return NOW - timedelta(days=days)

    return Person(
        id=name,
        member=dice.choice((*["liming"] * 15, "wangfang", *[""] * 4)),
        tags=("VIP",) if dice.random() < 0.3 else (),
        zone=dice.choice(("", "", "", "America/New_York", "Asia/Urumqi", "nowhere")),
        added_at=ago(dice.choice((4, 5, 6, 30, 200))),
        opted_out_at=ago(3) if dice.random() < 0.05 else None,
        braked_at=ago(2) if dice.random() < 0.05 else None,
        best=(19, 21) if dice.random() < 0.1 else None,
        got=tuple(ago(dice.choice((0.1, 1.2, 8))) for _ in range(dice.choice((0, 0, 1, 2, 3)))),
    )


async def accepted(scene: Stage, people: list[Person]) -> dict[str, str]:
    """By customer, the day on which the words of the sale reached them on the mock."""
    names = {one.id for one in people}
    return {
        got.to: f"{got.at.astimezone(ZONE):%Y-%m-%d}"
        for got in scene.corp.deliveries
        if got.to in names and any(word in got.text for word in WORDS)
    }


# A busy bot looks at what is due less often than each second: what becomes of it is the same.
@pytest.mark.parametrize(("profile", "look_s"), [("2025", 5), ("2020", 10), ("strict", 30)])
async def test_it_equals_what_the_mock_then_accepts(
    tmp_path: Path, profile: str, look_s: int
) -> None:
    people, clock = crowd(CUSTOMERS), ManualClock(NOW)
    lay_out(tmp_path, SEGMENTS, PLANS, profile, more=STRICT)
    touch = tmp_path / "config/touch.toml"  # what waits comes in few seconds, many in each
    touch.write_text(
        touch.read_text("utf-8").replace("spread_min = 60", "spread_min = 1"), "utf-8"
    )
    await fill(tmp_path, people)
    corp = await corp_of(people, clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:
        for person in people[:12]:  # have an open conversation
            await corp.customer_writes_kf(person.id, SHOP, "在吗")
            await scene.quiet()
        said = await preflight(scene, tmp_path, "sale")
        end = said.deadline + timedelta(hours=1)
        await forward(scene, end, members=MEMBERS, look_s=look_s)
        got = await accepted(scene, people)
        expected = {
            name: day for name, (state, day, _) in said.each.items() if state is TouchState.SENT
        }
        assert got == expected
        assert profile == said.profile
        assert said.on_time == sum(day == "2026-03-11" for day in got.values())
        assert len(got) == sum(group.number for group in said.sent)
        told = {name: rule for name, (state, _, rule) in said.each.items() if name not in expected}
        rows = await scene.rows(
            "SELECT customer, rule FROM touch WHERE plan = 'sale' AND state > 2"
        )
        assert {row["customer"]: row["rule"] for row in rows} == told
        assert said.messages == len(people)
        assert corp.counts()["refused"] == {}
        assert corp.counts()["over_quota"] == []
        assert {one.rule for one in said.unwelcome} == {"opt_out", "complaint"}
        assert len(told) > 5
        assert len(expected) > 5


async def preflight(scene: Stage, root: Path, plan: str) -> Preflight:
    trial = Trial(
        root, store_of(root), library=scene.bot.desk.edition.library,
        policy=read_policy(root, SECRETS, ZONE), zone=ZONE,
    )  # fmt: skip
    return await trial.preflight(plan, scene.clock.now(), each=True)
