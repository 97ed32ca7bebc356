"""How each touch of a mass message ends, and what that means for customers and caps."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from bot.store.customers.contacts import together
from bot.store.customers.people import lost, said
from bot.store.journal import Journal, Write
from bot.store.sql import Database, Source
from bot.store.states import TaskState, TouchState
from bot.store.touch.ledger import QUOTA, Ledger, Periods
from bot.store.touch.mass import Ended, MassTable, MassTask, Settled
from bot.store.touch.places import Held, give_back, hold, place
from bot.store.touch.touches import WAITS
from bot.wecom.errcodes import plainly
from bot.wecom.mass_messages import Fate, Outcome


def _refused(rule: str, zh: str, en: str) -> Ended:
    return Ended(state=TouchState.REFUSED, rule=rule, zh=zh, en=en)


def _dropped(rule: str, zh: str, en: str) -> Ended:
    return Ended(state=TouchState.DROPPED, rule=rule, zh=zh, en=en)


SENT = Ended(state=TouchState.SENT)
NOT_FRIEND = _refused(
    "not_friend", "客户已不是这位成员的好友", "they are no contact of this member any more"
)
BEFORE = (  # found out before the call
    _refused(
        "complaint",
        "客户投诉或疑似不满，自动消息停发",
        "they complained or sound so: nothing goes out",
    ),
    _refused("opt_out", "客户退订或疑似退订", "they want no more messages, or sound so"),
    NOT_FRIEND,
    _refused("not_owner", "群已解散，或换了群主", "the group is dismissed, or has another owner"),
)
UNREACHABLE = _refused(
    "unreachable", "企业微信说发不到", "WeCom says that it cannot be sent to them"
)
OVER_QUOTA = _refused(
    "mass_quota",
    "客户收到的群发已到企业微信的上限",
    "WeCom's own quota of mass messages to them is used up",
)
LEFT_OUT = _refused(
    "left_out",
    "成员确认了，但没有发到",
    "the member confirmed, and it was not sent to them",
)
UNCONFIRMED = _dropped(
    "unconfirmed",
    "成员在截止前没有确认群发",
    "the member did not confirm it before its deadline",
)
STOPPED = _dropped("plan_stopped", "计划已停止", "the plan was stopped")
PAUSED = "plan_paused", *WAITS
LEAVING = "handover", "成员正在交接，这条群发已撤回", "its member hands over: it was withdrawn"
CLOSED = (
    "unconfirmed", "成员没有在可发的时段里确认，已撤回，到下个时段再请他确认",
    "its member did not confirm it within its hours: withdrawn, and asked for again in the next",
)  # fmt: skip
DECLINED = (
    "unconfirmed", "有客户退订、投诉，或听起来像，群发已撤回，去掉他们再请成员确认",
    "somebody wants no more, complained or sounds so: withdrawn, and asked for without them",
)  # fmt: skip
TOO_LATE = _dropped("deadline", "截止前没有发出", "it could not be sent before its deadline")
ENDS = {Fate.NO_FRIEND: NOT_FRIEND, Fate.OVER_QUOTA: OVER_QUOTA}


def not_said(why: str) -> Ended:
    return _refused("not_said", why, "the handler said nothing")


def not_created(why: str) -> Ended:
    return _refused("not_created", plainly(why), why)


class MassOutcomes:
    """
    Args:
        periods: those that hold a moment (Unix seconds), as caps count them.
    """

    def __init__(
        self, journal: Journal, database: Database, periods: Callable[[float], Periods]
    ) -> None:
        self._journal, self._periods = journal, periods
        self._table, self._ledger = MassTable(database), Ledger(database)

    async def take(self, task: MassTask, outcomes: Iterable[Outcome], now: float) -> None:
        """Take WeCom's report; nothing is decided about what is unsent."""
        arrived: dict[float, list[str]] = {}
        failed: dict[Fate, list[str]] = {}
        for one in outcomes:
            if one.fate is Fate.SENT:
                at = one.sent_at.timestamp() if one.sent_at else now
                arrived.setdefault(at, []).append(one.customer)
            elif one.fate is not Fate.UNSENT:
                failed.setdefault(one.fate, []).append(one.customer)
        for at, customers in arrived.items():
            await self.settle(task, customers, SENT, at)
        for fate, customers in failed.items():
            settled = await self.settle(task, customers, ENDS[fate], now)
            if fate is Fate.NO_FRIEND:
                changes = [lost(one.customer, task.member, now) for one in settled]
                await self._journal.write(Write(more=together(changes)))

    async def end(self, task: MassTask, state: TaskState, how: Ended, at: float) -> None:
        """Settle all that are open, and the task with them."""
        taken = await self._table.taken(task.id)
        await self.settle(task, [one for some in taken.values() for one in some], how, at)
        await self._table.ended(task.id, state)

    async def reopen(self, task: MassTask, at: float, why: tuple[str, str, str] = LEAVING) -> None:
        """None of its touches went out, and none will with this task: make them due again."""
        taken = await self._table.taken(task.id)
        customers = [one for some in taken.values() for one in some]
        await self._table.reopen(task.id, customers, why, at)
        await self._table.ended(task.id, TaskState.FAILED)

    async def leave_out(self, task: MassTask, at: float) -> None:
        """Settle those to whom it may not go any more; the others are due again without them."""
        taken = await self._table.taken(task.id)
        for how in BEFORE:
            await self.settle(task, taken.get(how.rule, ()), how, at)
        await self.reopen(task, at, DECLINED)

    async def settle(
        self, task: MassTask, customers: Iterable[str], how: Ended, at: float
    ) -> list[Settled]:
        """Settle those that are open, and return them."""
        count = partial(self._count, how, at)
        settled = await self._table.settle(task.id, customers, how, at, count)
        if how is SENT and settled:
            changes = [said(one.customer, one.words, at) for one in settled if one.words]
            await self._journal.write(Write(more=together(changes)))
        return settled

    async def _count(self, how: Ended, at: float, source: Source, touches: Sequence[Held]) -> None:
        """Correct the caps: places were taken for the day on which the task was due.

        What arrived counts when its member confirmed it, and what did not arrive does not count;
        but the quota of mass messages is used up if WeCom says so.
        """
        if how is OVER_QUOTA:
            await give_back(source, touches, lambda subject: not subject.startswith(QUOTA))
        elif how is not SENT:
            await give_back(source, touches)
        else:
            there = self._periods(at)
            moved = [one for one in touches if one.subjects and one.hour != there.hour]
            stayed = {name for one in touches if one.hour == there.hour for name in one.subjects}
            if stayed:
                await self._ledger.was_last_at(source, stayed, at)
            if moved:
                await give_back(source, moved)
                await self._ledger.count(source, [one.subjects for one in moved], at, there)
                await hold(source, [(one.seq, place(one.subjects, there)) for one in moved])
