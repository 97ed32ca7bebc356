"""Referral campaigns for the engine: codes of customers, whom they brought, what they get for it.

Moments are Unix seconds. Wishes, invitations and tries come by the journal (touch/statements.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from bot.referral.rule import Invited, Verdict
from bot.store.sql import Queries, given, given_as, one_number
from bot.store.states import REFERRAL, InvitationState

SAME_S: Final = 60.0  # by which WeCom's two ways of telling one moment may differ
_CODE = "state, campaign, customer, who, asked_at, config_id, picture, digest"
CODE = f"SELECT {_CODE} FROM referral_code WHERE campaign = $1 AND customer = $2"
ASK = """
INSERT INTO referral_code (state, campaign, customer, who, asked_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING"""
MADE = """
UPDATE referral_code SET config_id = $1, picture = $2, digest = $3 WHERE state = $4"""
LOST = "UPDATE referral_code SET config_id = '', asked_at = $1 WHERE state = $2"
GONE = "UPDATE referral_code SET gone_at = $1 WHERE state = $2"
NUMBER = "SELECT count(*) AS n FROM referral_code WHERE campaign = $1"
OUTDATED = f"""
SELECT {_CODE} FROM referral_code
WHERE campaign = $1 AND config_id <> '' AND gone_at IS NULL AND digest <> $2
ORDER BY state LIMIT $3"""
STANDING = f"""
SELECT {_CODE} FROM referral_code
WHERE campaign = $1 AND config_id <> '' AND gone_at IS NULL ORDER BY state LIMIT $2"""
ORPHANS = f"""
SELECT {_CODE} FROM referral_code
WHERE customer = state AND config_id <> '' AND gone_at IS NULL ORDER BY state LIMIT $1"""
WISHES = """
SELECT id, customer, account, conversation, campaign, at FROM referral_wish
ORDER BY at, id LIMIT $1"""
GRANTED = "DELETE FROM referral_wish WHERE id = $1"
PAUSED = "SELECT 1 AS there FROM plan WHERE id = $1 AND state = 1"
DUE = """
SELECT one.seq, one.inviter, one.invitee, one.added_at, one.left_at, one.state, one.who, c.tags,
    c.friends,
    CASE WHEN c.added_at < one.added_at - $4 OR EXISTS (
        SELECT 1 FROM contact AS k WHERE k.customer = one.invitee AND k.member <> one.member
            AND k.added_at < one.added_at) OR EXISTS (
        SELECT 1 FROM invitation AS o WHERE o.invitee = one.invitee AND (
            o.added_at < one.added_at OR o.added_at = one.added_at AND o.seq < one.seq))
    THEN 1 ELSE 0 END AS known,
    (SELECT count(*) FROM customer AS o
     WHERE c.unionid <> '' AND o.unionid = c.unionid AND o.id <> c.id
        AND o.added_at IS NOT NULL AND o.added_at <= one.added_at) AS same,
    (SELECT count(*) FROM customer AS o
     WHERE c.unionid <> '' AND o.unionid = c.unionid AND o.id = one.inviter) AS inviter_too,
    (SELECT count(*) FROM invitation AS o
     WHERE o.campaign = one.campaign AND o.inviter = one.inviter
        AND o.added_at > one.added_at - 3600 AND (
            o.added_at < one.added_at OR o.added_at = one.added_at AND o.seq < one.seq)
    ) AS earlier
FROM invitation AS one JOIN customer AS c ON c.id = one.invitee
WHERE one.campaign = $1 AND one.state IN (0, 3) AND one.due_at <= $2
ORDER BY one.due_at, one.seq LIMIT $3"""
JUDGED = f"""
UPDATE invitation SET state = one.state, reason = one.reason, due_at = one.due_at, judged_at = $2
FROM {given_as(1, "seq BIGINT, state SMALLINT, reason TEXT, due_at DOUBLE PRECISION")} AS one
WHERE invitation.seq = one.seq AND invitation.state IN (0, 3)"""
REACHED = """
INSERT INTO referral_reward (campaign, inviter, step, at)
SELECT campaign, inviter, CAST($2 AS INTEGER), CAST($3 AS DOUBLE PRECISION) FROM invitation
WHERE campaign = $1 AND state = 1 AND left_at IS NULL
GROUP BY campaign, inviter HAVING count(*) >= CAST($2 AS INTEGER)
ON CONFLICT (campaign, inviter, step) DO NOTHING"""
# Takes over what has become of a reward's touch, since touches are deleted some day.
FOLLOW = f"""
UPDATE referral_reward SET state = touch.state, rule = touch.rule, zh = touch.zh, en = touch.en,
    settled_at = touch.settled_at
FROM touch
WHERE touch.customer = referral_reward.inviter AND touch.slot = referral_reward.slot
    AND touch.plan = '{REFERRAL}' || referral_reward.campaign
    AND referral_reward.state <> 2 AND referral_reward.slot <> ''
    AND (touch.state <> referral_reward.state OR touch.rule <> referral_reward.rule)"""
# A brake (complaint, opt-out) holds a reward back; once it is lifted, the reward goes out.
RIPE = """
SELECT r.seq, r.inviter, r.step, r.tries FROM referral_reward AS r
JOIN customer AS c ON c.id = r.inviter
WHERE r.campaign = $1 AND c.braked_at IS NULL AND c.opted_out_at IS NULL AND (r.state = -1
    OR r.state IN (3, 4) AND (r.wanted = 1 OR r.rule IN ('opt_out', 'complaint')))
ORDER BY r.seq LIMIT $2"""
WANT = """
UPDATE referral_reward SET wanted = 1 WHERE seq = $1 AND campaign = $2 AND state IN (3, 4)"""
DECIDE = """
UPDATE invitation SET state = $1, reason = $2, who = $3, why = $4, due_at = $5, judged_at = $6
WHERE seq = $7 AND campaign = $8 AND state = 3"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCode:
    """A row of table referral_code."""

    state: str
    campaign: str
    customer: str
    who: str
    asked_at: float
    config_id: str
    picture: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A row of table referral_wish."""

    id: str
    customer: str
    account: str
    conversation: str
    campaign: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ripe:
    """A reward that may be sent now."""

    seq: int
    inviter: str
    step: int
    tries: int


class ReferralStore(Queries):
    # ---- codes

    async def code(self, campaign: str, customer: str) -> OwnCode | None:
        rows = await self._database.rows(CODE, campaign, customer)
        return OwnCode(**rows[0]) if rows else None

    async def lost(self, state: str, at: float) -> None:
        """Note that a code was deleted at WeCom, which is about to be asked for another."""
        await self._database.change(LOST, at, state)

    async def ask(self, state: str, campaign: str, customer: str, who: str, at: float) -> None:
        """Note that WeCom is about to be asked for a customer's code."""
        await self._database.change(ASK, state, campaign, customer, who, at)

    async def made(self, state: str, config_id: str, picture: str, digest: str) -> None:
        await self._database.change(MADE, config_id, picture, digest, state)

    async def gone(self, state: str, at: float) -> None:
        await self._database.change(GONE, at, state)

    async def number(self, campaign: str) -> int:
        return await one_number(self._database, NUMBER, campaign)

    async def outdated(self, campaign: str, digest: str, number: int) -> list[OwnCode]:
        """Codes of a campaign of which WeCom was told something else than what has `digest`."""
        rows = await self._database.rows(OUTDATED, campaign, digest, number)
        return [OwnCode(**row) for row in rows]

    async def standing(self, campaign: str, number: int) -> list[OwnCode]:
        rows = await self._database.rows(STANDING, campaign, number)
        return [OwnCode(**row) for row in rows]

    async def orphans(self, number: int) -> list[OwnCode]:
        """Codes of customers who were erased on their demand (bot/store/customers/erasing.py)."""
        return [OwnCode(**row) for row in await self._database.rows(ORPHANS, number)]

    async def wishes(self, number: int) -> list[Wish]:
        return [Wish(**row) for row in await self._database.rows(WISHES, number)]

    async def granted(self, wish: str) -> None:
        await self._database.change(GRANTED, wish)

    # ---- counting

    async def paused(self, plan: str) -> bool:
        return bool(await self._database.rows(PAUSED, plan))

    async def due(self, campaign: str, now: float, number: int) -> list[tuple[int, Invited]]:
        """At most `number` invitations that are to be judged now, each with its seq."""
        rows = await self._database.rows(DUE, campaign, now, number, SAME_S)
        return [(int(row["seq"]), _invited(row)) for row in rows]

    async def judged(self, verdicts: Iterable[tuple[int, Verdict]], at: float) -> None:
        rows = [(seq, int(one.state), one.reason, one.due_at) for seq, one in verdicts]
        await self._database.change(JUDGED, given(rows), at)

    async def decide(
        self, campaign: str, seq: int, *, accept: bool, who: str, why: str, now: float
    ) -> bool:
        """Write what a person decided on an invitation that was held. Returns False if it was held
        no longer."""
        state = InvitationState.WAITING if accept else InvitationState.REFUSED
        reason, due_at = ("", now) if accept else ("burst", 1e18)
        row = (int(state), reason, who, why, due_at, now, seq, campaign)
        return await self._database.change(DECIDE, *row) > 0

    # ---- rewards

    async def reached(self, campaign: str, step: int, now: float) -> int:
        """Note a reward for everybody who has brought `step` that count. Returns how many were
        new."""
        return await self._database.change(REACHED, campaign, step, now)

    async def follow(self) -> None:
        """Take over what has become of the messages with rewards."""
        await self._database.change(FOLLOW)

    async def ripe(self, campaign: str, number: int) -> Sequence[Ripe]:
        return [Ripe(**row) for row in await self._database.rows(RIPE, campaign, number)]

    async def want(self, campaign: str, seq: int) -> bool:
        """Have a reward sent once more. Returns False if it did not fail."""
        return await self._database.change(WANT, seq, campaign) > 0


def _invited(row: dict[str, Any]) -> Invited:
    return Invited(
        inviter=row["inviter"], invitee=row["invitee"], added_at=row["added_at"],
        left_at=row["left_at"], friend=row["friends"] > 0, known=bool(row["known"]),
        same=bool(row["same"]), inviter_too=bool(row["inviter_too"]), earlier=row["earlier"],
        tags=frozenset(orjson.loads(row["tags"])), accepted=bool(row["who"]),
    )  # fmt: skip
