"""The profile of caps is switched in a file; the running bot follows, and names the profile."""

from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import ManualClock
from bot.plans.preflight import Trial
from bot.store.customers import people
from bot.store.desk.staff import Role
from bot.store.journal import Write
from bot.touch.rulebook import read_policy
from bot.touch.touch import Scenario, Touch
from tests.engine import SECRETS
from tests.forward import ZONE, Person, corp_of, fill, lay_out, store_of, switch
from tests.pages import visiting
from tests.stage import SHOP, Stage, stage

NOW = datetime(2026, 3, 11, 10, 0, tzinfo=ZONE)  # Wednesday
MONDAY = NOW - timedelta(days=2)
STRICT = """
[profiles.strict]
caps = [{ subject = "customer", span = "week", most = 1 }]
"""
PLAN = """
kind = "campaign"
title = "今天的"
scenario = "holiday"
on = 2026-03-11
hours = "11:00-12:00"
deadline = "20:00"
script = "holiday/lantern"
"""


def greeting(customer: str) -> Touch:
    return Touch(
        plan="by_hand", slot="1", customer=customer, scenario=Scenario.HOLIDAY,
        script="holiday/lantern", due_at=NOW, deadline=NOW + timedelta(hours=9),
    )  # fmt: skip


async def put(scene: Stage, customer: str) -> dict[str, object]:
    await scene.bot.journal.write(Write(more=people.planned([greeting(customer)])))
    await scene.bot.sweep("touches")
    await scene.bot.quiet()
    query = f"SELECT state, rule, zh, en FROM touch WHERE customer = '{customer}'"
    return (await scene.rows(query))[0]


async def test_another_profile_counts_at_once_and_is_named(tmp_path: Path) -> None:
    crowd = [Person(id=f"wm{n}", added_at=MONDAY, got=(MONDAY,)) for n in (1, 2, 3)]
    lay_out(tmp_path, "[known]\n", {"today": PLAN}, more=STRICT)
    await fill(tmp_path, crowd)
    clock = ManualClock(NOW)
    corp = await corp_of(crowd, clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:

        async def reached() -> tuple[int, str, list[str]]:
            trial = Trial(
                tmp_path, store_of(tmp_path),
                library=scene.bot.desk.edition.library,
                policy=read_policy(tmp_path, SECRETS, ZONE), zone=ZONE,
            )  # fmt: skip
            found = await trial.preflight("today", clock.now())
            return found.on_time, found.profile, [one.zh for one in found.never]

        assert await reached() == (3, "2025", [])
        assert (await put(scene, "wm1"))["state"] == 1  # taken: on its way
        switch(tmp_path, "strict")
        for _ in range(2):  # a file counts once it has rested
            await scene.bot.sweep("rules")
        held = await put(scene, "wm2")
        assert (held["state"], held["rule"]) == (4, "customer_week")
        assert "按「strict」规则，每位客户每周最多 1 条，本周已有 1 条" in str(held["zh"])
        assert "profile strict: at most 1 a week" in str(held["en"])
        async with visiting(scene.bot, "boss", Role.OPERATOR) as pages:
            told = await pages.part("/sidebar/may?customer=wm2&scenario=holiday")
        assert "<li>每位客户每周最多 1 条" in told
        assert "strict" not in told, "to whoever writes to customers its name says nothing"
        on_time, profile, whys = await reached()
        assert (on_time, profile) == (0, "strict")
        assert "按「strict」规则" in whys[0]
        switch(tmp_path, "2025")
        for _ in range(2):
            await scene.bot.sweep("rules")
        assert (await put(scene, "wm3"))["state"] == 1
        await take_up_a_word(scene, tmp_path)


async def take_up_a_word(scene: Stage, root: Path) -> None:
    """By which customers opt out."""
    touch = root / "config/touch.toml"
    text = touch.read_text("utf-8").replace("opt_out = [", 'opt_out = ["别整这些",', 1)
    touch.write_text(text, "utf-8")
    for _ in range(2):
        await scene.bot.sweep("rules")
    await scene.corp.customer_writes_kf("wm1", SHOP, "别整这些了")
    await scene.quiet()
    opted = await scene.rows("SELECT id FROM customer WHERE opted_out_at IS NOT NULL")
    assert opted == [{"id": "wm1"}]
