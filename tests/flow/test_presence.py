"""When the program was away, and whom it missed, on both databases."""

from bot.clock import ManualClock
from bot.customers.missed import Heartbeat
from bot.store.customers.missed import DAYS, MissedTable, Missing
from bot.store.customers.sync_rounds import SyncRounds
from bot.store.presence import AWAY_S, Presence
from bot.store.sql import Database

DAY_S = 86_400.0
CONTACT = """
    INSERT INTO contact (customer, member, added_at, state) VALUES ($1, 'liming', $2, '')"""
FIND = """
    INSERT INTO sync_find (round, customer, member, kind, at)
    VALUES (1, $1, 'liming', 'missed', $2)"""
EVENT = """
    INSERT INTO event (id, kind, conversation, body, received_at, state)
    VALUES ($1, 'CustomerAdded', $2, '{}', $3, 1)"""

MESSAGE = """
    INSERT INTO message (id, event_id, conversation, via, script, body, urgent, created_at, due_at,
                         attempts, state)
    VALUES ($1, 'e', 'c', $2, '', '{}', $3, 1.0, 1.0, 1, 2)"""


async def test_an_absence_is_a_gap_between_two_notes(database: Database) -> None:
    presence = Presence(database)
    for at in (0.0, 60.0, 120.0, 120.0 + AWAY_S + 60, 400.0):
        await presence.beat(1e9 + at)
    (away,) = await presence.away(0.0)
    assert (away.since - 1e9, away.until - 1e9, away.looked_at) == (120.0, 360.0, None)
    await presence.looked(1e9 + 500)
    assert [one.looked_at for one in await presence.away(0.0)] == [1e9 + 500]
    await presence.beat(1e9 + 90_000, all_along=True)
    assert len(await presence.away(0.0)) == 1, "a clock was moved on"
    await presence.begin(1e9 + 90_030)
    assert [one.long for one in await presence.away(0.0)] == [False, True], "a restart"
    await presence.beat(1e9 + 100 * DAY_S)
    assert [one.since - 1e9 for one in await presence.away(0.0)] == [90_030]


async def test_a_disk_that_was_full_is_an_absence_too(database: Database) -> None:
    """Whoever was added meanwhile was looked for at night alone, where the disk was full for less
    than three minutes: WeCom had given their callbacks up by then."""
    clock, presence, hindered = ManualClock(), Presence(database), [0]
    heart = Heartbeat(presence, clock, alone=True, hindered=lambda: hindered[0])
    found = list[int]()
    for hindered[0] in (0, 0, 1, 1):
        await heart.beat()
        found.append(len(await presence.away(0.0)))
        await clock.advance(60)
    assert found == [0, 0, 1, 1]


async def test_who_was_missed_is_whoever_no_event_tells_of(database: Database) -> None:
    """A callback that came after all, a second time together, and what is long ago."""
    now = 1e9
    added = {
        "wmMissed": now - 3600, "wmCame": now - 3600, "wmAgain": now - 3600, "wm_Came": now - 3600,
        "wmYoung": now - 60, "wmOld": now - (DAYS + 1) * DAY_S,
    }  # fmt: skip
    for customer, at in added.items():
        await database.change(CONTACT, customer, at)
        await database.change(FIND, customer, now)
    for customer, at in (("wmCame", now - 3590), ("wmAgain", now - 30 * DAY_S)):
        await database.change(EVENT, customer, f"contact:liming:{customer}", at)
    table, window = MissedTable(database), (now - DAYS * DAY_S, now - 120)
    untold = await table.untold(*window, now - 30 * DAY_S)
    assert {row["customer"] for row in untold} == {"wmMissed", "wmAgain", "wm_Came"}
    assert await table.untold(*window, now) == [], "with keep_days = 1 each was told every day"
    missing = Missing(database, SyncRounds(database))
    assert await missing.unknown("liming", [*added, "wmNew"]) == {"wmNew"}
    assert await missing.unknown("wangfang", ["wmCame"]) == {"wmCame"}


async def test_where_wecom_itself_welcomes_no_message_is_read_twice_for_that(
    database: Database,
) -> None:
    """For each customer who came, every message was read to find whether we welcome: of a year,
    0.7 seconds, in which no page could read anything."""
    rounds = SyncRounds(database)
    await rounds.end(await rounds.begin(1.0, [["liming"]]), 2.0)
    missing, urgent = Missing(database, rounds), False
    await database.change(MESSAGE, "m1", "app_message", urgent)
    assert await missing.members() == frozenset()
    await database.change("UPDATE message SET via = 'welcome_code'")
    assert await missing.members() == frozenset(), "it was looked at"
    await database.change(MESSAGE, "m2", "welcome_code", urgent)
    assert await missing.members() == {"liming"}
