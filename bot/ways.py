"""Which official way leads from an event back to whoever caused it."""

from msgspec import Struct

from bot.events import (
    ArchiveConsented,
    Channel,
    ChatEntered,
    CustomerAdded,
    Event,
    GroupMessage,
    InviteReady,
    MassDue,
    MessageReceived,
    SessionEntered,
    TouchDue,
)
from bot.touch.platform import Platform
from bot.touch.policy import Via


class Way(Struct, frozen=True, kw_only=True):
    """How words reach whoever caused an event."""

    via: Via
    account: str
    to: str
    bytes: int  # of text in one message
    parts: int = 1  # messages into which one answer may be cut


def way_of(event: Event, limits: Platform) -> Way | None:
    """The way for an answer to `event`; None when WeCom offers none."""
    match event:
        case CustomerAdded(welcome_code=str(code)) | ArchiveConsented(welcome_code=str(code)) if (
            code
        ):
            return Way(
                via=Via.WELCOME_CODE, account=event.member, to=code,
                bytes=limits.contact_text_bytes,
            )  # fmt: skip
        case MassDue():
            return Way(
                via=Via.STAFF_TASK, account=event.member, to=event.task,
                bytes=limits.contact_text_bytes,
            )  # fmt: skip
        case SessionEntered(welcome_code=str(code)) if code:
            return Way(
                via=Via.SERVICE_CODE, account=event.account, to=code,
                bytes=limits.kf_text_bytes,
            )  # fmt: skip
        case MessageReceived(channel=Channel.KF):
            return Way(
                via=Via.SERVICE_SESSION, account=event.account, to=event.sender,
                bytes=limits.kf_text_bytes, parts=limits.kf_messages,
            )  # fmt: skip
        case MessageReceived(channel=Channel.BOT, reply_to=str(to)) if to:
            return Way(
                via=Via.BOT_REPLY, account=event.account, to=to,
                bytes=limits.bot_text_bytes,
            )  # fmt: skip
        case MessageReceived(channel=Channel.APP):
            return Way(
                via=Via.APP_MESSAGE, account=event.account, to=event.sender,
                bytes=limits.app_text_bytes, parts=5,
            )  # fmt: skip
        case ChatEntered():
            return Way(
                via=Via.BOT_ENTER, account=event.account,
                to=event.reply_to or event.id, bytes=limits.bot_text_bytes,
            )  # fmt: skip
        case TouchDue(via=Via.SERVICE_SESSION) | InviteReady():
            return Way(
                via=Via.SERVICE_SESSION, account=event.account, to=event.customer,
                bytes=limits.kf_text_bytes, parts=limits.kf_messages,
            )  # fmt: skip
    return None


def customer_of(event: Event) -> str:
    """The id of the customer, or of the member on the company's own channels."""
    if isinstance(event, GroupMessage) and event.staff:
        return ""
    for name in ("customer", "sender", "user"):
        if value := getattr(event, name, ""):
            return str(value)
    return ""


def channel_of(event: Event) -> str:
    """The first word of the conversation's name."""
    return event.conversation.partition(":")[0]


def touch_of(event: Event, via: Via) -> dict[str, str]:
    """The fields of a Speech that tell which touch it is; empty for answers, and for telling a
    member that a touch failed."""
    if not isinstance(event, TouchDue) or event.via != via:
        return {}
    return {"plan": event.plan, "slot": event.slot, "words": event.words}
