"""Messages that may have arrived: after a call without an answer, a crash or a stop."""

import asyncio
from pathlib import Path

import pytest
from msgspec import structs

from bot.clock import ManualClock
from bot.errors import NoAnswer, Refused
from bot.events import Channel
from bot.outbox import Message, Speech, new_message
from bot.sending.settlement import Result, ending
from bot.store.models import MessageState
from bot.store.touch.statements import TouchStatement
from bot.touch.policy import Via
from tests.databases import BOTH
from tests.engine import added, asked, engine
from tests.flow.outbox import failing, number_of_messages, reached, stand_at, states


async def test_a_code_refused_on_repetition_is_doubtful_and_told(tmp_path: Path) -> None:
    clock = ManualClock()
    behave = {
        Via.WELCOME_CODE: failing(
            NoAnswer("timed out", "welcome", sent=True), Refused(41050, "invalid code", "welcome")
        )
    }
    async with engine(tmp_path, clock=clock, behave=behave) as parts:
        await parts.put(added(1, clock))
        await parts.until(reached(parts, 1))
        await clock.advance(2)
        await parts.settled(2)
        assert (await states(parts))[0] == ("welcome_code", MessageState.DOUBTFUL)
        todos = await parts.rows("SELECT why FROM todo")
        assert "也可能已经送达" in todos[0]["why"]


async def test_an_app_message_without_an_answer_is_doubtful_and_never_repeated(
    tmp_path: Path,
) -> None:
    behave = {Via.APP_MESSAGE: failing(NoAnswer("timed out", "message/send", sent=True))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(asked(1, "你好", parts.clock, channel=Channel.APP))
        await parts.settled(1)
        assert await states(parts) == [("app_message", MessageState.DOUBTFUL)]
        assert parts.sent == []
    async with engine(tmp_path) as parts:
        assert await states(parts) == [("app_message", MessageState.DOUBTFUL)]
        assert parts.sent == []


@pytest.mark.parametrize("store", BOTH)
async def test_what_was_on_its_way_when_the_program_died_is_doubtful(
    tmp_path: Path, store: str
) -> None:
    started = asyncio.Event()

    async def hang(message: Message) -> None:
        started.set()
        await asyncio.Event().wait()

    async with engine(tmp_path, store=store, behave={Via.APP_MESSAGE: hang}) as parts:
        await parts.put(asked(1, "你好", parts.clock, channel=Channel.APP))
        await started.wait()
    async with engine(tmp_path, store=store) as parts:
        await parts.until(stand_at(parts, Via.APP_MESSAGE, MessageState.DOUBTFUL))
        assert parts.sent == []


@pytest.mark.parametrize("store", BOTH)
async def test_what_had_not_begun_when_the_program_died_is_sent(
    tmp_path: Path, store: str
) -> None:
    async def hang(message: Message) -> None:
        await asyncio.Event().wait()

    async with engine(tmp_path, store=store, behave={Via.SERVICE_SESSION: hang}) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.until(stand_at(parts, Via.SERVICE_SESSION, MessageState.WAITING))
    async with engine(tmp_path, store=store) as parts:
        await parts.settled(1)
        assert await states(parts) == [("service_session", MessageState.SENT)]
        assert len(parts.sent) == 1


async def test_stopping_lets_what_is_on_its_way_arrive_and_begins_nothing_new(
    tmp_path: Path,
) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def slow(message: Message) -> None:
        started.set()
        await go_on.wait()

    clock = ManualClock()
    async with engine(tmp_path, clock=clock, behave={Via.APP_MESSAGE: slow}) as parts:
        await parts.put(asked(1, "你好", clock, channel=Channel.APP))
        await started.wait()
        async with asyncio.TaskGroup() as tasks:
            stopping = tasks.create_task(parts.sender.stop())
            await parts.put(asked(2, "你好", clock, channel=Channel.APP, customer="wm2"))
            await parts.until(number_of_messages(parts, 2))
            go_on.set()
            while not stopping.done():
                await clock.advance(0.02)
        await parts.journal.drain()
        assert await states(parts) == [
            ("app_message", MessageState.SENT),
            ("app_message", MessageState.WAITING),
        ]
    async with engine(tmp_path, clock=clock) as parts:
        await parts.settled(2)
        assert [message.event_id for message in parts.sent] == ["app:2"]


def test_words_that_may_have_reached_a_customer_count_as_said() -> None:
    said = Speech(account="wk1", to="wm1", customer="wm1", plan="p", slot="1", words="digest")
    event, dead = asked(1, "你好", ManualClock()), Result(MessageState.DEAD, 0.0, "gone")
    counted = [
        TouchStatement.PUT_SAID
        in (ending(structs.replace(message, repeated=perhaps), dead, 1.0) or {})
        for message in (
            new_message(event, 0, said, via, "x", 0.0)
            for via in (Via.SERVICE_SESSION, Via.STAFF_NOTICE)
        )
        for perhaps in (False, True)
    ]
    assert counted == [False, True, False, False]
