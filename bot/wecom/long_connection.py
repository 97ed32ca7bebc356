"""A smart bot's long connection (智能机器人长连接, doc 101463): no public address is needed.

WeCom keeps one connection for each bot, and drops the older one when a newer one comes. Two
programs that both insist would evict each other for ever, so whoever is evicted stays away for a
long time.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Literal

import aiohttp
import orjson

from bot.clock import Clock
from bot.errors import CURE, NoAnswer, TryLater, WeComError
from bot.wecom.errcodes import error_for
from bot.wecom.fields import errcode, parsed, text

logger = logging.getLogger(__name__)

PING_S = 30.0  # doc 101463
MISSED_PINGS = 2
BACKOFF_S = 60.0  # the longest pause between attempts
STABLE_S = 60.0  # after this long, a connection counts as good, and earlier failures are forgotten
REFUSED_S = 600.0  # a wrong secret does not correct itself
NOT_SUBSCRIBED = 846609
CALLBACKS = frozenset({"aibot_msg_callback", "aibot_event_callback"})

_CLOSING = aiohttp.ClientWSTimeout(ws_close=1.0)  # a dead peer does not say good-bye

Received = Callable[[str, str, dict[str, Any]], Awaitable[None]]


class LongConnection:
    """Receives callbacks and answers them; `run` holds the connection.

    Args:
        received: awaited with (cmd, req_id, body) of every callback; they start in the order of
            arrival and do not wait for one another. WeCom does not repeat what is lost here.
        evicted_s: how long to stay away after a newer connection took our place.
        answer_s: how long to wait for WeCom's acknowledgement.
        proxy: http://host:port of an HTTP proxy; "" = none.
    """

    def __init__(
        self,
        url: str,
        bot_id: str,
        secret: str,
        clock: Clock,
        received: Received,
        *,
        evicted_s: float = 1800.0,
        answer_s: float = 5.0,
        proxy: str = "",
    ) -> None:
        self._proxy = proxy or None
        self._url, self._bot_id, self._secret = url, bot_id, secret
        self._clock, self._received = clock, received
        self._evicted_s, self._answer_s = evicted_s, answer_s
        self._numbers = count(1)
        self._socket: aiohttp.ClientWebSocketResponse | None = None  # once subscribed
        self._asked: dict[str, asyncio.Future[dict[str, Any] | None]] = {}
        self._silent_pings = 0
        self._evicted = self._refused = False

    @property
    def connected(self) -> bool:
        return self._socket is not None and not self._socket.closed

    @property
    def standing(self) -> Literal["connected", "refused", "evicted", "away"]:
        """How the last attempt went: WeCom refused id or secret, or another program took over."""
        if self.connected:
            return "connected"
        return "refused" if self._refused else "evicted" if self._evicted else "away"

    async def run(self) -> None:
        """Hold the connection for ever."""
        failures = 0
        async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as deliveries:
            while True:
                began = self._clock.timestamp()
                least_s = await self._hold(http, deliveries)
                stable = self._clock.timestamp() - began >= STABLE_S
                failures = 0 if stable else failures + 1
                backoff_s = min(BACKOFF_S, 2.0 ** min(failures, 6)) * random.uniform(0.5, 1)
                await self._clock.sleep(max(least_s, backoff_s))

    async def respond(
        self, req_id: str, body: dict[str, Any], *, cmd: str = "aibot_respond_msg"
    ) -> None:
        """Answer a callback; returns when WeCom has acknowledged it.

        Raises:
            NoAnswer: not connected (not sent), or no acknowledgement came (sent).
            WeComError: as errcodes.py classes the acknowledgement.
        """
        await self._ask(cmd, req_id, body)

    async def _hold(self, http: aiohttp.ClientSession, deliveries: asyncio.TaskGroup) -> float:
        """Hold one connection until it ends. Returns the shortest pause before the next."""
        self._evicted = self._refused = False
        self._silent_pings = 0
        try:
            async with asyncio.timeout(self._answer_s):
                socket = await http.ws_connect(self._url, timeout=_CLOSING, proxy=self._proxy)
            try:
                await self._subscribe(socket, deliveries)
                await self._listen(socket, deliveries)
            finally:
                self._socket = None
                self._fail_asked()
                await socket.close()
            self._tell("the long connection has ended", logging.INFO)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self._tell(f"the long connection failed: {type(error).__name__}", logging.WARNING)
        except TryLater as error:
            self._tell(f"WeCom does not let us subscribe yet: {error}", logging.WARNING)
            return error.after_s
        except WeComError as error:
            self._refused = True
            self._tell(f"WeCom refuses the bot's id or secret: {error}; {CURE}", logging.ERROR)
            return REFUSED_S
        if self._evicted:
            self._tell("another connection has taken this bot over", logging.ERROR)
            return self._evicted_s
        return 0.0

    async def _subscribe(
        self, socket: aiohttp.ClientWebSocketResponse, deliveries: asyncio.TaskGroup
    ) -> None:
        api, req_id = "aibot_subscribe", self._number("subscribe")
        body = {"bot_id": self._bot_id, "secret": self._secret}
        async with asyncio.timeout(self._answer_s):
            await _write(socket, {"cmd": api, "headers": {"req_id": req_id}, "body": body})
            while True:
                frame = await _read(socket)
                if frame is None:
                    raise ConnectionResetError("closed before the subscription was answered")
                if _req_id(frame) == req_id:
                    break
                self._take(frame, deliveries)
        if code := errcode(frame):
            raise error_for(code, text(frame, "errmsg"), api)
        self._socket = socket
        self._tell("the long connection stands", logging.INFO)

    async def _listen(
        self, socket: aiohttp.ClientWebSocketResponse, deliveries: asyncio.TaskGroup
    ) -> None:
        beat = deliveries.create_task(self._beat(socket))
        try:
            while not self._evicted and (frame := await _read(socket)) is not None:
                self._take(frame, deliveries)
                if errcode(frame) == NOT_SUBSCRIBED:
                    return  # it looks open, but WeCom has forgotten us: connect again
        finally:
            beat.cancel()

    def _take(self, frame: dict[str, Any], deliveries: asyncio.TaskGroup) -> None:
        self._silent_pings = 0  # whatever arrives is a sign of life
        cmd, req_id, body = str(frame.get("cmd")), _req_id(frame), frame.get("body")
        if cmd in CALLBACKS and isinstance(body, dict):
            event = body.get("event")
            if isinstance(event, dict) and event.get("eventtype") == "disconnected_event":
                self._evicted = True
            deliveries.create_task(self._deliver(cmd, req_id, body))
        elif (answer := self._asked.get(req_id)) and not answer.done():
            answer.set_result(frame)

    async def _deliver(self, cmd: str, req_id: str, body: dict[str, Any]) -> None:
        try:
            await self._received(cmd, req_id, body)
        # One callback that cannot be stored must not end the connection for all others.
        except Exception:
            logger.exception("a callback is lost", extra={"action": "long_connection.lost"})

    async def _beat(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            await self._clock.sleep(PING_S)
            if self._silent_pings == MISSED_PINGS or socket.closed:
                break
            self._silent_pings += 1
            try:
                await _write(socket, {"cmd": "ping", "headers": {"req_id": self._number("ping")}})
            except ConnectionError:
                break
        await socket.close()

    async def _ask(self, cmd: str, req_id: str, body: dict[str, Any]) -> None:
        while earlier := self._asked.get(req_id):
            await asyncio.wait((earlier,))  # only the req_id tells acknowledgements apart
        socket = self._socket
        if socket is None:
            raise NoAnswer("the long connection is down", cmd, sent=False)
        answer = self._asked[req_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._answer_s):
                await _write(socket, {"cmd": cmd, "headers": {"req_id": req_id}, "body": body})
                frame = await answer
        except (TimeoutError, ConnectionError) as error:
            raise NoAnswer(type(error).__name__, cmd, sent=True) from None
        finally:
            answer.cancel()
            del self._asked[req_id]
        if frame is None:
            raise NoAnswer("the connection ended before the acknowledgement", cmd, sent=True)
        if code := errcode(frame):
            raise error_for(code, text(frame, "errmsg"), cmd)

    def _fail_asked(self) -> None:
        for answer in self._asked.values():
            if not answer.done():
                answer.set_result(None)

    def _number(self, what: str) -> str:
        return f"{what}-{self._bot_id}-{next(self._numbers)}"

    def _tell(self, message: str, level: int) -> None:
        extra = {"action": "long_connection", "bot": self._bot_id}
        logger.log(level, "%s", message, extra=extra)


async def _write(socket: aiohttp.ClientWebSocketResponse, frame: dict[str, Any]) -> None:
    await socket.send_str(orjson.dumps(frame).decode())


async def _read(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any] | None:
    """The next frame; None when the connection is over. Anything else is skipped."""
    while True:
        message = await socket.receive()
        if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            return None
        try:
            frame = parsed(message.data)
        except ValueError:
            continue
        if isinstance(frame, dict):
            return frame


def _req_id(frame: dict[str, Any]) -> str:
    headers = frame.get("headers")
    return str(headers.get("req_id", "")) if isinstance(headers, dict) else ""
