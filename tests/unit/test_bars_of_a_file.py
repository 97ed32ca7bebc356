"""A library tried out from a file is judged by its own bars."""

import json
from collections import Counter
from pathlib import Path

from typer.testing import CliRunner

from bot.cli import app
from bot.rehearse.library import open_repertoire
from bot.scripts.calibration import calibrate, calibrated, trials_of
from bot.scripts.decision import Bars
from bot.scripts.evaluation import evaluate, score
from bot.scripts.library import Library
from bot.scripts.lines import open_library, read_questions
from bot.scripts.matcher import Matcher
from bot.scripts.script import Script, Variant

CHECKOUT = Path(__file__).parents[2]
BEAUTY = CHECKOUT / "tests/data/companies/beauty.library.jsonl"
QUERIES = BEAUTY.with_name("beauty.queries.jsonl")


def script(script_id: str, *examples: str) -> Script:
    said = (Variant(source="x", fixed="x"),)
    return Script(id=script_id, title=script_id, category="faq", say=said, examples=examples)


SCRIPTS = [
    script("return", "怎么退货", "不合适怎么退", "想退货怎么弄"),
    script("refund", "退款多久到账", "钱什么时候退给我"),
    script("size", "我该穿多大码", "尺码怎么选"),
]


def test_bars_that_came_with_it_stay() -> None:
    own = Bars(answer=0.6)
    assert calibrated(Library(SCRIPTS, bars={"": own})).bars[""] == own


def test_without_any_they_come_from_its_examples() -> None:
    library = Library(SCRIPTS)
    assert calibrated(library).bars[""] == calibrate(Matcher(library))


def test_a_question_that_two_scripts_share_says_nothing_about_bars() -> None:
    """As the greetings of two channels do: their conditions decide."""
    twins = [script("day", "几点开门", "营业时间"), script("night", "几点开门", "营业时间")]
    tried = trials_of(Matcher(Library([*SCRIPTS, *twins])))
    assert Counter(trial.kind for trial in tried) == {"left_out": 7, "unscripted": 7}


def test_a_rehearsed_file_has_them_and_a_folder_keeps_those_it_is_used_with() -> None:
    starter = CHECKOUT / "scripts_library"
    assert open_repertoire(starter, starter).library.bars == Library.load(starter).bars
    assert open_repertoire(starter, BEAUTY).library.bars[""].answer < Bars().answer


def test_questions_are_judged_by_them(tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    lines = QUERIES.read_text("utf-8").splitlines()[:150]
    queries.write_text("\n".join(lines), "utf-8")
    files = ["--library", str(BEAUTY), "--queries", str(queries), "--root", str(tmp_path)]
    result = CliRunner().invoke(app, ["scripts", "eval", *files, "--json"])
    library = open_library(BEAUTY, rules_of=CHECKOUT / "scripts_library")
    right, usual = (
        score(evaluate(matcher, read_questions(queries))).correct
        for matcher in (calibrated(library), Matcher(library))
    )
    assert json.loads(result.stdout)["correct"] == right
    assert right != usual
