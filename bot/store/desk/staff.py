"""Who in the company uses the pages, and whose customers they may see."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from bot.members.userids import among, folded
from bot.store.handover.owning import LEAVING
from bot.store.sql import Database, given, one_number


class Role(IntEnum):
    """Each role may also do what the one before it may."""

    MEMBER = 1  # their own customers and groups
    LEADER = 2  # those of their subordinates too
    OPERATOR = 3  # everybody's; scripts, plans
    ADMIN = 4  # settings, and who is what


Sight = tuple[str, ...] | None  # members whose customers one sees; None: everybody's


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    id: str  # userid
    name: str
    role: Role
    leader: str  # userid; "" if there is none
    active: bool
    sight: Sight

    def sees(self, member: str) -> bool:
        return self.sight is None or among(member, self.sight)

    @property
    def in_wecom(self) -> bool:
        """Whether they can have customers and be notified: not who came in by the link, whose id
        has a "#", which no userid has."""
        return not self.id.startswith("#")


_COLUMNS = "id, name, role, leader, active"
# As bot.members.userids has it: letters of userids are ASCII.
_SAME = "lower({}) = lower(CAST($1 AS TEXT))"
FIND = f"""
SELECT {_COLUMNS} FROM staff WHERE {_SAME.format("id")}
ORDER BY CASE WHEN id = CAST($1 AS TEXT) THEN 0 ELSE 1 END LIMIT 1"""
# Whoever came in without a name has their userid there, which customers should not read.
NAMED = "SELECT id, name FROM staff WHERE name <> id AND name <> ''"
ALL = f"SELECT {_COLUMNS} FROM staff ORDER BY active DESC, role DESC, id"
BELOW = """
WITH RECURSIVE below (id) AS (
    SELECT id FROM staff WHERE leader = $1
    UNION SELECT staff.id FROM staff JOIN below ON staff.leader = below.id
)
SELECT id FROM below"""
PUT = """
INSERT INTO staff (id, name, role, leader, active, joined_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, role = excluded.role, leader = excluded.leader, active = excluded.active
"""
SPELL = f"""
UPDATE staff SET id = CAST($1 AS TEXT)
WHERE id = (SELECT min(id) FROM staff WHERE {_SAME.format("id")})
    AND NOT EXISTS (SELECT 1 FROM staff WHERE id = CAST($1 AS TEXT))"""
SPELL_LEADER = f"UPDATE staff SET leader = CAST($1 AS TEXT) WHERE {_SAME.format('leader')}"
JOIN = """
INSERT INTO staff (id, name, role, leader, active, joined_at)
VALUES ($1, $2, 1, '', $3, $4) ON CONFLICT (id) DO NOTHING"""
SEEN = """
SELECT id FROM staff UNION SELECT member FROM contact UNION SELECT owner FROM chat_group"""
HEIRS = """
SELECT staff.id, coalesce(leader.id, '') AS heir FROM staff
LEFT JOIN staff AS leader ON leader.id = staff.leader AND leader.active
WHERE NOT staff.active"""
HAND_ON = "UPDATE todo SET member = $2 WHERE member = $1 AND done_at IS NULL"
WITH_TODOS = f"""
SELECT DISTINCT todo.member FROM todo
WHERE todo.done_at IS NULL AND todo.member <> '' AND todo.member NOT IN ({LEAVING})
    AND NOT EXISTS (
        SELECT 1 FROM staff WHERE lower(staff.id) = lower(todo.member) AND NOT staff.active)"""
ADMINS = "SELECT count(*) AS n FROM staff WHERE role = 4 AND active = $1"


def sight_rows(sight: Collection[str] | None) -> str | None:
    """A sight as a value of SQL, for `within`."""
    return None if sight is None else given(sight)


def within(column: str, value: int) -> str:
    """SQL: whether `column` is a member in the sight that is value number `value`."""
    # PostgreSQL learns the type of the value from where it is read, so that stands first.
    return f"({column} IN (SELECT value FROM texts(${value})) OR ${value} IS NULL)"


def has(customer: str, value: int) -> str:
    """SQL: whether one of those in the sight has this customer (SQL as well) as a contact; if the
    sight is everybody, whether anybody does."""
    return f"""EXISTS (
        SELECT 1 FROM contact WHERE contact.customer = {customer} AND contact.lost_at IS NULL
        AND {within("contact.member", value)})"""


def theirs(value: int) -> str:
    """SQL: the customers of the members in the sight that is value number `value`, which must not
    be everybody."""
    return f"""SELECT customer FROM contact WHERE lost_at IS NULL AND member IN (
        SELECT value FROM texts(${value}))"""


async def find(database: Database, who: str) -> Staff | None:
    """Somebody with whom they may see; None: unknown. `who` may be in any case, as WeCom ignores
    it; the answer has the spelling of our table."""
    rows = await database.rows(FIND, who)
    if not rows:
        return None
    who = str(rows[0]["id"])
    sight: Sight = (who,)
    if rows[0]["role"] >= Role.OPERATOR:
        sight = None
    elif rows[0]["role"] == Role.LEADER:
        below = await database.rows(BELOW, who)
        sight = (who, *(row["id"] for row in below if row["id"] != who))
    return _staff(rows[0], sight)


async def everybody(database: Database) -> list[Staff]:
    """Everybody, active ones and higher roles first, with empty sights: for the settings page."""
    return [_staff(row, ()) for row in await database.rows(ALL)]


async def named(database: Database) -> dict[str, str]:
    """The names of those who have one, by userid."""
    return {row["id"]: row["name"] for row in await database.rows(NAMED)}


async def seen(database: Database) -> set[str]:
    """All userids that we have heard of, as they were spelled: of who came in, has or had a
    customer, or owns a group."""
    return {str(row["id"]) for row in await database.rows(SEEN)}


async def put(database: Database, staff: Staff, at: float) -> None:
    """Add them or change them, at `at` (Unix seconds)."""
    await database.change(
        PUT, staff.id, staff.name, int(staff.role), staff.leader, staff.active, at
    )


async def heirs(database: Database) -> dict[str, str]:
    """Who gets the to-dos of each member who is switched off: the leader; "" = whoever is on
    duty."""
    return {folded(row["id"]): row["heir"] for row in await database.rows(HEIRS)}


async def hand_on(database: Database, member: str, heir: str) -> None:
    """Hand the open to-dos of `member` to `heir`."""
    await database.change(HAND_ON, member, heir)


async def with_todos(database: Database) -> set[str]:
    """The members who have open to-dos, are not switched off and do not hand over."""
    return {str(row["member"]) for row in await database.rows(WITH_TODOS)}


def newcomer(who: str) -> Staff:
    """Somebody of whom there is no row yet: a member who sees nothing."""
    return Staff(id=who, name=who, role=Role.MEMBER, leader="", active=True, sight=())


async def join(database: Database, who: str, name: str, at: float) -> None:
    """Add a member who came in by WeCom for the first time. Known ones stay as they are, but their
    userid is spelled as WeCom does from now on, as it is with their customers."""
    for statement in (SPELL, SPELL_LEADER):
        await database.change(statement, who)
    await database.change(JOIN, who, name, True, at)


async def has_admin(database: Database) -> bool:
    return bool(await one_number(database, ADMINS, True))


def _staff(row: dict[str, object], sight: Sight) -> Staff:
    return Staff(
        id=str(row["id"]),
        name=str(row["name"]),
        role=Role(int(str(row["role"]))),
        leader=str(row["leader"]),
        active=bool(row["active"]),
        sight=sight,
    )
