"""Simultaneous writes share a commit; a disk that is full or gone delays but loses none."""

import asyncio
from pathlib import Path
from sqlite3 import OperationalError

import pytest

from bot.app import background
from bot.clock import ManualClock, SystemClock, turn
from bot.inbox import TableInbox
from bot.store.commits_postgres import BY_ROW, SETS
from bot.store.database import open_database
from bot.store.journal import Journal, Write
from bot.store.plans.trial_copy import copied
from bot.store.sql import Database
from tests.databases import BOTH, fresh, opened, store_url
from tests.engine import asked

CLOCK = ManualClock()
FULL = """
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION ''No space left on device'' USING ERRCODE = ''53100''; END';
    CREATE TRIGGER fail BEFORE INSERT ON event EXECUTE FUNCTION fail()"""


@pytest.mark.parametrize("kind", BOTH)
async def test_a_write_is_whole_or_not_at_all(tmp_path: Path, kind: str) -> None:
    async with open_database(store_url(tmp_path, kind=kind)) as connection:
        journal = Journal(connection)
        with pytest.raises(BaseExceptionGroup) as failed:
            async with background(journal.run):
                row = ("m", "e", "c", "via", "script", None, False, 1.0, 1.0)  # no body: refused
                await journal.write(Write(events=[("e", "K", "c", "{}", 1.0)], messages=[row]))
        assert "not null" in str(failed.value.exceptions).lower().replace("-", " ")
        assert await journal.rows("SELECT * FROM event") == []


async def test_a_postgres_without_room_holds_writes_up_and_ends_nothing(tmp_path: Path) -> None:
    """Each process ended with a page of traceback, again at each start."""
    async with opened("postgres", tmp_path) as connection:
        journal = Journal(connection)
        inbox = TableInbox(journal, CLOCK)
        await connection.execute_script(FULL)
        async with background(journal.run), asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(inbox.put([asked("m1", "怎么退货", CLOCK)]))
            while not inbox.trouble:
                await turn()
            assert inbox.trouble == "No space left on device"
            await connection.execute_script("DROP FUNCTION fail() CASCADE")
            assert await waiting == [True]
            assert inbox.trouble == ""


async def test_a_lock_that_holds_writes_up_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody was answered while /healthz said that all was well, and the log had no word."""
    async with opened("postgres", tmp_path) as connection:
        journal = Journal(connection, slow_s=0.05)
        inbox = TableInbox(journal, CLOCK)
        async with background(journal.run), asyncio.TaskGroup() as tasks:
            async with Database(connection).transaction() as other:
                await other.rows("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
                waiting = tasks.create_task(inbox.put([asked("m1", "怎么退货", CLOCK)]))
                while not inbox.trouble:
                    await turn()
            assert await waiting == [True]
            assert (inbox.trouble, journal.hindered) == ("", 1)
    assert "has not answered for 0.05 s. Make room" in caplog.text


async def test_a_full_disk_holds_writes_up_and_ends_nothing(tmp_path: Path) -> None:
    """The bot ended, again at each start, and what it knew of the last seconds was gone."""
    async with open_database(f"sqlite://{tmp_path}/a.db") as connection:
        journal, clock = Journal(connection), SystemClock()
        inbox = TableInbox(journal, clock)
        [pages] = await journal.rows("PRAGMA page_count")
        await journal.rows(f"PRAGMA max_page_count = {pages['page_count']}")
        put = [asked("m1", "长" * 30_000, clock), asked("m2", "怎么退货", clock)]
        async with background(journal.run), asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(inbox.put(put))
            while not inbox.trouble:
                await turn()
            assert inbox.trouble == "database or disk is full"
            assert await journal.rows("SELECT id FROM event") == []
            await journal.rows("PRAGMA max_page_count = 100000")  # somebody makes room
            assert await waiting == [True, True]
            assert inbox.trouble == ""
            assert [event.id for event in await inbox.take()] == ["kf:m1", "kf:m2"]


async def test_a_file_that_is_deleted_under_the_bot_is_not_written_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It answered customers and said that all was well; at the next start nothing of it was
    there, nor who had opted out."""
    path = tmp_path / "a.db"
    async with open_database(f"sqlite://{path}") as connection:
        journal, clock = Journal(connection), SystemClock()
        inbox = TableInbox(journal, clock)
        async with background(journal.run), asyncio.TaskGroup() as tasks:
            await inbox.put([asked("m1", "怎么退货", clock)])
            for elsewhere, other in (("moved.db", b""), ("replaced.db", b"another one")):
                aside = path.rename(tmp_path / elsewhere)
                if other:
                    path.write_bytes(other)
                waiting = tasks.create_task(inbox.put([asked(elsewhere, "怎么退货", clock)]))
                while not inbox.trouble:
                    await turn()
                assert inbox.trouble == "the database's file was deleted, moved or replaced"
                aside.rename(path)
                assert await waiting == [True]
                assert inbox.trouble == ""
    assert caplog.text.count('see "Deleted by mistake" in docs/operations.md') == 2


async def test_a_file_that_is_gone_is_told_of_while_nobody_writes_and_no_new_one_is_made(
    tmp_path: Path,
) -> None:
    """All was well at night until the first customer wrote; and whoever looked at the empty file
    that an export or a trial had made there found that SQLite had deleted the -wal beside it."""
    path, aside = tmp_path / "a.db", tmp_path / "moved.db"
    async with open_database(f"sqlite://{path}") as connection:
        journal = Journal(connection)
        async with background(journal.run):
            await journal.look()
            await journal.drain()
            assert (journal.lost, journal.trouble, journal.commits) == (False, "", 0)
            path.rename(aside)
            assert journal.lost
            await journal.look()
            while not journal.trouble:
                await turn()
            with pytest.raises(OperationalError, match="unable to open"):
                async with Database(connection).snapshot():
                    raise AssertionError("it was opened")
            with pytest.raises(OperationalError, match="unable to open"):
                async with copied(f"sqlite://{path}", tmp_path / "copy.db"):
                    raise AssertionError("it was copied")
            assert not path.exists()
            aside.rename(path)
            await journal.drain()
            assert journal.trouble == ""


async def test_another_mistake_ends_the_journal_and_tells_the_caller(tmp_path: Path) -> None:
    async with open_database(f"sqlite://{tmp_path}/a.db") as connection:
        await connection.execute_script("DROP TABLE event")
        journal = Journal(connection)
        told: list[BaseException] = []

        async def write() -> None:
            try:
                await journal.write(Write(events=[("e", "K", "c", "{}", 1.0)]))
            except OperationalError as error:
                told.append(error)

        with pytest.raises(BaseExceptionGroup):
            async with background(journal.run):
                await write()
                await asyncio.Event().wait()
        assert "no such table" in str(told[0])
        journal.post(Write())  # it may be lost with the process, which ends now
        with pytest.raises(asyncio.CancelledError):
            await journal.write(Write())


@pytest.mark.parametrize("kind", BOTH)
async def test_concurrent_writes_share_commits(tmp_path: Path, kind: str) -> None:
    async with open_database(store_url(tmp_path, kind=kind)) as connection:
        journal = Journal(connection)
        async with background(journal.run):
            writes = [Write(events=[(f"e{n}", "K", "c", "{}", 1.0)]) for n in range(200)]
            fresh = await asyncio.gather(*(journal.write(write) for write in writes))
        # All but the first were asked for while it was under way, so there are two commits.
        assert len({id(ids) for ids in fresh}) == 1
        assert {f"e{n}" for n in range(200)} == set(fresh[0])


@pytest.mark.parametrize("kind", BOTH)
async def test_of_rows_with_one_key_the_last_counts_and_what_was_there_is_not_new(
    tmp_path: Path, kind: str
) -> None:
    """PostgreSQL refuses a statement that changes one row twice; SQLite takes it."""
    message = ("m1", "e1", "c", "kf", "faq/hours", "{}", True, 1.0, 1.0)
    event = ("e1", "K", "c", "{}", 1.0)
    async with open_database(store_url(tmp_path, kind=kind)) as connection:
        journal = Journal(connection)
        async with background(journal.run):
            write = Write(events=[event, event], messages=[message])
            assert await journal.write(write) == {"e1", "m1"}
            again = Write(
                events=[event, ("e2", "K", "c", "{}", 1.0)],
                messages=[message],
                finished=[("first", 2.0, "e1"), ("last", 3.0, "e1")],
                settled=[(0, 1, 5.0, 4.0, "wait", "m1"), (2, 2, 5.0, 5.0, "sent", "m1")],
                sessions=[
                    ("c", 1.0, 1, False, "", "", "", "", 1.0),
                    ("c", 2.0, 2, True, "liming", "", "", "", 2.0),
                ],
                customers=[("wm1", "小满", "[]", 1.0, 3), ("wm1", "小满2", "[]", 2.0, 3)],
            )
            assert await journal.write(again) == {"e2"}
            # SQLite took it back: what a person had dropped meanwhile was there as sent.
            await journal.write(Write(settled=[(3, 3, 6.0, 6.0, "dropped", "m1")]))
        text = "SELECT decision, note, sent, name FROM event, message, session, customer"
        rows = await journal.rows(f"{text} WHERE event.id = 'e1'")
        assert rows == [{"decision": "last", "note": "sent", "sent": 2, "name": "小满2"}]


async def test_every_statement_of_the_journal_is_understood_by_postgresql() -> None:
    async with (
        open_database(fresh("statements")) as connection,
        connection.acquire_connection() as driver,
    ):
        for text in (*BY_ROW.values(), *SETS.values()):
            await driver.prepare(text)


async def test_what_only_sqlite_takes_does_not_stop_postgresql() -> None:
    """A NUL in a text, and an id that is longer than anybody thought."""
    long = "e" * 300
    async with open_database(fresh("odd")) as connection:
        journal = Journal(connection)
        async with background(journal.run):
            write = Write(events=[(long, "K", "c", "a\0b", 1.0)])
            assert await journal.write(write) == {long}
        assert await journal.rows("SELECT body FROM event") == [{"body": "a\ufffdb"}]
