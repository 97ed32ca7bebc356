"""明天, 下周五, 25 December, 下个月15号 → the days that may be meant."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from bot.touch.phrases.values import Guess, Said, Unclear

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
WEEKDAYS_ZH = "一二三四五六日"
_FURTHEST_D = 3660  # ten years
_LAST_YEAR = 2100  # for which the calendar is sure

_SHORT = {name[:3]: place for names in (WEEKDAYS, MONTHS) for place, name in enumerate(names)}
WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:t|tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_N = r"(\d{1,5}|an?|one|two|three)"
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}
_DAYS = {
    name: days
    for days, names in (
        (-3, ("大前天",)),
        (-2, ("前天",)),
        (-1, ("昨天", "昨日", "yesterday")),
        (0, ("今天", "今日", "当天", "today")),
        (1, ("明天", "明日", "明儿", "tomorrow")),
        (2, ("后天", "后日", "day after tomorrow", "the day after tomorrow")),
        (3, ("大后天",)),
        (15, ("半个月后",)),
    )
    for name in names
}
_FAR = {
    "上上": -2,
    "上": -1,
    "last": -1,
    "这": 0,
    "本": 0,
    "this": 0,
    "下": 1,
    "next": 1,
    "下下": 2,
}
_WHICH = r"(上上|上|这|本|下下|下)个?"

Found = Guess | Unclear | None


def number(text: str) -> int:
    return _WORDS.get(text) or int(text)


def weekday(text: str) -> int:
    """0 is Monday."""
    return int(text) - 1 if text.isdigit() else 6 if text in "日天" else _SHORT[text[:3]]


def month(text: str) -> int:
    return _SHORT[text[:3]] + 1


def fixed(day: date, *assumed: Said) -> Guess:
    return Guess(days=(day,), assumed=assumed)


def impossible(text: str) -> Unclear:
    return Unclear(
        rule="impossible",
        zh=f"没有“{text}”这一天。请换一天",
        en=f"there is no such day as {text!r}. Name another",
    )


def date_of(text: str, today: date) -> Found:
    """The days that a whole text may mean, without festivals; None: it names no day."""
    if text in _DAYS:
        return fixed(today + timedelta(days=_DAYS[text]))
    for form, build in _FORMS:
        if found := form.fullmatch(text):
            return build(today, text, *found.groups())
    return None


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or the last one that it has."""
    year, place = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, place + 1, min(day.day, monthrange(year, place + 1)[1]))


def _in_days(today: date, text: str, count: str, unit: str = "天") -> Found:
    days = number(count) * (7 if unit in ("周", "week", "weeks") else 1)
    return fixed(today + timedelta(days=days)) if days <= _FURTHEST_D else impossible(text)


def _in_months(today: date, text: str, count: str, unit: str) -> Found:
    months = 6 if count == "半" else number(count) * (12 if unit in ("年", "year", "years") else 1)
    return fixed(months_later(today, months)) if months <= 120 else impossible(text)


def _in_a_week(today: date, _text: str, which: str | None, name: str) -> Found:
    """周三 is the next one; 这周三 and 下周三 are of this week and the next, from Monday on."""
    place = 5 if name in ("末", "weekend") else weekday(name)
    assumed = (Said("周末，按周六", "weekend: Saturday"),) if name in ("末", "weekend") else ()
    if not which:
        coming = today + timedelta(days=(place - today.weekday()) % 7)
        return Guess(days=(coming, coming + timedelta(days=7)), assumed=assumed)
    monday = today - timedelta(days=today.weekday())
    if which == "next" and name != "weekend":
        assumed = (Said("按下一周（周一开始）", "of next week, which begins on Monday"),)
    return fixed(monday + timedelta(days=7 * _FAR[which] + place), *assumed)


def _a_week(today: date, _text: str, which: str) -> Found:
    monday = today - timedelta(days=today.weekday())
    told = Said("没说周几，按周一", "no weekday given: Monday")
    return fixed(monday + timedelta(days=7 * _FAR[which]), told)


def _in_a_month(today: date, text: str, which: str, day: str) -> Found:
    first = months_later(today.replace(day=1), _FAR[which])
    return _real(text, first.year, first.month, int(day))


def _a_month(today: date, _text: str, which: str) -> Found:
    told = Said("没说几号，按1号", "no day given: the 1st")
    return fixed(months_later(today.replace(day=1), _FAR[which]), told)


def _end_of_month(today: date, _text: str, which: str | None, part: str = "底") -> Found:
    first = months_later(today.replace(day=1), _FAR[which or "这"])
    place = {"初": 1, "中": 15}.get(part, 31)
    days = tuple(_clipped(months_later(first, step), place) for step in (0, 1))
    day = days[0].day
    told = (Said(f"月{part}，按{day}号", f"day {day} of the month"),) if place < 31 else ()
    return Guess(days=days[:1] if which else days, assumed=told)


def _clipped(first: date, day: int) -> date:
    return first.replace(day=min(day, monthrange(first.year, first.month)[1]))


def _some_day(today: date, text: str, day: str) -> Found:
    """15号: of this month or the next that has such a day."""
    firsts = (months_later(today.replace(day=1), step) for step in range(3))
    return _any(text, ((one.year, one.month, int(day)) for one in firsts))


def _in_year(today: date, text: str, year: str | None, some_month: str, day: str) -> Found:
    if not year:
        years = range(today.year, today.year + 9)  # 29 February may be eight years away
        return _any(text, ((one, int(some_month), int(day)) for one in years))
    near = {"今": 0, "明": 1, "后": 2}
    real = today.year + near[year] if year in near else int(year)
    return _real(text, real, int(some_month), int(day))


def _in_english(today: date, text: str, day: str, name: str, year: str | None) -> Found:
    return _in_year(today, text, year, str(month(name)), day)


def _month_first(today: date, text: str, name: str, day: str, year: str | None) -> Found:
    return _in_year(today, text, year, str(month(name)), day)


def _end_of_year(today: date, _text: str, which: str | None) -> Found:
    return fixed(date(today.year + (which == "明"), 12, 31))


def _on_that_weekday(today: date, text: str, rest: str, name: str) -> Found:
    """2026年11月27日 周五: the two have to agree."""
    guess = date_of(rest.strip(" ,("), today)
    if not isinstance(guess, Guess):
        return guess
    day = guess.days[0]
    if day.weekday() == weekday(name):
        return fixed(day)
    real, said = day.weekday(), weekday(name)
    zh, en = f"周{WEEKDAYS_ZH[real]}，不是周{WEEKDAYS_ZH[said]}", WEEKDAYS[real].title()
    return Unclear(
        rule="impossible",
        zh=f"{day.year}年{day.month}月{day.day}日是{zh}。请改一处",
        en=f"{day} is a {en}, not a {WEEKDAYS[said].title()}. Correct one of the two",
    )


def _before_that_weekday(today: date, text: str, name: str, rest: str) -> Found:
    return _on_that_weekday(today, text, rest, name)


def _real(text: str, year: int, some_month: int, day: int) -> Found:
    return _any(text, ((year, some_month, day),))


def _any(text: str, days: Iterable[tuple[int, int, int]]) -> Found:
    real = tuple(
        date(*one)
        for one in days
        if 1900 <= one[0] <= _LAST_YEAR
        and 1 <= one[1] <= 12
        and 1 <= one[2] <= monthrange(one[0], one[1])[1]
    )
    return Guess(days=real) if real else impossible(text)


_ORDINAL = r"(\d{1,2})(?:st|nd|rd|th)?"
_FORMS: tuple[tuple[re.Pattern[str], Callable[..., Found]], ...] = tuple(
    (re.compile(form), build)
    for form, build in (
        (r"过?(\d{1,5})个?([天日周])(?:后|以后|之后|过后)", _in_days),
        (r"过(\d{1,5})个?([天周])", _in_days),
        (rf"in {_N} (days?|weeks?)", _in_days),
        (rf"{_N} (days?|weeks?) (?:later|from now)", _in_days),
        (r"过?(半|\d{1,3})(个月|年)(?:后|以后|之后)", _in_months),
        (rf"in {_N} (months?|years?)", _in_months),
        (rf"(?:{_WHICH})?周([1-7日天末])", _in_a_week),
        (rf"(?:(this|next|last) |coming )?({WEEKDAY}|weekend)", _in_a_week),
        (rf"{_WHICH}周", _a_week),
        (r"(this|next|last) week", _a_week),
        (rf"{_WHICH}月(\d{{1,2}})[号日]?", _in_a_month),
        (rf"(this|next|last) month (?:on )?(?:the )?{_ORDINAL}", _in_a_month),
        (rf"{_WHICH}月", _a_month),
        (r"(next) month", _a_month),
        (rf"(?:{_WHICH})?月([底末初中])", _end_of_month),
        (r"(?:the )?end of (?:the )?(?:(this|next) )?month", _end_of_month),
        (r"(今|明)?年[底末]", _end_of_year),
        (r"(\d{1,2})[号日]", _some_day),
        (r"the (\d{1,2})(?:st|nd|rd|th)", _some_day),
        (r"(?:(\d{4}|今|明|后)年)?(\d{1,2})月(\d{1,2})[号日]?", _in_year),
        (r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", _in_year),
        (r"()(\d{1,2})[-/.](\d{1,2})", _in_year),
        (rf"{_ORDINAL} (?:of )?({MONTH})(?:,? (\d{{4}}))?", _in_english),
        (rf"({MONTH}) {_ORDINAL}(?:,? (\d{{4}}))?", _month_first),
        (r"(.+?)\(?周([1-7日天])\)?", _on_that_weekday),
        (rf"({WEEKDAY}),? (.+)", _before_that_weekday),
    )
)
