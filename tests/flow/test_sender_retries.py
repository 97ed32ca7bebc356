"""What is tried again, how often, and when it is too late."""

import asyncio
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import Context, MessageReceived, Router
from bot.clock import ManualClock
from bot.errors import NoAnswer, TokenRejected, TryLater, WeComError
from bot.outbox import Message
from bot.store.models import MessageState
from bot.store.records import resolve
from bot.touch.policy import Via
from tests.engine import added, asked, engine
from tests.flow.outbox import failing, number_sent, reached, stand_at, states


async def test_41096_is_tried_again_within_the_20_seconds(tmp_path: Path) -> None:
    """So is 40014 where the new token was rejected too."""
    clock = ManualClock()
    busy: list[WeComError] = [
        TryLater(41096, "being distributed", "welcome", after_s=1.0) for _ in range(3)
    ]
    busy += [TokenRejected(40014, "invalid access_token", "welcome") for _ in range(2)]
    async with engine(tmp_path, clock=clock, behave={Via.WELCOME_CODE: failing(*busy)}) as parts:
        await parts.put(added(1, clock))
        for tries in range(1, 6):
            await parts.until(reached(parts, tries))
            await clock.advance(1.0)
        await parts.settled(1)
        assert await states(parts) == [("welcome_code", MessageState.SENT)]


async def test_a_welcome_that_stays_refused_ends_as_a_todo(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And the log told of it each second."""
    clock = ManualClock()
    busy = [TryLater(41096, "being distributed", "welcome", after_s=1.0) for _ in range(100)]
    async with engine(tmp_path, clock=clock, behave={Via.WELCOME_CODE: failing(*busy)}) as parts:
        await parts.put(added(1, clock))
        for tries in range(1, 21):
            await parts.until(reached(parts, tries))
            await clock.advance(1.0)
        await parts.settled(2)
        assert (await states(parts))[0] == ("welcome_code", MessageState.DEAD)
        assert len(await parts.rows("SELECT id FROM todo WHERE member = 'liming'")) == 1
    assert caplog.text.count("not sent") == 1


async def test_the_log_says_why_wecom_gave_no_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """For ten minutes of HTTP 502 it said "not sent", errcode -2."""
    clock, down = ManualClock(), NoAnswer("HTTP 502", "kf/send_msg", sent=True)
    async with engine(tmp_path, clock=clock, behave={Via.SERVICE_SESSION: failing(down)}) as parts:
        await parts.put(asked(1, "你好", clock))
        await parts.until(reached(parts, 1))
        await clock.advance(5.0)
        await parts.settled(1)
        assert len(parts.sent) == 1
    assert "not sent: HTTP 502; `huashu doctor` tells why" in caplog.text


async def test_an_outage_of_minutes_delays_an_answer_and_a_longer_one_calls_a_person(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    down = True

    async def behave(message: Message) -> None:
        if down:
            raise NoAnswer("refused", "kf/send_msg", sent=False)

    async with engine(tmp_path, clock=clock, behave={Via.SERVICE_SESSION: behave}) as parts:
        await parts.put(asked(1, "你好", clock))
        for tries in range(1, 8):
            await parts.until(reached(parts, tries))
            await clock.advance(60)
        down = False
        await clock.advance(60)
        await parts.settled(1)
        assert [message.event_id for message in parts.sent] == ["kf:1"]
        down = True
        await parts.put(asked(2, "你好", clock))

        async def given_up() -> bool:
            await clock.advance(60)
            return bool(await parts.rows("SELECT id FROM todo"))

        await parts.until(given_up)
        assert (await states(parts))[1] == ("service_session", MessageState.DEAD)


async def test_a_block_of_an_hour_sent_the_answer_an_hour_late(tmp_path: Path) -> None:
    blocked = failing(TryLater(45009, "api freq out of limit", "kf/send_msg", after_s=3600))
    clock = ManualClock()
    async with engine(tmp_path, clock=clock, behave={Via.SERVICE_SESSION: blocked}) as parts:
        await parts.put(asked(1, "你好", clock))
        await parts.settled(2)  # the question, and the failure
        assert (await states(parts))[0] == ("service_session", MessageState.DEAD)
        assert [one.via for one in parts.sent] == [Via.STAFF_NOTICE]  # at once, not in an hour


async def test_answers_of_before_a_long_stop_were_sent_at_the_next_start(tmp_path: Path) -> None:
    async def hang(message: Message) -> None:
        await asyncio.Event().wait()

    clock = ManualClock()
    async with engine(tmp_path, clock=clock, behave={Via.SERVICE_SESSION: hang}) as parts:
        await parts.put(asked(1, "你好", clock))
        await parts.until(stand_at(parts, Via.SERVICE_SESSION, MessageState.WAITING))
    await clock.advance(601)
    async with engine(tmp_path, clock=clock) as parts:
        await parts.settled(2)
        assert [one.via for one in parts.sent] == [Via.STAFF_NOTICE]
        assert (await states(parts))[0] == ("service_session", MessageState.DEAD)
        assert "太晚了" in (await parts.rows("SELECT why FROM todo"))[0]["why"]
        (row,) = await parts.rows("SELECT id FROM message WHERE via = 'service_session'")
        now, dead = clock.timestamp(), (MessageState.DEAD,)
        await resolve(row["id"], MessageState.WAITING, "还是发", now, ZoneInfo("UTC"), among=dead)
        await parts.sender.sweep()
        await parts.settled(2)
        assert parts.sent[-1].via is Via.SERVICE_SESSION, "a person may send it all the same"


async def test_a_wait_of_next_to_nothing_does_not_stop_the_sender(tmp_path: Path) -> None:
    """What was postponed was put back into the very queue that was being emptied."""
    router = Router("three")

    @router.on(MessageReceived)
    async def talk(event: MessageReceived, context: Context) -> None:
        for _ in range(3):
            await context.say("system/greeting_reply")

    class Hurried(ManualClock):
        def timestamp(self) -> float:
            self._now += timedelta(seconds=2)  # time passes between any two looks
            return super().timestamp()

    behave = {Via.SERVICE_SESSION: failing(TryLater(45009, "", "kf/send_msg", after_s=1e-8))}
    async with engine(tmp_path, routers=[router], clock=Hurried(), behave=behave) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.until(number_sent(parts, 3))


async def test_what_waits_for_a_customer_who_was_deleted_does_not_go_out(tmp_path: Path) -> None:
    clock = ManualClock()
    busy = failing(TryLater(45033, "busy", "kf/send_msg", after_s=30))
    async with engine(tmp_path, clock=clock, behave={Via.SERVICE_SESSION: busy}) as parts:
        await parts.put(asked(1, "你好", clock), asked(2, "你好", clock, customer="wm2"))
        await parts.until(reached(parts, 2))
        parts.sender.forget("wm1")
        parts.sender.forget("wm2")
        await clock.advance(31)
        await parts.settled(2)
        assert {state for _, state in await states(parts)} <= {
            MessageState.DEAD, MessageState.SENT,
        }  # fmt: skip
        assert await parts.rows("SELECT id FROM todo") == [], "nobody is told of them either"


async def test_kf_without_an_answer_is_repeated_with_the_same_msgid(tmp_path: Path) -> None:
    clock = ManualClock()
    ids: list[str] = []

    async def behave(message: Message) -> None:
        ids.append(message.id)
        if len(ids) == 1:
            raise NoAnswer("timed out", "kf/send_msg", sent=True)

    async with engine(tmp_path, clock=clock, behave={Via.SERVICE_SESSION: behave}) as parts:
        await parts.put(asked(1, "你好", clock))
        await parts.until(reached(parts, 1))
        await clock.advance(5)
        await parts.settled(1)
        assert len(ids) == 2
        assert len(set(ids)) == 1
        assert len(ids[0]) <= 32
        assert await states(parts) == [("service_session", MessageState.SENT)]
