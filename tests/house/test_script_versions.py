"""`huashu scripts edit`, `approve` and the rest: beside a running bot, as an editor meets them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine import Engine, asked
from tests.house.test_records import huashu, lay_out, objects, refused, running

HERE = "faq/catalogue"
QUESTION = "秋季画册发我看看"
SCRIPT = """
[[script]]
id = "faq/catalogue"
title = "秋季画册"
category = "faq"
ask = ["秋季画册发我看看"]
say = ["{words}"]
when = {{ channel = ["kf"], from = 2025-01-31 }}
"""


def written(root: Path, words: str = "画册到店了。") -> Path:
    file = root / "mine.toml"
    file.write_text(SCRIPT.format(words=words), "utf-8")
    return file


async def done(*arguments: str | Path) -> str:
    result = await huashu("scripts", *arguments)
    assert result.exit_code == 0, result.output
    return result.output


async def answer(parts: Engine, number: int) -> str:
    await parts.editions.sweep()
    await parts.editions.sweep()
    await parts.put(asked(number, QUESTION, parts.clock, customer=f"wm{number}"))
    await parts.settled(number)
    return parts.sent[-1].speech.text


async def test_from_an_edit_to_the_customer_and_back(tmp_path: Path) -> None:
    root = ("--root", tmp_path)
    async with running(tmp_path) as parts:
        for number, words in enumerate(("画册在路上。", "画册到店了。"), 1):
            file = ("--file", written(tmp_path, words))
            told = await done("edit", HERE, *file, "--by", "林编辑", "--note", "新", *root)
            assert f"version {number}, 草稿 draft" in told
            assert "待审 submitted" in await done("submit", HERE, *root)
            assert "within seconds" in await done("approve", HERE, "--by", "王主管", *root)
            assert await answer(parts, number) == words
        assert "version 3 is as 1" in await done("rollback", HERE, "--to", "1", *root)
        assert await answer(parts, 3) == "画册在路上。"
        assert "no script of this id" in await done("retire", HERE, *root)
        assert HERE in parts.editions.edition.library
        await parts.editions.sweep()
        assert HERE not in parts.editions.edition.library

        mistyped = await refused("scripts", "history", "faq/catalog", *root)
        assert "there is no script with this id" in mistyped, "it had no history"
        told = await done("history", HERE, *root)
        assert told.startswith("faq/catalogue  version 4  在用 in force\n")
        assert "草稿 draft" in told
        assert "林编辑  新" in told
        assert "│ 画册到店了。" in told
        edits = await objects("scripts", "history", HERE, *root)
        assert [edit["version"]["number"] for edit in edits] == [4, 3, 2, 1]
        assert [step["who"] for step in edits[-1]["steps"]][-1] == "王主管"
        assert json.loads(edits[-1]["version"]["content"])["when"] == {
            "channel": ["kf"],
            "from": "2025-01-31",
        }
        # Where it was retired it once came back, and no plan was taken up any more.
        assert "version 5 is as 2" in await done("rollback", HERE, "--to", "2", *root)
        plan = tmp_path / "config/plans/visit.toml"
        plan.parent.mkdir()
        plan.write_text(VISIT.replace("care/day1", HERE), "utf-8")
        for gone in ("4", "0"):
            told = await refused("scripts", "rollback", HERE, "--to", gone, *root)
            assert "Plans say it: 新客回访 (visit)" in told
        plan.unlink()
        groups = tmp_path / "config/groups.toml"
        groups.write_text(f'[welcomes.all]\nscript = "{HERE}"\n', "utf-8")
        told = await refused("scripts", "retire", HERE, *root)
        assert "named in config/groups.toml welcomes.all.script" in told
        assert "version 6 is as 1" in await done("rollback", HERE, "--to", "1", *root)


async def test_forbidden_words_want_a_reason_and_a_second_person_at_the_command_line_too(
    tmp_path: Path,
) -> None:
    root, who = ("--root", tmp_path), ("--by", "林编辑")
    async with running(tmp_path):
        edit = ("scripts", "edit", HERE, "--file", written(tmp_path, "我们的画册绝对最好。"), *who)
        assert "--despite" in await refused(*edit, "--submit", *root)
        assert "draft" in (await huashu(*edit, *root)).output  # drafts hold what they like
        for more in ((), ("--despite",), ("--note", "客户点名要看")):
            assert "绝对" in await refused("scripts", "submit", HERE, *who, *more, *root)
        why = ("--despite", "--note", "客户点名要看")
        await done("submit", HERE, *who, *why, *root)
        assert "somebody else" in await refused("scripts", "approve", HERE, *who, *why, *root)
        assert "--note" in await refused("scripts", "approve", HERE, "--by", "王主管", *root)
        await done("approve", HERE, "--by", "王主管", *why, *root)
        again = await refused("scripts", "rollback", HERE, "--to", "1", *why[1:], *root)
        assert "cannot come back as it was" in again


async def test_what_waits_is_listed_and_can_be_turned_down(tmp_path: Path) -> None:
    root = ("--root", tmp_path)
    async with running(tmp_path):
        assert await done("waiting", *root) == "没有 None.\n"
        for _ in range(2):
            file = ("--file", written(tmp_path))
            assert "Next: huashu scripts approve" in await done(
                "edit", HERE, *file, "--submit", *root
            )
        assert len(await objects("scripts", "waiting", *root)) == 2
        assert "version 2, 退回" in await done("reject", HERE, "--note", "太长", *root)
        assert "version 1, 撤回" in await done("withdraw", HERE, "--version", "1", *root)
        assert await done("waiting", *root) == "没有 None.\n"


async def test_each_script_tells_where_it_comes_from(tmp_path: Path) -> None:
    root = ("--root", tmp_path)
    async with running(tmp_path):
        await done("edit", HERE, "--file", written(tmp_path), "--submit", *root)
        await done("approve", HERE, *root)
        await done("retire", "faq/ship_fee", *root)
        lines = (await done("layers", *root)).splitlines()
        assert any(line.split() == ["welcome/first", "greeting.toml"] for line in lines)
        [ours] = [line for line in lines if line.startswith(HERE)]
        assert ours.split() == [HERE, "database:faq/catalogue@1"]
        told: dict[str, Any] = {
            one["script"]: one for one in await objects("scripts", "layers", *root)
        }
        assert told["faq/ship_fee"] == {
            "script": "faq/ship_fee",
            "place": "database:faq/ship_fee@1",
            "over": "faq/shipping.toml",
            "retired": True,
        }


async def test_what_is_approved_counts_wherever_one_looks(tmp_path: Path) -> None:
    root = ("--root", tmp_path)
    library = ("--library", tmp_path / "scripts_library")
    async with running(tmp_path):
        assert HERE not in await done("list", *library)
        await done("edit", HERE, "--file", written(tmp_path, "这周包邮。"), "--submit", *root)
        await done("approve", HERE, *root)
        await done("retire", "faq/ship_fee", *root)
        for verb in ("list", "export"):
            target = (tmp_path / "all.jsonl",) if verb == "export" else ()
            told = await done(verb, *target, *library)
            assert "数据库里批准的 1 条、停用的 1 条" in told
        exported = (tmp_path / "all.jsonl").read_text("utf-8")
        for text in (told, exported, await done("list", *library)):
            assert "faq/ship_fee " not in text
        assert "这周包邮。" in exported
        await done("learn", "画册在哪里领", HERE, *root)
        for question in (QUESTION, "画册在哪里领"):
            assert f"→ {HERE}" in await done("match", question, *library)
        alone = ("--library", tmp_path / "mine.toml")  # no library of the workspace
        assert "数据库" not in await done("list", *alone)


async def test_mistakes_are_found_in_what_was_approved(tmp_path: Path) -> None:
    root = ("--root", tmp_path)
    text = SCRIPT.format(words="到店领。").replace(QUESTION, "怎么退货")
    (tmp_path / "mine.toml").write_text(text.partition("when")[0], "utf-8")
    async with running(tmp_path):
        await done("edit", HERE, "--file", tmp_path / "mine.toml", "--submit", *root)
        await done("approve", HERE, *root)
        told = await refused("scripts", "check", "--library", tmp_path / "scripts_library")
        assert "database:faq/catalogue@1: faq/catalogue." in told


VISIT = """
title = "新客回访"
kind = "sequence"
scenario = "after_sales"
after = "added"
step = [{day = 1, script = "care/day1"}]
"""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("approve", HERE), "`huashu scripts edit` makes one"),
        (("submit", HERE, "--version", "3"), "is not there"),
        (("retire", "system/handover"), "there is no script with this id"),
        (("retire", "faq/refnud"), "Did you mean faq/refund?"),  # once it was, and nothing changed
        (("retire", "welcome/kf"), "named in handlers/welcome.py line"),  # each greeting failed
        # once no plan was taken up any more
        (("retire", "care/day1"), "Plans say it: 新客回访 (visit)"),
        (("rollback", HERE, "--to", "2"), "There is no version 2"),
    ],
)
async def test_what_cannot_be_done_is_told_with_its_cure(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    async with running(tmp_path):
        plan = tmp_path / "config/plans/visit.toml"
        plan.parent.mkdir()
        plan.write_text(VISIT, "utf-8")
        assert told in await refused("scripts", *arguments, "--root", tmp_path)


async def test_mistakes_in_the_file_are_named(tmp_path: Path) -> None:
    async with running(tmp_path):
        edit = ("scripts", "edit", HERE, "--file")
        file = written(tmp_path, "{{ customer.nmae }}")
        said = await refused(*edit, file, "--root", tmp_path)
        assert "mine.toml: faq/catalogue.say[0]: unknown variable customer.nmae" in said
        file = written(tmp_path)
        other = ("scripts", "edit", "faq/other", "--file", file, "--root", tmp_path)
        assert "holds no script faq/other" in await refused(*other)


async def test_before_the_first_run_there_is_nothing_to_put_it_into(tmp_path: Path) -> None:
    lay_out(tmp_path)
    told = await refused("scripts", "history", HERE, "--root", tmp_path)
    assert "`huashu run` makes it" in told
