"""Finds the script for a touch that is due. Plans, not this, decide who gets what."""

from collections.abc import Iterable, Mapping, Sequence

from bot.scripts.script import Script
from bot.touch.calendar import Calendar
from bot.touch.touch import Scenario

SCENARIOS = {
    "birthday": Scenario.REMINDER,
    "festival": Scenario.HOLIDAY,
    "promo_due": Scenario.PROMOTION,
}
# Words that mark a script for the scenario; its id is likely to contain the first one.
_WORDS: Mapping[Scenario, tuple[str, ...]] = {
    Scenario.REMINDER: ("birthday", "生日"),
    Scenario.HOLIDAY: ("festival", "holiday", "节日", "佳节"),
    Scenario.PROMOTION: (
        *("promo_due", "promo", "campaign", "sale", "new_arrival", "活动", "促销", "大促"),
        *("优惠", "上新", "新品", "折扣", "特惠", "特价"),
    ),
}
_ONE_GREETING = {"chuxi": "spring_festival"}  # a greeting for one fits the other
_HINTS = {  # not names of the day, but said on no other
    "拜年": "spring_festival",
    "大年": "spring_festival",
    "newyear": "new_year",
    "女神节": "womens_day",
    "mother": "mothers_day",
    "children": "childrens_day",
    "father": "fathers_day",
    "teacher": "teachers_day",
    "dragon": "dragon_boat",
}
_ASKED = ("faq", "chat", "system")  # categories of answers
_NEWS = ("news", "promo", "campaign", "activity", "marketing", "资讯", "活动", "促销", "营销")
_WISHES = ("快乐", "安康", "祝", "如意", "吉祥", "团圆", "愿", "happy", "merry", "wish")


def script_for(
    scenario: Scenario, detail: str, scripts: Sequence[Script], calendar: Calendar
) -> Script | None:
    """The script that `detail` names, or the one that fits the scenario best; None: there is none.

    A greeting for another festival does not fit.
    """
    if named := next((one for one in scripts if one.id in detail.split()), None):
        return named
    candidates = [one for one in scripts if _is_for(scenario, one)]
    if scenario is Scenario.HOLIDAY:
        candidates = _of_the_day(detail, scripts, candidates, calendar)
    if scenario is not Scenario.PROMOTION:  # a script that says 生日 need not be a wish
        candidates = [one for one in candidates if _wishes(one)] or candidates
    candidates = [one for one in candidates if not _answers(one)] or candidates
    return max(candidates, key=lambda one: _fitness(scenario, detail, one), default=None)


def _is_for(scenario: Scenario, script: Script) -> bool:
    if scenario is Scenario.PROMOTION and script.category.lower() in _NEWS:
        others = (Scenario.REMINDER, Scenario.HOLIDAY)
        return not any(_is_for(other, script) for other in others)
    return any(word in _described(script) for word in _WORDS[scenario])


def _answers(script: Script) -> bool:
    return script.category.lower() in _ASKED


def _wishes(script: Script) -> bool:
    return any(word in f"{script.title} {_said(script)}" for word in _WISHES)


def _of_the_day(
    detail: str, scripts: Iterable[Script], general: Iterable[Script], calendar: Calendar
) -> list[Script]:
    meant = _festivals_in(detail.lower(), calendar)
    by_festival = {one.id: _festivals_in(_described(one), calendar) for one in scripts}
    named = [one for one in scripts if meant & by_festival[one.id] and not _answers(one)]
    if own := [one for one in named if _wishes(one)]:  # when the shop is closed is no greeting
        return own
    unspecific = [
        one for one in general if not by_festival[one.id] and not _is_for(Scenario.REMINDER, one)
    ]
    if unspecific or detail:
        return unspecific
    dated = [one for one in scripts if by_festival[one.id] and not _answers(one)]
    return dated if len(dated) == 1 else []  # nothing says which day it is


def _festivals_in(text: str, calendar: Calendar) -> frozenset[str]:
    hinted = {day for hint, day in _HINTS.items() if hint in text}
    named = {*calendar.mentioned(text), *hinted}
    return frozenset(_ONE_GREETING.get(day, day) for day in named)


def _fitness(scenario: Scenario, detail: str, script: Script) -> tuple[float, int]:
    words = _WORDS[scenario]
    name, title = script.id.lower(), script.title.lower()
    fit = 8.0 * any(word in name for word in words) + 4.0 * any(word in title for word in words)
    fit += 4.0 * (words[0] in name) + 2.0 * any(word in _described(script) for word in words)
    told = f"{_described(script)} {_said(script)}"
    pairs = {detail[place : place + 2].lower() for place in range(len(detail) - 1)}
    fit += 40.0 * sum(pair in told for pair in pairs) / max(1, len(pairs))
    return fit, -len(script.examples)  # a script without examples is there to be sent


def _described(script: Script) -> str:
    """All of it but its words, in lower case."""
    keywords = " ".join(" ".join(entry) for entry in script.keywords)
    return f"{script.id} {script.title} {script.category} {keywords}".lower()


def _said(script: Script) -> str:
    return " ".join(variant.source for variant in script.say).lower()
