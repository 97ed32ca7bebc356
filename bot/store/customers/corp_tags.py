"""The company's tags (企业客户标签) as WeCom has them, and what their changes do to customers."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import orjson

from bot.store.sql import Queries, Rows, given, given_as
from bot.store.touch.statements import TouchRows, TouchStatement

KNOWN = "SELECT id, name FROM corp_tag WHERE gone_at IS NULL"
_TAGS = given_as(1, "id TEXT, name TEXT, group_id TEXT, group_name TEXT, place INTEGER")
PUT = f"""
    INSERT INTO corp_tag (id, name, group_id, group_name, place)
    SELECT * FROM {_TAGS} AS one WHERE true
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, group_id = excluded.group_id,
        group_name = excluded.group_name, place = excluded.place, gone_at = NULL"""
GONE = """
    UPDATE corp_tag SET gone_at = $1
    WHERE id IN (SELECT value FROM texts($2))"""
BEARERS = """
    SELECT customer FROM customer_tag WHERE tag = $1 AND customer > $2
    ORDER BY customer LIMIT $3"""
# A tag that some member gave, in what WeCom told of the contact.
GIVEN = """
    SELECT customer, member, tags FROM contact
    WHERE customer IN (SELECT value FROM texts($1)) AND tags IS NOT NULL"""
SINCE = """
    SELECT customer, at FROM customer_date WHERE name = $1
        AND customer IN (SELECT value FROM texts($2))"""
ANEW = """
    UPDATE tagging SET told_at = NULL, problem = ''
    WHERE problem = $1 AND EXISTS (
        SELECT 1 FROM customer_tag AS has
        WHERE has.tag = tagging.tag AND has.customer = tagging.customer)"""
ANEW_SOME = f"{ANEW} AND tag IN (SELECT value FROM texts($2))"
SHELF = """
    SELECT t.id, t.name, t.group_name,
           (SELECT count(*) FROM customer_tag AS has WHERE has.tag = t.name) AS n
    FROM corp_tag AS t WHERE t.gone_at IS NULL ORDER BY t.place"""
OURS = """
    SELECT tag AS name, count(*) AS n FROM customer_tag
    WHERE NOT EXISTS (SELECT 1 FROM corp_tag WHERE corp_tag.name = customer_tag.tag
                      AND corp_tag.gone_at IS NULL)
    GROUP BY tag ORDER BY n DESC, tag LIMIT 200"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpTag:
    id: str
    name: str
    group_id: str
    group_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagNews:
    """How the names of tags have changed since we looked last. Several tags may have one name."""

    new: frozenset[str]
    gone: frozenset[str]
    renamed: Mapping[str, str]  # old name → new name


class CorpTags(Queries):
    async def take_up(self, tags: Sequence[CorpTag], at: float) -> TagNews:
        """Take over all tags that WeCom has now; others stay in the table as gone since `at`.

        Returns:
            What is new, gone and renamed.
        """
        before = {row["id"]: str(row["name"]) for row in await self._database.rows(KNOWN)}
        rows = [
            (one.id, one.name, one.group_id, one.group_name, place)
            for place, one in enumerate(tags)
        ]
        await self._database.rows(PUT, given(rows))
        now = {one.id: one.name for one in tags}
        gone = before.keys() - now.keys()
        await self._database.change(GONE, at, given(gone))
        return news_of(before, now)

    async def bearers(self, tag: str, after: str, number: int) -> list[str]:
        """At most `number` customers who have the tag, by id, those after `after`."""
        rows = await self._database.rows(BEARERS, tag, after, number)
        return [row["customer"] for row in rows]

    async def replacing(self, old: str, new: str, customers: Sequence[str]) -> TouchRows:
        """Rows that give these customers the tag `new` in place of `old`; "" takes it away."""
        whom = given(customers)
        since = {
            row["customer"]: row["at"]
            for row in await self._database.rows(SINCE, f"tag:{old}", whom)
        }
        told = [
            (_without(orjson.loads(row["tags"]), old, new), row["customer"], row["member"])
            for row in await self._database.rows(GIVEN, whom)
        ]
        more: TouchRows = {
            TouchStatement.PUT_CONTACT_TAGS: told,
            TouchStatement.DROP_TAGS: [(old, one) for one in customers],
            TouchStatement.DROP_DATES: [(one, f"tag:{old}") for one in customers],
            TouchStatement.RECKON_TAGS: [(one,) for one in customers],
        }
        if new:
            more[TouchStatement.PUT_TAGS] = [(new, one) for one in customers]
            dates = [(one, f"tag:{new}", at) for one, at in since.items()]
            more[TouchStatement.FIRST_DATES] = dates
        return more

    async def tell_anew(self, problem: str, tags: Set[str] | None = None) -> None:
        """Tell WeCom again of tags that it refused for a reason which no longer holds.

        Args:
            problem: that reason, as it was noted.
            tags: only these; None: all.
        """
        if tags is None:
            await self._database.change(ANEW, problem)
        else:
            await self._database.change(ANEW_SOME, problem, given(tags))

    async def shelf(self) -> Rows:
        """The tags of WeCom in its order: id, name, group_name, n (customers who have it)."""
        return await self._database.rows(SHELF)

    async def ours(self) -> Rows:
        """Tags that customers have and WeCom does not: name, n (customers); 200 at most."""
        return await self._database.rows(OURS)


def news_of(before: Mapping[str, str], now: Mapping[str, str]) -> TagNews:
    """What changed between two sets of tags.

    Args:
        before, now: names by id.
    """
    old, new = frozenset(before.values()), frozenset(now.values())
    renamed = {
        name: now[one]
        for one, name in before.items()
        if one in now and now[one] != name and name not in new
    }
    return TagNews(new=new - old, gone=old - new - renamed.keys(), renamed=renamed)


def _without(tags: Any, old: str, new: str) -> str:
    left = {one for one in tags if one != old}
    return orjson.dumps(sorted(left | ({new} if new and old in tags else set()))).decode()
