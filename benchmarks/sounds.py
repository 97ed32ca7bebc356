"""Fits bot/scripts/data/sounds.json, by which messages are told that sound like an opt-out or a
complaint: `python -m benchmarks.sounds`, to texts of tests/data, with numpy and scipy.
sounds_held.txt and sounds_fresh.txt are read by tests alone.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array

from benchmarks.matching.fit import Array
from benchmarks.matching.question_sets import lines
from benchmarks.processes import CHECKOUT, DATA
from bot.scripts.recognise.sounds import KINDS, pieces, readable

TEXTS = CHECKOUT / "tests/data"
RARE = 2  # messages in which a piece has to be
RIDGE = 1 / 30
LEAST = 1.0  # weights that are kept: a fifth of the pieces, and next to nothing is lost
NEITHER = {"abuse", "legal", "medical"}  # of recognise.jsonl; a person is called for these anyway


def main() -> None:
    said = [(pieces(readable(text)), kind) for text, kind in messages()]
    seen = Counter(piece for found, _ in said for piece in found)
    places = {one: at for at, one in enumerate(sorted(o for o, n in seen.items() if n >= RARE))}
    matrix = rows([found for found, _ in said], places)
    content = {
        kind: stored(fitted(matrix, np.array([one == kind for _, one in said])), places)
        for kind in KINDS
    }
    (DATA / "sounds.json").write_bytes(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


def messages() -> Iterator[tuple[str, str]]:
    """Texts, and what each is: unwanted, complaint, or something else."""
    yield from labelled(TEXTS / "sounds.txt")
    for one in lines(TEXTS / "recognise.jsonl"):
        if one["kind"] not in NEITHER:
            yield one["text"], one["kind"] or ""
    others = sorted((TEXTS / "companies").glob("*.queries.jsonl"))
    for path in (CHECKOUT / "tests/questions.jsonl", *others):
        for one in lines(path):
            if one["kind"] not in {"complaint", "abuse"}:
                yield one["text"], ""


def labelled(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text("utf-8").splitlines():
        kind, _, text = line.partition(" ")
        yield text, kind


def rows(found: list[list[str]], places: dict[str, int]) -> csr_array:
    """A row for each message: what each of its pieces counts."""
    held = [[places[one] for one in some if one in places] for some in found]
    across = [row for row, some in enumerate(held) for _ in some]
    counts = [len(found[row]) ** -0.5 for row in across]
    along = [place for some in held for place in some]
    return csr_array((counts, (across, along)), shape=(len(found), len(places)))


def fitted(matrix: csr_array, is_kind: NDArray[np.bool_]) -> Array:
    """Logistic regression: the weight of each piece, and last what is added to all of them."""
    signs = np.where(is_kind, 1.0, -1.0)

    def loss(weights: Array) -> tuple[float, Array]:
        margins = signs * (matrix @ weights[:-1] + weights[-1])
        slopes = -signs / (1 + np.exp(np.clip(margins, -30, 30)))
        ridge = RIDGE * np.append(weights[:-1], 0.0)
        slope = np.append(matrix.T @ slopes, slopes.sum()) + ridge
        return float(np.logaddexp(0, -margins).sum() + ridge @ weights / 2), slope

    found = minimize(loss, np.zeros(matrix.shape[1] + 1), jac=True, method="L-BFGS-B",
                     options={"maxiter": 1000})  # fmt: skip
    return np.asarray(found.x)


def stored(weights: Array, places: dict[str, int]) -> dict[str, float]:
    kept = {one: round(float(weights[at]), 1) for one, at in places.items()}
    return {"": round(float(weights[-1]), 2)} | {
        one: weight for one, weight in kept.items() if abs(weight) >= LEAST
    }


if __name__ == "__main__":
    main()
