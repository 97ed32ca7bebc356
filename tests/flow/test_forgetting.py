"""What the nightly sweeps delete from the tables, in both databases."""

from json import dumps

import pytest

from bot.store.credentials import Credentials
from bot.store.sql import Database
from bot.store.statements import FORGET_EVENTS, FORGET_EXPIRED, FORGET_MESSAGES

MESSAGES = """
    INSERT INTO message (id, event_id, conversation, via, script, body, urgent, created_at, due_at,
                         attempts, state)
    SELECT CAST(value ->> 0 AS TEXT), 'e', 'c', 'app_message', '', '{}', {no}, 1.0, 1.0, 1,
           CAST(value ->> 1 AS SMALLINT) FROM given($1)"""
EVENTS = """
    INSERT INTO event (id, kind, conversation, body, received_at, state)
    SELECT CAST(value ->> 0 AS TEXT), 'K', 'c', '{}', 1.0,
           CAST(value ->> 1 AS SMALLINT) FROM given($1)"""
MANY = 2_000  # as many as one look takes


@pytest.mark.parametrize(
    ("table", "stays", "goes", "put", "forget"),
    [
        ("message", 4, 2, MESSAGES, FORGET_MESSAGES),
        ("event", 0, 1, EVENTS, FORGET_EVENTS),
    ],
)
async def test_two_thousand_doubtful_messages_do_not_end_the_clean_up_for_good(
    database: Database, table: str, stays: int, goes: int, put: str, forget: str
) -> None:
    """Each look was at the oldest of all. Those that stay filled it one day, and nothing went."""
    text = put.replace("{no}", "false" if database.postgres else "0")
    states = [stays] * MANY + [goes] * 3
    rows = dumps([[f"{number}", state] for number, state in enumerate(states)])
    await database.rows(text, rows)
    assert len(await database.rows(forget, 2.0)) == 3
    assert await database.rows(forget, 2.0) == []
    assert len(await database.rows(f"SELECT seq FROM {table}")) == MANY


async def test_what_was_kept_of_sessions_that_are_over_goes(database: Database) -> None:
    kept = Credentials()
    await kept.save("web:ended:old", "", 1.0)
    await kept.save("web:session", "key", 4e9)
    assert len(await database.rows(FORGET_EXPIRED, 2.0)) == 1
    assert await kept.load("web:session") == ("key", 4e9)
