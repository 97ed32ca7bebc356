"""Life of a customer group, from WeCom's callback to what its owner is told."""

from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.errors import Refused
from bot.mockwecom.faults import Fault
from tests.stage import company, stage

MATERIAL = (
    '[welcomes.vip]\nscript = "group/welcome"\nkinds = ["vip"]\n[kinds.vip]\nnames = ["*VIP*"]\n'
)
OLD_CHANGE = """
    INSERT INTO chat_group_change (event, chat_id, at, change, applied_at)
    VALUES ('e', 'wr', $1, 'update', $1)"""


async def test_a_group_from_its_first_day(tmp_path: Path) -> None:
    clock = ManualClock()
    corp = company(clock)
    old = corp.add_group("liming", "老群")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/groups.toml").write_text(MATERIAL, "utf-8")
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as on:

        async def begun() -> bool:
            return bool(await on.rows("SELECT stage FROM chat_group WHERE stage <> ''"))

        await on.until(begun)
        await on.until(lambda: _made(corp.group_welcomes.materials))
        rows = await on.rows("SELECT chat_id, stage FROM chat_group")
        assert [(row["chat_id"], row["stage"]) for row in rows] == [(old, "silent")]

        chat = await corp.create_group("liming", "母婴群", ["wm1"])
        vip = await corp.create_group("wangfang", "VIP 群", ["wm1"])
        await on.quiet()
        await on.look("groups.refresh")
        await on.look("groups.judge")
        for customer in ("wm2", "wm3"):
            await corp.people_join_group(chat, [customer])
        await corp.people_join_group(vip, ["wm4"])
        await on.quiet()
        await on.look("groups.refresh")
        await on.look("groups.joins", after_s=61)
        (told,) = on.texts("liming", "app")
        assert told.startswith("「母婴群」来了新朋友：客户2、客户3。")
        assert on.texts("wangfang", "app") == [], "WeCom's client welcomes in VIP groups"
        (todo,) = await on.rows("SELECT member, why FROM todo")
        assert (todo["member"], todo["why"]) == ("liming", "新人进群")

    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as on:
        corp.faults.add(Fault(api="callback", drop=True, times=1))
        await corp.people_leave_group(chat, ["wm2"])
        await corp.people_join_group(chat, ["wm5"])
        await on.quiet()
        await on.look("groups.refresh")
        inside = await on.rows(
            f"SELECT userid FROM chat_group_member WHERE chat_id = '{chat}' AND left_at IS NULL "
            "ORDER BY userid"
        )
        assert [row["userid"] for row in inside] == ["liming", "wm1", "wm3", "wm5"]
        (row,) = await on.rows(f"SELECT gaps FROM chat_group WHERE chat_id = '{chat}'")
        assert row["gaps"] == 1
        await on.look("groups", after_s=86_400)
        await on.look("groups.figures")
        assert await on.rows("SELECT seq FROM group_day WHERE owner = 'wangfang'")
        assert len(corp.group_welcomes.materials) == 1, "not a second time after a restart"
    assert corp.refusals == []


async def _made(materials: object) -> bool:
    return bool(materials)


async def test_a_night_on_which_wecom_refuses_to_list_groups_forgets_all_the_same(
    tmp_path: Path,
) -> None:
    """Each night it was asked first, and where the app may not, nothing was ever forgotten."""
    clock = ManualClock()
    async with stage(tmp_path, corp=company(clock), clock=clock, ticks=False) as on:
        await on.bot.office.database.rows(OLD_CHANGE, clock.timestamp() - 100 * 86_400)
        on.corp.faults.add(Fault(api="externalcontact/groupchat/list", errcode=48002))
        with pytest.raises(Refused):
            await on.bot.sweep("groups")
        await on.bot.sweep("forget.groups")
        soon = {one.name for one in on.bot.sweeps if one.after_start_s}
        assert soon == {"forget", "forget.groups", "forget.touches"}, "nights may be missed"
        assert await on.rows("SELECT seq FROM chat_group_change") == []
