"""Two minutes in the life of a shop: who does what, in order."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.demo.exchange import Exchange, Title
from bot.demo.festival import Festival
from bot.demo.reasons import reasons_since
from bot.demo.stage import (
    ACCOUNT,
    ACHEN,
    BOT,
    GROUP,
    LAOZHANG,
    LIMING,
    WANGFANG,
    XIAOMAN,
    Stage,
)
from bot.mockwecom.faults import Fault
from bot.reasons import Why

BREATH_S, TYPING_S = 3.0, 0.6  # pause before an exchange; between the pieces of a question
READING_S = 0.07  # for each character of an answer


@dataclass(slots=True, kw_only=True)
class Story:
    """
    Args:
        show: gets each exchange when it is over.
        speed: 2 is twice as fast; infinity takes no pauses.
    """

    stage: Stage
    show: Callable[[Exchange], None]
    speed: float
    _seq: int = field(default=0, init=False)  # of the last event shown

    async def play(self) -> None:
        await self._a_new_customer()
        await self._questions()
        await self._a_person()
        await self._others()
        await self._a_festival()

    async def _a_new_customer(self) -> None:
        corp = self.stage.corp
        await self._happens(
            Title(zh="顾客扫门店的码，加了店员", en="A customer adds a member by the shop's code"),
            lambda: corp.customer_adds_member(XIAOMAN, LIMING, "store_7"),
            channel="contact", who=XIAOMAN, event="扫门店的码，添加李明为好友",
        )  # fmt: skip
        await self._enters_kf(XIAOMAN)

    async def _questions(self) -> None:
        await self._asks(Title(zh="普通的问题", en="A plain question"), "什么时候发货")
        await self._asks(
            Title(zh="口语，还有错字", en="Loosely put, and misspelt"), "亲，退款多久到帐呀"
        )
        await self._asks(
            Title(zh="一个问题分三条发，只答一次", en="One question in three pieces, one answer"),
            "你好", "想问下", "怎么开发票",
        )  # fmt: skip
        await self._asks(
            Title(zh="可能是两件事：先问清楚", en="It may mean two things: a menu"), "怎么退换货"
        )
        menu = self.stage.corp.deliveries[-1].body.get("msgmenu")
        if menu:  # there is none once a script answers exactly this question
            await self._clicks(menu["list"][0]["click"])

    async def _a_person(self) -> None:
        corp = self.stage.corp
        await self._asks(
            Title(zh="没有话术能答：请同事，并留待办", en="No script fits: a person is called"),
            "你们招不招暑假工",
        )
        await self._happens(
            Title(zh="王芳接待", en="Wang Fang takes over"),
            self._wangfang_answers,
            channel="kf", who=WANGFANG, event="接入会话，亲自回复",
        )  # fmt: skip
        await self._asks(
            Title(zh="同事在，机器人不插嘴", en="A person is there: the bot is silent"), "包邮不"
        )
        await self._happens(
            Title(zh="王芳结束会话", en="Wang Fang ends the session"),
            lambda: corp.servicer_ends_session(WANGFANG, XIAOMAN, ACCOUNT),
            channel="kf", who=WANGFANG, event="结束会话",
        )  # fmt: skip
        await self._asks(Title(zh="机器人又回答了", en="The bot answers again"), "包邮不")

    async def _wangfang_answers(self) -> None:
        corp = self.stage.corp
        await corp.servicer_takes(WANGFANG, XIAOMAN, ACCOUNT)
        await corp.servicer_writes_kf(
            WANGFANG, XIAOMAN, ACCOUNT, "您好，我是王芳。暑假工在招的，我把店长的安排发您。"
        )

    async def _others(self) -> None:
        corp = self.stage.corp
        question = "@小话 积分怎么用"
        await self._happens(
            Title(zh="同事在群里 @ 机器人", en="A member asks the bot in a group by @"),
            lambda: corp.bots.member_writes_bot(LIMING, BOT, question, GROUP),
            channel="bot", who=LIMING, texts=(question,),
        )  # fmt: skip
        await self._enters_kf(LAOZHANG)
        complaint = "我要投诉你们！等了一周没人管"
        await self._happens(
            Title(zh="投诉：马上请人", en="A complaint: a person, at once"),
            lambda: self._complains(complaint), channel="kf", who=LAOZHANG, texts=(complaint,),
        )  # fmt: skip
        await self._happens(
            Title(zh="昵称再怪，也照原样称呼", en="Whatever the nickname, it is left as it is"),
            lambda: corp.customer_adds_member(LAOZHANG, LIMING, "parcel_card"),
            channel="contact", who=LAOZHANG, event="扫包裹里的卡，添加李明为好友",
        )  # fmt: skip
        corp.faults.add(Fault(api="externalcontact/send_welcome_msg", errcode=41050, times=1))
        await self._happens(
            Title(zh="欢迎语过期了：给店员留待办", en="A welcome came too late: a to-do instead"),
            lambda: corp.customer_adds_member(ACHEN, WANGFANG),
            channel="contact", who=ACHEN, event="添加王芳为好友，但企业微信说欢迎语已过期",
        )  # fmt: skip

    async def _complains(self, words: str) -> None:
        """The person who has to answer hears of it here, not in the midst of the next exchange."""
        await self.stage.corp.customer_writes_kf(LAOZHANG, ACCOUNT, words)
        await self.stage.settle()
        await self.stage.assistant.sweep("complaints")

    async def _a_festival(self) -> None:
        festival = Festival.next(self.stage, self.stage.clock)
        if festival is None:
            return
        await self._wangfang_calms_him()
        zh, en, day = festival.name, festival.name_en, festival.day
        await self._happens(
            Title(zh=f"时钟拨到{zh}早上八点：还不发", en=f"{en}, eight in the morning: not yet"),
            festival.early,
            channel="contact", who=XIAOMAN, event=f"{day} 08:00，{zh}的问候已经排好",
        )  # fmt: skip
        await self._happens(
            Title(zh="到了可以发的时候：成员确认，问候送达", en="In time: confirmed, delivered"),
            festival.due,
            channel="contact", who=LIMING, event="时候到了，在手机上确认群发",
        )  # fmt: skip

    async def _wangfang_calms_him(self) -> None:
        """A complaint must not wait until the next festival. This is no exchange of its own."""
        corp, words = (
            self.stage.corp,
            "张先生您好，我是店长王芳。东西全款退，再补您一份新的，您看行吗？",
        )
        await corp.servicer_takes(WANGFANG, LAOZHANG, ACCOUNT)
        await corp.servicer_writes_kf(WANGFANG, LAOZHANG, ACCOUNT, words)
        await corp.servicer_ends_session(WANGFANG, LAOZHANG, ACCOUNT)
        await self.stage.settle()

    async def _enters_kf(self, who: str) -> None:
        await self._happens(
            Title(zh="顾客打开微信客服", en="A customer opens customer service"),
            lambda: self.stage.corp.customer_enters_kf(who, ACCOUNT),
            channel="kf", who=who, event="打开客服会话",
        )  # fmt: skip
        await self.stage.assistant.sweep("profiles")  # else it might come after the next question

    async def _asks(self, title: Title, *texts: str) -> None:
        async def write() -> None:
            for text in texts:
                await self.stage.corp.customer_writes_kf(XIAOMAN, ACCOUNT, text)
                await self._pause(min(TYPING_S, TYPING_S / self.speed))

        await self._happens(title, write, channel="kf", who=XIAOMAN, texts=texts)

    async def _clicks(self, item: dict[str, str]) -> None:
        await self._happens(
            Title(zh="点了菜单", en="A click on the menu"),
            lambda: self.stage.corp.customer_writes_kf(XIAOMAN, ACCOUNT, menu_id=item["id"]),
            channel="kf", who=XIAOMAN, texts=(item["content"],),
        )  # fmt: skip

    async def _happens(
        self,
        title: Title,
        act: Callable[[], Awaitable[object]],
        *,
        channel: str,
        who: str,
        event: str = "",
        texts: tuple[str, ...] = (),
    ) -> None:
        stage = self.stage
        at, before = stage.clock.now(), len(stage.corp.deliveries)
        told = await act()
        await stage.settle()
        every = await reasons_since(stage.assistant.journal, self._seq)
        # The archive shows what the bot said in a member's name as said by the member.
        ours = {delivery.msgid for delivery in stage.corp.deliveries}
        reasons = [
            one for one in every if one.kind != "StaffReplied" or ours.isdisjoint(one.msgids)
        ]
        exchange = Exchange.of(
            title, why=told if isinstance(told, Why) else None, at=at, channel=channel, who=who,
            event=event, texts=texts,
            deliveries=stage.corp.deliveries[before:], reasons=reasons,
        )  # fmt: skip
        self._seq = max((reason.seq for reason in every), default=self._seq)
        self.show(exchange)
        words = sum(len(answer.text) for answer in exchange.answers)
        await self._pause((BREATH_S + READING_S * words) / self.speed)

    async def _pause(self, seconds: float) -> None:
        if seconds:
            await self.stage.clock.sleep(seconds)
