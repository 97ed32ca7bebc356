"""What no script answered is in one list, and becomes a question of a script by one click."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.store.staff import Role
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


async def test_a_question_goes_into_a_script_and_is_answered(shop: Stage) -> None:
    async with visiting(shop.bot, "root", Role.ADMIN) as admin:
        assert "未答的问题" in await admin.text("/console/unanswered")
        text = await admin.text("/console/unanswered/topics")
        assert ASKED[0] in text
        assert "微信客服" in text
        assert XSS not in text  # as text, yes
        link = re.search(r'href="(/console/scripts/edit\?[^"]*)"', text)
        assert link is not None
        assert "暑假工" in await admin.text(link[1].replace("&amp;", "&"))  # filled in
        chosen = next(
            one for one in shop.bot.desk.edition.library if one.category == "faq" and one.examples
        )
        deed = {"id": chosen.id, "text": [ASKED[0], ASKED[1]]}
        assert (await admin.post("/console/unanswered/add", data=deed)).status == 200
        assert (await admin.post("/console/unanswered/add", data=deed)).status in (200, 409)
        for _ in range(2):
            await shop.bot.sweep("scripts")
        assert ASKED[0] not in await admin.text("/console/unanswered/topics")
        decision = shop.bot.desk.edition.matcher.decide(ASKED[1])
        assert decision.scripts == (chosen.id,)


async def test_an_operators_click_waits_for_approval(shop: Stage) -> None:
    async with visiting(shop.bot, "writer", Role.OPERATOR) as writer:
        deed = {"id": "faq/bulk", "text": ASKED[3]}
        response = await writer.post("/console/unanswered/add", data=deed)
        assert "等待批准" in await response.text()
        assert "已加，待批准" in await writer.text("/console/unanswered/topics")
        again = await writer.post("/console/unanswered/add", data=deed)
        assert again.status == 409
        for wrong, status in (
            ({"id": "no/such", "text": "问"}, 404), ({"id": "faq/bulk"}, 422),
        ):  # fmt: skip
            assert (await writer.post("/console/unanswered/add", data=wrong)).status == status


async def test_what_is_put_aside_with_a_reason_is_gone(shop: Stage) -> None:
    async with visiting(shop.bot, "writer", Role.OPERATOR) as writer:
        deed = {"text": [ASKED[2], ASKED[3]]}
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
