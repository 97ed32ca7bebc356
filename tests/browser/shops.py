"""Seven stores in the middle of a campaign: done, asked, late, failed, and nobody there."""

from bot.store.stores.stores import StoreTable
from bot.stores.store import Store
from bot.touch.mass_outcomes import OVER_QUOTA, UNCONFIRMED
from tests.stage import Stage

PLAN = """
kind = "campaign"
title = "秋季店庆"
scenario = "promotion"
stores = ["all"]
on = 2026-10-18
hours = "10:00-12:00"
deadline = "+1 day 20:00"
script = "news/double_eleven"
"""
SLOT = "2026-10-18"
HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}"
STORES = (
    ("BJ001", "国贸店", ""), ("CD007", f"春熙路店{HOSTILE}", "m7"), ("GZ002", "天河城店", "m2"),
    ("HZ003", "湖滨银泰店", "m3"), ("SH004", "虹口龙之梦店", "liming"),
    ("SH005", "徐家汇店", "m5"), ("SZ006", "万象天地店", "wangfang"),
)  # fmt: skip
# member, state of the task, minutes until it was confirmed, reminders, each touch: state, rule
TASKS = (
    ("m7", 3, 12, 0, ((2, ""), (2, ""), (4, "mass_quota"))),
    ("m2", 1, None, 1, ((1, ""), (1, ""))),
    ("liming", 1, None, 0, ((1, ""), (1, ""), (1, ""))),
    ("m5", 4, None, 3, ((3, "unconfirmed"),)),
    ("wangfang", 4, None, 0, ((4, "not_created"), (4, "not_created"))),
)
WORDS = {
    "mass_quota": (OVER_QUOTA.zh, OVER_QUOTA.en),
    "unconfirmed": (UNCONFIRMED.zh, UNCONFIRMED.en),
    "not_created": 2
    * ("externalcontact/add_msg_template: errcode 84074: no right to this member",),
}
PUT_TASK = """
    INSERT INTO mass_task (id, plan, slot, member, chunk, state, created_at, confirmed_at,
                           reminders, reminded_at)
    VALUES ($1, 'shop_birthday', $2, $1, 0, $3, $4, $5, $6, $7)"""
PUT_TOUCH = """
    INSERT INTO touch (plan, customer, slot, scenario, script, member, due_at, deadline, state,
                       task, rule, zh, en, settled_at)
    VALUES ('shop_birthday', $1, $2, 4, 'news/double_eleven', $3, $4, $4, $5, $3, $6, $7, $8,
            $4)"""


async def stores(shop: Stage) -> None:
    database, now = shop.bot.office.database, shop.clock.timestamp()
    found = [
        Store(id=one, name=name, members={member: ""} if member else {}, tags=("秋季",))
        for one, name, member in STORES
    ]
    await StoreTable(database).put(found, [], now)
    for member, state, took, reminders, touches in TASKS:
        at = None if took is None else now - 3600 + took * 60
        told = now - 1800 if reminders else None
        await database.rows(PUT_TASK, member, SLOT, state, now - 3600, at, reminders, told)
        for number, (standing, rule) in enumerate(touches):
            values = (f"{member}-{number}", SLOT, member, now, standing)
            await database.rows(PUT_TOUCH, *values, rule, *WORDS.get(rule, ("", "")))
    await shop.bot.sweep("stores")
