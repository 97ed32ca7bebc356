"""A writer edits a script while the bot runs: no restart, no hitch, nobody left out."""

from pathlib import Path
from shutil import copytree

import pytest

from bot.profile.fields import Consent, Source
from tests.engine import ROOT
from tests.stage import SHOP, Stage, stage

QUESTION = "秋季画册发我看看"
SCRIPT = """
[[script]]
id = "faq/catalogue"
title = "秋季画册"
category = "faq"
ask = ["{question}"]
say = ["{words}"]
{more}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copytree(ROOT / "scripts_library", tmp_path / "scripts_library")
    return tmp_path


def write(root: Path, words: str, more: str = "") -> None:
    text = SCRIPT.format(question=QUESTION, words=words, more=more)
    (root / "scripts_library/catalogue.toml").write_text(text, "utf-8")


async def look(play: Stage) -> None:
    """Twice: files count once they rest."""
    for _ in range(2):
        await play.bot.sweep("scripts")


async def test_the_next_customer_gets_the_new_words(root: Path) -> None:
    write(root, "画册在路上。")
    async with stage(root) as play:
        await play.corp.customer_writes_kf("wm1", SHOP, QUESTION)
        await play.quiet()
        write(root, "画册到店了。")
        await look(play)
        for customer in ("wm1", "wm2"):
            await play.corp.customer_writes_kf(customer, SHOP, QUESTION)
        await play.quiet()
        assert play.texts("wm1") == ["画册在路上。", "画册到店了。"]
        assert play.texts("wm2") == ["画册到店了。"]


async def test_an_answer_prints_what_is_known_of_the_customer_at_that_moment(root: Path) -> None:
    (root / "config").mkdir()
    (root / "config/customers.toml").write_text('[field.size]\ntitle = "尺码"\n', "utf-8")
    write(root, "{{ customer.fields.size or '您平时穿的码' }}都有。")
    async with stage(root) as play:
        fields = play.bot.office.profiles.fields
        for consent in (Consent.NOT_ASKED, Consent.WITHDRAWN):
            await fields.put("wm1", "size", "M", Source.MEMBER, "liming", 1.0)
            await fields.agree("wm1", "size", consent, "", "liming", 1.0)
            await play.corp.customer_writes_kf("wm1", SHOP, QUESTION)
            await play.quiet()
        assert play.texts("wm1") == ["M都有。", "您平时穿的码都有。"]


async def test_after_a_mistake_customers_get_the_old_words(root: Path) -> None:
    write(root, "画册在路上。")
    async with stage(root) as play:
        write(root, "{{ customer.nmae }}，画册到店了。")
        await look(play)
        await play.corp.customer_writes_kf("wm1", SHOP, QUESTION)
        await play.quiet()
        assert play.texts("wm1") == ["画册在路上。"]
        [told] = play.bot.editions.complaints
        assert (told.file, told.key) == ("catalogue.toml", "faq/catalogue.say[0]")
        assert "customer.name" in told.cure


async def test_a_picture_that_comes_with_new_words_is_uploaded_and_sent(root: Path) -> None:
    async with stage(root) as play:
        (root / "scripts_library/cover.jpg").write_bytes(b"\xff\xd8\xff a picture")
        write(root, "给您。", 'attachments = [{type = "image", file = "cover.jpg"}]')
        await look(play)

        async def uploaded() -> bool:
            return bool(await play.rows("SELECT path FROM media"))

        await play.until(uploaded)
        await play.corp.customer_writes_kf("wm1", SHOP, QUESTION)
        await play.quiet()
        assert [item.kind for item in play.got("wm1")] == ["text", "image"]


async def test_under_load_everybody_is_answered_once_by_one_edition_or_the_other(
    root: Path,
) -> None:
    words = [f"第 {number} 版画册。" for number in range(6)]
    write(root, words[0])
    async with stage(root) as play:
        names = [play.corp.add_customer(f"wmx{number}", "客") for number in range(60)]
        for number, name in enumerate(names):
            await play.corp.customer_writes_kf(name, SHOP, QUESTION)
            if number % 10 == 9:
                write(root, words[number // 10])
                await look(play)
        await play.quiet()
        got = [play.texts(name) for name in names]
        assert [len(texts) for texts in got] == [1] * len(names)
        assert {text for [text] in got} <= set(words)
        last = play.bot.editions.edition.library["faq/catalogue"]
        assert last.say[0].fixed == words[-1]
        assert play.corp.refusals == []
        failed = await play.rows("SELECT id FROM event WHERE decision LIKE '%failed%'")
        assert failed == []
