"""`huashu complaints`, beside a running bot."""

from pathlib import Path

from bot.store.customers import people
from bot.store.journal import Write
from bot.store.touch.statements import merge
from tests.engine import asked
from tests.house.test_records import huashu, objects, refused, running


async def test_cases_are_listed_answered_and_closed(tmp_path: Path) -> None:
    root = ("--root", tmp_path)
    async with running(tmp_path) as parts:
        assert "没有 None." in (await huashu("complaints", "list", *root)).output
        words = "再这样我就打12315投诉你们\x1b[2J"
        event = asked(1, words, parts.clock)
        braked = people.braked("wm1", event.at.timestamp(), words)
        more = merge(braked, people.complained(event, "wm1", words))
        await parts.journal.write(Write(more=more))
        listed = (await huashu("complaints", "list", *root)).output
        assert "12315" in listed
        assert "等了 waiting" in listed
        assert "\x1b" not in listed
        [one] = await objects("complaints", "list", *root)
        assert (one["customer"], one["braked"], one["times"]) == ("wm1", True, 1)
        number = str(one["seq"])
        assert (
            "answered"
            in (await huashu("complaints", "answered", number, "--by", "王芳", *root)).output
        )
        assert "已有人回 answered  王芳" in (await huashu("complaints", "list", *root)).output
        close = ("complaints", "close", number, "--why", "已退款", *root)
        assert (await huashu(*close, "--by", "王芳")).exit_code == 2  # the brake: lift or keep
        assert "must not be empty" in await refused(*close, "--by", " ", "--lift")
        assert "brake is lifted" in (await huashu(*close, "--by", "王芳", "--lift")).output
        assert "no open complaint" in await refused(*close, "--by", "王芳", "--lift")
        assert "no open complaint" in await refused(
            "complaints", "answered", "9", "--by", "王", *root
        )
        assert await objects("complaints", "list", *root) == []
        assert "已退款" in (await huashu("complaints", "list", "--closed", *root)).output
        (customer,) = await parts.rows("SELECT braked_at FROM customer WHERE id = 'wm1'")
        assert customer["braked_at"] is None
