"""The three places of a conversation, and what the bot hears in each."""

from collections.abc import Mapping, Sequence

from bot.demo.stage import ACCOUNT, BOT, LIMING, NAMES, WANGFANG
from bot.mockwecom.kf_session import ASSISTANT, HUMAN, POOL, UNTREATED
from bot.mockwecom.kf_session import Session as MockSession
from bot.reasons import Why
from bot.rehearse.conversation import Conversation, Place, Step, continues
from bot.rehearse.group import Callers
from bot.rehearse.scene import BY_HAND, Scene
from bot.rehearse.stage import Stage
from bot.scripts.script import Facts
from bot.touch.policy import Session

MEDIA = {  # how the client shows what is not text
    "[图片]": "image",
    "[语音]": "voice",
    "[视频]": "video",
    "[文件]": "file",
    "[位置]": "location",
    "[链接]": "link",
    "[名片]": "business_card",
}
SERVED = Why(zh="同事正在接待，机器人不说话", en="a person is serving; the bot is silent")
CALLED = Why(
    zh="已经叫了同事，还没有接待完；机器人不说话",
    en="a person was called and has not finished; the bot is silent",
)
NOT_CALLED = Why(
    zh="群里没有 @ 机器人，它收不到", en="nobody calls the bot by @: it hears nothing"
)
STATES = "SELECT heard_at, sent, staffed FROM session WHERE conversation = ?"


class ServiceScene(Scene):
    """微信客服: all of it runs on the mock."""

    channel = "kf"

    @property
    def events_of(self) -> Sequence[str]:
        return [*super().events_of, self._name]

    @property
    def _name(self) -> str:
        return f"kf:{ACCOUNT}:{self.customer}"

    @property
    def _on_wecom(self) -> MockSession:
        session = self.corp.kf.desk.accounts[ACCOUNT].session(self.customer)
        session.lapse(self.corp.timestamp())
        return session

    async def write(self, step: Step) -> None:
        self.hear(step.text)
        offered = self._on_wecom.menu
        clicked = next((item for item, words in offered.items() if words == step.text), "")
        kind = MEDIA.get(step.text, "text")
        await self.corp.customer_writes_kf(
            self.customer, ACCOUNT, step.text, menu_id=clicked, kind=kind
        )

    async def enter(self) -> None:
        await self.corp.customer_enters_kf(self.customer, ACCOUNT)

    async def answer_by_hand(self, step: Step) -> None:
        session = self._on_wecom
        if session.state in (UNTREATED, ASSISTANT):  # they step in, by a program of the company
            session.move(POOL, "", self.corp.timestamp(), self.corp.rules)
        await self._take()
        await self.corp.servicer_writes_kf(WANGFANG, self.customer, ACCOUNT, step.text)

    async def end(self) -> None:
        """End the session; if nobody has come yet, somebody takes it first."""
        await self._take()
        if self._on_wecom.state == HUMAN:
            await self.corp.servicer_ends_session(WANGFANG, self.customer, ACCOUNT)

    async def _take(self) -> None:
        if self._on_wecom.state == POOL:
            await self.corp.servicer_takes(WANGFANG, self.customer, ACCOUNT)

    async def served(self) -> bool:
        session = await self.session()
        return session.staffed

    async def session(self) -> Session:
        for row in await self.stage.bot.journal.rows(STATES, self._name):
            return Session(
                heard_at=row["heard_at"], sent=row["sent"], staffed=bool(row["staffed"])
            )
        return Session()


class GroupScene(Scene):
    """A group with the smart bot (智能机器人): the bot hears only what calls it by @.

    WeCom does not tell it who serves whom, so the rehearsal applies the rule: a member for whom a
    person was called, or whom a colleague addresses by @, gets no answer until handover_end.
    Whatever else colleagues say is just talk.
    """

    channel, members = "bot", (LIMING,)

    def __init__(self, stage: Stage, conversation: Conversation, number: int) -> None:
        super().__init__(stage, conversation, number)
        self._chat = f"wrRehearsal{number:05}"
        self._callers = Callers(conversation)
        self._members: dict[str, str] = {}  # name → userid
        self._served: set[str] = set()  # members to whom a colleague is talking
        self._waiting: set[str] = set()  # members for whom a person was called

    @property
    def events_of(self) -> Sequence[str]:
        return [*super().events_of, f"bot:{BOT}:{self._chat}"]

    async def write(self, step: Step) -> None:
        asked = self._callers.for_bot(step.text)
        if asked is None:
            self.note(NOT_CALLED)
            return
        self.hear(asked)
        if step.who in self._served | self._waiting:
            self.note(SERVED if step.who in self._served else CALLED)
            return
        text = f"@{NAMES[BOT]} {asked}"
        await self.corp.bots.member_writes_bot(self._userid(step.who), BOT, text, self._chat)

    def _userid(self, name: str) -> str:
        if name not in self._members:
            self._members[name] = f"{self._chat}-{len(self._members)}"
            self.corp.add_member(self._members[name], name or self.conversation.name)
        return self._members[name]

    async def take_note(self) -> None:
        await super().take_note()
        if self.outcomes and self.outcome.handover and self.step.by == "customer":
            self._waiting.add(self.step.who)

    async def answer_by_hand(self, step: Step) -> None:
        self._served |= self._callers.members_in(step.text)
        self.note(BY_HAND)

    async def end(self) -> None:
        self._served.clear()
        self._waiting.clear()

    async def served(self) -> bool:
        return bool(self._served | self._waiting)


class ContactScene(Scene):
    """One to one with a member (客户联系). A program gets none of these messages from WeCom, so we
    judge what the bot would offer the member in the sidebar."""

    channel, members = "contact", (LIMING,)

    def __init__(self, stage: Stage, conversation: Conversation, number: int) -> None:
        super().__init__(stage, conversation, number)
        self._typed: list[str] = []  # pieces of an unfinished question
        self._served = self._called = False

    async def write(self, step: Step) -> None:
        self.hear(step.text)
        self._typed.append(step.text)
        quiet_s = self.stage.settings.fragments["kf"]
        if (following := self.next_step) and continues(step, following, within_s=quiet_s):
            return
        text, self._typed = "\n".join(self._typed), []
        if await self.served():
            self.note(SERVED if self._served else CALLED)
        else:
            self._offer(text)

    def _offer(self, text: str) -> None:
        facts = Facts(channel=self.channel, now=self.now)
        decision = self.stage.bot.desk.edition.matcher.decide(text, facts=facts)
        self.note(Why(zh=decision.reason_zh, en=decision.reason_en))
        self.outcome.said += decision.scripts
        if decision.band == "handover" and not decision.courtesy:
            self.outcome.handover = self._called = True

    async def answer_by_hand(self, step: Step) -> None:
        self._served = True
        self.note(BY_HAND)

    async def end(self) -> None:
        self._served = self._called = False

    async def served(self) -> bool:
        return self._served or self._called


SCENES: Mapping[Place, type[Scene]] = {
    "kf": ServiceScene,
    "group": GroupScene,
    "contact": ContactScene,
}
