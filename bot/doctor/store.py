"""The database, where it is a PostgreSQL: whether it answers, and whether it keeps its word."""

from bot.doctor.line import Cause, Line, State, Words, bad, good
from bot.errors import ConfigError
from bot.store import postgres

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


async def look(url: str) -> Line:
    """Nothing is written, nothing is migrated."""
    try:
        found = await postgres.ask(url)
    except ConfigError as error:
        told = "; ".join(f"{one.problem}. {one.cure}" for one in error.complaints)
        return bad("store", UNREACHED, Words(told, told))
    where = f"{postgres.shown(url)}, PostgreSQL {found['version']}"
    if found["fsync"] != "on":
        return bad("store", FORGETFUL, Words(where, where))
    return good("store", where, where)
