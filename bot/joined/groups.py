"""Joins what belongs to customer groups: their state, figures, joins and welcome material."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.editions import LOOK_S
from bot.groups.asked import Asked
from bot.groups.figures import FigureBook
from bot.groups.joins import Joins
from bot.groups.rules import GroupBook, GroupRules
from bot.groups.sync import GroupSync
from bot.groups.welcome import WelcomeMaterial
from bot.joined.ground import Ground
from bot.scheduler import CLEANS_S, Sweep, every, nightly
from bot.store.groups.answers import GroupAnswers
from bot.store.groups.figures import GroupFigures
from bot.store.groups.groups import Groups
from bot.store.groups.news import GroupNews
from bot.store.groups.questions import GroupQuestions
from bot.wecom.group_chats import GroupChats
from bot.wecom.media import Media

BACK_DAYS = 31  # how far pages look back at who wrote how much; nobody waits longer for an answer


@dataclass(slots=True, kw_only=True)
class Community:
    book: GroupBook
    sync: GroupSync
    figures: FigureBook
    joins: Joins
    asked: Asked
    follow: Callable[[GroupRules], None]
    welcome: WelcomeMaterial
    zone: ZoneInfo
    forget: Callable[[], Awaitable[None]]

    async def begin(self) -> None:
        """At the start, fetch what we never asked for, and take up changes of the files."""
        await self.sync.begin()
        await self.figures.fetch()
        await self.figures.judge()
        await self.welcome.sweep()

    async def daily(self) -> None:
        """Fetch yesterday's figures, and derive each group's stage from them."""
        await self.figures.fetch()
        await self.figures.judge()

    def look_aside(self) -> bool:
        """Read config/groups.toml; returns whether its rules are new."""
        if news := self.book.look():
            self.follow(self.book.rules)
        return news

    async def look(self) -> None:
        """Take up changes of config/groups.toml."""
        if self.look_aside():
            await self.figures.judge()
            await self.welcome.sweep()

    def sweeps(self) -> list[Sweep]:
        return [
            every(5, "groups.refresh", self.sync.refresh),
            every(5, "groups.joins", self.joins.sweep),
            every(10, "groups.asked", self.asked.sweep),
            every(LOOK_S, "groups.rules", self.look, aside=self.look_aside),
            every(3600, "groups.judge", self.figures.judge),
            every(3600, "groups.welcome", self.welcome.sweep),
            nightly(1, 51, self.zone, "forget.groups", self.forget, after_start_s=CLEANS_S),
            nightly(1, 53, self.zone, "groups", self.sync.reconcile),
            nightly(7, 17, self.zone, "groups.figures", self.daily),
            nightly(10, 17, self.zone, "groups.figures.again", self.daily),
        ]


def open_groups(ground: Ground, media: Media, sync: GroupSync) -> Community:
    """
    Raises:
        ConfigError: config/groups.toml cannot be used.
    """
    settings, desk, clock, zone = ground.settings, ground.desk, ground.clock, ground.zone
    client, database, inbox = ground.client, ground.database, ground.inbox
    groups = Groups(database)
    questions, answers = GroupQuestions(database), GroupAnswers(database)
    figures = GroupFigures(database)

    async def forget() -> None:
        now, keep_days = clock.now(), settings.inbox.keep_days
        before, long_before = (
            now - timedelta(days=days) for days in (keep_days, max(keep_days, BACK_DAYS))
        )
        await groups.forget(before.timestamp())
        await questions.forget(before.timestamp(), long_before.timestamp())
        await answers.forget(before.timestamp())
        await figures.forget_talk(f"{long_before.astimezone(zone):%Y-%m-%d}")

    def follow(rules: GroupRules) -> None:
        desk.group_rules = rules

    chats, news = GroupChats(client), GroupNews(database)
    book = GroupBook(settings.root)
    book.open()
    follow(book.rules)
    return Community(
        book=book,
        sync=sync,
        figures=FigureBook(chats, figures, book, clock, zone),
        joins=Joins(news, inbox, book, clock),
        asked=Asked(questions, answers, inbox, book, clock, zone),
        follow=follow,
        welcome=WelcomeMaterial(
            chats, news, book, media, clock,
            library=lambda: desk.edition.library, renderer=desk.renderer,
            folder=settings.root / settings.library,
        ),
        zone=zone,
        forget=forget,
    )  # fmt: skip
