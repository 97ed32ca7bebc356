"""The morning on which the visitor comes: what has just happened and waits for somebody."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from bot.demo.company.deeds import Deeds
from bot.demo.company.inviting import invite
from bot.demo.company.life import COUNTED, Life
from bot.demo.company.people import SUNQI, customer
from bot.demo.company.weeks import DAYS
from bot.demo.groups import FAN, GROWING, NEW, STEADY
from bot.demo.stage import ACCOUNT, AGENT_ID, LIMING, WANGFANG
from bot.mockwecom.faults import Fault
from bot.store.groups.questions import GroupQuestions

GROUP_QUESTIONS = {  # hours before the visitor comes → group, which fan, words
    25: (GROWING, (9,), "一岁半的宝宝穿多大码呀"),
    19: (STEADY, (3, 6, 8), "什么时候上新款呀"),
    2: (NEW, (2,), "秒杀的杯子还有货吗"),
    0: (STEADY, (5,), "发什么快递"),
}
REMINDERS = (  # customer, when, what, and for whom the words are
    ("陈姐", "半小时后", "陈姐，您要的 13 码学步鞋到货了，给您留一双？", "customer"),
    ("小满妈妈", "半小时后", "问问奶粉宝宝喝得习惯吗", "me"),
    ("陈姐", "明天下午三点", "问问鞋子合不合脚", "me"),
    ("叶小禾", "每月1号", "月初问候，看看要不要补货", "me"),
)
FIELDS = (  # customer, field, value, who said it, whether they agreed (1) or were not asked
    ("陈姐", "size", "学步鞋 13 码", "member", "1"),
    ("陈姐", "likes", "喜欢素色，不要亮片", "customer", "0"),
    ("小满妈妈", "likes", "只喝 3 段奶粉", "customer", "0"),
)
BIRTHDAYS = {"陈姐": (2, "1"), "小满妈妈": (1, "0")}  # in how many days, and whether they agreed
NOTES = (
    ("陈姐", "孩子一岁半，学步鞋 13 码；喝 3 段奶粉，一罐大约 25 天。"),
    ("小满妈妈", "不喜欢电话，微信回得快。"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    life: Life
    deeds: Deeds

    async def comes(self) -> None:
        await self.life.at(DAYS + 1, 9, 20)
        await self.life.plans()
        await self.life.stage.corp.member_confirms_mass(LIMING)  # the second batch of his store
        await self._liming_works()
        await self._ask_in_groups(2)
        await self._handed_over()
        await self.life.goes_on()
        await self._answer_a_group()
        await self.life.at(DAYS + 1, 11, 5)
        await self.life.goes_on()
        await self.deeds.on(DAYS + 1)
        await invite(self.life, self.deeds.members, DAYS + 1)
        await self.deeds.post_moments(DAYS + 1)
        await self._customers_write()
        await self._ask_in_groups(0)
        await self._perhaps_sent()
        await self.life.goes_on(90)
        for sweep in COUNTED:
            await self.life.stage.assistant.sweep(sweep)
        await self.life.goes_on()

    async def yesterday(self, hour: int) -> None:
        await self._ask_in_groups(24 + 11 - hour)

    async def _ask_in_groups(self, ago: int) -> None:
        for hours, (chat, fans, words) in GROUP_QUESTIONS.items():
            if hours == ago:
                for fan in fans:
                    await self.life.stage.corp.writes_in_group(chat, FAN.format(fan), words)

    async def _answer_a_group(self) -> None:
        """Answer what three asked yesterday; it goes out once the group's owner confirms it."""
        database = self.life.stage.assistant.office.database
        for one in await GroupQuestions(database).open(chat_id=STEADY, limit=1):
            fields = {
                "owner": one.owner, "key": "de" * 12, f"pick-{one.seq}": "1",
                f"answer-{one.seq}": "新款周五上午十点上架，先在这个群里发图，大家先挑。",
            }  # fmt: skip
            await self.deeds.admin.posts("/console/groups/questions/answer", fields)

    async def _liming_works(self) -> None:
        liming = self.deeds.members[LIMING]
        for name, when, words, whom in REMINDERS:
            path = f"/sidebar/todo/reminders?customer={customer(name)}"
            await liming.posts(path, {"when": when, "words": words, "for": whom})
        for name, text in NOTES:
            await liming.posts(
                f"/sidebar/customer/notes?customer={customer(name)}", {"text": text}
            )
        for field in (*FIELDS, *self._birthdays()):
            await self._note_field(*field)
        who = customer("陈姐")
        await liming.posts(f"/sidebar/customer/tags?customer={who}", {"tag": "VIP", "on": "1"})
        corp = self.life.stage.corp
        await corp.member_remarks_customer(who, LIMING, "陈姐（学步鞋）", ["13812345678"])

    def _birthdays(self) -> Iterator[tuple[str, str, str, str, str]]:
        today = self.life.begins.date() + timedelta(days=DAYS + 1)
        for name, (days, consent) in BIRTHDAYS.items():
            day = today + timedelta(days=days)
            yield name, "birthday", f"{day.month}月{day.day}日", "customer", consent

    async def _note_field(
        self, name: str, field: str, value: str, source: str, consent: str
    ) -> None:
        path = f"/sidebar/customer/fields/{field}?customer={customer(name)}"
        fields = {"value": value, "source": source, "consent": consent}
        await self.deeds.members[LIMING].posts(path, fields)

    async def _handed_over(self) -> None:
        """A customer adds the member while her customers are being handed over."""
        corp = self.life.stage.corp
        corp.add_customer("wmDemoNew", "新来的小周")
        await corp.customer_adds_member("wmDemoNew", SUNQI, welcome=False)

    async def _customers_write(self) -> None:
        corp = self.life.stage.corp
        words = "杯子收到就是碎的，问了两天没人管，再不处理我就打12315投诉你们"
        await corp.customer_writes_kf(customer("顾先生"), ACCOUNT, words)
        await corp.customer_writes_member(customer("陈姐"), LIMING, "学步鞋断码了，还会有货吗")

    async def _perhaps_sent(self) -> None:
        """Cut the line while the bot answers 王芳: nobody knows whether the answer arrived."""
        corp = self.life.stage.corp
        corp.faults.add(Fault(api="message/send", disconnect_after=True, times=1))
        await corp.member_writes_app(WANGFANG, AGENT_ID, "会员日是哪天")
        await self.life.calm()
