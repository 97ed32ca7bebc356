"""From an event in the inbox to what is sent."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import Context, CustomerAdded, MessageReceived, Router, Texts, has_text
from bot.clock import ManualClock
from bot.desk import Key
from bot.errors import BotError
from bot.events import (
    ArchiveConsented,
    Channel,
    ChatEntered,
    Event,
    SessionChanged,
    SessionEntered,
    StaffReplied,
    TouchDue,
    Unrecognised,
)
from bot.reasons import explain
from bot.routing import Next, Routes
from bot.touch.policy import Via
from tests.databases import BOTH
from tests.engine import Engine, added, asked, engine, workspace

CLOCK = ManualClock()


async def decision(parts: Engine, event_id: str) -> str:
    rows = await parts.rows(f"SELECT decision FROM event WHERE id = '{event_id}'")
    return str(rows[0]["decision"])


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


def taken_up(parts: Engine, events: int) -> Callable[[], Awaitable[bool]]:
    """So many messages wait for the rest of a question."""

    async def happened() -> bool:
        return parts.dispatcher.held == events

    return happened


async def test_pieces_of_one_question_get_one_answer(tmp_path: Path) -> None:
    clock = ManualClock()
    settings_ = workspace(tmp_path, quiet_s=2.0)
    router = Router("echo")
    heard: list[MessageReceived] = []

    @router.on(MessageReceived)
    async def hear(event: MessageReceived, context: Context) -> None:
        heard.append(event)
        await context.say("system/greeting_reply")

    async with engine(tmp_path, routers=[router], clock=clock, settings=settings_) as parts:
        for number, text in enumerate(("你好", "想问下", "怎么退货")):
            await parts.put(asked(number, text, clock))
            await parts.until(taken_up(parts, number + 1))
            await clock.advance(1.5)
        assert heard == []
        await clock.advance(2)
        await parts.settled(3)
        assert [event.text for event in heard] == ["你好\n想问下\n怎么退货"]
        assert heard[0].fragments == ("kf:0", "kf:1", "kf:2")
        assert len(parts.sent) == 1


async def test_what_nothing_answers_yet_is_given_more_time(tmp_path: Path) -> None:
    """People pause for three seconds in the middle of a question."""
    clock, router, heard = ManualClock(), Router("hear"), list[str]()

    @router.on(MessageReceived)
    async def hear(event: MessageReceived, context: Context) -> None:
        heard.append(event.text)

    settings_ = workspace(tmp_path, quiet_s=2.0)
    async with engine(tmp_path, routers=[router], clock=clock, settings=settings_) as parts:
        for number, text in enumerate(("我上周买的", "那件毛衣", "怎么退货")):
            await parts.put(asked(number, text, clock))
            await parts.until(taken_up(parts, number + 1))
            await clock.advance(4 if number < 2 else 6)
        await parts.settled(3)
        assert heard == ["我上周买的\n那件毛衣\n怎么退货"]
        await parts.put(asked(3, "怎么退货", clock))  # this needs no patience
        await parts.until(taken_up(parts, 1))
        await clock.advance(2)
        await parts.settled(4)
        assert heard[-1] == "怎么退货"


async def test_nobody_is_waited_for_without_end(tmp_path: Path) -> None:
    clock, router, heard = ManualClock(), Router("hear"), list[MessageReceived]()

    @router.on(MessageReceived)
    async def hear(event: MessageReceived, context: Context) -> None:
        heard.append(event)

    settings_ = workspace(tmp_path, quiet_s=2.0, top="fragments_max_s = 10")
    async with engine(tmp_path, routers=[router], clock=clock, settings=settings_) as parts:
        for number in range(3):
            await parts.put(asked(number, "还有", clock))
            await parts.until(taken_up(parts, number + 1))
            await clock.advance(3.5)
        await parts.settled(3)
        assert [event.fragments for event in heard] == [("kf:0", "kf:1", "kf:2")]


async def test_pieces_survive_a_restart_in_the_middle(tmp_path: Path) -> None:
    settings_ = workspace(tmp_path, quiet_s=60.0)
    async with engine(tmp_path, settings=settings_) as parts:
        await parts.put(asked(1, "你", parts.clock), asked(2, "好", parts.clock))
    async with engine(tmp_path, settings=workspace(tmp_path)) as parts:
        await parts.settled(2)
        assert len(await parts.rows("SELECT id FROM event WHERE state = 1")) == 2


async def test_a_handler_that_fails_gives_the_customer_a_person(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    router = Router("broken")

    @router.on(MessageReceived)
    async def fail(event: MessageReceived, context: Context) -> None:
        await context.say("system/greeting_reply")
        if event.text == "机密的话":
            raise RuntimeError(event.text)
        if event.text == "你好":
            context[Key[str]("orders")]
        await context.say("system/handover_todo")  # which prints what is not given

    async with engine(tmp_path, routers=[router]) as parts:
        await parts.put(asked(1, "机密的话", parts.clock))
        await parts.settled(1)
        assert "system/greeting_reply" not in [message.script for message in parts.sent]
        assert parts.sessions["kf:wk1:wm1"].sent == 1  # only the line about the person
        todos = await parts.rows("SELECT why FROM todo")
        assert todos == [{"why": "程序处理这条消息时出错"}]
        (row,) = await parts.rows("SELECT decision FROM event")
        told = explain("MessageReceived", {}, orjson.loads(row["decision"]))
        assert told.en.startswith("the handler failed at test_dispatch.py:")
        await parts.put(asked(2, "你好", parts.clock, customer="wm2"))
        await parts.settled(2)
        await parts.put(asked(3, "机密的", parts.clock, customer="wm3"))
        await parts.settled(3)
    assert "机密的" not in caplog.text
    assert "a handler failed: RuntimeError" in caplog.text
    assert "no service 'orders': let `services` in handlers/__init__.py yield it" in caplog.text
    # Of a gap ScriptError was told, at three lines of ours: neither the name nor the handler
    assert "handover_todo: the words cannot be filled in: 'why' is undefined" in caplog.text
    assert "< test_dispatch.py:" in caplog.records[-1].__dict__["at"]


async def test_a_touch_whose_handler_failed_counted_as_sent_when_its_member_was_told(
    tmp_path: Path,
) -> None:
    router = Router("broken")

    @router.on(TouchDue)
    async def fail(event: TouchDue, context: Context) -> None:
        raise RuntimeError("a bug")

    async with engine(tmp_path, routers=[router]) as parts:
        await parts.journal.rows(
            "INSERT INTO touch (plan, customer, slot, scenario, script, due_at, deadline, state)"
            " VALUES ('festival', 'wm1', '1', 3, 's', 0, 0, 1) RETURNING seq"
        )
        now = parts.clock.now()
        due = TouchDue(
            id="touch:1:0", at=now, conversation="kf:wk1:wm1", plan="festival", slot="1",
            customer="wm1", member="liming", scenario="holiday", script="s",
            via="service_session", account="wk1", deadline=now,
        )  # fmt: skip
        await parts.put(due)
        await parts.settled(1)
        assert [message.via for message in parts.sent] == [Via.STAFF_NOTICE]
        touches = await parts.rows("SELECT state, rule, zh FROM touch")
        assert touches == [{"state": 4, "rule": "not_said", "zh": "程序出错"}]


async def test_a_handler_that_hangs_is_interrupted_and_a_person_called(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    router, clock = Router("slow"), ManualClock()

    @router.on(MessageReceived, Texts("等"))
    async def hang(event: MessageReceived, context: Context) -> None:
        await asyncio.Event().wait()

    @router.on(MessageReceived)
    async def greet(event: MessageReceived, context: Context) -> None:
        await context.say("system/greeting_reply")

    async with engine(tmp_path, routers=[router], clock=clock) as parts:
        await parts.put(asked(1, "等", clock), asked(2, "你好", clock))

        async def told() -> bool:
            await clock.advance(20)
            return bool(await parts.rows("SELECT id FROM todo"))

        await parts.until(told)
        await parts.settled(2)
        assert "a handler failed: CancelledError (longer than 30 s?)" in caplog.text
        assert "system/greeting_reply" not in [message.script for message in parts.sent]
        await parts.put(asked(3, "你好", clock, customer="wm2"))  # the lanes work on
        await parts.settled(3)
        assert parts.sent[-1].script == "system/greeting_reply"


@pytest.mark.parametrize("interrupted", [True, False])
async def test_the_program_ends_though_a_handler_is_in_no_hurry(
    tmp_path: Path, interrupted: bool
) -> None:
    """Told to end while a handler that was interrupted cleaned up, or in one that catches the word
    to end, it lived on until it was killed."""
    router, clock = Router("slow"), ManualClock()
    begun, cleaning = asyncio.Event(), asyncio.Event()

    @router.on(MessageReceived)
    async def hang(event: MessageReceived, context: Context) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if interrupted:
                cleaning.set()
                await asyncio.Event().wait()

    async def live() -> None:
        async with engine(tmp_path, routers=[router], clock=clock) as parts:
            await parts.put(asked(1, "等", clock))
            await begun.wait()

            async def told() -> bool:
                await clock.advance(20)
                return cleaning.is_set()

            if interrupted:
                await parts.until(told)

    ended, _ = await asyncio.wait({asyncio.ensure_future(live())}, timeout=60)
    assert ended


async def test_a_handler_that_waits_for_what_was_cancelled_ends_no_lane(tmp_path: Path) -> None:
    """It was taken for the end of the program: whoever shared that lane had no answer any more."""
    router = Router("cancelled")

    @router.on(MessageReceived, Texts("断"))
    async def wait_in_vain(event: MessageReceived, context: Context) -> None:
        given_up = asyncio.get_running_loop().create_future()
        given_up.cancel()
        await given_up

    @router.on(MessageReceived)
    async def greet(event: MessageReceived, context: Context) -> None:
        await context.say("system/greeting_reply")

    async with engine(tmp_path, routers=[router]) as parts:
        await parts.put(asked(1, "断", parts.clock), asked(2, "你好", parts.clock))
        await parts.settled(2)
        assert len(await parts.rows("SELECT id FROM todo")) == 1


async def test_no_mistake_of_a_handler_stops_the_engine(tmp_path: Path) -> None:
    """Nor what cannot be written down, nor a missing script in the apology itself."""
    router = Router("strange")

    @router.on(MessageReceived)
    async def explain(event: MessageReceived, context: Context) -> None:
        context.explain(numbers={1, 2}, itself=context)
        await context.say("system/greeting_reply")

    @router.on(CustomerAdded)
    async def unknown(event: CustomerAdded, context: Context) -> None:
        await context.say("no/such/script")

    async with engine(tmp_path, routers=[router]) as parts:
        await parts.put(asked(1, "你好", parts.clock), added(1, parts.clock))
        await parts.settled(2)
        assert "system/greeting_reply" in [message.script for message in parts.sent]
        assert '"failed":true' in await decision(parts, "event:1")
        assert await parts.rows("SELECT member FROM todo") == [{"member": "liming"}]


async def test_a_click_does_not_overtake_what_was_typed_before(tmp_path: Path) -> None:
    settings_ = workspace(tmp_path, quiet_s=60.0)
    router, heard = Router("hear"), list[str]()

    @router.on(MessageReceived)
    async def hear(event: MessageReceived, context: Context) -> None:
        heard.append(event.text)

    async with engine(tmp_path, routers=[router], settings=settings_) as parts:
        await parts.put(asked(1, "第一", parts.clock))
        await parts.put(asked(2, "第二", parts.clock, menu_id="faq/x"))
        await parts.settled(2)
        assert heard == ["第一", "第二"]


async def test_people_in_a_group_type_each_for_themselves(tmp_path: Path) -> None:
    settings_ = workspace(tmp_path, quiet_s=1.0, more="bot = 1.0")
    router, heard = Router("hear"), list[str]()

    @router.on(MessageReceived)
    async def hear(event: MessageReceived, context: Context) -> None:
        heard.append(event.text)

    clock = ManualClock()
    async with engine(tmp_path, routers=[router], settings=settings_, clock=clock) as parts:
        for number, member in enumerate(("a", "b", "a")):
            event = asked(number, f"{member}说", clock, customer=member, channel=Channel.BOT)
            await parts.put(replace(event, conversation="bot:wk1:group"))
        await parts.until(taken_up(parts, 3))
        await clock.advance(7)
        await parts.settled(3)
        assert sorted(heard) == ["a说\na说", "b说"]


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


async def test_a_service_that_was_not_given_is_a_clear_error(tmp_path: Path) -> None:
    orders = Key[dict[str, str]]("orders")
    router = Router("orders")
    errors: list[BotError] = []

    @router.on(MessageReceived)
    async def look_up(event: MessageReceived, context: Context) -> None:
        try:
            context[orders]
        except BotError as error:
            errors.append(error)

    async with engine(tmp_path, routers=[router]) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(1)
    assert "no service 'orders'" in str(errors[0])


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


def test_the_first_router_that_wants_an_event_gets_it() -> None:
    first, second = Router("first"), Router("second")

    @first.on(MessageReceived, Texts("退款"))
    async def refund(event: MessageReceived, context: Context) -> None: ...

    @second.on(MessageReceived, has_text)
    async def anything(event: MessageReceived, context: Context) -> None: ...

    @second.on(CustomerAdded)
    async def welcome(event: CustomerAdded, context: Context) -> None: ...

    routes = Routes([first, second])

    def name(event: Event) -> str | None:
        route = routes.find(event)
        return route.name if route else None

    assert name(asked(1, " 退款 ", CLOCK)) == "first.refund"
    assert name(asked(1, "退货", CLOCK)) == "second.anything"
    assert name(asked(1, "", CLOCK)) is None
    assert name(added(1, CLOCK)) == "second.welcome"
    reverse = Routes([second, first])
    found = reverse.find(asked(1, "退款", CLOCK))
    assert found is not None
    assert found.name == "second.anything"


def test_what_cannot_be_a_handler_is_refused_at_once() -> None:
    router = Router("r")

    def not_async(event: MessageReceived, context: Context) -> None: ...

    async def one_argument(event: MessageReceived) -> None: ...

    with pytest.raises(TypeError, match="async def"):
        router.on(MessageReceived)(not_async)  # type: ignore[arg-type]  # the mistake on trial
    with pytest.raises(TypeError, match=r"\(event, context\)"):
        router.on(MessageReceived)(one_argument)  # type: ignore[arg-type]  # the mistake on trial


async def test_an_internal_group_is_answered_where_it_asked(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        question = asked(
            1, "@小物 你好", parts.clock, channel=Channel.BOT, chat_id="wr1", reply_to="https://r"
        )
        await parts.put(question)
        await parts.settled(1)
        assert [(m.via, m.speech.to) for m in parts.sent] == [(Via.BOT_REPLY, "https://r")]
