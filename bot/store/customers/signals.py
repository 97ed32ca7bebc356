"""Finds the customer whom the shop means, and keeps what it told of people not known yet."""

from dataclasses import dataclass

from bot.events import SignalReceived
from bot.inbox import event_of
from bot.store.sql import Source

# If two customers have one unionid or phone, neither is meant: when unsure, do not act.
WHO = """
    SELECT id, member FROM (
        SELECT id, member, 0 AS way FROM customer WHERE id = $1
        UNION ALL
        SELECT CASE count(*) WHEN 1 THEN min(id) END, min(member), 1 FROM customer
        WHERE unionid = $2 AND unionid <> ''
        UNION ALL
        SELECT CASE count(*) WHEN 1 THEN min(id) END, min(member), 2 FROM customer
        WHERE phone = $3 AND phone <> '') AS found
    WHERE id IS NOT NULL ORDER BY way LIMIT 1"""
# Some of those that wait, each with the customer that it is about by now.
WAITING = """
    SELECT seq, customer.id AS customer, customer.member,
           CASE WHEN customer.id IS NOT NULL THEN body END AS body
    FROM (
        SELECT seq, body, coalesce(
            (SELECT id FROM customer WHERE id = external_userid),
            (SELECT CASE count(*) WHEN 1 THEN min(id) END FROM customer
             WHERE unionid = signal.unionid AND unionid <> ''),
            (SELECT CASE count(*) WHEN 1 THEN min(id) END FROM customer
             WHERE phone = signal.phone AND phone <> '')) AS means
        FROM signal WHERE seq > $1 ORDER BY seq LIMIT $2) AS waiting
    LEFT JOIN customer ON customer.id = means ORDER BY seq"""
FORGET_SIGNALS = """
    DELETE FROM signal WHERE seq IN (
        SELECT seq FROM signal WHERE at < $1 ORDER BY seq LIMIT 2000) RETURNING seq"""
EVENT = """
    SELECT id, kind, conversation, body FROM event WHERE id = $1"""


@dataclass(frozen=True, slots=True)
class Known:
    customer: str = ""  # external_userid; "" = nobody we know
    member: str = ""  # who is in charge of them


async def who(source: Source, external_userid: str, unionid: str, phone: str) -> Known:
    """The customer whom the first of these three names that somebody has; "": not known."""
    rows = await source.rows(WHO, external_userid, unionid, phone)
    return Known(rows[0]["id"], rows[0]["member"]) if rows else Known()


async def stored(source: Source, event: str) -> SignalReceived | None:
    """The signal in the inbox that has this id; None: there is none."""
    rows = await source.rows(EVENT, event)
    found = event_of(rows[0]) if rows else None
    return found if isinstance(found, SignalReceived) else None
