"""Moments, days, spans, numbers and messages as people say them, in either language."""

import re
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
_DAY_S = 86_400
_FORMS = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")
_MEDIA = {  # WeCom's msgtype, as bot.store.records.text_of puts it before what is no text
    "image": ("图片", "picture"),
    "voice": ("语音", "voice message"),
    "video": ("视频", "video"),
    "file": ("文件", "file"),
    "location": ("位置", "place"),
    "link": ("链接", "link"),
    "miniprogram": ("小程序", "mini program"),
    "business_card": ("名片", "contact card"),
    "mixed": ("图文", "text and pictures"),
    "msgmenu": ("菜单", "menu"),
    "channels": ("视频号", "channels post"),
    "channels_shop_product": ("视频号商品", "channels product"),
    "channels_shop_order": ("视频号订单", "channels order"),
    "merged_msg": ("聊天记录", "chat history"),
    "meeting": ("会议", "meeting"),
    "schedule": ("日程", "calendar entry"),
    "note": ("笔记", "note"),
}
_MEDIUM = re.compile(rf"^\[({'|'.join(_MEDIA)})\]", re.MULTILINE)


_LOGIC = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_BLANK = re.compile(r"\{\{-?\s*([\w.]*).*?\}\}", re.DOTALL)
_BLANKS = {
    "customer.name": ("客户名字", "customer’s name"),
    "customer.nickname": ("客户昵称", "customer’s nickname"),
    "member.name": ("同事名字", "member’s name"),
    "company.name": ("公司名", "company"),
    "company.phone": ("电话", "phone"),
    "persona": ("署名", "persona"),
}


def told(at: float, now: float, zone: ZoneInfo, language: Language) -> str:
    """A moment (Unix seconds) as people say it: relative when near, absolute when far."""
    moment, present = (datetime.fromtimestamp(value, UTC).astimezone(zone) for value in (at, now))
    gap_s = at - now
    near = _near(abs(gap_s), language)
    if near:
        return _about(near, gap_s, language)
    days = (moment.date() - present.date()).days
    clock = f"{moment:%H:%M}"
    named = {0: ("今天", "today"), 1: ("明天", "tomorrow"), -1: ("昨天", "yesterday")}.get(days)
    if named:
        return f"{named[0]} {clock}" if language == "zh" else f"{named[1]} {clock}"
    day = dated(moment.date(), present.year, language)
    if moment.year != present.year:
        return day
    return f"{day} {clock}" if language == "zh" else f"{day}, {clock}"


def dated(day: date | str, year: int | None, language: Language) -> str:
    """A day (as text: YYYY-MM-DD) as people say it, with its year where that is not `year`; None:
    without."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    plain = year in (None, day.year)
    if language == "zh":
        return f"{'' if plain else f'{day.year}年'}{day.month}月{day.day}日"
    return f"{day:%b} {day.day}{'' if plain else f', {day.year}'}"


def _near(gap_s: float, language: Language) -> str:
    if gap_s < 60:
        return "now"
    if gap_s < 3600:
        minutes = int(gap_s // 60)
        return f"{minutes} 分钟" if language == "zh" else f"{minutes} min"
    if gap_s < 6 * 3600:
        hours = int(gap_s // 3600)
        return f"{hours} 小时" if language == "zh" else f"{hours} h"
    return ""


def _about(near: str, gap_s: float, language: Language) -> str:
    if near == "now":
        return "刚刚" if language == "zh" else "just now"
    if language == "zh":
        return f"{near}后" if gap_s > 0 else f"{near}前"
    return f"in {near}" if gap_s > 0 else f"{near} ago"


def span(seconds: float, language: Language) -> str:
    """A length of time: 45 秒, 3 分钟, 2 小时, 5 天."""
    for size, zh, en in ((_DAY_S, "天", "d"), (3600, "小时", "h"), (60, "分钟", "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {zh if language == 'zh' else en}"
    return f"{seconds:.0f} {'秒' if language == 'zh' else 's'}"


def worded(text: str, language: Language) -> str:
    """A message as people read it: [图片] for "[image]", and so for all that is no text."""
    return _MEDIUM.sub(lambda one: f"[{_MEDIA[one[1]][language == 'en']}]", text)


def written(text: str) -> str:
    """What of a message is text: "" of a mere picture."""
    return _MEDIUM.sub("", text).strip()


def unfilled(source: str, language: Language) -> str:
    """The source of a wording in readable form: 〔客户名字〕 for `{{ customer.name }}`."""

    def named(one: re.Match[str]) -> str:
        return f"〔{_BLANKS.get(one[1], ('…', '…'))[language == 'en']}〕"

    return " ".join(_BLANK.sub(named, _LOGIC.sub("", source)).split())


def brief(name: str, most: int = 20) -> str:
    """A name as lists show it: nicknames may be as long as their owners like."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def beside(words: str, reason: str) -> str:
    """What a to-do says, where its reason is shown beside: without the line that repeats it."""
    lines = words.splitlines()
    return "\n".join(one for one in lines if not reason or one.partition("：")[2] != reason)


def counted(text: str, *numbers: int) -> str:
    """`text` with its numbers; "%d {day|days}": of the two forms the one that the number before
    them wants."""
    pieces = re.split("(?=%d)", text)
    wanted = [numbers[max(0, place - 1)] for place in range(len(pieces))]
    said = "".join(
        _FORMS.sub(r"\1" if number == 1 else r"\2", piece)
        for piece, number in zip(pieces, wanted, strict=True)
    )
    return said % numbers
