"""Tells what the subjects of the audit log are called: customers, groups, messages, invitations
and rewards."""

from collections.abc import Iterable, Mapping

import orjson

from bot.store.customers.serving import called
from bot.store.models import MessageRow
from bot.store.records import to_of
from bot.store.sql import Database, given, whole

NAMES = f"""
SELECT id, {called("customer.name", "customer.id")} AS name
FROM customer WHERE id IN (SELECT value FROM texts($1))
UNION ALL
SELECT chat_id, name FROM chat_group WHERE chat_id IN (SELECT value FROM texts($1))"""
INVITED = """
SELECT one.campaign, one.seq, one.invitee AS id FROM invitation AS one
WHERE one.seq IN (SELECT CAST(value ->> 0 AS BIGINT) FROM given($1))"""
REWARDED = """
SELECT one.campaign, one.seq, one.inviter AS id FROM referral_reward AS one
WHERE one.seq IN (SELECT CAST(value ->> 0 AS BIGINT) FROM given($1))"""


async def names(database: Database, ids: Iterable[str]) -> Mapping[str, str]:
    """The names of these customers and groups, by id; those without a name are left out."""
    rows = await database.rows(NAMES, given({*ids}))
    return {row["id"]: row["name"] for row in rows if row["name"]}


async def receivers(ids: Iterable[str]) -> Mapping[str, str]:
    """Whom these messages go to, by the message's id: external_userid or userid."""
    rows = await MessageRow.filter(id__in=[*{*ids}])
    return {row.id: to_of(row, orjson.loads(row.body)) for row in rows}


async def invited(database: Database, keys: Iterable[str]) -> Mapping[str, str]:
    """The customers who came by these invitations, by the key "campaign:seq"."""
    return await _found(database, INVITED, keys)


async def rewarded(database: Database, keys: Iterable[str]) -> Mapping[str, str]:
    """The customers who get these rewards for bringing others, by the key "campaign:seq"."""
    return await _found(database, REWARDED, keys)


async def _found(database: Database, statement: str, keys: Iterable[str]) -> Mapping[str, str]:
    numbers = {one.rpartition(":")[2] for one in keys}
    rows = await database.rows(statement, given([whole(one)] for one in numbers))
    return {f"{row['campaign']}:{row['seq']}": row["id"] for row in rows}
