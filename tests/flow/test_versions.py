"""Scripts in the database: every edit a version, every step on record, one version in force."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.editions import Editions
from bot.errors import BotError, ScriptError
from bot.joined.ground import open_editions
from bot.scripts.files import name_of
from bot.scripts.version import Kind, Version
from bot.store.database import open_database
from bot.store.database import opened as database
from bot.store.scripts import versions
from bot.store.scripts.learned import Lessons
from bot.store.scripts.pictures import PIECE, Pictures, keep
from bot.store.scripts.versions import Act, Approved
from bot.store.sql import Database
from tests.databases import BOTH
from tests.databases import opened as store
from tests.engine import ROOT, asked, engine, nothing, own_scripts, workspace

HERE = "faq/catalogue"
ONE = """
[[script]]
id = "faq/one"
title = "一楼"
category = "faq"
ask = ["一楼在哪"]
say = ["这里。"]
"""
WRITER = Act(who="林编辑", at=100.0, note="新画册")
CHIEF = Act(who="王主管", at=200.0, note="可以")


def content(words: str = "画册到店了。", **changes: object) -> str:
    record = {
        "id": HERE,
        "category": "faq",
        "title": "秋季画册",
        "examples": ["秋季画册发我看看"],
        "reply": words,
    }
    return orjson.dumps({**record, **changes}).decode()


async def no_mistakes(version: Version) -> list[Any]:
    return []


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[None]:
    async with open_database(f"sqlite://{folder}/test.db"):
        yield


async def out(words: str, *, script: str = HERE) -> int:
    """A version that is approved."""
    number = await versions.draft(script, content(words), WRITER, judge=no_mistakes)
    await versions.submit(script, number, WRITER)
    await versions.approve(script, number, CHIEF, judge=no_mistakes)
    return number


async def in_force() -> dict[str, Version]:
    approved = Approved(database())
    await approved.refresh()
    return {version.script: version for version in approved}


async def test_an_edit_is_in_force_once_it_is_approved(tmp_path: Path) -> None:
    async with opened(tmp_path):
        number = await versions.draft(HERE, content(), WRITER, judge=no_mistakes)
        await versions.submit(HERE, number, WRITER)
        assert await in_force() == {}
        await versions.approve(HERE, number, CHIEF, judge=no_mistakes)
        assert await in_force() == {HERE: Version(script=HERE, number=1, content=content())}


async def test_each_step_is_on_record(tmp_path: Path) -> None:
    async with opened(tmp_path):
        await out("一")
        await out("二")
        third = await versions.draft(HERE, content("三"), WRITER, judge=no_mistakes)
        await versions.submit(HERE, third, WRITER)
        await versions.reject(HERE, third, Act(who="王主管", at=300.0, note="太长"))
        edits = await versions.history(HERE)
        assert [edit.version.number for edit in edits] == [3, 2, 1]
        assert [edit.in_force for edit in edits] == [False, True, False]
        told = [(step.state, step.who, step.at.timestamp(), step.note) for step in edits[0].steps]
        assert told == [
            ("draft", "林编辑", 100.0, "新画册"),
            ("submitted", "林编辑", 100.0, "新画册"),
            ("rejected", "王主管", 300.0, "太长"),
        ]


async def test_what_waits_is_listed(tmp_path: Path) -> None:
    async with opened(tmp_path):
        await out("一")
        await versions.draft("faq/b", content(id="faq/b"), WRITER, judge=no_mistakes)
        second = await versions.draft(HERE, content("二"), WRITER, judge=no_mistakes)
        await versions.submit(HERE, second, WRITER)
        listed = [
            (edit.version.script, edit.steps[-1].state) for edit in await versions.waiting(9)
        ]
        assert listed == [("faq/b", "draft"), (HERE, "submitted")]
        await versions.withdraw(HERE, second, WRITER)
        assert len(await versions.waiting(9)) == 1


async def test_a_rollback_is_a_version_too(tmp_path: Path) -> None:
    async with opened(tmp_path):
        await out("一")
        await out("二")
        assert await versions.roll_back(HERE, 1, CHIEF, judge=no_mistakes) == 3
        assert (await in_force())[HERE].content == content("一")
        [newest, *_] = await versions.history(HERE)
        assert [(step.state, step.who) for step in newest.steps] == [("approved", "王主管")]


async def test_to_retire_a_script_and_to_go_back_to_the_files(tmp_path: Path) -> None:
    async with opened(tmp_path):
        assert await versions.retire("faq/refund", CHIEF, judge=no_mistakes) == 1
        assert (await in_force())["faq/refund"].kind is Kind.RETIRED
        assert await versions.roll_back("faq/refund", 0, CHIEF, judge=no_mistakes) == 2
        assert (await in_force())["faq/refund"].kind is Kind.FILE


@pytest.mark.parametrize("step", ["submit", "approve", "reject", "withdraw", "roll back"])
async def test_a_step_that_does_not_fit_is_refused(tmp_path: Path, step: str) -> None:
    async with opened(tmp_path):
        await out("一")  # it is approved: only a rollback goes on from there
        for number in (1, 7):
            if step == "roll back" and number == 1:
                continue
            with pytest.raises(BotError, match="huashu scripts history faq/catalogue"):
                match step:
                    case "submit":
                        await versions.submit(HERE, number, WRITER)
                    case "approve":
                        await versions.approve(HERE, number, CHIEF, judge=no_mistakes)
                    case "reject":
                        await versions.reject(HERE, number, CHIEF)
                    case "withdraw":
                        await versions.withdraw(HERE, number, WRITER)
                    case _:
                        await versions.roll_back(HERE, number, CHIEF, judge=no_mistakes)
        assert len(await in_force()) == 1
        [edit] = await versions.history(HERE)
        assert len(edit.steps) == 3


async def test_what_never_was_in_force_is_not_rolled_back_to(tmp_path: Path) -> None:
    async with opened(tmp_path):
        await versions.draft(HERE, content(), WRITER, judge=no_mistakes)
        with pytest.raises(BotError, match="never was in force"):
            await versions.roll_back(HERE, 1, CHIEF, judge=no_mistakes)


async def test_an_older_edit_does_not_undo_a_newer_one(tmp_path: Path) -> None:
    async with opened(tmp_path):
        first = await versions.draft(HERE, content("一"), WRITER, judge=no_mistakes)
        await versions.submit(HERE, first, WRITER)
        await out("二")
        with pytest.raises(BotError, match="approved since"):
            await versions.approve(HERE, first, CHIEF, judge=no_mistakes)
        assert (await in_force())[HERE].number == 2


async def test_an_id_has_its_limits(tmp_path: Path) -> None:
    async with opened(tmp_path):
        with pytest.raises(BotError, match="120"):
            await versions.draft("a" * 121, content(), WRITER, judge=no_mistakes)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("dsarwtb"), st.integers(0, 4)), max_size=20))
async def test_the_newest_approved_version_is_in_force_whatever_happens(
    acts: list[tuple[str, int]],
) -> None:
    """Beside a model of it; and whoever reads on sees what who reads anew sees."""
    states: list[str] = []
    contents: list[str] = []
    with TemporaryDirectory() as folder:
        async with opened(Path(folder)):
            following = Approved(database())
            for act, place in acts:
                number = place % (len(states) + 1)
                state = states[number - 1] if number else ""
                try:
                    match act:
                        case "d":
                            text = content(f"第 {len(states)} 版")
                            await versions.draft(HERE, text, WRITER, judge=no_mistakes)
                            states.append("draft")
                            contents.append(text)
                        case "s":
                            await versions.submit(HERE, number, WRITER)
                            assert state == "draft"
                            states[number - 1] = "submitted"
                        case "a":
                            await versions.approve(HERE, number, CHIEF, judge=no_mistakes)
                            assert state == "submitted"
                            assert "approved" not in states[number:]
                            states[number - 1] = "approved"
                        case "r":
                            await versions.reject(HERE, number, CHIEF)
                            assert state == "submitted"
                            states[number - 1] = "rejected"
                        case "w":
                            await versions.withdraw(HERE, number, WRITER)
                            assert state in ("draft", "submitted")
                            states[number - 1] = "withdrawn"
                        case "t":
                            await versions.retire(HERE, CHIEF, judge=no_mistakes)
                            states.append("approved")
                            contents.append("")
                        case _:
                            await versions.roll_back(HERE, number, CHIEF, judge=no_mistakes)
                            assert state in ("approved", "")
                            states.append("approved")
                            contents.append(contents[number - 1] if number else "")
                except BotError:
                    assert act in "sarwb"
                await following.refresh()
                approved = [n for n, one in enumerate(states, 1) if one == "approved"]
                expected = [(n, contents[n - 1]) for n in approved[-1:]]
                assert [(one.number, one.content) for one in following] == expected
            assert [*following] == [*(await in_force()).values()]
            edits = await versions.history(HERE)
            assert [edit.steps[-1].state for edit in reversed(edits)] == states


@pytest.fixture
async def editions(tmp_path: Path) -> Editions:
    """Of the starter library, with nothing in the database yet."""
    copytree(ROOT / "scripts_library", tmp_path / "scripts_library")
    return open_editions(workspace(tmp_path), nothing, await own_scripts())


@pytest.mark.parametrize("kind", BOTH)
async def test_a_picture_was_on_the_machine_alone_that_took_it(tmp_path: Path, kind: str) -> None:
    """Another one's scripts with it could not be used."""
    picture = b"\x89PNG\r\n\x1a\n" + bytes(3 * PIECE)
    name = name_of("尺码 表.png", picture)
    assert isinstance(name, str)

    @asynccontextmanager
    async def machine(folder: str) -> AsyncIterator[tuple[Editions, Path]]:
        library = tmp_path / folder / "scripts_library"
        library.mkdir(parents=True)
        (library / "one.toml").write_text(ONE, "utf-8")
        other = Editions(library, Approved(database()), Lessons(database()), Pictures(database()))
        await other.open()
        yield other, library / name

    async with (
        store(kind, tmp_path) as connection,
        machine("a") as (first, _),
        machine("b") as (second, copy),
    ):
        await keep(Database(connection), name, picture)
        await keep(Database(connection), name, picture)
        made = content(attachments=[{"type": "image", "file": name}])
        number = await versions.draft(HERE, made, WRITER, judge=first.judge)
        await versions.submit(HERE, number, WRITER)
        assert not copy.exists()
        await versions.approve(HERE, number, CHIEF, judge=first.judge)
        await second.sweep()
        await second.sweep()
        assert HERE in second.edition.library
        assert copy.read_bytes() == picture
        assert [*copy.parent.iterdir()] == [copy]
        copy.write_bytes(b"ours")
        await second.fetch()
        assert copy.read_bytes() == b"ours", "what is there stays"
        async with machine("c") as (third, found):  # begins later
            assert HERE in third.edition.library
            assert found.read_bytes() == picture
        rows = await Database(connection).rows("SELECT name, hash FROM script_picture")
        assert len(rows) == 4, "kept once, in pieces"


async def test_mistakes_are_found_before_anything_is_written(
    tmp_path: Path, editions: Editions
) -> None:
    async with opened(tmp_path):
        with pytest.raises(ScriptError) as refused:
            await versions.draft(
                HERE, content("{{ customer.nmae }}"), WRITER, judge=editions.judge
            )
        [told] = refused.value.complaints
        assert (told.file, told.key) == ("database:faq/catalogue@1", "reply[0] (faq/catalogue)")
        assert await versions.history(HERE) == []


async def test_what_became_wrong_since_is_found_at_its_approval(
    tmp_path: Path, editions: Editions
) -> None:
    picture = tmp_path / "scripts_library/cover.jpg"
    picture.write_bytes(b"a picture")
    with_picture = content(attachments=[{"type": "image", "file": "cover.jpg"}])
    async with opened(tmp_path):
        await versions.draft(HERE, with_picture, WRITER, judge=editions.judge)
        await versions.submit(HERE, 1, WRITER)
        picture.unlink()
        with pytest.raises(ScriptError, match=r"database:faq/catalogue@1.*cover\.jpg"):
            await versions.approve(HERE, 1, CHIEF, judge=editions.judge)
        assert await in_force() == {}


async def test_what_the_bot_needs_is_not_retired(tmp_path: Path, editions: Editions) -> None:
    async with opened(tmp_path):
        with pytest.raises(ScriptError, match="system/handover"):
            await versions.retire("system/handover", CHIEF, judge=editions.judge)
        await versions.retire("faq/refund", CHIEF, judge=editions.judge)


async def test_a_mistake_elsewhere_does_not_stand_in_the_way(
    tmp_path: Path, editions: Editions
) -> None:
    (tmp_path / "scripts_library/broken.toml").write_text("[[script", "utf-8")
    assert await editions.judge(Version(script=HERE, number=1, content=content())) == ()


async def test_the_running_bot_takes_up_what_is_approved(tmp_path: Path) -> None:
    async with engine(tmp_path) as parts:
        judge = parts.editions.judge
        await versions.draft(HERE, content(), WRITER, judge=judge)
        await versions.submit(HERE, 1, WRITER)
        await parts.editions.sweep()
        assert parts.editions.edition.number == 1
        await versions.approve(HERE, 1, CHIEF, judge=judge)
        await parts.editions.sweep()
        await parts.put(asked(1, "秋季画册发我看看", parts.clock))
        await parts.settled(1)
        assert parts.sent[0].speech.text == "画册到店了。"
        await versions.retire(HERE, CHIEF, judge=judge)
        await parts.editions.sweep()
        assert HERE not in parts.editions.edition.library
    async with engine(tmp_path) as parts:  # a restart
        assert HERE not in parts.editions.edition.library
        await versions.roll_back(HERE, 1, CHIEF, judge=parts.editions.judge)
    async with engine(tmp_path) as parts:
        assert parts.editions.edition.library[HERE].file == "database:faq/catalogue@3"


async def test_a_draft_that_is_judged_right_after_an_approval_does_not_hide_it(
    tmp_path: Path,
) -> None:
    async with engine(tmp_path) as parts:
        judge = parts.editions.judge
        await out("画册到店了。")
        await versions.draft("faq/b", content(id="faq/b"), WRITER, judge=judge)
        await parts.editions.sweep()
        assert HERE in parts.editions.edition.library


async def test_many_versions_are_read_in_pages(tmp_path: Path) -> None:
    async with opened(tmp_path):
        for query in (
            "INSERT INTO script_version (script, version, kind, content, state)"
            " SELECT 'faq/c' || value, 1, 'words', '', 2 FROM json_each($1)",
            "INSERT INTO script_step (script, version, state, who, note, at)"
            " SELECT 'faq/c' || value, 1, 2, '', '', 0 FROM json_each($1)",
        ):
            await database().rows(query, orjson.dumps([*range(1203)]).decode())
        assert len(await in_force()) == 1203
