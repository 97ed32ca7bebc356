"""A smart bot's callback URL: sealed JSON there, a sealed reply back (docs 101033, 101031)."""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp

from bot.errors import BadCallback
from bot.mockwecom.bot_chats import Bot, Turn
from bot.mockwecom.payloads_bot import BotHead, bot_refresh
from bot.mockwecom.people import CannotAct
from bot.mockwecom.rules import Refusal
from bot.wecom.crypto import Envelope

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

REPLY_FIELDS = {"encrypt", "msgsignature", "timestamp", "nonce"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BotCallback:
    """What "设置接收消息回调地址" asks for. Raises ValueError if `aes_key` is not a key."""

    url: str
    token: str
    aes_key: str
    envelope: Envelope = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # For a bot inside its own company the receiver is the empty string (doc 101033).
        object.__setattr__(self, "envelope", Envelope(self.token, self.aes_key, ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What is said, by whom, and to which callback the bot gets it."""

    bot: Bot
    callback: BotCallback
    turn: Turn


class BotCallbacks:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp

    async def verify(self, callback: BotCallback) -> None:
        """GET with a sealed echostr (doc 101033). Raises CannotAct unless it comes back bare."""
        _, right = await self._corp.pushes.echoed(callback.url, callback.envelope)
        if not right:
            raise CannotAct(
                f"{callback.url} did not answer the decrypted echostr: compare Token and "
                "EncodingAESKey on both sides; the receive id of a bot is empty"
            )

    def push(self, talk: Talk, payload: dict[str, Any]) -> None:
        """Returns at once; `corp.settled()` waits for the answer."""
        fault = self._corp.faults.strike("callback")
        if fault.drop:
            plain = json.dumps(payload, ensure_ascii=False)
            self._corp.pushes.log(talk.callback.url, plain, 1, 0, b"")
            return
        for _ in range(2 if fault.double else 1):
            self._corp.pushes.start(self._converse(talk, payload, fault.latency_s))

    async def _converse(self, talk: Talk, payload: dict[str, Any], latency_s: float) -> None:
        rules = self._corp.rules
        await self._corp.pushes.wait(latency_s)
        # A pressed card is pushed only once (doc 101027).
        once = talk.turn.kind == "template_card_event"
        for attempt in range(1, 2 if once else rules["push_retries"] + 2):
            if attempt > 1:
                await self._corp.pushes.wait(rules["push_retry_gap_s"])
            if await self._ask(talk, payload, attempt):
                break
        await self._refresh(talk)
        talk.turn.settled = True

    async def _refresh(self, talk: Talk) -> None:
        """Ask for the rest of an unfinished stream, 6 minutes long at most (doc 101031)."""
        turn = talk.turn
        until = turn.at + self._corp.rules["bot_stream_s"]
        while stream := turn.open_stream:
            await self._corp.pushes.wait(self._corp.rules["bot_refresh_gap_s"])
            if self._corp.timestamp() > until:
                return
            head = BotHead(
                msgid=self._corp.new_id("CAIQ"),
                bot_id=talk.bot.bot_id,
                userid=turn.userid,
                chat_id=turn.chat_id,
            )
            payload = bot_refresh(head, stream.stream_id)
            await self._ask(talk, payload, 1, refresh=True)

    async def _ask(
        self, talk: Talk, payload: dict[str, Any], attempt: int, *, refresh: bool = False
    ) -> bool:
        """Send one request; returns whether the answer was HTTP 200."""
        plain = json.dumps(payload, ensure_ascii=False)
        encrypt, query = self._corp.pushes.seal(talk.callback.envelope, plain)
        timeout = aiohttp.ClientTimeout(total=self._corp.rules["push_timeout_s"])
        status, raw = 0, b""
        try:
            async with self._corp.pushes.session.post(
                talk.callback.url,
                params=query,
                json={"encrypt": encrypt},
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                status, raw = answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        self._corp.pushes.log(talk.callback.url, plain, attempt, status, raw)
        # The callback came twice, and so did the answer: the first one counts.
        if status == 200 and raw and not talk.turn.settled:
            try:
                reply = _open(talk.callback, query["nonce"], raw)
                talk.bot.reply_passively(talk.turn, reply, refresh=refresh)
            except (Refusal, BadCallback) as error:
                # WeCom drops such a reply silently; here it is recorded.
                self._corp.misused(f"callback of {talk.bot.bot_id}", str(error))
        return status == 200


def _open(callback: BotCallback, nonce: str, raw: bytes) -> Any:
    """The reply inside its envelope. Raises Refusal or BadCallback."""
    try:
        sealed = json.loads(raw)
    except ValueError as error:
        raise Refusal(40058, "the response is neither empty nor JSON") from error
    if not isinstance(sealed, dict) or set(sealed) != REPLY_FIELDS:
        raise Refusal(40058, f"the response has not just {', '.join(sorted(REPLY_FIELDS))}")
    # The page says an integer, the official sample writes a string (doc 101033): both are right.
    timestamp = str(sealed["timestamp"])
    if sealed["nonce"] != nonce or not timestamp.isdecimal():
        raise Refusal(40058, "nonce is not that of the callback, or timestamp is no number")
    plain = callback.envelope.open(
        str(sealed["msgsignature"]), timestamp, nonce, str(sealed["encrypt"])
    )
    try:
        return json.loads(plain)
    except ValueError as error:
        raise Refusal(40058, "the decrypted reply is not JSON") from error
