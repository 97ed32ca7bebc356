"""WeCom's figures of groups by owner and day, and what the stage of a group is judged by.

Days are "2026-03-10" in the company's zone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from bot.store.sql import Queries, given, given_as
from bot.wecom.group_chats import Figures

OWNERS = """
    SELECT DISTINCT owner FROM chat_group WHERE owner > $1 AND owner <> ''
    ORDER BY owner LIMIT 2000"""
LAST_DAYS = """
    SELECT owner, max(day) AS day FROM group_day WHERE chat_id = '' AND owner > $1
    GROUP BY owner ORDER BY owner LIMIT 2000"""
_DAYS = given_as(
    1,
    "owner TEXT, chat_id TEXT, day TEXT, chats INTEGER, new_chats INTEGER, active_chats INTEGER, "
    "members INTEGER, new_members INTEGER, speakers INTEGER, messages INTEGER",
)
PUT_DAYS = f"""
    INSERT INTO group_day (owner, chat_id, day, chats, new_chats, active_chats, members,
                           new_members, speakers, messages)
    SELECT * FROM {_DAYS} AS one WHERE true
    ON CONFLICT (owner, chat_id, day) DO UPDATE SET
        chats = excluded.chats, new_chats = excluded.new_chats,
        active_chats = excluded.active_chats, members = excluded.members,
        new_members = excluded.new_members, speakers = excluded.speakers,
        messages = excluded.messages"""
SINGLE = """
    SELECT min(chat_id) AS chat_id, min(created_at) AS created_at FROM chat_group
    WHERE owner = $1 AND (dismissed_at IS NULL OR dismissed_at >= $2)
    HAVING count(*) = 1"""
# Whether a group talked is certain where an archive tells it, and where none or all of its
# owner's groups did.
STANDING = """
    SELECT g.chat_id, g.name, g.owner, g.kind, g.kind_by_hand, g.stage, g.members, g.created_at,
           g.owner_state, g.dismissed_at,
           (SELECT count(*) FROM chat_group_member AS m WHERE m.chat_id = g.chat_id
            AND m.customer AND m.joined_at >= $2 AND m.joined_at > g.created_at + 60) AS joined,
           (SELECT count(*) FROM chat_group_member AS m WHERE m.chat_id = g.chat_id
            AND m.customer AND m.left_at >= $2) AS gone,
           (SELECT count(*) FROM chat_group_member AS m WHERE m.chat_id = g.chat_id
            AND m.customer AND m.left_at >= $3) AS gone_long,
           (SELECT max(day) FROM group_talk AS t WHERE t.chat_id = g.chat_id) AS talked,
           (SELECT max(day) FROM group_day AS d WHERE d.owner = g.owner AND d.chat_id = ''
            AND d.active_chats > 0) AS owner_talked,
           (SELECT min(day) FROM group_day AS d WHERE d.owner = g.owner AND d.chat_id = '')
               AS known_from,
           (SELECT max(day) FROM group_day AS d WHERE d.owner = g.owner AND d.chat_id = '')
               AS known_to
    FROM chat_group AS g WHERE g.chat_id > $1 ORDER BY g.chat_id LIMIT 500"""
JUDGED = f"""
    UPDATE chat_group SET
        stage_at = CASE WHEN stage = one.to_stage THEN stage_at ELSE $2 END,
        stage = one.to_stage, stage_zh = one.zh, stage_en = one.en,
        kind = CASE WHEN kind_by_hand THEN kind ELSE one.to_kind END
    FROM {given_as(1, "id TEXT, to_stage TEXT, zh TEXT, en TEXT, to_kind TEXT")} AS one
    WHERE chat_group.chat_id = one.id"""
# The last day of each group stays: by it one knows that nobody has written since.
FORGET_TALK = """
    DELETE FROM group_talk WHERE seq IN (
        SELECT t.seq FROM group_talk AS t WHERE t.day < $1 AND t.day < (
            SELECT max(last.day) FROM group_talk AS last WHERE last.chat_id = t.chat_id)
        LIMIT 2000)"""
KIND_BY_HAND = """
    UPDATE chat_group SET kind = $1, kind_by_hand = (CAST($2 AS INTEGER) = 1)
    WHERE chat_id = $3 RETURNING chat_id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the stage of a group is judged by. Moments are Unix seconds."""

    chat_id: str
    name: str
    owner: str
    kind: str
    kind_by_hand: bool
    stage: str
    members: int
    created_at: float  # 0: not known
    owner_state: int
    dismissed_at: float | None
    joined: int  # lately
    gone: int  # lately
    gone_long: int  # in a longer span
    talked: str | None  # the last day, where an archive tells it
    owner_talked: str | None  # the last day on which some group of its owner talked
    known_from: str | None  # the first and the last day with figures of the owner
    known_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a group was found to be."""

    chat_id: str
    stage: str
    zh: str
    en: str
    kind: str  # by rule; one that was set by hand stays


class GroupFigures(Queries):
    async def owners(self) -> list[str]:
        """The members who own a group, dismissed or not, by userid."""
        found: list[str] = []
        last = ""
        while rows := await self._database.rows(OWNERS, last):
            found += [row["owner"] for row in rows]
            last = found[-1]
        return found

    async def last_days(self) -> Mapping[str, str]:
        """The last day of which we have figures, by owner."""
        found: dict[str, str] = {}
        last = ""
        while rows := await self._database.rows(LAST_DAYS, last):
            found |= {row["owner"]: row["day"] for row in rows}
            last = rows[-1]["owner"]
        return found

    async def single(self, owner: str, since: float) -> tuple[str, float] | None:
        """The only group that an owner has had since that moment, as (chat_id, when it was made);
        None: there were several, or none. Moments are Unix seconds."""
        rows = await self._database.rows(SINGLE, owner, since)
        return (rows[0]["chat_id"], rows[0]["created_at"]) if rows else None

    async def put(self, owner: str, chat_id: str, days: Mapping[str, Figures]) -> None:
        """Write figures by day: of all groups of an owner if `chat_id` is "", else of that one."""
        rows = [(owner, chat_id, day, *astuple(figures)) for day, figures in days.items()]
        await self._database.rows(PUT_DAYS, given(rows))

    async def standing(self, lately: float, longer: float, after: str = "") -> list[Standing]:
        """At most 500 groups that follow `after` (a chat_id).

        Args:
            lately: joined and gone are counted since this moment (Unix seconds).
            longer: gone_long is counted since this one.
        """
        rows = await self._database.rows(STANDING, after, lately, longer)
        return [Standing(**_plain(row)) for row in rows]

    async def judged(self, verdicts: Sequence[Verdict], now: float) -> None:
        rows = [(one.chat_id, one.stage, one.zh, one.en, one.kind) for one in verdicts]
        await self._database.rows(JUDGED, given(rows), now)

    async def forget_talk(self, before: str) -> None:
        """Delete who wrote how much before that day ("2026-03-10"), except on the last day of each
        group."""
        while await self._database.change(FORGET_TALK, before):
            pass

    async def set_kind(self, chat_id: str, kind: str, *, by_hand: bool = True) -> bool:
        """Set the kind of a group. Returns False if there is no such group.

        Args:
            by_hand: whether the rules leave it alone from now on; else they may change it again.
        """
        return bool(await self._database.rows(KIND_BY_HAND, kind, int(by_hand), chat_id))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "kind_by_hand": bool(row["kind_by_hand"])}
