"""The same questions as people type them in a hurry: the results must hardly change."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from bot.scripts.library import Library
from bot.scripts.lines import open_library, read_questions
from bot.scripts.matcher import Matcher
from bot.scripts.matching.hanzi import hanzi, rareness
from bot.scripts.matching.pinyin import initials
from bot.scripts.question import Question
from tests import starter

CHECKOUT = Path(__file__).parents[2]
COMPANIES = CHECKOUT / "tests/data/companies"
NAMES = ("starter", "beauty", "grocer")
ALL = 999
EACH = 60  # questions of each company, where nearly nothing may change
FACES = ("[微笑]", "[捂脸]", "[玫瑰]", "😄", "🙏", "👍🏻", "❤️", "👩‍🍳")
GREETINGS = (
    "你好，",
    "您好 ",
    "在吗，请问",
    "亲，",
    "早上好！",
    "哈喽 ",
    "你好呀～想问下，",
    "客服在吗 ",
)
MENTIONS = ("@小助手\u2005", "@有间好物客服 ", "@A店长-小美\u2005")

Noise = Callable[[Random, str], str]


def full_width(chance: Random, text: str) -> str:
    wide = {sign: sign + 0xFEE0 for sign in range(0x21, 0x7F)}
    return text.translate(wide | {0x20: 0x3000}) + "？！"


@cache
def _traditional() -> dict[int, str]:
    return {ord(plain): chr(form) for form, plain in hanzi().forms.items() if len(plain) == 1}


def traditional(chance: Random, text: str) -> str:
    return text.translate(_traditional())


def emoji(chance: Random, text: str) -> str:
    place = chance.randint(0, len(text))
    return text[:place] + chance.choice(FACES) * chance.randint(1, 3) + text[place:]


def greeting(chance: Random, text: str) -> str:
    return chance.choice(GREETINGS) + text


def mention(chance: Random, text: str) -> str:
    return chance.choice(MENTIONS) + text


def homophone(chance: Random, text: str) -> str:
    """One character is another, as common, that sounds the same."""
    places = list(range(len(text)))
    chance.shuffle(places)
    for place in places:
        same = hanzi().signs.get(hanzi().sounds.get(text[place], ""), "")
        others = [one for one in same if one != text[place] and rareness().get(one, 99) < 14]
        if others:
            return text[:place] + chance.choice(others) + text[place + 1 :]
    return text


def pinyin(chance: Random, text: str) -> str:
    """All of it, as a keyboard without Chinese leaves one to type."""
    between = chance.choice(("", " ", " "))
    sounds = [hanzi().sounds.get(sign, sign) for sign in text.translate(hanzi().forms)]
    return between.join(sounds) if between else _together(sounds)


def _together(sounds: list[str]) -> str:
    """An apostrophe where a syllable that begins with a vowel would join the one before."""
    return "".join(
        f"'{sound}" if place and sound[:1] in "aeo" and sound.isascii() else sound
        for place, sound in enumerate(sounds)
    )


@cache
def library(name: str) -> Library:
    if name == "starter":
        return starter.LIBRARY
    return open_library(COMPANIES / f"{name}.library.jsonl", rules_of=starter.FOLDER)


@cache
def matcher(name: str) -> Matcher:
    return starter.matcher() if name == "starter" else Matcher(library(name))


@cache
def asked(name: str, number: int, kind: str = "") -> tuple[Question, ...]:
    """A fixed choice of those that are typed in Chinese, not at length; of one kind, or of all."""
    own = CHECKOUT / "tests/questions.jsonl"
    path = own if name == "starter" else COMPANIES / f"{name}.queries.jsonl"
    fitting = [
        one
        for one in read_questions(path)
        if one.gold and one.kind != "long" and re.search("[一-鿿]", one.text)
        if kind in ("", one.kind)
    ]
    return tuple(Random(1).sample(fitting, min(number, len(fitting))))


@cache
def found(name: str, number: int, noise: Noise | None = None, kind: str = "") -> float:
    """The share of questions whose script comes first."""
    chance, right, some = Random(3), 0, asked(name, number, kind)
    for question in some:
        text = noise(chance, question.text) if noise else question.text
        right += first(name, text) in question.gold
    return right / len(some)


@cache
def first(name: str, text: str) -> str:
    """The script that comes first; "" for none."""
    return next((one.script_id for one in matcher(name).rank(text, 1)), "")


def lost(noise: Noise, number: int) -> float:
    """Points of top-1, over the three companies."""
    apart = [found(name, number) - found(name, number, noise) for name in NAMES]
    return 100 * sum(apart) / len(NAMES)


@pytest.mark.parametrize("noise", [full_width, traditional, emoji, greeting, mention])
def test_other_signs_and_words_around_cost_two_points_at_most(noise: Noise) -> None:
    assert lost(noise, EACH) <= 2


def test_one_wrong_character_that_sounds_the_same_costs_five_points_at_most() -> None:
    assert lost(homophone, ALL) <= 5


@pytest.mark.parametrize("kind", ["", "plain"])
def test_all_in_pinyin_reaches_four_fifths(kind: str) -> None:
    plain = sum(found(name, ALL, None, kind) for name in NAMES)
    typed = sum(found(name, ALL, pinyin, kind) for name in NAMES)
    assert typed >= 0.8 * plain


def abbreviated(name: str) -> Iterator[tuple[str, str]]:
    """A script and the initials of one of its questions."""
    for script in library(name):
        for example in script.examples[:1]:
            if re.fullmatch("[一-鿿]{4,10}", example):
                yield script.id, initials(example)


@pytest.mark.parametrize("name", NAMES)
def test_initials_find_the_script_among_the_first_three(name: str) -> None:
    some = list(islice(abbreviated(name), 60))
    missed = [
        (one, letters)
        for one, letters in some
        if one not in [match.script_id for match in matcher(name).rank(letters, 3)]
    ]
    assert len(some) >= 20
    assert missed == []
