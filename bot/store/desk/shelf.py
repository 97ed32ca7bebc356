"""The scripts that a member has at hand: favourites, those that they use, and their own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.scripts.searching.boosts import Boosts
from bot.store.desk.sent import OWN as OWN_SCRIPT
from bot.store.sql import Database, given, whole

HAND = """
SELECT script, times, as_is, 0 AS kept FROM script_use WHERE member = $1
UNION ALL SELECT script, 0, 0, 1 FROM favourite WHERE member = $1"""
FAVOUR = """
INSERT INTO favourite (member, script, at) VALUES ($1, $2, $3)
ON CONFLICT (member, script) DO NOTHING"""
UNFAVOUR = "DELETE FROM favourite WHERE member = $1 AND script = $2"
ABOVE = """
WITH RECURSIVE above (id) AS (
    SELECT leader FROM staff WHERE id = $1 AND leader <> ''
    UNION SELECT staff.leader FROM staff JOIN above ON staff.id = above.id
    WHERE staff.leader <> ''
)
SELECT id FROM above"""
_MINE = """
deleted_at IS NULL AND (owner = $1 OR (team = $2 AND owner IN (
    SELECT value FROM texts($3))))"""
STAMP = f"""
SELECT count(*) AS n, max(changed_at) AS at, sum(seq) AS seqs FROM personal_script WHERE {_MINE}"""
_COLUMNS = "seq, owner, team, title, body, proposed, despite, changed_at"
OWN = f"""
SELECT {_COLUMNS} FROM personal_script WHERE {_MINE}
ORDER BY changed_at DESC, seq DESC LIMIT 1000"""
ONE = f"SELECT {_COLUMNS} FROM personal_script WHERE seq = $4 AND {_MINE}"
ADD = """
INSERT INTO personal_script (owner, team, title, body, despite, changed_at)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING seq"""
CHANGE = """
UPDATE personal_script SET title = $1, body = $2, team = $3, despite = $4, changed_at = $5
WHERE seq = $6 AND owner = $7 AND deleted_at IS NULL"""
DROP = """
UPDATE personal_script SET deleted_at = $1, changed_at = $1
WHERE seq = $2 AND owner = $3 AND deleted_at IS NULL"""
PROPOSED = "UPDATE personal_script SET proposed = $1, changed_at = $2 WHERE seq = $3"
TITLES = """
SELECT seq, title FROM personal_script
WHERE seq IN (SELECT CAST(value ->> 0 AS BIGINT) FROM given($1))"""
ENOUGH = 3  # uses, so many tell how often a script fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Personal:
    """A script of a member's own, or of a leader for their team."""

    number: int
    owner: str
    team: bool
    title: str
    body: str
    proposed: str  # id of the company's script that it was proposed as; "" = not
    despite: frozenset[str]  # forbidden words that are said in it with a reason
    changed_at: float

    @property
    def id(self) -> str:
        return f"{OWN_SCRIPT}{self.number}"


async def boosts_of(database: Database, member: str, tags: frozenset[str] | None) -> Boosts:
    """What puts scripts in order when `member` looks for one for a customer with these tags."""
    rows = await database.rows(HAND, member)
    used = [row for row in rows if row["times"]]
    return Boosts(
        tags=tags,
        favourites=frozenset(row["script"] for row in rows if row["kept"]),
        uses={row["script"]: row["times"] for row in used},
        successes={
            row["script"]: row["as_is"] / row["times"] for row in used if row["times"] >= ENOUGH
        },
    )


async def titles_of(database: Database, ids: Iterable[str]) -> dict[str, str]:
    """The titles of the personal scripts among `ids`, by id; deleted ones as well."""
    numbers = {one.removeprefix(OWN_SCRIPT) for one in ids if one.startswith(OWN_SCRIPT)}
    rows = await database.rows(TITLES, given([whole(one)] for one in numbers)) if numbers else []
    return {f"{OWN_SCRIPT}{row['seq']}": row["title"] for row in rows}


async def favour(database: Database, member: str, script: str, at: float | None) -> None:
    """Make a script a favourite since `at` (Unix seconds); None: it is none any more."""
    if at is None:
        await database.change(UNFAVOUR, member, script)
    else:
        await database.change(FAVOUR, member, script, at)


class PersonalScripts:
    """The personal scripts that one member has: their own, and what their leaders share.

    Args:
        member: userid.
    """

    def __init__(self, database: Database, member: str) -> None:
        self._database, self._member = database, member

    async def _mine(self) -> tuple[str, bool, str]:
        leaders = await self._database.rows(ABOVE, self._member)
        return self._member, True, given(row["id"] for row in leaders)

    async def stamp(self) -> tuple[object, ...]:
        """A value that changes whenever one of the scripts has changed."""
        row = (await self._database.rows(STAMP, *await self._mine()))[0]
        return self._member, row["n"], row["at"], row["seqs"]

    async def all(self) -> list[Personal]:
        """All of them, the ones changed last first; 1,000 at most."""
        return [_personal(row) for row in await self._database.rows(OWN, *await self._mine())]

    async def find(self, number: int) -> Personal | None:
        rows = await self._database.rows(ONE, *await self._mine(), number)
        return _personal(rows[0]) if rows else None

    async def add(
        self, title: str, body: str, *, team: bool, at: float, despite: Iterable[str] = ()
    ) -> int:
        """Add a script of the member's. Returns its number.

        Args:
            team: whether those whom the member leads have it, too.
            despite: forbidden words that it has for a reason.
        """
        values = team, title, body, "\n".join(despite), at
        rows = await self._database.rows(ADD, self._member, *values)
        return int(rows[0]["seq"])

    async def change(
        self, number: int, title: str, body: str, *, team: bool, at: float,
        despite: Iterable[str] = (),
    ) -> bool:  # fmt: skip
        """Change a script of the member's own. Returns False if there is none with this number."""
        values = title, body, team, "\n".join(despite), at, number, self._member
        return bool(await self._database.change(CHANGE, *values))

    async def drop(self, number: int, at: float) -> bool:
        """Delete a script of the member's own. Returns False if there is none with this number."""
        return bool(await self._database.change(DROP, at, number, self._member))

    async def propose(self, number: int, script: str, at: float) -> None:
        """Note under which id a script was proposed to the company."""
        await self._database.change(PROPOSED, script, at, number)


def _personal(row: Mapping[str, object]) -> Personal:
    return Personal(
        number=int(str(row["seq"])),
        owner=str(row["owner"]),
        team=bool(row["team"]),
        title=str(row["title"]),
        body=str(row["body"]),
        proposed=str(row["proposed"]),
        despite=frozenset(str(row["despite"]).split("\n")),
        changed_at=float(str(row["changed_at"])),
    )
