"""Signatures for pages inside WeCom (JS-SDK, doc 96909), and the tickets behind them."""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.clock import Clock
from bot.wecom.client import WeComClient
from bot.wecom.token import TokenKeeper, TokenStore, token_in

HELD_S = 60.0  # after a refusal; an hour of these stays below the 100 calls that an app has


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a signature function of `@wecom/jssdk` returns."""

    timestamp: int  # Unix seconds
    nonce: str
    signature: str

    def fields(self) -> dict[str, str | int]:
        """By the names of the SDK: `nonceStr` here, but `noncestr` in what is hashed."""
        return {
            "timestamp": self.timestamp,
            "nonceStr": self.nonce,
            "signature": self.signature,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    config: Signature  # getConfigSignature, by the company's ticket
    agent: Signature  # getAgentConfigSignature, by the app's


def to_sign(ticket: str, nonce: str, timestamp: int | str, url: str) -> str:
    """The string that is hashed: this order, raw values, the page's url up to its `#`."""
    page = url.partition("#")[0]
    return f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={page}"


def sign(ticket: str, nonce: str, timestamp: int | str, url: str) -> str:
    """Lower-case hex.

    Args:
        timestamp: Unix seconds.
        url: as `location.href` tells it, with the query; nothing of it is encoded or decoded.
    """
    # SHA-1 is WeCom's choice; the ticket in the middle is what makes it a proof.
    return hashlib.sha1(
        to_sign(ticket, nonce, timestamp, url).encode(), usedforsecurity=False
    ).hexdigest()


class Tickets:
    """Both tickets of one app, kept in the store and renewed as an access token is.

    Every method raises WeComError when there is no ticket and none can be had.
    """

    def __init__(self, client: WeComClient, tokens: TokenStore, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self._corp, self._agent = (
            TokenKeeper(
                self._fetcher(api, query),
                tokens,
                f"ticket:{kind}:{client.owner}",
                clock,
                what=f"{kind} ticket",
                barred_s=HELD_S,
            )
            for kind, api, query in (
                ("corp", "get_jsapi_ticket", {}),
                ("agent", "ticket/get", {"type": "agent_config"}),
            )
        )

    async def corp(self) -> str:
        """For `config` (get_jsapi_ticket)."""
        return await self._corp.get()

    async def agent(self) -> str:
        """For `agentConfig` (ticket/get?type=agent_config); the other one is 42012 there."""
        return await self._agent.get()

    async def signatures(self, url: str) -> Signatures:
        """For the page that shows `url` now; whether that page is ours, the caller has judged."""
        return Signatures(
            config=self._sign(await self.corp(), url), agent=self._sign(await self.agent(), url)
        )

    def _sign(self, ticket: str, url: str) -> Signature:
        nonce, timestamp = secrets.token_hex(8), int(self._clock.timestamp())
        signature = sign(ticket, nonce, timestamp, url)
        return Signature(timestamp=timestamp, nonce=nonce, signature=signature)

    def _fetcher(
        self, api: str, query: Mapping[str, str]
    ) -> Callable[[], Awaitable[tuple[str, int]]]:
        async def fetch() -> tuple[str, int]:
            answer = await self._client.get("app", api, query)
            return token_in(answer, "ticket", api)

        return fetch
