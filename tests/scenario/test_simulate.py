"""What is simulated is what later happens on the mock, message by message."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import ManualClock
from bot.handover.handovers import Draft as Leave
from bot.plans.preflight import Trial
from bot.rehearse.stage import Company
from bot.simulate import Simulation, simulate
from bot.store.states import HandoverKind
from bot.touch.reminders import Draft
from bot.touch.rulebook import read_policy
from tests.engine import SECRETS, configured, workspace
from tests.forward import ZONE, Person, corp_of, fill, forward, lay_out, store_of
from tests.plans import SEGMENTS
from tests.stage import Stage, stage

# With a make-up workday (02-14, 02-28), Spring Festival (02-17) and the end of a month.
START = datetime(2026, 1, 25, 10, 0, tzinfo=ZONE)
DAYS = 35
NUMBER = re.compile(r"\n\(编号 \w+\)$")  # of a to-do; it is added on its way
MEMBERS = ("liming", "wangfang")
FESTIVAL = """
kind = "campaign"
title = "春节"
scenario = "holiday"
on = "spring_festival"
hours = "10:00-12:00"
deadline = "+1 day 12:00"
script = "holiday/spring_festival"
"""
SALE = """
kind = "campaign"
title = "周末上新"
scenario = "promotion"
on = "0 10 * * sat"
deadline = "+2 days 18:00"
[[say]]
whom = "vip"
script = "news/member_day"
[[say]]
script = "news/double_eleven"
"""
NEW = """
kind = "sequence"
title = "新客"
scenario = "after_sales"
after = "added"
ends = ["answered"]
[[step]]
day = 1
script = "care/day1"
[[step]]
day = 3
script = "care/day3"
"""
SALE_NOW = """
kind = "campaign"
title = "上新"
scenario = "promotion"
on = 2026-03-10
deadline = "+2 days 18:00"
script = "news/member_day"
"""
SALE_ONCE = """
kind = "sequence"
title = "睡了"
scenario = "after_sales"
"""
MONTH = """
kind = "reminder"
title = "满月"
scenario = "reminder"
on = "added + 30"
deadline = "+1 day 12:00"
script = "care/day7"
"""
QUIET = """
kind = "sequence"
title = "VIP 很久没说话"
scenario = "personal"
to = "member"
whom = "vip"
after = "silent 20 days"
[[step]]
day = 0
script = "care/vip_quiet"
"""
PLANS = {"festival": FESTIVAL, "sale": SALE, "new": NEW, "month": MONTH, "quiet": QUIET}


def crowd() -> list[Person]:
    def ago(days: float) -> datetime:
        return START - timedelta(days=days)

    return [
        Person(id="wm01", added_at=ago(0)),
        Person(id="wm02", added_at=ago(1), member="wangfang"),
        Person(id="wm03", added_at=ago(0), wrote_at=ago(0.2)),
        Person(id="wm04", added_at=ago(2), zone="America/New_York"),
        Person(id="wm05", added_at=ago(10), tags=("VIP",), heard_at=ago(9)),
        Person(id="wm06", added_at=ago(12), tags=("VIP",), member="wangfang"),
        Person(id="wm07", added_at=ago(1), member=""),
        Person(id="wm08", added_at=ago(40), opted_out_at=ago(3)),
        Person(id="wm09", added_at=ago(40), braked_at=ago(3)),
        Person(id="wm10", added_at=ago(7), best=(19, 21), got=(ago(0.1),)),
        Person(id="wm11", added_at=ago(90), got=(ago(2), ago(9))),
        Person(id="wm12", added_at=ago(11), tags=("VIP",), member=""),
    ]


def told(found: Simulation) -> list[tuple[int, str, str]]:
    return sorted(
        (int(one.at.timestamp()), to, one.text)
        for one in found.sent
        for to in (one.member.split("|") if one.to == "member" else [one.customer])
    )


async def test_the_later_run_equals_it_message_by_message(tmp_path: Path) -> None:
    lay_out(tmp_path, SEGMENTS, PLANS, "2020")
    await fill(tmp_path, crowd())
    clock = ManualClock(START)
    corp = await corp_of(crowd(), clock)
    end = START + timedelta(days=DAYS)
    workspace(tmp_path)  # on PostgreSQL the environment alone has its URL
    found = await simulate(Company.of(tmp_path), store_of(tmp_path), START, DAYS)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:
        assert await scene.rows("SELECT seq FROM touch") == []  # it was a copy
        assert corp.deliveries == []
        await forward(scene, end, members=MEMBERS)
        happened = sorted(
            (int(one.at.timestamp()), one.to, NUMBER.sub("", one.text)) for one in corp.deliveries
        )
        assert told(found) == happened
        ended = "SELECT plan, rule, count(*) AS n FROM touch WHERE state > 2 GROUP BY plan, rule"
        given_up = {(row["plan"], row["rule"]): row["n"] for row in await scene.rows(ended)}
        reasons: dict[tuple[str, str], int] = {}
        for one in found.unsent:
            key = one.plan, one.rule
            reasons[key] = reasons.get(key, 0) + one.number
        assert reasons == given_up
    assert {one.plan for one in found.sent} == PLANS.keys()
    assert {one.via for one in found.sent} == {"service_session", "staff_task", "staff_notice"}
    assert {rule for _, rule in reasons} >= {"no_way", "repeated", "mass_week"}
    assert corp.counts()["refused"] == {}
    assert corp.counts()["over_quota"] == []
    assert corp.refusals == []


async def test_what_comes_by_itself_is_foreseen(tmp_path: Path) -> None:
    """Reminders of staff, leaves that begin and end, a member who hands over, and who bears a tag
    by now as they have not written for days: all of it was missing."""
    segments = '[known]\ntags = ["VIP", "睡"]\n[segment.quiet]\nsilent_for_days = 3\n'
    sleepy = SALE_ONCE + 'after = "tagged 睡"\n[[step]]\nday = 0\nscript = "care/day3"\n'
    lay_out(tmp_path, segments, {"sale": SALE_NOW, "sleepy": sleepy})
    configured(tmp_path, "customers.toml")
    rule = '[rule.quiet]\nwhom = "quiet"\ntag = ["睡"]\n'
    (tmp_path / "config/tagging.toml").write_text(rule, "utf-8")
    start = datetime(2026, 3, 9, 10, 0, tzinfo=ZONE)  # Monday
    people = [
        Person(id=f"wm{number}", member=member, added_at=start - timedelta(days=days))
        for number, (member, days) in enumerate(
            [("liming", 1.5), ("liming", 9), ("wangfang", 9), ("wangfang", 9), ("liming", 9)]
        )
    ]
    await fill(tmp_path, people)
    clock = ManualClock(start)
    corp = await corp_of(people, clock)
    corp.add_member("zhaoyun", "赵云")
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:
        for sweep in ("tags.rules", "stages.news", "plan.changed"):
            await scene.bot.sweep(sweep)
        await hands_over(scene, start)
        for customer, when in (("wm1", "明天下午三点"), ("wm3", "每周四上午")):
            draft = Draft(
                customer=customer, when=when, script="news/live", to="customer", who="liming"
            )
            await scene.bot.touching.reminders.create(draft)
        found = await simulate(Company.of(tmp_path), store_of(tmp_path), start, 7)
        trial = Trial(
            tmp_path, store_of(tmp_path), library=scene.bot.desk.edition.library,
            policy=read_policy(tmp_path, SECRETS, ZONE), zone=ZONE,
        )  # fmt: skip
        week = await trial.week(start)
        await forward(scene, start + timedelta(days=7), members=(*MEMBERS, "zhaoyun"))
        happened = sorted(
            (int(one.at.timestamp()), one.to, one.text)
            for one in corp.deliveries
            if one.channel == "contact"
        )
        assert told(found) == happened
        rows = await scene.rows("SELECT plan, count(*) AS n FROM touch WHERE state = 2 GROUP BY 1")
        assert week.sent == {row["plan"]: row["n"] for row in rows}
    assert {one.plan.partition(":")[0] for one in found.sent} == {"sale", "sleepy", "reminder"}


async def hands_over(scene: Stage, start: datetime) -> None:
    """李明 is on leave for a day and a half; of 王芳's customers nobody refuses another member."""
    back = (start + timedelta(days=1.5)).timestamp()
    for leaver, kind, until in (
        ("liming", HandoverKind.COVER, back), ("wangfang", HandoverKind.STAYS, None),
    ):  # fmt: skip
        await scene.bot.office.moving.handovers.plan(
            Leave(leaver=leaver, kind=kind, takers=["zhaoyun"], who="boss", until=until)
        )
    await scene.bot.sweep("handovers")
    await scene.quiet()
