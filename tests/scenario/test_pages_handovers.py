"""Leaders hand a member's customers over on pages, and see what becomes of each."""

from pathlib import Path

from bot.clock import ManualClock
from bot.store.desk.staff import Role
from tests.pages import visiting
from tests.stage import company, stage

PATH = "/console/handovers"
DAY = 86_400
TODO = """
    INSERT INTO todo (id, member, customer, conversation, why, words, created_at)
    VALUES ('promised', 'liming', 'wm2', 'contact:liming:wm2', '', '周五前寄样品', 1)"""
NOTE = "INSERT INTO note (customer, who, text, at) VALUES ('wm2', 'liming', '爱喝乌龙茶', 1)"


async def test_a_leader_hands_over_and_tries_again(tmp_path: Path) -> None:
    clock = ManualClock()
    corp = company(clock)
    corp.add_member("zhaoyun", "赵云")
    async with stage(tmp_path, corp=corp, clock=clock, ticks=False) as shop:
        for number in (1, 2):
            await corp.customer_adds_member(f"wm{number}", "liming", welcome=False)
        await corp.customer_adds_member("wm3", "zhaoyun", welcome=False)
        await shop.quiet()
        async with (
            visiting(shop.bot, "liming", leader="lead"),
            visiting(shop.bot, "wangfang", leader="lead"),
            visiting(shop.bot, "lead", Role.LEADER) as pages,
        ):
            assert "还没有交接" in await pages.text(PATH)
            page = await pages.text(f"{PATH}/new?leaver=liming")
            assert 'value="wangfang"' in page
            assert 'value="zhaoyun"' not in page, "not theirs to lead"
            assert 'name="taker" value="wangfang">' in page, "nobody is chosen beforehand"
            form = {"leaver": "liming", "kind": "0", "taker": "wangfang", "known_first": "1"}
            for wrong in ({"leaver": "zhaoyun"}, {"taker": "zhaoyun"}, {"kind": "9"}):
                assert (await pages.post(PATH, data=form | wrong)).status == 422
            assert (
                "请至少选一位" in await (await pages.post(PATH, data=form | {"taker": ""})).text()
            )
            leave = await pages.post(PATH, data=form | {"kind": "2"})
            assert "请填写哪天回来" in await leave.text()
            database = shop.bot.office.database
            await database.change(TODO)
            await database.change(NOTE)
            begun = await pages.post(PATH, data=form)
            board = begun.headers["HX-Redirect"]
            await shop.look("handovers")
            page = await pages.text(board)
            assert "待办和承诺 <b>1</b>" in page
            assert "跟进记录 <b>1</b>" in page
            assert "<small>待办和承诺 1</small>" in page, "beside the customer"
            assert "等客户 24 小时" in page
            assert "lead" in page, "whose everything is that nobody takes"
            await corp.customer_refuses_transfer("wm1")
            await shop.look("handovers", DAY)
            await corp.settled()
            await shop.look("handovers", 120)
            page = await pages.text(board)
            assert "客户拒绝了接替" in page
            for shown in (page, await pages.text(PATH)):  # 已完成 stood beside a red 客户拒绝
                assert '<span class="badge warn">没转完</span>' in shown
                assert "已完成" not in shown
            refused = "SELECT words FROM todo WHERE why = '客户拒绝了接替'"
            (told,) = await shop.rows(refused)
            assert "客户说" not in told["words"], "nobody has asked anything"
            assert '<a href="/console/customers/wm1">' in page
            assert "已接替" in await pages.text(f"{board}?state=2")
            assert "已接替" in await pages.text(PATH)
            history = await pages.text("/console/customers/wm2")
            assert "把客户交接给了同事" in history
            assert "删除了客户" not in history, "so it read to whoever had taken over"
            assert (await pages.post(f"{board}/again", data={"taker": "zhaoyun"})).status == 422
            assert (await pages.post(f"{board}/again", data={"taker": "lead"})).status == 200
            assert "待提交" in await pages.text(board)
            assert (await pages.post(f"{board}/cancel")).status == 200
            assert "已交还" in await pages.text(board)
            assert (await pages.post(f"{board}/cancel")).status == 422
            await corp.create_group("liming", "会员群", ["wm1"], "wrLi")
            await shop.quiet()
            await shop.look("groups.refresh")
            leave = await pages.post(PATH, data=form | {"kind": "2", "until": "2026-01-09"})
            board = leave.headers["HX-Redirect"]
            assert (await pages.post(f"{board}/cancel")).status == 200
            assert "客户群 <b>1</b></p>" in await pages.text(board), "covered, and back"
        async with visiting(shop.bot, "other", Role.LEADER) as pages:
            assert (await pages.get(board)).status == 404
            assert "liming" not in await pages.text(PATH)
