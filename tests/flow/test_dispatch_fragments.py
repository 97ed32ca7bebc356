"""Pieces of one question count as one, and the bot does not wait for more without end."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from bot import Context, MessageReceived, Router
from bot.clock import ManualClock
from bot.events import Channel
from tests.engine import Engine, asked, engine, workspace


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


async def test_questions_that_came_together_after_a_stop_were_taken_for_one(
    tmp_path: Path,
) -> None:
    """怎么退货 and 运费多少, half a minute apart, got a menu about the costs of returning."""
    settings_ = workspace(tmp_path, quiet_s=2.0)
    router, heard = Router("hear"), list[str]()

    @router.on(MessageReceived)
    async def hear(event: MessageReceived, context: Context) -> None:
        heard.append(event.text)

    clock = ManualClock()
    async with engine(tmp_path, routers=[router], clock=clock, settings=settings_) as parts:
        late = [("怎么退货", 60.0), ("你好", 30.0), ("运费多少", 25.0)]
        await parts.put(*(asked(n, text, clock, age_s=age) for n, (text, age) in enumerate(late)))
        await parts.until(taken_up(parts, 2))
        await clock.advance(2)
        await parts.settled(3)
        assert heard == ["怎么退货", "你好\n运费多少"]


async def test_what_a_restored_copy_answers_again_had_another_id(tmp_path: Path) -> None:
    """WeCom shows an id once; the customer read both answers a second time."""
    clock, router, ids = ManualClock(), Router("answer"), list[set[str]]()

    @router.on(MessageReceived)
    async def answer(event: MessageReceived, context: Context) -> None:
        await context.say("system/greeting_reply")

    first, second = asked(1, "你好", clock), asked(2, "在吗", clock, age_s=-60)
    for batches in ([first], [second]), ([first, second],):
        root = tmp_path / str(len(ids))
        root.mkdir()
        settings_ = workspace(root, quiet_s=2.0)
        async with engine(root, routers=[router], clock=clock, settings=settings_) as parts:
            for number, batch in enumerate(batches, start=1):
                await parts.put(*batch)
                await parts.until(taken_up(parts, 1))
                await clock.advance(7)
                await parts.settled(number if len(batches) > 1 else 2)
            ids.append({message.id for message in parts.sent})
    assert len(ids[0]) == 2
    assert ids[0] == ids[1]
