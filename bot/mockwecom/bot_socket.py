"""The long connection (长连接) of a smart bot: frames over a websocket (doc 101463)."""

import hmac
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from bot.mockwecom.access import Frequency
from bot.mockwecom.bot_chats import Bot
from bot.mockwecom.faults import NO_FAULT, Fault
from bot.mockwecom.payloads_bot import bot_disconnected
from bot.mockwecom.record import Call
from bot.mockwecom.rules import TEXTS, Refusal
from bot.mockwecom.shapes import Shape, Text, read_fields

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

SUBSCRIBE: dict[str, Shape] = {"bot_id!": Text(empty=False), "secret!": Text(empty=False)}
BLUNDERS = frozenset({40008, 40058})  # no correct program gets these, whatever people do
FRAME_BYTES = 2 * 2**20  # a chunk of 512 KB in base64, with room


class BotSocket:
    """All connections; each bot has at most one that is subscribed."""

    def __init__(self, corp: "MockCorp", bots: Mapping[str, Bot]) -> None:
        self._corp = corp
        self._bots = bots
        self._open: set[web.WebSocketResponse] = set()
        self._lines: dict[str, web.WebSocketResponse] = {}  # the subscribed ones, by bot_id
        self._frequency = Frequency()

    async def push(self, bot_id: str, cmd: str, req_id: str, body: dict[str, Any]) -> bool:
        """Push a frame; False: the bot has no connection."""
        line = self._lines.get(bot_id)
        if line is None:
            return False
        return await _send(line, {"cmd": cmd, "headers": {"req_id": req_id}, "body": body})

    async def drop(self) -> int:
        """Cut every connection, as a broken network would; returns how many."""
        lines = list(self._open)
        self._lines.clear()
        for line in lines:
            await line.close(code=1011)
        return len(lines)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        line = web.WebSocketResponse(max_msg_size=FRAME_BYTES, timeout=1)
        await line.prepare(request)
        self._open.add(line)
        try:
            async for message in line:
                if message.type is WSMsgType.TEXT:
                    await self._take(line, message.data)
        finally:
            self._open.discard(line)
            for bot_id, current in list(self._lines.items()):
                if current is line:
                    del self._lines[bot_id]
        return line

    async def _take(self, line: web.WebSocketResponse, text: str) -> None:
        cmd, req_id, body = _read_frame(text)
        fault = self._corp.faults.strike(cmd) if cmd != "ping" else NO_FAULT
        if fault.latency_s:
            await self._corp.clock.sleep(fault.latency_s)
        if fault.drop:
            self._log(cmd, body, -1, fault)
            return
        answer = await self._answer(line, cmd, req_id, body, fault)
        self._log(cmd, body, answer["errcode"], fault)
        if fault.disconnect_after:
            await line.close(code=1011)
        else:
            await _send(line, answer)

    async def _answer(
        self, line: web.WebSocketResponse, cmd: str, req_id: str, body: object, fault: Fault
    ) -> dict[str, Any]:
        headers = {"headers": {"req_id": req_id}}
        try:
            if fault.errcode:
                raise Refusal(fault.errcode, fault.errmsg)
            said = await self._obey(line, cmd, req_id, body)
        except Refusal as error:
            if error.errcode in BLUNDERS and not fault.errcode:
                self._corp.misused(cmd, str(error))
            errmsg = error.detail or TEXTS.get(error.errcode, "error")
            return {**headers, "errcode": error.errcode, "errmsg": errmsg}
        return {**headers, **({"body": said} if said else {}), "errcode": 0, "errmsg": "ok"}

    async def _obey(
        self, line: web.WebSocketResponse, cmd: str, req_id: str, body: object
    ) -> dict[str, Any]:
        if not req_id:
            raise Refusal(40058, "headers.req_id is missing")
        if cmd == "aibot_subscribe":
            await self._subscribe(line, body)
            return {}
        bot = self._bot_of(line)
        match cmd:
            case "ping":
                pass
            case "aibot_respond_msg":
                bot.respond(bot.turn(req_id), body)
            case "aibot_respond_welcome_msg":
                bot.respond_in_time(bot.turn(req_id), body, "enter_chat", cmd)
            case "aibot_respond_update_msg":
                bot.respond_in_time(bot.turn(req_id), body, "template_card_event", cmd)
            case "aibot_send_msg":
                bot.send_unasked(body)
            case "aibot_upload_media_init":
                return bot.media.start_upload(body)
            case "aibot_upload_media_chunk":
                bot.media.take_chunk(body)
            case "aibot_upload_media_finish":
                return bot.media.finish_upload(body)
            case _:
                raise Refusal(40058, f"cmd {cmd!a} is unknown")
        return {}

    async def _subscribe(self, line: web.WebSocketResponse, body: object) -> None:
        fields = read_fields(body, SUBSCRIBE)
        bot_id = fields["bot_id"]
        limit = self._corp.rules["bot_subscribes_per_minute"]
        if not self._frequency.within(self._corp.timestamp(), limit, 60, bot_id):
            raise Refusal(45009)
        bot = self._bots.get(bot_id)
        if bot is None or not hmac.compare_digest(fields["secret"].encode(), bot.secret.encode()):
            raise Refusal(40001, "invalid bot_id or secret")
        older = self._lines.get(bot_id)
        self._lines[bot_id] = line
        if older is not None and older is not line:
            msgid, at = self._corp.new_id("CAIQ"), int(self._corp.timestamp())
            event = {
                "cmd": "aibot_event_callback",
                "headers": {"req_id": self._corp.new_id("", 24)},
                "body": bot_disconnected(msgid, bot_id, at),
            }
            await _send(older, event)
            await older.close()

    def _bot_of(self, line: web.WebSocketResponse) -> Bot:
        for bot_id, current in self._lines.items():
            if current is line:
                return self._bots[bot_id]
        raise Refusal(846609)

    def _log(self, cmd: str, body: object, errcode: int, fault: Fault) -> None:
        if cmd == "ping":
            return
        call = Call(
            at=self._corp.clock.now(),
            api=cmd,
            query={},
            body={} if cmd == "aibot_subscribe" else body,  # the secret is not kept
            errcode=-1 if fault.disconnect_after else errcode,
            latency_s=fault.latency_s,
        )
        self._corp.calls.append(call)


async def _send(line: web.WebSocketResponse, frame: dict[str, Any]) -> bool:
    """Returns False if the other side is gone."""
    if line.closed:
        return False
    try:
        await line.send_json(frame)
    except ConnectionError:
        return False
    return True


def _read_frame(text: str) -> tuple[str, str, object]:
    """(cmd, req_id, body); a missing one is empty, and refused later."""
    try:
        frame = json.loads(text)
    except ValueError:
        frame = {}
    frame = frame if isinstance(frame, dict) else {}
    headers = frame.get("headers")
    req_id = headers.get("req_id") if isinstance(headers, dict) else ""
    return str(frame.get("cmd", "")), req_id if isinstance(req_id, str) else "", frame.get("body")
