"""The whole assistant against the mock WeCom server, over real HTTP, for tests in scenario/."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bot.app import Assistant, assistant
from bot.clock import Clock, ManualClock, SystemClock
from bot.mockwecom.bot_callbacks import BotCallback
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.record import Delivery
from bot.mockwecom.server import MockServer
from tests.engine import SECRETS, own_scripts, workspace

SHOP = "wkShop"
BOT = "aibShop"
LONG_CONNECTION = """
[bot]
id = "aibShop"
secret = "env:BOT_SECRET"
ws_url = "{ws}"
"""
ARCHIVE = """
[archive]
secret = "env:ARCHIVE_SECRET"
source = "http"
url = "{url}/_mock/archive"
limit = 5
"""
BOT_CALLBACK = """
[bot]
id = "aibShop"
mode = "callback"
[bot.callback]
token = "env:BOT_TOKEN"
aes_key = "env:AES_KEY"
"""


def company(clock: Clock) -> MockCorp:
    corp = MockCorp(clock=clock)
    for userid, name in (("liming", "李明"), ("wangfang", "王芳")):
        corp.add_member(userid, name)
    for number in range(1, 6):
        corp.add_customer(f"wm{number}", f"客户{number}")
    corp.add_app(1000002, SECRETS["APP_SECRET"], "话术")
    corp.add_kf_account(SHOP, "有间好物", ["liming", "wangfang"])
    return corp


@dataclass(slots=True)
class Stage:
    corp: MockCorp
    bot: Assistant
    clock: Clock

    async def until(self, happened: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(60):
            while not await happened():
                await asyncio.sleep(0.005)  # noqa: TID251 two programs talk in real time

    async def quiet(self) -> None:
        """Wait until every callback has arrived and the bot has nothing left to do now."""
        await self.corp.settled()

        async def idle() -> bool:
            await self.bot.journal.drain()
            rows = await self.rows(
                "SELECT (SELECT count(*) FROM event WHERE state = 0) + (SELECT count(*) "
                f"FROM message WHERE state < 2 AND due_at <= {self.clock.timestamp()}) AS n"
            )
            return bool(rows[0]["n"] == 0)

        await self.until(idle)
        await self.corp.settled()

    async def look(self, sweep: str, after_s: float = 0) -> None:
        """Let time pass, and let the bot look at what is due.

        Args:
            sweep: its name.
        """
        if after_s:
            assert isinstance(self.clock, ManualClock)
            await self.clock.advance(after_s)
        await self.bot.sweep(sweep)
        await self.bot.sweep("send")
        await self.quiet()

    async def rows(self, query: str) -> list[dict[str, Any]]:
        return await self.bot.journal.rows(query)

    def got(self, to: str, channel: str = "kf") -> list[Delivery]:
        """What `to` received from the bot."""
        return [
            delivery
            for delivery in self.corp.deliveries
            if delivery.to == to and delivery.channel == channel and delivery.api != "servicer"
        ]

    def texts(self, to: str, channel: str = "kf") -> list[str]:
        return [delivery.text for delivery in self.got(to, channel)]


def keep_archive(corp: MockCorp, root: Path) -> None:
    """The company turns its message archive on."""
    folder = root / "archive_keys"
    folder.mkdir()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "1.pem").write_bytes(own)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    corp.add_app(2000004, SECRETS["ARCHIVE_SECRET"], "会话内容存档")
    corp.open_archive(SECRETS["ARCHIVE_SECRET"], public.decode())


@asynccontextmanager
async def stage(
    root: Path,
    *,
    corp: MockCorp | None = None,
    clock: Clock | None = None,
    smart_bot: str = "",
    ticks: bool = True,
    archive: bool = False,
    **settings: Any,
) -> AsyncIterator[Stage]:
    """Both programs, joined by their callbacks. Opening it again in `root` is a restart.

    Args:
        corp: lives on while the bot restarts.
        ticks: False: sweeps run only when the test tells them to.
        smart_bot: "callback" or "long_connection".
        archive: True: there is a message archive; its key lies in `root`.
        settings: see tests.engine.workspace.
    """
    clock = clock or SystemClock()
    corp = corp or company(clock)
    corp.rules.wait(60)
    async with MockServer(corp) as server:
        more = {"": "", "callback": BOT_CALLBACK}.get(smart_bot, LONG_CONNECTION)
        ws = server.url.replace("http", "ws") + "/aibot/ws"
        if archive:
            more += ARCHIVE
            keep_archive(corp, root)
        more = more.format(ws=ws, url=server.url)
        loaded = workspace(root, api=server.url, more=more, **settings)
        if smart_bot == "long_connection":
            corp.add_bot(BOT, SECRETS["BOT_SECRET"], "小物")
        before = await own_scripts()
        async with assistant(loaded, clock=clock, before=before, ticks=ticks) as bot:
            keys = (SECRETS["APP_TOKEN"], SECRETS["AES_KEY"])
            await corp.set_callback("app", f"{bot.url}/callback/app", *keys, verify=True)
            if smart_bot == "callback":
                url = f"{bot.url}/callback/bot"
                callback = BotCallback(
                    url=url, token=SECRETS["BOT_TOKEN"], aes_key=SECRETS["AES_KEY"]
                )
                corp.add_bot(BOT, SECRETS["BOT_SECRET"], "小物", callback)
                await corp.bots.verify_callback(BOT)
            yield Stage(corp, bot, clock)
