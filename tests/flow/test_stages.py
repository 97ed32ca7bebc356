"""Stages of customers: the rules as SQL and as Python, and what people set, on both databases."""

import asyncio
from datetime import date
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import ManualClock
from bot.errors import Complaint
from bot.files.reader import Reader
from bot.plans import parts
from bot.plans.segments import read_segments
from bot.profile.rules import CustomerBook, read_customers
from bot.profile.stage import Bounds, Signs, Stage, StageRules, judge
from bot.profile.staging import Staging
from bot.store.customers.stages import Change, Held, Stages
from bot.store.customers.timeline import What, timeline
from bot.store.sql import Database, given

ZONE = ZoneInfo("Asia/Shanghai")
RULES = StageRules(loyal_purchases=2)
BOUNDS = Bounds.on(date(2026, 3, 10), ZONE, RULES)
EDGES = (0.0, BOUNDS.loyal, BOUNDS.sleeping - 1, BOUNDS.sleeping, BOUNDS.new - 1, BOUNDS.new)
CROWD = [
    Signs(added=added, heard=heard, bought=bought, purchases=purchases)
    for added, heard, bought, purchases in product(EDGES, EDGES, EDGES, (0, 1, 2))
]
PUT = """
    INSERT INTO customer (id, name, tags, fetched_at, added_at, heard_at)
    SELECT CAST(value ->> 0 AS TEXT), '', '[]', 0, CAST(value ->> 1 AS DOUBLE PRECISION),
           CAST(value ->> 2 AS DOUBLE PRECISION) FROM given($1)"""
BOUGHT = """
    INSERT INTO customer_date (customer, name, at)
    SELECT CAST(value ->> 0 AS TEXT), 'bought', CAST(value ->> 1 AS DOUBLE PRECISION)
    FROM given($1)"""
PURCHASED = """
    INSERT INTO purchase (event, customer, at)
    SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS TEXT),
           CAST(value ->> 2 AS DOUBLE PRECISION) FROM given($1)"""


async def put(database: Database, crowd: list[Signs]) -> None:
    named = [(f"wm{number:04}", one) for number, one in enumerate(crowd)]
    await database.rows(PUT, given((who, one.added or None, one.heard) for who, one in named))
    await database.rows(BOUGHT, given((who, one.bought) for who, one in named if one.bought))
    bought = [
        (f"{who}:{number}", who, BOUNDS.loyal + 1)
        for who, one in named
        for number in range(one.purchases)
    ]
    old = [(f"{who}:old", who, BOUNDS.loyal - 1) for who, _ in named]
    await database.rows(PURCHASED, given([*bought, *old]))


async def test_two_processes_that_judge_the_same_customer_note_one_step(
    database: Database, tmp_path: Path
) -> None:
    """Both heard of the same news: one of them failed, or its step stood there twice."""
    await put(database, CROWD[:2])
    stages = Stages(database)
    change = Change(customer="wm0000", stage="new", held=Held.RULES, over=Held.RULES, at=1.0)
    await asyncio.gather(*(stages.change([change]) for _ in range(6)))
    steps = await database.rows("SELECT stage FROM stage_step WHERE customer = 'wm0000'")
    assert steps == [{"stage": "new"}]


async def test_both_databases_find_what_the_rules_say(database: Database, tmp_path: Path) -> None:
    await put(database, CROWD)
    stages, clock = Stages(database), ManualClock()
    stray = dict(await stages.stray(BOUNDS, RULES.loyal_purchases, "", "wm9999"))
    said = {f"wm{n:04}": judge(one, RULES, BOUNDS, ZONE).stage for n, one in enumerate(CROWD)}
    assert {*said.values()} == {"", *Stage}
    assert {*stray} == {customer for customer, stage in said.items() if stage}
    for customer, signs in stray.items():
        assert judge(signs, RULES, BOUNDS, ZONE).stage == said[customer]
    await stages.change([
        Change(customer=customer, stage=stage, held=Held.RULES, over=Held.RULES, at=1.0)
        for customer, stage in said.items()
    ])  # fmt: skip
    assert await stages.stray(BOUNDS, RULES.loyal_purchases, "", "wm9999") == []
    found = await stages.counts(None)
    assert found == {one: [*said.values()].count(one) for one in Stage}
    assert await stages.counts(("liming",)) == {}
    (tmp_path / "config").mkdir()
    (tmp_path / "config/customers.toml").write_text("[stages]\nsleeping_days = 3650\n", "utf-8")
    book = CustomerBook(tmp_path)
    book.open()
    await Staging(book, stages, set(), clock, ZONE).sweep()
    assert "sleeping" not in await stages.counts(None)


async def test_what_a_person_says_holds_until_a_person_lets_go(
    database: Database, tmp_path: Path
) -> None:
    clock, moved = ManualClock(), {"wm0000"}
    now = clock.timestamp()
    await put(database, [Signs(added=now, heard=now)])
    stages = Stages(database)
    staging = Staging(CustomerBook(tmp_path), stages, moved, clock, ZONE)
    await staging.follow()
    assert (await stages.of("wm0000")).stage == "new"
    assert not moved
    begun = "SELECT name FROM customer_date WHERE name LIKE 'stage:%'"
    assert await database.rows(begun) == [{"name": "stage:new"}]
    await clock.advance(60)
    await staging.hold("wm0000", "loyal", "liming")
    signal = Change(
        customer="wm0000", stage="buying", held=Held.SIGNAL, over=Held.SIGNAL, at=now + 61
    )
    await stages.change([signal])
    await clock.advance(200 * 86_400)
    await staging.sweep()
    standing = await stages.of("wm0000")
    assert (standing.stage, standing.held, standing.at) == ("loyal", Held.PERSON, now + 60)
    await staging.release("wm0000", "wangfang")
    standing = await stages.of("wm0000")
    assert (standing.stage, standing.held) == ("sleeping", Held.RULES)
    assert standing.zh == "1月1日以后没说过话，也没下过单"
    long_ago = judge(Signs(heard=1.0), RULES, BOUNDS, ZONE)
    assert long_ago.zh == "1970年1月1日以后没说过话，也没下过单"
    assert "neither" in standing.en
    entries, _ = await timeline(database, "wm0000", whats=[What.STAGE])
    told = [(one.who, one.text, one.title) for one in entries]
    assert told == [
        ("wangfang", "loyal", "sleeping"), ("liming", "new", "loyal"), ("", "", "new"),
    ]  # fmt: skip
    assert await database.rows(begun) == [{"name": "stage:sleeping"}]


def test_stages_are_named_as_people_write_them(tmp_path: Path) -> None:
    reader = Reader("config/segments.toml", {}, [])
    table = {
        "known": {"stages": ["签约"]},
        "segment": {"lost": {"stage": ["沉睡", "签约", "new"]}, "odd": {"stage": ["睡着"]}},
    }
    segments = read_segments(reader, table)
    assert "('sleeping', '签约', 'new')" in str(segments["lost"])
    assert [one.key for one in reader.complaints] == ["segment.odd.stage"]
    assert parts.after("stage 沉睡") == ("stage:sleeping", 0)
    (tmp_path / "config").mkdir()
    (tmp_path / "config/customers.toml").write_text("[stages]\nnew_days = 0\n", "utf-8")
    complaints = list[Complaint]()
    read_customers(tmp_path, complaints)
    assert "stages.new_days" in str(complaints)
