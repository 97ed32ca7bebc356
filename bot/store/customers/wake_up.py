"""Lists whom to reach again if an account is lost: every customer who has not opted out.

Made-up customers with whom members practise are left out.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.store.desk.staff import Sight, has, sight_rows, within
from bot.store.scripts.figures import PRACTISING
from bot.store.sql import Rows, Source, given
from bot.store.touch.brakes import sounding

PAGE = 500
REAL = f"id NOT IN ({PRACTISING})"
# Lost ones as well.
THEIRS = f"""EXISTS (
          SELECT 1 FROM contact WHERE contact.customer = customer.id
            AND {within("contact.member", 2)})"""
CUSTOMERS = f"""
    SELECT id, name, phone, unionid, heard_at, added_at, stage, tags, store, source, braked_at,
        {sounding("customer")}
    FROM customer
    WHERE opted_out_at IS NULL AND id > CAST($1 AS TEXT) AND {REAL}
      AND ({THEIRS} OR CAST($2 AS TEXT) IS NULL)
    ORDER BY id LIMIT $3"""
COUNTS = f"""
    WITH one AS (
        SELECT phone, opted_out_at, braked_at,
            {has("customer.id", 2)} AS kept, {sounding("customer")}
        FROM customer WHERE id > CAST($1 AS TEXT) AND {REAL}
          AND ({THEIRS} OR CAST($2 AS TEXT) IS NULL)
    )
    SELECT count(CASE WHEN opted_out_at IS NULL THEN 1 END) AS total,
        count(CASE WHEN opted_out_at IS NULL AND phone <> '' THEN 1 END) AS phone,
        count(CASE WHEN opted_out_at IS NULL AND kept THEN 1 END) AS kept,
        count(CASE WHEN opted_out_at IS NULL AND braked_at IS NOT NULL
                AND complaint_sounds = 0 THEN 1 END) AS complained,
        count(CASE WHEN opted_out_at IS NULL AND complaint_sounds = 1 THEN 1 END) AS displeased,
        count(CASE WHEN opted_out_at IS NOT NULL THEN 1 END) AS out
    FROM one"""
MEMBERS = """
    SELECT customer, member, lost_at, remark FROM contact
    WHERE customer IN (SELECT value FROM texts($1))
    ORDER BY customer, CASE WHEN lost_at IS NULL THEN 0 ELSE 1 END, added_at DESC, member"""


async def customers(
    source: Source, sight: Sight = None, *, number: int = PAGE
) -> AsyncIterator[Rows]:
    """Pages of customers by id, with two columns besides the table's: `members` (userid, whether
    they have lost each other) and `remarks` (what members call them).

    Args:
        sight: only customers whom one of these members has, or had; None: all.
        number: customers in a page.
    """
    after, whose = "", sight_rows(sight)
    while page := await source.rows(CUSTOMERS, after, whose, number):
        whom = given(row["id"] for row in page)
        members: dict[str, list[tuple[str, bool]]] = {}
        remarks: dict[str, dict[str, None]] = {}
        for row in await source.rows(MEMBERS, whom):
            had = (row["member"], row["lost_at"] is not None)
            members.setdefault(row["customer"], []).append(had)
            if row["remark"]:
                remarks.setdefault(row["customer"], {})[row["remark"]] = None
        for row in page:
            row["members"] = members.get(row["id"], [])
            row["remarks"] = [*remarks.get(row["id"], {})]
        yield page
        after = page[-1]["id"]


async def first(source: Source, sight: Sight = None, *, number: int) -> Rows:
    """The first `number` of `customers`."""
    async for page in customers(source, sight, number=number):
        return page
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many customers there are. Those who opted out, or only sound so, count in
    `out` only."""

    total: int
    phone: int  # have one that we know
    kept: int  # still have one of the members
    complained: int  # nobody has lifted it yet, so they are not to be written to
    displeased: int  # only sound so, and are not to be written to either
    out: int


async def counts(source: Source, sight: Sight = None) -> Counts:
    row = (await source.rows(COUNTS, "", sight_rows(sight)))[0]
    return Counts(**{name: row[name] or 0 for name in Counts.__slots__})
