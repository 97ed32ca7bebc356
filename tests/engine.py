"""The engine between inbox and outbox, on a real database, for tests in flow/."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from typing import Any

from bot.app import background
from bot.clock import Clock, ManualClock
from bot.context import SPOKEN
from bot.customers.customers import Customers
from bot.desk import Desk
from bot.dispatcher import Dispatcher
from bot.editions import Editions
from bot.events import Channel, CustomerAdded, Event, MessageReceived, ServiceNotified
from bot.inbox import TableInbox
from bot.joined.ground import open_desk, open_editions
from bot.outbox import Message
from bot.routing import Middleware, Router, Routes
from bot.sending.gathering import open_gathering
from bot.sending.sender import ROOM, Sender
from bot.sessions import Sessions
from bot.settings import Settings
from bot.store.database import open_database
from bot.store.journal import Journal
from bot.store.scripts.learned import Lessons
from bot.store.scripts.pictures import Pictures
from bot.store.scripts.versions import Approved
from bot.touch.policy import Via
from bot.workspace.application import load_application
from tests.databases import store_url

ROOT = Path(__file__).parent.parent
SECRETS = {
    "APP_SECRET": "app-secret",
    "APP_TOKEN": "apptoken",
    "BOT_TOKEN": "bottoken",
    "AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "BOT_SECRET": "bot-secret",
    "ARCHIVE_SECRET": "archive-secret",
    "SIGNALS_SECRET": "0123456789abcdef0123456789abcdef",
}
TRIED = os.environ.get("TRIED_STORE", "")
STORE = "" if TRIED else '[store]\nurl = "sqlite://test.db"'  # for a command: that of an engine
CONFIG = """
{top}
[company]
name = "有间好物"
[members]
liming = "小李"
[server]
port = 0
[wecom]
corp_id = "wwdemo0000000001"
api_base = "{api}"
[app]
agent_id = 1000002
secret = "env:APP_SECRET"
[app.callback]
token = "env:APP_TOKEN"
aes_key = "env:AES_KEY"
[duty]
members = ["wangfang"]
[kf]
{kf}
[fragments]
kf = {quiet_s}
{more}
"""


def lay_secrets(root: Path) -> None:
    """Write the secrets into the file where commands look for them."""
    environ = {**SECRETS, "STORE_URL": store_url(root, kind=TRIED)} if TRIED else SECRETS
    values = "".join(f"{name}={value}\n" for name, value in environ.items())
    (root / ".env").write_text(values, "utf-8")


def configured(root: Path, *names: str) -> None:
    """Lay out these files of config/ as they ship."""
    (root / "config").mkdir(exist_ok=True)
    for name in names:
        copyfile(ROOT / "config" / name, root / "config" / name)


def workspace(
    root: Path,
    *,
    api: str = "http://127.0.0.1:9",
    quiet_s: float = 0.0,
    top: str = "",
    kf: str = "",
    more: str = "",
    store: str = TRIED,
) -> Settings:
    """A workspace in `root` with the checkout's own handlers and scripts.

    Args:
        store: one of tests.databases.BOTH; "" is the default of the settings.
    """
    (root / "config").mkdir(exist_ok=True)
    for name in ("handlers", "scripts_library"):
        if not (root / name).exists():
            (root / name).symlink_to(ROOT / name)
    environ = SECRETS
    if store:
        more += '\n[store]\nurl = "env:STORE_URL"\n'
        environ = {**SECRETS, "STORE_URL": store_url(root, kind=store)}
    text = CONFIG.format(api=api, quiet_s=quiet_s, top=top, kf=kf, more=more)
    (root / "config/bot.toml").write_text(text, "utf-8")
    return Settings.load(root, environ)


Behave = Callable[[Message], Awaitable[None]]
_OWN_SCRIPTS: list[Editions] = []


async def own_scripts() -> Editions:
    """The checkout's own scripts, read and indexed at first use."""
    if not _OWN_SCRIPTS:
        library = ROOT / "scripts_library"
        own = Editions(
            library, Approved(nothing), Lessons(nothing), Pictures(nothing), required=SPOKEN
        )
        await own.open()
        _OWN_SCRIPTS.append(own)
    return _OWN_SCRIPTS[0]


class WithoutScripts:
    """Stands for a database that holds no scripts."""

    async def rows(self, text: str, *values: Any) -> list[dict[str, Any]]:
        return []


nothing = WithoutScripts()


@dataclass(slots=True)
class Engine:
    journal: Journal
    inbox: TableInbox
    editions: Editions
    sessions: Sessions
    customers: Customers
    sender: Sender
    dispatcher: Dispatcher
    desk: Desk
    clock: Clock
    sent: list[Message] = field(default_factory=list)
    pulled: list[ServiceNotified] = field(default_factory=list)

    async def put(self, *events: Event) -> list[bool]:
        return await self.inbox.put(events)

    async def rows(self, query: str) -> list[dict[str, Any]]:
        return await self.journal.rows(query)

    async def until(self, happened: Callable[[], Awaitable[bool]]) -> None:
        """Wait for something in which the database's thread takes part."""
        async with asyncio.timeout(60):
            while not await happened():
                await asyncio.sleep(0.002)  # noqa: TID251 the database works in real time

    async def settled(self, events: int) -> None:
        """Wait until so many events are done and everything that is due is sent."""

        async def happened() -> bool:
            await self.journal.drain()
            done = await self.rows("SELECT count(*) AS n FROM event WHERE state = 1")
            due = await self.rows(
                "SELECT count(*) AS n FROM message WHERE state IN (0, 1) "
                f"AND due_at <= {self.clock.timestamp()}"
            )
            return bool(done[0]["n"] >= events and due[0]["n"] == 0)

        await self.until(happened)


@asynccontextmanager
async def engine(
    root: Path,
    *,
    routers: Sequence[Router] | None = None,
    behave: Mapping[Via, Behave] | None = None,
    middlewares: Sequence[Middleware] = (),
    clock: Clock | None = None,
    settings: Settings | None = None,
    store: str = TRIED or "sqlite",
    room: int = ROOM,
) -> AsyncIterator[Engine]:
    """Everything between the callback and WeComClient; what would be sent is in `sent`.

    Args:
        store: one of tests.databases.BOTH.
        behave: for each way, what happens instead of a plain success.
        room: the sender's.
    """
    settings = settings or workspace(root)
    clock = clock or ManualClock()
    if routers is None:
        routers = load_application(settings.root, settings.routers).routers
    async with open_database(store_url(root, kind=store)) as connection:
        journal = Journal(connection)
        inbox = TableInbox(journal, clock)
        sessions, customers = Sessions(journal), Customers(journal, clock)
        editions = open_editions(settings, journal, await own_scripts())
        await editions.open()
        parts: Engine

        async def deliver(message: Message) -> None:
            if behave and message.via in behave:
                await behave[message.via](message)
            parts.sent.append(message)

        def pull(event: ServiceNotified) -> None:
            parts.pulled.append(event)

        desk = open_desk(settings, {}, editions)
        sender = Sender(
            journal=journal,
            inbox=inbox,
            sessions=sessions,
            clock=clock,
            limits=settings.platform,
            ways=dict.fromkeys(Via, deliver),
            gathering=open_gathering(clock, customers, desk),
            room=room,
        )
        dispatcher = Dispatcher(
            inbox=inbox,
            journal=journal,
            desk=desk,
            routes=Routes(routers),
            middlewares=middlewares,
            sessions=sessions,
            customers=customers,
            clock=clock,
            send=sender.feed,
            pull=pull,
        )
        parts = Engine(
            journal, inbox, editions, sessions, customers, sender, dispatcher, desk, clock
        )
        await sender.begin()
        async with background(journal.run, dispatcher.run, sender.run):
            yield parts
            await journal.drain()


def asked(
    number: int | str,
    text: str,
    clock: Clock,
    *,
    customer: str = "wm1",
    channel: Channel = Channel.KF,
    age_s: float = 0.0,
    **more: Any,
) -> MessageReceived:
    """A message of a customer to the kf account wk1, or of a member to the bot or the app."""
    return MessageReceived(
        id=f"{channel}:{number}",
        at=clock.now() - timedelta(seconds=age_s),
        conversation=f"{channel}:wk1:{customer}",
        channel=channel,
        account="wk1",
        sender=customer,
        text=text,
        **more,
    )


def added(number: int, clock: Clock, *, code: str = "CODE", age_s: float = 0.0) -> CustomerAdded:
    return CustomerAdded(
        id=f"event:{number}",
        at=clock.now() - timedelta(seconds=age_s),
        conversation=f"contact:liming:wm{number}",
        member="liming",
        customer=f"wm{number}",
        welcome_code=code,
    )


async def decision(parts: Engine, event_id: str) -> str:
    """The stored decision about it."""
    rows = await parts.rows(f"SELECT decision FROM event WHERE id = '{event_id}'")
    return str(rows[0]["decision"])


async def say(parts: Engine, *texts: str, **more: Any) -> list[str]:
    """The scripts that each of these makes the bot say, joined; without notices."""
    scripts = []
    for text in texts:
        before = len(parts.sent)
        number = len(await parts.rows("SELECT id FROM event"))
        await parts.put(asked(number, text, parts.clock, **more))
        await parts.settled(number + 1)
        said = [m.script for m in parts.sent[before:] if m.via is not Via.STAFF_NOTICE]
        scripts.append("+".join(said))
    return scripts
