"""May we write, and by which way? One pure function, asked when queueing and again when sending.

All numbers come from config/touch.toml, where each carries its documentation page.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from operator import attrgetter

from msgspec import Struct

from bot.touch.platform import Platform


class Via(StrEnum):
    """The ways that really exist for words to reach somebody.

    A member that is asked for with each event is a constant of its own in its module: in Python
    3.11 looking up a member of an enumeration takes its time.
    """

    WELCOME_CODE = "welcome_code"  # 欢迎语: send_welcome_msg, seconds, once
    SERVICE_SESSION = "service_session"  # 微信客服: kf/send_msg
    SERVICE_CODE = "service_code"  # 微信客服: kf/send_msg_on_event, once
    SERVICE_TRANSFER = "service_transfer"  # 微信客服: hand the session to a person; no words
    BOT_REPLY = "bot_reply"  # 智能机器人: answers one message
    BOT_ENTER = "bot_enter"  # 智能机器人: greets whoever opens the chat, within seconds
    APP_MESSAGE = "app_message"  # 应用消息 to a member who wrote to the app
    STAFF_NOTICE = "staff_notice"  # 应用消息: a to-do for a member
    STAFF_TASK = "staff_task"  # 企业群发: a member confirms it in their client


URGENT = frozenset({Via.WELCOME_CODE, Via.SERVICE_CODE, Via.BOT_ENTER})
# Ways that are open for seconds only: the limit that tells how many, and its name.
_FLEETING = {
    Via.WELCOME_CODE: (attrgetter("welcome_s"), "欢迎语", "the welcome code"),
    Via.SERVICE_CODE: (attrgetter("kf_welcome_s"), "客服欢迎语", "the kf welcome code"),
    Via.BOT_REPLY: (attrgetter("bot_reply_s"), "机器人回复", "the bot's reply"),
    Via.BOT_ENTER: (attrgetter("bot_enter_s"), "机器人欢迎语", "the bot's welcome"),
}
_WELCOMES = frozenset({Via.WELCOME_CODE, Via.SERVICE_CODE})
_SERVICE_SESSION = Via.SERVICE_SESSION


@dataclass(slots=True, kw_only=True)
class Session:
    """What we know of a conversation in 微信客服 (kf). Moments are Unix seconds."""

    heard_at: float = 0.0  # the customer's last message
    sent: int = 0  # our messages since then, queued ones included
    staffed: bool = False  # a person is serving, or has been called
    servicer: str = ""
    said: str = ""  # the script that was said last
    offered: tuple[str, ...] = ()  # ids of the menu that was shown last
    asked: str = ""  # the question that it answered, normalised

    def become(self, other: "Session") -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(other, name))


class Outgoing(Struct, frozen=True, kw_only=True):
    """What the platform's limits need to know of a message that is about to go out."""

    via: Via
    since: float  # when the event happened that gives us the right to write
    counted: bool = False  # already part of session.sent
    beside_staff: bool = False  # the line that announces the person


@dataclass(frozen=True, slots=True)
class Allow:
    via: Via
    zh: str = field(default="", compare=False)
    en: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: ask again at `until` (aware)."""

    until: datetime
    rule: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Refuse:
    rule: str
    zh: str
    en: str


ALLOWED = {via: Allow(via) for via in Via}
AS_MEMBER = frozenset({Via.WELCOME_CODE, Via.STAFF_TASK})  # the customer sees who says it
Verdict = Allow | Refuse

STAFFED = Refuse(
    "staffed", "有同事正在接待，机器人不说话", "a person is serving; the bot is silent"
)
NOTHING_NEW = Refuse("nothing_new", "没有新的可以让客户选", "there is nothing new to choose from")
HANDS_OVER = Refuse(
    "handover",
    "这位成员正在交接，不再以 TA 的名义发消息",
    "this member hands over: nothing goes out in their name",
)
NO_WAY = Refuse(
    "no_way", "没有官方通道可以发出这条消息", "no official way exists for this message"
)


def judge(outgoing: Outgoing, session: Session | None, limits: Platform, now: float) -> Verdict:
    """Judge one message by the platform's limits.

    Args:
        session: the kf session, for the two ways that need one.
        limits: config/touch.toml.
        now: Unix seconds.
    """
    via = outgoing.via
    if via is _SERVICE_SESSION:
        return judge_session(outgoing, session or Session(), limits, now)
    if (fleeting := _FLEETING.get(via)) is not None:
        seconds, zh, en = fleeting
        good_for, age = seconds(limits), now - outgoing.since
        if age > good_for - (limits.welcome_margin_s if via in _WELCOMES else 0):
            return expired(age, good_for, zh, en)
    return ALLOWED[via]


def has_ended(session: Session, limits: Platform, now: float) -> bool:
    """Whether the session has ended by itself, after so long a silence of the customer (doc
    94669): no event tells of that, and whoever served does so no longer.

    False if nobody knows when the customer last wrote.
    """
    return 0 < session.heard_at < now - limits.kf_window_h * 3600


def judge_session(outgoing: Outgoing, session: Session, limits: Platform, now: float) -> Verdict:
    if session.staffed and not outgoing.beside_staff and not has_ended(session, limits, now):
        return STAFFED
    if now - session.heard_at > limits.kf_window_h * 3600:
        hours = limits.kf_window_h
        return Refuse(
            "kf_window",
            f"客户上次发言已超过 {hours:g} 小时",
            f"the customer last wrote more than {hours:g} hours ago",
        )
    if session.sent - outgoing.counted >= limits.kf_messages:
        return Refuse(
            "kf_messages",
            f"客户上次发言后已回复 {limits.kf_messages} 条",
            f"{limits.kf_messages} messages were sent since the customer last wrote",
        )
    return ALLOWED[Via.SERVICE_SESSION]


def expired(age: float, limit: float, zh: str, en: str) -> Refuse:
    late = age < limit  # sent now, it would arrive too late
    return Refuse(
        "expired",
        f"{zh}只能在 {limit:g} 秒内发送，现在已过 {age:.0f} 秒{'，来不及送到' if late else ''}",
        f"{en} is good for {limit:g} s; {age:.0f} s have passed{', too many' if late else ''}",
    )
