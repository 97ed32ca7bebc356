"""Puts the posts of a group programme (群节目) into the table, one for each group it means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.store.sql import Database, given, given_as, like, literally
from bot.touch.touch import Scenario

# Groups with an owner, by their ids or by patterns of their names, in any case.
_MEANT = f"""
    c.dismissed_at IS NULL AND c.owner <> '' AND (
        c.chat_id IN (SELECT value FROM texts(${{ids}}))
        OR EXISTS (SELECT 1 FROM texts(${{names}})
                   WHERE {like("c.name", "value")}))"""
OWNERS = f"""
    SELECT DISTINCT owner FROM chat_group AS c WHERE {_MEANT.format(ids=1, names=2)}"""
COUNT = f"""
    SELECT CAST(c.off_at IS NOT NULL AS INTEGER) AS off,
           CAST(c.off_at IS NULL AND c.owner_state = 1 AS INTEGER) AS ownerless, count(*) AS n
    FROM chat_group AS c WHERE {_MEANT.format(ids=1, names=2)} GROUP BY 1, 2"""
NAMED = f"""
    SELECT CASE WHEN c.name = '' THEN c.chat_id ELSE c.name END AS name
    FROM chat_group AS c WHERE {_MEANT.format(ids=1, names=2)} AND c.off_at IS NULL
        AND c.owner_state <> 1
    ORDER BY c.chat_id LIMIT $3"""
PLAN = f"""
    INSERT INTO touch (plan, customer, slot, scenario, script, words, receiver, due_at, deadline)
    SELECT CAST($3 AS TEXT), c.chat_id, CAST($4 AS TEXT), CAST($5 AS INTEGER), CAST($6 AS TEXT),
           CAST($7 AS TEXT), 'group', one.due_at, CAST($8 AS DOUBLE PRECISION)
    FROM chat_group AS c JOIN {given_as(9, "owner TEXT, due_at DOUBLE PRECISION")} AS one
        ON one.owner = c.owner
    WHERE {_MEANT.format(ids=1, names=2)}
    ON CONFLICT (customer, plan, slot) DO NOTHING"""
UNMEANT = f"""
    UPDATE touch SET state = 3, rule = 'not_meant', zh = $3, en = $4, settled_at = $5
    WHERE state = 0 AND plan = $6 AND slot = $7 AND due_at <= $8 AND NOT EXISTS (
        SELECT 1 FROM chat_group AS c
        WHERE c.chat_id = touch.customer AND {_MEANT.format(ids=1, names=2)})"""
WHY = "计划已不包括这个群", "the plan does not mean this group any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSlot:
    """One post of a programme. Moments are Unix seconds."""

    plan: str
    slot: str
    scenario: Scenario
    groups: Sequence[str]  # chat ids
    names: Sequence[str]  # patterns of names, with * and ?
    script: str
    words: str  # digest of what is said
    due_at: Callable[[str], float]  # for all groups of this owner: they are one mass message
    deadline: float


async def plan_post(database: Database, slot: GroupSlot, now: float) -> tuple[int, int]:
    """Plan a post for every group that it means, and drop it for those not meant any more.

    Returns:
        How many posts are new, and how many were dropped.
    """
    whom = _whom(slot.groups, slot.names)
    place = (slot.plan, slot.slot)
    dropped = await database.change(UNMEANT, *whom, *WHY, now, *place, slot.deadline + 1)
    owners = [str(row["owner"]) for row in await database.rows(OWNERS, *whom)]
    moments = given((owner, slot.due_at(owner)) for owner in owners)
    said = (slot.scenario.rank, slot.script, slot.words, slot.deadline)
    added = await database.change(PLAN, *whom, *place, *said, moments)
    return added, dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCount:
    """How many groups a programme means at this moment."""

    meant: int
    off: int  # of them: the bot is switched off there, so that nothing is posted
    ownerless: int  # of the others: their owner has left, so that nobody can confirm a post

    @property
    def reached(self) -> int:
        return self.meant - self.off - self.ownerless


async def count_groups(
    database: Database, groups: Sequence[str], names: Sequence[str]
) -> GroupCount:
    """Count the groups with these ids or names, and those that a post cannot reach."""
    rows = await database.rows(COUNT, *_whom(groups, names))
    return GroupCount(
        meant=sum(row["n"] for row in rows),
        off=sum(row["n"] for row in rows if row["off"]),
        ownerless=sum(row["n"] for row in rows if row["ownerless"]),
    )


async def named_groups(
    database: Database, groups: Sequence[str], names: Sequence[str], most: int
) -> list[str]:
    """The names of the first that a post can reach."""
    rows = await database.rows(NAMED, *_whom(groups, names), most)
    return [row["name"] for row in rows]


def _whom(groups: Sequence[str], names: Sequence[str]) -> tuple[str, str]:
    patterns = (literally(name).replace("*", "%").replace("?", "_") for name in names)
    return given(groups), given(patterns)
