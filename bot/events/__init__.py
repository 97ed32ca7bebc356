"""Everything that happens, as values. A `conversation` names what must stay in order:

`kf:OPEN_KFID:EXTERNAL_USERID` (微信客服), `bot:AIBOTID:CHATID-or-USERID` (智能机器人),
`app:AGENTID:USERID`, `contact:USERID:EXTERNAL_USERID` (客户联系), `group:CHAT_ID` (客户群),
`signal:EXTERNAL_USERID` (the shop tells; `signal:?DIGEST` of nobody we know), `corp` for the rest.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.events.due import ComplaintDue as ComplaintDue
from bot.events.due import CustomerMissed as CustomerMissed
from bot.events.due import InviteReady as InviteReady
from bot.events.due import MassDue as MassDue
from bot.events.due import ReminderDue as ReminderDue
from bot.events.due import TouchDue as TouchDue
from bot.events.event import Event as Event


class Channel(StrEnum):
    CONTACT = "contact"  # 客户联系, one to one; only a message archive tells it
    KF = "kf"  # 微信客服
    BOT = "bot"  # 智能机器人
    APP = "app"  # 应用消息, members only


OF_MEMBERS = frozenset({Channel.BOT, Channel.APP})  # there members of the company write
OF_CUSTOMERS = frozenset({Channel.KF, Channel.CONTACT})


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Event):
    """Somebody wrote to us: a customer (kf) or a member (bot, app)."""

    channel: Channel
    account: str  # OpenKfId, aibotid or AgentID
    sender: str  # external_userid, or a member's userid
    kind: str = "text"  # WeCom's msgtype
    text: str = ""  # also a voice's transcript, a mixed message's text parts
    chat_id: str = ""  # the bot's group; "" one to one
    menu_id: str = ""  # a click on our menu (kf msgmenu)
    media_id: str = ""  # media_id or url of what is not text
    quote: str = ""  # text of the message that this one quotes
    reply_to: str = ""  # response_url, or "ws:REQ_ID" of the long connection
    fragments: tuple[str, ...] = ()  # ids of the messages that were joined into this one


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAdded(Event):
    """A customer and a member became contacts (add_external_contact, add_half_…)."""

    member: str
    customer: str
    state: str = ""  # the channel code (联系我) they came by
    welcome_code: str = ""  # 欢迎语 code, good for 20 s; absent when none may be sent
    half: bool = False  # the member has not added them back yet


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEdited(Event):
    member: str
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLost(Event):
    member: str
    customer: str
    by_customer: bool  # del_follow_user: the customer removed the member
    source: str = ""  # DELETE_BY_TRANSFER


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFailed(Event):
    member: str  # the one who was to take over
    customer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveConsented(Event):
    """The customer agreed to the message archive (msg_audit_approved)."""

    member: str
    customer: str
    welcome_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChanged(Event):
    """A customer group was created, changed or dismissed (change_external_chat)."""

    chat_id: str
    change: str  # create | update | dismiss
    detail: str = ""  # add_member | del_member | change_owner | change_name | change_notice
    members: tuple[str, ...] = ()
    join_scene: int | None = None
    quit_scene: int | None = None
    last_version: str = ""  # a gap to the version we know means that an event was lost
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupJoined(Event):
    """Customers came into a group within a short while, after its first members."""

    chat_id: str
    group: str  # its name
    kind: str = ""  # flash, welfare …
    member: str  # its owner
    customers: tuple[str, ...]
    names: tuple[str, ...]  # of the customers, in the same order; "" where not known
    welcomed: bool = False  # there is material by which WeCom's client welcomes them


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupMessage(Event):
    """Somebody wrote in a group, as the message archive (会话内容存档) tells."""

    chat_id: str
    group: str = ""  # its name
    kind: str = ""  # of the group
    member: str = ""  # its owner
    sender: str
    name: str = ""  # of the sender
    staff: bool = False  # one of our members wrote it
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAsked(Event):
    """Questions in groups wait for an answer; each has its place in all the tuples. The same
    question from several groups is one; if they come from several, the conversation is "corp"."""

    member: str  # who is told
    digest: bool = False  # of the evening, over all their groups
    groups: tuple[str, ...]
    texts: tuple[str, ...]
    askers: tuple[str, ...]  # names of all who asked; in a digest also since when
    scripts: tuple[str, ...]  # "" = none answers it


@dataclass(frozen=True, slots=True, kw_only=True)
class TagChanged(Event):
    change: str  # create | update | delete | shuffle
    tag_id: str
    tag_type: str = ""  # tag | tag_group
    strategy_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionChanged(Event):
    """获客助手 (customer_acquisition)."""

    change: str
    member: str = ""
    customer: str = ""
    link_id: str = ""
    state: str = ""
    chat_key: str = ""
    expire_at: datetime | None = None
    expire_quota: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNotified(Event):
    """微信客服 has news (kf_msg_or_event); the news itself must be pulled with sync_msg."""

    account: str
    token: str  # allows sync_msg at full speed for 10 minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountsChanged(Event):
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEntered(Event):
    """A customer opened the kf chat (enter_session)."""

    account: str
    customer: str
    scene: str = ""
    scene_param: str = ""
    welcome_code: str = ""  # for send_msg_on_event, good for 20 s


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionChanged(Event):
    """session_status_change: 1 taken from the pool, 2 forwarded, 3 ended, 4 re-opened."""

    account: str
    customer: str
    change: int
    old_servicer: str = ""
    new_servicer: str = ""
    msg_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffReplied(Event):
    """A servicer wrote to the customer from their own client (origin 5)."""

    account: str
    customer: str
    servicer: str
    kind: str = "text"
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSent(Event):
    """A member sent something out of the sidebar (聊天侧边栏), in their own name."""

    member: str
    customer: str = ""  # external_userid
    chat_id: str = ""  # of a customer group instead
    script: str = ""  # "" = their own words
    words: str = ""  # digest of what the script says
    text: str = ""
    edited: bool = False  # what they sent is not what was proposed
    question: str = ""  # that it answers, normalised
    answers: str = ""  # the conversation in which that was asked: its to-dos are done
    todo: str = ""  # id of the to-do that it does


@dataclass(frozen=True, slots=True, kw_only=True)
class SendFailed(Event):
    """WeCom could not deliver what it had accepted from us (msg_send_fail)."""

    account: str
    customer: str
    message_id: str
    fail_type: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecalled(Event):
    account: str
    customer: str
    message_id: str
    servicer: str = ""  # "" when the customer did it


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicerChanged(Event):
    """servicer_status_change: 1 receiving, 2 stopped (not the encoding of servicer/list)."""

    account: str
    servicer: str
    status: int
    stop_type: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMuted(Event):
    """reject_customer_msg_switch_change."""

    account: str
    customer: str
    servicer: str
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatEntered(Event):
    """A member opened the chat with the smart bot for the first time today (enter_chat)."""

    account: str
    user: str
    reply_to: str = ""  # "ws:REQ_ID"; over the callback the answer is the HTTP response


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPolled(Event):
    """The client asks for more of a streamed reply (stream refresh)."""

    account: str
    user: str
    stream_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardClicked(Event):
    """template_card_event or template_card_menu_event, of an app or of the bot."""

    channel: Channel
    account: str
    user: str
    key: str
    task_id: str
    card_type: str = ""
    response_code: str = ""
    reply_to: str = ""
    selected: dict[str, tuple[str, ...]]  # question key → option ids


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven(Event):
    account: str
    user: str
    feedback_id: str
    type: int  # 1 accurate, 2 inaccurate, 3 cancelled
    content: str = ""
    reasons: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BotDisconnected(Event):
    """A newer connection took our place on the long connection (disconnected_event)."""

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveNotified(Event):
    """The message archive has news (msgaudit_notify)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppEvent(Event):
    """What a member did in our app, or WeCom did with it: subscribe, click, change_contact …"""

    name: str  # WeCom's Event, with ":ChangeType" where there is one
    user: str
    agent_id: str = ""
    key: str = ""
    details: dict[str, str]  # the remaining elements, flat: "ScanCodeInfo.ScanType" → value


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFailed(Event):
    """Something we said will never arrive; a person must take over."""

    message_id: str
    via: str
    script: str
    member: str  # who is responsible; "" if nobody in particular
    customer: str
    words: str  # what should have been said
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReceived(Event):
    """The company's shop system tells what a customer did (docs/signals.md)."""

    kind: str  # order_paid, page_viewed …; "x_…" is the company's own
    happened_at: datetime  # by the shop's clock; perhaps still to come
    customer: str = ""  # external_userid of a customer we know; "" = nobody yet
    member: str = ""  # who is in charge of them
    external_userid: str = ""  # what the shop knows them by: at least one of three
    unionid: str = ""
    phone: str = field(default="", repr=False)
    details: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised(Event):
    """Authentic, but of no kind that we know. Kept for whoever has to look."""

    raw: str
    reason: str
