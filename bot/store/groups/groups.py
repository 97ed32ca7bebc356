"""Customer groups as WeCom tells of them: who is in, who has left, which events are still to be
followed.

Running a statement twice changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from bot.events import GroupChanged
from bot.store.sql import Queries, given
from bot.store.touch.statements import TouchRows, TouchStatement
from bot.wecom.group_chats import GroupChat

LONGEST, STATE = 200, 64  # characters that the columns hold; PostgreSQL would refuse more
NEWS_S = 86_400.0  # who joined longer ago is no news
MOST_SCENE = 2**15 - 1  # that PostgreSQL's column holds; a larger number of WeCom's ended the bot
WAITING_CHATS = """
    SELECT chat_id, min(seq) AS first FROM chat_group_change WHERE applied_at IS NULL
    GROUP BY chat_id ORDER BY first LIMIT $1"""
WAITING_CHANGES = """
    SELECT seq, chat_id, at, change, detail, members, scene, last_version, version
    FROM chat_group_change WHERE chat_id = $1 AND applied_at IS NULL ORDER BY seq"""
APPLIED = """
    UPDATE chat_group_change SET applied_at = $1
    WHERE chat_id = $2 AND seq <= $3 AND applied_at IS NULL"""
HAD = "SELECT version, fetched_at FROM chat_group WHERE chat_id = $1"
PUT = """
    INSERT INTO chat_group (chat_id, name, owner, notice, admins, created_at, version, members,
                            customers, fetched_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (chat_id) DO UPDATE SET
        name = excluded.name, owner = excluded.owner, notice = excluded.notice,
        admins = excluded.admins, created_at = excluded.created_at, version = excluded.version,
        members = excluded.members, customers = excluded.customers,
        fetched_at = excluded.fetched_at, dismissed_at = NULL,
        owner_state = CASE WHEN chat_group.owner = excluded.owner THEN chat_group.owner_state
                      ELSE 0 END"""
PUT_PEOPLE = """
    INSERT INTO chat_group_member (chat_id, userid, customer, name, nickname, joined_at,
                                   join_scene, invitor, state, news)
    SELECT CAST($1 AS TEXT), CAST(value ->> 0 AS TEXT), (CAST(value ->> 1 AS INTEGER) = 1),
           CAST(value ->> 2 AS TEXT), CAST(value ->> 3 AS TEXT),
           CAST(value ->> 4 AS DOUBLE PRECISION), CAST(value ->> 5 AS INTEGER),
           CAST(value ->> 6 AS TEXT), CAST(value ->> 7 AS TEXT), CAST(value ->> 8 AS TEXT)
    FROM given($2) WHERE true
    ON CONFLICT (chat_id, userid) DO UPDATE SET
        name = excluded.name, nickname = excluded.nickname, joined_at = excluded.joined_at,
        join_scene = excluded.join_scene, invitor = excluded.invitor, state = excluded.state,
        left_at = NULL, quit_scene = NULL,
        news = CASE WHEN chat_group_member.left_at IS NULL THEN chat_group_member.news
               ELSE excluded.news END"""
GONE = """
    UPDATE chat_group_member SET left_at = $1, news = ''
    WHERE chat_id = $2 AND left_at IS NULL
      AND userid NOT IN (SELECT value FROM texts($3))"""
LEAVE = """
    UPDATE chat_group_member SET left_at = $1, quit_scene = $2, news = ''
    WHERE chat_id = $3 AND left_at IS NULL AND joined_at <= $1
      AND userid IN (SELECT value FROM texts($4))"""
COUNT = """
    UPDATE chat_group SET
        members = (SELECT count(*) FROM chat_group_member AS m
                   WHERE m.chat_id = chat_group.chat_id AND left_at IS NULL),
        customers = (SELECT count(*) FROM chat_group_member AS m
                     WHERE m.chat_id = chat_group.chat_id AND left_at IS NULL AND m.customer)
    WHERE chat_id = $1"""
GAP = "UPDATE chat_group SET gaps = gaps + 1 WHERE chat_id = $1"
DISMISS = """
    UPDATE chat_group SET dismissed_at = $1 WHERE chat_id = $2 AND dismissed_at IS NULL"""
OWNER_STATES = """
    UPDATE chat_group SET owner_state = CAST($1 AS INTEGER)
    WHERE owner_state <> CAST($1 AS INTEGER)
      AND chat_id IN (SELECT value FROM texts($2))"""
OFF = "SELECT chat_id FROM chat_group WHERE off_at IS NOT NULL"
SWITCH = """
    UPDATE chat_group SET off_at = CAST($1 AS DOUBLE PRECISION)
    WHERE (off_at IS NULL) = (CAST($2 AS INTEGER) = 1)
      AND chat_id IN (SELECT value FROM texts($3)) RETURNING chat_id"""
ALIVE = """
    SELECT chat_id FROM chat_group
    WHERE dismissed_at IS NULL AND fetched_at < $1 AND chat_id > $2 ORDER BY chat_id LIMIT 2000"""
FRESH = """
    SELECT chat_id FROM chat_group
    WHERE fetched_at >= $1 AND dismissed_at IS NULL
      AND chat_id IN (SELECT value FROM texts($2))"""
FORGET_CHANGES = """
    DELETE FROM chat_group_change WHERE seq IN (
        SELECT seq FROM chat_group_change WHERE applied_at < $1 ORDER BY seq LIMIT 2000)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an event told of a group."""

    seq: int
    at: float
    change: str  # create | update | dismiss
    detail: str
    members: tuple[str, ...]
    scene: int | None
    last_version: str
    version: str  # "" where the members did not change


@dataclass(frozen=True, slots=True, kw_only=True)
class Had:
    """Which version of a group we have, and when it was fetched (Unix seconds)."""

    version: str = ""
    fetched_at: float = 0.0  # 0: nothing was ever fetched


def _scene(told: int | None) -> int | None:
    return told if told is None else min(told, MOST_SCENE)


def changed(event: GroupChanged) -> TouchRows:
    """The row that keeps `event` until the group was fetched."""
    row = (
        event.id, event.chat_id, event.at.timestamp(), event.change, event.detail,
        orjson.dumps(event.members).decode(),
        _scene(event.join_scene if event.quit_scene is None else event.quit_scene),
        event.last_version, event.version,
    )  # fmt: skip
    return {TouchStatement.PUT_GROUP_CHANGES: [row]}


class Groups(Queries):
    """What the engine writes of groups. Moments are Unix seconds."""

    async def waiting(self, most: int) -> list[str]:
        """At most `most` groups with events that were not followed yet, by the oldest event."""
        return [row["chat_id"] for row in await self._database.rows(WAITING_CHATS, most)]

    async def changes(self, chat_id: str) -> list[Change]:
        """The events of one group that were not followed yet, in order."""
        return [
            Change(
                seq=row["seq"],
                at=row["at"],
                change=row["change"],
                detail=row["detail"],
                members=tuple(orjson.loads(row["members"])),
                scene=row["scene"],
                last_version=row["last_version"],
                version=row["version"],
            )
            for row in await self._database.rows(WAITING_CHANGES, chat_id)
        ]

    async def had(self, chat_id: str) -> Had:
        rows = await self._database.rows(HAD, chat_id)
        if not rows:
            return Had()
        return Had(version=rows[0]["version"], fetched_at=rows[0]["fetched_at"])

    async def keep(
        self, told: GroupChat, now: float, changes: Sequence[Change] = (), *, gap: bool = False
    ) -> None:
        """Write a group as WeCom has it now, and note that the events `changes` were followed.

        Who left by one of these events did so at its time; who is missing without one, at `now`.

        Args:
            gap: whether an event was lost: it is counted.
        """
        had = await self.had(told.chat_id)
        fresh_s = now - NEWS_S if had.fetched_at else float("inf")
        people = [
            (one.userid, int(one.customer), one.name[:LONGEST], one.nickname[:LONGEST],
             one.joined_at, _scene(one.join_scene), one.invitor, one.state[:STATE],
             "new" if one.customer and one.joined_at >= fresh_s else "")
            for one in told.people
        ]  # fmt: skip
        async with self._database.transaction() as source:
            for one in changes:
                if one.detail == "del_member":
                    left = given(one.members)
                    await source.rows(LEAVE, one.at, one.scene, told.chat_id, left)
            await source.rows(
                PUT, told.chat_id, told.name[:LONGEST], told.owner, told.notice,
                orjson.dumps(told.admins).decode(), told.created_at, told.version,
                len(told.people), sum(one.customer for one in told.people), now,
            )  # fmt: skip
            await source.rows(PUT_PEOPLE, told.chat_id, given(people))
            await source.rows(GONE, now, told.chat_id, given(one[0] for one in people))
            if gap:
                await source.rows(GAP, told.chat_id)
            if changes:
                await source.rows(APPLIED, now, told.chat_id, changes[-1].seq)

    async def leave(self, chat_id: str, changes: Iterable[Change]) -> None:
        """Note who left by these events, since the list that WeCom gives may be older."""
        async with self._database.transaction() as source:
            for one in changes:
                if one.detail == "del_member":
                    left = given(one.members)
                    await source.rows(LEAVE, one.at, one.scene, chat_id, left)
            await source.rows(COUNT, chat_id)

    async def followed(self, chat_id: str, upto: int, now: float) -> None:
        """Note that the events of a group up to number `upto` were followed."""
        await self._database.rows(APPLIED, now, chat_id, upto)

    async def dismiss(self, chat_id: str, at: float) -> None:
        """Note that a group was dismissed."""
        await self._database.rows(DISMISS, at, chat_id)

    async def owner_states(self, states: Mapping[str, int]) -> None:
        """Write whether groups still have their owners: chat_id → OwnerState."""
        for state in set(states.values()):
            chats = given(chat for chat, its in states.items() if its == state)
            await self._database.rows(OWNER_STATES, state, chats)

    async def off(self) -> frozenset[str]:
        """The groups in which the bot is switched off."""
        return frozenset(row["chat_id"] for row in await self._database.rows(OFF))

    async def switch(self, chats: Iterable[str], off_at: float | None) -> set[str]:
        """Switch the bot off in these groups, or on again (None). Returns those it changed."""
        values = off_at, int(off_at is not None), given(chats)
        return {row["chat_id"] for row in await self._database.rows(SWITCH, *values)}

    async def alive(self, before: float) -> set[str]:
        """The groups that are not dismissed and were fetched before that moment."""
        found: set[str] = set()
        last = ""
        while rows := await self._database.rows(ALIVE, before, last):
            found.update(row["chat_id"] for row in rows)
            last = rows[-1]["chat_id"]
        return found

    async def fresh(self, chats: Iterable[str], since: float) -> set[str]:
        """Those of `chats` that were fetched since that moment."""
        rows = await self._database.rows(FRESH, since, given(chats))
        return {row["chat_id"] for row in rows}

    async def forget(self, before: float) -> None:
        """Delete events that were followed before that moment."""
        while await self._database.change(FORGET_CHANGES, before):
            pass
