"""The scheduler's ticks, on the system's clock."""

import asyncio
from datetime import datetime, timedelta
from typing import Never
from zoneinfo import ZoneInfo

import pytest

from bot.clock import ManualClock, SystemClock
from bot.fragments import Fragments
from bot.scheduler import every, nightly, ticking
from tests.engine import asked


class PutBack(SystemClock):
    """By two hours, while somebody sleeps."""

    back_s = 0

    def now(self) -> datetime:
        return super().now() - timedelta(seconds=self.back_s)

    def timestamp(self) -> float:
        return self.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        if self.back_s:
            await asyncio.Event().wait()
        self.back_s = 7200


async def test_sweeps_go_on_after_the_clock_was_put_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """They stood still for as long: two hours without plans, tokens or new scripts."""
    ran = asyncio.Event()

    async def run() -> None:
        ran.set()

    async with asyncio.timeout(60), ticking([every(3600, "send", run)], PutBack()):
        await ran.wait()
    assert "the clock was put back" in caplog.text


class PutForward(SystemClock):
    """By two hours while somebody sleeps for the first time."""

    def __init__(self) -> None:
        self.ahead_s, self.looked = 0, asyncio.Event()

    def timestamp(self) -> float:
        return super().timestamp() + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        if self.ahead_s:
            self.looked.set()
            await asyncio.Event().wait()
        self.ahead_s = 7200


async def test_that_the_program_stood_still_was_seen_in_no_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What it said was that callbacks came late: is the clock kept in step?"""
    clock = PutForward()
    async with asyncio.timeout(60), ticking([], clock):
        await clock.looked.wait()
    assert "the program stood still" in caplog.text


async def test_a_question_is_answered_though_the_clock_was_put_back_while_it_was_typed() -> None:
    """Its two seconds of quiet became two hours."""
    heard, asking = asyncio.Event(), asked("m1", "怎么退货", ManualClock())
    fragments = Fragments(
        {"kf": 2.0}, 6.0, 20.0, PutBack(), lambda _: (), lambda _: True, lambda *_: heard.set()
    )
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        fragments.add(asking, tasks)
        await heard.wait()


@pytest.mark.parametrize("broken", ["read", "complete"])
async def test_a_question_that_the_matcher_fails_on_ended_the_process(broken: str) -> None:
    """And again at each start. A handler that fails on it has a person called."""

    def fail(_: object) -> Never:
        raise ZeroDivisionError

    heard, clock = asyncio.Event(), ManualClock()
    read, complete = (fail, lambda _: True) if broken == "read" else (lambda _: (), fail)
    fragments = Fragments({"kf": 2.0}, 6.0, 20.0, clock, read, complete, lambda *_: heard.set())
    async with asyncio.TaskGroup() as tasks:
        fragments.add(asked("m1", "怎么退货", clock), tasks)
        await clock.advance(2)
        await heard.wait()


def test_what_was_due_while_the_machine_slept_is_one_run() -> None:
    """A clock that was put forward by three days held the whole process up for half a minute: it
    lost its shares, and welcomes came too late."""

    async def run() -> None: ...

    now, second = SystemClock().now(), timedelta(seconds=1)
    trigger = every(1, "send", run).trigger
    assert now < trigger.get_next_fire_time(now - timedelta(days=3), now) <= now + second
    trigger.timezone = zone = ZoneInfo("America/New_York")  # of one hour there are two
    before, again = (
        datetime(2026, 11, 1, 0, 30, tzinfo=zone),
        datetime(2026, 11, 1, 1, 40, tzinfo=zone, fold=1),
    )
    then = trigger.get_next_fire_time(before, again)
    assert 0 < then.timestamp() - again.timestamp() <= 1


async def test_a_bot_that_is_off_each_night_never_cleaned_up() -> None:
    ran, zone = asyncio.Event(), ZoneInfo("Asia/Shanghai")

    async def run() -> None:
        ran.set()

    hour = (SystemClock().now().astimezone(zone).hour + 12) % 24
    sweep = nightly(hour, 37, zone, "forget", run, after_start_s=0.0)
    async with asyncio.timeout(60), ticking([sweep]):
        await ran.wait()


async def test_two_runs_of_one_sweep_went_on_side_by_side() -> None:
    """One that was asked for took as done what the clock's own was still about."""
    begun, ended = list[str](), list[str]()

    async def run() -> None:
        begun.append("")
        await SystemClock().sleep(0)
        assert len(ended) == len(begun) - 1
        ended.append("")

    sweep = every(60, "plans", run)
    await asyncio.gather(sweep.run(), sweep.run())
    assert len(ended) == 2
