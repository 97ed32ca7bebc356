"""Scripts in any number, and what customers ask of them: plausible Chinese, by a seed.

Each script is about one thing and one concern, of the words that bot/scripts/data/topics.txt
lists: "荔枝" and "几天到" make 荔枝几天到, 想问一下荔枝什么时候到.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from random import Random

from bot.scripts.matching.hanzi import data_lines, hanzi, rareness

SEED = 20260301
FOREIGN = 0.2  # of the questions: about what no script answers
_TYPED_WRONG, _LONG = 0.3, 0.1
_CHINESE = re.compile(r"[一-鿿]+")
_FIRST_THING, _LAST_THING, _FIRST_FOREIGN = "fruit", "elderly_care", "card_kind"
# Of these topics one does not ask about a thing.
_NO_CONCERNS = """
human ask_identity complaint staff_attitude praise thanks bye greeting ok_ack busy_now
think_again not_interested mistaken_msg repeat_ask reply_slow group_leave group_noise medical
allergy scam_worry fake_praise_doubt job live_stream
"""
_FRAMES = (
    "{thing}{concern}", "{thing}{concern}吗", "{thing}怎么{concern}", "你们的{thing}{concern}",
    "{concern}，{thing}的", "想问一下{thing}{concern}", "{thing}是不是{concern}",
    "我买的{thing}{concern}怎么办", "这个{thing}可以{concern}吗", "{concern}的话{thing}能处理吗",
    "之前那单{thing}{concern}了", "给我妈买的{thing}{concern}，为什么", "{thing}{concern}要多少钱",
    "我想知道{thing}什么时候{concern}", "请问{thing}{concern}在哪里看", "有没有{thing}，{concern}",
)  # fmt: skip
_ASIDES = (
    "老板你好我是上个星期在你们店里下的单", "今天家里有点事情所以现在才有空看手机",
    "我朋友推荐我来的她说你们家东西一直都不错", "不知道我说清楚没有要是没有我再补充",
    "刚才打电话一直没有人接所以在这里问", "麻烦看到了回复我一下我等得有点急",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    text: str
    script: str  # that answers it; "" = none does


@cache
def _topics() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line, _ in data_lines("topics.txt"):
        topic, _, words = line.partition("=")
        found[topic.strip()] = [w for w in words.split() if _CHINESE.fullmatch(w)]
    return found


def _between(first: str, last: str | None) -> list[str]:
    topics = list(_topics())
    return topics[topics.index(first) : topics.index(last) + 1 if last else None]


@cache
def _concerns() -> list[list[str]]:
    """Wordings of one concern each."""
    shop = _between(next(iter(_topics())), _FIRST_THING)[:-1]
    fitting = (
        [word for word in _topics()[topic] if 3 <= len(word) <= 8]
        for topic in shop
        if topic not in _NO_CONCERNS.split()
    )
    return [words for words in fitting if len(words) > 3]


@cache
def _things(first: str, last: str | None) -> list[str]:
    words = (word for topic in _between(first, last) for word in _topics()[topic])
    return list(dict.fromkeys(word for word in words if 2 <= len(word) <= 5))


def _all_scripts() -> Iterator[tuple[str, int]]:
    """Thing and concern of one script after another, no two the same."""
    chance, seen = Random(SEED), set[tuple[str, int]]()
    things, concerns = _things(_FIRST_THING, _LAST_THING), len(_concerns())
    while True:
        script = chance.choice(things), chance.randrange(concerns)
        if script not in seen:
            seen.add(script)
            yield script


def _asked(chance: Random, thing: str, concern: int) -> str:
    said = chance.choice(_concerns()[concern])
    return chance.choice(_FRAMES).format(thing=thing, concern=said)


def library(scripts: int) -> list[dict[str, object]]:
    """`{"id", "examples"}` each, with one to three examples; a smaller one begins a larger one."""
    chance = Random(SEED + 1)
    return [
        {
            "id": str(number),
            "examples": [_asked(chance, *script) for _ in range(chance.randint(1, 3))],
        }
        for number, script in enumerate(islice(_all_scripts(), scripts))
    ]


def questions(scripts: int, number: int) -> list[Asked]:
    """What customers ask of a library of so many scripts, each in words of their own."""
    chance = Random(SEED + 2)
    known = list(islice(_all_scripts(), scripts))
    foreign = _things(_FIRST_FOREIGN, None)
    asked = []
    for _ in range(number):
        if chance.random() < FOREIGN:
            script, text = "", _strange(chance, foreign)
        else:
            place = chance.randrange(scripts)
            script, text = str(place), _asked(chance, *known[place])
        if chance.random() < _TYPED_WRONG:
            text = _typed_wrong(chance, text)
        if chance.random() < _LONG:
            first, last = chance.sample(_ASIDES, 2)
            text = f"{first}，{text}。{last}"
        asked.append(Asked(text=text, script=script))
    return asked


def _strange(chance: Random, words: Sequence[str]) -> str:
    return chance.choice(_FRAMES).format(thing=chance.choice(words), concern=chance.choice(words))


def _typed_wrong(chance: Random, text: str) -> str:
    """One character is another, as common, that sounds the same."""
    place = chance.randrange(len(text))
    same = hanzi().signs.get(hanzi().sounds.get(text[place], ""), "")
    common = [sign for sign in same if sign in rareness()] or [text[place]]
    return text[:place] + chance.choice(common) + text[place + 1 :]
