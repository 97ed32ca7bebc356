"""Finds customers for pages by what is known of them, page by page, within one's sight."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.plans.condition import Condition
from bot.store.desk.staff import Sight, sight_rows, theirs
from bot.store.sql import Queries, Rows, like, literally, one_number
from bot.store.touch.brakes import sounding

LAST = 1e18  # Unix seconds: after all others
_COLUMNS = f"""c.id, c.name, c.phone, c.tags, c.stage, c.stage_at, c.stage_zh, c.stage_en,
    c.source, c.store, c.member, c.added_at, c.heard_at, c.opted_out_at, c.braked_at, c.friends,
    coalesce(c.added_at, 0) AS place, {sounding("c")}"""
# From one value of an index to the next: DISTINCT would read every row.
_VALUES = """
WITH RECURSIVE one (value) AS (
    SELECT min({column}) FROM {table} WHERE {where}
    UNION ALL
    SELECT (SELECT min({column}) FROM {table} WHERE {column} > one.value AND {where})
    FROM one WHERE one.value IS NOT NULL
)
SELECT value FROM one WHERE value IS NOT NULL ORDER BY value LIMIT 500"""
TAGS = _VALUES.format(column="tag", table="customer_tag", where="true")
MEMBERS = _VALUES.format(column="member", table="contact", where="lost_at IS NULL")


class Place(NamedTuple):
    """Where a page goes on: after the customer with this moment and id."""

    at: float = LAST
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom to find; what is left out does not restrict."""

    words: str = ""  # a part of the name, or the whole id or phone
    tag: str = ""
    stage: str = ""
    member: str = ""
    segment: Condition | None = None


class CustomerViews(Queries):
    async def page(
        self, sight: Sight, wanted: Wanted, *, after: Place | None = None, number: int = 50
    ) -> Rows:
        """A page of customers, those added last first.

        Args:
            after: the last one of the page before: its columns `place` and `id`.
        """
        where, values = _where(sight, wanted)
        at, one = after or Place()
        place = [*values, at, one, number]
        first = len(values) + 1
        # Words stand in no index: to look into every row in the order of another one takes eight
        # times as long as to read the table.
        added = f"{'+' if wanted.words else ''}coalesce(c.added_at, 0)"
        text = f"""
            SELECT {_COLUMNS} FROM customer AS c
            WHERE {where} AND ({added} < ${first} OR {added} = ${first} AND c.id > ${first + 1})
            ORDER BY {added} DESC, c.id LIMIT ${first + 2}"""
        return await self._database.rows(text, *place)

    async def count(self, sight: Sight, wanted: Wanted) -> int:
        where, values = _where(sight, wanted)
        text = f"SELECT count(*) AS n FROM customer AS c WHERE {where}"
        return await one_number(self._database, text, *values)

    async def tags(self) -> list[str]:
        """The tags that some customer has, in order; 500 at most."""
        return [row["value"] for row in await self._database.rows(TAGS)]

    async def members(self) -> list[str]:
        """Userids of the members who have customers, in order; 500 at most."""
        return [row["value"] for row in await self._database.rows(MEMBERS)]


def _where(sight: Sight, wanted: Wanted) -> tuple[str, Sequence[Any]]:
    parts: list[str] = []
    values: list[Any] = []

    def add(text: str, *more: Any) -> None:
        """Add a condition with its values, whose places in `text` are {0}, {1} …"""
        marks = (f"${number}" for number in range(len(values) + 1, len(values) + len(more) + 1))
        parts.append(text.format(*marks))
        values.extend(more)

    if sight is not None:
        add(f"c.id IN ({theirs(1)})", sight_rows(sight))
    if wanted.words:
        named = like("c.name", "{0}")
        pattern = f"%{literally(wanted.words)}%"
        add(f"({named} OR c.id = {{1}} OR c.phone = {{1}})", pattern, wanted.words)
    if wanted.tag:
        add("c.id IN (SELECT customer FROM customer_tag WHERE tag = {0})", wanted.tag)
    if wanted.stage:
        add("c.stage = {0}", wanted.stage)
    if wanted.member:
        add(
            "c.id IN (SELECT customer FROM contact WHERE lost_at IS NULL AND member = {0})",
            wanted.member,
        )
    if wanted.segment is not None:
        parts.append(f"({wanted.segment.numbered(len(values) + 1)})")
        values += wanted.segment.values
    return " AND ".join(parts) or "1 = 1", values
