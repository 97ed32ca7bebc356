"""Adds up customer groups for a board: by owner, by store, by stage and by day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.store.desk.staff import within
from bot.store.groups.views import EVERY_GROUP, FIELDS, FILTER, Group, GroupFilter
from bot.store.sql import Database, Rows, given
from bot.wecom.group_chats import Figures

STAGES = f"""
    SELECT g.owner, g.stage, g.kind, count(*) AS n, sum(g.members) AS members,
           sum(g.customers) AS customers
    FROM chat_group AS g WHERE {FILTER} GROUP BY g.owner, g.stage, g.kind"""
SUMS = f"""
    SELECT owner, day, chats, new_chats, active_chats, members, new_members, speakers, messages
    FROM group_day WHERE chat_id = '' AND day >= $2 AND day <= $3 AND {within("owner", 1)}
    ORDER BY owner, day"""
TALKED = """
    SELECT chat_id, CAST(sum(CASE WHEN day = $2 THEN messages ELSE 0 END) AS INTEGER) AS n
    FROM group_talk
    WHERE chat_id IN (SELECT value FROM texts($1)) AND day > $3 AND day <= $2
    GROUP BY chat_id"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerSums:
    """The groups of one owner."""

    owner: str
    groups: int
    members: int
    customers: int
    stages: Mapping[str, int]
    days: Mapping[str, Figures]  # official ones, by day


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSums:
    """The groups of a store's members."""

    store: str  # "" = of members who are in no store
    groups: int
    members: int
    days: Mapping[str, Figures]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    owners: tuple[OwnerSums, ...]
    groups: int
    members: int
    customers: int
    stages: Mapping[str, int]
    kinds: Mapping[str, int]
    days: Mapping[str, Figures]  # of all these owners together


async def board(
    database: Database, first: str, last: str, which: GroupFilter = EVERY_GROUP
) -> Board:
    """Sums by owner and of all, with WeCom's figures from day `first` to `last` ("2026-03-10").

    WeCom tells figures only by owner: kind, stage and name in `which` restrict the groups that are
    counted, not the figures.
    """
    values = which.values()
    groups = await database.rows(STAGES, *values)
    figures = await database.rows(SUMS, values[0], first, last)
    days: dict[str, dict[str, Figures]] = {}
    for row in figures:
        told = Figures(**{name: row[name] for name in FIELDS})
        days.setdefault(row["owner"], {})[row["day"]] = told
    held: dict[str, Rows] = {}
    for row in groups:
        held.setdefault(row["owner"], []).append(row)
    return Board(
        owners=tuple(
            _owner(one, held.get(one, ()), days.get(one, {}))
            for one in sorted(held.keys() | days.keys())
        ),
        groups=sum(row["n"] for row in groups),
        members=sum(row["members"] for row in groups),
        customers=sum(row["customers"] for row in groups),
        stages=_counted(groups, "stage"),
        kinds=_counted(groups, "kind"),
        days=together(days.values()),
    )


async def messages_of(
    database: Database, groups: Iterable[Group], day: str, since: str
) -> dict[str, int]:
    """How many messages each group had on `day`, by chat_id.

    WeCom's figures count where it tells them of that group alone, else what the archive counted if
    it has heard of the group after the day `since`. Groups of which neither is known are left out.
    """
    groups = list(groups)
    ids = given(one.chat_id for one in groups)
    counted = {row["chat_id"]: row["n"] for row in await database.rows(TALKED, ids, day, since)}
    told = {one.chat_id: one.figures.messages for one in groups if one.figures and one.day == day}
    return counted | told


def together(owners: Iterable[Mapping[str, Figures]]) -> dict[str, Figures]:
    """The figures of several owners, added up day by day."""
    found: dict[str, dict[str, int]] = {}
    for days in owners:
        for day, figures in days.items():
            sums = found.setdefault(day, dict.fromkeys(FIELDS, 0))
            for name in FIELDS:
                sums[name] += getattr(figures, name)
    return {day: Figures(**sums) for day, sums in sorted(found.items())}


def by_store(owners: Iterable[OwnerSums], store_of: Callable[[str], str]) -> tuple[StoreSums, ...]:
    """The sums of owners by store, those without one last.

    Args:
        store_of: the store of a member (bot.groups.rules.GroupRules.store_of).
    """
    homes: dict[str, list[OwnerSums]] = {}
    for one in owners:
        homes.setdefault(store_of(one.owner), []).append(one)
    return tuple(
        StoreSums(
            store=store,
            groups=sum(one.groups for one in own),
            members=sum(one.members for one in own),
            days=together(one.days for one in own),
        )
        for store, own in sorted(homes.items(), key=lambda home: (not home[0], home[0]))
    )


def _owner(owner: str, rows: Sequence[Any], days: Mapping[str, Figures]) -> OwnerSums:
    return OwnerSums(
        owner=owner,
        groups=sum(row["n"] for row in rows),
        members=sum(row["members"] for row in rows),
        customers=sum(row["customers"] for row in rows),
        stages=_counted(rows, "stage"),
        days=days,
    )


def _counted(rows: Sequence[Any], column: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        found[row[column]] = found.get(row[column], 0) + row["n"]
    return found
