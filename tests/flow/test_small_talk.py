"""Greetings, thanks and chat; a menu that is declined; several questions in one message."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from bot.clock import ManualClock
from bot.context import Context
from bot.events import Channel, MessageReceived
from bot.reasons import explain
from bot.routing import Router
from bot.store.database import opened
from bot.store.scripts.unanswered import unanswered
from bot.touch.policy import Via
from tests.engine import asked, engine, say, workspace

GROUP: Any = {"channel": Channel.BOT, "customer": "liming", "reply_to": "https://r"}


async def test_a_greeting_that_no_script_is_written_for_is_returned(tmp_path: Path) -> None:
    """Whoever says no more than 有空吗 was met with a person, or with silence."""
    async with engine(tmp_path) as parts:
        assert await say(parts, "有空吗") == ["system/greeting_reply"]
        assert await say(parts, "有空吗", **GROUP) == ["system/greeting_reply_bot"]
        assert await parts.rows("SELECT id FROM todo") == []


async def test_thanks_get_a_word_where_there_is_one_and_never_a_person(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        assert await say(parts, "非常感谢你的耐心解答") == ["chat/thanks"]
        assert await say(parts, "[OK]", "嗯嗯") == ["", ""]
        # the bot has asked for something: what comes next is for a person
        assert (await say(parts, "怎么选尺码", "非常感谢你的耐心解答"))[1] == ""
        assert await say(parts, "165，110斤") == ["system/handover+system/transfer"]


async def test_small_talk_calls_a_person_only_when_it_goes_on(tmp_path: Path) -> None:
    """Each joke pestered whoever was on duty."""
    async with engine(tmp_path) as parts:
        first, again = await say(parts, "给我讲个笑话吧", "你喜欢我吗")
        assert (first, again) == ("system/fallback", "system/handover+system/transfer")
        other = {"customer": "wm2"}
        said = await say(parts, "给我讲个笑话吧", "包邮吗", "你喜欢我吗", **other)
        assert said == ["system/fallback", "faq/ship_fee", "system/fallback"]


async def test_colleagues_who_chat_with_the_bot_call_nobody(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        said = await say(parts, "给我讲个笑话吧", "你喜欢我吗", **GROUP)
        assert said == ["system/fallback", "system/fallback"]


async def test_whoever_is_on_duty_gets_no_notice_of_their_own_question(tmp_path: Path) -> None:
    settings = workspace(tmp_path)
    duty = replace(settings.duty, members=("wangfang", "liming"))
    async with engine(tmp_path, settings=replace(settings, duty=duty)) as parts:
        for member in ("WangFang", "liming"):
            await say(parts, "我要投诉", channel=Channel.APP, customer=member)
        told = [one.speech.to for one in parts.sent if one.via is Via.STAFF_NOTICE]
        assert told == ["liming", "wangfang"]
        assert len(await parts.rows("SELECT id FROM todo")) == 2


async def test_the_bot_s_own_name_is_no_part_of_what_is_said(tmp_path: Path) -> None:
    """@小话 谢谢啦 called a person: nobody thanks 小话谢谢啦."""
    async with engine(tmp_path) as parts:
        said = await say(parts, "@小话 谢谢啦", "@小话 [强]", "@小话 好的收到 ", **GROUP)
        assert said == ["chat/thanks", "", ""]


async def test_whoever_wants_nothing_of_the_menu_gets_a_person(tmp_path: Path) -> None:
    """都不是 was taken for an acknowledgement."""
    async with engine(tmp_path) as parts:
        assert await say(parts, "都不是") == [""]  # of what?
        menu, declined = await say(parts, "怎么退换货", "都不是")
        assert (menu, declined) == ("system/menu_head", "system/handover+system/transfer")
        todos = await parts.rows("SELECT words FROM todo")
        assert "怎么退换货" in todos[0]["words"]


async def test_a_menu_is_not_shown_twice_in_a_row(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        menu, again = await say(parts, "怎么退换货", "怎么退换货")
        assert (menu, again) == ("system/menu_head", "system/handover+system/transfer")
        # an answer is: they may not have seen it, or ask again tomorrow
        said = await say(parts, "怎么退货", "怎么退货", customer="wm2")
        assert said == ["faq/return_how", "faq/return_how"]


async def test_a_menu_offers_nothing_that_nobody_would_ask(tmp_path: Path) -> None:
    """客户道谢, it said, as if that were a question."""
    async with engine(tmp_path) as parts:
        await say(parts, "谢谢你的衣服")
        assert [item for message in parts.sent for item in message.speech.menu] == []


async def test_two_questions_get_two_answers_in_their_order(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        assert await say(parts, "运费多少？另外会员日是哪天") == ["faq/ship_fee+news/member_day"]
        assert all(message.speech.text for message in parts.sent)


async def test_where_one_message_is_all_there_is_both_stand_in_it(tmp_path: Path) -> None:
    """A smart bot may answer a message once."""
    async with engine(tmp_path) as parts:
        assert await say(parts, "运费多少？另外会员日是哪天", **GROUP) == ["faq/ship_fee"]
        fee, day = parts.sent[0].speech.text.split("\n\n")
        assert "包邮" in fee
        assert "会员" in day
        rows = await parts.rows("SELECT decision FROM event")
        assert '"together":["faq/ship_fee","news/member_day"]' in rows[0]["decision"]


async def test_what_is_left_of_a_message_is_named_and_goes_to_a_person(tmp_path: Path) -> None:
    """One of three questions was dropped: neither answered nor named, and nobody was told."""
    async with engine(tmp_path) as parts:
        said = await say(parts, "包邮吗？几点开门？你们老板是哪里人？")
        assert said == ["faq/ship_fee+faq/store_hours+system/left+system/transfer"]
        assert "「你们老板是哪里人」" in parts.sent[2].speech.text
        [todo] = await parts.rows("SELECT words FROM todo")
        assert "你们老板是哪里人" in todo["words"]
        [row] = await parts.rows("SELECT decision FROM event")
        assert explain("MessageReceived", {}, orjson.loads(row["decision"])).zh == (
            "请人接待：客户问了几件事，这件没答「你们老板是哪里人」"
        )
        missed = await unanswered(opened(), 0.0)
        assert [one.text for one in missed] == ["你们老板是哪里人"], "by the console too"


async def test_one_question_beside_one_that_is_not_sure_is_answered_too(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        said = await say(parts, "怎么退货？你们老板是哪里人？")
        assert said == ["faq/return_how+system/left+system/transfer"]


async def test_one_question_that_is_left_and_comes_close_gets_a_menu(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        said, declined = await say(parts, "尺码偏大吗 能不能到店试 几点关门", "都不是")
        assert said == "faq/store_hours+faq/size_accurate+system/menu_head"
        menu = parts.sent[2].speech
        assert "「能不能到店试」" in menu.text
        assert menu.menu[0][0] == "faq/store_try"
        assert declined == "system/handover+system/transfer"
        [todo] = await parts.rows("SELECT words FROM todo")
        assert "能不能到店试" in todo["words"]
        assert "尺码" not in todo["words"]


async def test_a_bot_names_what_is_left_in_its_one_message(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        await say(parts, "包邮吗？你们老板是哪里人？", **GROUP)
        [reply] = [one for one in parts.sent if one.via is Via.BOT_REPLY]
        assert "包邮" in reply.speech.text
        assert "「你们老板是哪里人」" in reply.speech.text
        assert len(await parts.rows("SELECT id FROM todo")) == 1


async def test_answers_that_no_longer_fit_into_the_five_call_a_person(tmp_path: Path) -> None:
    """They were refused, and nobody was told."""
    settings = workspace(tmp_path)
    settings = replace(settings, platform=replace(settings.platform, kf_messages=2))
    async with engine(tmp_path, settings=settings) as parts:
        [said] = await say(parts, "包邮吗？几点开门？怎么退货？")
        assert said == "faq/ship_fee+faq/store_hours+system/transfer"
        assert len(await parts.rows("SELECT id FROM todo")) == 1


async def test_a_menu_of_one_question_asks_whether_it_is_meant(tmp_path: Path) -> None:
    """您是想问：1. …, and nothing else to choose."""
    async with engine(tmp_path) as parts:
        menu, yes = await say(parts, "双十一还发货吗", "是的")
        assert (menu, yes) == ("system/menu_head", "faq/ship_dayoff")
        head = parts.sent[0].speech
        assert (head.text, head.menu[-1]) == ("您是想问这个吗？", ("none", "不是，请人工"))
        no = (await say(parts, "双十一还发货吗", "不是，请人工", customer="wm2"))[-1]
        assert no == "system/handover+system/transfer"


async def test_what_asks_something_in_return_is_said_last(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        said = await say(parts, "怎么选尺码？包邮吗？", "165，110斤")
        assert said == ["faq/ship_fee+faq/size_pick", "system/handover+system/transfer"]


async def test_a_complaint_is_not_kept_waiting_for_more(tmp_path: Path) -> None:
    clock, router, heard = ManualClock(), Router("hear"), list[str]()

    @router.on(MessageReceived)
    async def hear(event: MessageReceived, context: Context) -> None:
        heard.append(event.text)

    settings = workspace(tmp_path, quiet_s=2.0)
    async with engine(tmp_path, routers=[router], clock=clock, settings=settings) as parts:
        for number, text in enumerate(("我要投诉你们", "转人工", "第二个")):

            async def taken_up() -> bool:
                return parts.dispatcher.held == 1

            await parts.put(asked(number, text, clock, customer=f"wm{number}"))
            await parts.until(taken_up)
            await clock.advance(2)
            await parts.settled(number + 1)
            assert heard[-1] == text


async def test_good_wishes_are_returned_and_looking_for_something_calls_nobody(
    tmp_path: Path,
) -> None:
    """新年快乐 was told 这句我没太明白, and 好的我问问 rang a colleague."""
    async with engine(tmp_path) as parts:
        assert await say(parts, "新年快乐", "祝你们生意兴隆") == ["chat/wishes"] * 2
        assert await say(parts, "显示签收但没收到", "好的我问问") == ["faq/ship_lost", ""]
        assert await say(parts, "这个多少钱") == ["faq/price"]
