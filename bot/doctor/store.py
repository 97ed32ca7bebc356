"""What several machines share: whether PostgreSQL and NATS answer and can be relied on."""

import asyncio

from bot.cluster import reaching
from bot.doctor.line import Cause, Line, State, Words, bad, good
from bot.errors import ConfigError
from bot.store import postgres
from bot.store.hosts import primary
from bot.store_url import INSTALL

CONNECT_S = 3.0

UNREACHED = Cause(
    "store",
    Words("连不上数据库：", "The database cannot be used:"),
    Words("config/bot.toml 的 [store] url，和它所指的环境变量",
          "[store] url in config/bot.toml, and the variable that it names"),
    0,
)  # fmt: skip
FORGETFUL = Cause(
    "fsync",
    Words("fsync 关着：断电会丢掉已经答应企业微信收下的消息。",
          "fsync is off: a power cut loses events that WeCom was told are kept."),
    Words("postgresql.conf：fsync = on", "postgresql.conf: fsync = on"),
    0, State.AMBER,
)  # fmt: skip

NO_STREAM = Cause(
    "inbox",
    Words("连不上 NATS，或它没有开 JetStream：", "NATS does not answer, or has no JetStream:"),
    Words("config/bot.toml 的 [inbox] url；nats-server -js",
          "[inbox] url in config/bot.toml; nats-server -js"),
    0,
)  # fmt: skip


async def look(url: str) -> Line:
    """Look at the database; writes and migrates nothing."""
    try:
        url = await primary(url)
        found = await postgres.ask(url)
    except ConfigError as error:
        told = "; ".join(f"{one.problem}. {one.cure}" for one in error.complaints)
        return bad("store", UNREACHED, Words(told, told))
    where = f"{postgres.shown(url)}, PostgreSQL {found['version']}"
    if found["fsync"] != "on":
        return bad("store", FORGETFUL, Words(where, where))
    return good("store", where, where)


async def _told_below(_: Exception) -> None:
    """Replaces the library's own handler, which would print a traceback among the lines."""


async def look_at_stream(url: str) -> Line:
    """Look at NATS, if several machines share the work."""
    where = reaching.shown(url)
    try:
        import nats
        from nats.errors import Error
    except ImportError:
        zh = INSTALL.replace("Install it: ", "安装：")
        return bad("inbox", NO_STREAM, Words(zh, INSTALL))
    try:
        async with asyncio.timeout(CONNECT_S):
            client = await nats.connect(
                **reaching.servers(url), allow_reconnect=False, error_cb=_told_below
            )
            try:
                account = await client.jetstream().account_info()
            finally:
                await client.close()
    except (Error, OSError, TimeoutError) as error:
        told = f"{where}: {type(error).__name__}"
        return bad("inbox", NO_STREAM, Words(told, told))
    return good(
        "inbox", f"{where}，JetStream 里有 {account.streams} 个流",
        f"{where}, streams in its JetStream: {account.streams}",
    )  # fmt: skip
