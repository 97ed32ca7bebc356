"""Whom to reach again: every customer who has not opted out, page by page."""

from collections.abc import AsyncIterator

from bot.store.sql import Rows, Source, given

PAGE = 500
CUSTOMERS = """
    SELECT id, name, phone, unionid, heard_at, added_at, stage, tags, store, source, braked_at
    FROM customer
    WHERE opted_out_at IS NULL AND id > CAST($1 AS TEXT)
      AND (CAST($2 AS TEXT) = '' OR EXISTS (
          SELECT 1 FROM contact
          WHERE contact.customer = customer.id AND contact.member = CAST($2 AS TEXT)))
    ORDER BY id LIMIT $3"""
MEMBERS = """
    SELECT customer, member, lost_at, remark FROM contact
    WHERE customer IN (SELECT CAST(value ->> 0 AS TEXT) FROM given($1))
    ORDER BY customer, CASE WHEN lost_at IS NULL THEN 0 ELSE 1 END, added_at DESC"""


async def customers(source: Source, member: str = "") -> AsyncIterator[Rows]:
    """By id; with `members`: userid, and whether they have lost each other; and `remarks`, what
    members call them.

    Args:
        member: those of one alone.
    """
    after = ""
    while page := await source.rows(CUSTOMERS, after, member, PAGE):
        whom = given([row["id"]] for row in page)
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
