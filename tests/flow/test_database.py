"""A database is opened, brought up to date, and read by its indexes."""

import asyncio
import os
import re
from json import dumps
from pathlib import Path

import pytest
import pytest_asyncio
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError as DatabaseError
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from bot.errors import ConfigError
from bot.store import structure
from bot.store.credentials import Credentials
from bot.store.database import APPS, READING, open_database, tortoise_config
from bot.store.groups.board import SUMS
from bot.store.groups.views import DAYS
from bot.store.plans.dry_run import HOLD
from bot.store.plans.month import ON_THE_WAY, SETTLED, WAITING
from bot.store.plans.spread import spread_of
from bot.store.plans.trial_copy import copied
from bot.store.records import STUCK
from bot.store.scripts.unanswered import ENDS
from bot.store.sql import Database
from bot.store.statements import DOUBT_CLAIMED, OPEN_MESSAGES, STRANDED, WAITING_EVENTS
from bot.telling.complaints import told_in_both
from bot.web.login import ADMIN
from tests.databases import BOTH, opened, plan_of, store_url

TAKEN = """
INSERT INTO touch (plan, customer, slot, scenario, script, due_at, deadline, state, settled_at)
SELECT 'p', 'wm' || (value ->> 0), 's', 1, 'faq/a', 1.0, 2.0, 1,
       CAST(value ->> 0 AS DOUBLE PRECISION) FROM given($1)"""


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


async def test_two_connections_that_closed_at_once_left_the_wal_behind(tmp_path: Path) -> None:
    """One time in four: neither of them was the last."""
    path = tmp_path / "a.db"
    for _ in range(4):
        async with open_database(f"sqlite://{path}") as connection:
            await connection.execute_query("DELETE FROM cursor")
            await get_connection(READING).execute_query("SELECT cursor FROM cursor")
        assert os.listdir(tmp_path) == ["a.db"]


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
            "INSERT INTO brake_step (customer, kind, active, who, why, at)"
            " VALUES ('wm1', 'complaint', 1, '', '投诉你们', 1)",
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
        rows = await connection.execute_query_dict("SELECT why, sounds FROM brake_step")
        assert rows == [{"why": "投诉你们", "sounds": 0}]  # what nobody marked was said
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
