"""How a message is sent by each of the ways."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
from msgspec.structs import replace

from bot.errors import MediaExpired, NoAnswer, PersonServing, Refused, WindowClosed
from bot.members.userids import among
from bot.outbox import NOTICE_NUMBER, Message, Speech
from bot.scripts.script import Attachment
from bot.touch.mass import MassTasks
from bot.touch.policy import Via
from bot.wecom.client import WeComClient
from bot.wecom.compose import (
    app_body,
    bot_body,
    bot_stream_body,
    contact_body,
    file_of,
    notice_body,
    service_body,
    text_body,
    with_media,
)
from bot.wecom.long_connection import LongConnection
from bot.wecom.media import Media

log = logging.getLogger(__name__)

_BOT_REPLY = Via.BOT_REPLY
_MAY_REPEAT_ITSELF = frozenset({Via.APP_MESSAGE, Via.BOT_ENTER, Via.STAFF_TASK})
POOL, STAFF = 2, 3  # session states (doc 94669)
UNHEARD = 81013  # none of the members can be reached (doc 90236)
PASS_ON = "收不到应用消息（不在应用可见范围，或账号写错），请转告："

Deliver = Callable[[Message], Awaitable[None]]


class Delivery:
    """
    Args:
        client: for all that goes over HTTP.
        media: holds the files of attachments.
        tasks: mass messages, where there are contacts (客户联系).
        handover_to: "pool", or "userid:…" of the servicer who gets sessions.
        notice_bytes: of UTF-8 in an app message.
        duty: who is told of a to-do whose member the app cannot reach.
    """

    def __init__(
        self,
        client: WeComClient,
        media: Media,
        *,
        tasks: MassTasks | None = None,
        handover_to: str = "pool",
        notice_bytes: int,
        duty: Sequence[str] = (),
    ) -> None:
        self._client, self._media = client, media
        self.connection: LongConnection | None = None  # the smart bot's, if it has one
        self._tasks, self._notice_bytes, self._duty = tasks, notice_bytes, duty
        self._servicer = handover_to.removeprefix("userid:") if handover_to != "pool" else ""
        # By event id: a callback that waits for the words of its HTTP response.
        self.passive: dict[str, asyncio.Future[bytes]] = {}
        self.ways: Mapping[Via, Deliver] = {
            Via.WELCOME_CODE: self._welcome,
            Via.SERVICE_SESSION: self._service,
            Via.SERVICE_CODE: self._service_code,
            Via.SERVICE_TRANSFER: self._transfer,
            Via.BOT_REPLY: self._bot_reply,
            Via.BOT_ENTER: self._bot_enter,
            Via.APP_MESSAGE: self._app,
            Via.STAFF_NOTICE: self._notice,
            Via.STAFF_TASK: self._task,
        }

    async def _welcome(self, message: Message) -> None:
        speech = self._at_hand(message)
        try:
            await self._client.send_welcome(speech.to, contact_body(speech))
        except MediaExpired as error:
            self._renew(speech, error)
            raise

    async def _service(self, message: Message) -> None:
        speech = await self._uploaded(message)
        try:
            await self._client.send_service_message(
                speech.account, speech.to, service_body(speech), message.id
            )
        except MediaExpired as error:
            self._renew(speech, error)
            raise
        except WindowClosed as error:  # a person may have taken the session
            if await self._served(speech.account, speech.to):
                raise PersonServing(error.errcode, error.errmsg, error.api) from None
            raise

    async def _service_code(self, message: Message) -> None:
        body = service_body(message.speech)
        _leave_out(message, message.speech.attachments)  # WeCom takes words only (doc 95122)
        await self._client.send_service_event_message(
            message.speech.to, body, message.id, urgent=True
        )

    async def _transfer(self, message: Message) -> None:
        account, customer = message.speech.account, message.speech.to
        if self._servicer:
            try:
                await self._client.change_service_state(account, customer, STAFF, self._servicer)
                return
            except Refused:  # not receiving now; the pool takes everybody
                pass
        try:
            await self._client.change_service_state(account, customer, POOL)
        except (Refused, WindowClosed):
            if not await self._served(account, customer):
                raise

    async def _served(self, account: str, customer: str) -> bool:
        """Whether a person has this session, or it waits for one."""
        state, _ = await self._client.service_state(account, customer)
        return state in (POOL, STAFF)

    async def _bot_reply(self, message: Message) -> None:
        speech = message.speech
        _leave_out(message, [i for i in speech.attachments if not (i.url or i.pic_url)])
        if speech.to.startswith("ws:"):
            body = bot_stream_body(speech, message.id)
            await self._connected().respond(speech.to.removeprefix("ws:"), body)
        else:
            await self._client.respond(speech.to, bot_body(speech))

    async def _bot_enter(self, message: Message) -> None:
        speech = message.speech
        body = text_body(speech.text)
        _leave_out(message, speech.attachments)
        if speech.to.startswith("ws:"):
            request = speech.to.removeprefix("ws:")
            await self._connected().respond(request, body, cmd="aibot_respond_welcome_msg")
            return
        waiting = self.passive.get(message.event_id)
        if waiting is None or waiting.done():
            raise NoAnswer("no callback waits for this reply", "callback", sent=False)
        waiting.set_result(orjson.dumps(body))

    async def _app(self, message: Message) -> None:
        speech = await self._uploaded(message)
        try:
            await self._send_to_members(message, app_body(speech))
        except MediaExpired as error:
            self._renew(speech, error)
            raise

    async def _notice(self, message: Message) -> None:
        number, speech = message.id[:NOTICE_NUMBER], message.speech
        body = notice_body(speech, number, self._notice_bytes)
        try:
            await self._send_to_members(message, body, drop_repetitions=True)
        except Refused as error:
            others = [one for one in self._duty if not among(one, speech.to.split("|"))]
            # It stays refused, since its member has not heard of it; but no customer waits for a
            # plan's message.
            if error.errcode == UNHEARD and others and not speech.plan:
                told = replace(speech, text=f"{speech.to} {PASS_ON}\n{speech.text}")
                body = notice_body(told, number, self._notice_bytes)
                await self._client.send_app_message(speech.account, others, body)
            raise

    async def _task(self, message: Message) -> None:
        if self._tasks is None:
            raise NoAnswer("there is no app for mass messages", "add_msg_template", sent=False)
        speech = await self._uploaded(message)
        try:
            await self._tasks.create(speech.to, contact_body(speech))
        except MediaExpired as error:
            self._renew(speech, error)
            raise

    async def _send_to_members(
        self, message: Message, body: dict[str, Any], *, drop_repetitions: bool = False
    ) -> None:
        account, members = message.speech.account, message.speech.to.split("|")
        unreached = await self._client.send_app_message(
            account, members, body, drop_repetitions=drop_repetitions
        )
        if unreached:
            log.warning(
                "members who may not use the app, or are not licensed, heard nothing",
                extra={"action": "app.invalid", "members": "|".join(unreached)},
            )

    async def _uploaded(self, message: Message) -> Speech:
        """The speech with the files that it needs, uploaded if need be."""
        if not message.speech.attachments:
            return message.speech
        items = [
            with_media(item, await self._media.ensure(file)) if file else item
            for item in message.speech.attachments
            for file in (file_of(item, message.via),)
        ]
        return replace(message.speech, attachments=tuple(items))

    def _at_hand(self, message: Message) -> Speech:
        """The same without a call: a welcome has only seconds, and goes without missing files."""
        if not message.speech.attachments:
            return message.speech
        ready, missing = [], []
        for item in message.speech.attachments:
            file = file_of(item, message.via)
            if not file:
                ready.append(item)
            elif media_id := self._media.media_id(file):
                ready.append(with_media(item, media_id))
            else:
                missing.append(item)
        _leave_out(message, missing)
        return replace(message.speech, attachments=tuple(ready))

    def _renew(self, speech: Speech, error: MediaExpired) -> None:
        """Have files that WeCom has forgotten uploaded again before the next attempt.

        Raises:
            Refused: a script names a media_id by itself.
        """
        used = [
            (file, media_id)
            for item in speech.attachments
            if (file := item.file or item.pic_file)
            and (media_id := item.media_id or item.pic_media_id)
        ]
        for file, media_id in used:
            self._media.forget(file, media_id)
        if not used:
            raise Refused(error.errcode, error.errmsg, error.api) from error

    def _connected(self) -> LongConnection:
        if self.connection is None:
            raise NoAnswer("there is no long connection", "aibot_respond_msg", sent=False)
        return self.connection


def _leave_out(message: Message, items: Sequence[Attachment]) -> None:
    """Log that the words go without these files."""
    for item in items:
        log.warning(
            "an attachment is left out: %s",
            item.file or item.kind,
            extra={"action": "media.missing", "script": message.script, "id": message.id},
        )


def repeatable(message: Message) -> bool:
    """Whether WeCom itself ensures that a message sent again does not arrive twice.

    kf lets us choose the msgid (doc 94677); codes and response_urls work once (docs 92137, 95122,
    101138); a notice asks for WeCom's own check for repetitions (doc 90236). That check compares
    words, so each notice has a number in it. Answers do not use it: whoever asks the same again
    would get nothing.
    """
    if message.via is _BOT_REPLY:
        return not message.speech.to.startswith("ws:")
    return message.via not in _MAY_REPEAT_ITSELF
