"""How a message leaves by each of the ways."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson

from bot.errors import NoAnswer, Refused
from bot.outbox import Message
from bot.touch.policy import Via
from bot.wecom.client import WeComClient
from bot.wecom.compose import (
    app_body,
    bot_body,
    bot_stream_body,
    contact_body,
    notice_body,
    service_body,
    text_body,
)
from bot.wecom.long_connection import LongConnection

POOL, STAFF = 2, 3  # session states (doc 94669)

Deliver = Callable[[Message], Awaitable[None]]


class Delivery:
    """
    Args:
        client: for all that goes over HTTP.
        connection: the smart bot's long connection, if it has one.
        handover_to: "pool", or "userid:…" of the servicer who gets sessions.
    """

    def __init__(
        self,
        client: WeComClient,
        connection: LongConnection | None = None,
        *,
        handover_to: str = "pool",
    ) -> None:
        self._client, self.connection = client, connection
        self._servicer = handover_to.removeprefix("userid:") if handover_to != "pool" else ""
        self.passive: dict[str, asyncio.Future[bytes]] = {}  # by event id
        self.ways: Mapping[Via, Deliver] = {
            Via.WELCOME_CODE: self._welcome,
            Via.SERVICE_SESSION: self._service,
            Via.SERVICE_CODE: self._service_code,
            Via.SERVICE_TRANSFER: self._transfer,
            Via.BOT_REPLY: self._bot_reply,
            Via.BOT_ENTER: self._bot_enter,
            Via.APP_MESSAGE: self._app,
            Via.STAFF_NOTICE: self._notice,
        }

    async def _welcome(self, message: Message) -> None:
        await self._client.send_welcome(message.speech.to, contact_body(message.speech))

    async def _service(self, message: Message) -> None:
        speech = message.speech
        await self._client.send_service_message(
            speech.account, speech.to, service_body(speech), message.id
        )

    async def _service_code(self, message: Message) -> None:
        body = service_body(message.speech)
        await self._client.send_service_event_message(
            message.speech.to, body, message.id, urgent=True
        )

    async def _transfer(self, message: Message) -> None:
        account, customer = message.speech.account, message.speech.to
        if self._servicer:
            try:
                await self._client.change_service_state(account, customer, STAFF, self._servicer)
                return
            except Refused:  # not receiving now: the pool takes everybody
                pass
        try:
            await self._client.change_service_state(account, customer, POOL)
        except Refused:
            state, _ = await self._client.service_state(account, customer)
            if state not in (POOL, STAFF):  # else a person has it already
                raise

    async def _bot_reply(self, message: Message) -> None:
        speech = message.speech
        if speech.to.startswith("ws:"):
            body = bot_stream_body(speech, message.id)
            await self._connected().respond(speech.to.removeprefix("ws:"), body)
        else:
            await self._client.respond(speech.to, bot_body(speech))

    async def _bot_enter(self, message: Message) -> None:
        speech = message.speech
        body = text_body(speech.text)
        if speech.to.startswith("ws:"):
            request = speech.to.removeprefix("ws:")
            await self._connected().respond(request, body, cmd="aibot_respond_welcome_msg")
            return
        waiting = self.reply_for(message.event_id)
        if not waiting.done():
            waiting.set_result(orjson.dumps(body))

    def reply_for(self, event_id: str) -> asyncio.Future[bytes]:
        """Where the callback that brought `event_id` waits for the words of its HTTP response."""
        loop = asyncio.get_running_loop()
        return self.passive.setdefault(event_id, loop.create_future())

    async def _app(self, message: Message) -> None:
        await self._send_to_members(message, app_body(message.speech))

    async def _notice(self, message: Message) -> None:
        await self._send_to_members(message, notice_body(message.speech), drop_repetitions=True)

    async def _send_to_members(
        self, message: Message, body: dict[str, Any], *, drop_repetitions: bool = False
    ) -> None:
        account, members = message.speech.account, message.speech.to.split("|")
        await self._client.send_app_message(
            account, members, body, drop_repetitions=drop_repetitions
        )

    def _connected(self) -> LongConnection:
        if self.connection is None:
            raise NoAnswer("there is no long connection", "aibot_respond_msg", sent=False)
        return self.connection


def repeatable(message: Message) -> bool:
    """Whether WeCom itself makes sure that a repetition says nothing twice.

    kf lets us choose the msgid (doc 94677), codes and response_urls are good for once (docs
    92137, 95122, 101138), a notice asks for WeCom's own check for repetitions (doc 90236).
    """
    match message.via:
        case Via.APP_MESSAGE | Via.BOT_ENTER:
            return False
        case Via.BOT_REPLY:
            return not message.speech.to.startswith("ws:")
    return True
