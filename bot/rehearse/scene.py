"""One conversation on the stage: what its customer does, and what comes of it."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from bot.demo.stage import LIMING
from bot.mockwecom.people import CannotAct
from bot.reasons import Why
from bot.rehearse.conversation import Conversation, Step
from bot.rehearse.judge import Outcome
from bot.rehearse.stage import Stage
from bot.rehearse.touches import SCENARIOS, script_for
from bot.scripts.script import Facts
from bot.touch import touch
from bot.touch.caps import counted
from bot.touch.consent import wish_in
from bot.touch.hours import contains
from bot.touch.policy import Allow, Session
from bot.touch.present import present
from bot.touch.touch import Ahead, Scenario, Tally, Touch

STATE = re.compile(r"[a-z]+(_\w+)?")  # of a channel code (联系我), in the detail of friend_added
COMPLAINTS = ("complaint", "abuse")  # rules of decisions
BY_HAND = Why(zh="同事亲自回复", en="a person answers")
NO_EVENT = Why(zh="这里没有这种事件，什么也不发生", en="there is no such event here")
WORTH = timedelta(days=1)  # how long a touch is worth anything
NO_SCRIPT = Why(zh="话术库里没有为这件事写的话术", en="no script is meant for this")


class Scene:
    """The part that does not depend on the place; places.py has the others."""

    channel: ClassVar[str]  # as the conditions of scripts know it
    members: ClassVar[tuple[str, ...]] = ()  # who have the customer as a contact

    def __init__(self, stage: Stage, conversation: Conversation, number: int) -> None:
        self.conversation = conversation
        self.outcomes = [Outcome() for _ in conversation.steps]
        self.stage, self.corp = stage, stage.corp
        self.customer = self.corp.add_customer(f"wmRehearsal{number:05}", conversation.name)
        self._zone = ZoneInfo(stage.settings.zone)
        self._place = -1  # of the last step that was acted
        self._noted = set[str]()  # events whose outcome is known
        self._opted_out_at: datetime | None = None
        self._complained_at: datetime | None = None
        self._touched: list[tuple[Scenario, datetime]] = []

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
        if step.event in SCENARIOS:
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
        """Attribute to the last step what has been dealt with by now."""
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
        decision = self.stage.bot.desk.edition.matcher.decide(text)
        wish = wish_in(text, self.stage.settings.manners)
        if wish == "in":
            self._opted_out_at = None
        elif wish == "out" or decision.sounds == "unwanted":
            self._opted_out_at = self._opted_out_at or self.now
        if decision.rule in COMPLAINTS or decision.sounds == "complaint":
            self._complained_at = self.now

    async def _befriend(self, step: Step) -> None:
        state = step.detail if STATE.fullmatch(step.detail) else ""
        try:
            await self.corp.customer_adds_member(self.customer, LIMING, state)
        except CannotAct:
            self.note(Why(zh="已经是好友了", en="they are contacts already"))

    # ---- a touch is due

    async def _touch(self, step: Step) -> None:
        """Judged by the rules of touches; nothing is sent but by a member's hand."""
        scenario, now = SCENARIOS[step.event], self.now
        library, repertoire = self.stage.bot.desk.edition.library, self.stage.repertoire
        mine = [one for one in library if repertoire.reply_of(one.id) == one.id]
        script = script_for(scenario, step.detail, mine, self.stage.bot.touching.plans.calendar)
        meant = Touch(
            plan="rehearsal", slot=str(self._place), customer=self.customer, scenario=scenario,
            script=script.id if script else "", due_at=now, deadline=now + WORTH,
        )  # fmt: skip
        verdict = self.stage.policy.judge(meant, await self._known(scenario), now)
        if not isinstance(verdict, Allow):
            self.note(Why(zh=f"不发：{verdict.zh}", en=f"not sent: {verdict.en}"))
        elif script is None:
            self.note(NO_SCRIPT)
        elif not script.when.holds(Facts(channel=self.channel, now=now)):
            self.note(
                Why(zh="不发：话术的使用条件不满足", en="not sent: its `when` does not hold")
            )
        else:
            self._touched.append((scenario, now))
            self.outcome.said.append(script.id)
            self.note(Why(zh=verdict.zh, en=verdict.en))

    async def _known(self, scenario: Scenario) -> touch.Facts:
        """What the engine would know of this customer."""
        complained_at = self._complained_at
        # Whoever ends the hand-over that a complaint began lifts its brake; a promotion waits for
        # another day all the same.
        braked = scenario is Scenario.PROMOTION and complained_at is not None
        today = complained_at is not None and complained_at.date() == self.now.date()
        return touch.Facts(
            members=self.members,
            session=await self.session(),
            staffed=await self.served(),
            opted_out_at=self._opted_out_at,
            braked_at=complained_at if braked and today else None,
            tallies=self._tallies(),
            ahead=self._ahead(scenario),
        )

    def _tallies(self) -> dict[str, Tally]:
        every = self._count(*Scenario)
        by_scenario = {f"customer:{one}": self._count(one) for one in SCENARIOS.values()}
        return {"customer": every, "mass": every if self.members else Tally(), **by_scenario}

    def _count(self, *scenarios: Scenario) -> Tally:
        moments = (at for scenario, at in self._touched if scenario in scenarios)
        return counted(moments, self.now, self._zone)

    def _ahead(self, scenario: Scenario) -> Ahead:
        """What a planner knows: what is more important and still to come. What is due in quiet
        hours is not sent and takes nobody's place."""
        quiet, now = self.stage.settings.manners.windows.quiet, present(self.now, self._zone)
        later = [
            step.at.astimezone(self._zone)
            for step in self.conversation.steps[self._place + 1 :]
            if step.event in SCENARIOS and SCENARIOS[step.event].rank < scenario.rank
        ]
        sent = [at for at in later if not contains(quiet, at)]
        spans = [present(at, self._zone) for at in sent]
        return Ahead(
            day=sum(one.day == now.day for one in spans),
            week=sum(one.week == now.week for one in spans),
            month=sum(one.month == now.month for one in spans),
            next_at=min(sent, default=None),
        )
