"""Customers who invite customers: one counts, one waits, some do not, and some came too fast."""

from tests.stage import Stage

REFERRAL = """
[referral.spring]
title = "春季老带新"
from = 2026-01-01
until = 2026-12-31
members = ["liming", "wangfang"]
tags = ["门店"]
per_hour = 3
thresholds = [{ count = 2, script = "holiday/mid_autumn" }, { count = 5, script = "faq/refund" }]
"""
FRIENDS = ("米粒妈妈", "沈同学", "可可", "老朱", "秦一一", "豆豆妈", "陆太太", "安安")


async def invites(shop: Stage) -> None:
    corp, codes = shop.corp, shop.bot.office.referrals.codes
    friends = [corp.add_customer(f"wmFriend{number}", name) for number, name in enumerate(FRIENDS)]
    by = {}
    for customer in ("wm1", "wmHostile"):
        by[customer] = (await codes.give("spring", customer, "liming")).config_id

    async def come(inviter: str, *who: str) -> None:
        for customer in who:
            await corp.customer_scans(customer, by[inviter])
            await shop.quiet()
        await shop.look("referral")

    await come("wm1", *friends[:3])
    await come("wmHostile", "wm2")
    await shop.look("referral", 25 * 3600)
    await corp.customer_removes_member(friends[0], corp_member(shop, friends[0]))
    await shop.quiet()
    await come("wm1", friends[3])
    await come("wmHostile", *friends[4:], friends[3])
    await corp.customer_removes_member(friends[4], corp_member(shop, friends[4]))
    await shop.quiet()
    await shop.look("referral")


def corp_member(shop: Stage, customer: str) -> str:
    """The member whom they added."""
    return next(member for member, one in shop.corp.contacts.relations if one == customer)
