"""A group programme from its plan to its groups: each owner confirms once for all their groups."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.clock import ManualClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.faults import Fault
from bot.store.desk.staff import Role
from bot.store.groups.groups import Groups
from bot.store.groups.questions import GroupQuestions
from tests.engine import configured
from tests.pages import visiting
from tests.stage import Stage, company, stage

DAWN = datetime(2026, 3, 10, 0, 30, tzinfo=UTC)  # half past eight on a Tuesday in Shanghai
HOUR = 3600.0
API = "externalcontact/add_msg_template"
WAITING, TAKEN, SENT, DROPPED, REFUSED = range(5)
PLAN = """
kind = "group"
title = "宝妈群节目"
scenario = "reminder"
names = ["*宝妈*"]
groups = ["wrE"]
[[post]]
title = "每日话题"
on = "0 10 * * *"
deadline = "12:00"
scripts = ["group/topic_meal", "group/topic_find"]
"""


def town(clock: ManualClock) -> MockCorp:
    """Five groups; 宝妈4群 loses its owner."""
    corp = company(clock)
    for chat, owner, name in (
        ("wrA", "liming", "有间好物宝妈1群"), ("wrB", "liming", "宝妈2群"),
        ("wrC", "wangfang", "宝妈3群"), ("wrD", "wangfang", "同城群"),
        ("wrE", "wangfang", "宝妈4群"),
    ):  # fmt: skip
        corp.add_group(owner, name, chat)
    return corp


async def touches(scene: Stage) -> dict[str, tuple[int, str]]:
    rows = await scene.rows("SELECT customer, state, rule FROM touch ORDER BY customer")
    return {row["customer"]: (row["state"], row["rule"]) for row in rows}


async def counted(scene: Stage) -> dict[str, Any]:
    rows = await scene.rows("SELECT subject, day_n FROM tally ORDER BY subject")
    return {row["subject"]: row["day_n"] for row in rows}


async def test_posts_reach_the_groups_whose_owner_confirms(tmp_path: Path) -> None:
    (tmp_path / "config/plans").mkdir(parents=True)
    (tmp_path / "config/plans/topics.toml").write_text(PLAN, "utf-8")
    clock = ManualClock(DAWN)
    corp = town(clock)
    corp.add_group("wangfang", "宝妈5群", "wrOff")
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:
        await scene.look("groups")
        await scene.look("plan")
        assert (await touches(scene)).keys() >= {"wrA", "wrB", "wrC", "wrE", "wrOff"}
        await Groups(scene.bot.office.database).switch(["wrOff"], clock.timestamp())
        desk = scene.bot.touching.desk
        async with visiting(scene.bot, "op", Role.OPERATOR) as pages:
            await scene.bot.journal.rows(
                "UPDATE touch SET settled_at = 9, zh = '隔 3 小时' WHERE customer = 'wrOff' "
                "RETURNING seq"
            )
            page = await pages.text("/console/groups/wrOff")
            assert "不发：机器人已关" in page
            assert ("隔 3 小时" in page, "1970" in page) == (True, False), "when it was put off"
            assert "计划已暂停" not in await pages.text("/console/groups/wrA")
            page = await pages.text("/console/plans/topics")
            assert "现在符合的有 5 个客户群" in page
            assert "能发到 4 个群" in page, "it counted a group in which the bot is off"
            assert "1 个群里关掉了机器人" in page
            await desk.pause("topics", "op")
            page = await pages.text("/console/groups/wrA")
            assert ("计划已暂停" in page, ">等待<" in page) == (True, False), "it said 等待"
            await desk.resume("topics", "op")
        await scene.bot.journal.rows(
            "DELETE FROM touch WHERE slot NOT LIKE '2026-03-10%' RETURNING seq"
        )
        await scene.bot.journal.rows(
            "UPDATE chat_group SET owner_state = 1 WHERE chat_id = 'wrE' RETURNING chat_id"
        )
        async with visiting(scene.bot, "op", Role.OPERATOR) as pages:
            page = await pages.text("/console/plans/topics")
            assert "能发到 3 个群" in page
            assert "1 个群里关掉了机器人，1 个群的群主已离职，没人能确认" in page
        corp.faults.add(
            Fault(api=API, disconnect_after=True, times=1)
        )  # WeCom has it all the same
        await scene.look("touches", 1.9 * HOUR)
        for _ in range(3):
            await scene.look("mass", 180)
        assert len(corp.mass.tasks) == 2
        assert await touches(scene) == {
            "wrA": (TAKEN, ""), "wrB": (TAKEN, ""), "wrC": (TAKEN, ""), "wrE": (REFUSED, "no_way"),
            "wrOff": (REFUSED, "group_off"),
        }  # fmt: skip
        tasks = {owner: one for one in corp.mass.tasks.values() for owner in one.parts}
        assert {one.chat_type for one in tasks.values()} == {"group"}
        assert {owner: sorted(one.parts[owner].fates) for owner, one in tasks.items()} == {
            "liming": ["wrA", "wrB"], "wangfang": ["wrC"],
        }  # fmt: skip
        assert corp.deliveries == []
        await corp.member_confirms_mass("liming")
        await scene.look("mass", 600)
        assert [(one.to, one.channel) for one in corp.deliveries] == [
            ("wrA", "group"), ("wrB", "group"),
        ]  # fmt: skip
        await desk.pause("topics", "liming")
        await scene.look("mass", 600)
        assert (await touches(scene))["wrC"] == (TAKEN, "")  # it waits for its owner already
        await desk.stop("topics", "liming")
        await scene.look("mass", 600)
        found = await touches(scene)
        assert (found["wrA"], found["wrB"]) == ((SENT, ""), (SENT, ""))
        assert found["wrC"] == (DROPPED, "plan_stopped")
        assert tasks["wangfang"].cancelled
        assert await counted(scene) == {
            "g:wrA": 1, "g:wrB": 1, "g:wrC": 0, "q:wrA": 1, "q:wrB": 1, "q:wrC": 0,
        }  # fmt: skip
    assert corp.refusals == []


DIGEST = """
kind = "group"
title = "宝妈群节目"
scenario = "reminder"
names = ["*宝妈*"]
[[post]]
title = "每日话题"
on = "0 10 * * *"
deadline = "12:00"
scripts = ["group/topic_meal"]
[[post]]
title = "晚间汇总"
on = "0 20 * * *"
deadline = "21:30"
missed = true
scripts = ["system/group_missed"]
"""


async def test_the_evening_digest_is_for_groups_that_did_not_talk(tmp_path: Path) -> None:
    (tmp_path / "config/plans").mkdir(parents=True)
    (tmp_path / "config/plans/topics.toml").write_text(DIGEST, "utf-8")
    clock = ManualClock(DAWN)
    corp = town(clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:
        for sweep in ("groups", "plan"):
            await scene.look(sweep)
        database = scene.bot.office.database
        for sweep, after in (("touches", 1.9 * HOUR), ("mass", 180)):
            await scene.look(sweep, after)
        await corp.member_confirms_mass("liming")  # wangfang forgets it
        await scene.look("mass", 600)
        await database.rows(
            "INSERT INTO group_talk (chat_id, userid, day, messages) VALUES "
            "('wrA', 'wm1', '2026-03-01', 1), ('wrB', 'wm1', '2026-03-10', 9)"
        )
        await database.rows(
            "INSERT INTO chat_group_member (chat_id, userid, customer, joined_at) "
            "VALUES ('wrB', 'wm1', TRUE, 1)"
        )
        await scene.look("touches", 9.6 * HOUR)
        rows = await scene.rows(
            "SELECT customer, state, rule FROM touch WHERE slot = '2026-03-10 晚间汇总 ↻'"
        )
        assert {row["customer"]: (row["state"], row["rule"]) for row in rows} == {
            "wrA": (TAKEN, ""), "wrB": (DROPPED, "discussed"),
            "wrC": (DROPPED, "nothing_posted"), "wrE": (DROPPED, "nothing_posted"),
        }  # fmt: skip
        await corp.member_confirms_mass("liming")
        topic, digest = scene.texts("wrA", "group")
        assert topic in digest
        assert "没来得及看" in digest
        assert len(scene.texts("wrB", "group")) == 1
        await scene.look("mass", 600)
        await database.rows("UPDATE chat_group SET kind = 'growth' RETURNING chat_id")
        async with visiting(scene.bot, "boss", Role.OPERATOR) as pages:
            board = await pages.text("/console/groups?kind=growth")
        assert "成长群的节目" in board
        assert "晚间汇总" in board
        assert "当天 9 条消息" in board
        assert "个群没发" in board
    assert corp.refusals == []


async def test_two_posts_that_an_owner_confirms_late_do_not_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "config/plans").mkdir(parents=True)
    later = PLAN.replace('deadline = "12:00"', 'deadline = "18:00"') + (
        '[[post]]\ntitle = "下午"\non = "0 14 * * *"\ndeadline = "20:30"\n'
        'scripts = ["group/topic_sleep"]\n'
    )
    (tmp_path / "config/plans/topics.toml").write_text(later, "utf-8")
    clock = ManualClock(DAWN)
    corp = town(clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as scene:
        for sweep, after in (("groups", 0), ("plan", 0), ("touches", 2.5 * HOUR), ("mass", 60)):
            await scene.look(sweep, after)
        await scene.look("touches", 4 * HOUR)  # three o'clock, and nobody has confirmed the first
        second = "SELECT DISTINCT state, rule FROM touch WHERE slot = '2026-03-10 下午'"
        assert {**(await scene.rows(second))[0]} == {"state": WAITING, "rule": "unconfirmed"}
        await corp.member_confirms_mass("liming")
        await scene.look("mass", 0.5 * HOUR)
        await scene.look("touches", HOUR)
        assert len([one for one in corp.deliveries if one.to == "wrA"]) == 1
        await scene.look(
            "touches", 2.5 * HOUR
        )  # three hours after it was confirmed, with some spread
        await scene.look("mass", 60)
        await corp.member_confirms_mass("liming")
        first, last = (one.at for one in corp.deliveries if one.to == "wrA")
        assert (last - first).total_seconds() >= 3 * HOUR


async def test_answers_say_which_post_they_leave_no_room_for(tmp_path: Path) -> None:
    """Whoever answered at half past eight lost the post of ten o'clock, and heard of it after."""
    (tmp_path / "config/plans").mkdir(parents=True)
    (tmp_path / "config/plans/topics.toml").write_text(PLAN, "utf-8")
    configured(tmp_path, "caps.toml")
    clock = ManualClock(DAWN)
    corp = town(clock)
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False, archive=True) as scene:
        for chat in ("wrA", "wrB", "wrD"):
            await corp.people_join_group(chat, ["wm1"])
        await scene.quiet()
        await scene.look("groups")
        await scene.look("plan")
        for chat in ("wrA", "wrB", "wrD"):
            await corp.writes_in_group(chat, "wm1", "什么时候发货呀")
        await scene.look("archive")
        form = {"owner": "liming"}
        for one in await GroupQuestions(scene.bot.office.database).open():
            form |= {f"pick-{one.seq}": "1", f"answer-{one.seq}": "今天都发"}
        path = "/console/groups/questions/preview"
        async with visiting(scene.bot, "boss", Role.ADMIN) as pages:
            told = await (await pages.post(path, data=form)).text()
            assert "其中 2 个群 10:" in told
            assert "至少隔 3 小时" in told
            other = await (await pages.post(path, data=form | {"owner": "wangfang"})).text()
            assert "排了节目" not in other
            await scene.look("touches", 13 * HOUR)
            assert "排了节目" not in await (await pages.post(path, data=form)).text()
