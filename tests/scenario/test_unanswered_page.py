"""A list shows what no script answered, and one click makes it a question of a script."""

import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import openpyxl
import pytest
import pytest_asyncio

from bot.store.desk.staff import Role
from bot.store.scripts.answers import answers
from tests.pages import visiting
from tests.stage import SHOP, Stage, stage

XSS = "<img src=x onerror=alert(1)>"
ASKED = ("你们招不招暑假工呀", "暑假工还招人吗", f"暑假工多少钱一天{XSS}", "能开直播授权书不")
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    root: Path = tmp_path_factory.mktemp("unanswered")
    async with stage(root, ticks=False) as opened:
        for number, words in enumerate(ASKED, 1):
            await opened.corp.customer_writes_kf(f"wm{number}", SHOP, words)
        await opened.quiet()
        yield opened


async def test_no_page_told_why_the_bot_was_silent(shop: Stage) -> None:
    await shop.corp.customer_writes_kf("wm1", SHOP, f"人呢{XSS}")  # somebody was called already
    await shop.corp.customer_writes_kf("wm5", SHOP, "什么时候发货")
    shop.corp.add_customer("wm7", "阿满")
    await shop.corp.customer_writes_kf("wm7", SHOP, "你们是骗子吗，我要去消协投诉")
    await shop.quiet()
    async with visiting(shop.bot, "writer", Role.OPERATOR) as writer:
        silent = await writer.text("/console/answers?show=silent")
        assert "人呢&lt;img" in silent
        assert "不回复：已经叫了同事" in silent
        assert ASKED[0] not in silent
        assert "应该用哪条" not in silent, "no script was looked for"
        called = await writer.text("/console/answers?show=handed_over")
        assert "请人接待：" in called
        complaint, after = called.partition("消协投诉")[2].split("</tr>", 1)
        told = ["应该用哪条" in one for one in (complaint, after)]
        assert told == [False, True], "it is refused as a question of a script"
        answered = await writer.text("/console/answers?show=answered")
        assert ("什么时候发货" in answered, ASKED[0] in answered) == (True, False)
        for day, cut in (("2019-01-09", False), ("2019-01-08", True)):
            long = await writer.text(f"/console/answers?from={day}&to=2020-01-09")
            assert "没有这样的消息" in long
            assert ("一年，下面从 2019-01-09 算起" in long) is cut, "it was left out unsaid"
    database, now = shop.bot.office.database, shop.clock.timestamp()
    whole = [one.seq for one in await answers(database, 0.0, now + 1)]
    first = [one.seq for one in await answers(database, 0.0, now + 1, limit=4)]
    rest = await answers(database, 0.0, now + 1, before=first[-1])
    assert ([*first, *(one.seq for one in rest)], len(whole)) == (whole, 7)
    assert await answers(database, now + 1, now + 9) == []


async def test_a_question_goes_into_a_script_and_is_answered(shop: Stage) -> None:
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        assert "未答的问题" in await admin.text("/console/unanswered")
        text = await admin.text("/console/unanswered/topics")
        assert ASKED[0] in text
        assert "微信客服" in text
        assert XSS not in text  # as text, yes
        assert f'name="ask" value="{ASKED[1]}"' in text
        form = re.search(r'<form id="(chosen-\d+)" action="(/console/scripts/edit)">', text)
        assert form is not None
        assert f'form="{form[1]}">写一条新话术' in text, "a link knew nothing of what was ticked"
        assert ASKED[1] in await admin.text(form[2], params={"ask": ASKED[1]})  # filled in
        chosen = next(
            one for one in shop.bot.desk.edition.library if one.category == "faq" and one.examples
        )
        deed = {"id": chosen.id, "ask": [ASKED[0], ASKED[1]]}
        assert (await admin.post("/console/unanswered/add", data=deed)).status == 200
        assert (await admin.post("/console/unanswered/add", data=deed)).status == 200
        for _ in range(2):
            await shop.bot.sweep("scripts")
        assert ASKED[0] not in await admin.text("/console/unanswered/topics")
        decision = shop.bot.desk.edition.matcher.decide(ASKED[1])
        assert decision.scripts == (chosen.id,)


async def test_an_operators_click_waits_for_approval(shop: Stage) -> None:
    async with visiting(shop.bot, "writer", Role.OPERATOR) as writer:
        deed = {"id": "faq/bulk", "ask": ASKED[3]}
        response = await writer.post("/console/unanswered/add", data=deed)
        assert "等待批准" in await response.text()
        assert "已加，待批准" in await writer.text("/console/unanswered/topics")
        again = await writer.post("/console/unanswered/add", data=deed)
        assert (again.status, "bad" in await again.text()) == (200, False)  # no mistake
        for wrong, status in (
            ({"id": "no/such", "ask": "问"}, 404), ({"id": "faq/bulk"}, 422),
        ):  # fmt: skip
            assert (await writer.post("/console/unanswered/add", data=wrong)).status == status


async def test_what_is_put_aside_with_a_reason_is_gone(shop: Stage) -> None:
    async with visiting(shop.bot, "writer", Role.OPERATOR) as writer:
        deed = {"ask": [ASKED[2], ASKED[3]]}
        listed = await writer.text("/console/unanswered/topics")
        assert "客户再问，机器人还是照旧办" in listed, (
            "忽略 did not tell whether customers are ignored"
        )
        assert (await writer.post("/console/unanswered/dismiss", data=deed)).status == 422
        deed["why"] = ["不是我们的业务"]
        assert (await writer.post("/console/unanswered/dismiss", data=deed)).status == 200
        text = await writer.text("/console/unanswered/topics")
        assert "授权书" not in text
    kept = await shop.rows("SELECT who, why FROM audit WHERE act = 'question.dismiss'")
    assert kept == [{"who": "writer", "why": "不是我们的业务"}]


async def test_members_do_not_see_what_all_customers_ask(shop: Stage) -> None:
    async with visiting(shop.bot, "liming", Role.LEADER) as leader:
        assert (await leader.get("/console/unanswered")).status == 403
        assert "未答" not in await leader.text("/console/scripts")


async def test_an_operator_teaches_a_wrong_answer_from_its_record(shop: Stage) -> None:
    """The page told why a message was answered wrongly, and there was no way on."""
    shop.corp.add_customer("wm6", "暖暖妈妈")
    await shop.corp.customer_writes_kf("wm6", SHOP, "暖暖妈妈想问裙子起球正常不，订单1234567890")
    await shop.quiet()
    await shop.bot.sweep("profiles")
    database, now = shop.bot.office.database, shop.clock.timestamp()
    seq = (await answers(database, 0.0, now + 1, limit=1))[0].seq
    path, ask = f"/console/answers/teach?seq={seq}", "想问裙子起球正常不，订单"
    asked = {"ask": ask, "channel": "kf", "seq": str(seq)}
    async with (
        visiting(shop.bot, "root", Role.ADMIN) as admin,
        visiting(shop.bot, "writer", Role.OPERATOR) as writer,
    ):
        assert f'href="{path}">应该用哪条' in await writer.text("/console/answers")
        page = await writer.text(path)
        assert f">{ask}</textarea>" in page, "name and number of a customer went into examples"
        assert (await writer.get("/console/answers/teach?seq=99999")).status == 404
        await writer.post("/console/unanswered/add", data={**asked, "id": "faq/size_chart"})
        waits = await (await writer.post("/console/answers/teach/now", data=asked)).text()
        assert "已加，待批准" in waits
        says = '>回答</span> <a href="/console/scripts/script?id={}">'
        assert says.format("faq/care_pilling") in waits
        (kept,) = await shop.rows(
            "SELECT note FROM script_step WHERE script = 'faq/size_chart' LIMIT 1"
        )
        assert kept["note"] == "来自问答记录"
        approve = {"id": "faq/size_chart", "do": "approve", "version": "1"}
        assert (await admin.post("/console/scripts/move", data=approve)).status == 200
        for _ in range(2):
            await shop.bot.sweep("scripts")
        now_says = await (await writer.post("/console/answers/teach/now", data=asked)).text()
        assert says.format("faq/size_chart") in now_says
        alone = 'hx-sync="this:drop" hx-post="/console/unanswered/add"'
        another = {"ask": "退货的运费谁出", "channel": "kf"}
        offers = await (await writer.post("/console/answers/teach/now", data=another)).text()
        unknown = {"ask": "杯子可以刻字吗", "channel": "kf"}
        nothing = await (await writer.post("/console/answers/teach/now", data=unknown)).text()
        assert ">交给同事</span><br>" in nothing, "it named scripts that nobody would have got"
        assert "不用「" not in nothing
        assert 'action="/console/scripts/edit"' in page, "where none was right there was no way on"
        assert alone in offers, "news broke the press off: nobody was told that it was added"
        other = await writer.post("/console/unanswered/add", data={**asked, "id": "faq/bulk"})
        told = (other.status, "和「尺码表在哪」的问法一样" in await other.text())
        assert told == (422, True), "the id of the other script stood there"
        never = {**asked, "id": "faq/size_chart", "never": "1"}
        assert "不用「尺码表在哪」答这句" in now_says
        for words in ("记下了", "已经是那条话术的反例了"):
            pressed = await admin.post("/console/unanswered/add", data=never)
            assert words in pressed.headers["HX-Trigger"] + await pressed.text()
        for _ in range(2):
            await shop.bot.sweep("scripts")
        kept_back = await (await writer.post("/console/answers/teach/now", data=asked)).text()
        assert says.format("faq/size_chart") not in kept_back
        assert f"反例：「尺码表在哪」不答「{ask}」" in kept_back
        fields = await writer.text("/console/scripts/script?id=faq/size_chart")
        assert f'<dt>反例</dt><dd><ul class="lines"><li>{ask}</li>' in fields


async def test_of_two_questions_within_seconds_the_first_was_lost(shop: Stage) -> None:
    """The bot had not taken it up, and the second was added to what the bot said by then."""
    asked = ("礼盒能不能不放小票", "袋子要另外收钱不")
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        for ask in asked:
            deed = {"id": "faq/gift_wrap", "ask": ask}
            assert (await admin.post("/console/unanswered/add", data=deed)).status == 200
        page = await admin.text("/console/scripts/edit?id=faq/gift_wrap")
        assert [ask in page for ask in asked] == [True, True]
        deed = {"id": "faq/gift_wrap", "do": "retire", "why": "不送礼盒了"}
        assert (await admin.post("/console/scripts/move", data=deed)).status == 200
        deed = {"id": "faq/gift_wrap", "ask": "礼盒还有吗"}
        again = await admin.post("/console/unanswered/add", data=deed)
        assert again.status == 404, "whoever retired it a moment ago was overruled"


async def test_a_number_in_a_question_went_into_the_script(shop: Stage) -> None:
    deed = {"id": "faq/bulk", "ask": "打 138-0000-0000\n能团购200件不"}
    async with visiting(shop.bot, "writer", Role.OPERATOR) as writer:
        assert (await writer.post("/console/unanswered/add", data=deed)).status == 200
        assert "打 能团购200件不" in await writer.text("/console/scripts/script?id=faq/bulk")


async def test_last_months_figures_were_to_be_had_as_no_file(shop: Stage) -> None:
    async with (
        visiting(shop.bot, "writer", Role.OPERATOR) as writer,
        visiting(shop.bot, "liming", Role.LEADER) as leader,
    ):
        page = await writer.text("/console")
        links = re.findall(r'href="(/console/figures[^"]+)" download', page)
        xlsx, csv = (one.replace("&amp;", "&") for one in links)
        assert (await leader.get(xlsx)).status == 403
        assert (await writer.get("/console/figures?as=exe")).status == 404
        book = openpyxl.load_workbook(io.BytesIO(await (await writer.get(xlsx)).read()))
        head, *days, total = book.worksheets[0].iter_rows(values_only=True)
        assert book.worksheets[0].sheet_format.defaultColWidth == 18, "days were cut to 2027-01-"
        assert len(days) == 30
        handed_over = head.index("交给同事 handed over")
        assert days[-1][handed_over] == total[handed_over] >= len(ASKED), "a number, to add up"
        assert days[-1][head.index("多久答上(秒) answered in s")] is not None
        assert days[0][1:] == (0,) * (len(head) - 2) + (None,)
        text = (await (await writer.get(csv)).read()).decode("utf-8-sig")
        assert text.splitlines()[-1].startswith(f"合计 total,{total[1]},")
    kept = await shop.rows("SELECT details FROM audit WHERE act = 'figures.download' ORDER BY seq")
    assert [row["details"] for row in kept] == ["xlsx", "csv"]
