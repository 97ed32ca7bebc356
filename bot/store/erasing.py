"""Forgets one customer, on their demand: all that is kept of them in any table.

What people did about them stays in the audit, with who and when, and without what it was. Where
somebody has them as a contact still, WeCom tells of them again: a bare row stays then, by which
nothing is sent to them.
"""

from collections.abc import Iterable

from bot.store.spread import spread_of
from bot.store.sql import Database
from bot.store.tables import Table, quoted, tables
from bot.store.talk import CONVERSATIONS

_TALK = f"""(conversation IN ({CONVERSATIONS}) OR conversation = 'signal:' || $1
    OR conversation LIKE 'contact:%:' || $1 OR body LIKE '%"' || $1 || '"%')"""
# Beside every table with a column `customer`. $1: external_userid.
OTHERS = {
    "chat_group_member": "userid = $1",
    "complaint_word": "complaint IN (SELECT seq FROM complaint_case WHERE customer = $1)",
    "event": _TALK,
    "group_question": "askers LIKE '%' || $1 || '%'",
    "group_talk": "userid = $1",
    "handover_item": "subject = $1",
    "invitation": "inviter = $1 OR invitee = $1",
    "learned": "who = $1",
    "message": _TALK,
    "moment_comment": "author = $1",
    "referral_reward": "inviter = $1",
    "session": f"conversation IN ({CONVERSATIONS})",
    "signal": "external_userid = $1",
    "tally": "subject IN ('c:' || $1, 'q:' || $1) OR subject LIKE 'c:' || $1 || ':%'",
    "customer": "id = $1",
}
FIRST = ("complaint_word", "event", "message", "session")  # found by what others hold
# Their code is at WeCom until it is deleted there (bot/referral/codes.py): it is nobody's by then.
ORPHANED = "UPDATE referral_code SET customer = state, who = '' WHERE customer = $1"
SILENCED = "UPDATE audit SET why = '', details = '' WHERE subject = $1"
ERASED = """
    SELECT seq, subject FROM audit
    WHERE seq > $1 AND at >= $2 AND act = 'customer.erase' ORDER BY seq"""
KNOWN = "SELECT id FROM customer WHERE id = $1"
HAVE = """
    SELECT count(*) AS n FROM contact WHERE customer = $1 AND lost_at IS NULL"""
BARE = """
    INSERT INTO customer (id, name, tags, fetched_at, spread, opted_out_at)
    VALUES ($1, '', '[]', 0, $2, $3)"""


async def erase(database: Database, customer: str, at: float) -> int | None:
    """Everything of them, or nothing if it fails half-way.

    Args:
        at: now, Unix seconds.

    Returns:
        How many members have them as a contact still; None: nobody has heard of them.
    """
    async with database.transaction() as transaction:
        if not await transaction.rows(KNOWN, customer):
            return None
        friends = int((await transaction.rows(HAVE, customer))[0]["n"])
        for text in (ORPHANED, *_deletions(), SILENCED):
            await transaction.each(text, [(customer,)])
        if friends:
            await transaction.each(BARE, [(customer, spread_of(customer), at)])
    return friends


def _deletions() -> Iterable[str]:
    """One statement a table, those that look into other tables first."""
    known = {table.name: where for table in tables() if (where := _where(table))}
    for name in sorted(known, key=lambda name: (name not in FIRST, name)):
        yield f"DELETE FROM {quoted(name)} WHERE {known[name]}"


def _where(table: Table) -> str:
    found = OTHERS.get(table.name, "")
    if not found and table.columns.get("customer") is str:
        found = "customer = $1"
    return found
