"""How NATS is reached: one server, or a cluster whose servers come and go."""

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from bot.errors import Complaint, ConfigError

if TYPE_CHECKING:
    from nats.aio.client import Client

log = logging.getLogger(__name__)

TELL_EACH = 60  # attempts to reach a NATS that is not there, one a second
PING_S = 3  # twice as long after its last word, a line that says nothing is held for broken


def addresses(url: str) -> list[str]:
    """The servers of `[inbox] url`: several stand with commas, and maybe blanks, between them."""
    return [one.strip() for one in url.split(",")]


def servers(url: str) -> dict[str, Any]:
    """Of `[inbox] url`, as nats-py wants them.

    User and password are those of the first, and given apart: nats-py has none for servers of
    which it hears from others of their cluster.
    """
    several = addresses(url)
    first = urlsplit(several[0])
    user, password = unquote(first.username or ""), unquote(first.password or "")
    if user and first.password is None:
        return {"servers": several, "token": user}
    return {"servers": several, "user": user or None, "password": password or None}


def shown(url: str) -> str:
    """Where NATS is, without user and password."""
    return ", ".join(urlsplit(one).netloc.rpartition("@")[2] for one in addresses(url))


async def reached(url: str, me: str, reconnected: Callable[[], Awaitable[None]]) -> "Client":
    """One that is not there yet is waited for, as one that goes away later.

    Raises:
        ConfigError: it does not let us in.
    """
    from nats.aio.client import Client

    client, tried, once = Client(), 0, False

    async def failed(error: Exception) -> None:
        nonlocal tried
        name = type(error).__name__
        if client.is_connected:
            log.warning("NATS: %s", name, extra={"action": "nats"})
            return
        # nats-py leaves it open, and Python before 3.11.4 would not close it: a file a second
        left: Any = client._transport
        if left:
            left.close()
        refused = "uthoriz" in f"{name} {error}"
        if refused and not once:
            raise wrong("url", "NATS refuses user or password",
                        "Look at the variable that holds the URL")  # fmt: skip
        if tried % TELL_EACH == 0:
            told = "refuses user or password" if refused else f"does not answer: {name}"
            log.warning("NATS %s. It is waited for; is it running, and is "
                        "[inbox] url right?", told, extra={"action": "nats"})  # fmt: skip
        tried += 1

    async def back() -> None:
        nonlocal tried
        tried = 0
        await reconnected()

    try:
        await client.connect(
            **servers(url), name=me, max_reconnect_attempts=-1, reconnect_time_wait=1,
            reconnected_cb=back, error_cb=failed,
            ping_interval=PING_S, max_outstanding_pings=1,
        )  # fmt: skip
    except BaseException:
        await client.close()
        raise
    tried, once = 0, True
    return client


def wrong(key: str, problem: str, cure: str) -> ConfigError:
    return ConfigError([Complaint("config/bot.toml", f"inbox.{key}", problem, cure)])
