"""Pages ask WeCom about strangers, but not endlessly."""

import pytest

from bot.clock import ManualClock
from bot.errors import Declined, Refused, WeComError
from bot.web.asking import A_MINUTE, AGAIN_S, Asking


async def test_a_refusal_was_asked_for_again_at_each_look() -> None:
    clock, asked = ManualClock(), list[int]()
    asking = Asking(clock)

    async def ask() -> bool:
        asked.append(1)
        raise Refused(60011, "no privilege", "externalcontact/get")

    for _ in range(3):
        with pytest.raises(WeComError) as error:
            await asking.once("liming", "wm1", ask)
        assert error.value.errcode == 60011
    assert len(asked) == 1
    await clock.advance(AGAIN_S)
    with pytest.raises(WeComError):
        await asking.once("liming", "wm1", ask)
    assert len(asked) == 2


async def test_one_stranger_after_another_used_up_our_calls() -> None:
    clock = ManualClock()
    asking = Asking(clock)

    async def ask() -> bool:
        return True

    for number in range(A_MINUTE):
        assert await asking.once("liming", f"wm{number}", ask)
    with pytest.raises(Declined):
        await asking.once("liming", "wm999", ask)
    assert await asking.once("liming", "wm1", ask), "known already"
    assert await asking.once("wangfang", "wm999", ask), "others may"
    await clock.advance(61)
    assert await asking.once("liming", "wm999", ask)
