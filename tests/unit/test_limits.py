"""The brake: never over a rule, and no API slows another down."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.errors import TryLater
from bot.wecom.limits import RULES, Limiter, Rule

steps = st.lists(
    st.tuples(st.floats(min_value=0, max_value=90), st.integers(min_value=1, max_value=6)),
    max_size=40,
)


@given(steps=steps, per_minute=st.integers(1, 8), per_hour=st.integers(1, 30))
async def test_no_minute_and_no_hour_holds_more_than_the_rule(
    steps: list[tuple[float, int]], per_minute: int, per_hour: int
) -> None:
    clock = ManualClock()
    rule = Rule(per_minute=per_minute, per_hour=per_hour)
    limiter = Limiter({"api": rule}, clock)
    admitted: list[float] = []
    waits: list[float] = []
    for pause_s, calls in steps:
        await clock.advance(pause_s)
        for _ in range(calls):
            try:
                await limiter.acquire("api")
            except TryLater as held:
                waits.append(held.after_s)
                continue
            limiter.release("api")
            admitted.append(clock.timestamp())
    assert all(0 < wait_s <= 3660 for wait_s in waits)
    for index, moment in enumerate(admitted):
        later = admitted[index:]
        assert sum(other < moment + 60 for other in later) <= per_minute
        assert sum(other < moment + 3600 for other in later) <= per_hour


async def test_invented_codes_of_logins_used_up_calls_without_end() -> None:
    limiter = Limiter(RULES, ManualClock())
    with pytest.raises(TryLater):
        for _ in range(1_001):
            await limiter.acquire("auth/getuserinfo")
            limiter.release("auth/getuserinfo", 40029)


@given(offset=st.floats(min_value=0, max_value=60), limit=st.integers(1, 5))
async def test_after_the_told_wait_the_call_goes_through(offset: float, limit: int) -> None:
    clock = ManualClock()
    limiter = Limiter({"api": Rule(per_minute=limit)}, clock)
    await clock.advance(offset)
    for _ in range(limit):
        await limiter.acquire("api")
        limiter.release("api")
    with pytest.raises(TryLater) as held:
        await limiter.acquire("api")
    # A clock in microseconds may fall short of the moment by one of them.
    await clock.advance(held.value.after_s + 0.000_001)
    await limiter.acquire("api")


async def test_what_several_processes_may_call_is_parted_among_them() -> None:
    limiter = Limiter({"api": Rule(per_minute=7)}, ManualClock())
    limiter.parts = 3
    for _ in range(2):
        await limiter.acquire("api")
        limiter.release("api")
    with pytest.raises(TryLater):
        await limiter.acquire("api")
    limiter.parts = 1
    await limiter.acquire("api")


async def test_a_block_lasts_a_minute_and_an_hour_if_that_was_not_enough() -> None:
    clock = ManualClock()
    limiter = Limiter({}, clock)

    async def overrun() -> float:
        await limiter.acquire("kf/send_msg")
        limiter.release("kf/send_msg", 45009)
        with pytest.raises(TryLater) as held:
            await limiter.acquire("kf/send_msg")
        assert held.value.errcode == 45009
        return held.value.after_s

    assert await overrun() == 60
    await limiter.acquire("externalcontact/send_welcome_msg")  # not slowed down
    await clock.advance(60)
    assert await overrun() == 3600
    await clock.advance(3600 + 61)
    assert await overrun() == 60


async def test_calls_under_way_when_a_block_begins_do_not_lengthen_it() -> None:
    clock = ManualClock()
    limiter = Limiter({}, clock)
    for _ in range(3):
        await limiter.acquire("api")
    for _ in range(3):
        limiter.release("api", 45009)
    await clock.advance(60)
    await limiter.acquire("api")


async def places(limiter: Limiter, api: str) -> int:
    """How many calls of `api` may be under way side by side; leaves them there."""
    taken = 0
    while True:
        try:
            async with asyncio.timeout(0):
                await limiter.acquire(api)
        except TimeoutError:
            return taken
        taken += 1


async def test_too_many_side_by_side_halves_that_api_and_recovers_slowly() -> None:
    clock = ManualClock()
    limiter = Limiter({"list": Rule(concurrency=8), "send": Rule(concurrency=8)}, clock)
    assert await places(limiter, "list") == 8
    for _ in range(8):
        limiter.release("list", 45033)
    assert await places(limiter, "list") == 4
    assert await places(limiter, "send") == 8
    for _ in range(20):
        await clock.advance(10)
        limiter.release("list")
        await limiter.acquire("list")
    assert 4 + await places(limiter, "list") == 8


async def test_a_freed_place_goes_to_whoever_waits_longest() -> None:
    limiter = Limiter({"api": Rule(concurrency=1)}, ManualClock())
    served: list[str] = []

    async def call(name: str) -> None:
        await limiter.acquire("api")
        served.append(name)
        limiter.release("api")

    await limiter.acquire("api")
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(call("first"))
        tasks.create_task(call("second"))
        tasks.create_task(call("third"))
        await asyncio.wait((first,), timeout=0)
        limiter.release("api")
        first.cancel()  # it holds the place already, but does not know yet
    assert served == ["second", "third"]
    assert await places(limiter, "api") == 1


async def test_a_clock_set_back_does_not_widen_the_window() -> None:
    clock = ManualClock()
    limiter = Limiter({"api": Rule(per_minute=2)}, clock)
    await limiter.acquire("api")
    await clock.advance(-120)
    await limiter.acquire("api")
    with pytest.raises(TryLater):
        await limiter.acquire("api")
