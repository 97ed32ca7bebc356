"""One token, one refresher, and never a loop on a refused secret."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from bot.clock import ManualClock
from bot.errors import NoAnswer, Refused, TryLater, WeComError
from bot.wecom.token import TokenKeeper
from tests.wecom.double import Shelf


class Issuer:
    """WeCom's side: a new token at each call, unless `error` says otherwise."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock, self.calls, self.slow_s = clock, 0, 0.0
        self.error: WeComError | None = None
        self.same = ""

    async def fetch(self) -> tuple[str, int]:
        self.calls += 1
        token = self.same or f"T{self.calls}"
        if self.slow_s:
            await self.clock.sleep(self.slow_s)
        if self.error:
            raise self.error
        return token, 7200


Make = Callable[[], TokenKeeper]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def issuer(clock: ManualClock) -> Issuer:
    return Issuer(clock)


@pytest.fixture
def make(clock: ManualClock, shelf: Shelf, issuer: Issuer) -> Make:
    return lambda: TokenKeeper(issuer.fetch, shelf, "token:ww1", clock)


async def together(
    calls: int, call: Callable[[], Awaitable[str]], clock: ManualClock
) -> list[str | BaseException]:
    async def outcomes() -> list[str | BaseException]:
        return await asyncio.gather(*(call() for _ in range(calls)), return_exceptions=True)

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(outcomes())
        await clock.advance(0)
        await clock.advance(100)
    return waiting.result()


async def test_a_restart_does_not_fetch_again(make: Make, issuer: Issuer) -> None:
    assert await make().get() == "T1"
    assert await make().get() == "T1"
    assert issuer.calls == 1


async def test_callers_share_one_fetch(make: Make, issuer: Issuer, clock: ManualClock) -> None:
    issuer.slow_s = 1
    assert await together(20, make().get, clock) == ["T1"] * 20
    assert issuer.calls == 1


async def test_callers_share_a_failure_too(make: Make, issuer: Issuer, clock: ManualClock) -> None:
    issuer.slow_s, issuer.error = 1, NoAnswer("time-out", "gettoken", sent=True)
    outcomes = await together(20, make().get, clock)
    assert all(isinstance(outcome, NoAnswer) for outcome in outcomes)
    assert issuer.calls == 1


async def test_a_cancelled_caller_does_not_take_the_others_along(
    make: Make, issuer: Issuer, clock: ManualClock
) -> None:
    issuer.slow_s = 1
    keeper = make()
    async with asyncio.TaskGroup() as tasks:
        leader = tasks.create_task(keeper.get())
        await clock.advance(0)
        follower = tasks.create_task(keeper.get())
        await clock.advance(0)
        leader.cancel()
        await clock.advance(0)
        await clock.advance(2)
    assert follower.result() == "T2"


async def test_only_the_current_token_is_replaced(make: Make, issuer: Issuer) -> None:
    keeper = make()
    rejected = await keeper.get()
    assert await keeper.refresh(rejected) == "T2"
    assert await keeper.refresh(rejected) == "T2", "somebody else has healed it already"
    assert issuer.calls == 2


async def test_a_token_that_another_machine_fetched_is_taken(make: Make, issuer: Issuer) -> None:
    ours, theirs = make(), make()
    rejected = await ours.get()
    assert await theirs.refresh(rejected) == "T2"
    assert await ours.refresh(rejected) == "T2"
    assert issuer.calls == 2


async def test_an_expired_token_is_fetched_anew(
    make: Make, issuer: Issuer, clock: ManualClock
) -> None:
    keeper = make()
    await keeper.get()
    await clock.advance(7199)
    assert keeper.current == "T1"
    await clock.advance(1)
    assert keeper.current == ""
    assert await keeper.get() == "T2"


async def test_renewal_comes_ahead_of_expiry_and_keeps_nobody_waiting(
    make: Make, issuer: Issuer, clock: ManualClock
) -> None:
    keeper = make()
    await keeper.get()
    await clock.advance(6500)
    await keeper.keep_fresh()
    assert issuer.calls == 1
    await clock.advance(150)
    issuer.slow_s = 1
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keeper.keep_fresh())
        await clock.advance(0)
        assert await keeper.get() == "T1"
        await clock.advance(1)
    assert await keeper.get() == "T2"


async def test_renewal_that_brings_the_same_token_is_not_repeated_at_once(
    make: Make, issuer: Issuer, clock: ManualClock
) -> None:
    keeper = make()
    issuer.same = await keeper.get()
    await clock.advance(6650)
    await keeper.keep_fresh()
    await keeper.keep_fresh()
    assert issuer.calls == 2


async def test_failed_renewal_leaves_the_old_token_in_use(
    make: Make, issuer: Issuer, clock: ManualClock
) -> None:
    keeper = make()
    await keeper.get()
    await clock.advance(6650)
    issuer.error = Refused(40001, "invalid secret", "gettoken", alert=True)
    await keeper.keep_fresh()
    assert await keeper.get() == "T1"


async def test_a_refused_secret_is_asked_for_after_a_minute_and_then_ever_more_rarely(
    make: Make, issuer: Issuer, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = make()
    issuer.error = Refused(40001, "invalid secret", "gettoken", alert=True)
    for _ in range(5):
        with pytest.raises(Refused):
            await keeper.get()
    assert issuer.calls == 1
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    asked_at, begun = [0.0], clock.timestamp()
    while len(asked_at) < 9:
        await clock.advance(60)
        before = issuer.calls
        await keeper.keep_fresh()
        asked_at += [clock.timestamp() - begun] * (issuer.calls - before)
    minutes = [int(at) // 60 for at in asked_at]
    assert minutes == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    assert len(caplog.records) == 4, "the same refusal is told once an hour"
    issuer.error = TryLater(45009, "the address is blocked", "gettoken", after_s=60)
    keeper.ask_anew()
    await keeper.keep_fresh()
    calls = issuer.calls
    await clock.advance(3540)
    await keeper.keep_fresh()
    assert issuer.calls == calls, "blocked: an hour of silence"
    issuer.error = None
    keeper.ask_anew()
    assert await keeper.get() == f"T{calls + 1}", "after 体检 at once"
    keeper.ask_anew()
    await keeper.keep_fresh()
    assert issuer.calls == calls + 1, "and one that is good is left alone"


async def test_a_token_that_another_process_has_got_ends_the_refusal(
    make: Make, issuer: Issuer
) -> None:
    """An examination in one process lifted its own refusal; the others went on for an hour."""
    issuer.error = Refused(40001, "invalid credential", "gettoken")
    examined, other = make(), make()
    for keeper in (examined, other):
        with pytest.raises(Refused):
            await keeper.get()
    issuer.error = None
    with pytest.raises(Refused):
        await other.get()
    examined.ask_anew()
    token = await examined.get()
    assert (await other.get(), issuer.calls) == (token, 3)


async def test_a_rejected_token_given_out_again_is_not_asked_for_in_a_loop(
    make: Make, issuer: Issuer
) -> None:
    keeper = make()
    issuer.same = await keeper.get()
    for _ in range(5):
        with pytest.raises(TryLater):
            await keeper.refresh(issuer.same)
    assert issuer.calls == 2


async def test_where_each_new_token_is_rejected_at_once_a_few_are_asked_for_in_a_minute(
    make: Make, issuer: Issuer, clock: ManualClock
) -> None:
    """Each message asked for one more, and WeCom blocks whoever asks too often."""
    keeper = make()
    token = await keeper.get()
    for _ in range(2):  # twice within a minute is healed at once
        token = await keeper.refresh(token)
    for _ in range(9):
        with pytest.raises(TryLater) as later:
            await keeper.refresh(token)
        assert later.value.after_s == 60
    assert (issuer.calls, keeper.current) == (3, token)
    await clock.advance(60)
    assert await keeper.refresh(token) == "T4"


async def test_nothing_shows_the_token(
    make: Make, caplog: pytest.LogCaptureFixture, clock: ManualClock, issuer: Issuer
) -> None:
    caplog.set_level(logging.DEBUG)
    issuer.same = "SECRET-TOKEN"
    keeper = make()
    await keeper.get()
    with pytest.raises(TryLater) as failure:
        await keeper.refresh("SECRET-TOKEN")
    await clock.advance(6650)
    await keeper.keep_fresh()
    assert "SECRET-TOKEN" not in f"{keeper!r}{failure.value!r}{caplog.text}"
