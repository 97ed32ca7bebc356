"""The reason of a to-do, which is kept in Chinese, in words for a shop."""

from functools import cache

from bot.reasons import in_english
from bot.scripts.library import Library
from bot.scripts.recognise.cues import all_cues
from bot.telling.words import Language
from bot.web.signal_words import SIGNALS

_SIGNAL = "商城信号 "  # and its kind


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
    """`why` in English; unchanged if it is not ours: the company's words, a script's title."""
    for rule in library.rules:
        if rule.zh == why:
            return rule.en
    if found := _kinds().get(why):
        return found
    return in_english(why) or why


@cache
def _kinds() -> dict[str, str]:
    return {kind.zh: kind.en for kind in all_cues().kinds.values()}
