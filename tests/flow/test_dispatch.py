"""From an event in the inbox to what is sent."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import Context, MessageReceived, Router
from bot.clock import ManualClock
from bot.events import (
    ArchiveConsented,
    Channel,
    ChatEntered,
    Event,
    SessionChanged,
    SessionEntered,
    StaffReplied,
    Unrecognised,
)
from bot.routing import Next
from bot.touch.policy import Via
from tests.databases import BOTH
from tests.engine import added, asked, decision, engine


async def test_a_question_gets_its_script_and_the_reason_is_kept(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(1)
        assert [message.script for message in parts.sent] == ["system/greeting_reply"]
        assert '"band":"answer"' in await decision(parts, "kf:1")
        rows = await parts.rows("SELECT state, attempts FROM message")
        assert rows == [{"state": 2, "attempts": 1}]


@pytest.mark.parametrize("store", BOTH)
async def test_three_deliveries_are_answered_once(tmp_path: Path, store: str) -> None:
    async with engine(tmp_path, store=store) as parts:
        event = asked(1, "你好", parts.clock)
        assert await parts.put(event) == [True]
        await parts.settled(1)
        assert await parts.put(event) == [False]
        assert await parts.put(event, event) == [False, False]
        await parts.settled(1)
        assert len(parts.sent) == 1


async def test_two_customers_added_in_one_second_are_both_welcomed(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        await parts.put(added(1, parts.clock, code="A"), added(2, parts.clock, code="B"))
        await parts.settled(2)
        assert sorted(message.speech.to for message in parts.sent) == ["A", "B"]
        assert {message.via for message in parts.sent} == {Via.WELCOME_CODE}


async def test_whoever_has_to_agree_to_the_archive_first_is_welcomed_then(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        clock = parts.clock
        about: Any = {"at": clock.now(), "member": "liming", "customer": "wm1"}
        first = ArchiveConsented(
            id="event:1", conversation="contact:liming:wm1", welcome_code="A", **about
        )
        await parts.put(first, replace(first, id="event:2", welcome_code=""))
        await parts.settled(2)
        assert [(one.via, one.speech.to) for one in parts.sent] == [(Via.WELCOME_CODE, "A")]
        assert "no welcome code" in await decision(parts, "event:2")


async def test_no_code_is_no_welcome_and_says_why(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        await parts.put(added(1, parts.clock, code=""))
        await parts.settled(1)
        assert parts.sent == []
        assert "no welcome code" in await decision(parts, "event:1")


async def test_a_welcome_too_late_becomes_a_todo_for_the_member(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        await parts.put(added(1, parts.clock, age_s=21))
        await parts.settled(1)
        assert [message.via for message in parts.sent] == [Via.STAFF_NOTICE]
        assert parts.sent[0].speech.to == "liming"
        assert '"rule":"expired"' in await decision(parts, "event:1")
        todos = await parts.rows("SELECT member, customer FROM todo WHERE done_at IS NULL")
        assert todos == [{"member": "liming", "customer": "wm1"}]


@pytest.mark.parametrize("store", BOTH)
async def test_a_person_who_serves_silences_the_bot_until_the_session_ends(
    tmp_path: Path,
    store: str,
) -> None:
    async with engine(tmp_path, store=store) as parts:
        clock, conversation = parts.clock, "kf:wk1:wm1"
        about: Any = {"at": clock.now(), "conversation": conversation, "account": "wk1"}
        await parts.put(asked(1, "我要投诉", clock))
        await parts.settled(1)
        assert {message.via for message in parts.sent} == {
            Via.SERVICE_SESSION,
            Via.SERVICE_TRANSFER,
            Via.STAFF_NOTICE,
        }
        parts.sent.clear()
        await parts.put(
            StaffReplied(id="kf:s", customer="wm1", servicer="liming", **about),
            asked(2, "你好", clock),
        )
        await parts.settled(3)
        assert parts.sent == []
        assert "a person is serving" in await decision(parts, "kf:2")
        await parts.put(SessionChanged(id="kf:e", customer="wm1", change=3, **about))
        await parts.put(asked(3, "你好", clock))
        await parts.settled(5)
        assert [message.script for message in parts.sent] == ["system/greeting_reply"]


@pytest.mark.parametrize("store", BOTH)
async def test_a_restart_remembers_who_is_being_served(tmp_path: Path, store: str) -> None:
    async with engine(tmp_path, store=store) as parts:
        await parts.put(asked(1, "转人工", parts.clock))
        await parts.settled(1)
    async with engine(tmp_path, store=store) as parts:
        await parts.put(asked(2, "你好", parts.clock))
        await parts.settled(2)
        assert parts.sent == []


async def test_five_messages_and_no_more_until_the_customer_writes(tmp_path: Path) -> None:
    router = Router("chatty")

    @router.on(MessageReceived)
    async def talk(event: MessageReceived, context: Context) -> None:
        for _ in range(7):
            await context.say("system/greeting_reply")

    async with engine(tmp_path, routers=[router]) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(1)
        assert len(parts.sent) == 5
        assert (await decision(parts, "kf:1")).count("kf_messages") == 2
        await parts.put(asked(2, "你好", parts.clock))
        await parts.settled(2)
        assert len(parts.sent) == 10


async def test_a_menu_of_yesterday_leads_to_a_person(tmp_path: Path) -> None:
    """The script behind the click may not be said any more; that must not be silence."""
    night = ManualClock(datetime(2026, 1, 1, 20, tzinfo=UTC))  # four in the morning at the shop
    async with engine(tmp_path, clock=night) as parts:
        await parts.put(asked(1, "人工", night, menu_id="system/handover"))
        await parts.settled(1)
        assert "system/handover_off_hours" in {message.script for message in parts.sent}
        assert Via.SERVICE_TRANSFER in {message.via for message in parts.sent}


async def test_what_nobody_handles_is_done_and_says_what_would_handle_it(tmp_path: Path) -> None:
    async with engine(tmp_path, routers=[]) as parts:
        at = parts.clock.now()
        strange = Unrecognised(id="u", at=at, conversation="corp", raw="<xml/>", reason="no Event")
        await parts.put(strange)
        await parts.settled(1)
        assert "@router.on(Unrecognised)" in await decision(parts, "u")


async def test_what_is_a_day_old_is_kept_and_not_acted_on(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        await parts.put(asked(1, "你好", parts.clock, channel=Channel.BOT, age_s=90_000))
        await parts.settled(1)
        assert parts.sent == []


async def test_a_late_question_gets_a_person(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        await parts.put(asked(1, "你好，怎么退货", parts.clock, age_s=1200))
        await parts.settled(1)
        assert "faq/return" not in [message.script for message in parts.sent]
        (todo,) = await parts.rows("SELECT words FROM todo")
        assert "怎么退货" in todo["words"], "whoever takes it reads what was asked"
        await parts.put(asked(2, "在吗", parts.clock, age_s=1100))
        await parts.settled(2)
        assert len(await parts.rows("SELECT id FROM todo")) == 1
        second = await decision(parts, "kf:2")
        assert "handed_over" not in second, "a person was called before: nobody is called now"
        assert "a person was called" in second


async def test_a_late_acknowledgement_calls_nobody(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        await parts.put(asked(1, "好的", parts.clock, age_s=1200))
        await parts.settled(1)
        assert parts.sent == []
        assert await parts.rows("SELECT id FROM todo") == []
        assert '"silent_zh"' in await decision(parts, "kf:1")


async def test_middleware_stands_around_and_may_stop(tmp_path: Path) -> None:
    seen: list[str] = []

    async def outer(event: Event, context: Context, proceed: Next) -> bool:
        seen.append("outer")
        return await proceed()

    async def guard(event: Event, context: Context, proceed: Next) -> bool:
        seen.append("guard")
        return event.id != "kf:2" and await proceed()

    async with engine(tmp_path, middlewares=[outer, guard]) as parts:
        await parts.put(asked(1, "你好", parts.clock), asked(2, "你好", parts.clock))
        await parts.settled(2)
        assert seen == ["outer", "guard"] * 2
        assert len(parts.sent) == 1
        assert "stopped_by_middleware" in await decision(parts, "kf:2")


async def test_a_middleware_without_its_return_was_said_to_have_stopped_what_was_answered(
    tmp_path: Path,
) -> None:
    async def forgetful(event: Event, context: Context, proceed: Next) -> None:
        await proceed()

    around: Any = forgetful
    async with engine(tmp_path, middlewares=[around]) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(1)
        assert len(parts.sent) == 1
        assert "stopped_by_middleware" not in await decision(parts, "kf:1")


async def test_entering_a_chat_is_greeted(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        at = parts.clock.now()
        kf = SessionEntered(
            id="kf:9", at=at, conversation="kf:wk1:wm1", account="wk1", customer="wm1",
            welcome_code="W",
        )  # fmt: skip
        bot = ChatEntered(id="bot:9", at=at, conversation="bot:a:u", account="a", user="u")
        await parts.put(kf, bot)
        await parts.settled(2)
        scripts = {message.via: message.script for message in parts.sent}
        assert scripts == {Via.SERVICE_CODE: "welcome/kf", Via.BOT_ENTER: "welcome/bot"}


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
async def test_order_is_kept_inside_a_conversation(plan: list[int]) -> None:
    """Whatever the handlers wait for in between."""
    router = Router("slow")
    heard: list[tuple[str, int]] = []

    @router.on(MessageReceived)
    async def hear(event: MessageReceived, context: Context) -> None:
        for _ in range(int(event.text) % 7):
            await asyncio.sleep(0)  # noqa: TID251 lets other lanes run
        heard.append((event.sender, int(event.text)))

    with TemporaryDirectory() as folder:
        async with engine(Path(folder), routers=[router]) as parts:
            events = [
                asked(number, str(number), parts.clock, customer=f"wm{customer}")
                for number, customer in enumerate(plan)
            ]
            await asyncio.gather(*(parts.put(event) for event in events))
            await parts.settled(len(plan))
    for customer in set(plan):
        numbers = [number for who, number in heard if who == f"wm{customer}"]
        assert numbers == [number for number, who in enumerate(plan) if who == customer]


async def test_an_internal_group_is_answered_where_it_asked(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        question = asked(
            1, "@小物 你好", parts.clock, channel=Channel.BOT, chat_id="wr1", reply_to="https://r"
        )
        await parts.put(question)
        await parts.settled(1)
        assert [(m.via, m.speech.to) for m in parts.sent] == [(Via.BOT_REPLY, "https://r")]
