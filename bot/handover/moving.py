"""Has WeCom hand over customers and groups, and follows what becomes of each.

All state is in the tables: what a crash interrupts is asked again, and WeCom then says that it is
under way. What is asked for twice is done once.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby

from bot.clock import Clock
from bot.errors import Refused, WeComError
from bot.handover.handovers import Handovers
from bot.handover.stand_ins import StandIns
from bot.store.handover.handovers import End, Given, Handover, Item
from bot.store.states import HandoverKind, HandoverState, ItemState
from bot.touch.mass import MassTasks
from bot.wecom.client import WeComClient
from bot.wecom.errcodes import error_for
from bot.wecom.transfers import (
    BUSY_TODAY,
    CUSTOMER_WAITS,
    CUSTOMERS,
    NOT_THEIRS,
    SAME_OWNER,
    Fate,
    Result,
    Transfers,
)

log = logging.getLogger(__name__)

ADOPT_S = 60.0  # between two looks for what came to the leaver in spite of it
RESULTS_S = 60.0  # between two questions for the results of one handover
ASKEW_S = 300.0  # WeCom's clock may differ from ours by so much
SURELY_S = 26 * 3600.0  # by then the 24 hours of a customer are over, and WeCom knows the outcome
AGAIN_S, TOMORROW_S = 600.0, 6 * 3600.0
ENDS: Mapping[Fate, tuple[ItemState, str, str]] = {
    Fate.REFUSED: (ItemState.REFUSED, "客户拒绝了接替", "the customer refused"),
    Fate.FULL: (ItemState.FULL, "接替的同事客户数已满", "the new member has too many customers"),
    Fate.NO_RECORD: (ItemState.IMPOSSIBLE, "企业微信没有接替记录", "WeCom has no record of it"),
}
REASONS: Mapping[int, tuple[str, str]] = {
    40096: ("企业微信不认识这位客户", "WeCom does not know this customer"),
    40097: ("这位同事没有离职，请选“在职”交接", "they have not left the company"),
    40098: ("接替的同事没有实名认证", "the new member is not verified by name"),
    40099: ("接替的同事客户数已满", "the new member has too many customers"),
    40128: ("90 天内已转接过两次", "handed over twice within 90 days"),
    40131: ("客户已不是这位同事的好友", "the leaver does not have this customer any more"),
    60111: ("成员不在企业通讯录里", "a member is not in the address book"),
    90500: ("群主没有离职", "the owner has not left the company"),
    90501: ("不是客户群，或已解散", "no customer group, or dismissed"),
    90502: ("群主已离职，请选“已离职”交接", "the owner has left the company"),
}


class Moving:
    """
    Args:
        stand_ins: kept in line with the tables.
    """

    def __init__(
        self, handovers: Handovers, client: WeComClient, tasks: MassTasks, clock: Clock,
        stand_ins: StandIns,
    ) -> None:  # fmt: skip
        self._handovers, self._table = handovers, handovers.table
        self._wecom, self._tasks, self._clock = Transfers(client), tasks, clock
        self._stand_ins = stand_ins
        self._adopted: dict[str, float] = {}  # by handover, when we last looked

    @property
    def handovers(self) -> Handovers:
        return self._handovers

    async def open(self) -> None:
        """Read the tables: at the start, before anything is said, and wherever another process
        does the moving."""
        await self._handovers.refresh(self._stand_ins)

    async def begin(self) -> None:
        """Begin what is to begin, and withdraw what waits for the leaver to confirm it."""
        begun = await self._handovers.begin_ripe()
        await self._handovers.return_ripe()
        await self._handovers.refresh(self._stand_ins)
        if begun:
            await self._tasks.poll()

    async def sweep(self) -> None:
        await self.begin()
        for one in await self._table.at_work():
            try:
                await self._work(one)
            except WeComError as error:  # the others go on; the next sweep tries it again
                log.warning(
                    "a handover could not go on",
                    extra={"action": "handover", "handover": one.id, "errcode": error.errcode},
                )

    async def _work(self, one: Handover) -> None:
        if one.state is not HandoverState.OVER:
            await self._adopt(one)
        if one.kind is HandoverKind.COVER:
            return
        if one.state is not HandoverState.OVER:
            await self._ask(one)
        await self._follow(one)
        counts = (await self._table.counts([one.id]))[one.id]
        if one.state is HandoverState.RUNNING and not _open(counts):
            await self._table.finish(one, self._clock.timestamp())

    async def _adopt(self, one: Handover) -> None:
        """Take up what came to the leaver since it was planned: customers, groups, plans."""
        now = self._clock.timestamp()
        customers, groups = await self._table.newly(one.id, one.leaver)
        if not (customers or groups) and now - self._adopted.get(one.id, 0.0) < ADOPT_S:
            return
        self._adopted[one.id] = now
        items = await self._table.items(one.id, number=1)
        taker = items[0].taker if items else one.holder
        given = [Given("customer", each, taker) for each in customers]
        given += [Given("group", each, taker) for each in groups]
        await self._table.adopt(one, given, now)

    async def _ask(self, one: Handover) -> None:
        now = self._clock.timestamp()
        while items := await self._table.askable(one.id, now, CUSTOMERS):
            for (kind, taker), some in groupby(items, lambda item: (item.kind, item.taker)):
                batch = [*some]
                try:
                    ask = self._ask_groups if kind == "group" else self._ask_customers
                    await ask(one, taker, batch)
                except Refused as error:
                    zh, en = REASONS.get(error.errcode, ("企业微信不接受", error.errmsg))
                    if error.alert:  # until a person has corrected it
                        until = now + AGAIN_S
                        await self._table.put_off(batch, until, error.errcode, zh, en)
                        continue
                    ends = [
                        End(each, ItemState.IMPOSSIBLE, zh, en, error.errcode) for each in batch
                    ]
                    await self._table.settle(one, ends, now)

    async def _ask_customers(self, one: Handover, taker: str, items: Sequence[Item]) -> None:
        left = one.kind is HandoverKind.LEFT
        codes = await self._wecom.ask(
            one.leaver, taker, [item.subject for item in items], left=left, words=one.words
        )
        ends = []
        for item in items:
            code = codes.get(item.subject, 0)
            # A customer whom the leaver no longer has may have been handed over before a crash.
            if code in {0, NOT_THEIRS} | CUSTOMER_WAITS:
                ends.append(End(item, ItemState.WAITING, errcode=code))
            else:
                ends.append(_refused(item, code))
        await self._table.settle(one, ends, self._clock.timestamp())

    async def _ask_groups(self, one: Handover, taker: str, items: Sequence[Item]) -> None:
        left, now = one.kind is HandoverKind.LEFT, self._clock.timestamp()
        codes = await self._wecom.groups([item.subject for item in items], taker, left=left)
        busy = [item for item in items if codes.get(item.subject) == BUSY_TODAY]
        if busy:
            zh, en = "今天接手的群已满，明天继续", "enough groups for a day: it goes on tomorrow"
            await self._table.put_off(busy, now + TOMORROW_S, BUSY_TODAY, zh, en)
        ends = []
        for item in items:
            code = codes.get(item.subject, 0)
            if code in (0, SAME_OWNER):
                ends.append(End(item, ItemState.TAKEN))
            elif code != BUSY_TODAY:
                ends.append(_refused(item, code))
        await self._table.settle(one, ends, now)

    async def _follow(self, one: Handover) -> None:
        """Ask what became of those who were asked."""
        now = self._clock.timestamp()
        if one.looked_at is not None and now - one.looked_at < RESULTS_S:
            return
        await self._table.looked(one, now)
        waiting = await self._table.waiting(one.id)
        for taker, some in groupby(waiting, lambda item: item.taker):
            results = await self._wecom.results(
                one.leaver, taker, left=one.kind is HandoverKind.LEFT
            )
            ends = [_end(one, item, results.get(item.subject), now) for item in some]
            if known := [end for end in ends if end is not None]:
                await self._table.settle(one, known, now)


def _end(one: Handover, item: Item, result: Result | None, now: float) -> End | None:
    """None: it is not known yet."""
    if result is None or result.fate is Fate.NO_RECORD:
        late = item.asked_at is not None and now - item.asked_at > SURELY_S
        if item.errcode == NOT_THEIRS:
            return _refused(item, NOT_THEIRS)
        return End(item, *ENDS[Fate.NO_RECORD]) if late or result is not None else None
    if result.fate is Fate.WAITING:
        return None
    if result.fate is Fate.DONE:
        old = result.taken_at < one.begins_at - ASKEW_S
        if old:  # of an earlier handover
            return _refused(item, NOT_THEIRS) if item.errcode == NOT_THEIRS else None
        return End(item, ItemState.TAKEN)
    return End(item, *ENDS[result.fate])


def _refused(item: Item, code: int) -> End:
    zh, en = REASONS.get(code, (f"企业微信不接受（{code}）", error_for(code, "", "").errmsg))
    state = ItemState.FULL if code == 40099 else ItemState.IMPOSSIBLE
    return End(item, state, zh, en, code)


def _open(counts: Counter[ItemState]) -> int:
    return counts[ItemState.PLANNED] + counts[ItemState.WAITING]
