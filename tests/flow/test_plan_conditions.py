"""Both databases find the customers whom a condition means, with the real tables."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.plans.condition import (
    AddedBefore,
    AddedWithin,
    After,
    All,
    Any,
    Began,
    BornIn,
    BornOn,
    Field,
    Friends,
    HeardWithin,
    Node,
    Not,
    OfStores,
    OneOf,
    Person,
    SilentFor,
    Tagged,
    Today,
    Welcome,
)
from bot.store.sql import Database
from bot.touch.calendar import Calendar

TODAY = Today(date(2026, 3, 10), ZoneInfo("Asia/Shanghai"), Calendar())
AGO = {days: TODAY.begins(-days) + 3600 for days in range(-1, 9)}
PERSONS = (
    Person(),
    Person(tags=frozenset({"VIP", "宝妈"}), stage="老客户", friends=2, added_at=AGO[3]),
    Person(tags=frozenset({"VIP"}), store="杭州", member="liming", heard_at=AGO[1]),
    Person(source="store_7", birthday="L01-22", added_at=AGO[7], heard_at=AGO[5]),
    Person(birthday="03-10", added_at=AGO[7], dates={"bought": AGO[2], "milk_powder": AGO[7]}),
    Person(birthday="03-11", added_at=AGO[3], opted_out_at=AGO[1], dates={"bought": AGO[-1]}),
    Person(added_at=AGO[0], braked_at=AGO[0], dates={"milk_powder": AGO[0]}),
)
FIELDS: tuple[Field, ...] = ("stage", "source", "store", "member")
EVENTS = ("added", "silent", "milk_powder")
NODES: tuple[Node, ...] = (
    Tagged("VIP"),
    All((Tagged("VIP"), Not(Tagged("宝妈")))),
    *(OneOf(field, ("老客户", "store_7", "杭州", "liming")) for field in FIELDS),
    OneOf("stage", ()),
    *(kind(days) for kind in (AddedWithin, AddedBefore) for days in (0, 3, 5)),
    *(kind(days) for kind in (HeardWithin, SilentFor) for days in (0, 3, 5)),
    Friends(0),
    Friends(2),
    BornIn((0, 12)),
    BornOn(TODAY.date),
    BornOn(TODAY.date + timedelta(days=1)),
    *(Began(what, -days) for what in EVENTS for days in (0, 3, 7)),
    *(After(then, what) for then in ("heard", "bought") for what in EVENTS),
    Welcome(),
    All(),
    Any(),
    Any((*(Tagged(f"标签{number}") for number in range(1_000)), Tagged("VIP"))),
    Any((Not(Any((Tagged("VIP"), BornOn(TODAY.date)))), All((Welcome(), Friends(1))))),
)  # fmt: skip


async def put(database: Database, number: int, one: Person) -> None:
    await database.rows(
        "INSERT INTO customer (id, name, tags, fetched_at, stage, source, store, member, "
        "birthday, added_at, heard_at, opted_out_at, braked_at, friends) "
        "VALUES ($1, '', '[]', 0, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        str(number), one.stage, one.source, one.store, one.member, one.birthday,
        one.added_at, one.heard_at, one.opted_out_at, one.braked_at, one.friends,
    )  # fmt: skip
    for tag in one.tags:
        await database.rows(
            "INSERT INTO customer_tag (tag, customer) VALUES ($1, $2)", tag, str(number)
        )
    for name, at in one.dates.items():
        await database.rows(
            "INSERT INTO customer_date (customer, name, at) VALUES ($1, $2, $3)",
            str(number), name, at,
        )  # fmt: skip


async def test_both_databases_find_whom_a_condition_means(database: Database) -> None:
    for number, one in enumerate(PERSONS):
        await put(database, number, one)
    for node in NODES:
        condition = node.sql(TODAY)
        text = f"SELECT c.id FROM customer AS c WHERE c.name = $1 AND ({condition.numbered(2)})"
        found = {row["id"] for row in await database.rows(text, "", *condition.values)}
        assert found == {str(n) for n, one in enumerate(PERSONS) if node.holds(one, TODAY)}, node


async def test_a_tag_of_stores_means_no_tag_that_only_looks_like_it(database: Database) -> None:
    for tags in ("|a|vip|", "|VIP|", "|vip2|"):
        await database.change(
            "INSERT INTO store (id, name, tags, persona, body, changed_at) "
            "VALUES ($1, '', $1, '', '', 0)",
            tags,
        )
    meant = OfStores(("tag:vip",)).meant()
    rows = await database.rows(
        f"SELECT s.id FROM store AS s WHERE {meant.numbered(1)}", *meant.values
    )
    assert [row["id"] for row in rows] == ["|a|vip|"]
