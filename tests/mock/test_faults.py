"""Faults of APIs."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import NO_FAULT, Fault, Faults

from .conftest import ANNA, KF, Api


async def test_an_errcode_instead_of_an_effect(api: Api, corp: MockCorp) -> None:
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    corp.faults.add(Fault(api="kf/send_msg", errcode=-1, errmsg="system busy", times=2))
    codes = [(await api.kf_send())["errcode"] for _ in range(3)]
    assert codes == [-1, -1, 0]
    assert len(corp.deliveries) == 1


async def test_cut_off_before_and_after(api: Api, corp: MockCorp) -> None:
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    await api.token()
    for fault, delivered in (
        (Fault(api="kf/send_msg", drop=True), 0),
        (Fault(api="kf/send_msg", disconnect_after=True), 1),
    ):
        corp.faults.clear()
        corp.faults.add(fault)
        with pytest.raises(aiohttp.ClientError):
            await api.kf_send()
        assert len(corp.deliveries) == delivered
    assert [call.errcode for call in corp.calls if call.api == "kf/send_msg"] == [-1, 0]


async def test_latency_is_on_the_mocks_clock(api: Api, corp: MockCorp, clock: ManualClock) -> None:
    await corp.customer_writes_kf(ANNA, KF, "在吗")
    corp.faults.add(Fault(api="kf/send_msg", latency_s=5))
    async with asyncio.TaskGroup() as group:
        slow = group.create_task(api.kf_send())
        async with asyncio.timeout(60):
            while not slow.done():
                await clock.advance(5)
    assert slow.result()["errcode"] == 0
    assert corp.calls[-1].latency_s >= 5


def test_chance_is_seeded() -> None:
    def strikes(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add(Fault(probability=0.5, errcode=-1))
        return [faults.strike("kf/send_msg") is not NO_FAULT for _ in range(50)]

    assert strikes(7) == strikes(7) != strikes(8)
    assert 10 < sum(strikes(7)) < 40


def test_a_star_means_apis_and_not_callbacks() -> None:
    faults = Faults(7)
    faults.add(Fault(errcode=-1))
    assert faults.strike("callback") is NO_FAULT
    assert faults.strike("gettoken").errcode == -1


@pytest.mark.parametrize(
    "wrong",
    [
        {"double": True},
        {"api": "callback", "errcode": 1},
        {"probability": 2},
        {"times": 0},
        {"latency_s": -1},
    ],
)
def test_faults_that_make_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"for|between|least"):
        Fault(**wrong)
