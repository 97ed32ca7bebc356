"""Referral campaigns for pages and commands. Moments are Unix seconds."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.store.sql import Queries, Rows
from bot.store.states import REFERRAL, InvitationState, TouchState
from bot.store.touch.brakes import sounding

LAST: Final = 2**62
INVITED = """
SELECT campaign, state, reason, count(*) AS n,
    sum(CASE WHEN left_at IS NOT NULL THEN 1 ELSE 0 END) AS gone
FROM invitation GROUP BY campaign, state, reason"""
CODES = """
SELECT campaign, count(*) AS n FROM referral_code WHERE config_id <> '' GROUP BY campaign"""
REWARDS = """
SELECT campaign, state, count(*) AS n FROM referral_reward GROUP BY campaign, state"""
PAUSES = f"SELECT id, who, changed_at FROM plan WHERE id LIKE '{REFERRAL}%' AND state = 1"
RANKING = """
WITH best AS MATERIALIZED (
    SELECT inviter, count(*) AS invited,
        sum(CASE WHEN state = 1 AND left_at IS NULL THEN 1 ELSE 0 END) AS counts,
        sum(CASE WHEN state = 0 THEN 1 ELSE 0 END) AS waiting,
        sum(CASE WHEN state = 3 THEN 1 ELSE 0 END) AS held,
        sum(CASE WHEN state = 2 THEN 1 ELSE 0 END) AS refused,
        sum(CASE WHEN state = 1 AND left_at IS NOT NULL THEN 1 ELSE 0 END) AS gone
    FROM invitation WHERE campaign = $1
    GROUP BY inviter ORDER BY counts DESC, waiting DESC, inviter LIMIT $2)
SELECT best.*, c.name FROM best JOIN customer AS c ON c.id = best.inviter
ORDER BY counts DESC, waiting DESC, inviter"""
# The rows of the page first, and then what goes with them.
_ONE = """
WITH page AS MATERIALIZED (SELECT * FROM invitation WHERE campaign = $1 AND {which})
SELECT i.seq, i.inviter, i.invitee, i.member, i.added_at, i.left_at, i.state, i.reason, i.who,
    i.why, a.name AS by_name, b.name AS name,
    EXISTS (SELECT 1 FROM referral_reward AS r WHERE r.campaign = i.campaign
        AND r.inviter = i.inviter AND r.state = 2 AND r.settled_at <= i.left_at) AS rewarded
FROM page AS i JOIN customer AS a ON a.id = i.inviter JOIN customer AS b ON b.id = i.invitee
ORDER BY i.seq"""
HELD = _ONE.format(which="state = 3 ORDER BY seq LIMIT $2")
PAGE = _ONE.format(which="seq < $2 ORDER BY seq DESC LIMIT $3") + " DESC"
STEPS = f"""
WITH page AS MATERIALIZED (
    SELECT * FROM referral_reward WHERE campaign = $1 ORDER BY seq DESC LIMIT $2)
SELECT r.seq, r.inviter, c.name, r.step, r.at, r.state, r.zh, r.en, r.settled_at,
    c.braked_at, c.opted_out_at, {sounding("c")},
    (SELECT count(*) FROM invitation AS i WHERE i.campaign = r.campaign AND i.inviter = r.inviter
        AND i.state = 1 AND i.left_at >= r.settled_at) AS gone
FROM page AS r JOIN customer AS c ON c.id = r.inviter ORDER BY r.seq DESC"""
BY = """
SELECT i.campaign, i.inviter, i.state, i.reason, i.left_at, i.added_at, c.name
FROM invitation AS i JOIN customer AS c ON c.id = i.inviter
WHERE i.invitee = $1 ORDER BY i.state = 2, i.added_at LIMIT 1"""
OWN = """
SELECT campaign, count(*) AS invited,
    sum(CASE WHEN state = 1 AND left_at IS NULL THEN 1 ELSE 0 END) AS counts,
    sum(CASE WHEN state IN (0, 3) THEN 1 ELSE 0 END) AS waiting
FROM invitation WHERE inviter = $1 GROUP BY campaign"""
CODES_OF = """
SELECT campaign, picture FROM referral_code
WHERE customer = $1 AND config_id <> '' AND gone_at IS NULL"""


@dataclass(slots=True, kw_only=True)
class Numbers:
    """How one campaign goes."""

    codes: int = 0
    invited: int = 0
    counts: int = 0  # of those invited: count, and are still here
    gone: int = 0  # have counted, and have left since
    waiting: int = 0
    held: int = 0  # for a person to look at
    refused: Counter[str] = field(default_factory=Counter)  # by reason
    due: int = 0  # rewards that have not gone out yet
    sent: int = 0
    unsent: int = 0  # rewards that could not go out


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What one customer has brought to one campaign, and their code ("" = none)."""

    invited: int = 0
    counts: int = 0
    waiting: int = 0
    link: str = ""


class ReferralViews(Queries):
    async def numbers(self) -> Mapping[str, Numbers]:
        """How campaigns go, by campaign; those without codes and invitations are left out."""
        found: dict[str, Numbers] = {}

        def of(row: dict[str, Any]) -> Numbers:
            return found.setdefault(row["campaign"], Numbers())

        for row in await self._database.rows(CODES):
            of(row).codes = row["n"]
        for row in await self._database.rows(INVITED):
            _add(of(row), InvitationState(row["state"]), row)
        for row in await self._database.rows(REWARDS):
            match row["state"]:
                case TouchState.SENT:
                    of(row).sent += row["n"]
                case TouchState.DROPPED | TouchState.REFUSED:
                    of(row).unsent += row["n"]
                case _:
                    of(row).due += row["n"]
        return found

    async def paused(self) -> Mapping[str, dict[str, Any]]:
        """The paused campaigns, each with who paused it and when: who, changed_at."""
        rows = await self._database.rows(PAUSES)
        return {row["id"].removeprefix(REFERRAL): row for row in rows}

    async def ranking(self, campaign: str, number: int) -> Rows:
        """Who has brought most of those that count: inviter, name, and how many there are of each:
        invited, counts, waiting, held, refused, gone."""
        return await self._database.rows(RANKING, campaign, number)

    async def held(self, campaign: str, number: int) -> Rows:
        """Invitations that a person has to look at, the oldest first."""
        return await self._database.rows(HELD, campaign, number)

    async def page(self, campaign: str, number: int, before: int = LAST) -> Rows:
        """At most `number` invitations from before number `before`, the latest first."""
        return await self._database.rows(PAGE, campaign, before, number)

    async def rewards(self, campaign: str, number: int) -> Rows:
        """The last rewards, the latest first."""
        return await self._database.rows(STEPS, campaign, number)

    async def invited_by(self, customer: str) -> dict[str, Any] | None:
        """The invitation by which a customer came; None: they came without one."""
        rows = await self._database.rows(BY, customer)
        return rows[0] if rows else None

    async def own(self, customer: str) -> Mapping[str, Own]:
        """What a customer has brought, and their code, by campaign."""
        links = {
            row["campaign"]: row["picture"]
            for row in await self._database.rows(CODES_OF, customer)
        }
        rows = {row["campaign"]: row for row in await self._database.rows(OWN, customer)}
        return {
            one: Own(
                link=links.get(one, ""),
                **{
                    name: rows.get(one, {}).get(name, 0)
                    for name in ("invited", "counts", "waiting")
                },
            )
            for one in {**links, **rows}
        }


def _add(numbers: Numbers, state: InvitationState, row: dict[str, Any]) -> None:
    numbers.invited += row["n"]
    match state:
        case InvitationState.COUNTS:
            numbers.counts += row["n"] - row["gone"]
            numbers.gone += row["gone"]
        case InvitationState.WAITING:
            numbers.waiting += row["n"]
        case InvitationState.HELD:
            numbers.held += row["n"]
        case _:
            numbers.refused[row["reason"]] += row["n"]
