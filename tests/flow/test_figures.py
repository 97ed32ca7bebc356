"""Counts by day: each event once, whatever the order in which they are done."""

import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.store.scripts.figures import Figures
from bot.store.sql import Database
from tests.databases import BOTH, opened

ZONE = ZoneInfo("Asia/Shanghai")
PUT = """
INSERT INTO event (id, kind, conversation, body, received_at, state, decision, done_at)
VALUES ($1, $2, $3,
    '{"script": "faq/b", "source": "DELETE_BY_TRANSFER", "via": "welcome_code"}',
    $4, $5, $6, $7)"""
PRACTISE = """
INSERT INTO customer (id, name, tags, fetched_at, source)
VALUES ('wm_9', '练习·老吴', '[]', 0, 'practice_1')"""
TOLD = """
INSERT INTO message (id, event_id, conversation, via, script, body, urgent, created_at, due_at,
                     attempts, state)
VALUES ('told', 'x', 'kf:a:wm1', 'service_session', 'faq/b', '{}', false, $1, $1, 1, 2)"""
PARTS = """
INSERT INTO message (id, event_id, conversation, via, script, body, urgent, created_at, due_at,
                     attempts, state)
SELECT CAST(value ->> 0 AS TEXT), 'y', 'kf:a:wm2', 'service_session', 'faq/b', '{"to": "wm2"}',
    false, $1, $1, 1, 2 FROM given('[["words"], ["picture"]]')"""
DONE = "UPDATE event SET state = 1, decision = $1, done_at = $2 WHERE id = $3"
SAID = {"said": [{"script": "faq/a", "via": "service_session"}], "match": {"band": "answer"}}
MENU = {"said": [{"script": "system/menu", "via": "service_session"}], "match": {"band": "ask"}}
CALLED = {"handed_over": "没有话术", **SAID}


def at(day: int, hour: int) -> float:
    """In Shanghai, in March 2026."""
    return datetime(2026, 3, day, hour, tzinfo=ZONE).timestamp()


@pytest.mark.parametrize("kind", BOTH)
async def test_each_event_counts_once_on_its_own_day(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as connection:
        database = Database(connection)
        figures = Figures(database, ZONE)

        async def put(
            name: str, received: float, told: object = None, conversation: str = "kf:a:wm1"
        ) -> None:
            decision = None if told is None else json.dumps(told)
            done = None if told is None else received + 2
            state = 0 if told is None else 1
            values = (name, "MessageReceived", conversation, received, state, decision, done)
            await database.change(PUT, *values)

        await put("one", at(1, 23), SAID)
        await put("two", at(2, 0), MENU, "kf:a:wm2")
        await put("open", at(2, 9))
        await put("after", at(2, 10), CALLED, "bot:x:liming")
        await figures.count()
        await figures.count()
        first = await figures.of_days(date(2026, 3, 1), date(2026, 3, 2))
        assert {(row["day"], row["name"], row["key"]): row["n"] for row in first} == {
            ("2026-03-01", "answered", "kf"): 1,
            ("2026-03-02", "asked", "kf"): 1,
        }  # what comes after the open one waits for it
        await database.change(DONE, json.dumps({"silent": "a sticker"}), at(2, 11), "open")
        await Figures(database, ZONE).count()  # as after a restart
        rows = await figures.of_days(date(2026, 3, 2), date(2026, 3, 2))
        assert {(row["name"], row["key"]): row["n"] for row in rows} == {
            ("asked", "kf"): 1,
            ("silent", "kf"): 1,
            ("handed_over", "bot"): 1,
        }
        await put("late", at(2, 12), SAID)  # the bot was off for a day
        await database.change(DONE, json.dumps(SAID), at(3, 12), "late")
        await figures.count()
        assert await figures.median_wait_s(date(2026, 3, 1), date(2026, 3, 2)) == 2.0
        assert await figures.median_wait_s(date(2026, 3, 3), date(2026, 3, 3)) is None
        # Of two processes one is slower to commit what has the lower number.
        shared = Figures(database, ZONE, shared=True)
        await put("gap", at(4, 12), SAID)
        await database.change("DELETE FROM event WHERE id = $1", "gap")
        await put("quick", at(4, 12), SAID, "kf:a:wm2")
        await shared.count()
        assert await figures.of_days(date(2026, 3, 4), date(2026, 3, 4)) == []
        await put("slow", at(4, 12), SAID)
        await database.change(
            "UPDATE event SET seq = (SELECT seq - 1 FROM event WHERE id = 'quick') "
            "WHERE id = $1", "slow",
        )  # fmt: skip
        await shared.count()
        rows = await figures.of_days(date(2026, 3, 4), date(2026, 3, 4))
        assert [(row["name"], row["n"]) for row in rows] == [("answered", 2)]


@pytest.mark.parametrize("kind", BOTH)
async def test_the_pieces_of_one_question_are_one_question(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as connection:
        database = Database(connection)
        for number in range(3):
            received = datetime(2026, 3, 1, 4, 0, number, tzinfo=UTC).timestamp()
            values = (f"piece{number}", "MessageReceived", "kf:a:wm1", received, 1)
            await database.change(PUT, *values, json.dumps(SAID), at(1, 12) + 10)
        await database.change(PRACTISE)
        practised = ("practised", "MessageReceived", "kf:a:wm_9", at(1, 12), 1, json.dumps(SAID))
        await database.change(PUT, *practised, at(1, 12))
        alike = ("alike", "MessageReceived", "kf:a:wmX9", at(1, 12), 1, json.dumps(CALLED))
        await database.change(PUT, *alike, at(1, 12))  # its id only looks like that one
        figures = Figures(database, ZONE)
        await figures.count()
        rows = await figures.of_days(date(2026, 3, 1), date(2026, 3, 1))
        assert {row["name"]: row["n"] for row in rows} == {"answered": 1, "handed_over": 1}
        assert await figures.median_wait_s(date(2026, 3, 1), date(2026, 3, 1)) == 8.0


@pytest.mark.parametrize("kind", BOTH)
async def test_what_members_send_counts_with_its_script(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as connection:
        database = Database(connection)
        values = ("sent", "StaffSent", "contact:liming:wm1", at(1, 9), 1, "{}", at(1, 9))
        await database.change(PUT, *values)
        moved = ("moved", "CustomerLost", "contact:liming:wm2", at(1, 10), 1, "{}", at(1, 10))
        await database.change(PUT, *moved)  # to a colleague: nobody was lost
        for number, what in enumerate(("CustomerAdded", "CustomerAdded", "DeliveryFailed")):
            told = (f"welcome{number}", what, f"contact:liming:wm{number % 2}", at(1, 8), 1)
            await database.change(PUT, *told, json.dumps(SAID), at(1, 8) + number)
        await database.change(TOLD, at(1, 11))  # by the bot, on the same day
        await database.change(PARTS, at(1, 11))  # words and a picture: one answer
        figures, day = Figures(database, ZONE), date(2026, 3, 1)
        # a page and a sweep at once: whatever both have seen is counted once
        await asyncio.gather(*(Figures(database, ZONE).count() for _ in range(3)))
        await figures.count()
        rows = await figures.of_days(day, day)
        assert {(row["name"], row["key"], row["n"]) for row in rows} == {
            ("by_sidebar", "contact", 1),
            ("welcomed", "contact", 1),  # two were decided, and WeCom refused one
        }
        assert await figures.most_said(day, day) == [{"script": "faq/b", "n": 3}]
