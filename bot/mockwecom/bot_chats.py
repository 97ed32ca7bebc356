"""One smart bot (智能机器人) and its conversations: what it may say to whom. No transport."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from bot.mockwecom.access import Frequency
from bot.mockwecom.bot_media import BotMedia
from bot.mockwecom.bot_replies import (
    FILES,
    ON_CONNECTION,
    TO_CARD,
    TO_ENTERING,
    TO_MESSAGE,
    TO_REFRESH,
    UNASKED,
    Reply,
    read_reply,
)
from bot.mockwecom.cards import card_keys
from bot.mockwecom.people import CannotAct
from bot.mockwecom.record import Delivery
from bot.mockwecom.rules import HOUR_S, Refusal

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

SHANGHAI = timedelta(hours=8)  # enter_chat counts days in China's time


@dataclass(slots=True, kw_only=True)
class Stream:
    stream_id: str
    started_at: float
    msgid: str
    text: str = ""
    finished: bool = False


@dataclass(slots=True, kw_only=True)
class Turn:
    """One thing that a person did, and how the bot may still answer it."""

    kind: str  # message | enter_chat | template_card_event | feedback_event
    msgid: str
    req_id: str  # of the long connection
    userid: str
    chat_id: str
    at: float
    task_id: str = ""  # of the pressed card
    streams: dict[str, Stream] = field(default_factory=dict)
    card_sent: bool = False
    settled: bool = False  # nothing more will come

    @property
    def chat(self) -> str:
        return self.chat_id or self.userid

    @property
    def open_stream(self) -> Stream | None:
        """The reply that the bot is still writing."""
        return next((s for s in self.streams.values() if not s.finished), None)


class Bot:
    def __init__(self, corp: "MockCorp", bot_id: str, secret: str, name: str) -> None:
        self.bot_id, self.secret, self.name = bot_id, secret, name
        self._corp = corp
        self.reset()

    def reset(self) -> None:
        """Forget all conversations."""
        self.cards: dict[str, dict[str, Any]] = {}  # by task_id, as people see them now
        self.feedback_ids: set[str] = set()
        self.media = BotMedia(self._corp)
        self._turns: dict[str, Turn] = {}  # by req_id
        self._entered: dict[str, date] = {}
        self._recent: dict[str, list[Turn]] = {}  # by userid: messages not yet settled
        self._chats: dict[str, bool] = {}  # where somebody wrote to it; True is a group
        self._frequency = Frequency()

    # What people do

    def open_turn(self, kind: str, userid: str, chat_id: str = "", task_id: str = "") -> Turn:
        """Raises CannotAct when too many messages wait for their answers (doc 101033)."""
        limit = self._corp.rules["bot_in_flight"]
        if kind == "message" and self._in_flight(userid) >= limit:
            raise CannotAct(f"{userid} has {limit} messages in flight: let the bot finish one")
        turn = Turn(
            kind=kind,
            msgid=self._corp.new_id("CAIQ"),
            req_id=self._corp.new_id("", 24),
            userid=userid,
            chat_id=chat_id,
            at=self._corp.timestamp(),
            task_id=task_id,
        )
        self._turns[turn.req_id] = turn
        if kind == "message":
            self._recent[userid].append(turn)
            self._chats[turn.chat] = bool(chat_id)
        return turn

    def _in_flight(self, userid: str) -> int:
        since = self._corp.timestamp() - self._corp.rules["bot_stream_s"]
        turns = self._recent.get(userid, [])
        self._recent[userid] = [turn for turn in turns if not turn.settled and turn.at > since]
        return len(self._recent[userid])

    def enters_first_today(self, userid: str) -> bool:
        today = (self._corp.clock.now() + SHANGHAI).date()
        first = self._entered.get(userid) != today
        self._entered[userid] = today
        return first

    # What the bot says

    def turn(self, req_id: str) -> Turn:
        """Raises Refusal 846605 for an id that is unknown or too old to be answered."""
        turn = self._turns.get(req_id)
        if turn is None or self._corp.timestamp() > turn.at + self._corp.rules["bot_reply_s"]:
            raise Refusal(846605)
        return turn

    def reply_passively(self, turn: Turn, body: object, *, refresh: bool) -> None:
        """The body of the HTTP response to a callback. Raises Refusal."""
        allowed = {
            "message": TO_REFRESH if refresh else TO_MESSAGE,
            "enter_chat": TO_ENTERING,
            "template_card_event": TO_CARD,
        }.get(turn.kind, frozenset())
        reply = read_reply(body, allowed, self._corp.rules)
        self._accept(turn, reply, "callback")

    def respond(self, turn: Turn, body: object) -> None:
        """aibot_respond_msg. Raises Refusal."""
        if turn.kind != "message":
            raise Refusal(846605)
        reply = read_reply(body, ON_CONNECTION, self._corp.rules)
        if reply.stream is not None and "msg_item" in reply.stream:
            raise Refusal(40058, "stream.msg_item is not for the long connection")
        self._accept(turn, reply, "aibot_respond_msg")

    def respond_in_time(self, turn: Turn, body: object, kind: str, api: str) -> None:
        """A welcome or an updated card: once, within 5 s of the event. Raises Refusal."""
        late = self._corp.timestamp() > turn.at + self._corp.rules["bot_welcome_s"]
        if turn.kind != kind or turn.settled or late:
            raise Refusal(846605)
        allowed = TO_ENTERING if kind == "enter_chat" else TO_CARD
        self._accept(turn, read_reply(body, allowed, self._corp.rules), api)

    def send(self, chat: str, reply: Reply, api: str, *, group: bool) -> None:
        """Send without being asked, or by a response_url. Raises Refusal."""
        if reply.card is not None and group:
            raise Refusal(40008, "template_card is for single chats only")
        self._check_card(reply)
        self._deliver(chat, reply, api, reply.text, self._corp.new_id("CAIQ"))

    def send_unasked(self, body: object) -> None:
        """aibot_send_msg. `chat_type` 1 single, 2 group, 0 whichever it is. Raises Refusal."""
        if not isinstance(body, dict):
            raise Refusal(40058, "the body is not an object")
        rest = dict(body)
        chat, chat_type = rest.pop("chatid", None), rest.pop("chat_type", 0)
        if not isinstance(chat, str) or chat_type not in (0, 1, 2):
            raise Refusal(40058, "chatid is a text and chat_type 0, 1 or 2")
        if chat not in self._chats:  # people have to write first (doc 101463); errcode assumed
            raise Refusal(40050, "invalid chatid: nobody has written to the bot there")
        group = self._chats[chat]
        if chat_type and group != (chat_type == 2):
            raise Refusal(40050, "invalid chatid: chat_type does not fit it")
        reply = read_reply(rest, UNASKED, self._corp.rules)
        self.send(chat, reply, "aibot_send_msg", group=group)

    def _accept(self, turn: Turn, reply: Reply, api: str) -> None:
        if reply.card is not None:
            if api == "aibot_respond_msg" and turn.chat_id:
                raise Refusal(40008, "template_card is for single chats only")
            if turn.card_sent:
                raise Refusal(40058, "a message is answered with one card at most")
            self._check_card(reply, turn.task_id if reply.kind in TO_CARD else "")
        if reply.stream is None:
            self._deliver(turn.chat, reply, api, reply.text, self._corp.new_id("CAIQ"))
            turn.settled = True
        else:
            stream, known = self._stream_of(turn, reply.stream)
            text = reply.stream.get("content", stream.text)
            self._deliver(turn.chat, reply, api, text, stream.msgid, again=known)
            stream.text, stream.finished = text, reply.stream.get("finish", False)
            turn.streams[stream.stream_id] = stream
            turn.settled = turn.open_stream is None
        turn.card_sent |= reply.card is not None

    def _stream_of(self, turn: Turn, said: dict[str, Any]) -> tuple[Stream, bool]:
        """The stream that is meant, and whether it already existed."""
        now, only = self._corp.timestamp(), turn.open_stream
        stream_id = said.get("id") or (only.stream_id if only else "")
        if not stream_id:
            raise Refusal(40058, "stream.id is missing in the first answer")
        stream = turn.streams.get(stream_id)
        if stream is None:
            msgid = self._corp.new_id("CAIQ")
            return Stream(stream_id=stream_id, started_at=now, msgid=msgid), False
        if stream.finished or now > stream.started_at + self._corp.rules["bot_stream_s"]:
            raise Refusal(846608)
        if "feedback" in said:
            raise Refusal(40058, "stream.feedback is for the first answer only")
        return stream, True

    def _check_card(self, reply: Reply, pressed: str = "") -> None:
        """A new card needs a new task_id (42014); an update repeats that of the pressed card."""
        task_id = (reply.card or {}).get("task_id", "")
        if pressed and task_id != pressed:
            raise Refusal(42014, "template_card.task_id is not that of the pressed card")
        if not pressed and task_id in self.cards:
            raise Refusal(42014, "template_card.task_id was used before")

    def _deliver(
        self, chat: str, reply: Reply, api: str, text: str, msgid: str, *, again: bool = False
    ) -> None:
        if reply.kind in FILES:
            self.media.check_uploaded(reply.body[reply.kind]["media_id"], reply.kind)
        if not again:  # all updates of a stream count as one message (assumed)
            self._check_frequency(chat)
        if reply.card is not None and "task_id" in reply.card:
            self.cards[reply.card["task_id"]] = reply.card
        self.feedback_ids.update(reply.feedback_ids)
        delivery = Delivery(
            at=self._corp.clock.now(),
            channel="bot",
            account=self.bot_id,
            to=chat,
            kind=reply.kind,
            text=text,
            body=reply.body,
            msgid=msgid,
            api=api,
        )
        self._corp.deliver(delivery)

    def _check_frequency(self, chat: str) -> None:
        rules, now = self._corp.rules, self._corp.timestamp()
        windows = (("bot_messages_per_minute", 60), ("bot_messages_per_hour", HOUR_S))
        within = [
            self._frequency.within(now, rules[name], span_s, name, chat)
            for name, span_s in windows
        ]
        if not all(within):
            raise Refusal(45009)

    # What people answer with

    def card(self, task_id: str, key: str) -> dict[str, Any]:
        """Raises CannotAct when nobody sees such a card or button."""
        card = self.cards.get(task_id)
        if card is None or key not in card_keys(card):
            raise CannotAct(f"no card {task_id!r} with a button {key!r} was delivered")
        return card

    def check_feedback(self, feedback_id: str, kind: int, reasons: Sequence[int]) -> None:
        if feedback_id not in self.feedback_ids:
            raise CannotAct(f"no reply carried feedback.id {feedback_id!r}")
        if kind not in (1, 2, 3) or not set(reasons) <= {1, 2, 3, 4}:
            raise CannotAct("kind is 1, 2 or 3; reasons are of 1, 2, 3, 4")
