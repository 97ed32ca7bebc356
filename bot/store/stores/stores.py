"""Reads and writes stores (门店), many at once."""

from collections.abc import Iterable, Sequence

import orjson

from bot.store.sql import Queries, given, given_as
from bot.stores.store import Store

ALL = "SELECT id, name, tags, persona, body FROM store ORDER BY id"
MEMBERS = "SELECT member, store, persona FROM store_member ORDER BY store, member"
STAMP = """
    SELECT count(*) AS stores, coalesce(max(changed_at), 0) AS changed_at,
           (SELECT count(*) FROM store_member) AS members FROM store"""
_STORES = given_as(1, "id TEXT, name TEXT, tags TEXT, persona TEXT, body TEXT")
PUT = f"""
    INSERT INTO store (id, name, tags, persona, body, changed_at)
    SELECT one.*, CAST($2 AS DOUBLE PRECISION) FROM {_STORES} AS one WHERE true
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, tags = excluded.tags,
        persona = excluded.persona, body = excluded.body, changed_at = excluded.changed_at
    RETURNING id"""
PUT_MEMBERS = f"""
    INSERT INTO store_member (member, store, persona)
    SELECT * FROM {given_as(1, "member TEXT, store TEXT, persona TEXT")} AS one WHERE true
    ON CONFLICT (member) DO UPDATE SET store = excluded.store, persona = excluded.persona
    RETURNING member"""
CLEAR_MEMBERS = """
    DELETE FROM store_member
    WHERE store IN (SELECT value FROM texts($1)) RETURNING member"""
REMOVE = """
    DELETE FROM store
    WHERE id IN (SELECT value FROM texts($1)) RETURNING id"""
# Also changes one of the stores that are left, or nobody would notice that others are gone.
TOUCH = """
    UPDATE store SET changed_at = $1 WHERE id = (SELECT min(id) FROM store) RETURNING id"""


class StoreTable(Queries):
    async def stamp(self) -> tuple[float, ...]:
        """A value that changes as soon as any store has changed."""
        return tuple((await self._database.rows(STAMP))[0].values())

    async def all(self) -> list[Store]:
        """All stores with their members, by id."""
        members: dict[str, dict[str, str]] = {}
        for row in await self._database.rows(MEMBERS):
            members.setdefault(row["store"], {})[row["member"]] = row["persona"]
        return [
            Store(
                id=row["id"], name=row["name"], persona=row["persona"],
                tags=tuple(tag for tag in row["tags"].split("|") if tag),
                members=members.get(row["id"], {}), values=orjson.loads(row["body"]),
            )
            for row in await self._database.rows(ALL)
        ]  # fmt: skip

    async def put(self, stores: Sequence[Store], gone: Iterable[str], now: float) -> None:
        """Write these stores with exactly their members, and delete others.

        Args:
            gone: the ids of those to delete.
            now: Unix seconds.
        """
        left = given(gone)
        async with self._database.transaction() as transaction:
            await transaction.rows(CLEAR_MEMBERS, left)
            await transaction.rows(REMOVE, left)
            await transaction.rows(CLEAR_MEMBERS, given(one.id for one in stores))
            await transaction.rows(PUT, given(map(_row, stores)), now)
            staff = (
                (member, one.id, persona)
                for one in stores
                for member, persona in one.members.items()
            )
            await transaction.rows(PUT_MEMBERS, given(staff))
            await transaction.rows(TOUCH, now)


def _row(store: Store) -> tuple[str, ...]:
    body = orjson.dumps(dict(store.values), option=orjson.OPT_SORT_KEYS).decode()
    return store.id, store.name, tags_of(store.tags), store.persona, body


def tags_of(tags: Iterable[str]) -> str:
    """Tags as the table stores them: "|华东|旗舰店|"."""
    return "".join(f"|{tag}" for tag in tags) + "|"
