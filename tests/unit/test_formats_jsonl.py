"""JSON Lines: the six common fields, our additional ones, and mistakes named by line."""

from datetime import date, time
from pathlib import Path

import orjson
import pytest

from bot.scripts.formats import read_library
from bot.scripts.library import Library

LINE = {
    "id": "faq/refund",
    "category": "faq",
    "title": "退款多久到账",
    "examples": ["退款多久到账", "钱什么时候退给我"],
    "keywords": ["退款 到账"],
    "reply": "{{ customer.name or '亲' }}，三天到账。",
}


def written(folder: Path, *lines: object) -> Path:
    path = folder / "library.jsonl"
    path.write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return path


def test_six_fields_make_a_script(tmp_path: Path) -> None:
    [script] = Library.load(written(tmp_path, LINE))
    assert (script.id, script.category, script.title) == ("faq/refund", "faq", "退款多久到账")
    assert script.examples == ("退款多久到账", "钱什么时候退给我")
    assert script.keywords == (("退款", "到账"),)
    assert [variant.source for variant in script.say] == [LINE["reply"]]
    assert script.file == "library.jsonl"


def test_our_own_fields_are_kept(tmp_path: Path) -> None:
    more = {
        "replies": ["一", "二"],
        "when": {"channel": ["kf"], "hours": "09:00-21:00", "until": "2026-12-31"},
        "persona": "小话",
        "then": "person",
        "attachments": [{"type": "link", "title": "指南", "url": "https://a.cn/b"}],
    }
    [script] = Library.load(written(tmp_path, LINE | more | {"reply": "一"}))
    assert [variant.source for variant in script.say] == ["一", "二"]
    assert script.when.channels == ("kf",)
    assert script.when.hours == (time(9), time(21))
    assert script.when.last_day == date(2026, 12, 31)
    assert (script.persona, script.then) == ("小话", "person")
    assert script.attachments[0].url == "https://a.cn/b"


def test_the_names_of_toml_pass_too(tmp_path: Path) -> None:
    line = {key: LINE[key] for key in ("id", "category", "title")}
    ours = {"ask": ["钱呢", "退款呢"], "say": "三天到账。"}
    [script] = Library.load(written(tmp_path, line | ours))
    assert script.examples == ("钱呢", "退款呢")
    assert [variant.source for variant in script.say] == ["三天到账。"]


def test_a_reply_beside_other_wordings_comes_first(tmp_path: Path) -> None:
    [script] = Library.load(written(tmp_path, LINE | {"reply": "零", "replies": ["一", "二"]}))
    assert [variant.source for variant in script.say] == ["零", "一", "二"]


@pytest.mark.parametrize(
    ("change", "key", "problem", "cure"),
    [
        ({"id": None}, "line 2, id", "missing", "Fill"),
        ({"id": "Faq 1"}, "line 2, id (Faq 1)", "is not an id", "small letters"),
        ({"title": ""}, "line 2, title (faq/refund)", "missing", "Fill"),
        ({"reply": []}, "line 2, reply (faq/refund)", "missing", "Fill"),
        ({"reply": ["x"]}, "line 2, reply (faq/refund)", "not a text", '"reply": "…"'),
        ({"examples": "x"}, "line 2, examples (faq/refund)", "not a list", '"examples": ["…"'),
        ({"exmaples": ["x"]}, "line 2, exmaples (faq/refund)", "unknown", "mean examples?"),
        ({"reply": "{{ x }}"}, "line 2, reply[0] (faq/refund)", "unknown variable x", "README"),
        ({"when": []}, None, "", ""),
        ({"when": ["kf"]}, "line 2, when (faq/refund)", "not an object", '{"channel"'),
        ({"when": {"until": "31.12."}}, "line 2, when.until (faq/refund)", "no date", "2026"),
        ({"when": {"until": 3}}, "line 2, when.until (faq/refund)", "no date", "2026"),
        ({"when": {"channel": ["wx"]}}, "line 2, when.channel (faq/refund)", "unknown", "Known"),
        (
            {"attachments": [{"type": "file"}]},
            "line 2, attachments[0].media_id (faq/refund)",
            "missing",
            "media_id or file",
        ),
    ],
)
def test_a_mistake_is_named_by_its_line(
    tmp_path: Path, change: dict[str, object], key: str | None, problem: str, cure: str
) -> None:
    reading = read_library(written(tmp_path, LINE | {"id": "faq/first"}, LINE | change))
    if key is None:
        assert not reading.complaints
        return
    [told] = reading.complaints
    assert (told.file, told.key) == ("library.jsonl", key)
    assert problem in told.problem
    assert cure in told.cure


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"[1]", "not an object"),
        (b'{"id": ', "not JSON"),
        ('{"id": "退款"}'.encode("gbk"), "JSON"),
    ],
)
def test_a_line_that_is_no_script(tmp_path: Path, line: bytes, problem: str) -> None:
    path = tmp_path / "library.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + orjson.dumps(LINE) + b"\r\n\r\n" + line)
    reading = read_library(path)
    assert [script.id for script in reading.scripts] == ["faq/refund"]
    [told] = reading.complaints
    assert told.key == "line 3"
    assert problem in told.problem


def test_an_id_is_used_once(tmp_path: Path) -> None:
    reading = read_library(written(tmp_path, LINE, LINE))
    [told] = reading.complaints
    assert told.key == "line 2 (faq/refund)"
    assert told.problem == "this id is taken already in library.jsonl, line 1"


def test_trying_out_takes_what_there_is(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"id": "KB_001 退款", "examples": ["退款多久到账"], "source": "somewhere"},
        {"id": "2", "title": "退货", "examples": []},
    )
    assert read_library(path).complaints
    reading = read_library(path, lenient=True)
    assert reading.complaints == ()
    assert [(s.id, s.title, s.category) for s in reading.scripts] == [
        ("KB_001 退款", "退款多久到账", "faq"),
        ("2", "退货", "faq"),
    ]
    assert reading.scripts[0].say[0].source == "退款多久到账"


def test_handover_words_and_shared_phrases_beside_the_file_hold(tmp_path: Path) -> None:
    (tmp_path / "handover.toml").write_text('[a]\nzh = "x"\nen = "x"\nwords = ["投诉"]\n', "utf-8")
    (tmp_path / "_shared.jinja").write_text("{% set ship = '两天' %}", "utf-8")
    reading = read_library(written(tmp_path, LINE | {"reply": "{{ shared.ship }}到。"}))
    assert reading.complaints == ()
    assert [rule.name for rule in reading.rules] == ["a"]


def test_one_toml_file_is_a_library_too(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(
        '[[script]]\nid = "a"\ntitle = "A"\ncategory = "faq"\nask = ["问"]\nsay = ["答"]\n',
        "utf-8",
    )
    (tmp_path / "two.toml").write_text("broken", "utf-8")
    assert [script.id for script in Library.load(path)] == ["a"]


@pytest.mark.parametrize("name", ["nothing.toml", "nothing.jsonl", "library.docx"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "library.docx").write_bytes(b"x")
    [told] = read_library(tmp_path / name).complaints
    assert told.file == name
    assert told.cure
