"""Reads and writes moments: posts, each account's share of them, and comments.

Times are Unix seconds, days "2026-03-10".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bot.moments.mix import Kind
from bot.moments.rules import Draft
from bot.moments.slots import Audience
from bot.store.sql import Queries, given
from bot.store.states import PartState, PostState

DRAFT_AGAIN = """
    INSERT INTO moment_post (id, kind, segment, text, files, day, slot, state, who, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)
    ON CONFLICT (id) DO UPDATE SET
        kind = excluded.kind, segment = excluded.segment, text = excluded.text,
        files = excluded.files, day = excluded.day, slot = excluded.slot
    WHERE moment_post.state = 0 RETURNING id"""
DROP_PARTS = "DELETE FROM moment_part WHERE post = $1"
PUT_PARTS = """
    INSERT INTO moment_part (post, member)
    SELECT CAST($1 AS TEXT), value FROM texts($2) WHERE true
    ON CONFLICT (post, member) DO NOTHING"""
APPROVE = """
    UPDATE moment_post SET state = 1, approved_by = $2, due_at = $3 WHERE id = $1 AND state = 0"""
WITHDRAW = "UPDATE moment_post SET state = 3 WHERE id = $1 AND state < 2 RETURNING id"
STOP_PARTS = "UPDATE moment_part SET state = 7 WHERE post = $1 AND state < 2"
POST = "SELECT * FROM moment_post WHERE id = $1"
PARTS = "SELECT * FROM moment_part WHERE post IN (SELECT value FROM texts($1)) ORDER BY seq"
NAMING = "SELECT day FROM moment_post WHERE segment = $1 AND state < 2 ORDER BY day"
BETWEEN = """
    SELECT * FROM moment_post WHERE day >= $1 AND day <= $2
        AND ($3 = '' OR EXISTS (SELECT 1 FROM moment_part
                                WHERE post = moment_post.id AND member = $3))
    ORDER BY day, due_at, created_at, id LIMIT 500"""
DUE = """
    SELECT * FROM moment_post WHERE state = 1 AND due_at <= $1
        AND EXISTS (SELECT 1 FROM moment_part
                    WHERE post = moment_post.id AND state < 2 AND again_at <= $1)
    ORDER BY due_at, id LIMIT $2"""
OUT = """
    SELECT part.confirmed_at, part.asked_at, part.state, post.kind
    FROM moment_part AS part JOIN moment_post AS post ON post.id = part.post
    WHERE part.member = $1 AND part.state IN (2, 3, 4) AND part.asked_at >= $2"""
COMING = """
    SELECT post.day, post.kind
    FROM moment_part AS part JOIN moment_post AS post ON post.id = part.post
    WHERE part.member = $1 AND part.state = 0 AND post.state = 1 AND post.id <> $2"""
SINCE = """
    SELECT min(confirmed_at) AS first FROM moment_part WHERE member = $1 AND state = 4"""
AUDIENCE = """
    SELECT c.best_from AS begins, c.best_to AS ends, count(*) AS n
    FROM contact AS k JOIN customer AS c ON c.id = k.customer
    WHERE k.member IN (SELECT value FROM texts($1)) AND k.lost_at IS NULL
        AND c.best_from IS NOT NULL AND c.best_to IS NOT NULL
    GROUP BY c.best_from, c.best_to"""
# Of an account's customers: how many have had `$3` moments or more since `$2`, of any account.
FULL = """
    SELECT count(*) AS n, sum(CASE WHEN seen.n >= CAST($3 AS INTEGER) THEN 1 ELSE 0 END) AS full
    FROM (
        SELECT mine.customer,
               (SELECT count(*) FROM contact AS other
                JOIN moment_part AS part ON part.member = other.member
                JOIN moment_post AS post ON post.id = part.post
                WHERE other.customer = mine.customer AND other.lost_at IS NULL
                    AND part.state IN (2, 3, 4) AND part.asked_at >= $2
                    AND (CAST($4 AS TEXT) = '' OR post.kind = CAST($4 AS TEXT))) AS n
        FROM contact AS mine WHERE mine.member = $1 AND mine.lost_at IS NULL
    ) AS seen"""
SHOWN_FIRST = """
    SELECT min(seen.last) AS at FROM (
        SELECT max(part.asked_at) AS last FROM contact AS mine
        JOIN contact AS other ON other.customer = mine.customer AND other.lost_at IS NULL
        JOIN moment_part AS part ON part.member = other.member
        JOIN moment_post AS post ON post.id = part.post
        WHERE mine.member = $1 AND mine.lost_at IS NULL
            AND part.state IN (2, 3, 4) AND part.asked_at >= $2
            AND (CAST($3 AS TEXT) = '' OR post.kind = CAST($3 AS TEXT))
        GROUP BY mine.customer) AS seen"""
HOLD = """
    UPDATE moment_part SET state = 1, zh = $3, en = $4, again_at = $5
    WHERE post = $1 AND member = $2 AND state < 2"""
CLAIM = """
    UPDATE moment_part SET state = 2, asked_at = $3, zh = '', en = ''
    WHERE post = $1 AND state < 2
        AND member IN (SELECT value FROM texts($2))
    RETURNING member"""
BACK = """
    UPDATE moment_part SET asked_at = NULL, again_at = $3, state = CASE
        WHEN EXISTS (SELECT 1 FROM moment_post WHERE id = $1 AND moment_post.state = 3) THEN 7
        ELSE 0 END
    WHERE post = $1 AND state = 2
        AND member IN (SELECT value FROM texts($2))"""
ASKED = """
    UPDATE moment_part SET state = 3, job = $3, moment = $4
    WHERE post = $1 AND state = 2
        AND member IN (SELECT value FROM texts($2))"""
END = """
    UPDATE moment_part SET state = $3, zh = $4, en = $5
    WHERE post = $1 AND state < 4
        AND member IN (SELECT value FROM texts($2))"""
DOUBTS = """
    SELECT post, member, asked_at FROM moment_part WHERE state = 2 AND asked_at <= $1
    ORDER BY post, asked_at, member LIMIT 1000"""
KNOWN = "SELECT DISTINCT moment FROM moment_part WHERE moment <> '' AND asked_at >= $1"
JOBS = """
    SELECT DISTINCT job, post FROM moment_part WHERE state = 3 AND moment = '' AND job <> ''
    ORDER BY post, job LIMIT $1"""
MADE = "UPDATE moment_part SET moment = $2 WHERE job = $1 AND state = 3"
OPEN = """
    SELECT moment FROM moment_part WHERE state = 3 AND moment <> '' AND checked_at <= $1
    GROUP BY moment ORDER BY min(checked_at), moment LIMIT $2"""
OF_MOMENT = "SELECT * FROM moment_part WHERE moment = $1"
CHECKED = "UPDATE moment_part SET checked_at = $2 WHERE moment = $1 AND state = 3"
CONFIRM = """
    UPDATE moment_part SET state = 4, confirmed_at = $3, shown = $4, checked_at = 0
    WHERE moment = $1 AND member = $2 AND state = 3"""
REMINDED = """
    UPDATE moment_part SET reminders = reminders + 1, reminded_at = $3
    WHERE seq = $1 AND reminders = $2 AND state = 3"""
LATELY = """
    SELECT * FROM moment_part WHERE state = 4 AND confirmed_at >= $1 AND checked_at <= $2
    ORDER BY checked_at, seq LIMIT $3"""
LOOKED = "UPDATE moment_part SET checked_at = $2 WHERE seq = $1"
PUT_COMMENTS = """
    INSERT INTO moment_comment (moment, member, author, staff, at)
    SELECT CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS TEXT), CAST(value ->> 2 AS TEXT),
           CAST(value ->> 3 AS INTEGER) = 1, CAST(value ->> 4 AS DOUBLE PRECISION)
    FROM given($1) WHERE true ON CONFLICT (moment, member, author, at) DO NOTHING"""
UNANSWERED = """
    SELECT one.seq, one.member, one.author, one.at, part.post, customer.name
    FROM moment_comment AS one
    JOIN moment_part AS part ON part.moment = one.moment AND part.member = one.member
    LEFT JOIN customer ON customer.id = one.author
    WHERE one.staff = $1 AND one.done_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM moment_comment AS later
                        WHERE later.moment = one.moment AND later.member = one.member
                            AND later.staff = $2 AND later.at >= one.at)
    ORDER BY one.at, one.seq LIMIT 50"""
DONE = "UPDATE moment_comment SET done_by = $2, done_at = $3 WHERE seq = $1 AND done_at IS NULL"
CLOSE = """
    UPDATE moment_post SET state = 2 WHERE state = 1
        AND NOT EXISTS (SELECT 1 FROM moment_part WHERE post = moment_post.id AND state < 4)"""
ACCOUNTS = """
    SELECT member, count(*) AS n FROM contact WHERE lost_at IS NULL GROUP BY member
    ORDER BY n DESC, member LIMIT $1"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One account's share of a post: a row of table moment_part."""

    seq: int
    post: str
    member: str
    state: PartState
    zh: str
    en: str
    again_at: float
    job: str
    moment: str
    asked_at: float | None
    confirmed_at: float | None
    checked_at: float
    reminders: int
    reminded_at: float | None
    shown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A row of table moment_post, with its parts."""

    id: str
    kind: Kind
    segment: str
    text: str
    files: tuple[str, ...]
    day: str
    slot: str
    due_at: float | None
    state: PostState
    who: str
    created_at: float
    approved_by: str
    parts: tuple[Part, ...]

    def part(self, member: str) -> Part | None:
        return next((one for one in self.parts if one.member == member), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A customer's comment below a moment that nobody has answered."""

    seq: int
    member: str
    author: str
    name: str  # "" = not known
    at: float
    post: str


class MomentTable(Queries):
    # ---- what people do

    async def put(self, post: str, draft: Draft, who: str, now: float) -> bool:
        """Write a draft. Returns False if it is a draft no more: then it stays as it is."""
        files = orjson.dumps(draft.files).decode()
        async with self._database.transaction() as transaction:
            written = await transaction.rows(
                DRAFT_AGAIN, post, draft.kind.value, draft.segment, draft.text.strip(), files,
                f"{draft.day}", draft.slot, who, now,
            )  # fmt: skip
            if written:
                await transaction.rows(DROP_PARTS, post)
                await transaction.rows(PUT_PARTS, post, given(draft.members))
        return bool(written)

    async def approve(self, post: str, who: str, due_at: float) -> bool:
        """Approve a draft for `due_at`. Returns False if it is no draft."""
        return bool(await self._database.change(APPROVE, post, who, due_at))

    async def withdraw(self, post: str) -> bool:
        """Withdraw a post; whoever was asked already may post it until WeCom is told. Returns
        False if it has ended or was withdrawn before."""
        async with self._database.transaction() as transaction:
            if not await transaction.rows(WITHDRAW, post):
                return False
            await transaction.rows(STOP_PARTS, post)
        return True

    async def done(self, comment: int, who: str, now: float) -> bool:
        return bool(await self._database.change(DONE, comment, who, now))

    # ---- what is there

    async def get(self, post: str) -> Post | None:
        found = await self._posts(await self._database.rows(POST, post))
        return found[0] if found else None

    async def between(self, first: str, last: str, member: str = "") -> list[Post]:
        """The posts from day `first` to `last`, by time; 500 at most.

        Args:
            member: only those in which this account has a share; "": all.
        """
        return await self._posts(await self._database.rows(BETWEEN, first, last, member))

    async def due(self, now: float, most: int) -> list[Post]:
        return await self._posts(await self._database.rows(DUE, now, most))

    async def out(self, member: str, since: float) -> list[tuple[float, Kind]]:
        """What counts in an account's mix since then, as (when, kind): persona content once it is
        out, everything else once the account was asked to post it."""
        return [
            (row["confirmed_at"] or row["asked_at"], Kind(row["kind"]))
            for row in await self._database.rows(OUT, member, since)
            if row["state"] == PartState.CONFIRMED or row["kind"] != Kind.PERSONA
        ]

    async def coming(self, member: str, but: str) -> list[tuple[str, Kind]]:
        """What an account has still to be asked for, without post `but`, as (day, kind): approved
        and not begun."""
        rows = await self._database.rows(COMING, member, but)
        return [(row["day"], Kind(row["kind"])) for row in rows]

    async def since(self, member: str) -> float | None:
        """When the first moment of an account went out; None: none has."""
        first = (await self._database.rows(SINCE, member))[0]["first"]
        return None if first is None else float(first)

    async def audience(self, members: Iterable[str]) -> list[Audience]:
        rows = await self._database.rows(AUDIENCE, given(members))
        return [Audience(begin=row["begins"], end=row["ends"], customers=row["n"]) for row in rows]

    async def full(self, member: str, since: float, most: int, kind: str) -> tuple[int, int]:
        """How many customers an account has, and how many of these have had `most` moments or more
        since then, of any account.

        Args:
            kind: only moments of this kind count; "": all.
        """
        row = (await self._database.rows(FULL, member, since, most, kind))[0]
        return int(row["n"] or 0), int(row["full"] or 0)

    async def shown_first(self, member: str, since: float, kind: str) -> float:
        """When each customer of an account had their last moment since then, of any account: the
        earliest of these times; `since` if nobody had one."""
        at: float | None = (await self._database.rows(SHOWN_FIRST, member, since, kind))[0]["at"]
        return since if at is None else at

    async def accounts(self, most: int) -> list[str]:
        """The members with customers, those with most of them first; `most` at most."""
        return [row["member"] for row in await self._database.rows(ACCOUNTS, most)]

    async def unanswered(self) -> list[Comment]:
        """Comments that nobody has answered, the oldest first; 50 at most."""
        rows = await self._database.rows(UNANSWERED, False, True)
        return [Comment(**{**row, "name": row["name"] or ""}) for row in rows]

    # ---- what the engine does

    async def hold(self, part: Part, zh: str, en: str, again_at: float) -> None:
        await self._database.change(HOLD, part.post, part.member, zh, en, again_at)

    async def claim(self, post: str, members: Sequence[str], now: float) -> list[str]:
        """Claim the shares of these members in a post, to ask WeCom for them. Returns those whose
        share nobody else has claimed."""
        rows = await self._database.rows(CLAIM, post, given(members), now)
        return [row["member"] for row in rows]

    async def back(self, post: str, members: Sequence[str], again_at: float) -> None:
        await self._database.change(BACK, post, given(members), again_at)

    async def asked(self, post: str, members: Sequence[str], job: str, moment: str = "") -> None:
        await self._database.change(ASKED, post, given(members), job, moment)

    async def end(
        self, post: str, members: Sequence[str], state: PartState, zh: str, en: str
    ) -> None:
        rows = given(members)
        await self._database.change(END, post, rows, int(state), zh, en)

    async def doubts(self, before: float) -> list[tuple[str, float, list[str]]]:
        """Calls to WeCom before then whose end is not known: (post, when, members)."""
        found: dict[tuple[str, float], list[str]] = {}
        for row in await self._database.rows(DOUBTS, before):
            found.setdefault((row["post"], row["asked_at"]), []).append(row["member"])
        return [(post, at, members) for (post, at), members in found.items()]

    async def known(self, since: float) -> set[str]:
        return {row["moment"] for row in await self._database.rows(KNOWN, since)}

    async def jobs(self, most: int) -> list[tuple[str, str]]:
        """WeCom's jobs of which we do not know that they have ended: (job, post)."""
        return [(row["job"], row["post"]) for row in await self._database.rows(JOBS, most)]

    async def made(self, job: str, moment: str) -> None:
        await self._database.change(MADE, job, moment)

    async def open(self, before: float, most: int) -> list[str]:
        """Moments that somebody has still to post and that were last looked at before then."""
        return [row["moment"] for row in await self._database.rows(OPEN, before, most)]

    async def of_moment(self, moment: str) -> list[Part]:
        return [_part(row) for row in await self._database.rows(OF_MOMENT, moment)]

    async def checked(self, moment: str, now: float) -> None:
        await self._database.change(CHECKED, moment, now)

    async def confirm(self, part: Part, now: float, shown: int) -> None:
        await self._database.change(CONFIRM, part.moment, part.member, now, shown)

    async def reminded(self, part: Part, now: float) -> bool:
        """Count a reminder. Returns False if another process has reminded meanwhile."""
        return bool(await self._database.change(REMINDED, part.seq, part.reminders, now))

    async def lately(self, since: float, before: float, most: int) -> list[Part]:
        """Shares that went out since `since` and whose comments were last looked for before
        `before`."""
        return [_part(row) for row in await self._database.rows(LATELY, since, before, most)]

    async def looked(self, part: Part, now: float) -> None:
        await self._database.change(LOOKED, part.seq, now)

    async def put_comments(self, rows: Iterable[tuple[str, str, str, int, float]]) -> None:
        await self._database.change(PUT_COMMENTS, given(rows))

    async def close(self) -> None:
        """End the approved posts of which every share has ended."""
        await self._database.change(CLOSE)

    async def _posts(self, rows: Sequence[dict[str, Any]]) -> list[Post]:
        parts: dict[str, list[Part]] = {}
        for row in await self._database.rows(PARTS, given(one["id"] for one in rows)):
            parts.setdefault(row["post"], []).append(_part(row))
        return [
            Post(
                **{
                    **row, "kind": Kind(row["kind"]), "state": PostState(row["state"]),
                    "files": tuple(orjson.loads(row["files"])),
                    "parts": tuple(sorted(parts.get(row["id"], ()), key=lambda one: one.member)),
                }
            )
            for row in rows
        ]  # fmt: skip


def _part(row: dict[str, Any]) -> Part:
    return Part(**{**row, "state": PartState(row["state"])})
