"""Erases one customer, on their demand: all that is kept of them in any table.

The audit log keeps who did something about them and when, but not what. If somebody still has them
as a contact, WeCom will tell of them again: then a bare row stays, opted out of all messages.

Members of groups whom nobody has as a contact are erased too. What the shop told before it named a
customer holds their unionid or phone instead of their id, and is found by those, if they are
nobody else's.

In five tables all rows have to be looked at: more than a second for 700,000 events. There only
what waits to be sent or answered is deleted at once, with all other tables; the rest follows in
blocks. Table `erasure` tells what is left, even if the program is killed.
"""

from collections.abc import Iterable

import orjson

from bot.store.customers.talk import CONVERSATIONS
from bot.store.plans.spread import spread_of
from bot.store.sql import Database, Source, given, one_number
from bot.store.statements import OPEN
from bot.store.tables import Table, quoted, tables
from bot.store.touch.brakes import FORGOTTEN, PUT, BrakeKind
from bot.touch.touch import Scenario

SOME = 5_000  # rows looked at in one statement
AT_ONCE = 200  # rows deleted by one: nobody waits long with a commit
# Not LIKE: for it Wm_1 is wmx1 as well.
_HOLDS = """replace({text}, '"' || $1 || '"', '') <> {text}"""
_ASKED = _HOLDS.format(text="askers")
_TALK = f"""(conversation IN ({CONVERSATIONS}) OR conversation = 'signal:' || $1
    OR substr(conversation, 1, 8) = 'contact:'
        AND replace(conversation || '"', ':' || $1 || '"', '') <> conversation || '"'
    OR {_HOLDS.format(text="body")})"""
# Beside every table with a column `customer`. $1: external_userid.
OTHERS = {
    "chat_group_member": "userid = $1",
    "complaint_word": "complaint IN (SELECT seq FROM complaint_case WHERE customer = $1)",
    "event": _TALK,
    "group_question": _ASKED,
    "group_talk": "userid = $1",
    "handover_item": "subject = $1",
    "invitation": "inviter = $1 OR invitee = $1",
    "learned": "who = $1",
    "message": _TALK,
    "moment_comment": "author = $1",
    "referral_reward": "inviter = $1",
    "session": f"conversation IN ({CONVERSATIONS})",
    "signal": "$1 IN (external_userid, unionid, phone)",
    "tally": "subject IN ('c:' || $1, 'q:' || $1, "
    + ", ".join(f"'c:' || $1 || ':{one}'" for one in Scenario)
    + ")",
    "customer": "id = $1",
}
FIRST = ("complaint_word", "session")  # found by what others hold
IN_BLOCKS = ("event", "message", "learned", "group_talk", "sync_find")
WAITS = (
    f"DELETE FROM event WHERE state = 0 AND {_TALK}",
    f"DELETE FROM message WHERE {OPEN} AND {_TALK}",
)
SIGNALS = f"DELETE FROM signal WHERE {OTHERS['signal']}"
BEGUN = """
    INSERT INTO erasure (whom, name, upto)
    SELECT CAST($1 AS TEXT), '{table}', coalesce(max(seq), 0) FROM {table}"""
LEFT = "SELECT seq, whom, name, upto FROM erasure ORDER BY seq"
OLDEST = "SELECT coalesce(min(seq), 1) AS seq FROM {table}"
FOUND = "SELECT seq FROM {table} WHERE seq > $2 AND seq <= $3 AND ({where})"
GONE = """
    DELETE FROM {table} WHERE seq IN (SELECT CAST(value ->> 0 AS BIGINT) FROM given($1))"""
ENDED = "DELETE FROM erasure WHERE seq = $1"
# Their code is at WeCom until it is deleted there (bot/referral/codes.py): it is nobody's by then.
ORPHANED = "UPDATE referral_code SET customer = state, who = '' WHERE customer = $1"
DEEDS = "subject = $1"  # of the audit: they stay, without what they were
SILENCED = f"UPDATE audit SET why = '', details = '', changes = '' WHERE {DEEDS}"
# What somebody else asked first waits for an answer still.
NOT_ASKING = "UPDATE group_question SET askers = $1 WHERE seq = $2"
# Where they stand in what is kept of others.
UNNAMED = (
    "UPDATE chat_group_member SET invitor = '' WHERE invitor = $1",
    f"""UPDATE chat_group_change SET members = replace(members, '"' || $1 || '"', '""')
    WHERE {_HOLDS.format(text="members")}""",
)
ERASED = """
    SELECT seq, subject AS customer FROM audit
    WHERE seq > $1 AND at >= $2 AND act = 'customer.erase' ORDER BY seq"""
KNOWN = """
    SELECT id FROM customer WHERE id = $1
    UNION SELECT userid FROM chat_group_member WHERE userid = $1 AND customer
    UNION SELECT author FROM moment_comment WHERE author = $1 AND NOT staff
    UNION SELECT external_userid FROM signal WHERE external_userid = $1"""
ALIASED = ("event", "signal")  # in these they may be called by an alias
ALIASES = " UNION ".join(
    f"""
    SELECT {name} AS alias FROM customer AS own WHERE id = $1 AND {name} <> '' AND NOT EXISTS (
        SELECT 1 FROM customer AS one WHERE one.{name} = own.{name} AND one.id <> own.id)"""
    for name in ("unionid", "phone")
)
# Notices to members quote questions in groups, with the names of who asked.
ASKED = f"SELECT seq, chat_id, text, askers FROM group_question WHERE {_ASKED}"
QUOTING = """
    SELECT id FROM event
    WHERE conversation IN (SELECT value FROM texts($1)) AND kind = 'GroupAsked' AND EXISTS (
        SELECT 1 FROM texts($2) WHERE replace(body, value, '') <> body)"""
UNQUOTED = (
    "DELETE FROM message WHERE event_id IN (SELECT value FROM texts($1))",
    "DELETE FROM event WHERE id IN (SELECT value FROM texts($1))",
)
HAVE = """
    SELECT count(*) AS n FROM contact WHERE customer = $1 AND lost_at IS NULL"""
BARE = """
    INSERT INTO customer (id, name, tags, fetched_at, spread, opted_out_at)
    VALUES ($1, '', '[]', 0, $2, $3)"""
# Whatever they had said, or only sounded like: who demands that is not to be written to.
OUT = BrakeKind.OPT_OUT.value, 1, "", FORGOTTEN


async def erase(database: Database, customer: str, at: float) -> int | None:
    """Delete what is kept of a customer, and what waits for them, all or nothing. What is left in
    large tables `finish` deletes.

    Args:
        at: now, Unix seconds.

    Returns:
        How many members still have them as a contact; None: nobody has heard of them.
    """
    notices = given(await _quoting(database, customer))
    async with database.transaction() as transaction:
        if not await transaction.rows(KNOWN, customer):
            return None
        friends = await one_number(transaction, HAVE, customer)
        other_names = [(alias,) for alias in await aliases(transaction, customer)]
        for text in UNQUOTED:
            await transaction.each(text, [(notices,)])
        await transaction.each(NOT_ASKING, await _asked_by_others(transaction, customer))
        begun = (BEGUN.format(table=name) for name in IN_BLOCKS)
        for text in (ORPHANED, *WAITS, *_deletions(), *UNNAMED, SILENCED, *begun):
            await transaction.each(text, [(customer,)])
        for text in (WAITS[0], SIGNALS, BEGUN.format(table="event")):
            await transaction.each(text, other_names)
        if friends:
            await transaction.each(BARE, [(customer, spread_of(customer), at)])
            await transaction.each(PUT, [(customer, *OUT, at, 0)])
    return friends


async def aliases(source: Source, customer: str) -> list[str]:
    """What else than by their id a customer, and nobody else, is known by to the shop."""
    return [row["alias"] for row in await source.rows(ALIASES, customer)]


async def _quoting(database: Database, customer: str) -> list[str]:
    """The notices that quote a question of theirs. Before the transaction, which holds the writer:
    all that concerns no single chat is looked through."""
    if not (asked := await database.rows(ASKED, customer)):
        return []
    chats = {f"group:{row['chat_id']}" for row in asked}
    texts = {orjson.dumps(row["text"]).decode() for row in asked}
    found = await database.rows(QUOTING, given(["corp", *chats]), given(texts))
    return [row["id"] for row in found]


async def _asked_by_others(source: Source, customer: str) -> list[tuple[str, int]]:
    """The questions that somebody else asked first: who else asked, and the row's seq."""
    found = []
    for row in await source.rows(ASKED, customer):
        askers = orjson.loads(row["askers"])
        if askers[0][0] != customer:
            rest = [one for one in askers if one[0] != customer]
            found.append((orjson.dumps(rest).decode(), row["seq"]))
    return found


async def finish(database: Database) -> None:
    """Delete what `erase` has left, now or in an earlier run. Two may run at a time."""
    for left in await database.rows(LEFT):
        table, upto = left["name"], left["upto"]
        found = FOUND.format(table=table, where=OTHERS.get(table, "customer = $1"))
        [oldest] = await database.rows(OLDEST.format(table=table))
        for after in range(oldest["seq"] - 1, upto, SOME):
            rows = await database.rows(found, left["whom"], after, min(after + SOME, upto))
            for first in range(0, len(rows), AT_ONCE):
                seqs = given([row["seq"]] for row in rows[first : first + AT_ONCE])
                await database.change(GONE.format(table=table), seqs)
        await database.change(ENDED, left["seq"])


def about() -> dict[str, str]:
    """Table → condition (SQL) for its rows about customer $1; copying.py uses the same."""
    return {table.name: where for table in tables() if (where := _where(table))}


def _deletions() -> Iterable[str]:
    """Statements that delete from each table; those that look into other tables come first."""
    known = about()
    for name in sorted(known.keys() - IN_BLOCKS, key=lambda name: (name not in FIRST, name)):
        yield f"DELETE FROM {quoted(name)} WHERE {known[name]}"


def _where(table: Table) -> str:
    found = OTHERS.get(table.name, "")
    if not found and table.columns.get("customer") is str:
        found = "customer = $1"
    return found
