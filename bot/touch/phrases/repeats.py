"""每周一, 每月1号, 每年生日前三天, every workday → a recurrence without its time of day."""

import re
from collections.abc import Callable
from typing import Literal

from bot.touch.calendar import Calendar
from bot.touch.phrases.dates import MONTH, MONTHS, WEEKDAY, WEEKDAYS, WEEKDAYS_ZH, month, weekday
from bot.touch.phrases.festivals import Near, near_of
from bot.touch.phrases.values import BIRTHDAY, WORKDAY, Pattern, Said, Unclear
from bot.touch.phrases.written import listed, ordinal

Found = Pattern | Unclear | None
_CRON = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SURE = 28  # the last day that every month has
_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WEEK = f"{WEEKDAY}(?:s)?"
_YEARLY = r"每(?:年|逢|年逢)的?"


def pattern_of(text: str, calendar: Calendar) -> Found:
    """What a whole text repeats; None: it does not say so."""
    for form, build in _FORMS:
        if found := form.fullmatch(text):
            return build(text, *found.groups())
    return _around(text, calendar)


def _daily(_text: str) -> Found:
    return Pattern(zh="每天", en="every day")


def _workdays(_text: str) -> Found:
    return Pattern(occasion=WORKDAY, zh="每个工作日", en="every workday")


def _weekly(text: str, days: str) -> Found:
    if days == "末":
        return _on_weekdays((5, 6))
    return _on_weekdays(tuple(weekday(one) for one in days if one in "1234567日天"))


def _weekly_in_english(text: str, days: str) -> Found:
    return _on_weekdays(tuple(weekday(one) for one in re.findall(WEEKDAY, days)))


def _on_weekdays(days: tuple[int, ...]) -> Found:
    every = sorted(set(days))
    zh = "、".join(f"周{WEEKDAYS_ZH[one]}" for one in every)
    en = listed([WEEKDAYS[one].title() for one in every])
    fields = {"day_of_week": ",".join(_CRON[one] for one in every)}
    return Pattern(fields=fields, zh=f"每{zh}", en=f"every {en}")


def _monthly(text: str, days: str) -> Found:
    every = sorted({int(one) for one in re.findall(r"\d+", days)})
    if not every or not all(1 <= one <= 31 for one in every):
        return _unclear("impossible", text, "没有这一天，请写1到28", "write a day from 1 to 28")
    if every[-1] > _SURE:
        zh = f"不是每个月都有{every[-1]}号，请写“每月最后一天”或1到28号"
        en = "not every month has that day: write 'the last day of every month', or 1 to 28"
        return _unclear("impossible", text, zh, en)
    zh, en = "、".join(f"{one}日" for one in every), listed([ordinal(one) for one in every])
    fields = {"day": ",".join(map(str, every))}
    return Pattern(fields=fields, zh=f"每月{zh}", en=f"every month on the {en}")


def _part_of_month(text: str, part: str) -> Found:
    day = {"初": 1, "中": 15}[part]
    told = Said(f"月{part}，按{day}号", f"day {day} of the month")
    zh, en = f"每月{day}日", f"every month on the {ordinal(day)}"
    return Pattern(fields={"day": str(day)}, zh=zh, en=en, assumed=(told,))


def _last_day(_text: str) -> Found:
    fields = {"day": "last"}
    return Pattern(fields=fields, zh="每月最后一天", en="on the last day of every month")


def _nth(text: str, nth: str, day: str) -> Found:
    place = weekday(day)
    last = nth in ("最后1", "last")
    number = 0 if last else int(re.sub(r"\D", "", nth))
    if number > 4:
        zh = "不是每个月都有，请写第1到第4个，或最后一个"
        return _unclear("impossible", text, zh, "write 1st to 4th, or last")
    en = "last" if last else ordinal(number)
    zh = f"每月{'最后1' if last else f'第{number}'}个周{WEEKDAYS_ZH[place]}"
    fields = {"day": f"{en} {_CRON[place]}"}
    return Pattern(
        fields=fields, zh=zh, en=f"on the {en} {WEEKDAYS[place].title()} of every month"
    )


def _yearly(text: str, some_month: str, day: str) -> Found:
    number, date = int(some_month), int(day)
    if not (1 <= number <= 12 and 1 <= date <= _DAYS_OF_MONTH[number - 1]):
        return _unclear("impossible", text, "没有这一天，请换一天", "no such day: name another")
    if (number, date) == (2, 29):
        zh = "不是每年都有2月29日，请写2月28日或3月1日"
        return _unclear("impossible", text, zh, "not every year has it: 28 February or 1 March")
    en = f"every year on {date} {MONTHS[number - 1].title()}"
    return Pattern(fields={"month": number, "day": date}, zh=f"每年{number}月{date}日", en=en)


def _yearly_in_english(text: str, day: str, name: str) -> Found:
    return _yearly(text, str(month(name)), day)


def _yearly_month_first(text: str, name: str, day: str) -> Found:
    return _yearly(text, str(month(name)), day)


def _too_often(text: str) -> Found:
    zh = "太频繁，最多每天一次，例如“每天上午10点”"
    return _unclear("impossible", text, zh, "too often: once a day at most")


def _which_day(text: str, *_rest: str) -> Found:
    zh = "没说哪一天，例如“每周一”“每月1号”“每年12月25日”"
    return _unclear("ambiguous", text, zh, "on which day? As in 'every Monday'")


def _around(text: str, calendar: Calendar) -> Found:
    """每年中秋节前两天; a birthday comes every year, whether one says so or not."""
    plain = re.sub(rf"^{_YEARLY}|^(?:every year on (?:the )?|every year |every )", "", text)
    plain = re.sub(r"(before|after) every ", r"\1 ", plain)
    near = near_of(plain, calendar)
    if near is None or (plain == text and not _is_birthday(near)):
        return None
    if isinstance(near, Unclear):
        return near
    told = () if plain != text else (Said("每年都提醒", "every year"),)
    zh, en = _named(near, calendar)
    return Pattern(occasion=near.occasion, days=near.days, zh=f"每年{zh}", en=en, assumed=told)


def _is_birthday(near: Near | Unclear) -> bool:
    return isinstance(near, Near) and near.occasion == BIRTHDAY


def _named(near: Near, calendar: Calendar) -> Said:
    birthday = near.occasion == BIRTHDAY
    zh, en = ("生日", "birthday") if birthday else calendar.names(near.occasion)
    days = abs(near.days)
    if not days:
        return Said(zh, f"every year on {'the ' * birthday}{en}")
    side_zh, side = ("前", "before") if near.days < 0 else ("后", "after")
    told = f"every year {days} day{'s' * (days > 1)} {side} {'the ' * birthday}{en}"
    return Said(f"{zh}{side_zh}{days}天", told)


def _unclear(rule: Literal["ambiguous", "impossible"], text: str, zh: str, en: str) -> Unclear:
    return Unclear(rule=rule, zh=f"“{text}”：{zh}", en=f"{text!r}: {en}")


_DAY_OF_MONTH = r"\d{1,2}(?:st|nd|rd|th)?"
_DAY_ZH = r"\d{1,2}[号日]?"
_SOME = rf"({_DAY_OF_MONTH}(?:(?:, | and |, and ){_DAY_OF_MONTH})*)"
_FORMS: tuple[tuple[re.Pattern[str], Callable[..., Found]], ...] = tuple(
    (re.compile(form), build)
    for form, build in (
        (r"每[天日]|天天|daily|every day", _daily),
        (r"每个?工作日|every (?:workday|weekday|working day)", _workdays),
        (r"每[个逢]?周((?:(?:[、,和及]|周)*[1-7日天])+|末)", _weekly),
        (rf"every ({_WEEK}(?:(?:, | and |, and ){_WEEK})*)", _weekly_in_english),
        (rf"每个?月({_DAY_ZH}(?:[、,和及]{_DAY_ZH})*)", _monthly),
        (rf"(?:every month|monthly) on the {_SOME}", _monthly),
        (rf"(?:on )?the {_SOME} of (?:every|each) month", _monthly),
        (r"每个?月[底末]|每个?月(?:的)?最后1[天日]", _last_day),
        (
            r"(?:on )?the last day of (?:every|each) month|(?:the )?end of (?:every|each) month",
            _last_day,
        ),
        (r"每个?月([初中])", _part_of_month),
        (r"每个?月的?(第\d|最后1)个周([1-7日天])", _nth),
        (rf"(?:on )?(?:the )?(\d(?:st|nd|rd|th)|last) ({WEEKDAY}) of (?:every|each) month", _nth),
        (r"每年的?(\d{1,2})月(\d{1,2})[号日]?", _yearly),
        (rf"every (?:year on )?({_DAY_OF_MONTH}) ({MONTH})", _yearly_in_english),
        (rf"every (?:year on )?({MONTH}) ({_DAY_OF_MONTH})", _yearly_month_first),
        (
            r"每(?:个?小时|\d*分钟|\d+个?小时)|every (?:hour|minute|\d+ (?:hours|minutes))|hourly",
            _too_often,
        ),
        (r"每个?[周月年]|every (?:week|month|year)|weekly|monthly|yearly", _which_day),
    )
)
