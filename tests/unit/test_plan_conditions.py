"""Conditions on customers: what SQL finds is what Python says, whoever they are."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.plans.condition import (
    AddedBefore,
    AddedWithin,
    After,
    All,
    Any,
    Began,
    BornIn,
    BornOn,
    Friends,
    HeardWithin,
    Node,
    Not,
    NotPractising,
    OneOf,
    Person,
    SilentFor,
    Tagged,
    Today,
    Welcome,
)
from bot.plans.contradiction import possible
from bot.store.structure import STRUCTURE
from bot.touch.calendar import Calendar

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = Today(date(2026, 3, 10), ZONE, Calendar())
PUT = """
    INSERT INTO customer (name, tags, fetched_at, id, stage, source, store, member, birthday,
                          added_at, heard_at, opted_out_at, braked_at, friends)
    VALUES ('', '[]', 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
# Few values, so that they meet; and what an operator should never get into a statement.
WORDS = st.sampled_from(
    ["", "vip", "老客", "practice_1", "a' OR '1'='1", 'x"; DROP TABLE customer; --']
)
DAYS = st.integers(0, 4)
NAMES = st.sampled_from(["bought", "milk_powder", "tag:vip"])
BIRTHDAYS = st.sampled_from(["", "03-10", "03-11", "L01-22", "L01-21", "02-29", "12-31"])
MOMENTS = st.one_of(
    st.none(),
    st.builds(
        lambda days, off: TODAY.begins(days) + off, st.integers(-4, 1), st.sampled_from([-1, 0, 9])
    ),
)
PERSONS = st.builds(
    Person,
    tags=st.frozensets(WORDS.filter(bool), max_size=3),
    stage=WORDS,
    source=WORDS,
    member=WORDS,
    store=WORDS,
    birthday=BIRTHDAYS,
    added_at=MOMENTS,
    heard_at=MOMENTS,
    opted_out_at=MOMENTS,
    braked_at=MOMENTS,
    friends=st.integers(0, 3),
    dates=st.dictionaries(NAMES, MOMENTS.filter(lambda at: at is not None), max_size=2),
)
EVENTS = st.one_of(st.sampled_from(["added", "silent"]), NAMES)
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Tagged, WORDS),
    st.builds(
        OneOf,
        st.sampled_from(["stage", "source", "member", "store"]),
        st.lists(WORDS, max_size=3).map(tuple),
    ),
    *(st.builds(kind, DAYS) for kind in (AddedWithin, AddedBefore, HeardWithin, SilentFor)),
    st.builds(Friends, st.integers(0, 3)),
    st.builds(BornIn, st.lists(st.integers(0, 12), min_size=1, max_size=3).map(tuple)),
    st.builds(BornOn, st.builds(lambda days: TODAY.date + timedelta(days), st.integers(-2, 2))),
    st.builds(Began, EVENTS, st.integers(-4, 1)),
    st.builds(After, st.one_of(st.just("heard"), NAMES), EVENTS),
    st.builds(Welcome),
    st.builds(NotPractising),
)
NODES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Any, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("conditions") / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(STRUCTURE.read_text("utf-8"))
        connection.execute("PRAGMA synchronous = OFF")
        yield connection


def put(database: sqlite3.Connection, persons: list[Person]) -> None:
    for table in ("customer", "customer_tag", "customer_date"):
        database.execute(f"DELETE FROM {table}")
    for number, one in enumerate(persons):
        row = (str(number), one.stage, one.source, one.store, one.member, one.birthday)
        marks = (one.added_at, one.heard_at, one.opted_out_at, one.braked_at, one.friends)
        database.execute(PUT, row + marks)
        for tag in one.tags:
            database.execute(
                "INSERT INTO customer_tag (tag, customer) VALUES (?,?)", (tag, str(number))
            )
        for name, at in one.dates.items():
            database.execute(
                "INSERT INTO customer_date (customer, name, at) VALUES (?,?,?)",
                (str(number), name, at),
            )


@given(persons=st.lists(PERSONS, max_size=8), node=NODES)
def test_sql_and_python_agree(
    database: sqlite3.Connection, persons: list[Person], node: Node
) -> None:
    put(database, persons)
    condition = node.sql(TODAY)
    query = f"SELECT c.id, {condition.sql} FROM customer AS c"
    said = dict(database.execute(query, condition.values).fetchall())
    wanted = {str(n): int(node.holds(one, TODAY)) for n, one in enumerate(persons)}
    assert said == wanted  # a NULL would be neither


@given(persons=st.lists(PERSONS, max_size=8), node=NODES)
def test_what_is_called_impossible_fits_nobody(persons: list[Person], node: Node) -> None:
    assert possible(node) or not any(node.holds(one, TODAY) for one in persons)


@given(node=NODES)
def test_what_somebody_wrote_is_never_part_of_the_statement(node: Node) -> None:
    condition = node.sql(TODAY)
    assert "DROP" not in condition.sql
    assert "老客" not in condition.sql
    assert condition.sql.count("?") == len(condition.values)


@pytest.mark.parametrize(
    "node",
    [
        All((Tagged("vip"), Not(Tagged("vip")))),
        All((OneOf("stage", ("new",)), OneOf("stage", ("old", "gone")))),
        All((OneOf("store", ("a",)), Not(OneOf("store", ("a", "b"))))),
        All((AddedWithin(30), AddedBefore(30))),
        All((AddedWithin(7), SilentFor(30))),
        All((HeardWithin(7), SilentFor(7))),
        All((BornIn((3, 4)), BornIn((5,)))),
        All((Friends(2), Not(Friends(1)))),
        All((Any((Tagged("a"), Tagged("b"))), Not(Any((Tagged("a"), Tagged("b")))))),
        Not(Any((Tagged("a"), Not(Tagged("a"))))),
        Any(),
    ],
)
def test_a_contradiction_is_found(node: Node) -> None:
    assert not possible(node)


@pytest.mark.parametrize(
    "node",
    [
        All(),
        All((Tagged("a"), Tagged("b"), Not(Tagged("c")))),
        All((AddedWithin(30), AddedBefore(29))),
        All((AddedBefore(100), HeardWithin(3))),
        All((AddedWithin(60), SilentFor(30))),
        All((BornIn((0,)), BornIn((5,)))),
        All((Friends(1), Not(Friends(2)))),
        All(tuple(Any((Tagged(f"a{n}"), Tagged(f"b{n}"))) for n in range(40))),
    ],
)
def test_what_somebody_may_be_is_none(node: Node) -> None:
    assert possible(node)


def test_a_birthday_by_the_moon_is_found_on_its_day() -> None:
    """2026-03-10 is the 22nd of the first month."""
    born = BornOn(date(2026, 3, 10))
    assert born.holds(Person(birthday="L01-22"), TODAY)
    assert born.holds(Person(birthday="03-10"), TODAY)
    assert not born.holds(Person(birthday="L03-10"), TODAY)


def test_who_never_wrote_is_silent_since_they_were_added() -> None:
    silent = SilentFor(30)
    assert silent.holds(Person(added_at=TODAY.begins(-31)), TODAY)
    assert not silent.holds(Person(added_at=TODAY.begins(-30)), TODAY)
    assert not silent.holds(Person(added_at=TODAY.begins(-90), heard_at=TODAY.begins(-3)), TODAY)
    assert not silent.holds(Person(), TODAY)  # nobody knows
