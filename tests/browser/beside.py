"""Makes what the sidebar shows of one customer and one member."""

from bot.profile.fields import Consent, Source
from bot.store.customers.people import dated, described, purchased
from bot.store.desk import notes
from bot.store.journal import Write
from bot.store.touch.statements import merge
from bot.touch.reminders import Draft
from tests.stage import Stage

HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}老张😀"


async def known(shop: Stage) -> None:
    """wm1 has two members, tags, notes, and a story."""
    vip = await shop.corp.console_adds_tag("等级", "VIP")
    for name in ("宝妈", "学步鞋", HOSTILE):
        await shop.corp.console_adds_tag("兴趣", name)
    await shop.corp.member_tags_customer("wm1", "liming", add=[vip])
    await shop.corp.member_remarks_customer("wm1", "liming", remark="陈姐（学步鞋）")
    await shop.corp.customer_adds_member("wm1", "wangfang")
    await shop.quiet()
    database, at = shop.bot.office.database, shop.clock.timestamp()
    await notes.put(database, "wm1", "liming", "孩子一岁半，学步鞋 13 码，月底再问", at)
    await notes.put(database, "wm1", "wangfang", HOSTILE, at)
    more = described("wm1", phone="13812345678", birthday="L05-17", store="春熙路店")
    await shop.bot.journal.write(Write(more=more))
    await _fields(shop)
    await _stages(shop)
    await _to_do(shop)


async def _fields(shop: Stage) -> None:
    """Fields: one they agreed to, one they stated, one that nobody asked about."""
    fields, at = shop.bot.office.profiles.fields, shop.clock.timestamp()
    await fields.put("wm1", "birthday", "L05-17", Source.SIGNAL, "", at)
    await fields.put("wm1", "size", "学步鞋 13 码", Source.CUSTOMER, "liming", at)
    await fields.agree("wm1", "size", Consent.GIVEN, "推荐合适的尺码", "liming", at)
    await fields.put("wm1", "likes", HOSTILE, Source.MEMBER, "wangfang", at)


async def _stages(shop: Stage) -> None:
    """Customers: one bought once, one often, and of one somebody knows better than the rules."""
    at = shop.clock.timestamp()
    for customer, times in (("wm2", 1), ("wm3", 4)):
        more = dated(customer, {"bought": shop.clock.now()})
        for number in range(times):
            more = merge(more, purchased(customer, f"order:{customer}:{number}", at))
        await shop.bot.journal.write(Write(more=more))
    await shop.look("stages.news")
    await shop.bot.office.profiles.staging.hold("wm1", "loyal", "wangfang")


async def _to_do(shop: Stage) -> None:
    """To-dos that are due or coming, for this customer and for others."""
    reminders = shop.bot.touching.reminders
    for customer, when, words in (
        ("wm1", "半小时后", "陈姐，您要的 13 码学步鞋到货了，给您留一双？"),
        ("wm2", "半小时后", HOSTILE),
        ("wm1", "明天下午三点", "问问鞋子合不合脚"),
        ("wm2", "每月1号", "月初问候"),
    ):
        draft = Draft(customer=customer, when=when, words=words, member="liming", who="liming")
        await reminders.create(draft)
    await shop.look("reminders", 1900)
