"""One text for SQLite and PostgreSQL, and the traps between them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tortoise.exceptions import OperationalError

from bot.store.sql import Database, given
from tests.databases import BOTH, opened

PUT = """
    INSERT INTO said (customer, words, at)
    SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS TEXT),
           CAST(value ->> 2 AS DOUBLE PRECISION)
    FROM given($1) WHERE true ON CONFLICT (customer, words) DO UPDATE SET at = excluded.at"""


@pytest.fixture(params=BOTH)
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(request.param, tmp_path) as connection:
        yield Database(connection)


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


async def test_a_transaction_is_whole_or_not_at_all(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as transaction:
            await transaction.rows(PUT, given([("wm1", "a", 1.0)]))
            raise ZeroDivisionError
    assert await database.rows("SELECT * FROM said") == []
    async with database.transaction() as transaction:
        await transaction.rows(PUT, given([("wm1", "a", 1.0)]))
    assert len(await database.rows("SELECT * FROM said")) == 1


async def test_a_value_of_the_wrong_kind_is_refused(database: Database) -> None:
    """Not taken for another one: each database has its own word for it."""
    with pytest.raises(OperationalError):
        await database.rows("SELECT * FROM given($1)", "no JSON")
