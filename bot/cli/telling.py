"""Tells what the matcher decided, in words for a terminal of 80 columns."""

import unicodedata
from collections.abc import Iterator

from bot.scripts.judging import percent

COLUMNS = 80
LABEL = 19  # columns of the label before each line
BANDS = {
    "answer": "回答 answer",
    "ask": "反问 ask",
    "handover": "转人工 handover",
    "silent": "不回复 silent",
}
BARS = {
    "exact": "和例句一字不差，不用过线 word for word: no bar is asked",
    "answer": "回答线 answer",
    "each": "几件事都有把握 each of several questions clears its bars",
    "lead": "领先线 lead",
    "ask": "询问线 ask",
    "one_sign": "只有一个字，从不直接回答 a single character is never answered",
    "rule": "转人工的词 words that call a person (handover.toml)",
    "not_ours": "不归机器人答 not ours to answer",
    "said": "接着刚才说的 goes on about what was said last",
    "quiet": "只是应答 an acknowledgement (handover.toml)",
    "reference": "号码或链接 a number or a link",
    "wordless": "没有文字 no words",
}
TIERS = {
    "exact": "例句 example",
    "learned": "以前选过 chosen before",
    "keyword": "关键词 keywords",
    "similar": "例句 example",
    "search": "检索 search",
    "fuzzy": "例句 example",  # in events from before scores were probabilities
}

_CLOSING, _OPENING = "，。、；：！？」”）》·", "「“（《"


def bar_of(bar: str, at: float) -> str:
    """Which bar decided, and where it is; "" for events from before this was kept."""
    return f"{BARS.get(bar, bar)} {percent(at) if at else ''}".rstrip()


def found_by(tier: str, example: str) -> str:
    """How the matcher found a script, and by which example or keywords."""
    return f"{TIERS.get(tier, tier)}「{example}」" if example else TIERS.get(tier, tier)


def labelled(label: str, text: str) -> Iterator[str]:
    """The lines of `text`, the first one with a label before it, the others indented."""
    lines = folded(text, COLUMNS - LABEL)
    yield (label + " " * (LABEL - width(label)) + next(lines, "")).rstrip()
    yield from (" " * LABEL + line for line in lines)


def folded(text: str, most: int) -> Iterator[str]:
    """`text` in lines of at most so many columns, broken at spaces and Chinese characters."""
    line, place, used = "", 0, 0
    for sign in text:
        if line and sign not in _CLOSING and sign != " " and _may_part(line[-1], sign):
            place = len(line)
        line, used = line + sign, used + width(sign)
        while used > most and sign != " ":  # more than once if spaces were beyond the edge
            place = place or len(line) - 1
            yield line[:place].rstrip()
            line, place = line[place:], 0
            used = width(line)
    if line:
        yield line.rstrip()


def _may_part(left: str, right: str) -> bool:
    """Whether a line may be broken between two neighbouring characters."""
    return left == " " or width(right) == 2 or (width(left) == 2 and left not in _OPENING)


def width(text: str) -> int:
    """How many columns of a terminal `text` takes: a Chinese character takes two."""
    return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in text)
