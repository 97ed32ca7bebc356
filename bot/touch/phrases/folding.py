"""Phrases are compared in one form: small letters, digits, no spaces inside Chinese."""

import re
import unicodedata

_DIGITS = {character: place for place, character in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
}
_TENS = {"十": 1, "廿": 2, "卅": 3}
_NUMERAL = "[零〇一二两三四五六七八九十廿卅百]"
_RUN = re.compile(f"{_NUMERAL}+")
# 周五十点 is 周五 and 十点, never 周 and 五十点; 周二三点 is no 23:00, 周五10:30 not 周51 and 0:30
# 周二二十点 is 20:00, for no day is named twice, nor before an earlier one
_WEEK = "(?:周|星期|礼拜)[一二三四五六日天、和]*"
_GLUED = re.compile(
    rf"({_WEEK}[二三四五六]|初[一二三四五六七八九])(?=二十[一二三四]?[点时])"
    rf"|({_WEEK}[一二三四五六]|初[一二三四五六七八九])"
    r"(?=十.?[点时]|[一二两三四五六七八九][点时]|\d)"
)
_CHINESE = r"[\u3400-\u9fff、]"
_SPACE = re.compile(
    rf"(?<={_CHINESE}) (?={_CHINESE})|(?<=\d) (?={_CHINESE})|(?<={_CHINESE})(?<!{_NUMERAL}) (?=\d)"
)
_SAME = (
    (re.compile("礼拜|星期"), "周"),
    (re.compile("今(?=[早晚])"), "今天"),
    (re.compile("明(?=[早晚])"), "明天"),
    (re.compile("(?<=[天日])早(?!上|晨)"), "早上"),
    (re.compile("(?<=[天日])晚(?!上|间)"), "晚上"),
    (re.compile(r"\btonight\b"), "today evening"),
    (re.compile(r"\bthis (?=morning|afternoon|evening)"), "today "),
    (re.compile(r"\b(?:tmr|tmrw)\b"), "tomorrow"),
    (re.compile(r"\b([ap])\.m\."), r"\1m"),
)
_ASIDE = re.compile(
    r"(?:请|记得|到时候?)?(?:再)?(?:提醒|通知|叫)(?:我|他|她|客户)?(?:一下)?|remind me"
)
_EDGE = " ,.;、。的在于"


def fold(text: str) -> str:
    """
    >>> fold("大后天 晚上八点半")
    '大后天晚上8点半'
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("·", "")
    plain = _SPACE.sub("", " ".join(_ASIDE.sub("", plain).split()))
    plain = _RUN.sub(lambda run: str(_number(run[0])), _GLUED.sub(r"\g<0> ", plain))
    for pattern, same in _SAME:
        plain = pattern.sub(same, plain)
    return plain.strip(_EDGE)


def trim(part: str) -> str:
    """Without what joins a day and a time."""
    return re.sub(r"^(?:on|at) ", "", part.strip(_EDGE)).strip(_EDGE)


def _number(run: str) -> int:
    """廿三 is 23, 一百二十 120; without a ten the characters are digits: 二〇二六 is 2026."""
    if "百" in run:
        hundreds, rest = run.split("百", 1)
        return 100 * (_number(hundreds) if hundreds else 1) + (_number(rest) if rest else 0)
    for ten, tens in _TENS.items():
        if ten in run:
            before, after = run.split(ten, 1)
            more = tens * (_number(before) if before else 1)
            return 10 * more + (_number(after) if after else 0)
    return int("".join(str(_DIGITS[one]) for one in run))
