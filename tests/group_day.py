"""A generated day in customer groups, with the truth known."""

import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.groups.triage import Ours

TEMPLATES = tomllib.loads((Path(__file__).parent / "data/group_day.toml").read_text("utf-8"))
SLOTS: Mapping[str, list[str]] = TEMPLATES["slots"]
SHARES = {  # of a day's messages
    "question": 0.08, "talk": 0.82, "complaint": 0.004, "spam": 0.016, "thanks": 0.03,
    "staff": 0.05,
}  # fmt: skip
OURS = Ours(names=("小李", "有间好物", "客服小李"), goods=tuple(SLOTS["p"]))
FACES = ("", "", "", "", "～", "[微笑]", "😂", "。", "！", "?", " ", "啊", "呀")
BURST = 5  # ask the same within a minute
DAY_S = 14 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    at: float  # seconds from the beginning of the day
    group: int
    who: str
    text: str
    sort: str  # true class: question, talk, complaint, spam, thanks, staff
    burst: int = 0  # number of its burst; 0: none


def day(
    messages: int = 26_000, groups: int = 40, *, half: str = "test", seed: int = 7
) -> list[Line]:
    """The day's lines in order of time.

    Args:
        half: "tuning" or "test": no template is in both.
    """
    dice = random.Random(seed)
    texts = {sort: _half(sort, half) for sort in SHARES}
    return sorted(_lines(dice, texts, messages, groups), key=lambda line: line.at)


def _half(sort: str, half: str) -> list[str]:
    return list(TEMPLATES[sort][half].strip().splitlines())


def _lines(
    dice: random.Random, texts: Mapping[str, list[str]], messages: int, groups: int
) -> Iterator[Line]:
    bursts = messages // 1000
    for burst in range(1, bursts + 1):
        text = filled(dice, dice.choice(texts["question"]))
        start, group = dice.uniform(0, DAY_S), dice.randrange(groups)
        for asker in dice.sample(range(300), BURST):
            yield Line(
                at=start + dice.uniform(0, 50), group=group, who=f"wm{group}_{asker}",
                text=text, sort="question", burst=burst,
            )  # fmt: skip
    sorts, weights = list(SHARES), list(SHARES.values())
    for _ in range(messages - bursts * BURST):
        sort, group = dice.choices(sorts, weights)[0], dice.randrange(groups)
        text = filled(dice, dice.choice(texts[sort])) + _face(dice, sort)
        who = "liming" if sort == "staff" else f"wm{group}_{dice.randrange(300)}"
        yield Line(at=dice.uniform(0, DAY_S), group=group, who=who, text=text, sort=sort)


def filled(dice: random.Random, text: str) -> str:
    for name, words in SLOTS.items():
        text = text.replace("{" + name + "}", dice.choice(words))
    return text


def _face(dice: random.Random, sort: str) -> str:
    face = dice.choice(FACES)
    return "" if face == "?" and sort != "question" else face
