"""Two members who have the same customers do not both write to them for one occasion."""

import random
from collections import defaultdict

from bot.plans.dry_run import Filed
from bot.touch.outreach import Outreach
from bot.touch.rulebook import read_policy
from tests.plans import ZONE, Play

NAMES = {"liming": "李明", "wangfang": "王芳"}
MEMBERS = tuple(NAMES)
PLAN = """
kind = "campaign"
title = "五月上新"
scenario = "promotion"
whom = "of_{member}"
on = 2026-05-20
hours = "10:00-12:00"
deadline = "+3 days 18:00"
script = "{script}"
"""
SCRIPTS = ("holiday/mid_autumn", "holiday/lantern")
HISTORIES = 60  # customers, each with a random one
HOUR_S = 3600.0


async def test_no_customer_hears_of_an_occasion_from_two_members(play: Play) -> None:
    """Whoever talked last serves the customer, which changes at random while both plan."""
    segments = "".join(f'[segment.of_{one}]\nmember = ["{one}"]\n' for one in MEMBERS)
    (play.root / "config/segments.toml").write_text(segments, "utf-8")
    plans = {
        f"by_{one}": PLAN.format(member=one, script=script)
        for one, script in zip(MEMBERS, SCRIPTS, strict=True)
    }
    await play.write(**plans)
    customers = [f"wm{number:02}" for number in range(HISTORIES)]
    for customer in customers:
        await play.put(customer)
        for member in MEMBERS:
            await play.database.rows(
                "INSERT INTO contact (customer, member, added_at) VALUES ($1, $2, 1.0)",
                customer, member,
            )  # fmt: skip
    policy, dice = read_policy(play.root, {}, ZONE, NAMES.__getitem__), random.Random(7)
    outreach = Outreach(
        database=play.database, inbox=Filed(), clock=play.clock, policy=lambda: policy
    )
    for _ in range(30):
        for customer in dice.sample(customers, HISTORIES // 15):
            await play.database.rows(
                "UPDATE customer SET member = $1 WHERE id = $2", dice.choice(MEMBERS), customer
            )
        await play.ahead.run()
        await outreach.sweep()
        await play.database.rows("UPDATE touch SET state = 2, settled_at = 0 WHERE state = 1")
        await play.clock.advance(3 * HOUR_S)
    planned, heard, refused = defaultdict(set), defaultdict(list), []
    for one in await play.touches():
        planned[one["customer"]].add(one["member"])
        if one["state"] == 2:
            heard[one["customer"]].append(one["member"])
        elif one["rule"] == "colleague":
            refused.append(one)
    both = sum(len(members) > 1 for members in planned.values())
    assert both > HISTORIES // 3, "the histories are telling"
    assert {len(members) for members in heard.values()} == {1}
    assert len(heard) > HISTORIES * 2 // 3
    assert refused
    other = next(name for one, name in NAMES.items() if one != refused[0]["member"])
    assert f"成员 {other} 已经为这次活动或节日联系过这位客户" in refused[0]["zh"]
