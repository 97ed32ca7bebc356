"""Questions on hidden topics, as people type them: fillers, slips of the finger, other words."""

import random
import tomllib
from collections import Counter
from collections.abc import Hashable, Sequence
from math import comb
from pathlib import Path

TOPICS = tomllib.loads((Path(__file__).parent / "data/miss_topics.toml").read_text("utf-8"))
SLOTS = {
    "item": ("羽绒服", "卫衣", "牛仔裤", "连衣裙", "毛衣", "衬衫", "大衣", "外套"),
    "device": ("吸尘器", "加湿器", "电饭煲", "空气净化器", "书柜", "沙发", "洗衣机", "台灯"),
    "place": ("店里", "门店", "你们店", "万象城店", "实体店", "你家店"),
    "when": ("明天", "周末", "下周", "国庆", "今天", "这周六"),
    "who": ("我妈", "我老公", "朋友", "我爸", "孩子", "闺蜜"),
}
BEFORE = (
    *[""] * 4, "请问", "你好，", "想问下", "那个，", "在吗 ", "亲，", "麻烦问一下", "客服你好",
    "急！", "你好请问一下", "哈喽", "不好意思，",
)  # fmt: skip
AFTER = (
    *[""] * 4, "？", "呀", "啊", "谢谢", "哈", "呢", "～", "，急", "[微笑]", "，在线等", "？？",
    "😊", "，麻烦了", "哦",
)  # fmt: skip
CONFUSED = dict(zip("的吗在么做那里到以会有什码带", "得嘛再吗作哪理道已回又神马代", strict=True))


def questions(
    topics: str, seed: int, number: int = 1000, *, typos: float = 0.15
) -> list[tuple[str, str]]:
    """(text, topic), as many of each topic of a set, shuffled."""
    chance = random.Random(seed)
    names = list(TOPICS[topics])
    asked = [_question(chance, topics, names[one % len(names)], typos) for one in range(number)]
    chance.shuffle(asked)
    return asked


def agreement(ones: Sequence[Hashable], others: Sequence[Hashable]) -> float:
    """The adjusted Rand index of two partitions: 1 the same, 0 as by chance."""
    both, one, other = (
        sum(comb(number, 2) for number in Counter(parts).values())
        for parts in (list(zip(ones, others, strict=True)), ones, others)
    )
    by_chance = one * other / comb(len(ones), 2)
    return (both - by_chance) / ((one + other) / 2 - by_chance)


def _question(chance: random.Random, topics: str, topic: str, typos: float) -> tuple[str, str]:
    text = chance.choice(TOPICS[topics][topic])
    for slot, words in SLOTS.items():
        text = text.replace(f"{{{slot}}}", chance.choice(words))
    if chance.random() < typos:
        text = _slip(chance, text)
    return chance.choice(BEFORE) + text + chance.choice(AFTER), topic


def _slip(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text) - 1)
    confused = [number for number, sign in enumerate(text) if sign in CONFUSED]
    match chance.choice(("sound", "drop", "swap")):
        case "sound" if confused:
            at = chance.choice(confused)
            return text[:at] + CONFUSED[text[at]] + text[at + 1 :]
        case "drop":
            return text[:at] + text[at + 1 :]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
