"""Scripts in the sidebar: found as one types, kept at hand, written, proposed."""

import re
from collections.abc import AsyncIterator
from functools import partial

import orjson
import pytest
import pytest_asyncio

from bot.clock import ManualClock
from bot.store.desk.staff import Role
from bot.store.scripts import versions
from bot.store.scripts.versions import Act
from tests.pages import Pages, visiting
from tests.stage import SHOP, Stage, company, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"
TAGS = orjson.dumps([HOSTILE]).decode()
WHO = "customer=wm1&entry=single_chat_tools"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """李明 and 王芳 are 赵's people; wm1 has a hostile name, tag and tongue."""
    root, clock = tmp_path_factory.mktemp("side"), ManualClock()
    corp = company(clock)
    async with stage(root, corp=corp, clock=clock, ticks=False) as play:
        await corp.customer_adds_member("wm1", "liming", welcome=False)
        await corp.customer_writes_kf("wm1", SHOP, f"我要人工 {HOSTILE}")
        await play.quiet()
        await play.bot.office.database.change(
            "UPDATE customer SET name = $1, tags = $2 WHERE id = 'wm1'",
            HOSTILE,
            TAGS,
        )
        yield play


async def find(pages: Pages, text: str, scope: str = "") -> str:
    asked = {"customer": "wm1", "q": text, "scope": scope}
    return await pages.part("/sidebar/scripts/find", params=asked)


async def write(pages: Pages, title: str, body: str, **more: str) -> None:
    form = {"title": title, "body": body, **more}
    answer = await pages.post("/sidebar/own/new", data=form)
    assert answer.headers["HX-Trigger"] == "own, sheet:close", await answer.text()


@pytest.mark.parametrize("text", ["退货运费", "thyf", "tuihuoyunfei", "退h运f"])
async def test_a_script_is_found_however_it_is_typed(shop: Stage, text: str) -> None:
    async with visiting(shop.bot, "liming") as pages:
        page = await find(pages, text)
    assert page.index("faq/return_fee") > 0
    assert "<mark>" in page


async def test_a_whole_question_typed_into_the_search_found_nothing(shop: Stage) -> None:
    async with visiting(shop.bot, "liming") as pages:
        asked = "衣服小了一点我想换"
        assert 'data-script="faq/exchange' in await find(pages, asked)
        assert "data-script" not in await find(pages, asked, "greeting")
        assert "没有找到" in await find(pages, asked, "own")


async def test_nothing_of_the_program_itself_is_offered(shop: Stage) -> None:
    async with visiting(shop.bot, "liming") as pages:
        for text in ("", "同事", "人工"):
            assert 'data-script="system/' not in await find(pages, text)


async def test_favourites_are_a_members_own_and_come_first(shop: Stage) -> None:
    script = "faq/coupon_get"
    async with visiting(shop.bot, "liming") as pages:
        form = {"script": script, "on": "1"}
        assert (
            'aria-pressed="true"'
            in await (await pages.post("/sidebar/scripts/favour", data=form)).text()
        )
        first = await find(pages, "")
        assert first.index("data-script=") == first.index(f'data-script="{script}"')
        assert script in await find(pages, "", "favourite")
        gone = await pages.post("/sidebar/scripts/favour", data={"script": "no/such", "on": "1"})
        assert gone.status == 404
    async with visiting(shop.bot, "wangfang") as pages:
        asked = {"nobody": "1", "scope": "favourite"}
        assert script not in await pages.part("/sidebar/scripts/find", params=asked)


async def test_own_scripts_are_ones_own_and_a_teams_are_the_teams(shop: Stage) -> None:
    async with visiting(shop.bot, "zhao", Role.LEADER) as leader:
        await write(leader, "团队到店路线", "文三路 100 号", team="1")
        await write(leader, "赵的私房话", "只有我用")
    async with visiting(shop.bot, "liming", leader="zhao") as pages:
        await write(pages, "我的到店路线", "【客户名字】您好，文三路见", team="1")
        (mine,) = await shop.rows("SELECT seq, body FROM personal_script WHERE title LIKE '我的%'")
        assert mine["body"] == "{{ customer.name }}您好，文三路见"
        assert "【客户名字】您好" in await pages.text(f"/sidebar/own/{mine['seq']}")
        both = await find(pages, "ddlx")
        assert "团队到店路线" in both
        assert "我的到店路线" in both
        assert "赵的私房话" not in await find(pages, "私房话")
        own = f"own/{mine['seq']}"
        sent = {"nonce": "0123456789abcdef0123456789abcdef", "script": own, "edited": "0"}
        sent["text"] = "您好，文三路见"
        assert (await pages.post("/sidebar/sent?customer=wm1", data=sent)).status == 200
        await shop.quiet()
        history = await pages.text("/sidebar/customer/timeline?customer=wm1")
        assert ("我的到店路线" in history, own in history) == (True, False)
        (team,) = await shop.rows("SELECT seq FROM personal_script WHERE title LIKE '团队%'")
        for path in ("", "/delete", "/propose"):  # of somebody else
            address = f"/sidebar/own/{team['seq']}{path}"
            assert (await pages.post(address, data={"title": "x", "body": "y"})).status == 404
    async with visiting(shop.bot, "wangfang") as pages:
        asked = {"nobody": "1", "q": "ddlx"}
        page = await pages.part("/sidebar/scripts/find", params=asked)
        assert "到店路线" not in page  # only a leader's is a team's


async def test_a_mistake_in_ones_own_script_is_said_at_its_place(shop: Stage) -> None:
    async with visiting(shop.bot, "liming") as pages:
        for title, body in (
            ("", "好"), ("x", ""), ("x", "{{ secret.key }}"), ("x", "{% if"),
            ("x", "{{ 'x'.zfill(9999999999) }}"), ("x", "{{ " + "(" * 990 + ")" * 990 + " }}"),
        ):  # fmt: skip
            answer = await pages.post("/sidebar/own/new", data={"title": title, "body": body})
            page = await answer.text()
            assert answer.status == 422
            assert "aria-invalid" in page
            assert ("花括号里只能写变量" in page) == ("zfill" in body)


async def test_an_own_script_with_a_field_that_nobody_knows_was_an_empty_card(shop: Stage) -> None:
    async with visiting(shop.bot, "liming") as pages:
        form = {"title": "鞋码是多少", "body": "{{ customer.fields.鞋码 }}"}
        answer = await pages.post("/sidebar/own/new", data=form)
        assert (answer.status, "资料里没有「鞋码」这一项" in await answer.text()) == (422, True)
        await write(pages, "客户叫什么", "{{ customer.name }}")
        asked = {"nobody": "1", "q": "客户叫什么", "scope": "own"}
        page = await pages.part("/sidebar/scripts/find", params=asked)
        assert "没有可发的话" in page
        assert "data-send" not in page


async def test_forbidden_words_of_ones_own_need_a_reason(shop: Stage) -> None:
    async with visiting(shop.bot, "liming") as pages:
        form = {"title": "料子怎么样", "body": "料子绝对最好。"}
        for more in ({}, {"despite": "1"}, {"why": "客户问"}):
            answer = await pages.post("/sidebar/own/new", data=form | more)
            page = await answer.text()
            assert (answer.status, 'name="despite"' in page, "绝对" in page) == (422, True, True)
        await write(pages, **form, despite="1", why="有报告")
    (kept,) = await shop.rows("SELECT details FROM audit WHERE why = '有报告'")
    assert "仍要使用" in kept["details"]


async def test_a_word_that_became_forbidden_was_still_offered_to_be_sent(shop: Stage) -> None:
    """Saved before; what was said with a reason stays."""
    words = shop.bot.office.settings.root / "config/forbidden.toml"
    card = re.compile(r"<article.*?</article>", re.DOTALL)
    async with visiting(shop.bot, "liming") as pages:
        await write(pages, "尾货怎么说", "尾货清仓，卖完为止。")
        before = card.findall(await find(pages, "尾货怎么说", "own"))
        assert ["data-send" in one for one in before] == [True]
        words.parent.mkdir(exist_ok=True)
        words.write_text('[sale]\nzh = "夸大"\nwords = ["清仓", "跳楼价"]\n', "utf-8")
        try:
            [now] = card.findall(await find(pages, "尾货怎么说", "own"))
            assert ("「清仓」现在不能说" in now, "data-send" in now) == (True, False)
            script = re.search(r'data-script="([^"]+)"', now)
            assert script is not None
            sent = {"script": script[1], "text": "尾货清仓，卖完为止。"}
            told = await (await pages.post("/sidebar/scripts/may", data=sent)).json()
            assert "「清仓」现在不能说" in told["why"]
            mended = await pages.post("/sidebar/scripts/may", data=sent | {"text": "卖完为止。"})
            assert (await mended.json())["why"] == ""
            form = {"title": "尾货怎么说", "body": "尾货清仓，卖完为止。"}
            sure = form | {"despite": "1", "why": "真清仓"}
            assert (await pages.post(f"/sidebar/{script[1]}", data=form)).status == 422
            assert isinstance(shop.clock, ManualClock)
            await shop.clock.advance(1)
            assert (await pages.post(f"/sidebar/{script[1]}", data=sure)).status == 200
            [kept] = card.findall(await find(pages, "尾货怎么说", "own"))
            assert ("现在不能说" in kept, "data-send" in kept) == (False, True)
        finally:
            words.unlink()


async def test_a_script_is_proposed_to_the_company(shop: Stage) -> None:
    async with visiting(shop.bot, "liming", leader="zhao") as pages:
        await write(pages, "能不能送货上门", "三公里内可以送货上门。")
        rows = await shop.rows("SELECT max(seq) AS seq FROM personal_script")
        address = f"/sidebar/own/{rows[0]['seq']}/propose"
        form = {"category": "faq", "questions": "能送货上门吗\n你们送货上门不"}
        assert (await pages.post(address, data=form | {"questions": ""})).status == 422
        answer = await pages.post(address, data=form)
        assert answer.status == 200, await answer.text()
    async with visiting(shop.bot, "boss", Role.ADMIN) as boss:
        audit = await boss.text("/console/audit")
        for place in ("td", "a"):  # saved, and proposed
            assert f">能不能送货上门</{place}>" in audit
        assert not re.search(r">(own/|staff/own-)\d+<", audit)
    (version,) = await shop.rows("SELECT script, state, content FROM script_version")
    assert version["state"] == 1
    assert orjson.loads(version["content"])["examples"] == ["能送货上门吗", "你们送货上门不"]
    async with visiting(shop.bot, "liming", leader="zhao") as pages:
        assert "还在等审核" in await pages.part(address)
        act = Act(who="boss", at=0.0, note="只有一家店送")
        await versions.reject(version["script"], 1, act)
        for path in (address, address.removesuffix("/propose")):
            assert "被退回：只有一家店送" in await pages.part(path), "told nowhere"
        judge, content = shop.bot.office.editions.judge, version["content"]
        for decide in (partial(versions.approve, judge=judge), versions.reject):
            number = await versions.draft(version["script"], content, act, judge=judge)
            await versions.submit(version["script"], number, act)
            await decide(version["script"], number, act)
            page = await pages.part(address)
            told = "已采用" in page, "被退回" in page
            assert told == (True, False), "what a colleague wrote after it was told as theirs"
        await versions.retire(version["script"], act, judge=judge)
        page = await pages.part(address)
        assert "已采用" not in page, "everybody had it, though it was retired"


async def test_a_proposal_with_forbidden_words_went_to_approval_unasked(shop: Stage) -> None:
    async with visiting(shop.bot, "liming", leader="zhao") as pages:
        sure = {"despite": "1", "why": "有人问"}
        await write(pages, "料子好吗", "我们的面料绝对最好。", **sure)
        rows = await shop.rows("SELECT max(seq) AS seq FROM personal_script")
        address = f"/sidebar/own/{rows[0]['seq']}/propose"
        form = {"category": "faq", "questions": "料子好不好"}
        for more in ({}, {"despite": "1"}, {"why": "客户问"}):
            answer = await pages.post(address, data=form | more)
            page = await answer.text()
            assert (answer.status, 'name="despite"' in page) == (422, True)
            assert "绝对" in page
        answer = await pages.post(address, data=form | {"despite": "1", "why": "有检测报告"})
        assert answer.status == 200
    (kept,) = await shop.rows(
        "SELECT why, details FROM audit WHERE act = 'own.propose' AND details LIKE '%仍要使用%'"
    )
    assert (kept["why"], "绝对" in kept["details"]) == ("有检测报告", True)


async def test_hostile_names_tags_scripts_and_messages_stay_text(shop: Stage) -> None:
    async with visiting(shop.bot, "liming", leader="zhao") as pages:
        await write(pages, HOSTILE[:60], HOSTILE.replace("{{7*7}}", ""))
        shown = [
            await pages.part(path)
            for path in (
                f"/sidebar/open?{WHO}", f"/sidebar/now?{WHO}", f"/sidebar/scripts?{WHO}",
                f"/sidebar/may?{WHO}", f"/sidebar/scripts/find?{WHO}&q=script&scope=own",
                "/sidebar?customer=%22%3E%3Cscript%3E",
            )
        ]  # fmt: skip
        posted = await pages.post(f"/sidebar/suggest?{WHO}", data={"text": HOSTILE})
        shown.append(await posted.text())
    assert "{{7*7}}" in shown[1]
    assert "&lt;script&gt;" in shown[1]
    for page in shown:
        assert "<script>" not in page
        assert "<img src=x" not in page
