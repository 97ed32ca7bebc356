"""Customer groups for people: lists page by page, and one group with its people, days and posts.

A page is asked for by the key of the last row of the page before (`after`). So every page is as
quick as the first, and a change meanwhile neither hides nor repeats a row.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import orjson

from bot.clock import moment
from bot.store.desk.staff import sight_rows, within
from bot.store.sql import Queries, given, like, literally, one_number
from bot.wecom.group_chats import Figures

T = TypeVar("T")
WECOM_ZONE = ZoneInfo("Asia/Shanghai")  # days of figures begin there
WEEK_S = 7 * 86_400.0
Text = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]  # PostgreSQL takes no NUL
Rank = Annotated[int, msgspec.Meta(ge=-(2**31), le=0)]  # the more, the nearer to the front
GROUP_KEY = msgspec.json.Decoder(tuple[Text, Text])
MEMBER_KEY = msgspec.json.Decoder(tuple[Rank, Rank, float, Text])
# Groups in which somebody waits: for an answer, or after a complaint.
NEEDING = """
    SELECT chat_id FROM group_question WHERE state = 0 AND chat_id NOT IN (
        SELECT chat_id FROM chat_group WHERE off_at IS NOT NULL) UNION
    SELECT substr(conversation, 7) FROM complaint_case
    WHERE closed_at IS NULL AND conversation LIKE 'group:%'"""
FILTER = f"""
    {within("g.owner", 1)}
    AND (CAST($2 AS TEXT) = '' OR g.kind = CAST($2 AS TEXT))
    AND (CAST($3 AS TEXT) = '' OR g.stage = CAST($3 AS TEXT))
    AND (CAST($4 AS TEXT) = '' OR {like("g.name", "$4")})
    AND (CAST($5 AS INTEGER) = 1 OR g.dismissed_at IS NULL)
    AND (CAST($6 AS INTEGER) = 0 OR g.chat_id IN ({NEEDING}))"""
CARD = """
    SELECT g.chat_id, g.name, g.owner, g.kind, g.kind_by_hand, g.stage, g.stage_zh AS zh,
           g.stage_en AS en, g.members, g.customers, g.created_at, g.dismissed_at, g.owner_state,
           g.notice, g.admins, g.fetched_at, g.gaps, g.off_at,
           (SELECT count(*) FROM chat_group_member AS m
            WHERE m.chat_id = g.chat_id AND m.customer AND m.joined_at >= $7) AS joined,
           (SELECT count(*) FROM chat_group_member AS m
            WHERE m.chat_id = g.chat_id AND m.customer AND m.left_at >= $7) AS "left",
           d.day, d.chats, d.new_chats, d.active_chats, d.members AS day_members,
           d.new_members, d.speakers, d.messages
    FROM chat_group AS g LEFT JOIN group_day AS d ON d.owner = g.owner AND d.chat_id = g.chat_id
        AND d.day = (SELECT max(day) FROM group_day AS l
                     WHERE l.owner = g.owner AND l.chat_id = g.chat_id)"""
PAGE = f"""{CARD}
    WHERE {FILTER} AND (g.name, g.chat_id) > (CAST($8 AS TEXT), CAST($9 AS TEXT))
    ORDER BY g.name, g.chat_id LIMIT $10"""
ONE = f"""{CARD}
    WHERE g.chat_id = $8 AND {FILTER}"""
NEEDS = """
    SELECT chat_id, (SELECT count(*) FROM group_question AS q
                     WHERE q.chat_id = these.chat_id AND q.state = 0) AS asked,
           (SELECT count(*) FROM complaint_case AS c
            WHERE c.conversation = 'group:' || these.chat_id AND closed_at IS NULL) AS complained
    FROM (SELECT value AS chat_id FROM texts($1)) AS these"""
COUNT = f"SELECT count(*) AS n FROM chat_group AS g WHERE {FILTER}"
PEOPLE = """
    WITH talk AS (
        SELECT userid, sum(messages) AS n FROM group_talk WHERE chat_id = $1 GROUP BY userid),
    brought AS (
        SELECT invitor, count(*) AS n FROM chat_group_member
        WHERE chat_id = $1 AND invitor <> '' AND left_at IS NULL GROUP BY invitor),
    ranked AS (
        SELECT m.userid, m.customer, m.name, m.nickname, m.joined_at, m.join_scene, m.invitor,
               m.state, m.left_at, m.quit_scene, CAST(coalesce(talk.n, 0) AS INTEGER) AS messages,
               CAST(coalesce(brought.n, 0) AS INTEGER) AS brought
        FROM chat_group_member AS m LEFT JOIN talk ON talk.userid = m.userid
             LEFT JOIN brought ON brought.invitor = m.userid
        WHERE m.chat_id = $1 AND m.left_at IS NULL)
    SELECT * FROM ranked
    WHERE (-messages, -brought, joined_at, userid)
        > (CAST($2 AS INTEGER), CAST($3 AS INTEGER), CAST($4 AS DOUBLE PRECISION),
           CAST($5 AS TEXT))
    ORDER BY -messages, -brought, joined_at, userid LIMIT $6"""
JOINED = """
    SELECT userid, customer, name, nickname, joined_at, join_scene, invitor, state, left_at,
           quit_scene, 0 AS messages, 0 AS brought
    FROM chat_group_member WHERE chat_id = $1 AND joined_at >= $2
    ORDER BY joined_at DESC, userid LIMIT $3"""
MOVES = """
    SELECT customer, joined_at, left_at FROM chat_group_member WHERE chat_id = $1"""
# WeCom's figure or the archive's, the greater: either may lack a part of the day.
DAYS = """
    SELECT day, max(messages) AS messages, max(speakers) AS speakers FROM (
        SELECT day, messages, speakers FROM group_day
        WHERE chat_id = $1 AND day >= $2 AND day <= $3
        UNION ALL
        SELECT day, CAST(sum(messages) AS INTEGER), CAST(count(*) AS INTEGER) FROM group_talk
        WHERE chat_id = $1 AND day >= $2 AND day <= $3 GROUP BY day) AS either
    GROUP BY day"""
POSTS = """
    SELECT t.plan, t.slot, t.script, t.member, t.state, t.due_at, t.settled_at, t.zh, t.en,
           (SELECT plan.state FROM plan WHERE plan.id = t.plan) AS plan_state,
           (SELECT count(*) FROM chat_group_member AS m WHERE m.chat_id = t.customer
            AND m.customer AND m.joined_at >= t.settled_at
            AND m.joined_at < t.settled_at + 86400) AS joined,
           (SELECT count(*) FROM chat_group_member AS m WHERE m.chat_id = t.customer
            AND m.customer AND m.left_at >= t.settled_at
            AND m.left_at < t.settled_at + 86400) AS "left"
    FROM touch AS t
    WHERE t.customer = $1 ORDER BY coalesce(t.settled_at, t.due_at) DESC, t.seq DESC LIMIT $2"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    items: tuple[T, ...]
    after: str  # asks for the next page; "" = this is the last


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFilter:
    """What is left out does not restrict."""

    owners: Collection[str] | None = None
    kind: str = ""
    stage: str = ""
    name: str = ""  # a part of it
    dismissed: bool = False  # dismissed ones as well
    needing: bool = False  # only groups in which somebody waits

    def values(self) -> list[Any]:
        owners = sight_rows(self.owners)
        which = int(self.dismissed), int(self.needing)
        name = f"%{literally(self.name)}%" if self.name else ""
        return [owners, self.kind, self.stage, name, *which]


EVERY_GROUP = GroupFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    chat_id: str
    name: str
    owner: str  # userid
    owner_state: int  # 0 normal, 1 the owner has left, 2 being inherited, 3 inherited
    kind: str  # flash, welfare, growth, learning, vip, store; "" = none of them
    kind_by_hand: bool
    stage: str  # new, growing, mature, silent, closing; "" = not judged yet
    zh: str  # why it is in this stage
    en: str
    members: int
    customers: int  # of the members
    joined: int  # customers, in the last seven days
    left: int  # customers, in the last seven days
    notice: str
    admins: tuple[str, ...]
    created_at: datetime | None
    dismissed_at: datetime | None
    fetched_at: datetime | None
    off_at: datetime | None  # since when the bot is switched off in it
    gaps: int  # how often an event of it was lost
    day: str  # of `figures`; "" = WeCom tells none of this group alone
    figures: Figures | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    userid: str
    customer: bool  # False: one of our members
    name: str
    nickname: str
    joined_at: datetime
    join_scene: int  # 1 invited, 2 by a link, 3 by a QR code
    invitor: str
    state: str  # of the join-group code
    left_at: datetime | None
    quit_scene: int | None  # 0 left, 1 removed; None: nobody told
    messages: int  # as far as an archive tells them
    brought: int  # people whom they invited and who are still here


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDay:
    day: str
    members: int  # at its end
    joined: int
    left: int
    messages: int | None  # None: nobody knows it of this group alone
    speakers: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What a programme (or somebody) posted, or is to post, into a group."""

    plan: str
    slot: str
    script: str
    member: str  # through whom
    state: int  # bot.store.touch.models.TouchState
    due_at: datetime
    settled_at: datetime | None
    zh: str  # why it is in this state
    en: str
    plan_state: int | None  # bot.store.states.PlanState; None: it is of no plan
    messages: int | None  # in the group on its day; None: nobody knows it of this group alone
    joined: int  # within 24 hours after it
    left: int


class GroupViews(Queries):
    async def page(
        self, now: datetime, which: GroupFilter = EVERY_GROUP, *, after: str = "",
        limit: int = 50,
    ) -> Page[Group]:  # fmt: skip
        """A page of groups, by name."""
        name, chat_id = _key(after, GROUP_KEY, ("", ""))
        since = now.timestamp() - WEEK_S
        values = [*which.values(), since, name, chat_id, limit + 1]
        rows = await self._database.rows(PAGE, *values)
        last = [rows[limit - 1][key] for key in ("name", "chat_id")] if len(rows) > limit else []
        return _page([_group(row) for row in rows[:limit]], last)

    async def count(self, which: GroupFilter = EVERY_GROUP) -> int:
        return await one_number(self._database, COUNT, *which.values())

    async def needs(self, chats: Iterable[str]) -> dict[str, tuple[int, int]]:
        """How many open questions and open complaints each group has, by chat_id."""
        rows = await self._database.rows(NEEDS, given(chats))
        return {row["chat_id"]: (row["asked"], row["complained"]) for row in rows}

    async def one(self, chat_id: str, now: datetime) -> Group | None:
        """The group with this id, dismissed or not; None: nobody has heard of it."""
        everything = GroupFilter(dismissed=True).values()
        rows = await self._database.rows(ONE, *everything, now.timestamp() - WEEK_S, chat_id)
        return _group(rows[0]) if rows else None

    async def people(self, chat_id: str, *, after: str = "", limit: int = 50) -> Page[Member]:
        """A page of the people in a group, those who contribute most first: by how much they wrote
        as far as an archive tells it, then by how many they brought, then by when they joined."""
        key = _key(after, MEMBER_KEY, (-(2**31), -(2**31), -1.0, ""))
        rows = await self._database.rows(PEOPLE, chat_id, *key, limit + 1)
        last: list[Any] = []
        if len(rows) > limit:
            row = rows[limit - 1]
            last = [-row["messages"], -row["brought"], row["joined_at"], row["userid"]]
        return _page([_member(row) for row in rows[:limit]], last)

    async def joined(self, chat_id: str, since: datetime, limit: int = 50) -> tuple[Member, ...]:
        """Who joined a group since then, the latest first."""
        rows = await self._database.rows(JOINED, chat_id, since.timestamp(), limit)
        return tuple(_member(row) for row in rows)

    async def days(self, chat_id: str, days: Sequence[datetime]) -> tuple[GroupDay, ...]:
        """How a group did on each of these days.

        Args:
            days: when they begin, in the company's zone; one follows the other.
        """
        names = [f"{day:%Y-%m-%d}" for day in days]
        ends = [*(day.timestamp() for day in days[1:]), days[-1].timestamp() + 86_400]
        told = {
            row["day"]: (row["messages"], row["speakers"])
            for row in await self._database.rows(DAYS, chat_id, names[0], names[-1])
        }
        moves = await self._database.rows(MOVES, chat_id)
        theirs = [row for row in moves if row["customer"]]
        found = []
        for name, start, end in zip(names, (day.timestamp() for day in days), ends, strict=True):
            left = [row for row in moves if row["left_at"] and row["left_at"] < end]
            messages, speakers = told.get(name, (None, None))
            found.append(
                GroupDay(
                    day=name,
                    members=sum(row["joined_at"] < end for row in moves) - len(left),
                    joined=sum(start <= row["joined_at"] < end for row in theirs),
                    left=sum(start <= row["left_at"] for row in left if row["customer"]),
                    messages=messages,
                    speakers=speakers,
                )
            )
        return tuple(found)

    async def posts(self, chat_id: str, limit: int = 20) -> tuple[Post, ...]:
        """The last posts into a group, the latest first, each with how the group reacted."""
        rows = await self._database.rows(POSTS, chat_id, limit)
        days = [wecom_day(row["settled_at"] or row["due_at"]) for row in rows]
        told: dict[str, int] = {}
        if days:
            known = await self._database.rows(DAYS, chat_id, min(days), max(days))
            told = {row["day"]: row["messages"] for row in known}
        return tuple(
            Post(
                **row
                | {
                    "due_at": moment(row["due_at"]),
                    "settled_at": _moment(row["settled_at"]),
                    "messages": told.get(day),
                }
            )
            for row, day in zip(rows, days, strict=True)
        )


FIELDS = (
    "chats", "new_chats", "active_chats", "members", "new_members", "speakers", "messages",
)  # fmt: skip


def _key(after: str, key: msgspec.json.Decoder[T], first: T) -> T:
    """The key in an address; `first`, to begin with the first row, if somebody cut it off."""
    try:
        return key.decode(after)
    except msgspec.DecodeError:
        return first


def _page(items: Sequence[T], last: Sequence[Any]) -> Page[T]:
    return Page(items=tuple(items), after=orjson.dumps(last).decode() if last else "")


def _group(row: Mapping[str, Any]) -> Group:
    told = {name: row[name] for name in FIELDS if name != "members"}
    theirs = {name: value for name, value in row.items() if name not in (*told, "day_members")}
    return Group(
        **theirs
        | {
            "kind_by_hand": bool(row["kind_by_hand"]),
            "admins": tuple(orjson.loads(row["admins"])),
            "created_at": _moment(row["created_at"]),
            "dismissed_at": _moment(row["dismissed_at"]),
            "fetched_at": _moment(row["fetched_at"]),
            "off_at": _moment(row["off_at"]),
            "day": row["day"] or "",
        },
        figures=Figures(**told, members=row["day_members"]) if row["day"] else None,
    )


def _member(row: Mapping[str, Any]) -> Member:
    values = {**row, "customer": bool(row["customer"]), "left_at": _moment(row["left_at"])}
    return Member(**values | {"joined_at": moment(row["joined_at"])})


def wecom_day(at: float) -> str:
    """The day of a moment (Unix seconds) as WeCom's figures name it: "2026-03-10"."""
    return f"{moment(at).astimezone(WECOM_ZONE):%Y-%m-%d}"


def _moment(at: float | None) -> datetime | None:
    """A moment in Unix seconds as a datetime; None also for 0, which means: never told."""
    return moment(at) if at else None
