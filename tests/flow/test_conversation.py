"""Several questions in a row: the answer depends on what was said before."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.context import Context
from bot.events import (
    Channel,
    ComplaintDue,
    MessageReceived,
    ReminderDue,
    SessionChanged,
    StaffReplied,
)
from bot.routing import Router
from bot.scripts.decision import Band, Decision, Match
from bot.touch.policy import Via
from tests.databases import BOTH
from tests.engine import added, asked, engine, say


async def test_what_a_script_asked_for_goes_to_a_person(tmp_path: Path) -> None:
    """The bot asked for it again and again, and nobody ever looked."""
    async with engine(tmp_path) as parts:
        first, second = await say(parts, "怎么选尺码", "身高165，110斤")
        assert first == "faq/size_pick"
        assert second == "system/handover+system/transfer"
        todos = await parts.rows("SELECT why, words FROM todo")
        assert todos[0]["why"] == "客户回复了我们要的信息"
        assert "身高165" in todos[0]["words"]


REPLY = "客户回复了我们要的信息"


async def test_a_new_question_is_no_reply_to_what_we_asked_for(tmp_path: Path) -> None:
    """店里可以带宠物吗 went to a person as the information that we had asked for."""
    unknown, wanted = "没有合适的话术", "想找真人"
    reasons = {
        "店里可以带宠物吗": unknown, "能带狗进店?": unknown, "那宠物呢": unknown,
        "你们有没有周末的手作课": unknown, "想在店里办手作课": unknown, "我要找真人": wanted,
        "张小姐": REPLY, "尺码M": REPLY, "明天下午": REPLY, "20261122334455": REPLY,
        "13812345678": REPLY, "单号SF1234567890123，能催吗": REPLY, "王芳 西湖区1号": REPLY,
    }  # fmt: skip
    async with engine(tmp_path) as parts:
        for number, text in enumerate(reasons):
            await say(parts, "什么时候发货", text, customer=f"wm{number}")
        todos = await parts.rows("SELECT customer, why FROM todo")
        whys = {todo["customer"]: todo["why"] for todo in todos}
        assert {text: whys.get(f"wm{n}") for n, text in enumerate(reasons)} == reasons


async def test_what_we_asked_for_is_past_when_a_person_was_there_or_after_days(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with engine(tmp_path, clock=clock) as parts:
        about: Any = {"at": clock.now(), "conversation": "kf:wk1:wm1", "account": "wk1"}
        await say(parts, "什么时候发货")
        await say(parts, "什么时候发货", customer="wm2")
        await parts.put(StaffReplied(id="s", customer="wm1", servicer="liming", **about))
        await parts.put(SessionChanged(id="e", customer="wm1", change=3, **about))
        await parts.settled(4)
        await say(parts, "想办个读书会")
        await clock.jump(clock.now() + timedelta(days=3))
        await say(parts, "想办个读书会", customer="wm2")
        todos = await parts.rows("SELECT why FROM todo")
        assert [todo["why"] for todo in todos] == ["没有合适的话术"] * 2


async def test_another_question_in_between_is_answered(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        assert (await say(parts, "怎么选尺码", "好的", "包邮吗"))[1:] == ["", "faq/ship_fee"]


async def test_an_order_number_reaches_a_person(tmp_path: Path) -> None:
    """It was taken for a message without words, and met with silence."""
    for number, text in enumerate(("20261122334455", "订单20261122334455", "https://a.example/b")):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with engine(folder) as parts:
            assert await say(parts, text) == ["system/handover+system/transfer"]


async def test_a_number_picks_from_the_menu(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        menu, picked = await say(parts, "怎么退换货", "2")
        assert menu == "system/menu_head"
        offered = [key for key, _ in parts.sent[0].speech.menu]
        assert picked == offered[1]
        nothing = await say(parts, "2")  # the menu is gone by now
        assert nothing != offered[1:2]


async def test_the_title_of_an_item_picks_it_too(tmp_path: Path) -> None:
    """It is what a click sends, and what people copy."""
    async with engine(tmp_path) as parts:
        await say(parts, "怎么退换货")
        script, title = parts.sent[0].speech.menu[0]
        assert await say(parts, title) == [script]


@pytest.mark.parametrize("said", ["都不是，请人工", "3", "不是这个"])
async def test_the_last_item_of_a_menu_calls_a_person(tmp_path: Path, said: str) -> None:
    async with engine(tmp_path) as parts:
        menu, called = await say(parts, "怎么退换货", said)
        assert [title for _, title in parts.sent[0].speech.menu][-1] == "都不是，请人工"
        assert (menu, called) == ("system/menu_head", "system/handover+system/transfer")
        (todo,) = await parts.rows("SELECT why FROM todo")
        assert todo["why"] == "菜单里没有客户要问的"


async def test_one_question_alone_is_asked_with_a_way_out(tmp_path: Path) -> None:
    """The other one was answered just before."""
    async with engine(tmp_path) as parts:
        assert await say(parts, "怎么退货", "怎么退换货") == ["faq/return_how", "system/menu_head"]
        assert [key for key, _ in parts.sent[-1].speech.menu] == ["faq/exchange", "none"]


async def test_a_question_or_another_wish_is_no_answer_to_what_was_asked_of_them(
    tmp_path: Path,
) -> None:
    async with engine(tmp_path) as parts:
        assert (await say(parts, "什么时候发货", "怎么退换货"))[1] == "system/menu_head"
        for customer, wish, called in (("wm2", "我想办个会员", False), ("wm3", "想换成L码", True)):
            said = await say(parts, "下单后能换颜色吗", wish, customer=customer)
            assert ("handover" in said[1]) is called


async def test_after_a_menu_its_only_item_that_comes_close_is_meant(tmp_path: Path) -> None:
    router, meant = Router("menu"), list[str]()

    def close(*scripts: str, band: Band = "ask") -> Decision:
        found = (Match(script_id=s, score=0.6, tier="similar", example="") for s in scripts)
        return Decision(
            band=band, bar="answer", candidates=tuple(found), normalised="",
            reason_zh="", reason_en="",
        )  # fmt: skip

    @router.on(MessageReceived)
    async def ask(event: MessageReceived, context: Context) -> None:
        if not meant:
            meant.append(context.meant(close("faq/refund")))
            await context.ask(close("faq/refund", "faq/return_how"))
            return
        meant.append(context.meant(close("faq/invoice", "faq/return_how")))
        meant.append(context.meant(close("faq/refund", "faq/return_how")))
        meant.append(context.meant(close("faq/return_how", band="handover")))

    async with engine(tmp_path, routers=[router]) as parts:
        await say(parts, "退的事", "就是怎么退")
        assert meant == ["", "faq/return_how", "", ""]


async def test_a_menu_survives_a_restart(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        await say(parts, "怎么退换货")
        offered = [key for key, _ in parts.sent[0].speech.menu]
    async with engine(tmp_path) as parts:
        assert await say(parts, "1") == offered[:1]


async def test_a_to_do_is_done_when_a_person_came(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        clock = parts.clock
        about: Any = {"at": clock.now(), "conversation": "kf:wk1:wm1", "account": "wk1"}
        await say(parts, "转人工")
        await parts.put(asked("other", "转人工", clock, customer="wm2"))
        await parts.settled(2)
        assert len(await parts.rows("SELECT id FROM todo WHERE done_at IS NULL")) == 2
        taken = SessionChanged(id="t", customer="wm1", change=1, new_servicer="liming", **about)
        await parts.put(taken)
        await parts.settled(3)
        left = await parts.rows("SELECT customer FROM todo WHERE done_at IS NULL")
        assert left == [{"customer": "wm2"}]


@pytest.mark.parametrize("store", BOTH)
async def test_a_word_in_the_chat_does_not_do_what_was_promised(
    tmp_path: Path, store: str
) -> None:
    """With the message archive a colleague's 好的 closed reminders and to-dos of plans as well."""
    async with engine(tmp_path, store=store) as parts:
        clock = parts.clock
        about: Any = {"at": clock.now(), "conversation": "contact:liming:wm1", "customer": "wm1"}
        await parts.put(
            ReminderDue(id="r", member="liming", words="报价", who="", why="提醒", **about),
            added(1, clock, age_s=21),  # too late to be welcomed by the bot
        )
        await parts.settled(2)
        assert len(await parts.rows("SELECT id FROM todo")) == 2
        await parts.put(StaffReplied(id="s", account="liming", servicer="liming", **about))
        await parts.settled(3)
        left = await parts.rows("SELECT words FROM todo WHERE done_at IS NULL")
        assert [todo["words"] for todo in left] == ["报价"]


@pytest.mark.parametrize("store", BOTH)
async def test_a_welcome_that_the_archive_tells_did_a_to_do_that_nobody_had_done(
    tmp_path: Path, store: str
) -> None:
    """It comes as its member's own words, and so does what they confirm for many."""
    async with engine(tmp_path, store=store) as parts:
        clock = parts.clock
        about: Any = {"at": clock.now(), "conversation": "contact:liming:wm1", "customer": "wm1"}
        await parts.put(added(1, clock, age_s=21))  # too late to be welcomed by the bot
        await parts.settled(1)
        await parts.rows(
            "INSERT INTO message (id, event_id, conversation, via, script, body, urgent, "
            "created_at, due_at, attempts, state) VALUES ('m', 'e', 'contact:liming:wm1', "
            """'welcome_code', 'welcome/first', '{"text": "您好呀"}', TRUE, 1, 1, 1, 2)"""
        )
        for number, (text, left) in enumerate((("您好呀", 1), ("我是李明，刚才在忙", 0)), 2):
            await parts.put(
                StaffReplied(
                    id=f"s{number}", account="liming", servicer="liming", text=text, **about
                )
            )
            await parts.settled(number)
            found = await parts.rows("SELECT id FROM todo WHERE done_at IS NULL")
            assert len(found) == left, text


@pytest.mark.parametrize("sounds", [True, False])
async def test_who_complained_was_told_as_displeased_when_their_last_words_only_sounded_so(
    tmp_path: Path, sounds: bool
) -> None:
    """The leader was told of the same case as a complaint."""
    async with engine(tmp_path) as parts:
        at = parts.clock.now()
        for late in (False, True):
            await parts.put(
                ComplaintDue(
                    id=f"c{late}", at=at, conversation="contact:liming:wm1", case=1, late=late,
                    customer="wm1", member="liming", words="等了一下午也没人上门", sounds=sounds,
                    minutes=30,
                )
            )  # fmt: skip
        await parts.settled(2)
        todos = await parts.rows("SELECT words FROM todo")
        assert len(todos) == 2
        assert {"听起来不满意" in todo["words"] for todo in todos} == {sounds}


async def test_from_2038_on_postgres_took_no_word_of_a_member(tmp_path: Path) -> None:
    """It held the moment of a reply for one of few digits, and cut off its fractions till then."""
    async with engine(tmp_path, store="postgres") as parts:
        about: Any = {"at": datetime(2040, 1, 1, tzinfo=UTC), "customer": "wm1"}
        await parts.put(
            StaffReplied(
                id="s", account="liming", servicer="liming", text="在的",
                conversation="contact:liming:wm1", **about,
            )
        )  # fmt: skip
        await parts.settled(1)


async def test_the_reason_tells_whether_the_person_has_come(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        about: Any = {"at": parts.clock.now(), "conversation": "kf:wk1:wm1", "account": "wk1"}
        await say(parts, "转人工", "在吗")
        await parts.put(StaffReplied(id="s", customer="wm1", servicer="liming", **about))
        await say(parts, "在吗")
        rows = await parts.rows("SELECT decision FROM event ORDER BY seq")
        assert "has not come yet" in rows[1]["decision"]
        assert "is serving" in rows[3]["decision"]


async def test_a_notice_carries_the_number_of_its_to_do(tmp_path: Path) -> None:
    clock = ManualClock()
    async with engine(tmp_path, clock=clock) as parts:
        await say(parts, "转人工")
        notice = next(message for message in parts.sent if message.via is Via.STAFF_NOTICE)
        assert await parts.rows("SELECT id FROM todo") == [{"id": notice.id}]


async def test_colleagues_are_not_spoken_to_like_customers(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        group: Any = {"channel": Channel.BOT, "customer": "liming", "reply_to": "https://r"}
        said = await say(parts, "明天谁值班", chat_id="wr1", **group)
        assert said == ["system/handover_bot"]
        todos = await parts.rows("SELECT words FROM todo")
        assert "小李" in todos[0]["words"]


async def test_a_colleague_who_wants_a_person_is_not_told_that_the_bot_is_not_sure(
    tmp_path: Path,
) -> None:
    async with engine(tmp_path) as parts:
        alone: Any = {"channel": Channel.BOT, "customer": "liming", "reply_to": "https://r"}
        assert await say(parts, "转人工", **alone) == ["system/handover_bot"]
        told = [str(message.speech) for message in parts.sent] + [
            todo["words"] for todo in await parts.rows("SELECT words FROM todo")
        ]
        assert len(told) >= 2
        assert not [words for words in told if "把握" in words or "答不上来" in words]


async def test_whoever_was_alone_on_duty_and_asked_was_promised_a_colleague_whom_nobody_told(
    tmp_path: Path,
) -> None:
    async with engine(tmp_path) as parts:
        alone: Any = {"channel": Channel.BOT, "customer": "wangfang", "reply_to": "https://r"}
        assert await say(parts, "转人工", **alone) == ["system/handover_bot"]
        told = [one.speech.to for one in parts.sent if one.via is Via.STAFF_NOTICE]
        assert told == ["wangfang"]


async def test_a_few_words_are_read_after_what_was_said(tmp_path: Path) -> None:
    """那运费呢 was answered with the fee of what we send, whatever had been talked about."""
    async with engine(tmp_path) as parts:
        assert await say(parts, "怎么退货", "对了，运费呢") == ["faq/return_how", "faq/return_fee"]
        other: Any = {"customer": "wm2"}
        assert await say(parts, "怎么换货", "那运费呢？", **other) == [
            "faq/exchange", "faq/exchange_fee",
        ]  # fmt: skip
        faulty: Any = {"customer": "wm5"}
        assert (await say(parts, "质量有问题", "运费呢", **faulty))[1] == "faq/return_fee"
        for customer, alone in (("wm4", "运费谁出"), ("wm6", "运费")):
            said = await say(parts, "怎么换货", alone, customer=customer)
            assert said == ["faq/exchange", "faq/exchange_fee"]
        told: Any = {"customer": "wm7"}
        said = await say(parts, "我想退款", "还没发货", **told)
        assert said[1] == "system/handover+system/transfer"  # got when we send
        last = await parts.rows("SELECT decision FROM event ORDER BY seq DESC LIMIT 1")
        assert '"bar":"said"' in last[0]["decision"]  # and not for an error of ours
        third: Any = {"customer": "wm3"}
        said = await say(parts, "那运费呢", "几天到呢", "包邮吗", **third)
        assert said == ["faq/ship_fee", "faq/ship_arrive", "faq/ship_fee"]
        again: Any = {"customer": "wm8"}
        said = await say(parts, "能开发票吗", "那专票呢", **again)  # got the same words again
        assert said == ["faq/invoice", "system/handover+system/transfer"]
        told = {"customer": "wm9"}
        said = await say(parts, "东西有瑕疵", "衣服破了个洞", **told)  # was asked for it again
        assert said == ["faq/quality", "system/handover+system/transfer"]


async def test_a_fault_that_was_asked_for_opened_a_complaint(tmp_path: Path) -> None:
    """What is wrong sounds displeased whoever tells it."""
    async with engine(tmp_path) as parts:
        said = await say(parts, "东西有瑕疵", "袖口的线全开了，才穿了两回")
        assert said == ["faq/quality", "system/handover+system/transfer"]
        assert not await parts.rows("SELECT id FROM customer WHERE braked_at IS NOT NULL")
        said = await say(parts, "袖口的线全开了，才穿了两回", customer="wm2")
        assert said == ["system/complaint+system/transfer"]
