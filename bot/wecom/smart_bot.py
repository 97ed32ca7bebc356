"""智能机器人, by callback URL and by long connection: both only fill the inbox."""

import asyncio
import logging
from typing import Any

import orjson

from bot.clock import Clock
from bot.events import BotDisconnected, ChatEntered, Event
from bot.inbox import Inbox
from bot.outbox import message_of
from bot.store.journal import Journal
from bot.store.models import MessageState
from bot.store.statements import WELCOMES
from bot.wecom.compose import text_body
from bot.wecom.delivery import Delivery
from bot.wecom.payload import parse_bot_frame

log = logging.getLogger(__name__)

SPARE_S = 0.5  # of WeCom's five seconds, for the way back


class SmartBot:
    def __init__(
        self, *, inbox: Inbox, journal: Journal, delivery: Delivery, clock: Clock, enter_s: float
    ) -> None:
        self._inbox, self._journal, self._delivery = inbox, journal, delivery
        self._clock, self._enter_s = clock, enter_s

    async def received(self, cmd: str, req_id: str, body: dict[str, Any]) -> None:
        """A frame of the long connection."""
        event = parse_bot_frame(cmd, req_id, body, self._clock.now())
        if isinstance(event, BotDisconnected):
            log.error(
                "another connection took over this bot; stop one of the two programs",
                extra={"action": "bot.evicted"},
            )
        await self._inbox.put([event])

    async def reply(self, event: Event) -> bytes | None:
        """The words for the HTTP response to a callback; only enter_chat has some.

        A redelivery gets the same words again.
        """
        if not isinstance(event, ChatEntered):
            return None
        waiting: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._delivery.passive[event.id] = waiting
        try:
            for row in await self._journal.rows(WELCOMES, event.id, MessageState.SENT):
                return orjson.dumps(text_body(message_of(row).speech.text))
            async with asyncio.timeout(self._enter_s - SPARE_S):
                return await waiting
        except TimeoutError:
            return None
        finally:
            self._delivery.passive.pop(event.id, None)
