"""A waiting message holds back the later ones of its conversation, and nothing else."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from msgspec import structs

from bot import Context, MessageReceived, Router
from bot.app import background
from bot.clock import ManualClock, MovableClock, turn
from bot.errors import NoAnswer, TryLater
from bot.events import Channel
from bot.outbox import Message, Speech, message_row, new_message
from bot.sending.lanes import Lanes, Pool
from bot.store.journal import Write
from bot.store.models import MessageState
from bot.touch.policy import Via
from tests.databases import BOTH
from tests.engine import Engine, asked, engine
from tests.flow.outbox import entered, failing, number_of_messages, number_sent, reached, states


async def test_a_later_answer_does_not_overtake_one_that_waits(tmp_path: Path) -> None:
    clock = ManualClock()
    slow = failing(NoAnswer("timed out", "kf/send_msg", sent=True))
    async with engine(tmp_path, clock=clock, behave={Via.SERVICE_SESSION: slow}) as parts:
        await parts.put(asked(1, "你好", clock))
        await parts.until(reached(parts, 1))
        await parts.put(asked(2, "你好", clock))
        await parts.until(number_of_messages(parts, 2))
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


async def test_what_waited_slept_on_where_the_clock_was_put_forward_just_then() -> None:
    """In the very turn in which it fell asleep: of an hour that had passed it slept all."""
    clock, pool = MovableClock(), Pool(1)
    lanes, at = Lanes(clock, [pool]), clock.timestamp()
    said = Speech(account="", to="liming", text="好", since=at)
    event = asked(1, "你好", clock)
    lanes.set_aside(pool, new_message(event, 0, said, Via.STAFF_NOTICE, "x", at + 3600, "m"))
    async with asyncio.timeout(60), background(lanes.run):
        await turn()
        await clock.advance(3600)
        assert await pool.ready.get() == "m"
