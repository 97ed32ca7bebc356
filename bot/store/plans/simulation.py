"""Reads what a simulation needs to know of its copy of the database, and what it finds there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from bot.clock import moment
from bot.store.sql import Queries, given
from bot.store.states import HandoverKind, TouchState
from bot.store.touch.touches import SCENARIOS
from bot.touch.touch import Scenario

CUSTOMERS = """
    SELECT id, name, unionid FROM customer WHERE id > $1 ORDER BY id LIMIT 5000"""
CONTACTS = """
    SELECT seq, customer, member FROM contact WHERE lost_at IS NULL AND seq > $1
    ORDER BY seq LIMIT 5000"""
MEMBERS = """
    SELECT member FROM contact UNION SELECT member FROM customer WHERE member <> ''"""
SESSIONS = """
    SELECT conversation, heard_at, sent, staffed FROM session
    WHERE substr(conversation, 1, 3) = 'kf:' AND heard_at > $1"""
LEFT = f"SELECT leaver FROM handover WHERE kind = {HandoverKind.LEFT:d} AND state < 3"
HANDED_OVER = """
    SELECT leaver, taker, subject, asked_at, handover.kind FROM handover_item AS item
    JOIN handover ON handover.id = item.handover
    WHERE item.state = 1 AND item.kind = 'customer'"""
ACCOUNTS = "SELECT account FROM cursor"
GROUPS = "SELECT chat_id, name, owner FROM chat_group WHERE dismissed_at IS NULL AND owner <> ''"
NEXT_POLL = """
    SELECT min(coalesce(checked_at, created_at, 0)) + $1 AS at FROM mass_task WHERE state < 3"""
# Several messages of one touch are one here: the first tells.
SENT = """
    SELECT touch.seq, touch.plan, touch.slot, touch.customer, touch.scenario, touch.script,
           touch.member, touch.receiver, touch.settled_at, coalesce(customer.name, '') AS name,
           min(message.seq) AS message, message.via, message.body
    FROM touch LEFT JOIN customer ON customer.id = touch.customer
    LEFT JOIN message ON message.event_id = CASE
        WHEN substr(touch.task, 1, 6) = 'touch:' THEN touch.task ELSE 'mass:' || touch.task END
    WHERE touch.state = 2 AND touch.settled_at >= $1
        AND ($2 = '[]' OR touch.plan IN (SELECT value FROM texts($2)))
    GROUP BY touch.seq ORDER BY touch.settled_at, touch.seq"""
UNSENT = """
    SELECT touch.plan, touch.state, touch.rule, min(touch.zh) AS zh, min(touch.en) AS en,
           date(touch.settled_at + $3, 'unixepoch') AS day, count(*) AS number
    FROM touch WHERE touch.state IN (3, 4) AND touch.settled_at >= $1
        AND ($2 = '[]' OR touch.plan IN (SELECT value FROM texts($2)))
    GROUP BY 1, 2, 3, day ORDER BY day, number DESC, 1, 2, 3"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One touch that went out."""

    at: datetime
    plan: str
    slot: str
    scenario: Scenario
    script: str
    customer: str
    name: str
    to: str  # customer, or the member who gets a to-do
    member: str  # through whom, or to whom: userids joined by "|"
    via: str  # bot.touch.policy.Via
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Touches that were given up on one day for one reason."""

    day: str  # in the company's zone
    plan: str
    state: TouchState
    rule: str
    zh: str  # as told of one of them
    en: str
    number: int


class SimulationTables(Queries):
    """The tables of the copy in which a simulation runs.

    Args:
        database: the copy (bot.store.plans.trial_copy).
    """

    async def members(self) -> list[str]:
        return [str(row["member"]) for row in await self._database.rows(MEMBERS)]

    async def customers(self, after: str) -> list[tuple[str, str, str]]:
        """(id, name, unionid) of the next 5,000 customers after id `after`."""
        rows = await self._database.rows(CUSTOMERS, after)
        return [(row["id"], row["name"], row["unionid"]) for row in rows]

    async def contacts(self, after: int) -> list[tuple[int, str, str]]:
        """(seq, customer, member) of the next 5,000 contacts after number `after`."""
        rows = await self._database.rows(CONTACTS, after)
        return [(row["seq"], row["customer"], row["member"]) for row in rows]

    async def groups(self) -> list[tuple[str, str, str]]:
        """(owner, name, chat_id) of each customer group."""
        rows = await self._database.rows(GROUPS)
        return [(row["owner"], row["name"], row["chat_id"]) for row in rows]

    async def accounts(self) -> list[str]:
        """The accounts of 微信客服 (OpenKfIds)."""
        return [str(row["account"]) for row in await self._database.rows(ACCOUNTS)]

    async def sessions(self, since: float) -> list[tuple[str, str, float, int, bool]]:
        """(account, customer, when they wrote last, how many messages we sent since, whether a
        person serves them) of the sessions in which customers wrote after `since`."""
        return [
            (*_parts(row["conversation"]), row["heard_at"], row["sent"], bool(row["staffed"]))
            for row in await self._database.rows(SESSIONS, since)
        ]

    async def left(self) -> list[str]:
        """The members who have left the company and hand over."""
        return [str(row["leaver"]) for row in await self._database.rows(LEFT)]

    async def handed_over(self) -> list[tuple[str, str, str, float, bool]]:
        """(leaver, taker, customer, when WeCom was asked, whether the leaver has left the company)
        of customers who may still refuse."""
        return [
            (row["leaver"], row["taker"], row["subject"], row["asked_at"],
             row["kind"] == HandoverKind.LEFT)
            for row in await self._database.rows(HANDED_OVER)
        ]  # fmt: skip

    async def next_poll(self, after_s: float) -> float | None:
        """When a mass message is to be looked at again, in Unix seconds; None: there is none.

        Args:
            after_s: so long after the last look.
        """
        at = (await self._database.rows(NEXT_POLL, after_s))[0]["at"]
        return None if at is None else float(at)

    async def sent(self, since: float, plans: Sequence[str]) -> list[Message]:
        """What went out since then, in order.

        Args:
            plans: only of these; none: of all.
        """
        rows = await self._database.rows(SENT, since, given(plans))
        return [_message(row) for row in rows]

    async def unsent(self, since: float, plans: Sequence[str], offset_s: float) -> list[Unsent]:
        values = (since, given(plans), offset_s)
        rows = await self._database.rows(UNSENT, *values)
        return [Unsent(**{**row, "state": TouchState(row["state"])}) for row in rows]


def _parts(conversation: str) -> tuple[str, str]:
    _, account, customer = conversation.split(":", 2)
    return account, customer


def _message(row: dict[str, Any]) -> Message:
    speech = orjson.loads(row["body"] or "{}")
    return Message(
        at=moment(row["settled_at"]),
        plan=row["plan"],
        slot=row["slot"],
        scenario=SCENARIOS[row["scenario"]],
        script=row["script"],
        customer=row["customer"],
        name=row["name"],
        to=row["receiver"],
        member=(row["receiver"] == "member" and speech.get("to")) or row["member"],
        via=row["via"] or "",
        text=speech.get("text", ""),
    )
