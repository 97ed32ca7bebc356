"""Fits bot/groups/leaning.json: `python -m benchmarks.group_leaning`. Texts of tests/data that are
for tuning; what is held out there is read by tests alone."""

import random
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator
from math import exp
from pathlib import Path

import orjson

from benchmarks.matching.question_sets import lines
from bot.groups.leaning import pieces
from bot.groups.triage import Ours, said_in, signs_of
from bot.scripts.matching.hanzi import data_lines
from tests.group_day import OURS, filled

HERE = Path(__file__).parents[1]
DATA = HERE / "tests/data"
TURNS, RATE, DECAY = 12, 0.2, 0.02
RARE = 2  # texts in which a piece has to be
LEAST = 0.04  # weights that are kept
Text = tuple[frozenset[str], bool]


def main() -> None:
    dice = random.Random(5)
    texts = [*_texts(dice)]
    seen = Counter(piece for some, _ in texts for piece in some)
    common = [
        (sorted(one for one in some if seen[one] >= RARE), is_ours) for some, is_ours in texts
    ]  # sorted: the same weights whenever they are fitted
    weights = fit(common, dice)
    kept = {one: round(weight, 2) for one, weight in weights.items() if abs(weight) >= LEAST}
    (HERE / "bot/groups/leaning.json").write_bytes(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS))


def fit(texts: list[tuple[list[str], bool]], dice: random.Random) -> dict[str, float]:
    """Logistic regression; each of both kinds counts as much in sum."""
    weights: dict[str, float] = {"": 0.0}
    squares: dict[str, float] = {}
    share = sum(is_ours for _, is_ours in texts) / len(texts)
    for _ in range(TURNS):
        dice.shuffle(texts)
        for some, is_ours in texts:
            found = [*some, ""]
            odds = sum(weights.get(one, 0.0) for one in found)
            error = is_ours - 1 / (1 + exp(-max(-30.0, min(30.0, odds))))
            error *= 0.5 / (share if is_ours else 1 - share)
            for one in found:
                now = weights.get(one, 0.0)
                slope = error - (DECAY / len(texts) * 100 * now if one else 0.0)
                squares[one] = squares.get(one, 1.0) + slope * slope
                weights[one] = now + RATE * slope / squares[one] ** 0.5
    return weights


def _texts(dice: random.Random) -> Iterator[Text]:
    for line, _ in data_lines("topics.txt"):
        topic, _, told = line.partition("=")
        if topic.strip() in TALK | DEALS:
            for word in told.casefold().split():
                yield pieces(word, (), ()), topic.strip() in DEALS
    for text, goods, is_ours in _said(dice):
        said = said_in(text)
        words, signs = signs_of(said.text, Ours(goods=goods))
        if words:
            yield pieces(words, goods, signs), is_ours


def _said(dice: random.Random) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    fresh = tomllib.loads((DATA / "group_fresh.toml").read_text("utf-8"))
    for sort, is_ours in (("question", True), ("talk", False)):
        for half in ("tuning", "held", "last", "more"):
            for text in fresh[half][sort].strip().splitlines():
                yield text, tuple(fresh["goods"]), is_ours
    day = tomllib.loads((DATA / "group_day.toml").read_text("utf-8"))
    for sort, is_ours in (("question", True), ("talk", False)):
        for text in day[sort]["tuning"].strip().splitlines():
            for _ in range(2 if "{" in text else 1):
                yield filled(dice, text), OURS.goods, is_ours
    yield from _asked(DATA / "recognise.jsonl", {None})
    kinds = {"plain", "near", "short", "typo", "emoji", "mixed", "long", "mention"}
    others = sorted((DATA / "companies").glob("*.queries.jsonl"))
    for path in (HERE / "tests/questions.jsonl", *others):
        yield from _asked(path, kinds)


def _asked(
    path: Path, kinds: Collection[str | None]
) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    for one in lines(path):
        if one["kind"] in kinds:
            yield one["text"], (), True


TABLE = tomllib.loads((HERE / "bot/groups/signs.toml").read_text("utf-8"))["topics"]
DEALS, TALK = {*TABLE["ours"].split()}, {*TABLE["life"].split()}

if __name__ == "__main__":
    main()
