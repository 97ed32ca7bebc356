"""One conversation on the stage: what its customer does, and what comes of it."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from bot.demo.stage import LIMING
from bot.mockwecom.people import CannotAct
from bot.reasons import Why
from bot.rehearse.conversation import Conversation, Step
from bot.rehearse.judge import Outcome
from bot.rehearse.stage import Stage
from bot.rehearse.touches import PURPOSES, script_for
from bot.scripts.script import Facts, within
from bot.touch.manners import Purpose, Standing, judge_touch, wants_no_more
from bot.touch.policy import Allow, Session, Via

STATE = re.compile(r"[a-z]+(_\w+)?")  # of a channel code (联系我), in the detail of friend_added
COMPLAINTS = ("complaint", "abuse")  # rules of decisions
BY_HAND = Why(zh="同事亲自回复", en="a person answers")
NO_EVENT = Why(zh="这里没有这种事件，什么也不发生", en="there is no such event here")
NO_SCRIPT = Why(zh="话术库里没有为这件事写的话术", en="no script is meant for this")


class Scene:
    """What does not depend on the place; those that do are in places.py."""

    channel: ClassVar[str]  # as the conditions of scripts know it
    via: ClassVar[Via]  # how a touch would leave

    def __init__(self, stage: Stage, conversation: Conversation, number: int) -> None:
        self.conversation = conversation
        self.outcomes = [Outcome() for _ in conversation.steps]
        self.stage, self.corp = stage, stage.corp
        self.customer = self.corp.add_customer(f"wmRehearsal{number:05}", conversation.name)
        self._zone = ZoneInfo(stage.settings.zone)
        self._place = -1  # of the last step that was acted
        self._noted = set[str]()  # events whose outcome is known
        self._opted_out = False
        self._complained_at: datetime | None = None
        self._touched: list[datetime] = []

    # ---- what differs

    async def write(self, step: Step) -> None:
        """A customer's words."""
        raise NotImplementedError

    async def answer_by_hand(self, step: Step) -> None:
        """A colleague takes over and writes."""
        raise NotImplementedError

    async def end(self) -> None:
        """The colleague has finished."""
        raise NotImplementedError

    async def enter(self) -> None:
        """The customer opens the chat."""
        self.note(NO_EVENT)

    async def served(self) -> bool:
        """A person is serving, or has been called."""
        raise NotImplementedError

    async def session(self) -> Session | None:
        """Of 微信客服."""
        return None

    @property
    def events_of(self) -> Sequence[str]:
        """The conversations that the engine keeps for this one."""
        return [f"contact:{LIMING}:{self.customer}"]

    # ---- the course of it

    async def act(self, place: int) -> None:
        await self.take_note()
        self._place, step = place, self.conversation.steps[place]
        if step.event in PURPOSES:
            await self._touch(step)
        elif step.event == "friend_added":
            await self._befriend(step)
        elif step.event == "session_enter":
            await self.enter()
        elif step.event == "handover_end":
            await self.end()
        elif step.by == "staff":
            await self.answer_by_hand(step)
        elif step.by == "customer" and step.text:
            await self.write(step)
        else:
            self.note(NO_EVENT)

    async def take_note(self) -> None:
        """What is dealt with by now came of the last step."""
        if self._place < 0:
            return
        events = await self.stage.finished(self.events_of)
        fresh = [one for one in events if one["id"] not in self._noted]
        self._noted.update(one["id"] for one in fresh)
        self.outcome.add(fresh, await self.stage.messages([one["id"] for one in fresh]))

    @property
    def outcome(self) -> Outcome:
        """Of the last step."""
        return self.outcomes[self._place]

    @property
    def now(self) -> datetime:
        """The company's local time."""
        return self.stage.clock.now().astimezone(self._zone)

    @property
    def step(self) -> Step:
        """The last that was acted."""
        return self.conversation.steps[self._place]

    @property
    def next_step(self) -> Step | None:
        steps = self.conversation.steps[self._place + 1 :]
        return steps[0] if steps else None

    def note(self, why: Why) -> None:
        self.outcome.whys.append(why)

    def hear(self, text: str) -> None:
        """What a customer's words mean for later touches."""
        self._opted_out |= wants_no_more(text, self.stage.settings.manners)
        if self.stage.bot.desk.edition.matcher.decide(text).rule in COMPLAINTS:
            self._complained_at = self.now

    async def _befriend(self, step: Step) -> None:
        state = step.detail if STATE.fullmatch(step.detail) else ""
        try:
            await self.corp.customer_adds_member(self.customer, LIMING, state)
        except CannotAct:
            self.note(Why(zh="已经是好友了", en="they are contacts already"))

    # ---- a touch is due

    async def _touch(self, step: Step) -> None:
        """Judged here until there are plans; nothing is sent but by a member's hand."""
        desk, settings = self.stage.bot.desk, self.stage.settings
        purpose = PURPOSES[step.event]
        mine = [
            one for one in desk.edition.library if self.stage.repertoire.reply_of(one.id) == one.id
        ]
        script = script_for(purpose, step.detail, mine)
        standing = Standing(
            via=self.via,
            staffed=await self.served(),
            opted_out=self._opted_out,
            complained_at=self._complained_at,
            touched=tuple(self._touched),
            coming=self._coming(),
            session=await self.session(),
        )
        verdict = judge_touch(purpose, standing, settings.manners, settings.platform, self.now)
        if not isinstance(verdict, Allow):
            self.note(Why(zh=f"不发：{verdict.zh}", en=f"not sent: {verdict.en}"))
        elif script is None:
            self.note(NO_SCRIPT)
        elif not script.when.holds(Facts(channel=self.channel, now=self.now)):
            self.note(
                Why(zh="不发：话术的使用条件不满足", en="not sent: its `when` does not hold")
            )
        else:
            self._touched.append(self.now)
            self.outcome.said.append(script.id)
            self.note(Why(zh=f"可以发：{purpose}", en=f"may be sent: {purpose}"))

    def _coming(self) -> frozenset[Purpose]:
        """What a planner knows: the other touches of today that are still to come; what is due
        in quiet hours is not sent and takes nobody's place."""
        start, end = self.stage.settings.manners.quiet_hours
        later = [
            (step.event, step.at.astimezone(self._zone))
            for step in self.conversation.steps[self._place + 1 :]
            if step.event in PURPOSES
        ]
        return frozenset(
            PURPOSES[name]
            for name, at in later
            if at.date() == self.now.date() and not within(at.time(), start, end)
        )
