"""A referral campaign in those weeks: who gets a code, which friends come, who soon leaves."""

from collections.abc import Mapping
from datetime import timedelta

from bot.demo.company.clerk import Clerk
from bot.demo.company.life import Life
from bot.demo.company.people import customer
from bot.demo.stage import LIMING, WANGFANG
from bot.store.referral.referrals import ReferralStore

NAME, TAG, REWARD, ASKED = "spring", "老带新", "news/invited_two", "faq/my_code"
FILE = """
[referral.spring]
title = "春季老带新"
from = {first}
until = {last}
members = ["liming", "wangfang"]
tags = ["老带新"]
per_hour = 2
ask = "faq/my_code"
thresholds = [{{ count = 2, script = "news/invited_two" }}]
"""
WORDS = (
    "{{ customer.name or '亲' }}，您邀请的两位朋友都留下来了，谢谢您。"
    "到店报手机号，送您一只手作茶杯。"
)
ASK = ("我要邀请", "邀请码", "我的邀请码发我", "怎么邀请朋友", "推荐朋友有什么奖励")
ANSWER = "好的，马上把您的专属邀请码发给您。两位朋友扫码加上我们，一天后还在，就送您一只手作茶杯。"
LASTS_DAYS = 45
CODES = {7: ("陈姐", LIMING), 13: ("罗姐", WANGFANG)}  # who gets one from whom, by day
FRIENDS = {  # who comes by whose code
    8: ("陈姐", ("小林", "阿May")),
    14: ("罗姐", ("团团妈", "木木")),
    15: ("陈姐", ("朵朵", "西西", "乐乐")),  # within a minute: suspiciously many
    22: ("罗姐", ("青青",)),
}
GONE = "木木"  # who leaves before a day is over
IDS = {
    name: f"wmDemoFriend{number:02}"
    for number, name in enumerate(one for _, friends in FRIENDS.values() for one in friends)
}


async def begin(life: Life, admin: Clerk) -> None:
    """Set the campaign up, before anybody gets a code."""
    assistant, first = life.stage.assistant, life.begins.date()
    await life.stage.corp.console_adds_tag("来源", TAG)
    await admin.posts("/console/scripts/save", {
        "id": REWARD, "title": "邀请两位朋友的谢礼", "category": "news", "say": WORDS,
        "do": "approve", "new": "1", "why": "春季老带新",
    })  # fmt: skip
    await admin.posts("/console/scripts/save", {
        "id": ASKED, "title": "我的邀请码", "category": "faq", "ask": "\n".join(ASK),
        "say": ANSWER,
        "do": "approve", "new": "1", "why": "春季老带新",
    })  # fmt: skip
    text = FILE.format(first=first, last=first + timedelta(days=LASTS_DAYS))
    file = assistant.office.settings.root / "config/referral.toml"
    file.write_text(text, "utf-8")
    await assistant.sweep("scripts")
    for _ in range(2):  # only what two looks in a row find unchanged counts
        await assistant.sweep("referral.codes")


async def invite(life: Life, members: Mapping[str, Clerk], day: int) -> None:
    """Give codes and bring friends, in the morning of that day."""
    corp = life.stage.corp
    if day in CODES:
        name, member = CODES[day]
        path = f"/sidebar/customer/invite?customer={customer(name)}"
        await members[member].posts(path, {"campaign": NAME})
    if day in FRIENDS:
        name, friends = FRIENDS[day]
        code = await ReferralStore(life.stage.assistant.office.database).code(NAME, customer(name))
        assert code is not None  # they got it before
        for friend in friends:
            corp.add_customer(IDS[friend], friend)
            await corp.customer_scans(IDS[friend], code.config_id)
            await life.calm()
        if GONE in friends:
            (member,) = corp.contacts.followers(IDS[GONE])
            await corp.customer_removes_member(IDS[GONE], member)
