"""A plan to customer groups is made in the console, changed, confirmed by owners, and arrives."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.store.desk.staff import Role
from bot.store.groups.groups import Groups
from tests.engine import configured
from tests.pages import Pages, visiting
from tests.stage import Stage, company, stage

DAWN = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)  # half past eight on a Tuesday in Shanghai
HOUR = 3600.0
NEW, PATH = "/console/plans/new", "/console/plans/topics"
BY_HAND = """
kind = "group"
title = "宝妈群节目"
scenario = "reminder"
names = ["*宝妈*"]
groups = ["wrD"]
[[post]]
title = "每周话题"
on = "0 10 * * tue,thu"
deadline = "12:00"
scripts = ["group/topic_meal", "group/topic_find"]
[[post]]
title = "晒一晒"
on = "mid_autumn - 1"
scripts = ["group/show"]
"""
FORM: Any = [
    ("id", "topics"), ("kind", "group"), ("title", "宝妈群节目"), ("scenario", "reminder"),
    ("names", "*宝妈*\r\n"), ("groups", "wrD"),
    ("post1", "每周话题"), ("mode1", "weekly"), ("weekday1", "tue"), ("weekday1", "thu"),
    ("last_at1", "12:00"), ("say1", "group/topic_meal"), ("say1", "group/topic_find"),
    ("say1", ""), ("post3", "晒一晒"), ("mode3", "festival"), ("festival3", "mid_autumn"),
    ("shift3", "1"), ("side3", "before"), ("say3", "group/show"),
]  # fmt: skip


def town(clock: ManualClock) -> MockCorp:
    corp = company(clock)
    for chat, owner, name in (
        ("wrA", "liming", "有间好物宝妈1群"), ("wrB", "liming", "宝妈2群"),
        ("wrC", "wangfang", "宝妈3群"), ("wrD", "wangfang", "同城群"),
        ("wrE", "wangfang", "邻里群"),
    ):  # fmt: skip
        corp.add_group(owner, name, chat)
    return corp


def put(form: Any, **new: str) -> Any:
    return [*((name, text) for name, text in form if name not in new), *new.items()]


async def test_a_plan_to_groups_is_made_confirmed_and_arrives(tmp_path: Path) -> None:
    """It could be written as a file alone."""
    configured(tmp_path, "caps.toml")
    clock = ManualClock(DAWN)
    corp = town(clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:
        await scene.look("groups")
        desk, database = scene.bot.touching.desk, scene.bot.office.database
        await Groups(database).switch(["wrC"], clock.timestamp())
        async with visiting(scene.bot, "op", Role.OPERATOR) as pages:
            ticked = [("group", "wrD"), ("do", "plan"), ("kind", "growth")]
            to = await pages.post("/console/groups/switch", data=ticked)
            first = await pages.text(to.headers["HX-Redirect"])
            assert '<option value="group" selected>群节目：发到客户群' in first
            assert 'value="wrD" checked><span>同城群' in first
            assert 'value="wrA"><span>有间好物宝妈1群' in first
            nowhere = put(FORM, names="", groups="", go="2")
            answer = await pages.post(NEW, data=nowhere)
            page = await answer.text()
            assert (answer.status, "请写群名，或者勾选群" in page) == (422, True)
            mute = await (await pages.post(NEW, data=put(FORM, say1="", go="3"))).text()
            assert "没有填" in mute.partition('name="say1"')[2].partition("f-date1")[0]
            assert mute.count("再加一个节目") == 1
            when = await (await pages.post(NEW, data=put(FORM, go="2"))).text()
            assert 'value="group/topic_find" selected' in when
            assert 'name="weekday1" value="thu" checked' in when
            assert 'name="post2" type="text" value="晒一晒"' in when, "the gap was not closed"
            never = put(FORM, go="3", last_at1="09:00")
            page = await (await pages.post(NEW, data=never)).text()
            assert "早于发送时间" in page.partition('id="f-last_at1"')[2].partition("就撤回")[0]
            third = await (await pages.post(NEW, data=put(FORM, go="3"))).text()
            told = await pages.outcome(third)
            assert "现在符合的有 4 个客户群" in told
            assert "能发到 3 个群" in told
            assert "试算的是最近一次节目：3月10日 每周话题" in told
            assert "共 4 条：3 条当天送到，0 条稍后，1 条不会发" in told
            assert "宝妈2群 <small>由" in told, "it told the group's id"
            assert "还不知道" not in told
            made = await pages.post(NEW, data=put(FORM, go="make"))
            assert made.headers["HX-Redirect"] == PATH
            entry = await desk.plan("topics")
            assert entry.table == tomllib.loads(BY_HAND), "it is not what a file says"
            await a_plan_that_cannot_be_planned_was_being_rescheduled_for_ever(scene, pages)
            scene.bot.touching.plan_soon()
            await scene.look("plan.changed")
            page = await pages.text(PATH)
            assert "*宝妈*、同城群" in page
            assert "每周二、周四 10:00" in page
            assert page.count("3月10日 轮到这条") == 1, "which of them is next, nobody could tell"
            async with visiting(scene.bot, "boss", Role.ADMIN) as boss:
                audit = await boss.text("/console/audit?act=plan.make")
            assert "每周话题：每周二、周四 10:00，" in audit
            assert "wrD" not in audit
            await scene.look("touches", 1.9 * HOUR)
            await scene.look("mass", 180)
            page = await pages.text(PATH)
            assert "2 个群等着" in page
            for owner in ("liming", "wangfang"):
                await corp.member_confirms_mass(owner)
            await scene.look("mass", 600)
            assert {one.to for one in corp.deliveries} == {"wrA", "wrB", "wrD"}
            page = await pages.text(PATH)
            assert "<span>已送达</span><b>3</b>" in page
            assert "宝妈3群" in page.partition("没发的，为什么")[2]
    assert corp.refusals == []


async def a_plan_that_cannot_be_planned_was_being_rescheduled_for_ever(
    scene: Stage, pages: Pages
) -> None:
    await scene.rows(
        "CREATE TRIGGER broken BEFORE INSERT ON touch BEGIN SELECT raise(ABORT, 'no'); END"
    )
    await scene.look("plan.changed")
    for path in (PATH, "/console/plans"):
        page = await pages.text(path)
        assert ("排不出来" in page, "正在重新安排" in page) == (True, False)
    await scene.rows("DROP TRIGGER broken")


async def test_a_plan_to_groups_is_changed_and_stopped(tmp_path: Path) -> None:
    clock = ManualClock(DAWN)
    corp = town(clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:
        await scene.look("groups")
        desk, change = scene.bot.touching.desk, f"{PATH}/change"
        await desk.create("topics", tomllib.loads(BY_HAND), "op")
        await scene.look("plan.changed")
        async with visiting(scene.bot, "op", Role.OPERATOR) as pages:
            assert f'href="{change}"' in await pages.text(PATH)
            first = await pages.text(change)
            assert 'value="wrD" checked' in first
            assert ">*宝妈*</textarea>" in first
            form = put(
                FORM, groups="wrE wrD", weekday1="wed", seen=(await desk.plan("topics")).version
            )
            form = put(form, names="", missed3="1")
            page = await (await pages.post(change, data=put(form, go="3"))).text()
            assert "<ins>邻里群</ins>" in page
            assert "每周话题：每周二、周四 10:00" in page.partition("<del")[2]
            assert "每周话题：每周三 10:00" in page.partition("<ins")[2]
            assert "，当天的汇总</ins>" in page
            told = await pages.outcome(page)
            assert "少收到或不再收到的：有间好物宝妈1群、宝妈2群、宝妈3群" in told, (
                "it told the groups' ids"
            )
            done = await pages.post(change, data=put(form, go="make", why="换群"))
            assert done.headers["HX-Redirect"] == PATH
            await scene.look("plan.changed")
            due = "SELECT DISTINCT customer FROM touch WHERE plan = 'topics' AND state = 0"
            assert {row["customer"] for row in await scene.rows(due)} == {"wrD", "wrE"}
            await desk.create("odd", {**tomllib.loads(BY_HAND), "post": many()}, "op")
            refused = await pages.get("/console/plans/odd/change")
            assert (refused.status, "表单里没有的写法" in await refused.text()) == (422, True)
            assert (await pages.post(f"{PATH}/stop", data={"why": "不做了"})).status == 200
            await scene.look("plan.changed")
            assert await scene.rows(due) == []
    assert corp.refusals == []


def many() -> list[dict[str, Any]]:
    """More posts than the form has room for."""
    return [
        {"title": f"第 {n} 个", "on": f"0 10 {n} * *", "scripts": ["group/show"]}
        for n in range(1, 8)
    ]
