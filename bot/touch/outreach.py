"""Touches that are due: judged, their caps reserved, made into events. Nothing is sent here.

Whoever claims a touch has it for some minutes. One transaction reserves its caps and takes it, and
its event has a fixed id, so a crash at any point repeats nothing: what was claimed is due again,
and what was taken without an event gets one at a later sweep.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.clock import Clock
from bot.events import Event, TouchDue
from bot.inbox import EventSink
from bot.profile.fields import Consent, Withheld
from bot.scripts.library import Library
from bot.scripts.wording import words_of
from bot.store.customers.fields import consents_of
from bot.store.groups.missed import drop_discussed
from bot.store.sql import Database, Source
from bot.store.states import PlanState
from bot.store.touch.facts import facts_of, limits_of
from bot.store.touch.ledger import Claim, Ledger
from bot.store.touch.places import place
from bot.store.touch.touches import STOPPED, WAITS, Due, Taken, Touches, event_of
from bot.touch.mass_event import mass_due, task_id
from bot.touch.policy import Allow, Refuse, Via, Wait
from bot.touch.present import Present, present
from bot.touch.touch import Facts, Touch
from bot.touch.touch_policy import TouchPolicy
from bot.touch.verdicts import LATER, NOT_MEANT, not_agreed

BATCH = 500
FRESH = timedelta(seconds=60)  # how long the verdict holds by which a touch was sent off
FILED_S = 120.0  # by then the event of a taken touch was filed, or will not be without help
AT_LEAST = timedelta(seconds=1)  # until one that was put off is due: a moment of its own
STALE = ("已过截止时间，不再发", "it is too late for it")


class Judged(NamedTuple):
    """A touch that may go if there is still room under its caps."""

    due: Due
    facts: Facts
    via: Via

    @property
    def member(self) -> str:
        return self.due.touch.member or (*self.facts.members, self.facts.moving_to)[0]


class Outreach:
    """
    Args:
        policy: the rules in force.
        uses: by plan, the customer field that it uses.
        library: the scripts in force; None: the words stay as planned.
        others: numbers of touches whose plan no longer means their customer; None: the planner has
            just checked that.
    """

    def __init__(
        self,
        *,
        database: Database,
        inbox: EventSink,
        clock: Clock,
        policy: Callable[[], TouchPolicy],
        uses: Callable[[], Mapping[str, str]] = dict,
        library: Callable[[], Library] | None = None,
        others: Callable[[Sequence[Touch]], Awaitable[Set[int]]] | None = None,
    ) -> None:
        self.database, self._inbox, self._clock, self._policy = database, inbox, clock, policy
        self._uses, self._library, self._others = uses, library, others
        self._touches, self._ledger = Touches(database), Ledger(database)

    async def sweep(self) -> None:
        """Deal with all that is due now."""
        now = self._clock.timestamp()
        await self._touches.unclaim(now)
        await drop_discussed(self.database, now)
        while await self._touches.drop_stale(now, *STALE):
            pass
        while due := await self._touches.claim(BATCH, self._clock.timestamp()):
            await self.judge(due)
        await self._form()
        if overdue := await self._touches.overdue(self._clock.timestamp() - FILED_S):
            await self._take_up(overdue)

    async def halted(self, plan: str, event: str) -> Refuse | None:
        """Whether a plan was paused or stopped while one of its touches was on its way.

        Args:
            event: by which it goes out.

        Returns:
            None: neither; LATER: it waits until its plan is resumed.
        """
        match await self._touches.state(plan):
            case PlanState.STOPPED:
                return STOPPED
            case PlanState.PAUSED:
                if due := await self._touches.on_its_way(event):
                    await self._put_off(due, Wait(self._clock.now(), "plan_paused", *WAITS))
                return LATER
        return None

    async def ask_again(self, event: TouchDue) -> Refuse | None:
        """Whether a touch that is on its way may still be said: its plan may have been stopped. If
        it waited through a stop of the program, its hours may be over, or its customer may have
        opted out.

        Returns: None: it may; LATER: it is due again, or none of ours any more.
        """
        no = await self.halted(event.plan, event.id)
        if no or self._clock.now() - event.at <= FRESH:
            return no
        due = await self._touches.on_its_way(event.id)
        if due is None:
            return LATER
        (facts,) = await self._facts([due], self._present())
        match self._policy().judge(due.touch, facts, self._clock.now(), reserved=True):
            case Allow(via=via) if via == event.via:
                return None
            case Refuse() as refusal:
                return refusal
            case verdict:
                await self._put_off(due, verdict)
                return LATER

    async def _take_up(self, overdue: Sequence[Due]) -> None:
        """Take up those that a crash left behind, judged by what is true now."""
        facts = await self._facts(overdue, self._present())
        policy, now = self._policy(), self._clock.now()
        allowed: list[Judged] = []
        for one, known in zip(overdue, facts, strict=True):
            match policy.judge(one.touch, known, now, reserved=True):
                case Allow(via=via) if via is not Via.STAFF_TASK:
                    allowed.append(Judged(one, known, via))
                case Refuse() as refusal:
                    await self._touches.refuse([(one.seq, refusal)], now.timestamp())
                case verdict:
                    await self._put_off(one, verdict)
        await self._file(allowed)

    async def _put_off(self, due: Due, verdict: Allow | Wait) -> None:
        """Make it due again when it may go, or at once by the way that is open now."""
        now = self._clock.now()
        if isinstance(verdict, Allow):
            verdict = Wait(now, "", "", "")
        until = max(verdict.until, now + AT_LEAST)
        await self._touches.put_back(due, replace(verdict, until=until))

    async def judge(self, due: Sequence[Due]) -> None:
        """Settle, put off or file each of a claimed batch."""
        for left in _one_by_one(self._worded(due)):
            while left:  # those whose place somebody else took are judged by what is left
                left = await self._judge(left)

    def _worded(self, due: Sequence[Due]) -> Sequence[Due]:
        """With today's words: a script may have been edited since they were planned."""
        if self._library is None:
            return due
        library = self._library()
        scripts = {one.touch.script for one in due if one.touch.words}
        words = {one: words_of(library[one]) for one in scripts if one in library}
        return [
            one._replace(touch=replace(one.touch, words=now))
            if one.touch.words
            and (now := words.get(one.touch.script, "")) not in ("", one.touch.words)
            else one
            for one in due
        ]

    async def _judge(self, due: Sequence[Due]) -> list[Due]:
        policy, now, today = self._policy(), self._clock.now(), self._present()
        allowed: list[Judged] = []
        waiting: list[tuple[int, Wait]] = []
        refused: list[tuple[int, Refuse]] = []
        facts = await self._facts(due, today)
        for one, known in zip(due, facts, strict=True):
            match policy.judge(one.touch, known, now):
                case Allow(via=via):
                    allowed.append(Judged(one, known, via))
                case Wait() as wait:
                    waiting.append((one.seq, wait))
                case refusal:
                    refused.append((one.seq, refusal))
        granted = await self._reserve(allowed, policy, now, today)
        if waiting:
            await self._touches.move(waiting, today.at)
        if refused:
            await self._touches.refuse(refused, today.at)
        await self._file([one for one in allowed if one.due.seq in granted])
        beaten = [one.due for one in allowed if one.due.seq not in granted]
        return beaten if len(beaten) < len(due) else []  # else they are due again in a while

    async def _reserve(
        self, allowed: Sequence[Judged], policy: TouchPolicy, now: datetime, today: Present
    ) -> frozenset[int]:
        day = now.astimezone(policy.zone).date()
        claims = [
            Claim(
                key=one.due.seq,
                limits=limits_of(
                    one.due.touch,
                    one.via,
                    policy.caps(one.due.touch.scenario, one.via, day, one.due.touch.to),
                    one.member,
                ),
            )
            for one in allowed
        ]

        places = {claim.key: place(claim.limits, today) for claim in claims}

        async def take(source: Source, granted: frozenset[int]) -> None:
            taken = [
                Taken(
                    one.due.seq, one.member, "" if mass(one) else event_of(one.due),
                    places[one.due.seq], one.due.touch.words,
                )
                for one in allowed
                if one.due.seq in granted
            ]  # fmt: skip
            await self._touches.take(source, taken, today.at)

        return await self._ledger.reserve(claims, today.at, today, take)

    async def _file(self, judged: Sequence[Judged]) -> None:
        single = [one for one in judged if not mass(one)]
        if single:
            await self._inbox.put([self._event(one) for one in single])

    def _event(self, one: Judged) -> Event:
        touch, member = one.due.touch, one.member
        in_service = one.via is Via.SERVICE_SESSION
        talk, account = ("kf", one.facts.account) if in_service else ("contact", "")
        return TouchDue(
            id=event_of(one.due),
            at=self._clock.now(),
            conversation=f"{talk}:{account or member}:{touch.customer}",
            plan=touch.plan,
            slot=touch.slot,
            customer=touch.customer,
            member=member,
            scenario=touch.scenario.value,
            script=touch.script,
            words=touch.words,
            via=one.via.value,
            account=account,
            deadline=touch.deadline,
        )

    async def _form(self) -> None:
        """Form mass messages of what was taken for them."""
        limits = self._policy().limits
        formed = await self._touches.form(task_id, limits.mass_customers, limits.mass_groups)
        if formed:
            now = self._clock.now()
            await self._inbox.put(
                [
                    mass_due(
                        plan=one.plan, slot=one.slot, member=one.member, chunk=one.chunk,
                        script=one.script, own=one.own, at=now,
                    )
                    for one in formed
                ]
            )  # fmt: skip

    async def _facts(self, due: Sequence[Due], today: Present) -> list[Facts]:
        touches: list[Touch] = [one.touch for one in due]
        facts = await facts_of(self.database, self._ledger, touches, today)
        for number in await self._others(touches) if self._others else ():
            facts[number] = replace(facts[number], against=NOT_MEANT)
        return await self._withhold(touches, facts)

    async def _withhold(self, touches: Sequence[Touch], facts: list[Facts]) -> list[Facts]:
        """Hold back what uses a field to which the customer has not agreed."""
        rules, uses = self._policy().fields, self._uses()
        asking = {
            number: rules[uses[touch.plan]]
            for number, touch in enumerate(touches)
            if touch.plan in uses and rules[uses[touch.plan]].consent
        }
        if asking:
            known = await consents_of(
                self.database, (touches[number].customer for number in asking)
            )
            for number, rule in asking.items():
                consent = known.get((touches[number].customer, rule.id), Consent.NOT_ASKED)
                if consent is not Consent.GIVEN:
                    withheld = Withheld(
                        title=rule.title, purpose=rule.purpose,
                        withdrawn=consent is Consent.WITHDRAWN,
                    )  # fmt: skip
                    facts[number] = replace(facts[number], against=not_agreed(withheld))
        return facts

    def _present(self) -> Present:
        return present(self._clock.now(), self._policy().zone)


def mass(one: Judged) -> bool:
    return one.via is Via.STAFF_TASK


def _one_by_one(due: Sequence[Due]) -> list[list[Due]]:
    """One touch of each customer at a time, in the order in which they are due: the outcome of the
    first is known when the next is judged, as if each had been handled alone."""
    places: dict[int, int] = {}
    seen = Counter[str]()
    for one in sorted(due, key=lambda one: (one.touch.due_at, one.seq)):
        places[one.seq] = seen[one.touch.customer]
        seen[one.touch.customer] += 1
    return [
        [one for one in due if places[one.seq] == place]
        for place in range(max(seen.values(), default=0))
    ]
