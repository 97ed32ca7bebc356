"""The stage: a small company on the mock WeCom server, and the bot that serves it."""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from shutil import copyfile
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from bot.app import Assistant, assistant
from bot.clock import MovableClock
from bot.demo.groups import gather
from bot.mockwecom.bot_callbacks import BotCallback
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from bot.settings import Settings
from bot.store.desk.staff import Role, Staff, put
from bot.store.models import EventState, MessageState
from bot.workspace.workspace import lay_out

AGENT_ID, ARCHIVE_APP = 1000002, 2000004
ACCOUNT = "wkDemoShop"  # in 微信客服
BOT = "aibDemoXiaoHua"
GROUP = "wrDemoShopStaff"  # where members call the bot with @
FANS = "wrDemoShopFans"  # of members and customers
LIMING, WANGFANG = "liming", "wangfang"
XIAOMAN, LAOZHANG, ACHEN = "wmDemoXiaoMan", "wmDemoLaoZhang", "wmDemoAChen"
MEMBERS = {LIMING: "李明", WANGFANG: "王芳"}
CUSTOMERS = {
    XIAOMAN: "林小满🌸",
    LAOZHANG: "{{7*7}} $HOME <b>老张</b>😀",  # a nickname may be anything
    ACHEN: "阿陈（杭州）",
}
NAMES = {
    **MEMBERS,
    **CUSTOMERS,
    GROUP: "门店同事群",
    FANS: "好物福利群",
    ACCOUNT: "有间好物",
    BOT: "小话",
}

ZONE, OPENS, CLOSES = ZoneInfo("Asia/Shanghai"), 9, 20  # hours; it closes at nine
QUICK_QUIET_S = 0.2  # at full speed all pieces of a question come at once
PATIENCE_S = 60.0
ANSWER_S = 60
LOOK_S = 0.02
UNSETTLED = """
    SELECT (SELECT count(*) FROM event WHERE state = ?)
         + (SELECT count(*) FROM message WHERE state IN (?, ?)) AS number"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    corp: MockCorp
    assistant: Assistant
    clock: MovableClock
    mock_url: str
    environ: Mapping[str, str]  # the content of .env

    async def settle(self) -> None:
        """Wait until the bot has dealt with all that happened, and WeCom has all that it said.

        Raises:
            TimeoutError: it takes longer than a minute.
        """
        await self.corp.settled()
        values = [EventState.WAITING, MessageState.WAITING, MessageState.CLAIMED]
        try:
            async with asyncio.timeout(PATIENCE_S):  # our clock may be put forward meanwhile
                while (await self.assistant.journal.rows(UNSETTLED, *values))[0]["number"]:
                    await self.clock.sleep(LOOK_S)
        except TimeoutError:
            raise TimeoutError(f"the bot is still busy after {PATIENCE_S:g} s") from None


@asynccontextmanager
async def open_stage(
    root: Path,
    *,
    port: int,
    mock_port: int,
    quick: bool,
    clock: MovableClock,
    frame_port: int = 0,
    routes: Sequence[web.RouteDef] = (),
    extras: Mapping[str, str] | None = None,
    ticks: bool = True,
) -> AsyncIterator[Stage]:
    """Start both programs and connect them.

    Args:
        root: an empty folder; it becomes the bot's workspace.
        quick: people do not type at reading speed.
        frame_port: where WeCom's client shows our pages, which is the bot's public address.
        routes: what the mock's port serves besides WeCom's paths.
        extras: which of these the client's page asks, and for what.
        ticks: as for `assistant`.

    Raises:
        OSError: a port is in use.
    """
    await by_day(clock)
    corp, environ = MockCorp(clock=clock), new_environ()
    corp.rules.wait(ANSWER_S)
    staff(corp, environ)
    async with MockServer(
        corp, port=mock_port, routes=routes, frame_port=frame_port, extras=extras
    ) as server:
        assert server.frame is not None  # it has a port
        pages = server.frame.url
        corp.set_trusted_domain(AGENT_ID, urlsplit(pages).netloc)
        environ |= {
            "HUASHU_API_BASE": server.url,
            "HUASHU_PORT": str(port),
            "HUASHU_PUBLIC_URL": pages,
            "HUASHU_ARCHIVE_URL": f"{server.url}/_mock/archive",
        }
        lay_out_company(root, environ)
        keep_archive(corp, root / "archive_keys", environ["HUASHU_ARCHIVE_SECRET"])
        # Without the visitor's own HUASHU_… variables, which belong to another company.
        settings = Settings.load(root, {})
        if quick:
            settings = replace(
                settings,
                fragments={**settings.fragments, "kf": QUICK_QUIET_S},
                fragments_open_s=QUICK_QUIET_S,
            )
        async with assistant(settings, clock=clock, ticks=ticks) as running:
            server.frame.target = running.url
            await appoint(running)
            await connect(corp, environ, running.url)
            corp.add_toolbar(AGENT_ID, "话术助手", f"{pages}/sidebar")
            yield Stage(
                corp=corp, assistant=running, clock=clock, mock_url=server.url, environ=environ
            )  # fmt: skip


async def by_day(clock: MovableClock) -> None:
    """Put the clock into the shop's hours, whenever somebody watches."""
    local = clock.now().astimezone(ZONE)
    if not OPENS <= local.hour < CLOSES:
        day = local.date() + timedelta(days=local.hour >= CLOSES)
        await clock.advance((datetime.combine(day, time(10), ZONE) - local).total_seconds())


async def appoint(running: Assistant) -> None:
    """王芳 runs the shop and 李明 works for her, so that both may see the console."""
    database, now = running.office.database, running.office.clock.timestamp()
    for userid, role, leader in ((WANGFANG, Role.ADMIN, ""), (LIMING, Role.MEMBER, WANGFANG)):
        person = Staff(
            id=userid, name=MEMBERS[userid], role=role, leader=leader, active=True, sight=()
        )
        await put(database, person, now)


def new_environ() -> dict[str, str]:
    """The content of .env, with fresh secrets."""
    return {
        "HUASHU_CORP_ID": "wwdemo0000000001",
        "HUASHU_AGENT_ID": str(AGENT_ID),
        "HUASHU_APP_SECRET": secrets.token_urlsafe(32),
        "HUASHU_CALLBACK_TOKEN": secrets.token_hex(16),
        "HUASHU_CALLBACK_AES_KEY": new_aes_key(),
        "HUASHU_BOT_ID": BOT,
        "HUASHU_BOT_TOKEN": secrets.token_hex(16),
        "HUASHU_BOT_AES_KEY": new_aes_key(),
        "HUASHU_DUTY": WANGFANG,
        "HUASHU_ARCHIVE_SECRET": secrets.token_urlsafe(32),
        "HUASHU_SIGNALS_SECRET": secrets.token_hex(32),
        "HUASHU_PUBLIC_URL": "http://127.0.0.1",  # until a client shows pages
    }


def new_aes_key() -> str:
    """An EncodingAESKey: 43 characters, the base64 of 32 bytes without its padding."""
    return b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def staff(corp: MockCorp, environ: Mapping[str, str]) -> None:
    for userid, name in MEMBERS.items():
        corp.add_member(userid, name)
    for external_userid, name in CUSTOMERS.items():
        corp.add_customer(external_userid, name)
    gather(corp, busy=LIMING, quiet=WANGFANG)
    corp.add_app(AGENT_ID, environ["HUASHU_APP_SECRET"], "话术助手")
    corp.add_kf_account(ACCOUNT, NAMES[ACCOUNT], list(MEMBERS))
    corp.chats.add_room(GROUP, NAMES[GROUP], list(MEMBERS))


def keep_archive(corp: MockCorp, folder: Path, secret: str) -> None:
    """The company archives what people write in chats and groups (会话内容存档)."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    folder.mkdir()
    (folder / "1.pem").write_bytes(own)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    corp.add_app(ARCHIVE_APP, secret, "会话内容存档")
    corp.open_archive(secret, public.decode())


def lay_out_company(root: Path, environ: Mapping[str, str]) -> None:
    """A workspace like any company's, so that the bot starts as anywhere."""
    lay_out(root)
    copyfile(Path(__file__).with_name("bot.toml"), root / "config" / "bot.toml")
    lines = [f"{name}={value}\n" for name, value in environ.items()]
    (root / ".env").write_text("".join(lines), "utf-8")


async def connect(corp: MockCorp, environ: Mapping[str, str], url: str) -> None:
    """Save both callback addresses, as in the admin console: WeCom verifies them by a GET."""
    token, aes_key = environ["HUASHU_CALLBACK_TOKEN"], environ["HUASHU_CALLBACK_AES_KEY"]
    app_url = f"{url}/callback/app"
    await corp.set_callback("app", app_url, token, aes_key, agent_id=AGENT_ID, verify=True)
    callback = BotCallback(
        url=f"{url}/callback/bot",
        token=environ["HUASHU_BOT_TOKEN"],
        aes_key=environ["HUASHU_BOT_AES_KEY"],
    )
    corp.add_bot(BOT, secrets.token_urlsafe(32), NAMES[BOT], callback)
    await corp.bots.verify_callback(BOT)
