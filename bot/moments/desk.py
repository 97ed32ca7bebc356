"""Moments as people plan, approve and withdraw them."""

from collections.abc import Collection
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.errors import Declined
from bot.moments.judging import Held, Judge
from bot.moments.rules import Draft, MomentRules, wrong
from bot.moments.slots import best_hour, due_at
from bot.store.moments.moments import MomentTable, Post
from bot.store.states import PostState

FROM_FILE = "file:"


class MomentDesk:
    """
    Args:
        zone: the company's time zone.
    """

    def __init__(self, table: MomentTable, judge: Judge, clock: Clock, zone: ZoneInfo) -> None:
        self.table, self.judge, self._clock, self._zone = table, judge, clock, zone
        self._adopted = MomentRules()  # the rules whose posts we have

    @property
    def rules(self) -> MomentRules:
        return self.judge.book.rules

    @property
    def segments(self) -> Collection[str]:
        """The segments by which WeCom can choose who sees a moment."""
        return self.judge.book.segments()

    async def adopt(self) -> None:
        """If the file has changed, take in its posts as drafts; approved posts stay."""
        rules, now = self.rules, self._clock.timestamp()
        if rules is not self._adopted:
            for name, draft in rules.posts.items():
                await self.table.put(f"{FROM_FILE}{name}", draft, "config/moments.toml", now)
            self._adopted = rules

    async def write(self, post: str, draft: Draft, who: str) -> None:
        """Write a draft, or change it.

        Raises:
            Declined: WeCom would refuse it; says all that is wrong. Or it is a draft no more.
        """
        problems = wrong(draft, self.segments)
        if problems:
            zh = " ".join(one[1] for one in problems)
            raise Declined(zh, "; ".join(f"{one[0]} {one[2]}" for one in problems))
        if not await self.table.put(post, draft, who, self._clock.timestamp()):
            raise Declined(
                "没有改动：这条已经批准，或撤回了。",
                "Nothing was changed: it is approved by now, or withdrawn.",
            )

    async def approve(self, post: str, who: str) -> datetime:
        """Approve a draft; returns when members will be asked to post it.

        Raises:
            BotError: there is no such post.
            Declined: it is not a draft, or its day is over.
        """
        found = await self.known(post)
        when = await self.slot(found)
        if when.date() < self._clock.now().astimezone(self._zone).date():
            raise Declined(
                f"{when.month}月{when.day}日已经过了，请换一天。",
                f"{when:%Y-%m-%d} is over: choose another day.",
            )
        if not await self.table.approve(post, who, when.timestamp()):
            raise Declined("这条已经审批过，或者撤回了。", "It was approved before, or withdrawn.")
        return when

    async def withdraw(self, post: str) -> None:
        """Withdraw a post: what members have not posted yet does not go out. Where they were
        asked already, WeCom is told within a minute or two.

        Raises:
            BotError: there is no such post.
            Declined: it has ended.
        """
        await self.known(post)
        if not await self.table.withdraw(post):
            raise Declined("这条已经结束了。", "It has ended.")

    async def known(self, post: str) -> Post:
        """
        Raises:
            BotError: there is no such post.
        """
        found = await self.table.get(post)
        if found is None:
            raise Declined(f"没有这条朋友圈：{post!r}", f"there is no moment {post!r}")
        return found

    async def slot(self, post: Post) -> datetime:
        """When it is due: at the time it names, or when most of the audience is online."""
        day = datetime.fromisoformat(post.day).date()
        if post.due_at is not None:
            return datetime.fromtimestamp(post.due_at, self._zone)
        rules = self.rules
        audience = await self.table.audience(one.member for one in post.parts)
        hour = best_hour(audience, rules.opens, rules.shuts, rules.usual_hour)
        return due_at(day, post.slot, hour, self._zone)

    async def foretold(self, post: Post) -> dict[str, Held | None]:
        """For each account still waiting: why it would not go out if it were due now."""
        if post.state not in (PostState.DRAFT, PostState.APPROVED):
            return {}
        now = self._clock.now()
        return {
            one.member: await self.judge.may_go(one.member, post.kind, now, post.id)
            for one in post.parts
            if one.state < 2
        }
