"""How fast each kind of message goes out, and what a slow one holds up."""

import asyncio
from pathlib import Path

from bot.clock import ManualClock
from bot.events import Channel
from bot.outbox import Message
from bot.touch.policy import Via
from tests.engine import added, asked, engine
from tests.flow.outbox import entered, number_of_messages, number_sent


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
        await parts.until(number_sent(parts, 100))
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
        await parts.until(number_sent(parts, 30))  # the last of them were being marked until now
        assert len(parts.sent) == 30
        await clock.advance(61)
        await parts.settled(32)
        assert len(parts.sent) == 32
