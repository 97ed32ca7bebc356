"""A small company with something on every page, made by its customers and its staff."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copytree

import orjson

from bot.clock import ManualClock
from bot.mockwecom.faults import Fault
from bot.store.customers.cases import Cases
from bot.store.desk.audit import Changed, Deed
from bot.store.groups.answers import GroupAnswers
from bot.store.groups.figures import GroupFigures
from bot.store.groups.questions import GroupQuestions
from bot.store.scripts import versions
from bot.store.scripts.versions import Act
from tests.browser.beside import known
from tests.browser.handing import hands_over
from tests.browser.inviting import REFERRAL, invites
from tests.browser.shops import PLAN, stores
from tests.browser.told_moments import with_moments
from tests.engine import ROOT, configured
from tests.stage import SHOP, Stage, company, stage

HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}老张😀"
INVOICE = {
    "id": "faq/invoice", "title": "怎么开发票", "category": "faq",
    "examples": ["怎么开发票", "能开专票吗", "电子发票在哪里"],
    "keywords": ["开发票"], "reply": "在订单详情点「申请发票」，电子发票半天内发到邮箱。",
    "replies": [
        "{{ customer.name or '亲' }}，在订单详情点「申请发票」，电子发票半天内发到邮箱。",
        "可以开的，订单详情里点「申请发票」就行。",
    ],
    "when": {"channel": ["kf"], "tags": ["VIP"]},
}  # fmt: skip
ASKED = ("什么时候发货", "怎么退货", "你们招不招暑假工", "发票怎么开", "有没有门店")


TAGGING = """
[rule.asked]
title = "问过商品的事"
asked = ["faq/*"]
tag = ["问过商品"]
"""
WELCOME = """
[welcomes.all]
script = "group/welcome"
"""
CHANNELS = """
[channel.store_7]
title = "虹口店收银台"
members = ["liming", "wangfang"]
script = "welcome/store"
tags = ["门店"]
[channel.parcel_card]
title = "包裹卡"
members = ["wangfang"]
"""


# They only sound so: the one displeased, the other as if she wanted no more messages.
SOUNDING = {"wmCross": "周周", "wmQuiet": "阿雅"}
VISIT = {
    "kind": "sequence", "title": "新客七天", "scenario": "after_sales", "after": "added",
    "step": [
        {"day": 1, "script": "care/day1", "hours": "10:00-12:00"},
        {"day": 7, "script": "care/day7"},
    ],
}  # fmt: skip


@asynccontextmanager
async def furnished(root: Path, **settings: str) -> AsyncIterator[Stage]:
    """Customers have written and got an answer or not; some of our messages went astray.

    Args:
        settings: as for `stage`.
    """
    clock = ManualClock()
    corp = company(clock)
    corp.add_customer("wmHostile", HOSTILE)
    for customer, name in SOUNDING.items():
        corp.add_customer(customer, name)
    configured(root, "touch.toml", "caps.toml", "calendar.toml", "segments.toml", "customers.toml")
    copytree(ROOT / "config/plans", root / "config/plans")
    (root / "config/channels.toml").write_text(CHANNELS, "utf-8")
    (root / "config/referral.toml").write_text(REFERRAL, "utf-8")
    (root / "config/plans/shop_birthday.toml").write_text(PLAN, "utf-8")
    (root / "config/groups.toml").write_text(WELCOME, "utf-8")
    (root / "config/tagging.toml").write_text(TAGGING, "utf-8")
    async with stage(root, corp=corp, clock=clock, ticks=False, archive=True, **settings) as shop:
        await shop.look("channels")
        await _welcomes(shop)
        await _questions(shop)
        await _complaints(shop)
        await _groups(shop)
        await _scripts(shop)
        await hands_over(shop)
        await known(shop)
        await stores(shop)
        await invites(shop)
        for sweep in ("contacts.refresh", "profiles", "hearing", "tags.catalogue"):
            await shop.look(sweep, 6)
        await with_moments(shop)
        await shop.bot.touching.desk.create("visit", VISIT, "liming")
        await shop.look("plans")
        await shop.bot.touching.ahead.run()
        await shop.bot.office.note(
            Deed(
                who="boss",
                act="plan.pause",
                subject="spring",
                why="物流停运",
                details="春节问候",
                changes=[Changed("state", "active", "paused")],
            ),
            Deed(
                who="liming",
                act="script.approve",
                subject="faq/returns",
                details="@3",
                changes=[
                    Changed("title", HOSTILE, "怎么退货"),
                    Changed("ask", "怎么退\n能退吗", "怎么退\n能退吗\n退货地址"),
                    Changed("say", "七天内可以退。", "七天内可以退，运费我们出。"),
                ],
            ),
        )
        yield shop


async def _welcomes(shop: Stage) -> None:
    """Welcomes, one of which WeCom refused."""
    await shop.corp.customer_adds_member("wm1", "liming", "store_7")
    await shop.quiet()
    shop.corp.faults.add(Fault(api="externalcontact/send_welcome_msg", errcode=41050, times=1))
    await shop.corp.customer_adds_member("wm2", "liming")
    await shop.quiet()
    for customer in ("wm3", "wmHostile"):
        await shop.corp.customer_adds_member(customer, "wangfang", "live_1")
    tag = await shop.corp.console_adds_tag("来源", HOSTILE[:30])  # as long as a tag may be
    await shop.corp.member_tags_customer("wmHostile", "wangfang", [tag])
    await shop.quiet()


async def _scripts(shop: Stage) -> None:
    """Scripts: one was edited and waits for approval, another has a draft."""
    editions, now = shop.bot.editions, shop.clock.timestamp()
    act = Act(who="wangfang", at=now, note="现在半天就能开好")
    content = orjson.dumps(INVOICE).decode()
    number = await versions.draft("faq/invoice", content, act, judge=editions.judge)
    await versions.submit("faq/invoice", number, act)
    hostile = {**INVOICE, "id": "faq/autumn", "title": HOSTILE, "examples": [HOSTILE]}
    await versions.draft("faq/autumn", orjson.dumps(hostile).decode(), act, judge=editions.judge)


async def _questions(shop: Stage) -> None:
    """Questions: the line was cut during one answer, so nobody knows whether it arrived."""
    shop.corp.faults.add(Fault(api="message/send", disconnect_after=True, times=1))
    await shop.corp.member_writes_app("liming", 1000002, "什么时候发货")
    await shop.quiet()
    for number, words in enumerate(ASKED, 1):
        await shop.corp.customer_writes_kf(f"wm{number}", SHOP, words)
    await shop.corp.customer_writes_kf("wmHostile", SHOP, f"{HOSTILE} 怎么退货")
    await shop.corp.customer_writes_kf("wm4", SHOP, "再这样我就打12315投诉你们")
    await shop.corp.customer_writes_kf("wm5", SHOP, "退订")
    await shop.look("send", 3)


async def _complaints(shop: Stage) -> None:
    """Complaints: one waits and the leader knows, one was answered, one is closed."""
    corp, cases = shop.corp, Cases(shop.bot.office.database)
    await shop.look("complaints")
    await corp.customer_writes_kf("wm3", SHOP, "你们这是虚假宣传，不退钱我就去消协投诉你们")
    await shop.quiet()
    await shop.look("complaints")
    await shop.look("complaints", 31 * 60)
    await corp.customer_writes_kf("wmHostile", SHOP, "太坑人了，我要上网曝光你们")
    await corp.customer_writes_kf("wm2", SHOP, "再也不来了，服务太差，我要举报你们")
    await shop.quiet()
    await shop.look("complaints", 5)
    await corp.servicer_takes("wangfang", "wmHostile", SHOP)
    await corp.servicer_writes_kf("wangfang", "wmHostile", SHOP, "非常抱歉，我马上处理")
    await shop.quiet()
    found = {one.customer: one.seq for one in await cases.open(None)}
    at = shop.clock.timestamp() + 40 * 60
    await cases.close(found["wm2"], "boss", "已退款并致歉，客户接受", at, lift=False)
    for customer in SOUNDING:
        await corp.customer_adds_member(customer, "liming")
    await corp.customer_writes_kf("wmCross", SHOP, "说好上午送，现在四点了还没影")
    await corp.customer_writes_kf("wmQuiet", SHOP, "以后有活动不用喊我啦")
    await shop.quiet()
    await shop.look("complaints", 5)


async def _groups(shop: Stage) -> None:
    corp = shop.corp
    mothers = await corp.create_group(
        "liming", f"宝妈交流群 {HOSTILE}", ["wm1", "wm2"], "wrMothers"
    )
    await corp.people_join_group(mothers, ["wm3", "wmHostile"], 3)
    shops = await corp.create_group("wangfang", "虹口店福利群", ["wm4", "wm5"], "wrShop")
    await shop.quiet()
    await shop.look("groups.refresh", 6)
    for chat, who, text in (
        (shops, "wm4", "什么时候发货呀"), (shops, "wm5", "换货的运费谁出"),
        (mothers, "wm1", "这款奶粉还有货吗"), (mothers, "wm3", "这款奶粉还有货吗"),
        (mothers, "wm2", "怎么开发票"), (mothers, "wm1", "今天好热啊"),
        (mothers, "wm3", "谢谢老板"), (mothers, "wm2", "兼职刷单日结300，加微信abc12345"),
        (mothers, "wmHostile", f"退款几天到账 {HOSTILE}"),
    ):  # fmt: skip
        await corp.writes_in_group(chat, who, text)
    await shop.look("archive", 1)
    waiting = await GroupQuestions(shop.bot.office.database).open()
    await GroupAnswers(shop.bot.office.database).collect(
        "ab" * 12, [one.id for one in waiting if one.owner == "wangfang"][:1],
        owner="wangfang", who="boss", words="问：什么时候发货呀\n答：48 小时内都会发出",
        now=shop.clock.timestamp(), until=shop.clock.timestamp() + 6 * 3600,
    )  # fmt: skip
    await GroupFigures(shop.bot.office.database).set_kind("wrMothers", "growth")
    for sweep in ("touches", "groups.judge"):
        await shop.look(sweep, 6)
