"""Notices to staff: no phone rings more often than it must, and everybody is informed."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.customers.customers import Customer
from bot.errors import Refused, TryLater
from bot.outbox import Message
from bot.sending.gathering import TOGETHER
from bot.store.models import MessageState
from bot.touch.policy import Via
from tests.engine import added, asked, engine
from tests.flow.outbox import failing


async def test_staff_get_thirty_notices_a_minute_however_many_customers_there_are(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with engine(tmp_path, clock=clock) as parts:
        parts.desk.manners = replace(parts.desk.manners, notices_s=0)
        await parts.put(
            *(asked(number, "转人工", clock, customer=f"wm{number}") for number in range(35))
        )

        def told() -> int:
            return sum(message.via is Via.STAFF_NOTICE for message in parts.sent)

        async def held_back() -> bool:
            rows = await parts.rows("SELECT id FROM message WHERE note = 'pace'")
            return len(rows) == 5 and told() >= 30  # each is marked before it goes out

        await parts.until(held_back)
        assert told() == 30


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
