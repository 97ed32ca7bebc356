"""`huashu scripts eval`, as somebody who writes words meets it."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app

CHECKOUT = Path(__file__).parents[2]
KEYS = {"top1", "top3", "correct_at_2", "correct", "wrong", "handed_over"}
LIBRARY = [
    {"id": "退货", "category": "售后", "title": "退货", "examples": ["怎么退货"], "reply": "{{好"},
    {"id": "尺码", "examples": ["我该穿多大码"], "keywords": ["身高 体重"]},
]
QUESTIONS: list[dict[str, Any]] = [
    {"text": "怎么退货", "id": "退货", "kind": "plain"},
    {"text": "身高体重", "gold": ["尺码"], "kind": "plain"},
    {"text": "我要投诉你们", "id": None, "kind": "complaint"},
    {"text": "附近哪里有好吃的", "gold": []},
]


def write(path: Path, lines: list[dict[str, Any]]) -> Path:
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text(text, "utf-8-sig")  # as some editors save it
    return path


def run(root: Path, *more: str | Path) -> Result:
    words = [str(one) for one in ("scripts", "eval", "--root", root, *more)]
    return CliRunner().invoke(app, words)


def evaluated(root: Path, library: Path, queries: Path) -> dict[str, Any]:
    result = run(root, "--library", library, "--queries", queries, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def refused(root: Path, *more: str | Path) -> str:
    result = run(root, *more)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    return result.output


def test_programs_get_the_figures_whole_and_by_kind(tmp_path: Path) -> None:
    library = write(tmp_path / "shop.jsonl", LIBRARY)
    told = evaluated(tmp_path, library, write(tmp_path / "q.jsonl", QUESTIONS))
    assert told.keys() == {*KEYS, "by_kind", "changed"}
    assert (told["top1"], told["wrong"], told["changed"]) == (1.0, 0.0, [])
    assert told["by_kind"].keys() == {"plain", "complaint", "other"}
    assert all(kind.keys() == {*KEYS, "n"} for kind in told["by_kind"].values())
    complaint = told["by_kind"]["complaint"]  # handover.toml holds for JSON Lines too
    assert (complaint["n"], complaint["handed_over"], complaint["top1"]) == (1, 1.0, None)


def test_an_edited_keyword_names_exactly_what_it_changed(tmp_path: Path) -> None:
    library, queries = tmp_path / "scripts_library", tmp_path / "tests/questions.jsonl"
    copytree(CHECKOUT / "scripts_library", library)
    queries.parent.mkdir()
    texts = ["可以刷花呗吗", "怎么退货", "收货后能无理由退换吗", "银河系有多大", "嗯"]
    write(queries, [{"text": text, "id": None, "kind": "plain"} for text in texts])
    extra = library / "extra.toml"
    extra.write_text(
        '[[script]]\nid = "extra/star"\ntitle = "星"\ncategory = "faq"\nsay = ["星"]\n'
        'ask = ["天上的星星"]\nkeywords = ["恒星"]\n',
        "utf-8",
    )
    assert evaluated(tmp_path, library, queries)["changed"] == []
    assert evaluated(tmp_path, library, queries)["changed"] == []
    extra.write_text(extra.read_text("utf-8").replace("恒星", "银河系有多大"), "utf-8")
    (change,) = evaluated(tmp_path, library, queries)["changed"]
    assert (change["text"], change["after"]) == ("银河系有多大", "extra/star")
    assert change["before"] in ("handover", "ask")
    assert change.keys() == {"text", "before", "after"}
    extra.write_text(extra.read_text("utf-8").replace("银河系有多大", "恒星"), "utf-8")
    told = run(tmp_path).output  # the workspace's own library and questions
    assert "changed since the last run: 1\n  银河系有多大\n    extra/star → " in told


def test_other_questions_and_other_libraries_are_compared_with_their_own(tmp_path: Path) -> None:
    queries = write(tmp_path / "q.jsonl", QUESTIONS)
    one, two = write(tmp_path / "one.jsonl", LIBRARY), write(tmp_path / "two.jsonl", LIBRARY[:1])
    for library in (one, two, one, two):
        assert evaluated(tmp_path, library, queries)["changed"] == []


def test_people_get_a_table_that_lines_up(tmp_path: Path) -> None:
    library = write(tmp_path / "shop.jsonl", LIBRARY)
    wrong = [{"text": "怎么退货？", "id": None, "kind": "刁难"}] * 30
    result = run(
        tmp_path, "--library", library, "--queries", write(tmp_path / "q", QUESTIONS + wrong)
    )
    head, *rest = result.stdout.splitlines()
    assert head.split() == ["题数", "第一", "前三", "可答对", "答对", "答错", "未答"]
    rows = [line for line in rest if line.startswith(("全部 all", "plain", "刁难"))]
    assert len({len(row) + sum(sign > "一" for sign in row) for row in rows}) == 1
    assert "  怎么退货？\n    退货，应为 should be 请人 a person\n" in result.stdout
    assert "  … 10\n" in result.stdout
    assert "the first run" in result.stdout


def test_one_file_of_a_folder_is_a_library(tmp_path: Path) -> None:
    queries = write(tmp_path / "q.jsonl", [{"text": "怎么退货", "id": "没有这条"}])
    returns = CHECKOUT / "scripts_library/faq/returns.toml"
    result = run(tmp_path, "--library", returns, "--queries", queries, "--json")
    assert result.exit_code == 0
    assert "1 个编号没有话术 ids of the questions are in no script: 没有这条" in result.stderr
    alone = tmp_path / "alone.toml"
    alone.write_text('[[script]]\nid = "a"\ntitel = "a"\n', "utf-8")
    assert "unknown: titel" in refused(tmp_path, "--library", alone, "--queries", queries)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2: no JSON"),
        ("[]", "line 2: cannot be used"),
        ('{"text": "怎么退货"}', 'Write {"text": '),
        ('{"text": "怎么退货", "id": 5}', "line 2: cannot be used"),
        ('{"text": "怎么退货", "gold": "退货"}', "line 2: cannot be used"),
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str, told: str) -> None:
    library, queries = write(tmp_path / "shop.jsonl", LIBRARY), tmp_path / "q.jsonl"
    queries.write_text(f"\n{line}\n", "utf-8")
    output = refused(tmp_path, "--library", library, "--queries", queries)
    assert told in output
    assert str(queries) in output


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([{"examples": ["怎么退货"]}], "line 1: cannot be used"),
        ([{"id": "a", "keywords": "退货"}], "line 1: cannot be used"),
        ([{"id": "a"}, {"id": "b"}, {"id": "a"}], "a: this id is there twice"),
    ],
)
def test_a_line_that_is_no_script_is_named(
    tmp_path: Path, lines: list[dict[str, Any]], told: str
) -> None:
    library = write(tmp_path / "shop.jsonl", lines)
    queries = write(tmp_path / "q.jsonl", QUESTIONS)
    assert told in refused(tmp_path, "--library", library, "--queries", queries)


def test_what_is_not_there_is_told_with_its_cure(tmp_path: Path) -> None:
    library, empty = write(tmp_path / "shop.jsonl", LIBRARY), write(tmp_path / "empty.jsonl", [])
    other = tmp_path / "shop.xls"
    other.touch()
    assert "no questions here" in refused(tmp_path, "--library", library, "--queries", empty)
    assert "questions.jsonl: No such file or directory. Write {" in refused(
        tmp_path, "--library", library
    )
    assert "Name a file to read" in refused(tmp_path, "--library", tmp_path / "no.toml")
    assert "not a format we know" in refused(tmp_path, "--library", other)
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes(b'{"text": "\xe9"}')
    assert "Save the file as UTF-8" in refused(tmp_path, "--library", library, "--queries", latin)


def test_a_damaged_or_forbidden_memory_stops_nothing(tmp_path: Path) -> None:
    library = write(tmp_path / "shop.jsonl", LIBRARY)
    queries = write(tmp_path / "q.jsonl", QUESTIONS)
    evaluated(tmp_path, library, queries)
    (kept,) = (tmp_path / "var/evaluations").iterdir()
    kept.write_text("{", "utf-8")
    assert evaluated(tmp_path, library, queries)["changed"] == []
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "var").touch()
    result = run(blocked, "--library", library, "--queries", queries)
    assert result.exit_code == 0
    assert "this run is not remembered" in result.stderr
