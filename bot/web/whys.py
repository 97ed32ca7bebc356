"""Why there is a to-do, which is kept in Chinese, in words for a shop."""

import re
from functools import cache

from bot.scripts.library import Library
from bot.scripts.recognise.cues import all_cues
from bot.web.signal_words import SIGNALS
from bot.web.words import Language

_SIGNAL = "商城信号 "  # and its kind
_TOLD = {
    "提醒": "a reminder",
    r"提醒（(.+)）": r"a reminder by \1",
    "客户投诉": "a complaint",
    "投诉没人回": "nobody has answered a complaint",
    "群里投诉": "a complaint in a group",
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


def reason(why: str, language: Language, library: Library) -> str:
    kind = why.removeprefix(_SIGNAL)
    if "errcode" in why:  # WeCom's own words help nobody in a shop
        zh, en = "消息没有发出去", "a message could not be sent"
    elif kind in SIGNALS:
        zh, en = f"商城：{SIGNALS[kind][0]}", f"the shop: {SIGNALS[kind][1]}"
    else:
        zh, en = why, english(why, library)
    return zh if language == "zh" else en[:1].upper() + en[1:]


def english(why: str, library: Library) -> str:
    """`why` itself where it is not ours: words of the company, the title of a script."""
    for rule in library.rules:
        if rule.zh == why:
            return rule.en
    if found := _kinds().get(why):
        return found
    for told, en in _TOLD.items():
        if match := re.fullmatch(told, why):
            return match.expand(en)
    return why


@cache
def _kinds() -> dict[str, str]:
    return {kind.zh: kind.en for kind in all_cues().kinds.values()}
