"""An import is planned in full before a byte is written; a writer's file keeps its comments."""

from pathlib import Path

import orjson
import pytest

from bot.errors import ScriptError
from bot.scripts.formats.importing import plan_import
from bot.scripts.formats.table import table_of
from bot.scripts.library import Library

OURS = '''# 退货的话术，改之前问小王。

[[script]]
id = "faq/return"   # 最常问的
title = "怎么退货"
category = "faq"
ask = ["怎么退货"]
say = ["""
订单里点「申请退货」。
[[script]] 不是标题。"""]

# 换货
[[script]]
id = "faq/exchange"
title = "怎么换货"
category = "faq"
ask = ["怎么换货"]
say = ["{{ shared.days }}内可以换。"]
'''


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    (folder / "faq").mkdir(parents=True)
    (folder / "faq/returns.toml").write_text(OURS, "utf-8")
    (folder / "_shared.jinja").write_text("{% set days = '7 天' %}", "utf-8")
    return folder


def line(script_id: str, reply: str = "好的。", **more: object) -> dict[str, object]:
    known = {"id": script_id, "category": "faq", "title": script_id, "examples": [script_id]}
    return {**known, "keywords": [], "reply": reply, **more}


def source(folder: Path, *lines: object, name: str = "from shop.jsonl") -> Path:
    (folder / name).write_bytes(b"\n".join(map(orjson.dumps, lines)))
    return folder / name


def test_new_scripts_get_a_file_of_their_own(library: Path, tmp_path: Path) -> None:
    path = source(tmp_path, line("a"), line("b", "{{ shared.days }}"))
    plan = plan_import(path, library)
    assert [script.id for script in plan.new] == ["a", "b"]
    assert sorted(library.rglob("*.toml")) == [library / "faq/returns.toml"]
    plan.carry_out()
    assert {"a", "b", "faq/return"} <= {script.id for script in Library.load(library)}
    assert [script.file for script in Library.load(library)][-2:] == ["from_shop.toml"] * 2
    again = plan_import(path, library)
    assert (len(again.unchanged), again.new, again.contents) == (2, [], {})


def test_more_of_them_are_added_to_it(library: Path, tmp_path: Path) -> None:
    plan_import(source(tmp_path, line("a")), library).carry_out()
    plan_import(source(tmp_path, line("a"), line("b")), library).carry_out()
    found = [script.id for script in Library.load(library) if script.file == "from_shop.toml"]
    assert found == ["a", "b"]


def test_an_id_that_is_taken_is_refused(library: Path, tmp_path: Path) -> None:
    plan = plan_import(source(tmp_path, line("faq/exchange")), library)
    [told] = plan.complaints
    assert (told.file, told.key) == ("from shop.jsonl", "line 1, id (faq/exchange)")
    assert "faq/returns.toml" in told.problem
    assert "--replace" in told.cure


def test_a_replaced_script_stays_where_it_is(library: Path, tmp_path: Path) -> None:
    path = source(tmp_path, line("faq/exchange", "换！"), line("a"))
    plan = plan_import(path, library, replace=True)
    assert [script.id for script in plan.replaced] == ["faq/exchange"]
    plan.carry_out()
    text = (library / "faq/returns.toml").read_text("utf-8")
    assert text.startswith(OURS[: OURS.index("# 换货")] + "# 换货\n")
    assert [v.source for v in Library.load(library)["faq/exchange"].say] == ["换！"]


def test_comments_of_the_next_script_stay(library: Path, tmp_path: Path) -> None:
    simple = OURS.replace("[[script]] 不是标题。", "")
    (library / "faq/returns.toml").write_text(simple, "utf-8")
    path = source(tmp_path, line("faq/return", "退！"))
    plan_import(path, library, replace=True).carry_out()
    text = (library / "faq/returns.toml").read_text("utf-8")
    assert text.startswith("# 退货的话术")
    assert "\n\n# 换货\n[[script]]\n" in text


def test_a_file_that_cannot_be_changed_for_certain_is_left_alone(
    library: Path, tmp_path: Path
) -> None:
    path = source(tmp_path, line("faq/return", "退！"))
    with pytest.raises(ScriptError, match=r"faq/returns\.toml: .* by hand"):
        plan_import(path, library, replace=True)
    assert (library / "faq/returns.toml").read_text("utf-8") == OURS


@pytest.mark.parametrize(
    "text",
    [
        ' [[script]]\nid = "faq/a"\ntitle = "a"\ncategory = "faq"\nask = ["a"]\nsay = ["b"]\n',
        'script = [{id = "faq/a", title = "a", category = "faq", ask = ["a"], say = ["b"]}]\n',
    ],
)
def test_a_file_without_the_usual_headers_stopped_the_import(
    library: Path, tmp_path: Path, text: str
) -> None:
    (library / "a.toml").write_text(text, "utf-8")
    with pytest.raises(ScriptError, match=r"a\.toml: .* by hand"):
        plan_import(source(tmp_path, line("faq/a", "c")), library, replace=True)


def test_what_is_wrong_is_told_and_what_is_right_is_planned(library: Path, tmp_path: Path) -> None:
    plan = plan_import(source(tmp_path, line("a", "{{ x }}"), line("B"), line("c")), library)
    assert [told.key for told in plan.complaints] == [
        *("line 1, reply[0] (a)", "line 2, id (B)"),
    ]
    assert [script.id for script in plan.new] == ["c"]


def test_of_two_with_one_id_the_second_is_told(library: Path, tmp_path: Path) -> None:
    plan = plan_import(source(tmp_path, line("a"), line("a", "不行。"), line("b")), library)
    assert "taken already" in plan.complaints[0].problem
    assert plan.complaints[0].key == "line 2, id (a)"
    assert [script.id for script in plan.new] == ["a", "b"]


def test_mistakes_of_a_toml_file_keep_its_script_out(library: Path, tmp_path: Path) -> None:
    block = '[[script]]\nid = "ID"\ntitle = "x"\ncategory = "faq"\nsay = ["{{ x or 1 }}"]\n'
    path = tmp_path / "more.toml"
    path.write_text(block.replace("ID", "a") + block.replace("ID", "B"), "utf-8")
    plan = plan_import(path, library)
    assert plan.complaints
    assert plan.new == []


def test_a_broken_library_is_mended_first(library: Path, tmp_path: Path) -> None:
    (library / "broken.toml").write_text("[[script]]\nid = ", "utf-8")
    with pytest.raises(ScriptError, match=r"broken\.toml"):
        plan_import(source(tmp_path, line("a")), library)


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    path = source(tmp_path, line("a"), name="handover.jsonl")
    plan_import(path, tmp_path / "empty").carry_out()
    [script] = Library.load(tmp_path / "empty")
    assert script.file == "imported_handover.toml"
    assert table_of(script)["say"] == ["好的。"]


@pytest.mark.parametrize("name", ["../../evil.jsonl", "a/../b.jsonl", "…….jsonl", ".jsonl.jsonl"])
def test_no_name_leads_out_of_the_library(library: Path, tmp_path: Path, name: str) -> None:
    path = source(tmp_path, line("a"), name=Path(name).name)
    plan_import(path, library).carry_out()
    assert sorted(path.parent for path in library.rglob("*.toml")) == [library, library / "faq"]


def test_forbidden_words_went_into_the_library_unasked(library: Path, tmp_path: Path) -> None:
    path = source(tmp_path, line("good"), line("best", "我们的面料绝对最好。"))
    plan = plan_import(path, library)
    assert [one.id for one in plan.new] == ["good"]
    assert {one.key for one in plan.complaints} == {"line 2, reply[0] (best)"}
    assert "绝对" in plan.complaints[0].problem
    assert "huashu scripts edit best --file" in plan.complaints[0].cure
    assert "绝对" not in "".join(plan.contents.values())


def test_the_command_took_what_the_consoles_import_refuses(library: Path, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()  # no field is known
    path = source(
        tmp_path,
        line("field", "{{ customer.fields.foo }}"),
        line("long", "好" * 3000),
        line("near", examples=["怎么换货"]),
        line("good", examples=["猫爬架稳不稳"]),
    )
    plan = plan_import(path, library)
    assert [one.id for one in plan.new] == ["near", "good"]
    keys = {one.key for one in plan.complaints}
    assert keys == {"line 1, reply[0] (field)", "line 2, reply[0] (long)"}
    assert all(one.file == "from shop.jsonl" and one.cure for one in plan.complaints)
    assert {one.key for one in plan.warnings} == {"line 3, examples[0] (near)"}
