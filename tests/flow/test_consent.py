"""Customers who opt out get nothing any more, and those who complain are left alone."""

from pathlib import Path
from typing import Any

import pytest

from bot import Context, MessageReceived, Router
from bot.clock import ManualClock
from bot.events import Channel
from bot.store.touch.brakes import sounding
from bot.touch.policy import Via
from bot.workspace.application import load_application
from tests.engine import ROOT, Engine, asked, engine, workspace


def company(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "config").mkdir()
    words = (ROOT / "config/touch.toml").read_text("utf-8")
    (tmp_path / "config/touch.toml").write_text(words, "utf-8")
    settings = workspace(tmp_path)
    application = load_application(settings.root, settings.routers)
    return {"settings": settings, "middlewares": application.middlewares}


async def write(parts: Engine, text: str, **more: Any) -> list[str]:
    """The scripts that it brings about; notices left out."""
    before, number = len(parts.sent), len(await parts.rows("SELECT id FROM event"))
    await parts.put(asked(number, text, parts.clock, **more))
    await parts.settled(number + 1)
    return [one.script for one in parts.sent[before:] if one.via is not Via.STAFF_NOTICE]


async def standing(parts: Engine) -> tuple[bool, bool]:
    """Opted out, braked."""
    rows = await parts.rows("SELECT opted_out_at, braked_at FROM customer WHERE id = 'wm1'")
    return (rows[0]["opted_out_at"] is not None, rows[0]["braked_at"] is not None)


async def test_an_opt_out_is_kept_and_confirmed_once(tmp_path: Path) -> None:
    async with engine(tmp_path, **company(tmp_path)) as parts:
        assert await write(parts, "包邮吗") == ["faq/ship_fee"]
        assert await write(parts, "别再给我发广告了") == ["system/opted_out"]
        assert await standing(parts) == (True, False)
        assert await write(parts, "TD") == []
        assert await write(parts, "包邮吗") == ["faq/ship_fee"]  # what they ask is answered
        assert await write(parts, "恢复订阅") == ["system/opted_in"]
        again = await write(parts, "可以继续给我发活动", channel=Channel.CONTACT)
        assert (again, await standing(parts)) == ([], (False, False))  # it sounds like 别发
        both = await write(parts, "别再发广告了 几点送到呢？")
        assert both == ["system/opted_out", "system/handover", "system/transfer"]


async def test_it_is_remembered_over_a_restart(tmp_path: Path) -> None:
    given = company(tmp_path)
    async with engine(tmp_path, **given) as parts:
        await write(parts, "退订")
    async with engine(tmp_path, **given) as parts:
        assert await write(parts, "退订") == []


@pytest.mark.parametrize("text", ["我要退订单", "退订金怎么退", "别发错了"])
async def test_an_order_s_words_are_no_opt_out(tmp_path: Path, text: str) -> None:
    async with engine(tmp_path, **company(tmp_path)) as parts:
        said = await write(parts, text)
        assert "system/opted_out" not in said
        assert await parts.rows("SELECT id FROM customer WHERE opted_out_at IS NOT NULL") == []


async def test_a_complaint_puts_the_brake_on_and_calls_a_person(tmp_path: Path) -> None:
    async with engine(tmp_path, **company(tmp_path)) as parts:
        assert await write(parts, "我要投诉你们") == ["system/complaint", "system/transfer"]
        assert await standing(parts) == (False, True)


@pytest.mark.parametrize(
    ("text", "age_s", "said", "stands", "todos"),
    [
        ("以后有活动不用喊我啦", 0, "system/unwanted", (True, False), ["听起来不想再收到消息"]),
        ("说好上午送，现在四点了还没影", 0, "system/complaint", (False, True), []),
        # The bot was off, and 阿姨 seemed to be meant.
        ("阿姨把我台面刮花了 你们说跟你们没关系？", 7200, "system/complaint", (False, True), []),
    ],
)
async def test_what_only_sounds_so_counts_until_a_person_has_looked(
    tmp_path: Path, text: str, age_s: int, said: str, stands: tuple[bool, bool], todos: list[str]
) -> None:
    """Of fresh messages the cues had heard three of ten opt-outs and one of six complaints; the
    others got a menu or a person, and the next greeting as planned."""
    async with engine(tmp_path, **company(tmp_path)) as parts:
        assert await write(parts, text, age_s=age_s) == [said, "system/transfer"]
        assert await standing(parts) == stands
        kept = await parts.rows("SELECT why, words FROM todo")
        assert [one["why"] for one in kept] == todos
        for one in kept:  # what was stopped, and how it is lifted
            assert "听起来不想再收消息，群发和问候已经停发" in one["words"]
            assert text in one["words"]
            assert "解除" in one["words"]


async def test_what_they_say_once_is_never_again_what_only_sounds_so(tmp_path: Path) -> None:
    """A page said 退订 alike of whoever had said it and of whoever only sounded so."""
    async with engine(tmp_path, **company(tmp_path)) as parts:

        async def sounds() -> bool:
            [one] = await parts.rows(f"SELECT {sounding('customer')} FROM customer")
            return bool(one["opt_out_sounds"])

        for text, only in (
            ("以后有活动不用喊我啦", True), ("以后的活动都不用叫上我了哈", True),
            ("退订", False), ("以后有活动不用喊我啦", False),
        ):  # fmt: skip
            await write(parts, text, channel=Channel.CONTACT)
            assert await sounds() is only, text
        assert await write(parts, "恢复订阅") == ["system/opted_in"]
        assert await write(parts, "以后有活动不用喊我啦") == ["system/unwanted", "system/transfer"]
        assert await sounds()


async def test_both_in_one_message_are_heard_and_a_person_answers(tmp_path: Path) -> None:
    async with engine(tmp_path, **company(tmp_path)) as parts:
        said = await write(parts, "别再给我发广告了，再发我就投诉你们")
        assert said == ["system/complaint", "system/transfer"]
        assert await standing(parts) == (True, True)
        steps = await parts.rows("SELECT kind, active, who, why FROM brake_step ORDER BY seq")
        assert [(one["kind"], one["active"], one["who"]) for one in steps] == [
            ("complaint", 1, ""),
            ("opt_out", 1, ""),
        ]
        assert {one["why"] for one in steps} == {"别再给我发广告了，再发我就投诉你们"}


async def test_while_a_person_serves_it_is_kept_and_nothing_is_said(tmp_path: Path) -> None:
    async with engine(tmp_path, **company(tmp_path)) as parts:
        await write(parts, "转人工")
        assert await write(parts, "退订") == []
        assert await standing(parts) == (True, False)


async def test_what_was_written_while_the_bot_was_down_counts_too(tmp_path: Path) -> None:
    """A message that waited long goes to a person without being read. It dates from when they
    wrote, as its case does: one page told two times of one complaint."""
    clock = ManualClock()
    async with engine(tmp_path, clock=clock, **company(tmp_path)) as parts:
        assert await write(parts, "退订", age_s=3600) == ["system/opted_out"]
        said = await write(parts, "我要投诉", age_s=3600)
        assert said == ["system/complaint", "system/transfer"]
        assert await standing(parts) == (True, True)
        [kept] = await parts.rows("SELECT opted_out_at, braked_at FROM customer")
        assert set(kept.values()) == {clock.timestamp() - 3600}


async def test_a_handler_of_ones_own_in_front_lost_what_a_customer_told_their_member(
    tmp_path: Path,
) -> None:
    """One for all messages took those of members' chats too: their opt-outs and complaints were
    kept by a handler behind it."""
    own = Router("own")

    @own.on(MessageReceived)
    async def count(event: MessageReceived, context: Context) -> None:
        context.keep_silent("counted")

    async with engine(tmp_path, routers=[own], **company(tmp_path)) as parts:
        await write(parts, "别再给我发广告了", channel=Channel.CONTACT)
        assert await standing(parts) == (True, False)
        await write(parts, "我要投诉你们", channel=Channel.CONTACT)
        assert await standing(parts) == (True, True)
        assert [one["why"] for one in await parts.rows("SELECT why FROM todo")] == ["客户投诉"]


@pytest.mark.parametrize("channel", [Channel.KF, Channel.CONTACT])
async def test_a_handler_that_failed_lost_what_its_customer_wanted_no_more(
    channel: Channel, tmp_path: Path
) -> None:
    """What the middleware had kept went with the rest of what the handler did."""
    own = Router("own")

    @own.on(MessageReceived)
    async def fail(event: MessageReceived, context: Context) -> None:
        raise RuntimeError("a bug")

    async with engine(tmp_path, routers=[own], **company(tmp_path)) as parts:
        await write(parts, "别再发广告了 几点送到呢？", channel=channel)
        assert await standing(parts) == (True, False)
        await write(parts, "我要投诉你们", channel=channel)
        assert await standing(parts) == (True, True)
