"""The sidebar: whose chat it is, what is suggested, and what becomes of what was sent."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape

import orjson
import pytest
import pytest_asyncio

from bot.clock import ManualClock
from bot.mockwecom.faults import Fault
from bot.mockwecom.kf_session import HUMAN
from bot.store.customers.people import planned
from bot.store.desk.staff import Role
from bot.store.journal import Write
from bot.store.models import Source
from bot.store.plans.plans import PlanTable
from bot.store.states import PlanState
from bot.touch.touch import Scenario, Touch
from tests.pages import PART, visiting
from tests.stage import SHOP, Stage, company, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
MORNING = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # ten o'clock on a Tuesday in Shanghai
NONCE = "0123456789abcdef"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """李明 has wm1 and wm2; wm1 has asked something in 微信客服 that only a person can answer."""
    clock = ManualClock(MORNING)
    corp = company(clock)
    async with stage(tmp_path_factory.mktemp("side"), corp=corp, clock=clock, ticks=False) as play:
        for number in (1, 2):
            await corp.customer_adds_member(f"wm{number}", "liming", welcome=False)
        await corp.customer_writes_kf("wm1", SHOP, "退货运费谁出，我要投诉你们")
        await play.quiet()
        await play.look("complaints")
        yield play


async def test_the_frame_loads_the_official_sdk_and_names_what_it_needs(shop: Stage) -> None:
    async with visiting(shop.bot, "liming") as pages:
        frame = await pages.text("/sidebar")
    assert "/vendor/wecom.js" in frame
    assert 'data-corp="wwdemo0000000001"' in frame
    assert "getCurExternalContact" in frame


async def test_a_stranger_is_sent_to_wecom_and_brought_back(shop: Stage) -> None:
    async with visiting(shop.bot) as stranger:
        response = await stranger.get("/sidebar?tab=/sidebar/scripts")
    assert response.headers["Location"].startswith("/login/wecom?to=/sidebar")


async def test_only_pages_of_ours_are_signed_for(shop: Stage) -> None:
    async with visiting(shop.bot, "liming") as pages:
        ours = await pages.get("/sidebar/signature", params={"url": f"{shop.bot.url}/sidebar?a=1"})
        theirs = await pages.get("/sidebar/signature", params={"url": "https://evil.example/"})
    signed = await ours.json()
    assert {"timestamp", "nonceStr", "signature"} == set(signed["agent"]) == set(signed["config"])
    assert signed["agent"]["signature"] != signed["config"]["signature"]
    assert theirs.status == 400


@pytest.mark.parametrize(
    ("who", "role", "customer", "status"),
    [
        ("liming", Role.MEMBER, "wm1", 200),
        ("wangfang", Role.MEMBER, "wm1", 403),  # of a colleague
        ("wangfang", Role.MEMBER, "wm404", 403),  # of nobody
        ("boss", Role.OPERATOR, "wm1", 200),
        ("liming", Role.MEMBER, "wm1' OR 1=1", 403),
        ("liming", Role.MEMBER, "", 422),
    ],
)
async def test_the_server_asks_who_serves_whom(
    shop: Stage, who: str, role: Role, customer: str, status: int
) -> None:
    async with visiting(shop.bot, who, role) as pages:
        for path in ("/sidebar/open", "/sidebar/now", "/sidebar/may", "/sidebar/talk"):
            asked = {"customer": customer} if customer else {}
            assert (await pages.get(path, params=asked, headers=PART)).status == status, path
        for path in ("/sidebar/suggest", "/sidebar/sent"):
            answer = await pages.post(path, params=asked, data={"text": "x", "nonce": "f" * 16})
            assert answer.status == status, path


async def test_a_leader_sees_the_customers_of_their_people(shop: Stage) -> None:
    async with (
        visiting(shop.bot, "liming", leader="zhao"),
        visiting(shop.bot, "zhao", Role.LEADER) as leader,
    ):
        assert (await leader.get("/sidebar/now?customer=wm1", headers=PART)).status == 200
        found = await leader.text("/sidebar/choose", params={"q": "客户1"})
    assert "/sidebar?customer=wm1" in found


async def test_whom_we_do_not_know_wecom_is_asked_about_once(shop: Stage) -> None:
    """The event of adding them was lost."""
    corp = shop.corp
    corp.faults.add(Fault(api="callback", drop=True))
    await corp.customer_adds_member("wm3", "liming", welcome=False)
    await corp.settled()
    corp.faults.clear()
    async with visiting(shop.bot, "liming") as pages:
        page = await pages.part("/sidebar/open?customer=wm3")
    assert "客户3" in page
    await corp.customer_adds_member("wm4", "liming", welcome=False)
    await shop.quiet()  # their event has told no name
    async with visiting(shop.bot, "liming") as pages:
        assert "客户4" in await pages.part("/sidebar/open?customer=wm4")
    async with visiting(shop.bot, "wangfang") as pages:
        before = len(corp.calls)
        for _ in range(3):
            assert (await pages.get("/sidebar/open?customer=wm3", headers=PART)).status == 403
        assert len(corp.calls) - before <= 2  # contact, tags


async def test_what_they_asked_is_shown_with_what_fits(shop: Stage) -> None:
    await shop.corp.customer_writes_kf("wm1", SHOP, "退货运费谁出")
    await shop.quiet()
    async with visiting(shop.bot, "liming") as pages:
        page = await pages.part("/sidebar/now?customer=wm1")
    assert "我要投诉你们" in page
    offer = re.search(r"data-parts='([^']*)' data-script=\"([^\"]+)\"", page)
    assert offer is not None
    parts = orjson.loads(unescape(offer[1]))
    assert parts[0]["msgtype"] == "text"
    assert parts[0]["text"]["content"] in unescape(page)


async def test_what_was_sent_is_an_event_that_counts_and_closes_the_todo(shop: Stage) -> None:
    (todo,) = await shop.rows("SELECT id FROM todo WHERE customer = 'wm1' AND done_at IS NULL")
    (last,) = await shop.rows(
        "SELECT id FROM event WHERE kind = 'MessageReceived' ORDER BY seq DESC LIMIT 1"
    )
    form = {
        "nonce": NONCE, "script": "faq/return_how", "text": "签收七天内都能退。", "edited": "0",
        "question": "退货运费谁出", "about": last["id"],
    }  # fmt: skip
    assert isinstance(shop.clock, ManualClock)
    await shop.clock.advance(30)
    async with visiting(shop.bot, "liming") as pages:
        for _ in range(2):  # the report of a slow network comes twice
            answer = await pages.post("/sidebar/sent?customer=wm1", data=form)
            assert answer.status == 200, await answer.text()
        await shop.quiet()
        page = await pages.part("/sidebar/now?customer=wm1")
    sent = await shop.rows(f"SELECT state FROM event WHERE id LIKE '%{NONCE}'")
    assert [row["state"] for row in sent] == [1]
    (learned,) = await shop.rows("SELECT question, script, source, who FROM learned")
    assert learned["script"] == "faq/return_how"
    assert (learned["source"], learned["who"]) == (Source.STAFF, "liming")
    (used,) = await shop.rows("SELECT member, times, as_is FROM script_use")
    assert used == {"member": "liming", "times": 1, "as_is": 1}
    (done,) = await shop.rows(f"SELECT done_at FROM todo WHERE id = '{todo['id']}'")
    assert done["done_at"] is not None
    (customer,) = await shop.rows("SELECT member FROM customer WHERE id = 'wm1'")
    assert customer["member"] == "liming"
    assert "签收七天内都能退。" in page
    assert "客服里的话都回过了。企业微信不给看这里的聊天" in page, "of a chat that nobody sees"


async def test_in_a_chat_that_the_bot_serves_sending_was_offered_and_refused(shop: Stage) -> None:
    corp, here = shop.corp, "customer=wm2&entry=single_kf_tools"
    await corp.customer_writes_kf("wm2", SHOP, "几天发货")
    await shop.quiet()
    async with visiting(shop.bot, "liming") as pages:
        page = await pages.part(f"/sidebar/open?{here}")
        assert ("机器人正在接待这位客户" in page, "data-why" in page) == (True, True)
        assert (await pages.get(f"/sidebar/held?{here}&holder=bot", headers=PART)).status == 204
        await corp.servicer_receives("liming", SHOP, False)
        refused = await pages.post(f"/sidebar/take?{here}")
        assert (refused.status, "请先在企业微信里恢复接待" in await refused.text()) == (422, True)
        await corp.servicer_receives("liming", SHOP, True)
        taken = await pages.post(f"/sidebar/take?{here}")
        assert (taken.status, taken.headers["HX-Trigger"]) == (200, "taken")
        await shop.quiet()
        held = await pages.part(f"/sidebar/held?{here}&holder=bot")
        assert ("接管会话" in held, "data-why" in held) == (False, False)
        opened = await pages.part(f"/sidebar/open?{here}")
        assert ("您在接待" in opened, "交还机器人" in opened) == (True, True), (
            "after a reload, too"
        )
        beside = await pages.part("/sidebar/open?customer=wm2")
        assert ("正在微信客服里接待" in beside, "data-why" in beside) == (True, False)
        session = corp.kf.desk.accounts[SHOP].session("wm2")
        assert (session.state, session.servicer) == (HUMAN, "liming")
        before = len(shop.texts("wm2"))
        await corp.customer_writes_kf("wm2", SHOP, "几天发货呢")
        await shop.quiet()
        assert len(shop.texts("wm2")) == before
        await corp.servicer_takes("wangfang", "wm2", SHOP)
        await shop.quiet()
        assert "wangfang 正在接待" in await pages.part(f"/sidebar/held?{here}")
        refused = await pages.post(f"/sidebar/take?{here}")
        assert "已经在接待这位客户了" in await refused.text()
    (kept,) = await shop.rows("SELECT who, subject FROM audit WHERE act = 'kf.take'")
    assert kept == {"who": "liming", "subject": "wm2"}


async def test_a_welcome_is_no_answer_to_what_was_asked_before_it(shop: Stage) -> None:
    await shop.corp.customer_writes_kf("wm5", SHOP, "退货运费谁出，转人工")
    await shop.quiet()
    assert isinstance(shop.clock, ManualClock)
    await shop.clock.advance(1)
    await shop.corp.customer_adds_member("wm5", "liming")
    await shop.quiet()
    async with visiting(shop.bot, "liming") as pages:
        assert "客服里的话都回过了" not in await pages.part("/sidebar/now?customer=wm5")


async def test_a_chat_is_given_back_and_the_bot_answers_again(shop: Stage) -> None:
    corp, here = shop.corp, "customer=wm2&entry=single_kf_tools"
    await corp.servicer_takes("liming", "wm2", SHOP)
    await shop.quiet()
    before = len(shop.texts("wm2"))
    async with visiting(shop.bot, "liming") as pages:
        back = await pages.post(f"/sidebar/give-back?{here}")
        assert (back.status, back.headers["HX-Trigger"]) == (200, "taken")
        await shop.quiet()
        assert "交还" not in await pages.part(f"/sidebar/open?{here}")
        assert (await pages.post(f"/sidebar/give-back?{here}")).status == 422
        await corp.customer_writes_kf("wm2", SHOP, "几天能发货")
        await shop.quiet()
        assert len(shop.texts("wm2")) == before + 1
        # News that never came: WeCom is asked once a page.
        corp.kf.desk.accounts[SHOP].session("wm2").state = HUMAN
        corp.kf.desk.accounts[SHOP].session("wm2").servicer = "wangfang"
        assert "sure=1" in await pages.part(f"/sidebar/open?{here}")
        await pages.get(f"/sidebar/held?{here}&holder=bot&sure=1", headers=PART)
        await shop.quiet()
        assert "wangfang 正在接待" in await pages.part(f"/sidebar/held?{here}")


async def test_a_servicer_sees_what_a_stranger_asked_the_bot_and_nothing_else(
    shop: Stage,
) -> None:
    corp, here = shop.corp, "customer=wm3&entry=single_kf_tools"
    await corp.customer_writes_kf("wm3", SHOP, "退货运费谁出，急")
    await shop.quiet()
    async with visiting(shop.bot, "zhaoyun") as pages:  # no servicer
        page = await (await pages.get(f"/sidebar/open?{here}", headers=PART)).text()
        assert ("先查话术" in page, "客户3" in page) == (True, False)
    async with visiting(shop.bot, "wangfang") as pages:
        assert (await pages.get("/sidebar/open?customer=wm3", headers=PART)).status == 403
        page = await pages.part(f"/sidebar/open?{here}")
        assert ("客户3" in page, "接管会话" in page, "/sidebar/customer" in page) == (
            True, True, False,
        )  # fmt: skip
        now = await pages.part(f"/sidebar/now?{here}")
        assert ("退货运费谁出" in now, "data-card" in now) == (True, True)
        for path in ("customer", "customer/timeline"):
            assert (await pages.get(f"/sidebar/{path}?{here}", headers=PART)).status == 403, path
        taken = await pages.post(f"/sidebar/take?{here}")
        assert taken.headers["HX-Redirect"] == f"/sidebar?{here}"
        await shop.quiet()
        page = await pages.part(f"/sidebar/open?{here}")
        assert ("您在接待" in page, "/sidebar/customer" in page) == (True, True)


async def test_a_leader_gives_back_the_chat_of_their_people(shop: Stage) -> None:
    corp, here = shop.corp, "customer=wm2&entry=single_kf_tools"
    session = corp.kf.desk.accounts[SHOP].session("wm2")
    session.state, session.servicer = HUMAN, "wangfang"
    assert isinstance(shop.clock, ManualClock)
    await shop.clock.advance(60)
    async with visiting(shop.bot, "liming") as colleague:  # has them as a contact
        await colleague.get(f"/sidebar/held?{here}&sure=1", headers=PART)
        await shop.quiet()
        page = await colleague.part(f"/sidebar/open?{here}")
        assert ("正在接待这位客户" in page, "交还" in page) == (True, False)
        assert (await colleague.post(f"/sidebar/give-back?{here}")).status == 422
    async with visiting(shop.bot, "boss", Role.ADMIN) as leader:
        page = await leader.part(f"/sidebar/open?{here}")
        assert "正在接待这位客户" in page
        assert re.search("替 (王芳|wangfang) 交还机器人", page)
        # Somebody else took it, and the news is still on its way.
        session.servicer = "liming"
        assert (await leader.post(f"/sidebar/give-back?{here}")).status == 422
        await shop.quiet()
        assert "交还机器人" in await leader.part(f"/sidebar/held?{here}")
        assert (await leader.post(f"/sidebar/give-back?{here}")).status == 200
        await shop.quiet()
        assert "交还" not in await leader.part(f"/sidebar/open?{here}")


async def test_a_servicer_by_department_sees_what_a_stranger_asked(shop: Stage) -> None:
    corp, here = shop.corp, "customer=wm5&entry=single_kf_tools"
    corp.add_member("sunli", "孙丽")
    await corp.customer_writes_kf("wm5", SHOP, "退货运费谁出，急")
    await shop.quiet()
    account = corp.kf.desk.accounts[SHOP]
    async with visiting(shop.bot, "sunli") as pages:
        assert (await pages.get(f"/sidebar/open?{here}", headers=PART)).status == 403
        assert isinstance(shop.clock, ManualClock)
        await shop.clock.advance(60)
        account.departments = (1,)
        page = await pages.part(f"/sidebar/open?{here}")
        assert "接管会话" in page
        taken = await pages.post(f"/sidebar/take?{here}")
        assert taken.headers["HX-Redirect"] == f"/sidebar?{here}"
    account.departments = ()


async def test_what_was_sent_a_while_ago_answers_nothing_that_came_since(shop: Stage) -> None:
    """The page tells again and again until the server takes it."""
    assert isinstance(shop.clock, ManualClock)
    await shop.corp.customer_writes_kf("wm1", SHOP, "还在吗，人工")
    await shop.quiet()
    await shop.clock.advance(60)
    form = {"nonce": "5" * 16, "text": "在的", "about": "", "ago": "90"}
    async with visiting(shop.bot, "liming") as pages:
        assert (await pages.post("/sidebar/sent?customer=wm1", data=form)).status == 200
        await shop.quiet()
        assert "客服里的话都回过了" not in await pages.part("/sidebar/now?customer=wm1")
        late = form | {"nonce": "6" * 16, "ago": "30"}
        assert (await pages.post("/sidebar/sent?customer=wm1", data=late)).status == 200
        await shop.quiet()
        assert "客服里的话都回过了" in await pages.part("/sidebar/now?customer=wm1")


@pytest.mark.parametrize(
    ("step", "said", "entry", "words"),
    [
        ("outside", "", "", "要在企业微信里打开"),
        ("context", "agentConfig:fail invalid signature", "", "不认这次的签名"),
        ("context", "getCurExternalContact:fail no permission", "", "没有这个权限"),
        ("context", "getContext:timeout", "", "没有回应"),
        ("context", "agentConfig:fail 80001", "", "可信域名"),
        ("context", "", "normal", "没有打开客户的聊天"),
        ("context", HOSTILE, "", "没有让侧边栏打开"),
    ],
)
async def test_trouble_is_told_in_words(
    shop: Stage, step: str, said: str, entry: str, words: str
) -> None:
    asked = {"step": step, "said": said, "entry": entry}
    async with visiting(shop.bot, "liming") as pages:
        page = await pages.part("/sidebar/trouble", params=asked)
    assert words in page
    assert "<script>alert" not in page


async def test_a_picture_is_told_in_words(shop: Stage) -> None:
    await shop.corp.customer_writes_kf("wm1", SHOP, "shoes.jpg", kind="image")
    await shop.quiet()
    async with visiting(shop.bot, "liming") as pages:
        talk = await pages.text("/sidebar/talk?customer=wm1")
        history = await pages.text("/sidebar/customer/timeline?customer=wm1")
    for told in (talk, history):
        assert "[图片]" in told
        assert "[image]" not in told


async def test_who_asks_for_a_person_is_answered_by_one_and_no_words_are_put_in_their_mouth(
    shop: Stage,
) -> None:
    """转人工 was offered 我是智能助手; 碎片 was told as the keyword 质量问题."""
    shop.corp.add_customer("wm9", "客户9")
    await shop.corp.customer_adds_member("wm9", "liming", welcome=False)
    await shop.corp.customer_writes_kf("wm9", SHOP, "我要找真人")
    await shop.quiet()
    async with visiting(shop.bot, "liming") as pages:

        async def fits(text: str) -> str:
            posted = await pages.post("/sidebar/suggest?customer=wm9", data={"text": text})
            return await posted.text()

        page = await pages.part("/sidebar/now?customer=wm9")
        assert ("客户要找人" in page, "data-card" in page) == (True, False)
        assert "data-card" not in await fits("转人工")
        assert 'data-script="faq/return_fee"' in await fits("退货运费谁出，转人工")
        assert 'data-script="chat/name"' in await fits("你是真人吗")
        meant = await fits("碎片")
        assert ("意思近于关键词「质量问题」" in meant, "有关键词" in meant) == (True, False)
        # 谢谢夸奖 stood there, one tap from whoever was angry, and 没关系.
        for one in ("差评！客服态度太差", "太坑人了，我要打12315投诉你们", "等了一下午也没人上门"):
            assert "data-card" not in await fits(one)
        assert 'data-script="faq/refund_how"' in await fits("退货都一周了还不退款，我要投诉")
        assert 'data-script="chat/' in await fits("客服态度真好")


async def test_what_is_due_stood_there_as_planned_for_a_time_that_has_gone_by(shop: Stage) -> None:
    now, hour = shop.clock.now(), timedelta(hours=1)
    touch = Touch(
        plan="care", slot="2026", customer="wm2", scenario=Scenario.HOLIDAY, script="care/day7",
        due_at=now - hour, deadline=now + 9 * hour)  # fmt: skip
    await shop.bot.journal.write(Write(more=planned([touch])))
    async with visiting(shop.bot, "liming") as pages:
        path, card = "/sidebar/may?customer=wm2", "/sidebar/customer?customer=wm2"
        assert "<dd>就要发了 · " in await pages.part(path)
        assert '"pill good">就要发了' in await pages.part(card)
        table = PlanTable(shop.bot.office.database)
        await table.steer("care", PlanState.PAUSED, "boss", now.timestamp())
        assert "<dd>计划暂停着，先不发 · " in await pages.part(path)
