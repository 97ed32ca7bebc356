"""A small company with something on every page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.clock import ManualClock
from tests.stage import Stage, stage


@asynccontextmanager
async def furnished(root: Path) -> AsyncIterator[Stage]:
    """Customers have written, were answered or not; touches are planned; members are told."""
    async with stage(root, clock=ManualClock(), ticks=False) as opened:
        yield opened
