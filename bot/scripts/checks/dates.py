"""Complaints about past days: an offer that has ended, last year's season."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.errors import Complaint
from bot.scripts.checks.subject import Subject, complaint

_LINK = re.compile(r"https?://[!-~]+")
_YEAR, _MONTH, _DAY = r"(20\d\d)", r"(1[0-2]|0?[1-9])", r"(3[01]|[12]\d|0?[1-9])"
_FULL = re.compile(rf"(?<!\d){_YEAR}\s*[年./-]\s*{_MONTH}\s*[月./-]\s*{_DAY}(?!\d)\s*[日号]?")
_SHORT = re.compile(rf"(?<![\d年./-]){_MONTH}\s*月\s*{_DAY}\s*[日号]")
_BARE = re.compile(rf"(?:截止|有效期|活动)到?至?\s*{_MONTH}\.{_DAY}(?![\d.%％元块折倍万米])")
_MONTH_END = re.compile(rf"(?<!\d){_YEAR}\s*年\s*{_MONTH}\s*月(?:底|末|份)?(?!\s*\d)")
_RANGE = re.compile(rf"\s*(?:至|到|[-~—–～]+)\s*(?:{_MONTH}\s*[月.])?\s*{_DAY}(?!\d)\s*[日号]?")
_SEASON = re.compile(
    rf"(?<!\d){_YEAR}\s*年?\s*(?:最?新款|新品|春夏|秋冬|[春夏秋冬](?:季|款|装)|双十?[一二]|双1[12]|"
    "618|年货节|年中大促|店庆|周年庆|中秋|国庆|春节|端午)"
)
_INSIDE = r"[^，。；,;!！?？\n]"
# Beginnings are history, not promises: 2015年3月1日开业, 自2024-01-01起.
_BEGINS = re.compile(
    rf"{_INSIDE}{{0,4}}?(?:起|开始|以来|至今|成立|开业|创立|创办|创建|建店|建成|施行|实施|生效|发布|颁布|"
    "修订|注册|上市|出厂|生产|获得|通过)"
)
_SINCE = re.compile(r"(?:自从?|从|始于|创立于|成立于|开业于|生产日期[为是：:]?)\s*$")
_ENDS = re.compile(
    rf"{_INSIDE}{{0,6}}?(?:前|止|结束|过期|失效|到期|恢复原价|24\s*点|晚上?\d|下架|涨价)"
)
_UNTIL = re.compile(
    r"(?:到|至|截止|截至|有效期|限时|仅限|最后一天|延长)[^，。；,;!！?？\n\d]{0,4}$"
)
_EVENT = re.compile(
    r"活动|直播|上新|开售|大促|抢购|预售|闭店|停业|秒杀|优惠|特价|打折|满减|放假|停发"
)
_YEARLY = re.compile(r"每年|历年|年年|当年|次年|来年|第二年|生日")
_CLAUSE = re.compile(r"[，。；！？!?;\n]")
_REMEMBERED = timedelta(days=120)  # a day without a year means the past one for so long
_SEASON_LASTS = timedelta(days=90)  # so far into a year the last one's season is still for sale
_CURE = "Renew it or take it out; with when.until a script ends by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mention:
    start: int
    end: int
    day: date
    year_given: bool
    closes: bool = False  # the end of a range, or of an offer: 截止6.18


def check_dates(subject: Subject) -> Iterator[Complaint]:
    for text in subject.texts:
        if day := past_day(_LINK.sub(" ", text.text), subject.today):
            yield complaint(text.script, text.name, f"{day!r} is past", _CURE)


def past_day(text: str, today: date) -> str:
    """The first mention of a day on which something ended before `today`; "" if there is none."""
    for mention in _mentions(text, today):
        if mention.day < today and _ended(text, mention):
            return text[mention.start : mention.end].strip()
    for found in _SEASON.finditer(text):
        if int(found[1]) < (today - _SEASON_LASTS).year:
            return found[0]
    return ""


def _ended(text: str, mention: _Mention) -> bool:
    """Whether the words speak of an end, not of a beginning or of every year."""
    before, after = text[: mention.start], text[mention.end :]
    begins = _BEGINS.match(after) or _SINCE.search(before)
    if mention.closes:
        return not _YEARLY.search(before)
    if mention.year_given:
        return not begins
    clause = _CLAUSE.split(before)[-1] + _CLAUSE.split(after)[0]
    ends = _ENDS.match(after) or _UNTIL.search(before) or (_EVENT.search(clause) and not begins)
    return bool(ends) and not _YEARLY.search(clause)


def _mentions(text: str, today: date) -> Iterator[_Mention]:
    for found in _FULL.finditer(text):
        if day := _day(int(found[1]), int(found[2]), int(found[3])):
            yield _ranged(text, found.start(), found.end(), day, year_given=True)
    for pattern in (_SHORT, _BARE):
        for found in pattern.finditer(text):
            if day := _nearest(int(found[1]), int(found[2]), today):
                mention = _ranged(text, found.start(), found.end(), day, year_given=False)
                yield mention if pattern is _SHORT else replace(mention, closes=True)
    for found in _MONTH_END.finditer(text):
        year, month = int(found[1]), int(found[2])
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        if _ENDS.match(text[found.end() :]) or _UNTIL.search(text[: found.start()]):
            yield _Mention(start=found.start(), end=found.end(), day=last, year_given=True)


def _ranged(text: str, start: int, end: int, day: date, *, year_given: bool) -> _Mention:
    """The mention itself, or the end of the range that begins with it."""
    if found := _RANGE.match(text, end):
        month, number = int(found[1] or day.month), int(found[2])
        year = day.year + (month < day.month)
        if last := _day(year, month, number):
            return _Mention(
                start=start, end=found.end(), day=last, year_given=year_given, closes=True
            )
    return _Mention(start=start, end=end, day=day, year_given=year_given)


def _nearest(month: int, number: int, today: date) -> date | None:
    """The date meant by a day without a year: the past one for `_REMEMBERED`, else the next.

    None if none of three years has that day.
    """
    for year in (today.year - 1, today.year, today.year + 1):
        day = _day(year, month, number)
        if day and day >= today - _REMEMBERED:
            return day
    return None


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:  # 2月30日
        return None
