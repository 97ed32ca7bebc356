"""Gives tags by rules: at once to those who got an answer, by and by to those in a segment."""

from collections.abc import Callable, Collection
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.plans.condition import Today
from bot.store.channels.taggings import Taggings, Why, given_by
from bot.store.customers.contacts import together
from bot.store.journal import Write, Writes
from bot.store.touch.statements import TouchRows, merge
from bot.tagging.book import TagBook, TagRule
from bot.touch.calendar import Calendar

AT_ONCE = 500


def asked_tags(
    rules: Collection[TagRule], customer: str, scripts: Collection[str], at: float
) -> TouchRows | None:
    """Tags for a customer who was just answered by these scripts; `at` in Unix seconds."""
    more: TouchRows | None = None
    for rule in rules:
        if script := rule.answers(scripts):
            why = Why(
                rule=f"rule:{rule.id}", zh=rule.title or f"问过「{script}」",
                en=rule.title or f"asked about {script}",
            )  # fmt: skip
            more = merge(more, given_by(customer, rule.tag, why, at))
    return more


class SegmentTags:
    """
    Args:
        heed: is told what is being written about customers.
        calendar: the company's, of now.
    """

    def __init__(
        self, book: TagBook, store: Taggings, journal: Writes, heed: Callable[[TouchRows], object],
        clock: Clock, zone: ZoneInfo, calendar: Callable[[], Calendar],
    ) -> None:  # fmt: skip
        self._book, self._store, self._journal = book, store, journal
        self._heed, self._clock = heed, clock
        self._zone, self._calendar = zone, calendar
        self._swept = book.tagging  # by these last

    async def look(self) -> None:
        """Take up what has changed in the file; a page may have looked at it first."""
        self._book.look()
        if self._book.tagging is not self._swept:
            await self.sweep()

    async def sweep(self) -> None:
        """Whoever is in a segment by now gets its tags. A tag is never taken back by itself."""
        day = self._clock.now().astimezone(self._zone).date()
        today, tagging = Today(day, self._zone, self._calendar()), self._book.tagging
        for rule in tagging.rules:
            if not rule.whom:
                continue
            why = Why(
                rule=f"rule:{rule.id}", zh=rule.title or f"属于人群「{rule.whom}」",
                en=rule.title or f"in the segment {rule.whom}",
            )  # fmt: skip
            condition = tagging.segments[rule.whom].sql(today)
            for tag in rule.tag:
                while ids := await self._store.lacking(tag, condition, AT_ONCE):
                    at = self._clock.timestamp()
                    more = together([given_by(one, [tag], why, at) for one in ids])
                    await self._journal.write(Write(more=more))
                    self._heed(more)
        self._swept = tagging
