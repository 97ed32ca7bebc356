"""What becomes of a message: sent, later, dead or doubtful."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from bot import Context, MessageReceived, Router
from bot.clock import Clock, ManualClock
from bot.customers.customers import Customer
from bot.errors import (
    AlreadyDone,
    MediaExpired,
    NoAnswer,
    PersonServing,
    Refused,
    TokenRejected,
    TryLater,
    WeComError,
    WindowClosed,
)
from bot.events import Channel, SessionEntered
from bot.outbox import Message, Speech, message_row, new_message
from bot.sending.gathering import TOGETHER
from bot.sending.settlement import RENEWALS, Result, ending
from bot.store.journal import Write
from bot.store.models import MessageState
from bot.store.records import resolve
from bot.store.touch.statements import TouchStatement
from bot.touch.policy import Via
from tests.databases import BOTH
from tests.engine import Engine, added, asked, engine

Behave = Callable[[Message], Awaitable[None]]


def failing(*errors: WeComError) -> Behave:
    """Raises these one after the other, then succeeds."""
    left = list(errors)

    async def behave(message: Message) -> None:
        if left:
            raise left.pop(0)

    return behave


async def states(parts: Engine) -> list[tuple[str, int]]:
    rows = await parts.rows("SELECT via, state FROM message ORDER BY seq")
    return [(row["via"], row["state"]) for row in rows]


def entered(customer: str, clock: Clock) -> SessionEntered:
    return SessionEntered(
        id=f"entered:{customer}", at=clock.now(), conversation=f"kf:wk1:{customer}", account="wk1",
        customer=customer, welcome_code="CODE",
    )  # fmt: skip


def reached(parts: Engine, tries: int) -> Callable[[], Awaitable[bool]]:
    async def happened() -> bool:
        await parts.journal.drain()
        rows = await parts.rows("SELECT coalesce(sum(attempts), 0) AS n FROM message")
        return bool(rows[0]["n"] >= tries)

    return happened


def number_of_messages(parts: Engine, number: int) -> Callable[[], Awaitable[bool]]:
    async def happened() -> bool:
        return len(await parts.rows("SELECT id FROM message")) == number

    return happened


def number_sent(parts: Engine, number: int) -> Callable[[], Awaitable[bool]]:
    async def happened() -> bool:
        return len(parts.sent) >= number

    return happened


def stand_at(parts: Engine, via: Via, state: MessageState) -> Callable[[], Awaitable[bool]]:
    async def happened() -> bool:
        return await states(parts) == [(via.value, state)]

    return happened


async def test_41051_counts_as_done(tmp_path: Path) -> None:
    behave = {Via.WELCOME_CODE: failing(AlreadyDone(41051, "started chatting", "welcome"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(added(1, parts.clock))
        await parts.settled(1)
        assert await states(parts) == [("welcome_code", MessageState.SENT)]


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


async def test_an_expired_code_becomes_a_todo_for_the_member(tmp_path: Path) -> None:
    behave = {Via.WELCOME_CODE: failing(Refused(41050, "invalid code", "welcome"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(added(1, parts.clock))
        await parts.settled(2)  # the addition, and the failure that it led to
        assert [message.via for message in parts.sent] == [Via.STAFF_NOTICE]
        assert parts.sent[0].speech.to == "liming"
        todos = await parts.rows("SELECT member, words FROM todo")
        assert todos[0]["member"] == "liming"
        assert "小李" in todos[0]["words"]  # the very words that should have been said


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


async def test_a_later_answer_does_not_overtake_one_that_waits(tmp_path: Path) -> None:
    clock = ManualClock()
    slow = failing(NoAnswer("timed out", "kf/send_msg", sent=True))
    async with engine(tmp_path, clock=clock, behave={Via.SERVICE_SESSION: slow}) as parts:
        await parts.put(asked(1, "你好", clock))
        await parts.until(reached(parts, 1))
        await parts.put(asked(2, "你好", clock))

        async def both_decided() -> bool:
            return len(await parts.rows("SELECT id FROM message")) == 2

        await parts.until(both_decided)
        await clock.advance(5)
        await parts.settled(2)
        assert [message.event_id for message in parts.sent] == ["kf:1", "kf:2"]


@pytest.mark.parametrize("store", BOTH)
async def test_an_answer_that_waited_was_overtaken_when_the_program_died(
    tmp_path: Path, store: str
) -> None:
    clock = ManualClock()
    busy = {Via.SERVICE_SESSION: failing(TryLater(45009, "", "kf/send_msg", after_s=60))}
    async with engine(tmp_path, clock=clock, store=store, behave=busy) as parts:
        await parts.put(asked(1, "你好", clock))
        await parts.until(reached(parts, 1))
        await parts.put(asked(2, "你好", clock))
        await parts.until(number_of_messages(parts, 2))
    async with engine(tmp_path, clock=clock, store=store) as parts:
        await parts.put(asked(3, "你好", clock), asked(4, "你好", clock, customer="wm2"))
        await parts.until(number_of_messages(parts, 4))
        await parts.until(number_sent(parts, 1))
        assert [one.event_id for one in parts.sent] == ["kf:4"]
        await clock.advance(61)
        await parts.settled(4)
        assert [one.event_id for one in parts.sent[1:]] == ["kf:1", "kf:2", "kf:3"]


async def test_a_fresh_answer_overtook_those_that_were_about_to_be_tried_again(
    tmp_path: Path,
) -> None:
    class Busy(ManualClock):
        """Time has gone on, and whoever should have woken does so late."""

        late_s = 0.0

        def timestamp(self) -> float:
            return super().timestamp() + self.late_s

    clock = Busy()
    busy = {Via.SERVICE_SESSION: failing(TryLater(45009, "", "kf/send_msg", after_s=60))}
    async with engine(tmp_path, clock=clock, behave=busy) as parts:
        await parts.put(asked(1, "你好", clock))
        await parts.until(reached(parts, 1))
        clock.late_s = 61
        await parts.put(asked(2, "你好", clock))
        await parts.until(number_of_messages(parts, 2))
        await clock.advance(61)
        await parts.settled(2)
        assert [one.event_id for one in parts.sent] == ["kf:1", "kf:2"]


async def test_an_answer_waits_for_a_welcome_no_longer_than_its_code_is_good_for(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    busy = [TryLater(-1, "system busy", "kf/send_msg_on_event", after_s=1.0) for _ in range(100)]
    behave = {Via.SERVICE_CODE: failing(*busy)}
    async with engine(tmp_path, clock=clock, behave=behave) as parts:
        await parts.put(entered("wm1", clock), asked(1, "你好", clock))
        await parts.until(number_of_messages(parts, 2))
        await parts.until(reached(parts, 1))
        await clock.advance(1.0)
        await parts.until(reached(parts, 2))
        assert parts.sent == []
    async with engine(tmp_path, clock=clock, behave=behave) as parts:
        await parts.put(asked(2, "你好", clock))
        await parts.until(number_of_messages(parts, 3))
        for tries in range(3, 21):
            assert parts.sent == []
            await clock.advance(1.0)
            await parts.until(reached(parts, tries))
        await clock.advance(1.0)
        await parts.settled(4)  # the welcome that nobody heard is an event too
        said = [one.event_id for one in parts.sent if one.via is Via.SERVICE_SESSION]
        assert said == ["kf:1", "kf:2"]
        assert (await states(parts))[0] == ("service_code", MessageState.DEAD)


@pytest.mark.parametrize("store", BOTH)
async def test_what_wecom_was_too_slow_to_take_was_all_held_in_memory(
    tmp_path: Path, store: str
) -> None:
    """And it keeps its order, whatever is put off, comes meanwhile, or dies."""
    clock, gate, put_off = ManualClock(), asyncio.Event(), set[str]()
    sent: list[str] = []

    async def slow(message: Message) -> None:
        await gate.wait()
        if int(message.event_id[3:]) % 3 == 0 and message.id not in put_off:
            put_off.add(message.id)
            raise TryLater(-1, "system busy", "kf/send_msg", after_s=2.0)
        sent.append(message.event_id)

    def questions(*numbers: int) -> list[MessageReceived]:
        return [asked(n, "你好", clock, customer=f"wm{n % 7}") for n in numbers]

    def stage() -> AbstractAsyncContextManager[Engine]:
        behave = {Via.SERVICE_SESSION: slow}
        return engine(tmp_path, clock=clock, store=store, behave=behave, room=5)

    async with stage() as parts:
        await parts.put(*questions(*range(50)))
        await parts.until(number_of_messages(parts, 50))
        await parts.journal.drain()
        assert parts.sender.open == 5
        await parts.put(asked("x", "你好", clock, channel=Channel.APP))
        await parts.until(number_sent(parts, 1))
        assert [one.via for one in parts.sent] == [Via.APP_MESSAGE], "this way is not slow"
        gate.set()
        await parts.put(*questions(*range(50, 60)))

        async def some_sent() -> bool:
            await clock.advance(1)
            return len(sent) >= 20

        await parts.until(some_sent)
    async with stage() as parts:
        await parts.put(*questions(*range(60, 70)))

        async def all_sent() -> bool:
            await clock.advance(1)
            return len({*sent}) == 70

        await parts.until(all_sent)
        await parts.settled(71)
        await parts.journal.drain()
        assert parts.sender.open == 0
    once = [*dict.fromkeys(sent)]  # WeCom tells by its id what was on its way as the bot died
    by_customer = [[n for one in once if (n := int(one[3:])) % 7 == k] for k in range(7)]
    assert by_customer == [sorted(numbers) for numbers in by_customer]


@pytest.mark.parametrize("store", BOTH)
async def test_what_has_ended_or_is_meant_for_later_holds_nothing_up(
    tmp_path: Path, store: str
) -> None:
    """Of the run before: nothing of it is in memory."""
    clock = ManualClock()
    now, later = clock.timestamp(), clock.timestamp() + 600
    said = Speech(account="wk1", to="wm1", text="好", since=now)

    def one(number: int, customer: str, due_at: float = now) -> Message:
        event = asked(number, "你好", clock, customer=customer)
        message = new_message(event, 0, said, Via.STAFF_NOTICE, "x", now, f"m{number}")
        return structs.replace(message, due_at=due_at)

    ends = {
        "wm1": MessageState.DEAD, "wm2": MessageState.DOUBTFUL, "wm3": MessageState.CLAIMED,
        "wm4": MessageState.SENT,
    }  # fmt: skip
    before = [one(number, customer) for number, customer in enumerate(ends)]
    before += [one(4, "wm5", later), one(5, "wm6")]  # planned; refused for a long time
    after = [one(number, f"wm{number - 9}") for number in range(10, 16)]
    async with engine(tmp_path, clock=clock, store=store) as parts:
        await parts.journal.write(Write(messages=[message_row(m) for m in (*before, *after)]))
        states = [(int(state), 1, now, now, "", f"m{n}") for n, state in enumerate(ends.values())]
        states.append((int(MessageState.WAITING), 1, later, now, "", "m5"))
        await parts.journal.write(Write(settled=states))
    async with engine(tmp_path, clock=clock, store=store) as parts:
        await parts.until(number_sent(parts, 5))
        assert sorted(one.id for one in parts.sent) == ["m10", "m11", "m12", "m13", "m14"]
        assert parts.sender.postponed == 3

        async def all_sent() -> bool:
            await clock.advance(60)
            return len(parts.sent) == 8

        await parts.until(all_sent)
        rest = [one.id for one in parts.sent[5:]]
        assert sorted(rest) == ["m15", "m4", "m5"]
        assert rest.index("m5") < rest.index("m15")


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

        async def all_sent() -> bool:
            return len(parts.sent) == 3

        await parts.until(all_sent)


async def test_our_own_mistake_in_one_message_stops_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def stumble(message: Message) -> None:
        if message.event_id.endswith(":1"):
            raise KeyError("机密")

    both = {Via.SERVICE_SESSION: stumble, Via.APP_MESSAGE: stumble}
    async with engine(tmp_path, behave=both) as parts:
        clock = parts.clock
        await parts.put(asked(1, "你好", clock), asked(1, "你好", clock, channel=Channel.APP))
        await parts.put(asked(2, "你好", clock, customer="wm2"))
        await parts.settled(4)
        assert set(await states(parts)) >= {
            ("service_session", MessageState.DEAD),
            ("app_message", MessageState.DOUBTFUL),
            ("service_session", MessageState.SENT),
        }
    assert "KeyError" in caplog.text
    assert "机密" not in caplog.text


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


async def test_a_person_who_took_the_session_unseen_silences_the_bot(tmp_path: Path) -> None:
    behave = {Via.SERVICE_SESSION: failing(PersonServing(95018, "status", "kf/send_msg"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(1)
        await parts.put(asked(2, "你好", parts.clock))
        await parts.settled(2)
        assert parts.sent == []
        assert await parts.rows("SELECT id FROM todo") == []


async def test_a_restart_does_not_forget_the_person_who_took_the_session_unseen(
    tmp_path: Path,
) -> None:
    behave = {Via.SERVICE_SESSION: failing(PersonServing(95018, "status", "kf/send_msg"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(1)
    async with engine(tmp_path) as parts:
        await parts.put(asked(2, "你好", parts.clock))
        await parts.settled(2)
        assert parts.sent == []


async def test_a_transfer_that_fails_leaves_nobody_in_silence(tmp_path: Path) -> None:
    behave = {Via.SERVICE_TRANSFER: failing(Refused(95016, "illegal", "kf/service_state/trans"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(asked(1, "转人工", parts.clock))
        await parts.settled(2)  # the question, and the failure
        parts.sent.clear()
        await parts.put(asked(2, "你好", parts.clock))
        await parts.settled(3)
        assert [message.script for message in parts.sent] == ["system/greeting_reply"]


async def test_staff_get_thirty_notices_a_minute_however_many_customers_there_are(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with engine(tmp_path, clock=clock) as parts:
        parts.desk.manners = replace(parts.desk.manners, notices_s=0)
        await parts.put(
            *(asked(number, "转人工", clock, customer=f"wm{number}") for number in range(35))
        )

        async def held_back() -> bool:
            rows = await parts.rows("SELECT id FROM message WHERE note = 'pace'")
            return len(rows) == 5

        await parts.until(held_back)
        notices = [message for message in parts.sent if message.via is Via.STAFF_NOTICE]
        assert len(notices) == 30


async def test_forty_late_welcomes_rang_a_members_phone_forty_times(tmp_path: Path) -> None:
    behave = {Via.WELCOME_CODE: failing(*[Refused(41050, "invalid code", "welcome")] * 40)}
    clock = ManualClock()
    async with engine(tmp_path, clock=clock, behave=behave) as parts:
        await parts.customers.fetch(f"wm{n}" for n in range(3))
        parts.customers.learn([Customer(id=f"wm{n}", name=f"客户{n}") for n in range(3)])
        await parts.put(*(added(number, clock) for number in range(40)))
        await parts.settled(80)  # the additions, and the failures that they led to
        assert [one.speech.to for one in parts.sent] == ["liming"]
        await clock.advance(61)
        await parts.settled(80)
        first, rest = parts.sent
        assert "小李" in first.speech.text  # the very words that should have been said
        assert rest.speech.text.startswith("欢迎语没发出去，请手动打个招呼：又有 39 条（客户")
        assert "等 39 位客户" in rest.speech.text
        ends = await parts.rows("SELECT state, count(*) AS n FROM message WHERE via ="
                                " 'staff_notice' GROUP BY state")  # fmt: skip
        assert [(row["state"], row["n"]) for row in ends] == [(MessageState.SENT, 40)]
        assert len(await parts.rows(f"SELECT id FROM message WHERE note = '{TOGETHER}'")) == 38
        todos = await parts.rows("SELECT id FROM todo WHERE member = 'liming'")
        assert len(todos) == 40


async def test_the_first_of_a_burst_that_wecom_refused_was_named_nowhere(tmp_path: Path) -> None:
    behave = {
        Via.WELCOME_CODE: failing(*[Refused(41050, "invalid code", "welcome")] * 4),
        Via.STAFF_NOTICE: failing(Refused(81013, "user & party & tag all invalid", "send")),
    }
    clock = ManualClock()
    async with engine(tmp_path, clock=clock, behave=behave) as parts:
        await parts.put(*(added(number, clock) for number in range(4)))
        await parts.settled(8)
        assert parts.sent == []
        await clock.advance(61)
        await parts.settled(8)
        (told,) = parts.sent
        assert told.speech.text.startswith("欢迎语没发出去，请手动打个招呼：有 4 条（4 位客户）")


@pytest.mark.parametrize("code", [40001, 50003, 60020])
async def test_who_had_to_act_heard_nothing_after_a_wrong_secret_was_put_right(
    tmp_path: Path, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    behave = {Via.STAFF_NOTICE: failing(*[Refused(code, "no", "send", alert=True)] * 2)}
    clock = ManualClock()
    async with engine(tmp_path, clock=clock, behave=behave) as parts:
        await parts.put(asked(1, "转人工", clock))
        await parts.settled(1)
        for told in (0, 0, 1):
            notices = [one for one in parts.sent if one.via is Via.STAFF_NOTICE]
            assert len(notices) == told
            await clock.advance(301)
            await parts.settled(1)
    assert "not sent; `huashu doctor` tells why" in caplog.text


async def test_a_notice_of_many_that_fails_is_tried_again_as_one(tmp_path: Path) -> None:
    tries: list[str] = []

    async def behave(message: Message) -> None:
        tries.append(message.speech.text)
        if len(tries) == 4:
            raise TryLater(45009, "api freq out of limit", "message/send", after_s=30)

    clock = ManualClock()
    async with engine(tmp_path, clock=clock, behave={Via.STAFF_NOTICE: behave}) as parts:
        await parts.put(*(asked(n, "转人工", clock, customer=f"wm{n}") for n in range(6)))
        await parts.settled(6)
        assert len(tries) == 3  # whoever is on duty can still read each
        for seconds in (61, 31):
            await clock.advance(seconds)
            await parts.settled(6)
        assert len(tries) == 5
        assert ["又有 3 条（3 位客户）" in text for text in tries] == [False] * 3 + [True] * 2
        waiting = await parts.rows("SELECT id FROM message WHERE state = 0")
        assert waiting == []


async def test_one_notice_of_many_that_was_dropped_by_hand_took_the_others_with_it(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with engine(tmp_path, clock=clock) as parts:
        await parts.put(*(asked(n, "转人工", clock, customer=f"wm{n}") for n in range(8)))
        await parts.settled(8)
        held = [row["id"] for row in await parts.rows("SELECT id FROM message WHERE state = 0")]
        first, _, third, *_ = held
        assert [parts.sender.withdraw(one, "不发") for one in (first, third)] == [True, True]
        await clock.advance(61)
        await parts.settled(8)
        ends = await parts.rows("SELECT id FROM message WHERE note = 'by hand: 不发'")
        assert {row["id"] for row in ends} == {first, third}
        notices = [one for one in parts.sent if one.via is Via.STAFF_NOTICE]
        assert "又有 3 条（3 位客户）" in notices[-1].speech.text
        dead = await parts.rows(f"SELECT id FROM message WHERE state = {MessageState.DEAD:d}")
        assert len(dead) == 2
        assert not any(parts.sender.withdraw(one, "不发") for one in held)


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


async def test_media_that_wecom_never_knows_are_given_up(tmp_path: Path) -> None:
    clock = ManualClock()
    expired = MediaExpired(40007, "invalid media_id", "kf/send_msg")
    behave = {Via.SERVICE_SESSION: failing(*(expired for _ in range(20)))}
    async with engine(tmp_path, clock=clock, behave=behave) as parts:
        await parts.put(asked(1, "你好", clock))

        async def dead() -> bool:
            await clock.advance(1)
            return (await states(parts))[:1] == [("service_session", MessageState.DEAD)]

        await parts.until(dead)
        assert await parts.rows("SELECT attempts FROM message WHERE state = 3") == [
            {"attempts": RENEWALS + 1}
        ]


async def test_a_closed_window_is_final_and_told(tmp_path: Path) -> None:
    behave = {Via.SERVICE_SESSION: failing(WindowClosed(95002, "48 h", "kf/send_msg"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(2)
        assert (await states(parts))[0] == ("service_session", MessageState.DEAD)
        assert len(await parts.rows("SELECT id FROM todo")) == 1


async def test_messages_of_one_conversation_keep_their_order_when_one_must_wait(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    router = Router("two")

    @router.on(MessageReceived)
    async def talk(event: MessageReceived, context: Context) -> None:
        await context.say("system/greeting_reply")
        await context.say("system/fallback")

    behave = {
        Via.SERVICE_SESSION: failing(TryLater(45009, "too often", "kf/send_msg", after_s=60))
    }
    async with engine(tmp_path, routers=[router], clock=clock, behave=behave) as parts:
        await parts.put(asked(1, "你好", clock))
        await parts.until(reached(parts, 1))
        assert parts.sent == []
        await clock.advance(61)
        await parts.settled(1)
        assert [m.script for m in parts.sent] == ["system/greeting_reply", "system/fallback"]


async def test_a_slow_api_holds_up_its_own_messages_only(tmp_path: Path) -> None:
    async def hang(message: Message) -> None:
        await asyncio.Event().wait()

    slow = {Via.SERVICE_SESSION: hang, Via.APP_MESSAGE: hang, Via.STAFF_NOTICE: hang}
    async with engine(tmp_path, behave=slow) as parts:
        questions = [
            asked(number, "你好", parts.clock, customer=f"wm{number}") for number in range(100)
        ]
        await parts.put(*questions)
        await parts.until(number_of_messages(parts, 100))
        welcomes = [added(number, parts.clock, code=f"C{number}") for number in range(50)]
        await parts.put(*welcomes, *(entered(f"wm{number}", parts.clock) for number in range(50)))

        async def all_welcomed() -> bool:
            return len(parts.sent) == 100

        await parts.until(all_welcomed)
        assert {one.via for one in parts.sent} == {Via.WELCOME_CODE, Via.SERVICE_CODE}


async def test_slow_welcomes_of_customer_service_held_up_those_of_new_friends(
    tmp_path: Path,
) -> None:
    async def hang(message: Message) -> None:
        await asyncio.Event().wait()

    async with engine(tmp_path, behave={Via.SERVICE_CODE: hang}) as parts:
        await parts.put(*(entered(f"wm{number}", parts.clock) for number in range(150)))
        await parts.until(number_of_messages(parts, 150))
        await parts.put(*(added(number, parts.clock, code=f"C{number}") for number in range(20)))
        await parts.until(number_sent(parts, 20))


async def test_thirty_messages_a_minute_and_the_rest_later(tmp_path: Path) -> None:
    clock = ManualClock()
    async with engine(tmp_path, clock=clock) as parts:
        questions = [asked(number, "你好", clock, channel=Channel.APP) for number in range(32)]
        await parts.put(*questions)

        async def held_back() -> bool:
            return bool(await parts.rows("SELECT id FROM message WHERE note = 'pace'"))

        await parts.until(held_back)
        assert len(parts.sent) == 30
        await clock.advance(61)
        await parts.settled(32)
        assert len(parts.sent) == 32


async def test_nothing_is_logged_of_what_was_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="bot")
    behave = {Via.SERVICE_SESSION: failing(Refused(40096, "invalid user", "kf/send_msg"))}
    async with engine(tmp_path, behave=behave) as parts:
        await parts.put(asked(1, "你好", parts.clock))
        await parts.settled(2)
        words = (await parts.rows("SELECT body FROM message"))[0]["body"]
    assert "not sent" in caplog.text
    assert "你好" not in caplog.text
    assert words not in caplog.text


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
