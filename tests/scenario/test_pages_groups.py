"""Groups on pages: owners see their own, operators say what kind one is."""

import re
from datetime import timedelta
from pathlib import Path

from aiohttp import FormData

from bot.store.desk.staff import Role
from bot.store.groups.news import GroupNews
from tests.pages import Pages, visiting
from tests.stage import Stage, stage

TALK = "INSERT INTO group_talk (chat_id, userid, day, messages) VALUES ($1, $2, $3, $4)"
HOSTILE = "<script>alert(1)</script>"


async def test_owners_see_their_groups_and_operators_name_the_kind(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    welcome = '[welcomes.all]\nscript = "group/welcome"\n'
    (tmp_path / "config/groups.toml").write_text(welcome, "utf-8")
    async with stage(tmp_path, ticks=False, archive=True) as shop:
        corp = shop.corp
        await corp.create_group("liming", f"宝妈群{HOSTILE}", ["wm1", "wm2"], "wrMothers")
        await corp.create_group("wangfang", "虹口店", ["wm3"], "wrShop")
        await shop.quiet()
        await shop.look("groups.refresh")
        for text in ("什么时候发货呀", "今天好热啊", "谢谢老板", HOSTILE):
            await corp.writes_in_group("wrMothers", "wm1", text)
        await shop.bot.sweep("archive")
        await shop.quiet()

        async def welcomed() -> bool:  # what the bot does when it starts, beside all else
            had = await GroupNews(shop.bot.office.database).material()
            return any(one.template_id for one in had.values())

        await shop.until(welcomed)
        async with visiting(shop.bot, "liming") as pages:
            page = await pages.text("/console/groups")
            assert "宝妈群&lt;script&gt;" in page
            assert "虹口店" not in page
            one = await pages.text("/console/groups/wrMothers")
            assert "客户1" in one
            assert "群是今天建的" in one, "there stood 0 members on each of fourteen days"
            assert ("· 多久发货" in one, "faq/" in one) == (True, False), "its title, no id"
            left_out = one.partition("群里的话，机器人怎么看")[2].partition("</section>")[0]
            assert all(text in left_out for text in ("今天好热啊", "群友聊天", "谢谢老板"))
            assert HOSTILE not in one
            assert "和企业微信一致" in one
            assert (await pages.get("/console/groups/rules")).status == 403
            assert (await pages.get("/console/groups/wrShop")).status == 404
            assert "虹口店" not in await pages.text("/console/groups?owner=wangfang")
        yesterday = shop.bot.office.clock.now().astimezone(shop.bot.office.zone) - timedelta(
            days=1
        )
        talk = ("wrMothers", "wm1", f"{yesterday:%Y-%m-%d}", 29)
        await shop.bot.office.database.change(TALK, *talk)
        async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
            page = await pages.text("/console/groups?need=1")
            assert "1 个问题没人答" in page
            assert "虹口店" not in page, "of 200 groups one could not see where somebody waits"
            await _switched_off(shop, pages)
            page = await pages.text("/console/groups")
            assert ">29</td>" in page  # as the archive has counted them
            assert ">—</td>" in page  # of 虹口店 nobody knows, and that is said
            assert "“—”是不知道" in page
            path = "/console/groups/wrShop"
            rules = await pages.text("/console/groups/rules?as=csv&kind=vip")
            assert "关键词" in rules
            assert "faq/" in rules
            assert (await pages.get("/console/groups/rules?as=doc")).status == 404
            _, told = re.findall(
                r"<tr>.*?</tr>", await pages.text("/console/audit?act=group.rules")
            )
            assert "VIP 群" in told
            assert " 条</small>" in told, "it told a number, and not of what"
            assert (await pages.post(f"{path}/kind", data={"kind": "odd"})).status == 422
            assert (await pages.post(f"{path}/kind", data={"kind": "vip"})).status == 200
            assert "虹口店" in await pages.text("/console/groups?kind=vip")
            assert (await pages.post(f"{path}/kind", data={"kind": "auto"})).status == 200
    assert HOSTILE not in page


async def _switched_off(shop: Stage, pages: Pages) -> None:
    """A manager could not have the bot silent in a group."""
    path, asked = "/console/groups/switch", "/console/groups/questions"
    assert (await pages.post(path, data={"do": "off"})).status == 422
    both = FormData([("group", "wrMothers"), ("group", "wrShop"), ("do", "off")])
    answer = await pages.post(path, data=both)
    page = await pages.text(answer.headers["HX-Redirect"])
    assert page.count("机器人已关") == 2
    assert page.count(" checked>") == 2, "whoever slipped had to look for them again"
    assert "个问题没人答" not in page
    assert "什么时候发货呀" not in await pages.text(asked)
    assert "重新打开机器人" in await pages.text("/console/groups/wrMothers")
    async with visiting(shop.bot, "liming") as other:
        assert (await other.post(path, data={"group": "wrShop", "do": "on"})).status == 403
    await shop.corp.writes_in_group("wrMothers", "wm1", "可以退货吗")
    await shop.quiet()
    await shop.bot.sweep("archive")
    assert len(await shop.rows("SELECT seq FROM group_question")) == 1
    why = await pages.text("/console/groups/wrMothers")
    assert "可以退货吗" in why
    await pages.post(path, data={"group": "wrMothers", "do": "on", "back": "1"})
    assert "什么时候发货呀" in await pages.text(asked)
    await pages.post(path, data={"group": "wrShop", "do": "on"})
    page = await pages.text("/console/audit?act=group.off")
    assert page.count("关掉群里的机器人") >= 2
