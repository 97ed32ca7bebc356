"""Spares visitors of the demo the wait for the next regular look into the archive."""

import asyncio
import logging
from collections.abc import Callable

from bot.demo.stage import Stage
from bot.errors import WeComError
from bot.mockwecom.chats import Line

log = logging.getLogger(__name__)

ARCHIVED = ("contact:", "group:")


class Ears:
    """Reads the archive as soon as somebody writes where only the archive hears it.

    Args:
        told: called when the bot has dealt with it.
    """

    def __init__(self, stage: Stage, told: Callable[[], None]) -> None:
        self._stage, self._told = stage, told
        self._written = asyncio.Event()
        stage.corp.chats.followers.append(self._hear)

    def _hear(self, line: Line) -> None:
        if line.by == "person" and line.chat.startswith(ARCHIVED):
            self._written.set()

    async def run(self) -> None:
        """Run until cancelled. What cannot be read now is left to the regular sweep."""
        while True:
            await self._written.wait()
            self._written.clear()
            try:
                await self._stage.assistant.sweep("archive")
                await self._stage.settle()
            except (WeComError, TimeoutError) as error:
                extra = {"action": "demo.archive", "why": type(error).__name__}
                log.warning("what was written is read later", extra=extra)
                continue
            self._told()
