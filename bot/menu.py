"""A menu, and what a customer means by answering it in their own words: 2, 第二个, 都不是."""

import re
from collections.abc import Container, Sequence

from bot.routing import fold
from bot.scripts.decision import Decision
from bot.scripts.library import Library
from bot.scripts.renderer import fit
from bot.scripts.script import UNASKED, Script

MENU = 3  # questions in a menu: nobody reads more
HEAD = "system/menu_head"  # the line above the questions
NONE = "system/menu_none"  # the last line of a menu: none of these
LEFT = "system/menu_left"  # the line above, if other questions of the message were answered
HEADS = (HEAD, LEFT)
YES = frozenset({
    "是", "是的", "是啊", "是呀", "对", "对的", "对对", "对啊", "对呀", "嗯", "嗯嗯", "没错",
    "yes",
})  # fmt: skip
_NUMBER = re.compile(
    r"(?:我?选|是|问)?第?([0-9一二两三四五])[个条项种号]?的?(?:吧|啊|呀)?[.。、,，)）]?"
)
_NONE = re.compile(
    r"(?:以上|上面|这些|这几个|好像)?(?:都|全|全都)?"
    r"(?:不是|不对|没有|不行|不符合)(?:这个|这些|这几个|的|我要的|我想问的|我要问的|问这个)?"
    r"(?:啊|呀|哦|吧|呢)?[.。!！~]*|no|none(?: of (?:these|them))?|neither"
)
_FIGURES = {sign: number for number, sign in enumerate("一二三四五", 1)} | {"两": 2}


def head_of(library: Container[str], number: int, left: str = "") -> str:
    """The script above a menu of `number` questions. `left`: the question that it is about, if
    others of the same message were answered."""
    return LEFT if left and LEFT in library else of_one(HEAD, library, number)


def of_one(script: str, library: Container[str], number: int) -> str:
    """`script`, or `script_one`, which a library may have for a menu of a single question."""
    own = f"{script}_one"
    return own if number == 1 and own in library else script


def items_of(decision: Decision, library: Library, said: str, most: int) -> list[Script]:
    """What a menu of at most `most` lines holds. It leaves out what was just said: that did not
    help, and would go round in circles."""
    close = [library[one.script_id] for one in decision.candidates]
    fresh = [one for one in close if one.id != said and one.category not in UNASKED]
    return fresh[: min(MENU, most - 1)]  # one line is for the way out


def picked(text: str, titles: Sequence[str]) -> int:
    """The place of the item that `text` picks, counted from 1; 0: none.

    Args:
        titles: of all items in their order; "" for one that is gone.
    """
    answer = fold(text)
    number = 0
    if match := _NUMBER.fullmatch(answer):
        number = _FIGURES.get(match[1]) or int(match[1])
    elif answer in (folded := [fold(title) for title in titles]) and answer:
        number = folded.index(answer) + 1
    elif len(titles) == 1 and answer in YES:
        number = 1
    return number if 1 <= number <= len(titles) and titles[number - 1] else 0


def chosen_of(text: str, offered: Sequence[str], library: Library) -> str:
    """The script among the `offered` that `text` picks; else ""."""
    titles = [library[one].title if one in library else "" for one in offered]
    place = picked(text, titles) if offered else 0
    return offered[place - 1] if place else ""


def meant_of(decision: Decision, offered: Sequence[str]) -> str:
    """The one script among the `offered` that comes closest to an unclear message; else ""."""
    close = decision.candidates
    named = [one for one in close if one.script_id in offered]
    meant = decision.band == "ask" and len(named) == 1 and named[0].score >= close[0].score
    return named[0].script_id if meant else ""


def entries(items: Sequence[Script], none: str, most_bytes: int) -> tuple[tuple[str, str], ...]:
    """What a menu shows: ids that a click sends, and words.

    Args:
        none: words of the way out, which comes last: a single question alone is a poor choice. ""
            = it has none.
        most_bytes: the most bytes of one line.
    """
    shown = [*((item.id, item.title) for item in items), *([("none", none)] if none else [])]
    return tuple((key, fit(words, most_bytes, 1)[0]) for key, words in shown)


def turns_down(text: str, none: str, number: int) -> bool:
    """Whether `text` says that none of the `number` items is meant, or picks the way out."""
    titles = [*[""] * number, none]
    return declines(text) or bool(none and picked(text, titles))


def is_pick(text: str) -> bool:
    """Whether `text` can only be an answer to a menu."""
    return _NUMBER.fullmatch(fold(text)) is not None


def declines(text: str) -> bool:
    """Whether `text` says that none of the items is meant."""
    return _NONE.fullmatch(fold(text)) is not None
