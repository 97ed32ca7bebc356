"""A client as the settings want it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import Clock
from bot.settings import Settings
from bot.wecom.client import WeComClient
from bot.wecom.limits import RULES, Limiter, Rule
from bot.wecom.token import TokenStore


@asynccontextmanager
async def open_client(
    settings: Settings, clock: Clock, tokens: TokenStore
) -> AsyncIterator[WeComClient]:
    """A client for the applications that `settings` name."""
    limits = settings.platform
    default = Rule(per_minute=limits.api_per_minute, per_hour=limits.api_per_hour)
    secrets = {}
    if settings.app:
        secrets["app"] = settings.app.secret.reveal()
    if settings.kf and settings.kf.secret:
        secrets["kf"] = settings.kf.secret.reveal()
    if settings.archive:
        secrets["archive"] = settings.archive.secret.reveal()
    async with WeComClient(
        base_url=settings.wecom.api_base,
        corp_id=settings.wecom.corp_id,
        secrets=secrets,
        tokens=tokens,
        clock=clock,
        limiter=Limiter(RULES, clock, default=default),
        timeout_s=settings.wecom.timeout_s,
        proxy=settings.wecom.proxy,
        errcode_overrides=settings.wecom.errcodes,
    ) as client:
        yield client
