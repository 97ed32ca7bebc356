"""What was asked in groups and not answered becomes events: soon, and once more each evening."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.events import GroupAsked
from bot.groups.rules import GroupBook
from bot.inbox import Files
from bot.store.groups.answers import GroupAnswers
from bot.store.groups.questions import GroupQuestion, GroupQuestions

SHOWN = 20  # questions in one message; the pages show all
LATE = timedelta(hours=2)  # a digest that could not be made in time is made until then


class Asked:
    def __init__(
        self, questions: GroupQuestions, answers: GroupAnswers, inbox: Files, book: GroupBook,
        clock: Clock, zone: ZoneInfo,
    ) -> None:  # fmt: skip
        self._questions, self._answers = questions, answers
        self._inbox, self._book = inbox, book
        self._clock, self._zone = clock, zone
        self._told = ""  # the day of the last digest

    async def sweep(self) -> None:
        """Tell owners of what has waited long enough."""
        await self._answers.follow()
        now, rules = self._clock.timestamp(), self._book.rules.answers
        waiting = await self._questions.waiting(now - rules.wait_s, now - rules.cool_down_s)
        for _, some in groupby(waiting, key=attrgetter("chat_id")):
            found = list(some)
            await self._inbox.put([self._event(f"asked:{found[0].id}", found[0].owner, found)])
            await self._questions.offered([one.id for one in found], now)
        await self._digest()

    async def _digest(self) -> None:
        """Once each evening; an event has the day in its id, so a restart repeats nothing."""
        local = self._clock.now().astimezone(self._zone)
        hour, _, minute = self._book.rules.answers.digest_at.partition(":")
        due = local.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        day = f"{local:%Y-%m-%d}"
        if not due <= local < due + LATE or self._told == day:
            return
        found = await self._questions.open(limit=5000)
        events = []
        for owner in sorted({one.owner for one in found}):
            own = [one for one in found if one.owner == owner]
            events.append(self._event(f"digest:{day}:{owner}", owner, own, digest=True))
        for manager in self._book.rules.answers.managers if found else ():
            key = f"digest:{day}:all:{manager}"
            events.append(self._event(key, manager, found, digest=True))
        if events:
            await self._inbox.put(events)
        self._told = day

    def _event(
        self, key: str, member: str, found: Sequence[GroupQuestion], *, digest: bool = False
    ) -> GroupAsked:
        shown = found[:SHOWN]
        return GroupAsked(
            id=key[:128],
            at=self._clock.now(),
            conversation="corp" if digest else f"group:{found[0].chat_id}",
            member=member,
            digest=digest,
            groups=tuple(one.chat or one.chat_id for one in shown),
            texts=tuple(one.text for one in shown),
            askers=tuple(one.names + (self._waited(one) if digest else "") for one in shown),
            scripts=tuple(one.script for one in shown),
        )

    def _waited(self, one: GroupQuestion) -> str:
        minutes = int(one.age_s(self._clock.timestamp()) // 60)
        if minutes >= 2 * 24 * 60:
            return f"（等了 {minutes // (24 * 60)} 天）"
        return f"（等了 {minutes // 60} 小时）" if minutes >= 60 else f"（等了 {minutes} 分钟）"
