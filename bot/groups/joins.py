"""Makes one event, not twenty, of those who join a group within a short while."""

from bot.clock import Clock
from bot.events import GroupJoined
from bot.groups.rules import GroupBook
from bot.inbox import EventSink
from bot.store.groups.news import GroupNews, Notice


class Joins:
    def __init__(self, news: GroupNews, inbox: EventSink, book: GroupBook, clock: Clock) -> None:
        self._news, self._inbox, self._book, self._clock = news, inbox, book, clock

    async def sweep(self) -> None:
        """File an event for those who joined together, once that while is over."""
        await self._news.gather(self._clock.timestamp() - self._book.rules.joins_within_s)
        for notice in await self._news.notices():
            if not notice.off:
                await self._inbox.put([self._event(notice)])
            await self._news.told(notice.id)

    def _event(self, notice: Notice) -> GroupJoined:
        return GroupJoined(
            id=f"joined:{notice.id}",
            at=self._clock.now(),
            conversation=f"group:{notice.chat_id}",
            chat_id=notice.chat_id,
            group=notice.name,
            kind=notice.kind,
            member=notice.owner,
            customers=tuple(customer for customer, _ in notice.people),
            names=tuple(name for _, name in notice.people),
            welcomed=self._book.rules.is_welcomed(notice.kind),
        )
