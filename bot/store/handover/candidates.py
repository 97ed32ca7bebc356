"""Finds who could take over from a member: who knows their customers already, who has room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.store.handover.owning import LEAVING
from bot.store.sql import Database

CUSTOMERS = """
    SELECT customer FROM contact WHERE member = $1 AND lost_at IS NULL ORDER BY customer"""
GROUPS = """
    SELECT chat_id FROM chat_group WHERE owner = $1 AND dismissed_at IS NULL ORDER BY chat_id"""
ALSO = f"""
    SELECT other.customer, other.member FROM contact AS mine
    JOIN contact AS other ON other.customer = mine.customer AND other.member <> mine.member
    WHERE mine.member = $1 AND mine.lost_at IS NULL AND other.lost_at IS NULL
      AND other.member NOT IN ({LEAVING})
    ORDER BY other.customer, other.added_at DESC, other.member"""
LOADS = """
    SELECT member, count(*) AS n FROM contact WHERE lost_at IS NULL GROUP BY member"""
COMING = """
    SELECT item.owner AS member, count(*) AS n FROM handover_item AS item
    JOIN handover ON handover.id = item.handover
    WHERE item.state IN (0, 1) AND handover.state IN (0, 1) AND item.kind = 'customer'
    GROUP BY item.owner"""
STAFF = f"""
    SELECT id, name, leader FROM staff
    WHERE active = $1 AND id NOT LIKE '#%' AND id NOT IN ({LEAVING}) ORDER BY id"""
LEADER = f"""
    SELECT staff.leader FROM staff JOIN staff AS boss ON boss.id = staff.leader
    WHERE staff.id = $1 AND boss.active = $2 AND boss.id NOT IN ({LEAVING})"""
OPEN = """
    SELECT (SELECT count(*) FROM reminder WHERE member = $1 AND state = 0) AS reminders,
           (SELECT count(*) FROM todo WHERE member = $1 AND done_at IS NULL) AS todos"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    member: str
    knows: int  # how many of the leaver's customers they have, too
    load: int  # customers that they have, or get by handovers that go on
    same_leader: bool  # as the leaver


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """What a member would leave behind."""

    customers: tuple[str, ...]
    groups: tuple[str, ...]
    reminders: int
    todos: int
    known: Mapping[str, Sequence[str]]  # customer → colleagues who have them, last added first
    candidates: tuple[Candidate, ...]  # the best first
    leader: str  # of the member; "" = none who is active and does not hand over


async def estate_of(database: Database, leaver: str) -> Estate:
    customers = [row["customer"] for row in await database.rows(CUSTOMERS, leaver)]
    groups = [row["chat_id"] for row in await database.rows(GROUPS, leaver)]
    known: dict[str, list[str]] = {}
    for row in await database.rows(ALSO, leaver):
        known.setdefault(row["customer"], []).append(row["member"])
    loads = {row["member"]: int(row["n"]) for row in await database.rows(LOADS)}
    coming = {row["member"]: int(row["n"]) for row in await database.rows(COMING)}
    staff = {row["id"]: row["leader"] for row in await database.rows(STAFF, True)}
    leader = await database.rows(LEADER, leaver, True)
    (open_,) = await database.rows(OPEN, leaver)
    mine = staff.get(leaver, "")
    knows = {one: sum(one in some for some in known.values()) for one in {*staff, *loads}}
    left = {row["leaver"] for row in await database.rows(LEAVING)}
    candidates = [
        Candidate(
            member=one, knows=knows[one], load=loads.get(one, 0) + coming.get(one, 0),
            same_leader=bool(mine) and staff.get(one) == mine,
        )
        for one in knows
        if one != leaver and one not in left
    ]  # fmt: skip
    return Estate(
        customers=tuple(customers),
        groups=tuple(groups),
        reminders=int(open_["reminders"]),
        todos=int(open_["todos"]),
        known=known,
        candidates=tuple(
            sorted(candidates, key=lambda c: (-c.knows, not c.same_leader, c.load, c.member))
        ),
        leader=leader[0]["leader"] if leader else "",
    )
