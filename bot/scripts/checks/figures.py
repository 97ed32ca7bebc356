"""Figures in words, brought to one form: 七天, 7 天 and 168 小时 are the same span."""

import re
import unicodedata

_DIGITS = "零一二三四五六七八九"
_BEFORE_UNIT = re.compile(
    "(?<![零一二两三四五六七八九十百半])[零一二两三四五六七八九十百半]++"
    "(?=个?(?:工作日|自然日|小时|天|日|周|星期|月|年|块|元|分|折|号))"
)
_HOURS = {
    "小时": 1,
    "天": 24,
    "日": 24,
    "自然日": 24,
    "周": 168,
    "星期": 168,
    "月": 720,
    "年": 8760,
}
NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
SPAN = re.compile(
    rf"(?P<low>{NUMBER})(?:[-~—–至到](?P<high>{NUMBER}))?个?"
    "(?P<unit>工作日|小时|自然日|天|日|周|星期|月|年)(?![号日份底初])"
)
_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d)|点半?)")
_PLAIN = re.compile(r"\d{1,9}(?:\.\d+)?")

Figure = tuple[str, float, float]  # unit, from, to


def plain(text: str) -> str:
    """`text` in NFKC and lower case, without spaces, Chinese numbers before a unit as digits."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())
    return _BEFORE_UNIT.sub(lambda found: _number(found[0]), folded)


def _number(word: str) -> str:
    """十五 → 15; what is no plain number (一半) stays."""
    if word == "半":
        return "0.5"
    total, current = 0, 0
    for sign in word.replace("两", "二"):
        if sign in "十百":
            total += (current or 1) * (10 if sign == "十" else 100)
            current = 0
        elif sign == "半" or current:  # 一两天 is no figure
            return word
        else:
            current = _DIGITS.index(sign)
    return str(total + current)


def span_of(found: "re.Match[str]") -> Figure:
    """The figure of a match of SPAN: in hours, or in working days where it counts these."""
    low, high = float(found["low"]), float(found["high"] or found["low"])
    if found["unit"] == "工作日":
        return "working days", low, high
    hours = _HOURS[found["unit"]]
    return "hours", low * hours, high * hours


def one_form(text: str) -> str:
    """`text` so that equal figures are equal texts: 99.0 → 99, 9点半 → 9:30. A telephone number
    stays as it is."""
    if clock := _CLOCK.fullmatch(text):
        return f"{int(clock[1])}:{clock[2] or ('30' if text.endswith('半') else '00')}"
    return f"{float(text):g}" if _PLAIN.fullmatch(text) else text
