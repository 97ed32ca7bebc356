"""Plans, rules and calendar of the coming days, played by the real assistant against the mock.

It jumps from one moment at which something is due to the next. Nothing goes to the real WeCom.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from bot.app import assistant
from bot.clock import ManualClock, moment
from bot.demo.stage import connect
from bot.mockwecom.server import MockServer
from bot.plans.planner import next_night
from bot.rehearse.stage import Company, Pair
from bot.settings import Store
from bot.simulate.company import mock_company
from bot.store.database import open_database, opened
from bot.store.plans.by_itself import next_at
from bot.store.plans.dry_run import DryTouches
from bot.store.plans.simulation import Message, SimulationTables, Unsent
from bot.store.plans.trial_copy import copy_database
from bot.store.sql import Database
from bot.touch.calendar import Calendar
from bot.touch.mass import SOON_S
from bot.touch.present import present

LOOK_AGAIN = timedelta(seconds=SOON_S)
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    start: datetime  # in the company's zone
    end: datetime
    profile: str
    calendar: Calendar
    sent: tuple[Message, ...]
    unsent: tuple[Unsent, ...]


async def simulate(
    company: Company, store: str, start: datetime, days: int, plans: Sequence[str] = ()
) -> Simulation:
    """
    Args:
        store: the URL of the workspace's database; it is copied.
        plans: of which it is told; all are played. Empty: all.

    Raises:
        BotError: something in the workspace cannot be used.
    """
    zone = ZoneInfo(company.settings.zone)
    end = start + timedelta(days=days)
    offset = start.astimezone(zone).utcoffset() or timedelta()
    with TemporaryDirectory(prefix="huashu-simulate-") as folder:
        copy = Path(folder) / "copy.db"
        await copy_database(store, copy)
        async with open_pair(copy, company, start) as pair:
            days_to_come = Days(pair, zone, offset.total_seconds())
            await days_to_come.play(end)
            tables = SimulationTables(opened())
            since = start.timestamp()
            return Simulation(
                start=start.astimezone(zone),
                end=end.astimezone(zone),
                profile=pair.bot.touching.rules.policy.profile.name,
                calendar=pair.bot.touching.plans.calendar,
                sent=tuple(await tables.sent(since, plans)),
                unsent=tuple(await tables.unsent(since, plans, offset.total_seconds())),
            )


@asynccontextmanager
async def open_pair(copy: Path, company: Company, start: datetime) -> AsyncIterator[Pair]:
    """Both programs up and joined, at `start`; nothing ticks by itself."""
    clock = ManualClock(start)
    async with open_database(f"sqlite://{copy}") as connection:
        corp = await mock_company(SimulationTables(Database(connection)), company, clock)
    async with MockServer(corp) as server:
        settings = replace(
            company.settings,
            wecom=replace(company.settings.wecom, api_base=server.url),
            store=Store(url=f"sqlite://{copy}"),
        )
        async with assistant(settings, clock=clock, ticks=False) as bot:
            await connect(corp, company.environ, bot.url)
            yield Pair(corp=corp, bot=bot, clock=clock)


class Days:
    """
    Args:
        zone: the company's.
        offset_s: of it from UTC.
    """

    def __init__(self, pair: Pair, zone: ZoneInfo, offset_s: float) -> None:
        self._pair, self._zone = pair, zone
        self._due = DryTouches(opened(), offset_s)
        self._tables = SimulationTables(opened())

    async def play(self, until: datetime) -> None:
        """Everything that comes before `until`."""
        pair, clock = self._pair, self._pair.clock
        await self._due.confirm(present(clock.now(), self._zone))
        await self._new_day()
        await pair.bot.touching.ahead.catch_up()
        night = next_night(clock.now(), self._zone)
        while True:
            touch = _moment(await self._due.next_at())
            poll = _moment(await self._tables.next_poll(SOON_S))
            own = _moment(await next_at(opened()))
            if own <= clock.now():  # WeCom is asked what became of those who may refuse
                own = clock.now() + LOOK_AGAIN
            moment = min(night, touch, poll, own)
            if moment >= until:
                break
            await pair.until(max(moment, clock.now()))
            if moment == night:
                await self._new_day()
                await pair.bot.sweep("plan")
                night = next_night(clock.now(), self._zone)
            elif moment == own:
                for sweep in ("handovers", "reminders"):
                    await pair.bot.sweep(sweep)
            elif moment == touch:
                await pair.bot.sweep("touches")
            else:
                await pair.bot.sweep("mass")
            await pair.settle()
        await pair.until(until)

    async def _new_day(self) -> None:
        """What customers have become since the day before."""
        for sweep in ("stages", "tags.segments"):
            await self._pair.bot.sweep(sweep)


def _moment(at: float | None) -> datetime:
    """The whole second: the bot looks once in each."""
    return NEVER if at is None else moment(ceil(at))
