"""The journal and the inbox, on a real database."""

import asyncio
import re
from json import dumps
from pathlib import Path
from sqlite3 import OperationalError
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError as DatabaseError
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from bot.app import background
from bot.clock import ManualClock, SystemClock, turn
from bot.errors import ConfigError
from bot.events import Event
from bot.inbox import TableInbox
from bot.store import structure
from bot.store.commits_postgres import BY_ROW, SETS
from bot.store.credentials import Credentials
from bot.store.database import APPS, open_database, tortoise_config
from bot.store.groups.board import SUMS
from bot.store.groups.views import DAYS
from bot.store.journal import Journal, Write
from bot.store.plans.dry_run import HOLD, copied
from bot.store.plans.month import ON_THE_WAY, SETTLED, WAITING
from bot.store.plans.spread import spread_of
from bot.store.records import STUCK
from bot.store.scripts.unanswered import ENDS
from bot.store.sql import Database
from bot.store.statements import DOUBT_CLAIMED, OPEN_MESSAGES, STRANDED, WAITING_EVENTS
from bot.telling.complaints import told_in_both
from bot.web.login import ADMIN
from tests.databases import BOTH, fresh, opened, plan_of, store_url
from tests.engine import asked

CLOCK = ManualClock()
TAKEN = """
INSERT INTO touch (plan, customer, slot, scenario, script, due_at, deadline, state, settled_at)
SELECT 'p', 'wm' || (value ->> 0), 's', 1, 'faq/a', 1.0, 2.0, 1,
       CAST(value ->> 0 AS DOUBLE PRECISION) FROM given($1)"""
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


@pytest.mark.parametrize("what", ["a text", "a folder", "damaged"])
async def test_a_file_that_cannot_be_opened_is_named_with_its_cure(
    tmp_path: Path, what: str
) -> None:
    """It was a page of traceback."""
    path, told = tmp_path / "a.db", "the file is damaged, or no database. Put the last backup in"
    if what == "a folder":
        path.mkdir()
        told = "the file cannot be written: Is a directory. Let the user"
    elif what == "a text":
        path.write_text("hello" * 1000)
    else:
        async with open_database(f"sqlite://{path}"):
            pass
        whole = path.read_bytes()
        path.write_bytes(whole[:100] + b"x" * (len(whole) - 100))
    with pytest.raises(ConfigError, match=f"a.db: {told}"):
        async with open_database(f"sqlite://{path}"):
            raise AssertionError("it was opened")


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


async def test_the_database_syncs_every_commit_and_is_private(tmp_path: Path) -> None:
    async with open_database(f"sqlite://{tmp_path}/sub/a.db") as connection:
        assert (await connection.execute_query_dict("PRAGMA synchronous"))[0]["synchronous"] == 2
        assert (await connection.execute_query_dict("PRAGMA journal_mode"))[0][
            "journal_mode"
        ] == "wal"
        [wiped] = await connection.execute_query_dict("PRAGMA secure_delete")
        assert wiped["secure_delete"] == 1  # that of Debian does so by itself, not every Python's
        limit = await connection.execute_query_dict("PRAGMA journal_size_limit")
        assert limit[0]["journal_size_limit"] == 64 * 1024 * 1024
        assert await structure.is_newest(connection)
    path, beside = tmp_path / "sub/a.db", (tmp_path / "sub/a.db-wal", tmp_path / "sub/a.db-shm")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)  # as it comes out of a backup
    for one in beside:
        one.touch(0o644)
    async with open_database(f"sqlite://{path}"):
        assert {one.stat().st_mode & 0o777 for one in (path, *beside)} == {0o600}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def grown(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database that has been in use since the first version, by all migrations."""
    url = f"sqlite://{tmp_path_factory.mktemp('grown')}/a.db"
    lived = {
        "0001_initial": (
            "INSERT INTO session (conversation, heard_at, sent, staffed, servicer, said, offered,"
            " changed_at) VALUES ('kf:wk1:wm1', 1, 0, false, '', '', '', 1)",
            "INSERT INTO customer (id, name, tags, fetched_at)"
            " VALUES ('wm1', '小满', '[\"老客\"]', 1)",
        ),
        "0033_field_origin": (
            "INSERT INTO staff (id, name, role, leader, active, joined_at) VALUES "
            "('admin', '管理员', 4, '', true, 1), ('zhao', '赵', 2, 'admin', true, 1)",
        ),
    }
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(url))
        connection = context.connections.get("default")
        for version, deeds in lived.items():
            await MigrationExecutor(connection, APPS).migrate([MigrationTarget("huashu", version)])
            for deed in deeds:
                await connection.execute_query(deed)
    async with open_database(url):
        return url


async def test_a_database_of_the_first_version_is_brought_up_to_date(grown: str) -> None:
    async with open_database(grown) as connection:
        rows = await connection.execute_query_dict("SELECT conversation, asked FROM session")
        assert rows == [{"conversation": "kf:wk1:wm1", "asked": ""}]
        assert await connection.execute_query_dict("SELECT * FROM script_version") == []
        rows = await connection.execute_query_dict("SELECT name, spread, friends FROM customer")
        assert rows == [{"name": "小满", "spread": spread_of("wm1"), "friends": 0}]
        # A new one, which begins with the structure, is the same: else call `make structure`.
        assert await structure.written(connection) == structure.STRUCTURE.read_text("utf-8")
        rows = await connection.execute_query_dict("SELECT tag, customer FROM customer_tag")
        assert rows == [{"tag": "老客", "customer": "wm1"}]
        with pytest.raises(DatabaseError, match="rowid"):  # customers lie in their ids' order
            await connection.execute_query_dict("SELECT rowid FROM customer")


async def test_a_member_called_admin_was_the_admin(grown: str) -> None:
    """They had the id of who comes in by the link: it goes to an id that WeCom cannot give."""
    async with open_database(grown) as connection:
        rows = await connection.execute_query_dict("SELECT id, role, leader FROM staff")
    assert {(row["id"], row["role"], row["leader"]) for row in rows} == {
        (ADMIN, 4, ""), ("zhao", 2, ADMIN),
    }  # fmt: skip
    assert "#" in ADMIN


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


@pytest.mark.parametrize("kind", BOTH)
async def test_an_event_is_taken_once_however_often_it_comes(tmp_path: Path, kind: str) -> None:
    async with open_database(store_url(tmp_path, kind=kind)) as connection:
        journal = Journal(connection)
        inbox = TableInbox(journal, CLOCK)
        async with background(journal.run):
            event = asked(1, "在吗", CLOCK)
            assert await inbox.put([event, event]) == [True, True]  # both are that one row
            assert await inbox.put([event]) == [False]
            assert await inbox.take() == [event]
            assert await inbox.put([event]) == [False]
            other = asked(2, "在吗", CLOCK)
            await inbox.put([other])
            assert await inbox.take() == [other]


@pytest.mark.parametrize("kind", BOTH)
async def test_after_a_restart_what_was_not_done_is_taken_again_in_order(
    tmp_path: Path, kind: str
) -> None:
    events = [asked(number, "在吗", CLOCK) for number in range(20)]
    async with open_database(store_url(tmp_path, kind=kind)) as connection:
        journal = Journal(connection)
        async with background(journal.run):
            await TableInbox(journal, CLOCK).put(events)
            finished = [("{}", 1.0, event.id) for event in events[::2]]
            await journal.write(Write(finished=finished))
    async with open_database(store_url(tmp_path, kind=kind)) as connection:
        journal = Journal(connection)
        async with background(journal.run):
            inbox = TableInbox(journal, CLOCK)
            assert await inbox.take() == events[1::2]
            later = asked("later", "在吗", CLOCK)
            await inbox.put([later])
            assert await inbox.take() == [later]


async def test_what_was_committed_while_the_table_was_read_overtook_what_was_told_of(
    tmp_path: Path,
) -> None:
    """Two commits were seen by one reading, and the inbox was told of the first alone by then."""
    first, second = (asked(number, "在吗", CLOCK) for number in (1, 2))
    async with open_database(f"sqlite://{tmp_path}/a.db") as connection:
        journal = Journal(connection)
        async with background(journal.run), asyncio.TaskGroup() as tasks:
            await TableInbox(journal, CLOCK).put([first, second])
            inbox = TableInbox(journal, CLOCK)
            taking = tasks.create_task(inbox.take())
            await turn()
            told = inbox.write_of([first]).then
            assert told is not None
            told({first.id})
            assert await taking == [first, second]


@settings(max_examples=20, deadline=None)
@given(
    plan=st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=8),
    room=st.integers(1, 8),
)
async def test_a_flood_is_taken_whole_and_in_order(
    plan: list[tuple[int, bool]], room: int
) -> None:
    """However little is kept in memory, and whenever work is finished."""
    with TemporaryDirectory() as folder:
        async with open_database(f"sqlite://{folder}/a.db") as connection:
            journal = Journal(connection)
            inbox = TableInbox(journal, CLOCK, room=room)
            put: list[Event] = []
            taken: list[Event] = []

            async def take() -> None:
                got = await inbox.take()
                taken.extend(got)
                await finish(journal, inbox, [event.id for event in got])

            async with background(journal.run):
                for size, work in plan:
                    batch = [asked(len(put) + one, "?", CLOCK) for one in range(size)]
                    put += batch
                    await inbox.put(batch)
                    if work:
                        await take()
                while len(taken) < len(put):
                    await take()
            assert taken == put


async def finish(journal: Journal, inbox: TableInbox, ids: list[str]) -> None:
    await journal.write(
        Write(finished=[("{}", 1.0, one) for one in ids], then=lambda fresh: inbox.done(ids))
    )


async def test_of_two_machines_that_begin_at_once_one_key_holds(tmp_path: Path) -> None:
    """The second overwrote the first one's, and each took the other's cookies for a stranger's."""
    async with open_database(store_url(tmp_path, kind="sqlite")):
        kept = Credentials()
        keys = await asyncio.gather(*(kept.first("key", one, 4e9) for one in ("a", "b", "c")))
        assert len({*keys, await kept.first("key", "d", 4e9)}) == 1


async def test_a_database_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    """An older program worked on it as if nothing were."""
    url = f"sqlite://{tmp_path}/a.db"
    async with open_database(url) as connection:
        await connection.execute_script(
            "INSERT INTO tortoise_migrations (app, name, applied_at) "
            "VALUES ('huashu', '9999_later', CURRENT_TIMESTAMP)"
        )
    with pytest.raises(ConfigError, match="newer version: 9999_later") as raised:
        async with open_database(url):
            raise AssertionError("it was opened")
    assert "更新的版本" in told_in_both(raised.value)


@pytest.mark.parametrize(
    "text", [OPEN_MESSAGES, DOUBT_CLAIMED, STUCK, WAITING_EVENTS, STRANDED, ENDS]
)
async def test_no_whole_table_is_read_for_the_few_that_are_wanted(
    tmp_path: Path, text: str
) -> None:
    """SQLite takes a partial index by its condition alone, word for word: each minute the sender
    read every message that was ever sent, and each look at the overview did."""
    async with open_database(f"sqlite://{tmp_path}/a.db") as connection:
        database = Database(connection)
        values = [None] * len(set(re.findall(r"\$\d", text)))
        steps = await database.rows(f"EXPLAIN QUERY PLAN {text}", *values)
    told = [step["detail"] for step in steps]
    assert any("USING INDEX" in one or one.startswith("SEARCH") for one in told), told
    assert [one for one in told if re.fullmatch(r"SCAN (?:event|message)", one)] == []


async def test_a_trial_read_all_that_waits_in_each_of_its_moments(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/a.db"
    async with open_database(url), copied(url, tmp_path / "b.db") as copy:
        assert "touch_held" in await plan_of(copy, HOLD, 1.0)


@pytest.mark.parametrize("kind", BOTH)
async def test_what_is_counted_by_day_is_found_by_its_day(tmp_path: Path, kind: str) -> None:
    """The calendar of plans held all that was on its way against each of its days, and the boards
    read the figures of every group for those of one."""
    days, month = '[["2027-02-01", 1.0, 2.0]]', ("2027-02-01", "2027-02-28")
    async with opened(kind, tmp_path) as connection:
        database = Database(connection)
        await database.change(TAKEN, dumps([[number] for number in range(1000)]))
        await database.rows("ANALYZE")
        for text, index, *values in (
            (ON_THE_WAY, "touch_on_the_way", days, ""), (WAITING, "touch_due", days, ""),
            (SETTLED, "touch_settled", "2027-02-01", 1.0, 2.0, ""),
            (SUMS, "group_day_of", None, *month), (DAYS, "group_day_of", "wr1", *month),
        ):  # fmt: skip
            if (
                text is not SUMS or not database.postgres
            ):  # of no rows it takes them in their order
                assert index in await plan_of(database, text, *values)
