"""Operators write scripts in the console: checked while they type, approved, in force at once."""

import html
import re
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from shutil import copytree
from typing import Any
from urllib.parse import unquote

import pytest
import pytest_asyncio
from aiohttp import FormData

from bot.store.desk.staff import Role
from bot.store.scripts import versions
from tests.engine import ROOT
from tests.pages import Pages, pressed_by_enter, visiting
from tests.stage import SHOP, Stage, stage

XSS = "<img src=x onerror=alert(1)>"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
ASKED = "秋季画册发我看看"
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("scripts")
    copytree(ROOT / "scripts_library", root / "scripts_library")
    async with stage(root, ticks=False) as opened:
        yield opened


def filled(script: str = "faq/catalogue", **other: Any) -> dict[str, Any]:
    return {
        "id": script, "title": "秋季画册", "category": "faq", "ask": ASKED,
        "say": "{{ customer.name or '亲' }}，画册在路上。", **other,
    }  # fmt: skip


async def saved(pages: Pages, **form: Any) -> str:
    """The page to which saving leads."""
    response = await pages.post("/console/scripts/save", data=form)
    assert "HX-Redirect" in response.headers, await response.text()
    return response.headers["HX-Redirect"]


async def moved(pages: Pages, **form: Any) -> int:
    return (await pages.post("/console/scripts/move", data=form)).status


async def refreshed(pages: Pages, shown: str) -> bool:
    """Whether this page of a script is fetched anew when something has been done to scripts."""
    path = re.search(r'id="standing" hx-get="([^"]+)"', shown)
    assert path is not None
    answer = await pages.get(html.unescape(path[1]))
    assert answer.status == 200, "a script of a file was told to be gone"
    return "HX-Refresh" in answer.headers


async def take_up(shop: Stage) -> None:
    for _ in range(2):
        await shop.bot.sweep("scripts")


async def test_a_script_is_written_submitted_approved_by_another_and_said(shop: Stage) -> None:
    async with (
        visiting(shop.bot, "writer", Role.OPERATOR) as writer,
        visiting(shop.bot, "boss", Role.OPERATOR) as boss,
    ):
        form = filled(new="1", do="submit", why="秋季上新")
        page = await saved(writer, **form)
        deed = {"id": form["id"], "version": "1"}
        assert "等待批准" in await writer.text(page)
        assert await moved(writer, **deed, do="approve") == 403  # four eyes
        assert await moved(boss, **deed, do="reject") == 422  # without a reason
        assert await moved(boss, **deed, do="approve") == 200
        assert await moved(boss, **deed, do="approve") == 409  # done already
        assert "正在换上" in await boss.text(page)
        await take_up(shop)
        assert "机器人正在用第 1 版" in await boss.text(page)
        await shop.corp.customer_writes_kf("wm1", SHOP, ASKED)
        await shop.quiet()
        assert shop.texts("wm1")[-1].endswith("画册在路上。")
        assert "30 天用了 1 次" in await boss.text(page)  # it was 0 until somebody had counted

        # A second version, and back to the first one.
        stale = filled(say="画册到店了。", do="submit", seen="0")
        refused = await writer.post("/console/scripts/save", data=stale)
        page_text = await refused.text()
        assert ("又有人存了第 1 版" in page_text, "看看 writer 存的那一版" in page_text) == (
            True,
            True,
        )
        await saved(writer, **{**stale, "seen": "1"})
        review = await boss.text(f"/console/scripts/review?id={form['id']}&version=2")
        assert "没有问题" in review
        assert await moved(boss, id=form["id"], version="2", do="approve") == 200
        page_text = await boss.text(page)
        assert "<ins>" in page_text
        assert await moved(boss, id=form["id"], version="1", do="restore") == 200
        await take_up(shop)
        assert "第 3 版" in await boss.text(page)
        shown = await boss.text(page)
        of_file = await boss.text("/console/scripts/script?id=faq/invoice")
        anew = [await refreshed(boss, one) for one in (shown, of_file)]
        assert anew == [False, False], "what others save swept away what one typed"
        assert await moved(boss, id=form["id"], do="retire", why="过季了") == 200
        await take_up(shop)
        assert await refreshed(boss, shown), "the words stood there as before"
        retired = await boss.text(page)
        assert "已停用" in retired
        assert "在用</span>" not in retired, "it was in use and retired at once"
        assert form["id"] in await boss.text("/console/scripts?state=retired")
        edit = f"/console/scripts/edit?id={form['id']}"
        assert "画册在路上。</textarea>" in await boss.text(edit), "修改 led to a page of 404"
    deeds = await shop.rows("SELECT act, who, why FROM audit ORDER BY seq")
    told = [(row["act"], row["who"]) for row in deeds if row["act"].startswith("script.")]
    assert told == [
        ("script.submit", "writer"), ("script.approve", "boss"), ("script.submit", "writer"),
        ("script.approve", "boss"), ("script.restore", "boss"), ("script.retire", "boss"),
    ]  # fmt: skip


async def test_a_scripts_page_shows_its_shared_words_and_where_they_are_changed(
    shop: Stage,
) -> None:
    """It showed `{{ shared.ship }}` as it is written, and no way to what that says."""
    async with visiting(shop.bot, "writer", Role.OPERATOR) as writer:
        shown = await writer.text("/console/scripts/script?id=faq/ship_when")
    assert "<code>shared.ship</code> 48 小时内</li>" in shown
    assert "在 scripts_library/_shared.jinja 里改" in shown
    assert "shared.arrive" not in shown, "it says only this one"


async def test_a_rejected_script_that_was_sent_once_more_was_told_as_saved(shop: Stage) -> None:
    async with (
        visiting(shop.bot, "writer", Role.OPERATOR) as writer,
        visiting(shop.bot, "boss", Role.OPERATOR) as boss,
    ):
        form = filled("faq/lockers", ask="寄存柜怎么开", say="按绿键。", new="1", do="submit")
        form["title"] = "寄存柜"
        await saved(writer, **form)
        assert ">寄存柜</a>" in await boss.text("/console/audit"), "its raw id stood there"
        deed, page = {"id": form["id"], "version": "1"}, f"/console/scripts/script?id={form['id']}"
        assert await moved(boss, **deed, do="reject", why="说清楚在哪儿") == 200
        assert "已退回</span>" in await writer.text(page), "only the last of its steps told it"
        for path in ("?state=rejected", "?q=faq/lockers"):
            found = await writer.text(f"/console/scripts{path}")
            assert ("被退回</span>" in found, form["id"] in found) == (True, True), "in no list"
        assert "您写的 1 条被退回" in await writer.text("/console/scripts")
        assert "条被退回" not in await boss.text("/console/scripts")
        again = await writer.post("/console/scripts/save", data=form)  # Back, and once more
        assert "没有批准" in unquote(again.cookies["said"].value)
        assert len(await versions.history(form["id"])) == 1
        edit = f"/console/scripts/edit?id={form['id']}"
        assert "按绿键。</textarea>" in await writer.text(edit), "修改 led to a page of 404"


async def test_an_admin_may_save_and_use_at_once(shop: Stage) -> None:
    async with (
        visiting(shop.bot, "root", Role.ADMIN) as admin,
        visiting(shop.bot, "writer", Role.OPERATOR) as writer,
    ):
        hole = filled(
            "faq/parking2", say="{{ customer.fields.foo or '' }}好", new="1", do="approve"
        )
        refused = await admin.post("/console/scripts/save", data=hole)
        assert (refused.status, "没有「foo」这一项" in await refused.text()) == (422, True)
        blank = "您的会员到{{ customer.fields.birthday or '待填写' }}到期。"  # of a button
        for deed in ("draft", "submit", "approve"):
            form = {**hole, "say": blank, "do": deed}
            refused = await admin.post("/console/scripts/save", data=form)
            page = await refused.text()
            assert (refused.status, page.count("“待填写”还没有填")) == (422, 1)
            assert "「待填写」没有填" not in page  # it is told once
        form = filled("faq/parking2", title="停车", ask="附近哪儿能停电动三轮", say="后院可以停。")
        refused = await writer.post(
            "/console/scripts/save", data={**form, "new": 1, "do": "approve"}
        )
        assert refused.status == 403
        await saved(admin, **form, new="1", do="approve")
        await saved(admin, **form, new="1")  # Back, and once more: it said 编号重复
        twin = {**form, "say": "前院可以停。", "new": 1, "do": "draft"}
        again = await admin.post("/console/scripts/save", data=twin)
        page = await again.text()
        assert (again.status, "编号重复" in page, "这条已经存过" in page) == (422, True, True)
        assert len(await versions.history("faq/parking2")) == 1
        await take_up(shop)
        assert "faq/parking2" in shop.bot.desk.edition.library


async def test_a_reply_with_a_mistake_was_left_out_and_the_rest_used(shop: Stage) -> None:
    right, wrong = "后院可以停。", "{% if company.phone %}前院停。"
    form = filled("faq/parking3", ask="哪儿能停三轮车", say=[right, wrong], new="1")
    dated = {**form, "say": right, "until": "2027-02-30"}
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        for deed in ("draft", "submit", "approve"):
            for mistaken in (form, dated):
                sent = FormData()
                for name, value in {**mistaken, "do": deed}.items():
                    for one in [value] if isinstance(value, str) else value:
                        sent.add_field(name, one)
                refused = await admin.post("/console/scripts/save", data=sent)
                page = html.unescape(await refused.text())
                assert refused.status == 422
                assert wrong in page or "2027-02-30" in page, "what was typed was lost"
    assert not await versions.history("faq/parking3")


async def test_a_picture_could_be_added_by_whoever_has_the_machine_alone(shop: Stage) -> None:
    path, root = "/console/scripts/picture", shop.bot.office.settings.root

    async def sent(pages: Pages, name: str, content: bytes) -> tuple[int, str]:
        form = FormData(quote_fields=False)  # as browsers send it
        form.add_field("picture", BytesIO(content), filename=name, content_type="image/png")
        answer = await pages.post(path, data=form)
        return answer.status, await answer.text()

    async with (
        visiting(shop.bot, "writer", Role.OPERATOR) as writer,
        visiting(shop.bot, "head", Role.LEADER) as leader,
    ):
        assert (await sent(leader, "a.png", PNG))[0] == 403
        for name, content, told in (
            ("a.gif", b"GIF89a..", "企业微信不收「a.gif」"), ("a.jpg", PNG, "里面不是图片"),
            ("a.png", b"", "大小不合适"), ("a.png", PNG + bytes(10 * 2**20), "不超过 10 MB"),
        ):  # fmt: skip
            status, page = await sent(writer, name, content)
            assert (status, told in page) == (422, True), page
        status, page = await sent(writer, "../尺码 表.PNG", PNG)
        first, other = (f"images/尺码-表-{one}.png" for one in ("5158ccde", "f3418ce0"))
        assert (status, f'data-line="图片 {first}"' in page) == (200, True), page
        assert f'data-line="图片 {first}"' in (await sent(writer, "尺码 表.png", PNG))[1]
        assert f'"图片 {other}"' in (await sent(writer, "尺码 表.png", PNG + b"x"))[1]
        (root / "scripts_library" / first).unlink()  # as where another machine took it
        shown = await writer.get(f"{path}?file={first}")
        assert (shown.content_type, await shown.read()) == ("image/png", PNG)
        for file in ("../config/bot.toml", "care.toml", "images", ""):
            assert (await writer.get(f"{path}?file={file}")).status == 404, file
        assert (await leader.get(f"{path}?file={first}")).status == 403
        form = filled("faq/sizes", ask="你们这儿有没有量体的图", new="1", do="draft")
        await saved(writer, **form, attachments=f"图片 {first}")
    kept = {one.name for one in (root / "scripts_library/images").iterdir()}
    assert {f"images/{one}" for one in kept} == {first, other}


async def test_findings_stand_at_their_fields_while_one_types(shop: Stage) -> None:
    library = shop.bot.desk.edition.library
    other = next(one for one in library if one.category == "faq" and one.examples)
    form = filled(
        "faq/new", ask=f"画册能寄吗\n{other.examples[0]}", say="{{ customer.nmae }}", persona=XSS
    )
    async with visiting(shop.bot, "writer", Role.OPERATOR) as writer:
        response = await writer.post("/console/scripts/check", data=form)
        text = await response.text()
        at_ask = text.partition('id="at-ask"')[2].partition("</div>")[0]
        assert "第 2 条" in at_ask
        assert f"{other.title} {other.id}" in at_ask, "nobody knows a script by its id"
        at_say = text.partition('id="at-say"')[2].partition("</div>")[0]
        assert "customer.nmae" in at_say
        empty = filled("", title="", ask="", say="")
        untouched = await writer.post("/console/scripts/check", data=empty)
        assert "没有填" not in await untouched.text()
        wrong = await (
            await writer.post(
                "/console/scripts/check",
                data=filled(
                    "faq/new", say="{% if customer.name %}{{ customer.nmae.first }}{% endif %}"
                ),
            )
        ).text()
        assert "undefined" not in wrong
        good = await writer.post(
            "/console/scripts/check",
            data=filled("faq/new", say=["您好 {{ customer.name }}", XSS], hours_from="00:00",
                        hours_to="00:01", customer="小红", attachments="链接 画册 https://a.cn/x"),
        )  # fmt: skip
        text = await good.text()
        assert "您好 小红" in text
        assert XSS not in text
        assert "条件不成立" in text
        assert "<b>画册</b>" in text


async def test_a_writer_had_to_think_of_an_id_and_found_it_as_the_heading(shop: Stage) -> None:
    async with visiting(shop.bot, "writer", Role.OPERATOR) as writer:
        page = await saved(writer, **filled("", new="1", do="draft", title="Logo 怎么印"))
        assert page.endswith("?id=faq/logo-zen-me-yin")
        assert "<h1>Logo 怎么印</h1>" in await writer.text(page)


async def test_enter_in_a_field_put_a_half_written_script_into_force(shop: Stage) -> None:
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        page = await admin.text("/console/scripts/edit?id=faq/invoice")
    assert "保存并开始使用" in page
    assert pressed_by_enter(page) is None


async def test_hostile_words_stay_text_on_every_page(shop: Stage) -> None:
    async with visiting(shop.bot, "writer", Role.OPERATOR) as writer:
        form = filled("faq/hostile", title=XSS, ask=XSS + "怎么卖", say=XSS, tags=XSS, persona=XSS)
        page = await saved(writer, **form, new="1", do="draft", why=XSS)
        for path in (page, "/console/scripts?state=draft", "/console/scripts/rows?q=onerror",
                     "/console/scripts/edit?id=faq/hostile"):  # fmt: skip
            text = await writer.text(path)
            assert XSS not in text
            assert "&lt;img" in text


async def test_lists_are_searched_filtered_and_paged_by_key(shop: Stage) -> None:
    async with visiting(shop.bot, "liming", Role.MEMBER) as member:
        text = await member.text("/console/scripts")
        assert "写一条新话术" not in text  # members read
        first = await member.text("/console/scripts/rows?category=faq")
        after = first.partition("after=")[2].partition('"')[0]
        second = await member.text(f"/console/scripts/rows?category=faq&after={after}")
        ids = {one.id for one in shop.bot.desk.edition.library if one.category == "faq"}
        shown = [one for one in ids if f'<code class="quiet">{one}<' in first + second]
        assert len(shown) == min(len(ids), 100)
        some = next(one for one in shop.bot.desk.edition.library if one.id.startswith("faq/"))
        assert some.id in await member.text("/console/scripts/rows", params={"q": some.title})
        assert "没有找到" in await member.text("/console/scripts/rows?q=zzzqqqxx")
        for asked in ({"q": "退货"}, {"place": "database"}):
            page = await member.text("/console/scripts/rows", params=asked)
            number = page.count('<a class="name"')
            _, _, tree = page.partition('hx-swap-oob="true"')
            [every, *each] = map(int, re.findall(r'class="number">(\d+)<', tree))
            assert every == sum(each) == number, "they counted what was not asked for"
            assert "退货" not in asked or "q=%E9%80%80%E8%B4%A7" in tree, "it was forgotten"
        assert (await member.get("/console/scripts/script?id=no/such")).status == 404
        assert (await member.get("/console/scripts/edit")).status == 403


async def test_forbidden_words_want_a_reason_and_a_second_person(shop: Stage) -> None:
    form = filled("faq/best", title="面料好吗", ask="面料好不好", say="我们的面料绝对最好。")
    deed = {"id": "faq/best", "version": "1"}
    async with (
        visiting(shop.bot, "root", Role.ADMIN) as admin,
        visiting(shop.bot, "boss", Role.OPERATOR) as boss,
    ):
        send = {**form, "new": "1", "why": "客户点名要看"}
        for do, told in (("submit", "仍要使用"), ("approve", "不能自己批准")):
            refused = await admin.post("/console/scripts/save", data={**send, "do": do})
            text = await refused.text()
            assert 'hx-trigger="load"' in text  # the preview alone: what was refused stays said
            assert (refused.status, told in text, 'value="客户点名要看"' in text) == (
                422,
                True,
                True,
            )
        page = await saved(admin, **send, do="submit", despite="1")
        assert await moved(admin, **deed, do="approve", despite="1", why="好") == 422  # its author
        review = "/console/scripts/review?id=faq/best&version=1"
        assert 'name="despite"' not in await admin.text(review)
        assert 'name="despite"' in await boss.text(review)
        assert await moved(boss, **deed, do="approve") == 422
        assert await moved(boss, **deed, do="approve", despite="1") == 422  # no reason
        everything = await boss.post("/console/scripts/approve-all", data={})
        assert everything.status == 200
        told = await boss.outcome(await everything.text())
        assert 'href="/console/scripts/script?id=faq/best">面料好吗</a>' in told, "its id was told"
        await shop.quiet()
        assert "等待批准" in await boss.text(page)
        assert await moved(boss, **deed, do="approve", despite="1", why="有检测报告") == 200
        assert await moved(boss, id="faq/best", version="1", do="restore") == 422
    kept = await shop.rows("SELECT why, details FROM audit WHERE act = 'script.approve'"
                           " AND subject = 'faq/best'")  # fmt: skip
    assert [(row["why"], "绝对" in row["details"]) for row in kept] == [("有检测报告", True)]
