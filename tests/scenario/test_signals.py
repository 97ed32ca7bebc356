"""What a shop's system tells the running assistant, over real HTTP."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from bot.app import Assistant
from bot.clock import ManualClock
from bot.store.customers import people
from bot.store.journal import Write
from bot.store.touch.statements import TouchRows
from bot.touch.touch import Scenario, Touch
from tests.engine import ROOT
from tests.signals import SIGNALS, order, send, signed
from tests.stage import stage

RULES = """
[paid]
kind = "order_paid"
tag = ["已购"]
untag = ["潜客"]
free_min = 30
stage = "老客户"
date = ["bought"]
date_from = { renewal = "renews_on" }
birthday_from = "born"

[big]
kind = "order_paid"
when = { amount = { from = 1000 } }
notice = "{customer} 付款 {amount} 元（{order}）"
"""


@asynccontextmanager
async def shop(root: Path, clock: ManualClock) -> AsyncIterator[Assistant]:
    """An assistant with rules for signals. Opening it again in `root` is a restart."""
    (root / "config").mkdir(exist_ok=True)
    (root / "config/signals.toml").write_text(RULES, "utf-8")
    (root / "config/plans").mkdir(exist_ok=True)
    for name in ("new_customer", "birthday"):
        text = (ROOT / f"config/plans/{name}.toml").read_text("utf-8")
        (root / f"config/plans/{name}.toml").write_text(text, "utf-8")
    async with stage(root, clock=clock, kf=SIGNALS) as parts:
        yield parts.bot


async def know(bot: Assistant, *more: TouchRows) -> None:
    for one in more:
        await bot.journal.write(Write(more=one))


async def rows(bot: Assistant, query: str) -> list[dict[str, Any]]:
    await bot.quiet()
    return await bot.journal.rows(query)


async def tags(bot: Assistant) -> list[str]:
    return [row["tag"] for row in await rows(bot, "SELECT tag FROM customer_tag ORDER BY tag")]


async def test_an_order_is_followed_by_what_the_rules_say(tmp_path: Path) -> None:
    clock = ManualClock()
    async with shop(tmp_path, clock) as bot:
        await know(bot, people.tagged("wm1", ["潜客"], 1.0))
        await know(bot, people.contact("wm1", "liming", 1.0))
        details = {"order": "A1", "amount": 1200, "renews_on": "2026-06-30", "born": "1990-05-17"}
        answer = await send(bot.url, clock, order(details=details))
        assert answer == (202, {"id": "signal:k1", "customer": "known", "duplicate": False})

        assert await tags(bot) == ["已购"]
        (who,) = await rows(bot, "SELECT stage, birthday, tags, free_until FROM customer")
        until = clock.timestamp() + 30 * 60
        assert (who["stage"], who["birthday"]) == ("老客户", "05-17")
        assert (json.loads(who["tags"]), who["free_until"]) == (["已购"], until)
        dates = await rows(bot, "SELECT name, at FROM customer_date ORDER BY name")
        renewal = datetime.fromisoformat("2026-06-30T00:00:00+08:00").timestamp()
        assert dates == [
            {"name": "bought", "at": clock.timestamp()},
            {"name": "renewal", "at": renewal},
            {"name": "stage:老客户", "at": clock.timestamp()},
            {"name": "tag:已购", "at": clock.timestamp()},
        ]  # fmt: skip
        field = await rows(bot, "SELECT name, value, source, consent FROM customer_field")
        assert field == [{"name": "birthday", "value": "05-17", "source": "signal", "consent": 0}]
        assert await rows(bot, "SELECT event FROM purchase") == [{"event": "signal:k1"}]
        (todo,) = await rows(bot, "SELECT member, customer, words FROM todo")
        assert todo == {"member": "liming", "customer": "wm1", "words": "wm1 付款 1200 元（A1）"}
        (event,) = await rows(bot, "SELECT decision FROM event")
        decision = json.loads(event["decision"])
        assert decision["handler"] == "signals.follow_rules"
        assert decision["signal"]["rules"] == ["paid", "big"]


async def test_the_same_key_does_nothing_twice_also_after_a_restart(tmp_path: Path) -> None:
    clock, big = ManualClock(), order(details={"amount": 5000})
    async with shop(tmp_path, clock) as bot:
        await know(bot, people.met("wm1"))
        assert (await send(bot.url, clock, big))[1]["duplicate"] is False
        assert (await send(bot.url, clock, big))[1]["duplicate"] is True
        await bot.quiet()
    await clock.advance(3600)
    async with shop(tmp_path, clock) as bot:
        told = {"id": "signal:k1", "customer": "known", "duplicate": True}
        assert await send(bot.url, clock, big) == (202, told)
        assert len(await rows(bot, "SELECT id FROM event WHERE kind = 'SignalReceived'")) == 1
        assert len(await rows(bot, "SELECT id FROM todo")) == 1


async def test_a_customer_who_comes_later_gets_what_was_told_of_them(tmp_path: Path) -> None:
    clock = ManualClock()
    who = {"phone": "+86 138-0013-8000"}
    async with shop(tmp_path, clock) as bot:
        told = await send(bot.url, clock, order(customer=who))
        assert told[1]["customer"] == "unknown"
        await bot.quiet()
        await bot.sweep("signals")
        assert await tags(bot) == []
    async with shop(tmp_path, clock) as bot:
        await know(bot, people.described("wm7", phone="13800138000"))
        await bot.sweep("signals")
        await bot.sweep("signals")
        assert await tags(bot) == ["已购"]
        assert await rows(bot, "SELECT id FROM signal") == []
        # The same answer as the first time, though they are known by now.
        again = await send(bot.url, clock, order(customer=who))
        assert again[1] == {"id": "signal:k1", "customer": "unknown", "duplicate": True}


async def test_older_news_neither_shortens_a_moment_nor_turns_a_date_back(tmp_path: Path) -> None:
    clock = ManualClock()
    async with shop(tmp_path, clock) as bot:
        await know(bot, people.met("wm1"))
        await send(bot.url, clock, order(), "k1")
        await bot.quiet()
        await send(bot.url, clock, order(at="2026-01-01T09:45:00+08:00"), "k2")
        (row,) = await rows(
            bot,
            "SELECT free_until, at FROM customer, customer_date AS d WHERE d.name = 'bought'",
        )
        assert row == {"free_until": clock.timestamp() + 1800, "at": clock.timestamp()}


async def test_what_the_shop_writes_is_data(tmp_path: Path) -> None:
    clock = ManualClock()
    hostile = "'; DROP TABLE event; --\n{customer} {{ 7 * 7 }} 🌸\u202e"
    async with shop(tmp_path, clock) as bot:
        await know(bot, people.met("wm1"))
        details = {"order": hostile, "amount": 9999, "born": hostile, "renews_on": hostile}
        assert (await send(bot.url, clock, order(details=details)))[0] == 202
        (todo,) = await rows(bot, "SELECT words FROM todo")
        assert todo["words"].startswith(
            "wm1 付款 9999 元（'; DROP TABLE event; -- {customer} {{ 7"
        )
        (who,) = await rows(bot, "SELECT birthday, stage FROM customer")
        assert who == {"birthday": "", "stage": "老客户"}


async def test_without_a_secret_nobody_is_at_home(tmp_path: Path) -> None:
    clock = ManualClock()
    async with stage(tmp_path, clock=clock) as parts, ClientSession() as session:
        bot = parts.bot
        body = json.dumps(order()).encode()
        headers = signed(body, "k1", clock.timestamp())
        url = f"{bot.url}/api/v1/signals"
        async with session.post(url, data=body, headers=headers) as response:
            assert response.status == 404
        async with session.get(f"{bot.url}/api/v1/openapi.json") as response:
            assert response.status == 404


async def test_a_purchase_ends_at_once_what_it_ends(tmp_path: Path) -> None:
    clock = ManualClock()
    now = clock.now()
    today, tomorrow = f"{now:%Y-%m-%d}", now + timedelta(days=1)
    async with shop(tmp_path, clock) as bot:
        await know(bot, people.contact("wm1", "liming", 1.0))
        for plan, slot in (
            ("new_customer", "day3@2025-12-30"), ("new_customer", f"day1@{today}"),
            ("new_customer", "day7@2099-01-01"), ("birthday", "2026-01-03"),
        ):  # fmt: skip
            later = Touch(
                plan=plan, slot=slot, customer="wm1", scenario=Scenario.AFTER_SALES,
                script="care/day3", due_at=tomorrow, deadline=tomorrow,
            )  # fmt: skip
            await know(bot, people.planned([later]))
        await send(bot.url, clock, order())
        found = await rows(bot, "SELECT slot, state, rule FROM touch ORDER BY seq")
        assert [(one["state"], one["rule"]) for one in found] == [
            (3, "bought"), (3, "bought"), (0, ""), (0, ""),
        ]  # fmt: skip
