"""A worksheet of 5,000 rows, 30 of them wrong: each mistake in its cell, the rest taken once."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import FormData

from bot.store.desk.staff import Role
from tests.pages import Pages, visiting
from tests.stage import Stage, stage
from tests.worksheets import HEAD, PLANTED, ROWS, book, large_book

FOUND = re.compile(r"<b>第 (\d+) 行「.+?」（([A-Z]+) 列）：</b>(.*?)</p>", re.DOTALL)
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("import")
    async with stage(root, ticks=False) as opened:
        yield opened


async def looked_at(pages: Pages, name: str, content: bytes) -> str:
    """The id of the job, which has ended."""
    form = FormData()
    form.add_field("file", content, filename=name, content_type="application/octet-stream")
    response = await pages.post("/console/scripts/import", data=form)
    return (await pages.ended(response.headers["HX-Redirect"])).id


async def counts(pages: Pages, job: str) -> list[int]:
    """New, changed, the same, with mistakes."""
    text = await pages.text(f"/console/scripts/import?job={job}")
    return [int(one) for one in re.findall(r"<b>(\d+)</b>", text.partition('<nav class="tabs')[0])]


async def versions(shop: Stage) -> int:
    rows = await shop.rows("SELECT count(*) AS n FROM script_version")
    return int(rows[0]["n"])


async def test_what_was_approved_meanwhile_stops_an_import_whole(shop: Stage) -> None:
    line = (
        '{"id": "faq/late", "category": "faq", "title": "晚", "examples": ["晚吗"], "reply": "%s"}'
    )
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        one = await looked_at(admin, "a.jsonl", (line % "不晚").encode())
        other = await looked_at(admin, "b.jsonl", (line % "晚了").encode())
        before = await versions(shop)
        for job, status in ((one, 200), (other, 409)):
            deed = {"job": job, "as": "force"}
            response = await admin.post("/console/scripts/import/apply", data=deed)
            assert response.status == status
        assert await versions(shop) == before + 1
        third = await looked_at(admin, "b.jsonl", (line % "晚了").encode())
        assert await counts(admin, third) == [0, 1, 0, 0]
        text = await admin.text(f"/console/scripts/import?job={third}")
        assert "<ins>" in text  # changed with what


async def test_an_operators_import_waits_for_another_person(shop: Stage) -> None:
    async with visiting(shop.bot, "writer", Role.OPERATOR) as writer:
        toml = '[[script]]\nid = "faq/toml"\ntitle = "甲"\ncategory = "faq"\nsay = ["乙"]\n'
        job = await looked_at(writer, "a.toml", toml.encode())
        apply = "/console/scripts/import/apply"
        assert (await writer.post(apply, data={"job": job, "as": "force"})).status == 403
        assert (await writer.post(apply, data={"job": job, "as": "submit"})).status == 200
        waiting = await writer.text("/console/scripts?state=submitted")
        assert "faq/toml" in waiting
        assert 'category=faq&amp;state=submitted"><span>' in waiting
        assert waiting.count('<span class="number">1</span>') == 2, "all that are in force counted"
        told = await writer.text(f"/console/scripts/import?job={job}")
        assert "还没开始使用：等另一位运营或管理员批准" in told  # "已写入" sounded like in use
        again = await looked_at(writer, "a.toml", toml.encode())
        assert await counts(writer, again) == [0, 0, 1, 0]
        more = toml.replace("faq/toml", "faq/toml2")
        job = await looked_at(writer, "b.toml", more.encode())
        assert (await writer.post(apply, data={"job": job, "as": "submit"})).status == 200
        assert (await writer.post("/console/scripts/approve-all")).status == 409
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        assert "全部批准" in await admin.text("/console/scripts?state=submitted")
        text = await all_approved(admin)
        assert "已批准 2" in text
        assert 'hx-trigger="load" hx-select="#found"' in text, "the list still said 待批准"
    rows = await shop.rows("SELECT state FROM script_version WHERE script LIKE 'faq/toml%'")
    assert [row["state"] for row in rows] == [2, 2]


async def test_a_companys_own_worksheet_is_taken_and_its_blanks_stay_behind(shop: Stage) -> None:
    """全部批准 let 【待填】 out to customers, and no category of the new ones could be chosen."""
    rows = [
        ("分类", "客户问题", "标准回复", "更新人", "状态"),
        ("清洗", "羊绒怎么洗", "亲，【待填】", "王", "启用"),
        ("清洗", "缎面怎么洗", "冷水手洗。", "王", "启用"),
        ("清洗", "缎面怎么洗", "干洗", "王", ""),
        ("清洗", "缎面怎么洗", "机洗", "王", "停用"),
    ]
    async with visiting(shop.bot, "writer", Role.OPERATOR) as writer:
        job = await looked_at(writer, "客服.xlsx", book(*rows))
        assert await counts(writer, job) == [2, 0, 0, 1]
        told = await writer.text(f"/console/scripts/import?job={job}")
        assert "不认识" not in told
        assert "状态写着不用 1" in told, "a row of five was left out, and nothing counted it"
        assert "第 3 行已经有这一句。<span>两行并成一行" in told
        off = await writer.text(f"/console/scripts/import/rows?job={job}&kind=off")
        assert re.search(r">5</td>.*缎面怎么洗.*不导入：表里的状态", off, re.S)
        warned = await writer.text(f"/console/scripts/import/rows?job={job}&kind=warned")
        assert "「待填」没有填" in warned
        deed = {"job": job, "as": "submit"}
        assert (await writer.post("/console/scripts/import/apply", data=deed)).status == 200
        listed = re.sub(r"<[^>]+>", "", await writer.text("/console/scripts"))
        assert "清洗 2" in listed
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        text = await all_approved(admin)
        assert "已批准 1" in text
        assert "没填的空" in text
        assert ">羊绒怎么洗</a>" in text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"no zip", "打不开这个文件"),
        ("a.toml", b"[[script]\n", "TOML"),
        ("a.toml", "# 中".encode("gbk"), "编码不对</b>（第 1 行）"),  # it named headers
        ("a.jsonl", b"{]\n", "这一行不是 JSON"),
        ("a.jsonl", b"", "一条话术也没有"),
        ("a.xlsx", book(HEAD), "一条话术也没有"),
        ("a.xlsx", book(("日期", "销售额"), ("周一", "3")), "找不到表头"),
        (
            "a.xlsx",
            book(("编号", "客户问法", "关键词"), *[("a", "b", "c")] * 3),
            "分类、标题、回复",
        ),
    ],
)
async def test_a_broken_file_is_told_once(
    shop: Stage, name: str, content: bytes, said: str
) -> None:
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        job = await looked_at(admin, name, content)
        text = await admin.text(f"/console/scripts/import?job={job}")
        assert text.count(said) == 1


async def test_what_an_import_held_back_is_told_by_its_title(shop: Stage) -> None:
    """It was told by its id, and the scripts of a worksheet have ids that nobody wrote."""
    line = '[[script]]\nid = "faq/{}"\ntitle = "{}"\ncategory = "faq"\nsay = ["{}"]\n'
    toml = line.format("held", "面料", "绝对最好") + line.format("blank", "里料", "用的是【待填】")
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        job = await looked_at(admin, "c.toml", toml.encode())
        deed = {"job": job, "as": "force"}
        assert (await admin.post("/console/scripts/import/apply", data=deed)).status == 200
        told = await admin.text(f"/console/scripts/import?job={job}")
        assert 'href="/console/scripts/script?id=faq/held">面料</a>' in told
        assert ">里料</a>" in told, "what 全部批准 leaves behind, 直接使用 let out to customers"


async def test_a_cancelled_import_has_written_nothing(shop: Stage) -> None:
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        before = await versions(shop)
        form = FormData()
        form.add_field("file", large_book(words="不好"), filename="a.xlsx")
        response = await admin.post("/console/scripts/import", data=form)
        job = response.headers["HX-Redirect"].partition("job=")[2]
        text = await (await admin.post(f"/jobs/{job}/cancel")).text()
        assert "已取消" in text
        deed = {"job": job, "as": "force"}
        assert (await admin.post("/console/scripts/import/apply", data=deed)).status == 404
        assert await versions(shop) == before


async def test_other_files_are_refused_at_once(shop: Stage) -> None:
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        form = FormData()
        form.add_field("file", b"x", filename="a.exe")
        assert (await admin.post("/console/scripts/import", data=form)).status == 422
        assert (await admin.post("/console/scripts/import", data={})).status == 422
        # By htmx, which tells it there: a page of its own led home, away from the import.
        assert 'hx-post="/console/scripts/import"' in await admin.text("/console/scripts/import")


@pytest.mark.parametrize("form", ["xlsx", "toml", "jsonl"])
async def test_what_is_exported_imports_as_the_same(shop: Stage, form: str) -> None:
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        data: dict[str, Any] = {"as": form, "category": "chat"}
        text = await (await admin.post("/console/scripts/export", data=data)).text()
        job = (await admin.ended(text)).id
        file = await (await admin.get(f"/console/scripts/export/file?job={job}")).read()
        again = await looked_at(admin, f"scripts.{form}", file)
        number = sum(1 for one in shop.bot.desk.edition.library if one.category == "chat")
        assert await counts(admin, again) == [0, 0, number, 0]


async def test_what_a_line_lacks_is_named(shop: Stage) -> None:
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        job = await looked_at(admin, "a.jsonl", '{"id": "faq/lacks", "saay": "好"}'.encode())
        text = await admin.text(f"/console/scripts/import/rows?job={job}&kind=fault")
        for name in ("标题", "分类", "回复", "<code>saay</code>"):
            assert name in text.partition("<tbody>")[2]


async def test_what_a_check_refuses_is_refused_and_what_it_doubts_is_told(shop: Stage) -> None:
    head = '"category": "faq", "title": "题"'
    rows = (
        ("field", "长围巾洗得掉色吗", "{{ customer.fields.foo }}"),
        ("long", "灯罩怎么拆下来擦", "好" * 3000),
        *((f"same{number}", "猫粮开袋能放几天呀", "好") for number in range(3)),
    )
    content = "\n".join(
        f'{{"id": "look/{one}", {head}, "examples": ["{ask}"], "reply": "{say}"}}'
        for one, ask, say in rows
    )
    for one in ("key0", "key1"):  # and above the others
        lines = f'{{"id": "look/{one}", {head}, "keywords": ["猫砂盆"], "reply": "好"}}'
        content = f"{lines}\n{content}"
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        job = await looked_at(admin, "a.jsonl", content.encode())
        assert await counts(admin, job) == [5, 0, 0, 2]
        path = f"/console/scripts/import/rows?job={job}"
        text = await admin.text(f"{path}&kind=fault")
        assert "资料里没有「foo」这一项" in text
        assert "9000 字节" in text
        text = await admin.text(f"{path}&kind=warned")
        assert "look/same0</code>" not in text  # the first may keep it
        assert text.count("的问法一样：「猫粮开袋能放几天呀」") == 2
        assert text.index("的问法一样") < text.index("的关键词一样：「猫砂盆」"), (
            "they hid the rest"
        )


async def test_a_row_of_one_sheet_among_others_is_named_once(shop: Stage) -> None:
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        row = ("faq/rack", "咨询问答", "", "猫爬架稳吗", "", "稳", "", "", "", "")
        job = await looked_at(admin, "a.xlsx", book((*HEAD, "天气"), row, more="说明"))
        told = await admin.text(f"/console/scripts/import?job={job}")
        assert "<b>话术：「天气」不认识</b>（第 1 行 " in told
        text = await admin.text(f"/console/scripts/import/rows?job={job}&kind=fault")
        assert '<p class="finding bad">话术 <b>第 2 行「标题」（C 列）：</b>没有填' in text
        assert "row 2" not in text


async def all_approved(admin: Pages) -> str:
    """What 全部批准 tells at its end."""
    asked = await admin.post("/console/scripts/approve-all")
    return await admin.outcome(await asked.text())


VISIT = {
    "kind": "sequence", "title": "新客回访", "scenario": "after_sales", "after": "added",
    "step": [{"day": 1, "script": "back/planned"}],
}  # fmt: skip


async def test_a_wrong_file_was_to_be_withdrawn_one_script_by_one(shop: Stage) -> None:
    line = '{{"id": "{}", "category": "faq", "title": "{}", "examples": ["{}"], "reply": "{}"}}\n'
    good = line.format("back/old", "旧的", "旧的怎么样", "旧话")
    wrong = line.format("back/old", "旧的", "旧的怎么样", "错话")
    wrong += line.format("back/new", "新的", "新的怎么样", "错话")
    wrong += line.format("back/mended", "改好的", "改好的怎么样", "错话")
    wrong += line.format("back/planned", "计划要的", "计划要的怎么样", "错话")
    deed, path = {"as": "force"}, "/console/scripts/import/back"
    async with (
        visiting(shop.bot, "root", Role.ADMIN) as admin,
        visiting(shop.bot, "writer", Role.OPERATOR) as writer,
    ):
        for name, content in (("good.jsonl", good), ("wrong.jsonl", wrong)):
            job = await looked_at(admin, name, content.encode())
            data = {**deed, "job": job}
            response = await admin.post("/console/scripts/import/apply", data=data)
            assert response.status == 200
        told = await admin.text(f"/console/scripts/import?job={job}")
        found = re.search(rf'href="{path}\?seq=(\d+)">导错了，撤销', told)
        assert found is not None
        for _ in range(2):
            await shop.bot.sweep("scripts")
        data = {"id": "back/mended", "ask": "改好的还有吗"}
        assert (await admin.post("/console/unanswered/add", data=data)).status == 200
        await shop.bot.touching.desk.create("visit", VISIT, "root")
        await shop.look("plans")
        data = {"id": "back/planned", "do": "retire", "why": "错话"}
        refused = await writer.post("/console/scripts/move", data=data)
        named = "计划要说这条：新客回访 (visit)" in await refused.text()
        assert (refused.status, named) == (409, True), "then no plan is taken up, no bot starts"
        channels = shop.bot.office.settings.root / "config/channels.toml"
        channel = '[channel.back]\ntitle = "t"\nmembers = ["a"]\nscript = "back/{}"\n'
        channels.write_text(channel.format("mended"), "utf-8")
        data["id"] = "back/mended"
        refused = await writer.post("/console/scripts/move", data=data)
        named = "config/channels.toml channel.back.script 用到这条" in await refused.text()
        assert (refused.status, named) == (409, True), "then no check passes, no bot starts"
        tagging = channels.with_name("tagging.toml")  # its pattern was not looked at
        for file, rule in (
            (channels, ""),
            (tagging, '[rule.new]\ntag = ["t"]\nasked = ["back/n*"]'),
        ):
            file.write_text(rule or channel.format("new"), "utf-8")
            page = await writer.text(f"{path}?seq={found[1]}")
            assert re.search(r"或停止计划 <b>2</b></dt><dd><a [^>]+>新的</a>", page), file.name
            file.unlink()
        listed = await writer.text("/console/scripts/import")
        assert f'href="{path}?seq={found[1]}">撤销' in listed
        page = await writer.text(f"{path}?seq={found[1]}")
        for words, title in (
            ("不再说", "新的"),
            ("导入前的样子", "旧的"),
            ("改过，不动", "改好的"),
            ("或停止计划", "计划要的"),
        ):
            assert re.search(rf"{words} <b>1</b></dt><dd><a [^>]+>{title}</a></dd>", page), words
        assert "撤销 2 条</button>" in page
        data = {"seq": found[1]}
        assert (await writer.post(path, data=data)).status == 422  # without a reason
        data["why"] = "选错了文件"
        assert (await writer.post(path, data=data)).status == 200
        assert (await writer.post(path, data=data)).status == 409
        assert "没有要撤销的了" in await writer.text(f"{path}?seq={found[1]}")
        assert (await writer.get(f"{path}?seq=99999")).status == 404
        for _ in range(2):
            await shop.bot.sweep("scripts")
        library = shop.bot.desk.edition.library
        assert "back/new" not in library
        assert ("back/mended" in library, "back/planned" in library) == (True, True)
        assert library["back/old"].say[0].source == "旧话"
        english = await admin.text("/console/scripts/script?id=back/new&lang=en")
        for note in ("import of wrong.jsonl<", "took back the import of wrong.jsonl：选错了文件"):
            assert note in english, "what the program writes there was in Chinese"
        assert "没有这样的记录" in await admin.text("/console/audit?to=2020-01-01")
        audit = await admin.text("/console/audit?act=script.undo&from=2020-01-01&q=wrong.")
        assert (">撤销导入话术</td>" in audit, "选错了文件" in audit, "2 条" in audit) == (
            True,
        ) * 3


# The last one: with so many scripts each look of the others would take a second.
async def test_every_fault_is_told_the_rest_is_taken_and_taken_once(shop: Stage) -> None:
    content, before = large_book(), await versions(shop)
    async with (
        visiting(shop.bot, "root", Role.ADMIN) as admin,
        visiting(shop.bot, "writer", Role.OPERATOR) as writer,
    ):
        job = await looked_at(admin, "款式.xlsx", content)
        assert await counts(admin, job) == [ROWS - 30, 0, 0, 30]
        text = await admin.text(f"/console/scripts/import/rows?job={job}&kind=fault")
        told: dict[tuple[int, str], str] = {}
        for row, column, said in FOUND.findall(text):
            told[int(row), column] = told.get((int(row), column), "") + said
        missed = {
            (row, column, words)
            for row, (column, _, words) in PLANTED.items()
            if words not in told.get((row, column), "")
        }
        assert missed == set()
        assert {row for row, _ in told} == set(PLANTED)
        assert await versions(shop) == before  # nothing yet

        path, deed = "/console/scripts/import/apply", {"job": job, "as": "force"}
        assert (await writer.post(path, data={"job": job})).status == 404
        # A double click: every draft was there twice.
        both = await asyncio.gather(admin.post(path, data=deed), admin.post(path, data=deed))
        assert sorted(one.status for one in both) == [200, 409]
        assert (await admin.post(path, data=deed)).status == 409
        assert await versions(shop) == before + ROWS - 30
        audit = await admin.text("/console/audit?act=script.import")
        assert f"{ROWS - 30} 条，直接使用" in audit, "it said → force"

        again = await looked_at(admin, "款式.xlsx", content)
        assert await counts(admin, again) == [0, 0, ROWS - 30, 30]
        assert (await admin.post(path, data={"job": again, "as": "force"})).status == 409
        assert await versions(shop) == before + ROWS - 30
    for _ in range(2):
        await shop.bot.sweep("scripts")
    assert "faq/import/4999" in shop.bot.desk.edition.library
