"""Turns unanswered questions of groups into events: soon, and once more each evening."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.events import GroupAsked
from bot.groups.rules import GroupBook
from bot.inbox import EventSink
from bot.store.groups.answers import GroupAnswers
from bot.store.groups.questions import GroupQuestion, GroupQuestions, folded

SHOWN = 20  # questions in a digest; the pages show all
AT_ONCE = 6  # with their answers in one message, which WeCom would cut off
Fold = tuple[GroupQuestion, ...]  # the same question of several groups
LATE = timedelta(hours=2)  # a digest that could not be made in time is made until then


class Asked:
    def __init__(
        self, questions: GroupQuestions, answers: GroupAnswers, inbox: EventSink, book: GroupBook,
        clock: Clock, zone: ZoneInfo,
    ) -> None:  # fmt: skip
        self._questions, self._answers = questions, answers
        self._inbox, self._book = inbox, book
        self._clock, self._zone = clock, zone
        self._told = ""  # the day of the last digest

    async def sweep(self) -> None:
        """Tell owners of what has waited long enough, all together."""
        await self._answers.follow()
        now, rules = self._clock.timestamp(), self._book.rules.answers
        waiting = await self._questions.waiting(now - rules.wait_s, now - rules.cool_down_s)
        owned = sorted(waiting, key=attrgetter("owner", "at", "seq"))
        for owner, asked in groupby(owned, key=attrgetter("owner")):
            folds = folded(asked)
            for begin in range(0, len(folds), AT_ONCE):
                some = folds[begin : begin + AT_ONCE]
                told = [one.id for fold in some for one in fold]
                await self._inbox.put([self._event(f"asked:{told[0]}", owner, some)])
                await self._questions.offered(told, now)
        await self._digest()

    async def _digest(self) -> None:
        """Once each evening. An event's id holds the day, so a restart repeats nothing."""
        local = self._clock.now().astimezone(self._zone)
        hour, _, minute = self._book.rules.answers.digest_at.partition(":")
        due = local.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        day = f"{local:%Y-%m-%d}"
        if not due <= local < due + LATE or self._told == day:
            return
        found = await self._questions.open(limit=5000)
        events = []
        for owner in sorted({one.owner for one in found}):
            own = folded(one for one in found if one.owner == owner)
            events.append(self._event(f"digest:{day}:{owner}", owner, own[:SHOWN], digest=True))
        for manager in self._book.rules.answers.managers if found else ():
            key = f"digest:{day}:all:{manager}"
            every = folded(found)[:SHOWN]
            events.append(self._event(key, manager, every, digest=True))
        if events:
            await self._inbox.put(events)
        self._told = day

    def _event(
        self, key: str, member: str, folds: Sequence[Fold], *, digest: bool = False
    ) -> GroupAsked:
        chats = {one.chat_id for fold in folds for one in fold}
        return GroupAsked(
            id=key[:128],
            at=self._clock.now(),
            conversation="corp" if digest or len(chats) > 1 else f"group:{folds[0][0].chat_id}",
            member=member,
            digest=digest,
            groups=tuple(map(_where, folds)),
            texts=tuple(fold[0].text for fold in folds),
            askers=tuple(_who(fold) + (self._waited(fold[0]) if digest else "") for fold in folds),
            scripts=tuple(fold[0].script for fold in folds),
        )

    def _waited(self, one: GroupQuestion) -> str:
        minutes = int(one.age_s(self._clock.timestamp()) // 60)
        if minutes >= 2 * 24 * 60:
            return f"（等了 {minutes // (24 * 60)} 天）"
        return f"（等了 {minutes // 60} 小时）" if minutes >= 60 else f"（等了 {minutes} 分钟）"


def _where(some: Fold) -> str:
    chat = some[0].chat or some[0].chat_id
    return chat if len(some) == 1 else f"{chat} 等 {len(some)} 个群"


def _who(some: Fold) -> str:
    number = sum(len(one.askers) for one in some)
    return some[0].names if len(some) == 1 else f"{some[0].names} 等 {number} 人"
