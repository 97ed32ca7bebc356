"""Callbacks: delivered, delivered again, and what can go wrong with them."""

import asyncio
from collections.abc import Callable

import pytest

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.mockwecom.people import CannotAct
from bot.wecom.crypto import Envelope

from .conftest import AES_KEY, AGENT, ANNA, BEN, CORP_ID, TOKEN, Listener


async def advance_until(
    clock: ManualClock, corp: MockCorp, seconds: float, done: Callable[[], bool]
) -> None:
    async with asyncio.timeout(60):
        while not done():
            await corp.settled()
            await clock.advance(seconds)


async def test_the_address_is_verified_first(corp: MockCorp, listener: Listener) -> None:
    await corp.set_callback("checked", listener.url, TOKEN, AES_KEY, verify=True)
    assert "checked" in corp.pushes.callbacks
    listener.envelope = Envelope("another", AES_KEY, CORP_ID)
    with pytest.raises(CannotAct, match="compare Token"):
        await corp.set_callback("wrong", listener.url, TOKEN, AES_KEY, verify=True)
    listener.statuses = [502]
    with pytest.raises(CannotAct, match="the proxy reached nobody"):  # it spoke of the Token
        await corp.set_callback("unreached", listener.url, TOKEN, AES_KEY, verify=True)
    with pytest.raises(CannotAct, match="did not answer the verification"):
        await corp.set_callback("gone", "http://127.0.0.1:1/", TOKEN, AES_KEY, verify=True)
    assert set(corp.pushes.callbacks) == {"app", "checked"}


async def test_three_more_times_with_the_same_id(
    corp: MockCorp, listener: Listener, clock: ManualClock
) -> None:
    listener.statuses = [500, 302, 204]
    msgid = await corp.member_writes_app("liming", AGENT, "在吗")
    await advance_until(clock, corp, 5, lambda: len(corp.pushed) == 4)
    assert [(push.attempt, push.status) for push in corp.pushed] == [
        (1, 500),
        (2, 302),
        (3, 204),
        (4, 200),
    ]
    assert {heard["MsgId"] for heard in listener.heard} == {str(msgid)}
    assert len({heard["CreateTime"] for heard in listener.heard}) == 1
    assert [push.at.second for push in corp.pushed] == [0, 5, 10, 15]


async def test_after_the_fourth_time_it_is_lost(
    corp: MockCorp, listener: Listener, clock: ManualClock
) -> None:
    listener.statuses = [500] * 9
    await corp.customer_adds_member(ANNA, "liming")
    await advance_until(clock, corp, 5, lambda: len(corp.pushed) == 4)
    await clock.advance(3600)
    await corp.settled()
    assert len(corp.pushed) == 4


async def test_nobody_there(corp: MockCorp, listener: Listener, clock: ManualClock) -> None:
    corp.set_callback("app", "http://127.0.0.1:1/", TOKEN, AES_KEY)
    await corp.customer_adds_member(ANNA, "liming")
    await corp.settled()
    assert [push.status for push in corp.pushed] == [0]


async def test_two_adds_in_one_second(corp: MockCorp, listener: Listener) -> None:
    await corp.customer_adds_member(ANNA, "liming")
    await corp.customer_adds_member(BEN, "liming")
    await corp.settled()
    assert {heard["ExternalUserID"] for heard in listener.heard} == {ANNA, BEN}
    assert len({heard["CreateTime"] for heard in listener.heard}) == 1


async def test_lost_and_doubled(corp: MockCorp, listener: Listener) -> None:
    corp.faults.add(Fault(api="callback", drop=True, times=1))
    corp.faults.add(Fault(api="callback", double=True, times=1))
    await corp.customer_adds_member(ANNA, "liming")
    await corp.customer_adds_member(BEN, "liming")
    await corp.settled()
    assert [heard["ExternalUserID"] for heard in listener.heard] == [BEN, BEN]
    assert [push.status for push in corp.pushed] == [0, 200, 200]


async def test_overtaken(corp: MockCorp, listener: Listener) -> None:
    corp.faults.add(Fault(api="callback", reorder=True, times=1))
    await corp.customer_adds_member(ANNA, "liming")
    await corp.settled()
    assert listener.heard == []
    await corp.customer_adds_member(BEN, "liming")
    await corp.settled()
    assert [heard["ExternalUserID"] for heard in listener.heard] == [BEN, ANNA]


async def test_late(corp: MockCorp, listener: Listener, clock: ManualClock) -> None:
    corp.faults.add(Fault(api="callback", latency_s=30))
    await corp.customer_adds_member(ANNA, "liming")
    await corp.settled()
    assert listener.heard == []
    await advance_until(clock, corp, 30, lambda: bool(listener.heard))
    assert corp.pushed[0].status == 200


async def test_anything_can_be_pushed(corp: MockCorp, listener: Listener) -> None:
    await corp.push_raw("<xml><Event><![CDATA[from_the_future]]></Event></xml>")
    await corp.settled()
    assert listener.heard == [{"Event": "from_the_future"}]


async def test_a_callback_without_a_server_says_what_to_do() -> None:
    corp = MockCorp(clock=ManualClock())
    corp.set_callback("app", "http://127.0.0.1:1/", TOKEN, AES_KEY)
    with pytest.raises(RuntimeError, match=r"async with MockServer\(corp\)"):
        await corp.push_raw("<xml/>")


async def test_the_same_seed_gives_the_same_ids() -> None:
    first, second = (MockCorp(clock=ManualClock(), seed=3) for _ in range(2))
    assert [first.new_id("wm") for _ in range(3)] == [second.new_id("wm") for _ in range(3)]
    assert len(first.add_customer(name="新客")) == 32
