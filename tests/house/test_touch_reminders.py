"""`huashu touch remind` and `huashu touch reminders`, beside a running bot."""

from pathlib import Path

from bot.store.customers import people
from bot.store.journal import Write
from tests.house.test_records import huashu, objects, refused, running


async def test_it_shows_what_it_understood_saves_it_and_changes_it(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        root = ("--root", tmp_path)
        await parts.journal.write(Write(more=people.contact("wm1", "liming", 1.0)))
        said = ("--text", "问问奶粉", "--member", "LiMing", "--by", "王芳")
        remind = ("touch", "remind", "wm1", *root, *said)
        assert "明天下午三点" in await refused(*remind, "改天吧")
        made = await huashu(*remind, "每月1号", "--yes")
        assert made.exit_code == 0
        assert "每月1日" in made.output
        assert "liming" in made.output
        assert "没人听说过" not in made.output
        [one] = await objects("touch", "reminders", *root)
        assert (one["member"], one["words"], one["who"]) == ("liming", "问问奶粉", "王芳")
        assert "问问奶粉" in (await huashu("touch", "reminders", *root)).output
        change = ("touch", "reminders")
        later = await huashu(*change, "later", one["id"], "明天下午三点", *root)
        assert "待办 open" in later.output
        assert "待办 open" in (await huashu(*change, "done", one["id"], *root)).output  # again
        assert "已取消 dropped" in (await huashu(*change, "drop", one["id"], *root)).output
        assert "it has ended" in await refused(*change, "done", one["id"], *root)
        assert await objects("touch", "reminders", *root) == []


async def test_nothing_is_saved_unless_somebody_says_yes(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        await parts.journal.write(Write(more=people.contact("wm1", "liming", 1.0)))
        remind = ("touch", "remind", "wm1", "明天下午三点", "--text", "问", "--root", tmp_path)
        asked = await huashu(*remind, "--member", "limng")  # nobody answers
        assert "limng：这里没人听说过这位同事" in asked.output
        assert "15:00" in asked.output
        assert asked.exit_code != 0
        assert await objects("touch", "reminders", "--root", tmp_path) == []
        nothing = await huashu("touch", "remind", "wm1", "明天", "--root", tmp_path)
        assert "words of your own" in nothing.output
        assert "Save it" not in nothing.output  # one was asked first, and told afterwards
