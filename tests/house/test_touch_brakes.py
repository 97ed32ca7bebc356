"""`huashu touch brakes`, `brake`, `lift`, `opt-out` and `opt-in`, beside a running bot."""

from pathlib import Path

from bot.store.customers import people
from bot.store.journal import Write
from tests.house.test_records import huashu, objects, refused, running


async def test_a_complaint_is_listed_with_its_words_and_lifted_by_name(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        root = ("--root", tmp_path)
        assert (await huashu("touch", "brakes", *root)).output == "没有 None.\n"
        await parts.journal.write(Write(more=people.braked("wm1", 1.0, "我要投诉你们\x1b[2J")))
        told = (await huashu("touch", "brakes", *root)).output
        assert "(wm1)  投诉 complaint" in told
        assert "我要投诉你们�[2J" in told
        lift = ("touch", "lift", "wm1", *root)
        assert "不能为空" in await refused(*lift, "--by", "李明", "--why", " ")
        lifted = await huashu(*lift, "--by", "李明", "--why", "已退款，客户同意")
        assert lifted.output == "wm1: 投诉 complaint 已解除 lifted.\n"
        assert (await huashu("touch", "brakes", *root)).output == "没有 None.\n"
        told = (await huashu("touch", "brakes", "--customer", "wm1", *root)).output
        assert "解除 lifted  李明  已退款，客户同意" in told


async def test_a_person_may_say_it_for_them(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        root = ("--root", tmp_path)
        await parts.journal.write(Write(more=people.met("wm1")))
        for verb, kind in (("opt-out", "opt_out"), ("brake", "complaint")):
            assert (
                "已停发 on." in (await huashu("touch", verb, "wm1", "--by", "王芳", *root)).output
            )
            [one, *_] = await objects("touch", "brakes", *root)
            assert (one["kind"], one["who"]) == (kind, "王芳")
        again = await huashu("touch", "opt-out", "wm1", "--by", "王芳", *root)
        assert "as it was before" in again.output
        assert "已解除" in (await huashu("touch", "opt-in", "wm1", "--by", "王芳", *root)).output
        assert "nobody has heard" in await refused("touch", "brake", "wm9", "--by", "王芳", *root)
