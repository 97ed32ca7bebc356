"""Fits bot/scripts/data/model.json: `python -m benchmarks.matching.fit --data DIR [--report]`.

The model is a choice between the candidates of a message and "none of these" (a multinomial
logit): some dozens of coefficients for each language, fitted on question sets of several trades.
`--report` leaves each set out in turn and prints what holds on it. After a new fit make
data/wrong.json again: `python -m benchmarks.matching.shipped --data DIR --write`.

DIR has NAME.library.jsonl, NAME.queries.jsonl and manifest.json; its texts are read and not kept.
The companies of tests/data/companies and the starter library are always there.
"""

import argparse
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.matching.question_sets import gold_of, question_sets
from benchmarks.processes import DATA
from bot.scripts.matcher import finder_of
from bot.scripts.matching.features import NAMES, NONE_NAMES
from bot.scripts.matching.finder import Finder
from bot.scripts.script import Script

MOST = 16  # candidates of a message, those of keywords included
SHARE = 1500.0  # what each set weighs, however large it is
FOREIGN = 0.15  # how much the sets of the other language weigh
RIDGE = 30.0
Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One set: messages × candidates × features."""

    name: str
    language: str
    candidates: Array
    there: NDArray[np.bool_]
    right: Array
    none: Array
    answerable: NDArray[np.bool_]
    kinds: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Fitted:
    candidate: Array
    none: Array
    bias: float


def samples(data: Path | None) -> Iterator[Sample]:
    for one in question_sets(data):
        scripts = [script for script in one.library if not script.id.endswith("_bot")]
        yield sample(one.name, one.language, scripts, one.questions)


def sample(
    name: str, language: str, scripts: Iterable[Script], questions: Iterable[Mapping[str, Any]]
) -> Sample:
    finder = finder_of(scripts)
    asked = list(questions)
    candidates = np.zeros((len(asked), MOST, len(NAMES)))
    right = np.zeros((len(asked), MOST))
    there = np.zeros((len(asked), MOST), bool)
    none = np.zeros((len(asked), len(NONE_NAMES)))
    for number, question in enumerate(asked):
        gold = gold_of(question)
        none[number], found = _rows(finder, question["text"])
        for place, (script, row) in enumerate(found[:MOST]):
            candidates[number, place] = row
            there[number, place] = True
            right[number, place] = script in gold
    return Sample(
        name=name, language=language, candidates=candidates, there=there, right=right, none=none,
        answerable=np.array([bool(gold_of(one)) for one in asked]),
        kinds=[one.get("kind", "") for one in asked],
    )  # fmt: skip


def _rows(finder: Finder, text: str) -> tuple[Sequence[float], list[tuple[str, list[float]]]]:
    looked = finder.compared(text)
    ids = [finder.index.entries[number].id for number in looked.numbers]
    return looked.none, list(zip(ids, looked.rows, strict=True))


def fit(sets: Sequence[Sample], weights: Sequence[float], ridge: float = RIDGE) -> Fitted:
    candidates = np.concatenate([one.candidates for one in sets])
    there = np.concatenate([one.there for one in sets])
    right = np.concatenate([one.right for one in sets])
    none = np.concatenate([one.none for one in sets])
    shares = np.concatenate(
        [
            np.full(len(one.none), w * SHARE / len(one.none))
            for one, w in zip(sets, weights, strict=True)
        ]
    )
    nobody = right.sum(1) == 0
    mean, spread = candidates[there].mean(0), candidates[there].std(0) + 1e-6
    none_mean, none_spread = none.mean(0), none.std(0) + 1e-6
    scaled, none_scaled = (candidates - mean) / spread, (none - none_mean) / none_spread
    many = scaled.shape[2]
    truth = np.concatenate([right, nobody[:, None]], 1)

    def loss(values: Array) -> tuple[float, Array]:
        mine, nones, bias = values[:many], values[many:-1], values[-1]
        scores = np.concatenate(
            [np.where(there, scaled @ mine, -1e9), (none_scaled @ nones + bias)[:, None]], 1
        )
        odds = np.exp(scores - scores.max(1, keepdims=True))
        chances = odds / odds.sum(1, keepdims=True)
        hit = (chances * truth).sum(1) + 1e-12
        error = (chances - chances * truth / hit[:, None]) * shares[:, None]
        total = -(shares * np.log(hit)).sum() + ridge / 2 * (values[:-1] ** 2).sum()
        slope = np.concatenate(
            [
                np.einsum("nk,nkf->f", error[:, :-1], scaled) + ridge * mine,
                error[:, -1] @ none_scaled + ridge * nones,
                [error[:, -1].sum()],
            ]
        )
        return total, slope

    start = np.zeros(many + none.shape[1] + 1)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    mine, nones = best[:many] / spread, best[many:-1] / none_spread
    bias = float(best[-1] - (none_mean * nones).sum() + (mean * mine).sum())
    return Fitted(candidate=mine, none=nones, bias=bias)


def chances_of(fitted: Fitted, one: Sample) -> Array:
    """messages × candidates: the probability of each."""
    scores = np.where(one.there, one.candidates @ fitted.candidate, -1e9)
    nobody = one.none @ fitted.none + fitted.bias
    both = np.concatenate([scores, nobody[:, None]], 1)
    odds = np.exp(both - both.max(1, keepdims=True))
    chances: Array = odds / odds.sum(1, keepdims=True)
    return chances[:, :-1]


def figures(chances: Array, one: Sample) -> dict[str, float]:
    """top1, top3 and the best share answered right at ≤ 2 % and ≤ 5 % wrong, in percent."""
    order = np.argsort(-chances, 1, kind="stable")
    hits = np.take_along_axis(one.right, order, 1).astype(bool)
    answerable = one.answerable.sum()
    swept = np.argsort(-chances.max(1), kind="stable")
    swept = swept[one.there[swept].any(1)]
    right, wrong = hits[swept, 0].cumsum(), (~hits[swept, 0]).cumsum()
    at = {
        f"C@W{percent}": right[wrong <= percent / 100 * len(hits)].max(initial=0) / answerable
        for percent in (2, 5)
    }
    shares = {"top1": hits[:, 0].sum() / answerable, "top3": hits[:, :3].any(1).sum() / answerable}
    return {name: round(100 * float(value), 1) for name, value in {**shares, **at}.items()}


def others(without: Collection[str], language: str, sets: Sequence[Sample]) -> Fitted:
    """Fitted for a language on all sets but those named."""
    kept = [one for one in sets if one.name not in without]
    return fit(kept, [1.0 if one.language == language else FOREIGN for one in kept])


def stored(fitted: Fitted) -> dict[str, Any]:
    """As model.json has it."""
    return {
        "candidate": {n: float(f"{v:.4g}") for n, v in zip(NAMES, fitted.candidate, strict=True)},
        "none": {n: float(f"{v:.4g}") for n, v in zip(NONE_NAMES, fitted.none, strict=True)},
        "bias": float(f"{fitted.bias:.4g}"),
    }


def report(sets: Sequence[Sample]) -> None:
    groups: dict[str, list[dict[str, float]]] = {}
    for one in sets:
        found = figures(chances_of(others([one.name], one.language, sets), one), one)
        print(f"{one.name:12}", found, flush=True)
        group = "retail" if "" not in one.kinds and "plain" in one.kinds else one.language
        groups.setdefault(group, []).append(found)
    for group, all_found in groups.items():
        mean = {k: round(sum(f[k] for f in all_found) / len(all_found), 1) for k in all_found[0]}
        print(f"mean {group:7}", mean)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--report", action="store_true")
    asked = parser.parse_args()
    sets = list(samples(asked.data))
    if asked.report:
        report(sets)
        return
    content = {language: stored(others((), language, sets)) for language in ("zh", "en")}
    (DATA / "model.json").write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
