"""One text for SQLite and PostgreSQL, and the traps between them."""

import asyncio
from pathlib import Path

import pytest
from tortoise.exceptions import OperationalError

from bot.clock import turn
from bot.store.database import opened as opened_here
from bot.store.journal import Journal, Write
from bot.store.sql import Database, given, like, literally
from tests.databases import opened

PUT = """
    INSERT INTO said (customer, words, at)
    SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS TEXT),
           CAST(value ->> 2 AS DOUBLE PRECISION)
    FROM given($1) WHERE true ON CONFLICT (customer, words) DO UPDATE SET at = excluded.at"""


async def test_rows_that_a_writing_statement_returns_are_not_lost(database: Database) -> None:
    rows = await database.rows(f"{PUT} RETURNING customer, at", given([("wm1", "a", 1.5)]))
    assert rows == [{"customer": "wm1", "at": 1.5}]


async def test_an_insert_tells_how_many_rows_it_changed(database: Database) -> None:
    three = [("wm1", "a", 1.0), ("wm2", "a", 1.0), ("小满", '"\\\u2028', 1.0)]
    assert await database.change(PUT, given(three)) == 3
    assert await database.change("UPDATE said SET at = $1 WHERE at < $1", 2.0) == 3
    assert await database.change("DELETE FROM said WHERE customer = $1", "nobody") == 0
    rows = await database.rows("SELECT words FROM said WHERE customer = $1", "小满")
    assert rows == [{"words": '"\\\u2028'}]


async def test_looking_for_a_whole_page_of_words_failed_the_page(database: Database) -> None:
    """SQLite: "LIKE or GLOB pattern too complex"."""
    words = literally("%" * 60_000)
    assert await database.rows(f"SELECT 1 WHERE {like('$1', '$2')}", "a", words) == []


async def test_a_transaction_is_whole_or_not_at_all(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as transaction:
            await transaction.rows(PUT, given([("wm1", "a", 1.0)]))
            raise ZeroDivisionError
    assert await database.rows("SELECT * FROM said") == []
    async with database.transaction() as transaction:
        await transaction.rows(PUT, given([("wm1", "a", 1.0)]))
    assert len(await database.rows("SELECT * FROM said")) == 1


async def test_who_is_cancelled_at_the_beginning_leaves_no_transaction_open(
    database: Database,
) -> None:
    """A job was cancelled in a page at that moment, and the next commit ended the bot."""

    async def job() -> None:
        async with database.transaction() as transaction:
            await transaction.rows(PUT, given([("wm1", "a", 1.0)]))

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(job())
        await turn()
        task.cancel()
    assert task.cancelled()
    async with database.transaction() as transaction:
        await transaction.rows(PUT, given([("wm2", "a", 1.0)]))
    assert await database.rows("SELECT customer FROM said") == [{"customer": "wm2"}]


async def test_a_value_of_the_wrong_kind_is_refused(database: Database) -> None:
    """Not taken for another one: each database has its own word for it."""
    with pytest.raises(OperationalError):
        await database.rows("SELECT * FROM given($1)", "no JSON")


MANY = 2_000_000
COUNTED = """
    WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1)
    SELECT max(n) AS most FROM number"""


async def test_nobody_who_commits_waits_for_a_page_that_takes_long(tmp_path: Path) -> None:
    """An operator's report held every customer's answer up, for there was one connection."""
    async with opened("sqlite", tmp_path) as connection:
        database, journal = opened_here(), Journal(connection)
        async with asyncio.TaskGroup() as tasks:
            report = tasks.create_task(database.rows(COUNTED, MANY))
            running = tasks.create_task(journal.run())
            await journal.write(Write(cursors=[("kf1", "c1")]))
            assert not report.done()
            assert await report == [{"most": MANY}]
            running.cancel()
        assert await database.rows("SELECT cursor FROM cursor") == [{"cursor": "c1"}]


async def test_what_is_read_as_it_stood_holds_nobody_up(database: Database) -> None:
    """While a list of all customers was downloaded, no event could be put on the disk."""
    await database.rows(PUT, given([("wm1", "a", 1.0)]))
    async with database.snapshot() as before:
        assert await before.rows("SELECT at FROM said") == [{"at": 1.0}]
        await database.rows(PUT, given([("wm1", "a", 2.0)]))
        assert await before.rows("SELECT at FROM said") == [{"at": 1.0}]
    assert await database.rows("SELECT at FROM said") == [{"at": 2.0}]
