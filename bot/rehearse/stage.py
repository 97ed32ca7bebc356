"""One company on the mock WeCom server for all conversations, with its bot, on a manual clock."""

import asyncio
import tomllib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot import demo
from bot.app import Assistant, assistant
from bot.clock import ManualClock
from bot.demo.reasons import MESSAGES
from bot.demo.stage import connect, new_environ, staff
from bot.errors import BotError
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from bot.rehearse.library import Repertoire
from bot.settings import Settings, Store
from bot.store.models import EventState
from bot.store.sql import given
from bot.touch.rulebook import read_policy
from bot.touch.touch_policy import TouchPolicy
from bot.workspace.workspace import sample_workspace, stands_in

# Tables of bot.toml. The rehearsal has no store and no inbox: it is one process with a file.
WIRE = ("wecom", "app", "duty", "kf", "bot", "server", "store", "inbox")
PATIENCE_S = 60.0  # of real time
STRIDE_S = 0.5  # steps in which time passes while something waits
FINISHED = """
    SELECT seq, id, kind, conversation, body, decision, received_at, done_at FROM event
    WHERE conversation IN (SELECT value FROM json_each(?)) AND state = ? ORDER BY seq"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The mock company and its bot, on one clock."""

    corp: MockCorp
    bot: Assistant
    clock: ManualClock

    async def until(self, moment: datetime) -> None:
        """Let time pass: step by step while something waits for it, then in one leap."""
        await self.settle()
        while self.clock.now() < moment and self.bot.pending:
            left_s = (moment - self.clock.now()).total_seconds()
            await self.clock.advance(min(STRIDE_S, left_s))
            await self.settle()
        await self.clock.jump(moment)
        await self.settle()

    async def calm(self) -> None:
        """Let time pass until nothing waits, not even for its time; at most ten minutes."""
        end = self.clock.now() + timedelta(minutes=10)
        await self.settle()
        while self.bot.pending and self.clock.now() < end:
            await self.clock.advance(STRIDE_S)
            await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is going on, apart from what waits for the clock.

        Raises:
            BotError: it takes more than a minute of real time: a handler or the bot hangs.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.corp.settled()
                await self.bot.quiet()
        except TimeoutError:
            raise BotError(
                f"the bot is still busy after {PATIENCE_S:g} s: does a handler wait for something?"
            ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Pair):
    settings: Settings
    repertoire: Repertoire
    policy: TouchPolicy

    async def finished(self, conversations: Sequence[str]) -> list[dict[str, Any]]:
        """The finished events of these conversations, in order."""
        names = given(conversations)
        return await self.bot.journal.rows(FINISHED, names, EventState.DONE)

    async def messages(self, events: Sequence[str]) -> list[dict[str, Any]]:
        return await self.bot.journal.rows(MESSAGES, given(events))


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A workspace's own settings, connected to the mock."""

    settings: Settings
    environ: Mapping[str, str]  # the secrets, new for each rehearsal

    @classmethod
    def of(cls, root: Path) -> "Company":
        """For the workspace in `root`, or for the sample if there is none.

        Raises:
            ConfigError: the settings cannot be used.
        """
        if not stands_in(root):
            root = sample_workspace()
        environ = {**new_environ(), "HUASHU_API_BASE": "http://127.0.0.1", "HUASHU_PORT": "0"}
        wire = tomllib.loads(Path(demo.__file__).with_name("bot.toml").read_text("utf-8"))
        over = {name: wire.get(name, {}) for name in WIRE}
        settings = Settings.load(root, environ, over=over)
        return cls(settings=replace(settings, archive=None), environ=environ)  # it is real


@asynccontextmanager
async def open_stage(
    folder: Path, company: Company, repertoire: Repertoire, start: datetime
) -> AsyncIterator[Stage]:
    """Start both programs at `start` and connect them. The database is in `folder`."""
    clock = ManualClock(start)
    corp = MockCorp(clock=clock)
    staff(corp, company.environ)
    async with MockServer(corp) as server:
        settings = replace(
            company.settings,
            wecom=replace(company.settings.wecom, api_base=server.url),
            store=Store(url=f"sqlite://{folder / 'rehearsal.db'}"),
        )
        async with assistant(
            settings, clock=clock, library=repertoire.library, ticks=False
        ) as bot:
            await connect(corp, company.environ, bot.url)
            yield Stage(
                corp=corp, bot=bot, clock=clock, settings=settings, repertoire=repertoire,
                policy=read_policy(settings.root, company.environ, ZoneInfo(settings.zone)),
            )  # fmt: skip
