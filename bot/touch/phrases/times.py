"""下午三点, 20:30, 3pm, morning → a time of day."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from bot.touch.calendar import Hours
from bot.touch.phrases.values import Clock, Said, Unclear

_NOON = 12


class _Part(NamedTuple):
    """A part of the day: the hours that one says with it, as they are on a clock of 24."""

    hours: Mapping[int, int]  # what is said → what is meant; 24 is the end of the day
    usual: str  # the field of Hours for who says no hour; "" = that is not enough


def _same(first: int, last: int) -> dict[int, int]:
    return {hour: hour for hour in range(first, last + 1)}


def _later(first: int, last: int) -> dict[int, int]:
    """3 is 15, and who says 15 means 15."""
    return {hour: hour + _NOON for hour in range(first, last + 1)} | _same(first + 12, last + 12)


_NIGHT = _Part({**_later(5, 11), 12: 24, 24: 24}, "")
_PARTS: Mapping[str, _Part] = {
    "凌晨": _Part({**_same(0, 6), 12: 0}, ""),
    "清晨": _Part(_same(4, 9), "dawn"),
    "清早": _Part(_same(4, 9), "dawn"),
    "早上": _Part(_same(4, 11), "early"),
    "早晨": _Part(_same(4, 11), "early"),
    "早": _Part(_same(4, 11), "early"),
    "上午": _Part(_same(6, 12), "morning"),
    "中午": _Part({**_same(11, 14), 1: 13, 2: 14}, "noon"),
    "午后": _Part({12: 12, **_later(1, 6)}, "afternoon"),
    "下午": _Part({12: 12, **_later(1, 7)}, "afternoon"),
    "傍晚": _Part(_later(4, 8), "dusk"),
    "晚上": _NIGHT._replace(usual="evening"),
    "晚间": _NIGHT._replace(usual="evening"),
    "晚": _NIGHT._replace(usual="evening"),
    "深夜": _NIGHT,
    "夜里": _NIGHT,
    "半夜": _NIGHT,
    "午夜": _NIGHT,
    "morning": _Part(_same(4, 12), "morning"),
    "noon": _Part({12: 12}, "noon"),
    "afternoon": _Part({12: 12, **_later(1, 7)}, "afternoon"),
    "evening": _Part(_later(4, 11), "evening"),
    "night": _NIGHT._replace(usual="evening"),
    "midnight": _Part({}, ""),
    "am": _Part({**_same(1, 11), 12: 0}, ""),
    "pm": _Part({12: 12, **_later(1, 11)}, ""),
}
_ANY = _Part({**_same(8, 24), 0: 0, **{hour: hour + _NOON for hour in range(1, 8)}}, "day")
_ZH = "|".join(sorted((part for part in _PARTS if not part.isascii()), key=len, reverse=True))
_EN = "morning|noon|afternoon|evening|night|midnight"
_HOUR = r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?P<part>{_ZH})?(?P<hour>\d{{1,2}})[点时]钟?"
        r"(?:(?P<half>半)|(?P<quarters>[13])刻|(?P<minute>\d{1,2})分?|整)?",
        rf"(?P<part>{_ZH})?(?P<hour>\d{{1,2}}):(?P<minute>\d\d)",
        rf"(?P<part>{_ZH})",
        r"(?:at )?(?P<hour>\d{1,2})(?::(?P<minute>\d\d))? ?(?P<part>am|pm)",
        r"(?:at )?(?P<hour>\d{1,2}):(?P<minute>\d\d)",
        r"(?:at )?(?P<hour>\d{1,2})(?: ?o'?clock)",
        rf"(?:in the |at )?(?P<part>{_EN})(?:,? (?:at )?{_HOUR})?",
        rf"(?:at )?{_HOUR} (?:in the |at )(?P<part>{_EN})",
    )
)


def time_of(text: str, hours: Hours) -> Clock | Unclear | None:
    """The time that a whole text says; "" is no time, so the usual one; None: it says no time."""
    if not text:
        return _usual("", hours)
    for form in _FORMS:
        if found := form.fullmatch(text):
            said = found.groupdict()
            part = said.get("part") or ""
            if said.get("hour") is None:
                return _usual(part, hours)
            return _clock(text, part, said["hour"], _minute(said))
    return None


def _minute(said: Mapping[str, str | None]) -> int:
    if said.get("half"):
        return 30
    return 15 * int(said.get("quarters") or 0) or int(said.get("minute") or 0)


def _usual(part: str, hours: Hours) -> Clock | Unclear:
    usual = (_PARTS[part] if part else _ANY).usual
    if not usual:
        return Unclear(
            rule="ambiguous",
            zh=f"“{part}”是几点？请写明，例如“凌晨1点”“晚上12点”",
            en=f"{part!r}: at what hour? Write it, as in 00:30",
        )
    hour: int = getattr(hours, usual)
    told = Said(
        f"{part or '没说几点'}，按 {hour:02}:00",
        f"{part or 'no time given'}: taken as {hour:02}:00",
    )
    return Clock(hour=hour, assumed=(told,))


def _clock(text: str, part: str, said: str, minute: int) -> Clock | Unclear:
    exact = ":" in text and len(said) == 2 and not part  # 03:00 is nothing but that
    meant = int(said) if exact else (_PARTS[part] if part else _ANY).hours.get(int(said))
    if meant is None or meant > 24 or minute > 59 or (meant == 24 and minute):
        return _no_time(text, part, int(said), minute)
    assumed: tuple[Said, ...] = ()
    if not part and not exact and 1 <= int(said) < _NOON:
        zh = "下午" if meant > _NOON else "上午"
        en = "p.m." if meant > _NOON else "a.m."
        assumed = (Said(f"没说上午下午，按{zh} {meant:02}:{minute:02}", f"taken as {en}"),)
    if meant == 24:
        assumed = (Said(f"{text} 是第二天 00:00", "the next day begins then"),)
    return Clock(hour=meant % 24, minute=minute, later=meant // 24, assumed=assumed)


def _no_time(text: str, part: str, hour: int, minute: int) -> Unclear:
    if part and hour <= 24 and minute <= 59:
        return Unclear(
            rule="ambiguous",
            zh=f"“{text}”说不准是几点。请按 24 小时写，例如 01:00、13:00",
            en=f"{text!r} may be more than one time. Write it by 24 hours: 01:00, 13:00",
        )
    return Unclear(
        rule="impossible",
        zh=f"没有“{text}”这个时间。请写 00:00 到 23:59",
        en=f"there is no time {text!r}. Write 00:00 to 23:59",
    )
