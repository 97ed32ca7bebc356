"""XML payloads of app callbacks → events (docs 90239, 90240, 92130, 94670, 97299). Pure."""

from collections.abc import Callable
from datetime import datetime

from bot.events import (
    AcquisitionChanged,
    AppEvent,
    ArchiveConsented,
    ArchiveNotified,
    CardClicked,
    Channel,
    CustomerAdded,
    CustomerEdited,
    CustomerLost,
    Event,
    GroupChanged,
    MessageReceived,
    ServiceAccountsChanged,
    ServiceNotified,
    TagChanged,
    TransferFailed,
)
from bot.wecom.document import Document, leaves

_MESSAGES = {"text", "image", "voice", "video", "location", "link"}
_APP_EVENTS = {
    *("subscribe", "unsubscribe", "enter_agent", "LOCATION", "click", "view"),
    *("view_miniprogram", "scancode_push", "scancode_waitmsg", "location_select"),
    *("pic_sysphoto", "pic_photo_or_album", "pic_weixin", "batch_job_result", "change_contact"),
    *("open_approval_change", "share_agent_change", "share_chain_change"),
    *("inactive_alert", "close_inactive_agent", "reopen_inactive_agent"),
    *("low_active_alert", "low_active", "active_restored"),
}
_ACQUISITION_CHANGES = {
    *("balance_low", "balance_exhausted", "balance_increased", "quota_expire_soon"),
    *("link_unavailable", "delete_link", "open_profile", "friend_request"),
    *("customer_start_chat", "message_from_customer", "del_follow_user"),
}


def xml_event(plain: bytes, received: datetime) -> Event:
    """Raises ValueError: not a payload that we know."""
    document = Document(plain, received)
    kind = document.need("MsgType")
    if kind != "event":
        return _message(document, kind)
    name = document.need("Event")
    if name in _APP_EVENTS:
        return _app_event(document, name)
    if name not in _EVENTS:
        raise ValueError(f"unknown Event {name}")
    return _EVENTS[name](document)


def _message(document: Document, kind: str) -> Event:
    if kind not in _MESSAGES:
        raise ValueError(f"unknown MsgType {kind}")
    agent, user = document.need("AgentID"), document.need("FromUserName")
    return MessageReceived(
        id=f"app:{document.need('MsgId')}",
        at=document.at(),
        conversation=f"app:{agent}:{user}",
        channel=Channel.APP,
        account=agent,
        sender=user,
        kind=kind,
        text=document.text("Content"),
        media_id=document.text("MediaId") or document.text("Url"),
    )


def _app_event(document: Document, name: str) -> Event:
    change = document.text("ChangeType")
    user, agent = document.text("FromUserName"), document.text("AgentID")
    if user == "sys":
        user = document.text("UserID")
    known = {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "ChangeType"}
    details: dict[str, str] = {}
    for path, value in leaves(document.children):
        if path not in known | {"AgentID", "EventKey"}:
            details[path] = f"{details[path]},{value}" if path in details else value
    return AppEvent(
        **document.head(f"app:{agent}:{user}" if agent and user else "corp"),
        name=f"{name}:{change}" if change else name,
        user=user,
        agent_id=agent,
        key=document.text("EventKey"),
        details=details,
    )


def _contact(document: Document) -> Event:
    member, customer = document.need("UserID"), document.need("ExternalUserID")
    head = document.head(f"contact:{member}:{customer}")
    match document.need("ChangeType"):
        case "add_external_contact" | "add_half_external_contact" as change:
            return CustomerAdded(
                **head,
                member=member,
                customer=customer,
                state=document.text("State"),
                welcome_code=document.text("WelcomeCode"),
                half=change == "add_half_external_contact",
            )
        case "edit_external_contact":
            return CustomerEdited(**head, member=member, customer=customer)
        case "del_external_contact" | "del_follow_user" as change:
            return CustomerLost(
                **head,
                member=member,
                customer=customer,
                by_customer=change == "del_follow_user",
                source=document.text("Source"),
            )
        case "transfer_fail":
            reason = document.text("FailReason")
            return TransferFailed(**head, member=member, customer=customer, reason=reason)
        case "msg_audit_approved":
            code = document.text("WelcomeCode")
            return ArchiveConsented(**head, member=member, customer=customer, welcome_code=code)
        case change:
            raise ValueError(f"unknown ChangeType {change} of change_external_contact")


def _group(document: Document) -> Event:
    chat, change = document.need("ChatId"), document.need("ChangeType")
    if change not in {"create", "update", "dismiss"}:
        raise ValueError(f"unknown ChangeType {change} of change_external_chat")
    return GroupChanged(
        **document.head(f"group:{chat}"),
        chat_id=chat,
        change=change,
        detail=document.text("UpdateDetail"),
        members=document.all("MemChangeList.Item"),
        join_scene=document.number("JoinScene"),
        quit_scene=document.number("QuitScene"),
        last_version=document.text("LastMemVer"),
        version=document.text("CurMemVer"),
    )


def _tag(document: Document) -> Event:
    change = document.need("ChangeType")
    if change not in {"create", "update", "delete", "shuffle"}:
        raise ValueError(f"unknown ChangeType {change} of change_external_tag")
    return TagChanged(
        **document.head("corp"),
        change=change,
        tag_id=document.text("Id"),  # empty: the order of the groups themselves was shuffled
        tag_type=document.text("TagType"),
        strategy_id=document.text("StrategyId"),
    )


def _acquisition(document: Document) -> Event:
    change = document.need("ChangeType")
    if change not in _ACQUISITION_CHANGES:
        raise ValueError(f"unknown ChangeType {change} of customer_acquisition")
    member, customer = document.text("UserID"), document.text("ExternalUserID")
    return AcquisitionChanged(
        **document.head(f"contact:{member}:{customer}" if member and customer else "corp"),
        change=change,
        member=member,
        customer=customer,
        link_id=document.text("LinkId"),
        state=document.text("State"),
        chat_key=document.text("ChatKey"),
        expire_at=document.moment("ExpireTime"),
        expire_quota=document.number("ExpireQuotaNum"),
    )


def _service_news(document: Document) -> Event:
    account = document.need("OpenKfId")
    return ServiceNotified(
        **document.head(f"kf:{account}:"), account=account, token=document.text("Token")
    )


def _service_accounts(document: Document) -> Event:
    return ServiceAccountsChanged(
        **document.head("corp"),
        added=document.all("AuthAddOpenKfId"),
        removed=document.all("AuthDelOpenKfId"),
    )


def _card(document: Document) -> Event:
    agent, user = document.need("AgentID"), document.need("FromUserName")
    return CardClicked(
        **document.head(f"app:{agent}:{user}"),
        channel=Channel.APP,
        account=agent,
        user=user,
        key=document.text("EventKey"),
        task_id=document.text("TaskId"),
        card_type=document.text("CardType"),
        response_code=document.text("ResponseCode"),
        selected=_selected(document),
    )


def _selected(document: Document) -> dict[str, tuple[str, ...]]:
    chosen: dict[str, tuple[str, ...]] = {}
    for item in document.nested("SelectedItems"):
        texts = list(leaves(item))
        question = "".join(value for path, value in texts if path == "QuestionKey")
        chosen[question] = tuple(value for path, value in texts if path == "OptionIds.OptionId")
    return chosen


_EVENTS: dict[str, Callable[[Document], Event]] = {
    "change_external_contact": _contact,
    "change_external_chat": _group,
    "change_external_tag": _tag,
    "customer_acquisition": _acquisition,
    "kf_msg_or_event": _service_news,
    "kf_account_auth_change": _service_accounts,
    "msgaudit_notify": lambda document: ArchiveNotified(**document.head("corp")),
    "template_card_event": _card,
    "template_card_menu_event": _card,
}
