"""What the shipped decision does: `python -m benchmarks.matching.shipped --data DIR [--write]`.

The bars of each library come from its own examples (bot/scripts/calibration.py), never from the
questions. `--write` keeps in data/wrong.json how many wrong answers each bar lets through on these
sets, which is what a new library's own trials are weighed with.
"""

import argparse
from pathlib import Path

import numpy as np
import orjson

from benchmarks.matching.question_sets import QuestionSet, gold_of, question_sets
from bot.scripts.calibration import STEPS, calibrate
from bot.scripts.evaluation import Outcome, evaluate, score
from bot.scripts.matcher import Matcher
from bot.scripts.matching.hanzi import DATA
from bot.scripts.question import Question

PERCENTILE = 75  # of the sets: most libraries are better than what is written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    curves: dict[str, list[list[float]]] = {}
    for one in question_sets(asked.data):
        matcher = Matcher(one.library, bars={})
        curves.setdefault(one.language, []).append(curve(ask(matcher, one)))
        if not asked.write:
            tell(one, matcher)
    if asked.write:
        stored = {
            "bar": STEPS,
            **{
                language: np.percentile(each, PERCENTILE, axis=0).round(5).tolist()
                for language, each in curves.items()
            },
        }
        (DATA / "wrong.json").write_bytes(orjson.dumps(stored) + b"\n")


def ask(matcher: Matcher, one: QuestionSet) -> list[Outcome]:
    questions = [
        Question(text=each["text"], gold=gold_of(each), kind=each.get("kind", ""))
        for each in one.questions
    ]
    return evaluate(matcher, questions)


def curve(outcomes: list[Outcome]) -> list[float]:
    """For each of STEPS the share of all that is answered wrong."""
    wrong = [o.score for o in outcomes if o.favourite and o.favourite not in o.question.gold]
    return [sum(one >= bar for one in wrong) / len(outcomes) for bar in STEPS]


def tell(one: QuestionSet, matcher: Matcher) -> None:
    bars = calibrate(matcher)
    found = score(ask(Matcher(one.library, bars=bars), one))
    shares = {
        name: round(100 * (getattr(found, name) or 0), 1)
        for name in ("top1", "top3", "correct_at_2", "correct", "wrong", "handed_over")
    }
    print(f"{one.name:10} bar {bars.answer:.3f} ask {bars.ask:.2f}", shares, flush=True)


if __name__ == "__main__":
    main()
