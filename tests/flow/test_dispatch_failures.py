"""A handler that fails loses only its own event, and a person is called."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic

import orjson
import pytest

from bot import Context, CustomerAdded, MessageReceived, Router, Texts
from bot.app import background
from bot.blocking import interrupt_blocking
from bot.clock import ManualClock
from bot.desk import Key
from bot.errors import BotError
from bot.events import TouchDue
from bot.reasons import explain
from bot.touch.policy import Via
from tests.engine import added, asked, decision, engine


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
        if event.text == "你好呀":
            await context.say("system/left_bot")  # which prints what is not given, as a gap
        await context.say("system/handover_todo")  # and this one in a condition

    async with engine(tmp_path, routers=[router]) as parts:
        await parts.put(asked(1, "机密的话", parts.clock))
        await parts.settled(1)
        assert "system/greeting_reply" not in [message.script for message in parts.sent]
        assert parts.sessions["kf:wk1:wm1"].sent == 1  # only the line about the person
        todos = await parts.rows("SELECT why FROM todo")
        assert todos == [{"why": "程序处理这条消息时出错"}]
        (row,) = await parts.rows("SELECT decision FROM event")
        told = explain("MessageReceived", {}, orjson.loads(row["decision"]))
        assert told.en.startswith("the handler failed at test_dispatch_failures.py:")
        await parts.put(asked(2, "你好", parts.clock, customer="wm2"))
        await parts.settled(2)
        await parts.put(asked(3, "机密的", parts.clock, customer="wm3"))
        await parts.settled(3)
        await parts.put(asked(4, "你好呀", parts.clock, customer="wm4"))
        await parts.settled(4)
    assert "机密的" not in caplog.text
    assert "a handler failed: RuntimeError" in caplog.text
    assert "no service 'orders': let `services` in handlers/__init__.py yield it" in caplog.text
    # Of a gap ScriptError was told, at three lines of ours: neither the name nor the handler
    assert "handover_todo: the words cannot be filled in: 'why' is undefined" in caplog.text
    assert "left_bot: the words cannot be filled in: 'words' is undefined" in caplog.text
    assert "< test_dispatch_failures.py:" in caplog.records[-1].__dict__["at"]


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


def spin() -> None:
    while True:
        pass


def try_again() -> None:
    while True:
        with suppress(Exception):
            Event().wait()


@pytest.mark.parametrize("block", [spin, try_again])
async def test_a_handler_that_blocked_held_up_everything_again_after_each_restart(
    block: Callable[[], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """systemd's watchdog killed the program every two minutes, and nobody was answered."""
    router = Router("blocking")

    @router.on(MessageReceived)
    async def hold_up(event: MessageReceived, context: Context) -> None:
        block()

    watched = background(partial(interrupt_blocking, first_s=0.6, again_s=0.4))
    async with engine(tmp_path, routers=[router]) as parts, watched:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(1)
        todos = await parts.rows("SELECT why FROM todo")
        assert todos == [{"why": "程序处理这条消息时出错"}]
    assert "a handler failed: it held up everything for 1 s. Let it await" in caplog.text


async def test_handlers_in_no_hurry_were_interrupted_for_those_before_them(tmp_path: Path) -> None:
    """After a stop thousands of events wait, and the loop does not turn between those that await
    nothing. Interrupted between two of them, a lane ended for good, or the whole program."""
    router = Router("patient")
    handled = []

    @router.on(CustomerAdded)
    async def work(event: CustomerAdded, context: Context) -> None:
        until = monotonic() + 0.05
        while monotonic() < until:
            pass
        handled.append(event.id)
        context.keep_silent("worked")

    watched = background(partial(interrupt_blocking, first_s=0.3, again_s=0.2))
    async with engine(tmp_path, routers=[router]) as parts, watched:
        await parts.put(*(added(number, parts.clock) for number in range(40)))
        await parts.settled(40)
        assert len(handled) == 40
        assert not await parts.rows("SELECT * FROM todo")


async def test_what_stands_still_with_the_machine_is_not_interrupted(tmp_path: Path) -> None:
    router = Router("suspended")

    @router.on(MessageReceived)
    async def stand_still(event: MessageReceived, context: Context) -> None:
        signal.raise_signal(signal.SIGALRM)  # comes late to a process that was stopped meanwhile
        await context.say("system/greeting_reply")

    async with engine(tmp_path, routers=[router]) as parts, background(interrupt_blocking):
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(1)
        assert [message.script for message in parts.sent] == ["system/greeting_reply"]


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
