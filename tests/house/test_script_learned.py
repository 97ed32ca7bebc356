"""`huashu scripts learned`, `learn` and `unlearn`, beside a running bot."""

from pathlib import Path

from bot.store.journal import Write
from bot.store.models import Source
from bot.store.scripts.learned import learned_row
from bot.store.scripts.versions import Act
from tests.engine import Engine
from tests.house.test_records import huashu, objects, refused, running


async def choose(parts: Engine, question: str, script: str, *customers: str) -> None:
    acts = (Act(who=one, at=1.0) for one in customers)
    rows = [learned_row(question, script, Source.MENU, act) for act in acts]
    await parts.journal.write(Write(learned=rows))


async def test_what_was_chosen_is_listed_and_what_counts_is_marked(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        assert (await huashu("scripts", "learned", "--root", tmp_path)).output == "没有 None.\n"
        await choose(parts, "几天能到", "faq/ship_time", "wm1", "wm2")
        await choose(parts, "怎么退\x1b[2J", "faq/return_how", "wm1")
        lines = (await huashu("scripts", "learned", "--root", tmp_path)).output.splitlines()
        assert lines == [
            "✓ 几天能到  → faq/ship_time  2 人 people",
            "  怎么退�[2J  → faq/return_how  1 人 people",
        ]
        told = await objects("scripts", "learned", "--root", tmp_path)
        assert [(one["evidence"]["people"], one["counts"]) for one in told] == [
            (2, True),
            (1, False),
        ]


async def test_an_operator_has_the_last_word(tmp_path: Path) -> None:
    async with running(tmp_path) as parts:
        await choose(parts, "几天能到", "faq/ship_time", "wm1", "wm2")
        learn = ("scripts", "learn", "你好，几天能到？", "faq/ship_fee", "--root", tmp_path)
        assert "几天能到 → faq/ship_fee" in (await huashu(*learn)).output
        told = await objects("scripts", "learned", "--root", tmp_path)
        assert [(one["evidence"]["script"], one["counts"]) for one in told] == [
            ("faq/ship_fee", True),
            ("faq/ship_time", False),
        ]
        unlearn = ("scripts", "unlearn", "几天能到", "--root", tmp_path)
        assert "3 条已忘掉 forgotten" in (await huashu(*unlearn)).output
        assert await objects("scripts", "learned", "--root", tmp_path) == []


async def test_what_cannot_be_learned_is_told_with_its_cure(tmp_path: Path) -> None:
    async with running(tmp_path):
        learn = ("scripts", "learn", "--root", tmp_path)
        assert "Did you mean faq/ship_fee" in await refused(*learn, "运费", "faq/shipfee")
        assert "write 1 to 60 characters" in await refused(*learn, "？", "faq/ship_fee")
        assert "write 1 to 60 characters" in await refused(*learn, "为什么" * 30, "faq/ship_fee")
