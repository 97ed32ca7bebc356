"""Messages that went astray are settled by people, with a reason."""

from pathlib import Path

from bot.mockwecom.faults import Fault
from bot.store.desk import staff
from bot.store.desk.staff import Role, Staff
from bot.web.login import ADMIN
from tests.pages import PART, visiting
from tests.stage import Stage, stage

AGENT = 1000002


async def test_a_doubtful_message_is_sent_again_or_dropped_with_a_reason(tmp_path: Path) -> None:
    async with stage(tmp_path, ticks=False) as shop:
        shop.corp.faults.add(Fault(api="message/send", disconnect_after=True, times=2))
        for member in ("liming", "wangfang"):
            await shop.corp.member_writes_app(member, AGENT, "什么时候发货")
            await shop.quiet()
        rows = await shop.rows("SELECT id FROM message WHERE state = 4 ORDER BY seq")
        first, second = (row["id"] for row in rows)
        sent = len(shop.corp.deliveries)
        async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
            page = await pages.text("/console/outbox")
            assert first in page
            assert second in page
            assert page.count("不知道同事收到没有") == 2
            path = f"/console/outbox/{first}"
            assert (await pages.post(f"{path}/again")).status == 422  # no reason
            assert (await pages.post(f"{path}/again", data={"why": "没收到"})).status == 200
            await shop.quiet()
            assert len(shop.corp.deliveries) == sent + 1
            dropped = await pages.post(f"/console/outbox/{second}/drop", data={"why": "晚了"})
            assert dropped.status == 200
            assert (await pages.post(f"{path}/sent", data={"why": "又一次"})).status == 409
        assert await shop.rows("SELECT id FROM message WHERE state = 4") == []
        audit = await shop.rows("SELECT who, act, subject, why FROM audit ORDER BY seq")
        assert audit == [
            {"who": "op", "act": "message.again", "subject": first, "why": "没收到"},
            {"who": "op", "act": "message.drop", "subject": second, "why": "晚了"},
        ]


async def test_a_message_that_waits_can_be_withdrawn(tmp_path: Path) -> None:
    async with stage(tmp_path, ticks=False) as shop:
        shop.corp.faults.add(Fault(api="message/send", errcode=45009, times=1))
        await shop.corp.member_writes_app("liming", AGENT, "什么时候发货")

        async def waits() -> bool:
            return bool(await shop.rows("SELECT id FROM message WHERE state = 0 AND attempts = 1"))

        await shop.until(waits)
        (row,) = await shop.rows("SELECT id FROM message WHERE state = 0")
        async with visiting(shop.bot, "op", Role.OPERATOR) as pages:
            answer = await pages.post(f"/console/outbox/{row['id']}/drop", data={"why": "不用了"})
            assert answer.status == 200
        assert shop.bot.sender.withdraw(row["id"], "不用了")
        assert not shop.bot.sender.withdraw("another", "不用了")


async def the_link_is_no_colleague(shop: Stage) -> None:
    """In a new company it was the only name that was offered, and WeCom refused its code."""
    database = shop.bot.office.database
    await database.change("DELETE FROM staff")
    async with visiting(shop.bot, ADMIN, Role.ADMIN) as pages:
        assert "添加门店</a>" in await pages.text("/console/stores"), "by a command alone"
        assert "还没有能发朋友圈的同事" in await pages.text("/console/moments")
        for who, active in (("li", True), ("qi", False), (ADMIN, True)):
            one = Staff(id=who, name=who, role=Role.ADMIN, leader="", active=active, sight=())
            await staff.put(database, one, 0.0)
        page = await pages.text("/console/channels")
        offered = {who: f'value="{who}"' in page for who in ("li", "qi", ADMIN)}
        assert offered == {"li": True, "qi": False, ADMIN: False}
        for path in ("/console/handovers/new?leaver=qi", "/console/people/one"):
            page = await pages.part(path)
            assert ('value="li"' in page, f'value="{ADMIN}"' in page) == (True, False), path


async def test_the_last_admin_stays_and_nobody_leads_themselves(tmp_path: Path) -> None:
    async with (
        stage(tmp_path, ticks=False) as shop,
        visiting(shop.bot, "boss", Role.ADMIN) as pages,
    ):
        form = {"id": "boss", "name": "老板", "role": "1", "active": "1"}
        assert (await pages.post("/console/people", data=form)).status == 422
        for who, leader in (("a", ""), ("b", "a")):
            form = {"id": who, "name": who, "role": "2", "leader": leader, "active": "1"}
            assert (await pages.post("/console/people", data=form)).status == 200
        form = {"id": "a", "name": "a", "role": "2", "leader": "b", "active": "1"}
        assert (await pages.post("/console/people", data=form)).status == 422
        new = await pages.post("/console/people", data={**form, "leader": "", "new": "1"})
        assert new.status == 409, "whoever was added twice lost role and leader"
        sheet = await pages.part("/console/people/one?id=b")
        assert '<option value="a" selected>a</option>' in sheet
        assert 'value="b">' not in sheet.split('name="leader"')[1]
        assert (await pages.get("/console/people/one?id=b")).status == 303
        missing = await pages.get("/console/people/one?id=c", headers=PART)
        assert missing.status == 404
        await the_link_is_no_colleague(shop)
