"""What the decision does: `python -m benchmarks.matching.shipped --data DIR [--held-out|--write]`.

The bars of each library come from its own examples (bot/scripts/calibration.py) and from what was
measured on other libraries.

By itself it judges what ships. That is in-sample: the model and data/wrong.json were made from
these very sets. `--held-out` judges each set as if it did not exist: the model is fitted on the
others, and what their trials are worth is measured on them, with models that have seen neither.
`--write` makes data/wrong.json, each set measured with a model that has not seen it.
"""

import argparse
from dataclasses import asdict
from pathlib import Path

import orjson

from benchmarks.matching.held_out import Study, using
from benchmarks.matching.question_sets import QuestionSet, gold_of
from benchmarks.processes import DATA
from bot.scripts.calibration import STEPS, Elsewhere, calibrate
from bot.scripts.evaluation import evaluate, score
from bot.scripts.matcher import Matcher
from bot.scripts.question import Question

_SHARES = ("top1", "top3", "correct_at_2", "correct", "wrong", "handed_over")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--held-out", action="store_true")
    mode.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    study = Study(asked.data)
    if asked.write:
        write(study)
        return
    print("held-out" if asked.held_out else "in-sample", *_SHARES, "of what was possible")
    for one in study.sets:
        if asked.held_out:
            seen = study.elsewhere(one.name)
            with using(study.unseen(one.language, one.name)):
                tell(one, seen)
        else:
            tell(one)


def tell(one: QuestionSet, seen: Elsewhere | None = None) -> None:
    matcher = Matcher(one.library, bars={})
    bars = calibrate(matcher, elsewhere=seen)
    questions = [
        Question(text=each["text"], gold=gold_of(each), kind=each.get("kind", ""))
        for each in one.questions
    ]
    found = score(evaluate(matcher.with_bars({"": bars}), questions))
    shares = [f"{100 * (getattr(found, name) or 0):5.1f}" for name in _SHARES]
    of_best = (found.correct or 0) / (found.correct_at_2 or 1)
    print(f"{one.name:10} answer {bars.answer:.3f} ask {bars.ask:.2f} ", *shares, f"{of_best:.2f}",
          flush=True)  # fmt: skip


def write(study: Study) -> None:
    found = asdict(study.elsewhere())
    (DATA / "wrong.json").write_bytes(orjson.dumps({"bar": STEPS, **found}) + b"\n")


if __name__ == "__main__":
    main()
