"""Staff's reminders on the mock: a to-do at its time, or a message inside the rules."""

from dataclasses import replace
from pathlib import Path

from bot.store.desk import staff
from bot.store.desk.staff import Role, Staff
from bot.touch.reminders import Draft
from tests.scenario.test_outreach import MORNING, SENT, WAITING, shop, stands


async def test_a_todo_of_who_is_switched_off_went_where_nobody_saw_it(tmp_path: Path) -> None:
    async with shop(tmp_path, MORNING) as scene:
        reminders, database = scene.bot.touching.reminders, scene.bot.office.database
        await reminders.create(
            Draft(customer="wm4", when="2分钟后", words="问问奶粉", who="王芳", member="liming")
        )
        for who, leader, active in (("zhang", "", True), ("liming", "zhang", False)):
            person = Staff(
                id=who, name=who, role=Role.LEADER, leader=leader, active=active, sight=()
            )
            await staff.put(database, person, 1.0)
        await scene.bot.desk.refresh(database)
        await scene.look("reminders", 200)
        [todo] = await scene.rows("SELECT member FROM todo")
        assert todo["member"] == "zhang"


async def test_a_todo_of_who_was_removed_in_wecom_stayed_where_nobody_saw_it(
    tmp_path: Path,
) -> None:
    async with shop(tmp_path, MORNING) as scene:
        database, people = scene.bot.office.database, scene.corp.people

        async def whose() -> list[str]:
            rows = await scene.rows("SELECT member FROM todo ORDER BY customer")
            return [row["member"] for row in rows]

        await staff.put(database, replace(staff.newcomer("liming"), leader="wangfang"), 1.0)
        await staff.put(database, staff.newcomer("wangfang"), 1.0)
        people.add_member("zhao", "赵")
        for customer, member in (("wm3", "zhao"), ("wm4", "LiMing"), ("wm5", "wangfang")):
            draft = Draft(
                customer=customer, when="2分钟后", words="问问", who="王芳", member=member
            )
            await scene.bot.touching.reminders.create(draft)
        await scene.look("reminders", 200)
        members = await whose()
        people.members.clear()  # as if we asked another company
        await scene.look("staff.departed")
        assert await whose() == members
        people.add_member("wangfang", "王芳")
        await scene.look("staff.departed")
        assert await whose() == ["", "wangfang", "wangfang"]
        rows = await scene.rows("SELECT who, subject FROM audit ORDER BY subject")
        assert [(row["who"], row["subject"]) for row in rows] == [
            ("企业微信", "liming"), ("企业微信", "zhao"),
        ]  # fmt: skip
        rows = await scene.rows("SELECT id, leader FROM staff WHERE NOT active ORDER BY id")
        assert [(row["id"], row["leader"]) for row in rows] == [
            ("liming", "wangfang"),
            ("zhao", ""),
        ]


async def test_the_member_is_told_and_the_customer_is_written_to(tmp_path: Path) -> None:
    async with shop(tmp_path, MORNING) as scene:
        reminders = scene.bot.touching.reminders
        await reminders.create(
            Draft(customer="wm4", when="今天下午三点", words="问问奶粉吃完没有", who="王芳")
        )
        sent = await reminders.create(
            Draft(
                customer="wm1", when="今晚十点", script="care/day7", to="customer", who="王芳"
            )
        )  # fmt: skip
        for who, when in (("LiMing", "2分钟后"), ("wangfang", "3分钟后")):
            await reminders.create(
                Draft(customer="wm4", when=when, script="care/day7", who=who, member="wangfang")
            )
        gone = "UPDATE reminder SET script = 'gone/away' WHERE who = 'wangfang' RETURNING id"
        await scene.bot.journal.rows(gone)
        await scene.look("reminders", 200)
        own, other = await scene.rows("SELECT why, words FROM todo ORDER BY length(why)")
        assert (own["why"], "话术已下架" in own["words"]) == ("提醒", True)
        assert other["why"].endswith("（小李）"), "no userid"
        await scene.look("reminders", 5 * 3600)
        [todo] = await scene.rows(
            "SELECT member, customer, words FROM todo WHERE member <> 'wangfang'"
        )
        assert (todo["member"], todo["customer"]) == ("liming", "wm4")
        assert "问问奶粉吃完没有" in todo["words"]
        told = [one.text for one in scene.corp.deliveries if one.to == "liming"]
        assert any("问问奶粉吃完没有" in text for text in told)
        await scene.look("reminders", 7 * 3600)
        await scene.look("touches")
        [touch] = [one for name, one in (await stands(scene)).items() if sent.id in name]
        assert touch[0] == WAITING  # until the quiet hours are over
        await scene.look("touches", 12 * 3600)
        [touch] = [one for name, one in (await stands(scene)).items() if sent.id in name]
        assert touch == (SENT, "")
        assert len(scene.texts("wm1")) == 1
    assert scene.corp.refusals == []
