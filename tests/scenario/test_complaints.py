"""Whoever complains gets a person, who hears of it at once; if nobody answers, the leader does."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from bot.clock import ManualClock
from bot.store.customers.cases import Cases
from bot.store.desk import staff
from bot.store.desk.staff import Role, Staff
from bot.store.touch.brakes import BrakeKind, Brakes, BrakeStep
from tests.pages import visiting
from tests.stage import SHOP, Stage, company, stage

TEN = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)  # in Shanghai
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    clock = ManualClock(TEN)
    corp = company(clock)
    corp.add_member("laoban", "老板")
    for customer, name in (("wm6", "孙姐"), ("wm7", "路过的人"), ("wm20", "周姐")):
        corp.add_customer(customer, name)
    root = tmp_path_factory.mktemp("complaints")
    async with stage(root, corp=corp, clock=clock, ticks=False, archive=True) as shop:
        people = ("laoban", Role.LEADER, ""), ("liming", Role.MEMBER, "laoban")
        for userid, role, leader in people:
            one = Staff(id=userid, name=userid, role=role, leader=leader, active=True, sight=())
            await staff.put(shop.bot.office.database, one, 1.0)
        for customer in ("wm1", "wm2", "wm3", "wm4", "wm5", "wm6"):
            await corp.customer_adds_member(customer, "liming")
        await shop.quiet()
        yield shop


async def befriend(shop: Stage, customer: str, name: str) -> None:
    """小李's new customer."""
    shop.corp.add_customer(customer, name)
    await shop.corp.customer_adds_member(customer, "liming")
    await shop.quiet()


async def complain(shop: Stage, customer: str, words: str) -> None:
    await shop.corp.customer_writes_kf(customer, SHOP, words)
    await shop.quiet()
    await shop.look("complaints")


def heard(shop: Stage, member: str, words: str) -> list[str]:
    """What the app told `member` of these words as a complaint."""
    return [text for text in shop.texts(member, "app") if words in text and "投诉" in text]


async def test_the_member_is_told_at_once_and_the_leader_when_nobody_answers(shop: Stage) -> None:
    cases = Cases(shop.bot.office.database)
    await complain(shop, "wm1", "再这样我就打12315投诉你们")
    (told,) = heard(shop, "liming", "12315")
    assert "30 分钟" in told
    assert heard(shop, "laoban", "12315") == []
    (todo,) = await shop.rows("SELECT words FROM todo WHERE customer = 'wm1'")
    assert "投诉了" in todo["words"]  # and none besides that a person was asked for
    await shop.look("complaints", 29 * 60)
    assert heard(shop, "laoban", "12315") == []
    await complain(shop, "wm1", "我要上网曝光你们这种黑店")  # belongs to the same
    assert heard(shop, "liming", "曝光") == []  # they know; it stands in the case
    for _ in range(2):
        await shop.look("complaints", 60)
    (late,) = heard(shop, "laoban", "曝光")
    assert "liming 30 分钟还没有回" in late
    case = next(one for one in await cases.open(None) if one.customer == "wm1")
    assert (case.customer, case.times, case.member, case.braked) == ("wm1", 2, "liming", True)
    assert [words for words, _ in await cases.words(case.seq)] == [
        "再这样我就打12315投诉你们", "我要上网曝光你们这种黑店",
    ]  # fmt: skip
    assert await cases.find(("wangfang",), case.seq) is None
    assert await cases.open(("wangfang",)) == []


async def test_who_only_sounds_displeased_is_not_said_to_have_complained(shop: Stage) -> None:
    await shop.corp.customer_adds_member("wm20", "liming")
    await complain(shop, "wm20", "等了一下午也没人上门")
    (told,) = heard(shop, "liming", "也没人上门")
    assert "听起来不满意，请马上看看" in told
    why = "SELECT why FROM todo WHERE customer = 'wm20'"
    assert await shop.rows(why) == [{"why": "听起来不满意"}]
    await shop.look("complaints", 7200)
    (late,) = heard(shop, "laoban", "也没人上门")
    assert "听起来不满意，liming 30 分钟还没有回" in late, "it told the leader of a complaint"


async def test_an_answer_stops_the_clock_and_new_words_start_it(shop: Stage) -> None:
    cases = Cases(shop.bot.office.database)
    await complain(shop, "wm2", "太坑了，退钱，不然我去消协投诉你们")
    await shop.look("complaints", 10 * 60)
    await shop.corp.servicer_takes("liming", "wm2", SHOP)
    await shop.corp.servicer_writes_kf("liming", "wm2", SHOP, "非常抱歉，马上给您处理")
    await shop.quiet()
    await shop.look("complaints", 3600)
    assert heard(shop, "laoban", "消协") == []
    case = next(one for one in await cases.open(None) if one.customer == "wm2")
    assert case.waiting_since is None
    assert case.answered_by == "liming"
    assert case.answered_at is not None
    assert 600 <= case.answered_at - case.at < 660
    await complain(shop, "wm2", "等了半天还没退，我要举报你们")
    assert len(heard(shop, "liming", "举报")) == 1
    await shop.look("complaints", 1800)
    assert len(heard(shop, "laoban", "举报")) == 1


async def test_at_night_the_clock_stands_still(shop: Stage) -> None:
    clock = shop.clock
    assert isinstance(clock, ManualClock)
    night = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)  # ten in the evening
    await clock.advance((night - clock.now()).total_seconds())
    await complain(shop, "wm3", "再不处理我就找媒体曝光你们")
    assert len(heard(shop, "liming", "找媒体")) == 1  # told all the same
    await shop.look("complaints", 11 * 3600 + 29 * 60)
    assert heard(shop, "laoban", "找媒体") == []
    await shop.look("complaints", 60)
    assert len(heard(shop, "laoban", "找媒体")) == 1


async def test_it_is_closed_with_a_reason_and_the_next_one_is_another(shop: Stage) -> None:
    database, now = shop.bot.office.database, shop.clock.timestamp()
    cases, brakes = Cases(database), Brakes(database)
    await complain(shop, "wm4", "你们这是欺诈，我要投诉")
    case = next(one for one in await cases.open(None) if one.customer == "wm4")
    assert await cases.close(case.seq, "laoban", "已赔付", now + 60, lift=True)
    assert not await cases.close(case.seq, "laoban", "已赔付", now + 60, lift=True)
    standing = await brakes.standing(kind=BrakeKind.COMPLAINT, customer="wm4")
    assert standing == []
    todos = await shop.rows("SELECT done_at FROM todo WHERE customer = 'wm4'")
    assert all(row["done_at"] for row in todos)
    await shop.look("complaints", 7200)
    assert heard(shop, "laoban", "欺诈") == []
    await complain(shop, "wm4", "又来这一套，我要投诉")
    assert "wm4" in [one.customer for one in await cases.closed(None)]
    assert next(one for one in await cases.open(None) if one.customer == "wm4").seq != case.seq
    found = await cases.answering(("laoban", "liming"), now)
    assert (found.cases, found.open, found.late, found.answered) == (2, 1, 0, 0)
    assert found.close_s is not None
    assert 55 <= found.close_s <= 60
    assert (await cases.answering(("wangfang",), 0)).cases == 0


async def test_a_leader_sees_and_closes_those_of_their_people(shop: Stage) -> None:
    cases = Cases(shop.bot.office.database)
    await complain(shop, "wm5", "你们是黑店，我要上网曝光你们")
    await complain(shop, "wm5", "不退钱我就打12345投诉你们")
    case = next(one for one in await cases.open(None) if one.customer == "wm5")
    path = f"/console/complaints/{case.seq}"
    async with visiting(shop.bot, "laoban", Role.LEADER) as leader:
        await cases.escalated(case.seq, shop.clock.timestamp(), "")  # there was no leader
        listed = await leader.text("/console/complaints")
        assert "超时，已告诉值班同事" in listed, "it said that the leader knows"
        for card in ("/console", "/sidebar/now?customer=wm5", "/sidebar/customer?customer=wm5"):
            page = await leader.part(card)
            assert "超时" in page, f"{card}: it said by when to answer, hours after"
            assert "分钟内要回" not in page, card
        assert "不退钱我就打12345投诉你们" in listed
        assert path in listed
        assert "你们是黑店，我要上网曝光你们" in await leader.text(path)
        assert (await leader.post(f"{path}/answered", data={})).status == 200
        assert "laoban 回过了" in await leader.text(path)
        assert (await leader.post(f"{path}/close", data={"why": " "})).status == 422
        closing = {"why": "已退款并致歉", "lift": "yes"}
        assert (await leader.post(f"{path}/close", data=closing)).status == 200
        assert (await leader.post(f"{path}/close", data=closing)).status == 409
        assert "已退款并致歉" in await leader.text("/console/complaints?state=closed")
        page = await leader.part(f"/sidebar/customer/timeline?customer={case.customer}")
        assert "已退款并致歉" in page.partition("投诉结案")[2], "it told of the complaint alone"
        assert f'{path}"' not in await leader.text("/console/complaints")
    closed = await cases.find(None, case.seq)
    assert closed is not None
    assert (closed.closed_by, closed.reason, closed.braked) == ("laoban", "已退款并致歉", False)
    async with visiting(shop.bot, "liming", leader="laoban") as member:  # by telephone
        card = "/sidebar/customer?customer=wm5"
        assert "当面投诉了" in await member.part(card)
        form = {"words": "等了一周还没退款", "answered": "1"}
        part = await member.post("/sidebar/customer/complaint?customer=wm5", data=form)
        assert "等了一周还没退款" in await part.text()
        assert (await member.post("/sidebar/customer/complaint?customer=wm5")).status == 422
    again = await cases.of("wm5")
    assert again is not None
    assert (again.channel, again.braked, again.answered_by) == ("phone", True, "liming")
    async with visiting(shop.bot, "wangfang", Role.LEADER) as other:
        assert "已退款" not in await other.text("/console/complaints?state=closed")
        for get in (path, "/console/complaints/999", "/console/complaints/x"):
            assert (await other.get(get)).status == 404
        assert (await other.post(f"{path}/close", data={"why": "x"})).status == 404


async def test_who_has_to_answer_sees_by_when_wherever_they_look(shop: Stage) -> None:
    await complain(shop, "wm6", "东西坏了没人管，我要投诉")
    async with visiting(shop.bot, "liming", Role.MEMBER) as pages:
        for path in ("/sidebar/todo", "/sidebar/now", "/sidebar/customer"):
            page = await pages.part(f"{path}?customer=wm6")
            assert "刚刚投诉" in page, path
            # It stood there in green, with a tick.
            assert path != "/sidebar/now" or 'class="allowed care"' in page
            for card in page.split("<article")[1:] if path == "/sidebar/todo" else [page]:
                assert card.count("30 分钟内要回") == 1, path
        tasks = (await pages.part("/sidebar/todo?nobody=1")).split("<article")[1:]
    urgent = ["分钟内要回" in task for task in tasks]
    assert urgent == sorted(urgent, reverse=True), "they stand first"


async def test_the_number_of_todos_led_nowhere_and_no_complaint_stood_above_it(
    shop: Stage,
) -> None:
    async with visiting(shop.bot, "xiaomei", Role.OPERATOR) as pages:
        overview = await pages.text("/console")
        assert overview.index("件投诉还没人回") < overview.index('class="grid pairs"')
        assert "看全部投诉" in overview
        (number,) = re.findall(r"<b>(\d+)</b><small><a href=\"/console/todos", overview)
        listed = await pages.text("/console/todos")
        assert f"一共 {number} 条" in listed
        row = next(row for row in listed.split("<tr>") if "东西坏了没人管" in row)
        for part in ('href="/console/customers/wm6"', "客户投诉"):
            assert part in row
        assert "值班同事" not in row
        (done,) = re.findall(r'hx-post="([^"]+/done)"', row)
        assert (await pages.post(done)).status == 200
        assert f"一共 {int(number) - 1} 条" in await pages.text("/console/todos")
        assert (await pages.post(done.replace("/done", "/undo"))).status == 200
        assert "这一页没有了" in await pages.text("/console/todos?from=900")
    async with visiting(shop.bot, "wangfang", Role.MEMBER) as member:
        assert "东西坏了没人管" not in await member.text("/console")
        assert "东西坏了没人管" not in await member.text("/console/todos")


async def test_whoever_is_on_duty_hears_of_a_complaint_that_is_nobodys(shop: Stage) -> None:
    on_duty = shop.bot.desk.settings.duty.members[0]
    await complain(shop, "wm7", "什么破店，我要去市监局举报你们")  # nobody's contact
    assert len(heard(shop, on_duty, "市监局")) == 1
    await shop.look("complaints", 7200)
    (late,) = heard(shop, on_duty, "市监局")[1:]
    assert "值班同事 30 分钟还没有回" in late


async def test_a_welcome_was_taken_for_the_answer_to_a_complaint(shop: Stage) -> None:
    """The archive tells it as the member's: nobody was told that the customer still waits."""
    shop.corp.add_customer("wm8", "又来的人")
    await complain(shop, "wm8", "太坑人了，我要打12315投诉你们")
    assert isinstance(shop.clock, ManualClock)
    await shop.clock.advance(60)
    await shop.corp.customer_adds_member("wm8", "liming")
    await shop.quiet()
    waits = "SELECT waiting_since, answered_by FROM complaint_case WHERE customer = 'wm8'"
    await shop.look("archive", 60)
    told = "SELECT count(*) AS n FROM event WHERE kind = 'StaffReplied' AND body LIKE '%wm8%'"
    assert (await shop.rows(told))[0]["n"] == 1
    (case,) = await shop.rows(waits)
    assert (bool(case["waiting_since"]), case["answered_by"]) == (True, "")
    await shop.corp.member_writes_customer("liming", "wm8", "对不起，我马上处理")
    await shop.look("archive", 60)
    (case,) = await shop.rows(waits)
    assert (case["waiting_since"], case["answered_by"]) == (None, "liming")


async def test_who_told_their_member_that_they_want_no_more_went_on_getting_it(
    shop: Stage,
) -> None:
    """Only what was written to 微信客服 was heard, and a member had no way to note it."""
    brakes = Brakes(shop.bot.office.database)
    await shop.corp.customer_writes_member("wm4", "liming", "你们就是骗子，别再给我发消息了")
    for words in ("以后别给我发广告了", "那件别发了，我退款"):
        await shop.corp.customer_writes_member("wm6", "liming", words)
        await shop.look("archive", 60)
        (standing,) = await brakes.standing(kind=BrakeKind.OPT_OUT, customer="wm6")
        assert standing.why == "以后别给我发广告了", words
    lifted = BrakeStep(
        customer="wm6", kind=BrakeKind.OPT_OUT, active=False, who="laoban", why="说好了", at=1.0
    )
    assert await brakes.turn(lifted)
    await shop.corp.customer_writes_member("wm6", "liming", "别再给我发消息了")
    await shop.look("archive", 60)
    (standing,) = await brakes.standing(kind=BrakeKind.OPT_OUT, customer="wm6")
    assert standing.why == "别再给我发消息了", "they were still out, as far as memory went"
    kept = {one.kind for one in await brakes.standing(customer="wm4")}
    assert kept == {BrakeKind.COMPLAINT, BrakeKind.OPT_OUT}, "a complaint hid it until lifted"
    (told,) = [text for text in shop.texts("liming", "app") if "别给我发广告" in text]
    assert told.startswith("孙姐说不想再收消息")
    card, form = "/sidebar/customer?customer=wm5", {"words": "电话里说别再发活动"}
    async with visiting(shop.bot, "liming", leader="laoban") as member:
        assert "客户退订了" not in await member.part(card)
        part = await member.post("/sidebar/customer/opt-out?customer=wm5", data=form)
        assert "客户退订了" in await part.text()
        page = await member.part(card)
        assert page.count("客户退订了") == 1
        assert "停发</button>" not in page
    (noted,) = await brakes.standing(kind=BrakeKind.OPT_OUT, customer="wm5")
    assert (noted.who, noted.why) == ("liming", "电话里说别再发活动")
    async with visiting(shop.bot, "laoban", Role.LEADER) as leader:
        assert "电话里说别再发活动" in await leader.text("/console/brakes?kind=opt_out")
        assert "记下客户退订" in await leader.text("/console/audit")
    async with visiting(shop.bot, "wangfang") as other:
        assert (await other.post("/sidebar/customer/opt-out?customer=wm4")).status == 403


async def test_who_opted_out_again_after_it_was_lifted_heard_nothing(shop: Stage) -> None:
    """It was kept; but as they were out as far as memory went, nobody said so to them."""
    shop.corp.add_customer("wm9", "老周")
    for times in (1, 2):
        await shop.corp.customer_writes_kf("wm9", SHOP, "退订")
        await shop.quiet()
        assert [text[:4] for text in shop.texts("wm9")] == ["好的，以"] * times
        async with visiting(shop.bot, "chef", Role.ADMIN) as admin:
            lift = {"why": "电话里说又想收了"}
            assert (await admin.post("/console/brakes/wm9/opt_out", data=lift)).status == 200
        await shop.look("customers.braked")


async def test_whoever_only_sounds_displeased_is_shown_so_until_a_person_confirms_it(
    shop: Stage,
) -> None:
    """Every page said 投诉 of them: whoever knew better no longer believed the page."""
    await befriend(shop, "wm30", "周周")
    await complain(shop, "wm30", "说好上午送，现在四点了还没影")
    case = await Cases(database := shop.bot.office.database).of("wm30")
    assert case is not None
    assert case.sounds
    card, confirm = "/sidebar/customer?customer=wm30", "/sidebar/customer/confirm?customer=wm30"
    found, sounds = "/console/customers?words=wm30", "/console/brakes?kind=sounds"
    async with visiting(shop.bot, "laoban", Role.LEADER) as leader:
        for path in (found, sounds, f"/console/complaints/{case.seq}", "/console"):
            assert "疑似不满" in await leader.text(path), path
        assert "看过原话，客户没有不满" in await leader.text("/console/brakes/wm30/complaint")
        assert "听起来不满意" in await leader.text("/console/todos")
        assert "<h1>wm30 听起来不满意</h1>" in await leader.text(f"/console/complaints/{case.seq}")
    async with visiting(shop.bot, "wangfang") as other:
        assert (await other.post(f"{confirm}&kind=complaint")).status == 403
    async with visiting(shop.bot, "liming", leader="laoban") as member:
        page = await member.part(card)
        assert "疑似不满" in page
        assert "客户投诉过" not in page
        assert "听起来不满意" in await member.part("/sidebar/may?customer=wm30&scenario=holiday")
        assert "听起来不满意，等了" in await member.part("/sidebar/todo?customer=wm30")
        assert (await member.post(f"{confirm}&kind=opt_out")).status == 404
        for _ in range(2):
            assert (await member.post(f"{confirm}&kind=complaint")).status == 200
        page = await member.part(card)
        assert "疑似不满" not in page
        assert "客户投诉过" in page
        assert "投诉过" in await member.part("/sidebar/may?customer=wm30&scenario=holiday")
    (standing,) = await Brakes(database).standing(customer="wm30")
    assert (standing.who, standing.why) == ("liming", "说好上午送，现在四点了还没影")
    assert standing.since == case.at
    deeds = "SELECT who FROM audit WHERE act = 'brake.confirm.complaint' AND subject = 'wm30'"
    assert await shop.rows(deeds) == [{"who": "liming"}]
    async with visiting(shop.bot, "laoban", Role.LEADER) as leader:
        for path in (found, f"/console/complaints/{case.seq}"):
            assert "疑似不满" not in await leader.text(path), path
        assert "wm30" not in await leader.text(sounds)
        assert "确认是投诉" in await leader.text("/console/audit")


async def test_what_was_no_complaint_was_lifted_and_still_waited_for_an_answer(
    shop: Stage,
) -> None:
    await befriend(shop, "wm31", "阿明")
    await complain(shop, "wm31", "说好上午送，现在四点了还没影")
    lift, cases = {"why": "他在跟快递说话"}, Cases(shop.bot.office.database)
    async with visiting(shop.bot, "laoban", Role.LEADER) as leader:
        assert (await leader.post("/console/brakes/wm31/complaint", data=lift)).status == 200
        (closed,) = [one for one in await cases.closed(None) if one.customer == "wm31"]
        assert (closed.reason, closed.closed_by) == ("他在跟快递说话", "laoban")
        assert not closed.braked
        assert "疑似不满" in await leader.text("/console/complaints?state=closed")
        assert "疑似不满" not in await leader.text("/console/customers?words=wm31")
    assert await cases.of("wm31") is None
    await complain(shop, "wm31", "我要投诉你们")
    again = await cases.of("wm31")
    assert again is not None
    assert not again.sounds
    async with visiting(shop.bot, "laoban", Role.LEADER) as leader:
        assert (await leader.post("/console/brakes/wm31/complaint", data=lift)).status == 200
    assert await cases.of("wm31") is not None, "what they said is for a person to close"


async def test_a_later_sound_was_closed_when_what_was_said_was_lifted(shop: Stage) -> None:
    await befriend(shop, "wm32", "阿芳")
    said = BrakeStep(
        customer="wm32", kind=BrakeKind.COMPLAINT, active=True, who="liming", why="电话里投诉",
        at=shop.clock.timestamp() - 60,
    )  # fmt: skip
    assert await Brakes(shop.bot.office.database).turn(said)
    await complain(shop, "wm32", "说好上午送，现在四点了还没影")
    async with visiting(shop.bot, "laoban", Role.LEADER) as leader:
        lift = {"why": "已致歉"}
        assert (await leader.post("/console/brakes/wm32/complaint", data=lift)).status == 200
    case = await Cases(shop.bot.office.database).of("wm32")
    assert case is not None
    assert case.sounds
