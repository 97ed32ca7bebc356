"""Why the bot answered or did not: what is kept with each event, and how it is put into words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.scripts.decision import Decision, Match

# Reasons that are kept in English only, by their first words.
IN_CHINESE = {
    "a person is serving": "同事正在接待，机器人不说话",
    "a person was called": "已经叫了同事，还没有人接；机器人不说话",
    "a sticker": "只是一个表情",
    "WeCom gave no welcome code": "欢迎过或聊过，企业微信不再给欢迎语凭证",
    "WeCom's client welcomes": "企业微信会自动发入群欢迎语",
    "no rule of": "没有针对这种信号的规则",
    "the conditions of no rule": "没有一条规则的条件符合",
    "nobody is known": "还不认识这位客户，等他出现再处理",
    "older than": "发生得太早，只留下记录",
    "one of ours wrote": "是自己的同事在说话",
    "the answer is offered to": "把答案推给群主，由群主来说",
    "their member is talking": "客户在和同事聊，机器人不插话",
    "there is no script": "这条话术已经不在了",
    "confirmed before": "之前已经确认过",
}
# Events that need no answer: WeCom only tells of them.
NEWS = {
    "CustomerEdited": ("同事改了客户的备注", "a member edited a customer's remark"),
    "CustomerLost": ("客户和同事不再是好友", "a customer and a member are contacts no more"),
    "ArchiveConsented": ("客户同意了会话存档", "a customer agreed to the message archive"),
    "GroupChanged": ("客户群有变动", "a customer group has changed"),
    "TagChanged": ("企业标签有变动", "the company's tags have changed"),
    "AcquisitionChanged": ("获客助手有变动", "news of customer acquisition"),
    "ServiceAccountsChanged": (
        "微信客服账号有变动", "accounts of customer service have changed"
    ),
    "MessageRecalled": ("有一条消息被撤回", "a message was recalled"),
    "ServicerChanged": ("接待人员上线或离线", "a servicer came or went"),
    "CustomerMuted": ("有人设置了不收某位客户的消息", "a servicer muted or unmuted a customer"),
    "StreamPolled": ("机器人的回复还在显示", "a reply of the bot is still being shown"),
    "CardClicked": ("有人点了卡片", "somebody clicked a card"),
    "FeedbackGiven": ("有人评价了机器人的回答", "somebody rated an answer of the bot"),
    "BotDisconnected": ("机器人的长连接被另一处占用", "another place took the bot's connection"),
    "ArchiveNotified": ("会话存档有新内容", "the message archive has news"),
    "AppEvent": ("有人打开或点了自建应用", "somebody opened or clicked our app"),
    "Unrecognised": ("不认识的通知", "news of a kind that is not known"),
}  # fmt: skip
OCCASIONS = {
    "ArchiveConsented": (
        "客户同意了会话存档，欢迎语凭证 20 秒内有效",
        "they agreed to the message archive; the welcome code is good for 20 s",
    ),
    "CustomerAdded": (
        "新好友：欢迎语凭证 20 秒内有效",
        "a new contact; the welcome code is good for 20 s",
    ),
    "InviteReady": ("客户要的邀请码做好了", "the code that a customer asked for is there"),
    "MassDue": (
        "群发到时间了，等成员在手机上确认",
        "a mass message is due; its member confirms it",
    ),
    "GroupJoined": (
        "新人进群，请群主打招呼",
        "customers joined a group; its owner is asked to greet",
    ),
    "GroupMessage": ("群里有人说话", "somebody wrote in a group"),
    "GroupAsked": (
        "群里的问题等人回答，告诉负责的人",
        "questions in groups wait; somebody is told",
    ),
    "SessionEntered": ("进入客服会话", "entered the customer service chat"),
    "ChatEntered": ("打开了机器人", "opened the bot's chat"),
    "StaffReplied": ("同事亲自回复，机器人不说话", "a person answers; the bot is silent"),
    "StaffSent": ("同事从侧边栏发出", "a person sent it out of the sidebar"),
}
# Events of which only the handler is kept.
DUE = {
    "ComplaintDue": (
        "有客户投诉，告诉负责的同事",
        "a customer complained: whoever has to answer is told",
    ),
    "CustomerMissed": (
        "没发出欢迎语，给同事留待办",
        "nobody welcomed them: a to-do for the member instead",
    ),
    "ReminderDue": ("提醒的时间到了，告诉同事", "a reminder is due: its member is told"),
    "MessageReceived": ("客户发来消息，告诉负责的同事", "a customer wrote: their member is told"),
    "SignalReceived": ("商城的信号，已处理", "the shop's signal, dealt with"),
    "SendFailed": ("微信没有送到，给同事留待办", "WeChat did not deliver it: a to-do instead"),
    "TransferFailed": (
        "客户没有交接成功，给同事留待办",
        "a customer could not be handed over: a to-do instead",
    ),
}
WISHES = {
    "system/opted_out": (
        "客户不想再收到主动消息，回一句确认",
        "they want no more of our messages: confirmed",
    ),
    "system/opted_in": (
        "客户又愿意收到主动消息，回一句确认",
        "they want our messages again: confirmed",
    ),
}
# Why a person is called, or has a to-do; these are kept in Chinese.
_TOLD = {
    "提醒": "a reminder",
    r"提醒（(.+)）": r"a reminder by \1",
    "给自己的备忘": "a note to oneself",
    "朋友圈还没有发表": "a moment is not posted yet",
    "客户投诉": "a complaint",
    "投诉没人回": "nobody has answered a complaint",
    "听起来不满意，没人回": "nobody has answered somebody who sounds displeased",
    "群里投诉": "a complaint in a group",
    "客户要求删除资料": "they asked to be forgotten",
    r"听起来不满意(：.*)?": "it sounds displeased",
    r"听起来不想再收到消息(：.*)?": "it sounds as if they want no more messages",
    "新人进群": "somebody joined a group",
    "邀请码没有发给客户": "an invitation did not reach its customer",
    "菜单里没有客户要问的": "the menu did not hold what they meant",
    "客户回复了我们要的信息": "they sent what we had asked for",
    "程序处理这条消息时出错": "the program failed at this message",
    "客户发来号码或链接": "a number or a link, for a person to look up",
    "客户在催问": "they are urging us",
    "客户拒绝了接替": "they refused the colleague who takes over",
    "接替成员的客户已满": "the colleague who takes over can have no more customers",
    r"客户的消息已等了 (\d+) 分钟": r"they have waited for \1 min",
    r"客户的消息已等了 (\d+) 小时": r"they have waited for \1 h",
    r"没收到企业微信的添加通知": "WeCom's news of it never came",
    r"程序从 (.+) 到 (.+) 不在线，没收到企业微信的添加通知": r"the bot was away from \1 to \2",
    r"客户发来一条(.+)消息，要人看一下": "they sent something that a person has to look at",
    r"微信没有把消息送到客户：.*": "WeChat did not deliver a message",
    r"没有合适的话术(：.*)?": "no script fits",
    r"不够确定(：.*)?": "not sure which script fits",
    r"两条话术太接近(：.*)?": "two scripts fit alike",
    "客户问了几件事，这件没答": "they asked several things, and this one was not answered",
    "没有文字内容": "there were no words in it",
    "程序出错": "the program failed",
}
LATE = (
    "投诉到时间还没有人回，告诉主管",
    "nobody has answered a complaint in time: the leader is told",
)
BY_HAND = ("StaffReplied", "StaffSent")
SESSIONS = {
    1: ("同事接入会话，机器人不说话", "a person took the session; the bot is silent"),
    2: ("转给另一位同事，机器人不说话", "another person took the session; the bot is silent"),
    3: ("会话结束，之后由机器人回答", "the session has ended; the bot answers again"),
    4: ("同事重新打开会话，机器人不说话", "a person re-opened the session; the bot is silent"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    zh: str
    en: str


def kept(decision: Decision, edition: int) -> dict[str, Any]:
    """What is kept of a decision with its event, for people to read; without what is empty.

    Args:
        edition: the number of the scripts that were in force; it begins again with each start.
    """
    told: dict[str, Any] = {
        "band": decision.band,
        "bar": decision.bar,
        "normalised": decision.normalised,
        "candidates": [_kept_of(one) for one in decision.candidates],
        "zh": decision.reason_zh,
        "en": decision.reason_en,
        "edition": edition,
    }
    if decision.left:
        told["left"] = list(decision.left)
    if decision.rule:
        told["rule"] = decision.rule
    if decision.sounds:
        told["sounds"] = decision.sounds
    if decision.bar_at:
        told["bar_at"] = decision.bar_at
    if decision.compared not in ("", decision.normalised):
        told["compared"] = decision.compared
    return told


def _kept_of(match: Match) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": match.script_id,
        "score": round(match.score, 3),
        "tier": match.tier,
        "example": match.example,
    }
    if match.sentence:
        told["sentence"] = match.sentence
    return told


def in_english(why: str) -> str:
    """The English of one of our own reasons; "" for words of the company."""
    for told, en in _TOLD.items():
        if match := re.fullmatch(told, why):
            return match.expand(en)
    return ""


def explain(kind: str, body: Mapping[str, Any], decision: Mapping[str, Any]) -> Why:
    """
    Args:
        kind, body: the event.
        decision: what was kept with it when it was done.
    """
    match kind, decision:
        case "DeliveryFailed", _:
            return Why(zh="改为给同事留待办", en="a to-do for the member instead")
        case "SessionChanged", _ if body["change"] in SESSIONS:
            return Why(zh=SESSIONS[body["change"]][0], en=SESSIONS[body["change"]][1])
        case _, {"failed": True, "failed_at": str(at)}:
            return Why(
                zh=f"程序处理时出错，在 {at}，见日志",
                en=f"the handler failed at {at}: see the log",
            )
        case _, {"handed_over": str(why)}:
            matched = decision.get("match", {})
            left = "、".join(f"「{one}」" for one in matched.get("left", ()))
            by_match = matched.get("zh", "").startswith(why)
            en = matched.get("en", why) if by_match else in_english(why) or matched.get("en", why)
            return Why(zh=f"请人接待：{why}{left}", en=f"a person is called: {en}")
        case "SignalReceived", {"signal": {"rules": [*rules]}}:
            named = ", ".join(map(str, rules))
            return Why(zh=f"商城信号，按规则处理：{named}", en=f"the shop's signal, by {named}")
        case _, {"failed": True}:
            return Why(zh="程序处理时出错，见日志", en="the handler failed: see the log")
        case _, {"meant": _, "match": {"zh": str(zh), "en": str(en)}}:
            return Why(
                zh=f"菜单里只有这一条接近：{zh}", en=f"the one in the menu that comes close: {en}"
            )
        case _, {"match": {"zh": str(zh), "en": str(en)}}:
            return Why(zh=zh, en=en)
        case _ if (kind in OCCASIONS and "said" in decision) or kind in BY_HAND:
            return Why(zh=OCCASIONS[kind][0], en=OCCASIONS[kind][1])
        case _, {"silent": str(why)} if why.startswith("no handler"):
            zh, en = NEWS.get(kind, ("这种通知", "news of this kind"))
            return Why(zh=f"{zh}：不用回复，只留记录", en=f"{en}: kept, nothing is to be said")
        case _, {"silent": str(why)}:
            known = (zh for start, zh in IN_CHINESE.items() if why.startswith(start))
            told = decision.get("silent_zh") or next(known, why)
            return Why(zh=f"不回复：{told}", en=f"silent: {why}")
        case _, {"stopped_by_middleware": True}:
            return Why(zh="被中间件拦下", en="stopped by a middleware")
        case _ if body.get("menu_id"):
            return Why(zh="客户点了菜单", en="the customer chose from the menu")
        case "MessageReceived", {"said": [{"script": str(script)}]} if script in WISHES:
            return Why(zh=WISHES[script][0], en=WISHES[script][1])
        case "MessageReceived", {"handler": str(handler), "said": [*said]} if any(
            one.get("via") != "staff_notice" for one in said
        ):
            return Why(zh=f"处理函数直接答的：{handler}", en=f"said by the handler {handler}")
        case "MessageReceived", _ if not decision.get("said"):
            return Why(
                zh="处理函数没有说话，也没有写原因", en="its handler said nothing, and not why"
            )
        case "ComplaintDue", _ if body.get("late"):
            return Why(zh=LATE[0], en=LATE[1])
        case "TouchDue", _:
            return Why(
                zh=f"计划「{body['plan']}」的消息到时间了，规则允许发",
                en=f"a message of the plan “{body['plan']}” is due, and the rules allow it",
            )
        case _ if kind in DUE or kind in OCCASIONS:
            zh, en = DUE[kind] if kind in DUE else OCCASIONS[kind]
            return Why(zh=zh, en=en)
    return Why(zh=decision.get("handler", ""), en=decision.get("handler", ""))
