"""What people do with handovers: see what there is, plan one, call it off, try again."""

from asyncio import Lock
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from bot.clock import Clock
from bot.errors import Declined
from bot.handover.plan import shared_out
from bot.handover.stand_ins import StandIns
from bot.store.handover.candidates import Estate, estate_of
from bot.store.handover.handovers import Handover, HandoverTable
from bot.store.sql import Database
from bot.store.states import HandoverKind, HandoverState
from bot.wecom.transfers import WORDS

CALLED_OFF = ("交接已取消，仍由原同事负责", "called off: with the leaver as before")
RETURNED = ("休假结束，已交还", "back from leave: with the leaver again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a person wants."""

    leaver: str
    kind: HandoverKind
    takers: Sequence[str]
    who: str
    why: str = ""
    words: str = ""  # the message to each customer when it is done
    known_first: bool = True
    begins_at: float = 0.0  # Unix seconds; in the past: at once
    until: float | None = None  # of leave


class Handovers:
    """
    Args:
        duty: members who are on duty, for leavers without a leader.
    """

    def __init__(
        self, database: Database, clock: Clock, duty: Callable[[], Sequence[str]]
    ) -> None:
        self._database, self._clock, self._duty = database, clock, duty
        self.table = HandoverTable(database)
        self._reading = Lock()  # else an earlier reading may be put in force last

    async def estate(self, leaver: str) -> Estate:
        """What there is to hand over, and who could take it."""
        return await estate_of(self._database, leaver)

    async def plan(self, draft: Draft) -> Handover:
        """It begins by itself at its time; see `begin_ripe`.

        Raises:
            Declined: it cannot be, and why.
        """
        leaver, takers = draft.leaver.strip(), [*dict.fromkeys(filter(None, draft.takers))]
        going, now = {one.leaver for one in await self.table.going()}, self._clock.timestamp()
        if not leaver:
            raise Declined("请选择要交接的同事。", "Choose who hands over.")
        if not takers:
            raise Declined("请至少选一位接手的同事。", "Choose at least one who takes over.")
        if leaver in takers:
            raise Declined("不能交接给本人。", "Nobody takes over from themselves.")
        if gone := [one for one in takers if one in going]:
            raise Declined(
                f"{'、'.join(gone)} 自己正在交接，不能接手。",
                f"{', '.join(gone)} hand over themselves and cannot take over.",
            )
        if len(draft.words) > WORDS:
            raise Declined(f"告知语最多 {WORDS} 个字。", f"At most {WORDS} characters of words.")
        ends = draft.until
        if draft.kind is HandoverKind.COVER and ends and ends <= max(now, draft.begins_at):
            raise Declined("回来的时间要晚于开始的时间。", "The end must be after the start.")
        estate = await self.estate(leaver)
        one = Handover(
            id=uuid4().hex[:10], leaver=leaver, kind=draft.kind,
            holder=self._holder(estate, leaver, takers, going), words=draft.words.strip(),
            who=draft.who, why=draft.why, begins_at=max(draft.begins_at, 0.0) or now,
            until=ends if draft.kind is HandoverKind.COVER else None,
        )  # fmt: skip
        items = shared_out(estate, takers, known_first=draft.known_first)
        if not await self.table.put(one, items, now):
            raise Declined(
                f"{leaver} 已经有一个交接，请先取消它。",
                f"{leaver} hands over already: call that off first.",
            )
        return one

    def _holder(self, estate: Estate, leaver: str, takers: Sequence[str], going: set[str]) -> str:
        duty = [one for one in self._duty() if one != leaver and one not in going]
        return estate.leader or (*duty, takers[0])[0]

    async def begin_ripe(self) -> list[Handover]:
        """Begin those whose time has come."""
        now = self._clock.timestamp()
        ripe = await self.table.ripe(now)
        for one in ripe:
            await self.table.begin(one, now)
        return ripe

    async def return_ripe(self) -> None:
        """Give those who are back from leave what was theirs."""
        now = self._clock.timestamp()
        for one in await self.table.going():
            if one.kind is HandoverKind.COVER and one.until and one.until <= now:
                await self.table.give_back(one, now, *RETURNED)

    async def cancel(self, handover: str) -> Handover:
        """Call it off, or end a leave before its time. For customers who were already asked it
        goes on at WeCom: that cannot be taken back.

        Raises:
            Declined: there is none of this id, or it is over.
        """
        one = await self._known(handover)
        if one.state is HandoverState.OVER:
            raise Declined("这个交接已经结束。", "This handover is over.")
        told = RETURNED if one.kind is HandoverKind.COVER else CALLED_OFF
        await self.table.give_back(one, self._clock.timestamp(), *told)
        return one

    async def try_again(self, handover: str, taker: str) -> int:
        """Give `taker` those that could not be handed over; returns how many there are.

        Raises:
            Declined: there is none of this id, it is over, or `taker` cannot.
        """
        one = await self._known(handover)
        going = {other.leaver for other in await self.table.going()}
        if one.state is HandoverState.OVER:
            raise Declined("这个交接已经结束。", "This handover is over.")
        if not taker or taker in going or taker == one.leaver:
            raise Declined("请选择另一位能接手的同事。", "Choose somebody else who can take over.")
        return await self.table.try_again(one, taker, self._clock.timestamp())

    async def _known(self, handover: str) -> Handover:
        one = await self.table.get(handover)
        if one is None:
            raise Declined("没有这个交接。", "There is no such handover.", 404)
        return one

    async def refresh(self, stand_ins: StandIns) -> None:
        """Read into memory what the tables say."""
        async with self._reading:
            going = await self.table.going()
            stand_ins.owners = await self.table.stand_ins() if going else {}
            stand_ins.holders = {one.leaver: one.holder for one in going}
