"""Keeps the stage of each customer in line with the rules; a stage that people set stays."""

from collections.abc import Collection, Iterable
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.profile.rules import CustomerBook
from bot.profile.stage import Bounds, Judged, Signs, judge
from bot.store.customers.stages import Change, Held, Stages, by_rules

AT_ONCE = 2_000  # customers looked at in one statement: nobody waits long for the connection


class Staging:
    """
    Args:
        moved: customers with news; emptied here.
        zone: the company's.
    """

    def __init__(
        self, book: CustomerBook, stages: Stages, moved: set[str], clock: Clock, zone: ZoneInfo
    ) -> None:
        self._book, self._stages, self._moved = book, stages, moved
        self._clock, self._zone = clock, zone
        self._again: frozenset[str] = frozenset()
        self._begun = False

    async def look(self) -> None:
        """Take up what has changed in config/customers.toml."""
        if self._book.look():
            await self.sweep()

    async def sweep(self) -> None:
        """Judge all customers."""
        after = ""
        while upto := await self._stages.next(after, AT_ONCE):
            rules, bounds = self._book.rules.stages, self._bounds()
            await self._judge(
                await self._stages.stray(bounds, rules.loyal_purchases, after, upto), bounds
            )
            after = upto

    async def follow(self) -> None:
        """Judge those with news; at first everybody.

        Each is judged twice, since a message is written to the table a moment later.
        """
        if not self._begun:
            self._begun = True
            await self.sweep()
        ids, self._again = self._again | self._moved, frozenset(self._moved)
        self._moved.clear()
        await self.judge(ids)

    async def judge(self, ids: Collection[str]) -> None:
        if ids:
            rules, bounds = self._book.rules.stages, self._bounds()
            stray = await self._stages.stray_among(bounds, rules.loyal_purchases, ids)
            await self._judge(stray, bounds)

    async def hold(self, customer: str, stage: str, who: str) -> None:
        """A person sets the stage; it holds until a person changes it."""
        change = Change(
            customer=customer, stage=stage, held=Held.PERSON, over=Held.PERSON, who=who,
            zh="同事定的", en="set by a colleague", at=self._clock.timestamp(),
        )  # fmt: skip
        await self._stages.change([change])

    async def release(self, customer: str, who: str) -> None:
        """From now on the rules decide again."""
        judged = await self.judged(customer)
        back = Change(
            customer=customer, stage=judged.stage, held=Held.RULES, over=Held.PERSON, who=who,
            zh=judged.zh, en=judged.en, at=self._clock.timestamp(),
        )  # fmt: skip
        await self._stages.change([back])

    async def judged(self, customer: str) -> Judged:
        """What the rules say, whatever people have set."""
        rules, bounds = self._book.rules.stages, self._bounds()
        return judge(await self._stages.signs(customer, bounds), rules, bounds, self._zone)

    def _bounds(self) -> Bounds:
        today = self._clock.now().astimezone(self._zone).date()
        return Bounds.on(today, self._zone, self._book.rules.stages)

    async def _judge(self, stray: Iterable[tuple[str, Signs]], bounds: Bounds) -> None:
        rules, at = self._book.rules.stages, self._clock.timestamp()
        await self._stages.change([
            by_rules(customer, judge(signs, rules, bounds, self._zone), at)
            for customer, signs in stray
        ])  # fmt: skip
