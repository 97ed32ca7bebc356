"""The access token: kept in the store, one refresher at a time (doc 91039)."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from bot.clock import Clock
from bot.errors import CURE, NoAnswer, Refused, TryLater, WeComError
from bot.repeats import Repeats
from bot.wecom.fields import number, text

logger = logging.getLogger(__name__)

LIFE_S = 7200  # doc 91039
AHEAD_S = 600.0  # renewed when less is left
PAUSE_S = 60.0  # between two renewals ahead of time: WeCom may return the same token again
RENEWALS = 3  # within a minute: WeCom rejects whatever it gives out, or the tokens do not reach it
# A wrong secret asked for again and again gets our address blocked for an hour (doc 91039). But
# whoever has just set it right must not wait an hour: six tries in the first, then one in each.
HELD_S = 60.0  # after the first refusal, and twice as long after each further one
BARRED_S = 3600.0  # at the most, and where WeCom has blocked us


def token_in(answer: Mapping[str, Any], name: str, api: str) -> tuple[str, int]:
    """The token that an answer holds, and how many seconds it lives.

    Raises:
        NoAnswer: it holds none.
    """
    if not (token := text(answer, name)):
        raise NoAnswer(f"the answer holds no {name}", api, sent=True)
    return token, number(answer, "expires_in", 0) or LIFE_S


class TokenStore(Protocol):
    async def load(self, key: str) -> tuple[str, float] | None:
        """(token, expires_at in Unix seconds)"""
        ...

    async def save(self, key: str, token: str, expires_at: float) -> None: ...


class TokenKeeper:
    """Holds one token, and replaces it when it is old or rejected.

    Args:
        fetch: asks WeCom; returns (token, seconds until it expires); raises WeComError.
        key: the token's name in the store, which several machines may share.
        what: the name of what is kept, for the log.
        barred_s: how long, at most, a refusal is the answer to every caller.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[tuple[str, int]]],
        store: TokenStore,
        key: str,
        clock: Clock,
        *,
        what: str = "access token",
        barred_s: float = BARRED_S,
    ) -> None:
        self._what, self._barred_s = what, barred_s
        self._fetch, self._store, self._key, self._clock = fetch, store, key, clock
        self._token = ""
        self._expires_at = 0.0
        self._renew_at = 0.0
        self._fetched_at = deque([-PAUSE_S] * RENEWALS, RENEWALS)
        self._lock = asyncio.Lock()
        self._attempts = 0
        self._error: WeComError | None = None
        self._barred_until = 0.0
        self._refusals = 0  # one after the other
        self._repeats = Repeats(clock)

    @property
    def current(self) -> str:
        """The token in memory; "" if none is valid. Never waits."""
        return self._token if self._clock.timestamp() < self._expires_at else ""

    async def get(self) -> str:
        """Raises WeComError when there is no valid token and none can be had."""
        return self.current or await self._renew("", 0.0)

    async def refresh(self, rejected: str) -> str:
        """A token other than the one that WeCom just rejected."""
        return await self._renew(rejected, 0.0)

    def ask_anew(self) -> None:
        """Forget earlier refusals: somebody may have corrected the settings."""
        if self._error:  # a valid token is not fetched again
            self._barred_until = self._renew_at = 0.0

    async def keep_fresh(self) -> None:
        """Renew the token before it expires; for a sweep. A failure is only logged."""
        now = self._clock.timestamp()
        if now < self._renew_at:
            return
        self._renew_at = now + PAUSE_S
        try:
            await self._renew(self._token, AHEAD_S if self._token else 0.0)
        except WeComError as error:
            if isinstance(error, Refused):  # logged when it came
                return
            if times := self._repeats.due(error.errcode):
                logger.warning(
                    "the %s could not be fetched ahead of need: %s; %s",
                    self._what,
                    error,
                    CURE,
                    extra={"action": "token.renew", "errcode": error.errcode, "times": times},
                )

    def _fits(self, token: str, expires_at: float, unwanted: str, left_s: float) -> bool:
        return token != unwanted and expires_at > self._clock.timestamp() + left_s

    async def _renew(self, unwanted: str, left_s: float) -> str:
        """Simultaneous callers share one fetch, and its failure."""
        attempt = self._attempts
        async with self._lock:
            if self._fits(self._token, self._expires_at, unwanted, left_s):
                return self._token
            if self._error and attempt != self._attempts:
                raise self._error.with_traceback(None)
            if not await self._found(unwanted, left_s):
                if self._error and self._clock.timestamp() < self._barred_until:
                    raise self._error.with_traceback(None)
                try:
                    await self._replace(unwanted, left_s)
                except WeComError as error:
                    self._bar(error)
                    raise
            self._error = None
            self._attempts += 1
            self._refusals = 0
            self._repeats.over()
            return self._token

    async def _found(self, unwanted: str, left_s: float) -> bool:
        """A token in the store: from before a restart, or from another machine that was faster,
        even if we were refused."""
        stored = await self._store.load(self._key)
        if stored is None or not self._fits(*stored, unwanted, left_s):
            return False
        self._keep(*stored)
        return True

    async def _replace(self, unwanted: str, left_s: float) -> None:
        if (wait_s := self._fetched_at[0] + PAUSE_S - self._clock.timestamp()) > 0:
            raise TryLater(40014, "each new token is rejected", "gettoken", after_s=wait_s)
        token, expires_in = await self._fetch()
        self._fetched_at.append(self._clock.timestamp())
        if token == unwanted and not left_s:
            raise TryLater(40014, "the rejected token is given out again", "gettoken", after_s=60)
        self._keep(token, self._clock.timestamp() + expires_in)
        await self._store.save(self._key, token, self._expires_at)

    def _keep(self, token: str, expires_at: float) -> None:
        self._token, self._expires_at = token, expires_at
        self._renew_at = max(expires_at - AHEAD_S, self._clock.timestamp() + PAUSE_S)

    def _bar(self, error: WeComError) -> None:
        """Remember a failure, so that a thousand callers do not repeat it."""
        self._error = error
        self._attempts += 1
        if isinstance(error, NoAnswer):
            hold_s = 1.0
        elif isinstance(error, TryLater) and error.errcode != 45009:
            hold_s = error.after_s
        elif not isinstance(error, Refused):
            hold_s = self._barred_s
        else:
            hold_s = min(HELD_S * 2**self._refusals, self._barred_s)
            self._refusals += 1
            if self._repeats.due(error.errcode):
                logger.error(
                    "no %s; asked for again after a minute, then ever more rarely: %s; %s",
                    self._what,
                    error,
                    CURE,
                    extra={"action": "token.refused", "errcode": error.errcode},
                )
        self._barred_until = self._clock.timestamp() + hold_s
