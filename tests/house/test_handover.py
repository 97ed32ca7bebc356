"""`huashu handover`, beside a running bot, which begins what was planned."""

from pathlib import Path

from bot.store.customers import people
from bot.store.customers.contacts import together
from bot.store.journal import Write
from tests.house.test_records import huashu, objects, refused, running


async def test_a_handover_is_planned_looked_at_and_called_off(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        root = ("--root", tmp_path)
        assert "没有交接" in (await huashu("handover", "list", *root)).output
        friends = [people.contact(f"wm{number}", "liming", 1.0) for number in (1, 2, 3)]
        friends.append(people.contact("wm1", "wangfang", 1.0))
        await parts.journal.write(Write(more=together(friends)))
        begin = ("handover", "begin", "LiMing", "--by", "王芳", "--yes", *root)
        assert "不能交接给本人" in await refused(*begin, "--to", "liming")
        told = (await huashu(*begin, "--to", "wangfang", "--to", "zhaoyun")).output
        assert "zhaoyun：这里没人听说过这位同事" in told  # once, nobody had a customer of a slip
        assert "wangfang：" not in told
        assert "liming：" not in told.casefold()
        assert "在职转交 stays: 客户 customers 3" in told
        assert "→ wangfang: 2 个（已认识 knows 1）" in told
        assert "→ zhaoyun: 1 个" in told
        assert "已经有一个交接" in await refused(*begin, "--to", "zhaoyun")
        [one] = await objects("handover", "list", *root)
        assert (one["handover"]["leaver"], one["handover"]["who"]) == ("liming", "王芳")
        assert one["items"] == {"待提交 to be asked": 3}
        assert "wm1  → wangfang" in (await huashu("handover", "status", "liming", *root)).output
        items = await objects("handover", "status", one["handover"]["id"], *root)
        assert [item["taker"] for item in items] == ["wangfang", "zhaoyun", "wangfang"]
        assert "已结束" in (await huashu("handover", "cancel", "liming", *root)).output
        assert "没有这个交接" in await refused("handover", "cancel", "liming", *root)
        until = (*begin, "--to", "zhaoyun", "--leave-until")
        assert "write a day" in await refused(*until, "soon")
        assert "休假代班 on leave" in (await huashu(*until, "2099-12-01")).output
