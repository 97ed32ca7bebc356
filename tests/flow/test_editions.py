"""Scripts change in a running engine: the next event has the new ones, mistakes change nothing."""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copytree
from typing import Any
from weakref import ref

import pytest

from bot import Context, MessageReceived, Router
from bot.dispatcher import LANES
from bot.editions import Editions, stamp_of
from bot.errors import ScriptError
from bot.events import Event
from bot.store.scripts.learned import Lessons
from bot.store.scripts.pictures import Pictures
from bot.store.scripts.versions import Approved
from tests.engine import ROOT, Engine, asked, engine, nothing

QUESTION = "秋季画册发我看看"
CATALOGUE = """
[[script]]
id = "faq/catalogue"
title = "秋季画册"
category = "faq"
ask = ["秋季画册发我看看"]
say = ["画册在路上。"]
"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    copytree(ROOT / "scripts_library", tmp_path / "scripts_library")
    return tmp_path / "scripts_library"


def write(library: Path, text: str = CATALOGUE, name: str = "catalogue.toml") -> None:
    (library / name).write_text(text, "utf-8")


async def look(editions: Editions) -> int:
    """Twice: files count once they rest. Returns the number of the edition in force."""
    await editions.sweep()
    await editions.sweep()
    return editions.edition.number


@asynccontextmanager
async def opened(library: Path, before: Editions | None = None) -> AsyncIterator[Editions]:
    editions = Editions(
        library,
        Approved(nothing),
        Lessons(nothing),
        Pictures(nothing),
        required=["system/handover"],
        before=before,
    )
    await editions.open()
    yield editions


async def ask(parts: Engine, number: int) -> str:
    await parts.put(asked(number, QUESTION, parts.clock, customer=f"wm{number}"))
    await parts.settled(number)
    return parts.sent[-1].speech.text


def lane(event: Event) -> int:
    """Where it waits for others; by a hash that is another in each process."""
    return hash(event.conversation) % LANES


async def test_the_next_question_gets_the_new_words(tmp_path: Path, library: Path) -> None:
    write(library)
    async with engine(tmp_path) as parts:
        assert await ask(parts, 1) == "画册在路上。"
        write(library, CATALOGUE.replace("在路上", "到店了"))
        assert await look(parts.editions) == 2
        assert await ask(parts, 2) == "画册到店了。"


async def test_an_event_ends_with_the_edition_that_it_began_with(
    tmp_path: Path, library: Path
) -> None:
    write(library)
    router, begun, go_on = Router("slow"), asyncio.Event(), asyncio.Event()

    @router.on(MessageReceived)
    async def answer(event: MessageReceived, context: Context) -> None:
        begun.set()
        if event.text == "慢":
            await go_on.wait()
        await context.say("faq/catalogue")

    async with engine(tmp_path, routers=[router]) as parts:
        old = ref(parts.editions.edition.matcher)
        slow = asked(1, "慢", parts.clock)
        await parts.put(slow)
        await begun.wait()
        write(library, CATALOGUE.replace("在路上", "到店了"))
        assert await look(parts.editions) == 2
        await parts.editions.sweep()
        assert old() is not None
        others = (asked(2, "快", parts.clock, customer=f"wm{number}") for number in range(2, 99))
        await parts.put(next(one for one in others if lane(one) != lane(slow)))
        await parts.settled(1)
        go_on.set()
        await parts.settled(2)
    assert [message.speech.text for message in parts.sent] == ["画册到店了。", "画册在路上。"]


async def test_what_was_replaced_is_set_free_without_the_collector(library: Path) -> None:
    """The collector does not look at what stays, so it would not find what has not stayed."""
    write(library, CATALOGUE.replace("画册", "{{ company.name | trim }}的画册"))
    async with opened(library) as editions:
        edition = editions.edition
        assert edition.matcher.rank("hc", 3)  # all that is made at first use is there
        words = edition.library["faq/catalogue"].say[0]
        gone: list[ref[Any]] = [ref(edition.matcher), ref(edition.library), ref(words.template)]
        del edition, words
        gc.disable()
        try:
            write(library, CATALOGUE.replace("在路上", "到店了"))
            assert await look(editions) == 2
            await editions.sweep()
            assert [one() for one in gone] == [None] * 3
        finally:
            gc.enable()


async def test_what_ran_before_is_not_built_again_unless_it_has_changed(library: Path) -> None:
    write(library)
    async with opened(library) as first, opened(library, first) as second:
        assert second.edition is first.edition
        write(library, CATALOGUE.replace("在路上", "到店了"))
        async with opened(library, first) as third:
            [old, new] = (one.edition.library["faq/catalogue"] for one in (first, third))
            assert (old.say[0].fixed, new.say[0].fixed) == ("画册在路上。", "画册到店了。")
            assert third.edition.matcher.decide(QUESTION).match
        assert await look(second) == 2  # and it goes on by itself
        assert first.edition.library["faq/catalogue"] is old


async def test_a_mistake_keeps_the_old_ones_and_is_told(
    library: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(library)
    async with opened(library) as editions:
        write(library, CATALOGUE.replace("category", "catgory"))
        assert await look(editions) == 1
        assert [told.file for told in editions.complaints] == ["catalogue.toml"] * 2
        caplog.clear()
        assert await look(editions) == 1  # and once is enough
        assert caplog.records == []
        write(library, CATALOGUE.replace("在路上", "到店了"))
        assert await look(editions) == 2
        assert editions.complaints == ()


async def test_mistakes_go_into_the_log(library: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with opened(library) as editions:
        (library / "handover.toml").unlink()
        write(library, "[[script")
        await look(editions)
    [told] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "catalogue.toml" in told.getMessage()
    assert "the scripts stay as they were" in told.getMessage()


async def test_a_script_that_the_engine_needs_cannot_go(library: Path) -> None:
    async with opened(library) as editions:
        system = (library / "system.toml").read_text("utf-8")
        write(library, system.replace('"system/handover"', '"system/handed"'), "system.toml")
        assert await look(editions) == 1
        assert [told.key for told in editions.complaints] == ["system/handover"]


async def test_files_count_once_they_rest(library: Path) -> None:
    """A checkout writes one file after another: half of it must not come into force."""
    async with opened(library) as editions:
        for number in range(3):
            write(library, CATALOGUE.replace("catalogue", f"c{number}"), f"c{number}.toml")
            await editions.sweep()
            assert editions.edition.number == 1
        await editions.sweep()
        assert editions.edition.number == 2
        assert "faq/c2" in editions.edition.library


async def test_a_new_date_alone_is_no_new_edition(library: Path) -> None:
    write(library)
    async with opened(library) as editions:
        os.utime(library / "catalogue.toml", (1, 1))
        assert await look(editions) == 1


async def test_at_the_start_a_mistake_ends_it(library: Path) -> None:
    write(library, "[[script")
    with pytest.raises(ScriptError, match=r"catalogue\.toml"):
        async with opened(library):
            pass


async def test_a_file_that_goes_while_it_is_looked_at_is_no_mistake(library: Path) -> None:
    (library / "broken").symlink_to("nowhere")
    assert stamp_of(library)
    assert str(library / "broken") not in stamp_of(library)


async def test_a_menu_entry_that_is_gone_since_is_not_said(tmp_path: Path, library: Path) -> None:
    async with engine(tmp_path) as parts:
        await parts.put(asked(1, "怎么退换货", parts.clock))
        await parts.settled(1)
        offered = [key for key, _ in parts.sent[0].speech.menu]
        for name in ("shipping", "returns", "orders", "money", "products", "service"):
            text = (library / f"faq/{name}.toml").read_text("utf-8")
            write(library, text.replace(f'"{offered[1]}"', '"faq/renamed"'), f"faq/{name}.toml")
        assert await look(parts.editions) == 2
        await parts.put(asked(2, "2", parts.clock))
        await parts.settled(2)
        rows = await parts.rows("SELECT decision FROM event WHERE id = 'kf:2'")
        assert "failed" not in rows[0]["decision"]
