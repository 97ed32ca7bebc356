"""Smart bots (智能机器人): members talk to them, by callback URL or by long connection."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from bot.mockwecom.bot_callbacks import BotCallback, BotCallbacks, Talk
from bot.mockwecom.bot_chats import Bot, Turn
from bot.mockwecom.bot_media import key_for
from bot.mockwecom.bot_replies import TO_RESPONSE_URL, read_reply
from bot.mockwecom.bot_socket import BLUNDERS, BotSocket
from bot.mockwecom.payloads_bot import (
    BotHead,
    bot_card_event,
    bot_enter_chat,
    bot_feedback,
    bot_message,
)
from bot.mockwecom.people import CannotAct
from bot.mockwecom.rules import TEXTS, Refusal
from bot.wecom.crypto import Envelope

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

log = logging.getLogger(__name__)

IN_GROUPS = frozenset({"text", "mixed"})  # doc 100719: all other kinds are for single chats
FILES = frozenset({"image", "file", "video"})


class SmartBots:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self._bots: dict[str, Bot] = {}
        self._callbacks: dict[str, BotCallback] = {}
        self._on_line: dict[str, Bot] = {}  # those for the long connection
        self._codes: dict[str, tuple[Bot, Turn]] = {}  # by response_code, until it is used
        self._base_url = ""
        self.pushes = BotCallbacks(corp)
        self.socket = BotSocket(corp, self._on_line)
        self.undelivered: list[dict[str, Any]] = []  # for bots without a connection
        self.act: dict[str, Callable[..., Awaitable[Any]]] = {
            "add_bot": self._add_bot,
            "verify_bot_callback": self.verify_callback,
            "member_writes_bot": self.member_writes_bot,
            "member_enters_bot": self.member_enters_bot,
            "give_feedback": self.give_feedback,
            "click_card": self.click_card,
            "drop_connections": self.drop_connections,
        }

    def open(self, base_url: str) -> Self:
        """`async with bots.open(url)`: links in callbacks lead to `base_url`."""
        self._base_url = base_url
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.drop()

    def reset(self) -> None:
        """Forget all conversations; bots, their addresses and their connections stay."""
        self.undelivered.clear()
        self._codes.clear()
        for bot in self._bots.values():
            bot.reset()

    def add_bot(
        self, bot_id: str, secret: str, name: str, callback: BotCallback | None = None
    ) -> None:
        """A bot has either a callback or a long connection, as in the console."""
        bot = Bot(self._corp, bot_id, secret, name)
        self._bots[bot_id] = bot
        for table in (self._callbacks, self._on_line):
            table.pop(bot_id, None)
        if callback is None:
            self._on_line[bot_id] = bot
        else:
            self._callbacks[bot_id] = callback

    async def _add_bot(
        self,
        bot_id: str,
        secret: str,
        name: str,
        url: str = "",
        token: str = "",
        aes_key: str = "",
    ) -> None:
        """The same with plain values; with `url` it has a callback."""
        callback = BotCallback(url=url, token=token, aes_key=aes_key) if url else None
        self.add_bot(bot_id, secret, name, callback)

    async def verify_callback(self, bot_id: str) -> None:
        """What the console does when the address is saved. Raises CannotAct."""
        self._bot(bot_id)
        if bot_id not in self._callbacks:
            raise CannotAct(f"bot {bot_id!r} has no callback address")
        await self.pushes.verify(self._callbacks[bot_id])

    # What people do

    async def member_writes_bot(
        self,
        userid: str,
        bot_id: str,
        text: str,
        chat_id: str = "",
        quote: str = "",
        kind: str = "text",
        mention: bool = True,
    ) -> str:
        """Returns the msgid; "" for a group message that does not mention the bot: it sees none.

        Args:
            text: the words; for image, file and video the content of the file.
            kind: text, mixed (words and a picture), voice, image, file or video.
            mention: the group message is for the bot; it gets `@name` in front if it lacks that.
        """
        self._corp.people.member(userid)
        bot = self._bot(bot_id)
        offered = IN_GROUPS if chat_id else IN_GROUPS | FILES | {"voice"}
        if kind not in offered:
            where = "in a group" if chat_id else "in a single chat"
            raise CannotAct(f"{where} a bot gets {', '.join(sorted(offered))}, not {kind!r}")
        address = f"@{bot.name}"
        place = f"bot:{bot.bot_id}:{chat_id or userid}"
        if chat_id and address not in text:
            if not mention:
                self._corp.chats.say(place, userid, text)
                return ""
            text = f"{address} {text}"
        turn = bot.open_turn("message", userid, chat_id)
        said = {"msgtype": kind, kind: {"content": text}}
        self._corp.chats.add(place, userid, kind, text, said, msgid=turn.msgid)
        quoted = {"msgtype": "text", "text": {"content": quote}} if quote else None
        body = self._body(bot, kind, text)
        payload = bot_message(self._head(bot, turn, answerable=True), kind, body, quoted)
        await self._tell(bot, turn, payload)
        return turn.msgid

    async def member_enters_bot(self, userid: str, bot_id: str) -> str:
        """Returns the msgid of enter_chat; "" when it is not the first time today."""
        self._corp.people.member(userid)
        bot = self._bot(bot_id)
        if not bot.enters_first_today(userid):
            return ""
        turn = bot.open_turn("enter_chat", userid)
        await self._tell(bot, turn, bot_enter_chat(self._head(bot, turn), int(turn.at)))
        return turn.msgid

    async def give_feedback(
        self,
        userid: str,
        bot_id: str,
        feedback_id: str,
        kind: int = 1,
        content: str = "",
        reasons: Sequence[int] = (),
        chat_id: str = "",
    ) -> str:
        """`kind` 1 accurate, 2 inaccurate, 3 taken back; `reasons` as in doc 101027."""
        self._corp.people.member(userid)
        bot = self._bot(bot_id)
        bot.check_feedback(feedback_id, kind, reasons)
        turn = bot.open_turn("feedback_event", userid, chat_id)
        head = self._head(bot, turn)
        event = bot_feedback(head, int(turn.at), feedback_id, kind, content, reasons)
        await self._tell(bot, turn, event)
        return turn.msgid

    async def click_card(
        self,
        userid: str,
        bot_id: str,
        task_id: str,
        key: str,
        selected: Mapping[str, Sequence[str]] | None = None,
        chat_id: str = "",
    ) -> str:
        """Press the button `key`; `selected` is question → options."""
        self._corp.people.member(userid)
        bot = self._bot(bot_id)
        card = bot.card(task_id, key)
        turn = bot.open_turn("template_card_event", userid, chat_id, task_id)
        head = self._head(bot, turn, answerable=True)
        event = bot_card_event(head, int(turn.at), card["card_type"], key, task_id, selected or {})
        await self._tell(bot, turn, event)
        return turn.msgid

    async def drop_connections(self) -> int:
        """Cut all long connections; returns how many there were."""
        return await self.socket.drop()

    def names(self) -> dict[str, str]:
        """Their names, by id."""
        return {bot.bot_id: bot.name for bot in self._bots.values()}

    def _bot(self, bot_id: str) -> Bot:
        if bot_id not in self._bots:
            raise CannotAct(f"no bot {bot_id!r}; add_bot({bot_id!r}, secret, name) first")
        return self._bots[bot_id]

    def _head(self, bot: Bot, turn: Turn, *, answerable: bool = False) -> BotHead:
        response_url = ""
        if answerable and bot.bot_id in self._callbacks:
            code = self._corp.new_id("", 40)
            self._codes[code] = bot, turn
            response_url = f"{self._base_url}/cgi-bin/aibot/response?response_code={code}"
        return BotHead(
            msgid=turn.msgid,
            bot_id=bot.bot_id,
            userid=turn.userid,
            chat_id=turn.chat_id,
            response_url=response_url,
        )

    def _body(self, bot: Bot, kind: str, text: str) -> dict[str, Any]:
        if kind in FILES:
            return self._file(bot, text)
        if kind == "mixed":
            items = [
                {"msgtype": "text", "text": {"content": text}},
                {"msgtype": "image", "image": self._file(bot, "picture")},
            ]
            return {"msg_item": items}
        return {"content": text}

    def _file(self, bot: Bot, content: str) -> dict[str, str]:
        """A file for a callback has the callback's key, any other its own (doc 101463)."""
        callback = self._callbacks.get(bot.bot_id)
        own_key = "" if callback else key_for(self._corp.new_id(""))
        envelope = callback.envelope if callback else Envelope("", own_key, "")
        name = bot.media.offer(content.encode(), envelope)
        link = {"url": f"{self._base_url}/aibot/media/{bot.bot_id}/{name}"}
        return link if callback else {**link, "aeskey": own_key}

    async def _tell(self, bot: Bot, turn: Turn, payload: dict[str, Any]) -> None:
        callback = self._callbacks.get(bot.bot_id)
        if callback is not None:
            self.pushes.push(Talk(bot=bot, callback=callback, turn=turn), payload)
            return
        cmd = "aibot_msg_callback" if turn.kind == "message" else "aibot_event_callback"
        if not await self.socket.push(bot.bot_id, cmd, turn.req_id, payload):
            turn.settled = True
            self.undelivered.append(payload)
            log.info("nobody listens for the bot", extra={"action": "bot message undelivered"})

    # What bots call

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.socket.serve),
            web.get("/aibot/ws", self.socket.serve),
            web.get("/aibot/media/{bot_id}/{name}", self._download),
            web.post("/cgi-bin/aibot/response", self._respond),
        ]

    async def _download(self, request: web.Request) -> web.Response:
        bot = self._bots.get(request.match_info["bot_id"])
        sealed = bot.media.fetch(request.match_info["name"]) if bot else None
        if sealed is None:
            return web.Response(status=404)
        return web.Response(body=sealed, content_type="application/octet-stream")

    async def _respond(self, request: web.Request) -> web.Response:
        """The response_url: no token, nothing sealed, one use (doc 101138)."""
        try:
            self._say(request.query.get("response_code", ""), await request.read())
        except Refusal as error:
            if error.errcode in BLUNDERS:
                self._corp.misused("aibot/response", str(error))
            errmsg = error.detail or TEXTS.get(error.errcode, "error")
            return web.json_response({"errcode": error.errcode, "errmsg": errmsg})
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def _say(self, code: str, raw: bytes) -> None:
        if code not in self._codes:
            raise Refusal(60140)
        bot, turn = self._codes[code]
        if self._corp.timestamp() > turn.at + self._corp.rules["bot_response_url_s"]:
            raise Refusal(60140)
        try:
            body = json.loads(raw)
        except ValueError as error:
            raise Refusal(40058, "the body is not JSON") from error
        reply = read_reply(body, TO_RESPONSE_URL, self._corp.rules)
        bot.send(turn.chat, reply, "aibot/response", group=bool(turn.chat_id))
        del self._codes[code]
