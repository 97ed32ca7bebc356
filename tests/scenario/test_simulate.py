"""What is simulated is what later happens on the mock, message by message."""

import re
from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import ManualClock
from bot.rehearse.stage import Company
from bot.simulate import simulate
from tests.engine import workspace
from tests.forward import ZONE, Person, corp_of, fill, forward, lay_out, store_of
from tests.plans import SEGMENTS
from tests.stage import stage

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
        told = sorted(
            (
                int(one.at.timestamp()),
                to,
                one.text,
            )
            for one in found.sent
            for to in (one.member.split("|") if one.to == "member" else [one.customer])
        )
        assert told == happened
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
