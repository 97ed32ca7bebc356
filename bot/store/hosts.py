"""Several hosts of one PostgreSQL in a URL: a primary, and standbys that may be promoted."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from bot.clock import SystemClock
from bot.errors import Complaint, ConfigError
from bot.store.postgres import ask, shown, wrong
from bot.store_url import is_postgres

if TYPE_CHECKING:
    from tortoise import BaseDBAsyncClient

log = logging.getLogger(__name__)

COMPARE_S = 30.0
# Each promotion begins the next one; eight hexadecimal digits, so that the later one is greater.
TIMELINE = "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline"


def apart(url: str) -> list[str]:
    """A URL for each of the hosts that this one names."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    query = parse_qs(parts.query)
    if folders := query.pop("host", []):
        some = (urlencode({**query, "host": one}, doseq=True) for one in folders[-1].split(","))
        return [parts._replace(query=one).geturl() for one in some]
    return [parts._replace(netloc=f"{user}{at}{one}").geturl() for one in hosts.split(",")]


async def primary(url: str) -> str:
    """The URL of the host that takes writes, of those that this one names: of several the one that
    was promoted last, for a primary that was given up may be back.

    Raises:
        ConfigError: with what is wrong with each.
    """
    if len(apart(url)) == 1:
        return url
    found = await _timelines(url)
    latest = max(found, key=found.__getitem__)
    for one in (one for one in found if found[one] != found[latest]):
        log.critical("%s takes writes too, as it was before %s was promoted: stop it",
                     shown(one), shown(latest), extra={"action": "store"})  # fmt: skip
    return latest


@asynccontextmanager
async def followed(
    url: str, connection: "BaseDBAsyncClient", *, each_s: float = COMPARE_S
) -> AsyncIterator[None]:
    """Ends its block when another host than that of `connection` is promoted: what is written here
    would then be where nobody looks.

    Raises:
        ConfigError: another host was promoted.
    """
    if not is_postgres(url) or len(apart(url)) == 1:
        yield
        return
    async with asyncio.TaskGroup() as tasks:
        comparing = tasks.create_task(_compare(url, connection, each_s))
        try:
            yield
        finally:
            comparing.cancel()


async def _compare(url: str, connection: "BaseDBAsyncClient", each_s: float) -> None:
    (ours,) = await connection.execute_query_dict(TIMELINE)  # the same as long as it is connected
    while True:
        await SystemClock().sleep(each_s)
        await demand_latest(url, ours["timeline"])


async def demand_latest(url: str, timeline: str) -> None:
    """Make sure that no host that takes writes was promoted after the one on this timeline.

    Raises:
        ConfigError: one was.
    """
    found = dict[str, str]()
    with suppress(ConfigError):  # none can be asked just now
        found |= await _timelines(url)
    if later := [one for one in found if found[one] > timeline]:
        raise wrong(f"{shown(later[0])} was promoted, and this process works on the one before",
                    "Start again, it goes on there then; systemd does so by itself")  # fmt: skip


async def _timelines(url: str) -> Mapping[str, str]:
    """The timelines of the hosts that take writes, by their URLs.

    Raises:
        ConfigError: there is none; with what is wrong with each.
    """
    found, complaints, several = dict[str, str](), list[Complaint](), apart(url)
    asked = (ask(one, TIMELINE) for one in several)
    told = await asyncio.gather(*asked, return_exceptions=True)
    for one, answer in zip(several, told, strict=True):
        if isinstance(answer, ConfigError):
            complaints += answer.complaints
        elif isinstance(answer, BaseException):
            raise answer
        else:
            found[one] = answer["timeline"]
    if not found:
        raise ConfigError(complaints)
    return found
