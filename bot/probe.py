"""Asks WeCom whether the settings are right: which secret goes where is what people get wrong."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import WeComError
from bot.settings import Settings
from bot.wecom.client import WeComClient
from bot.wecom.errcodes import CURES
from bot.wecom.opening import open_client


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    what: str
    ok: bool
    told: str  # what WeCom said, and the cure


class NoStore:
    """Tokens are fetched anew: a stored one would hide a wrong secret."""

    async def load(self, key: str) -> tuple[str, float] | None:
        return None

    async def save(self, key: str, token: str, expires_at: float) -> None: ...


async def probe(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """Read-only calls; nothing is sent to anybody."""
    async with open_client(settings, clock, NoStore()) as client:
        if settings.app:
            yield await found("callback addresses", client, addresses)
            yield await found("客户联系", client, customers)
        if settings.kf and settings.kf.enabled:
            yield await found("微信客服", client, service)


async def found(
    what: str, client: WeComClient, ask: Callable[[WeComClient], Awaitable[str]]
) -> Finding:
    try:
        return Finding(what=what, ok=True, told=await ask(client))
    except WeComError as error:
        cure = CURES.get(error.errcode, "See docs/real-company.md")
        return Finding(what=what, ok=False, told=f"{error}. {cure}")


async def addresses(client: WeComClient) -> str:
    return f"the secret is right; callbacks come from {', '.join(await client.ip_list())}"


async def customers(client: WeComClient) -> str:
    members = await client.follow_user_list()
    return f"{len(members)} members may have customers: {', '.join(members[:10])}"


async def service(client: WeComClient) -> str:
    lines = []
    for account in await client.service_accounts():
        receiving = [one for one in await client.servicers(account.open_kfid) if one.receiving]
        lines.append(f"{account.name} ({account.open_kfid}), {len(receiving)} servicers receiving")
    return "; ".join(lines) or "no account yet"
