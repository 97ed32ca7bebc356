"""Reads what is known of the customers of many touches, in a handful of statements for all."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.clock import moment, moment_or_none
from bot.scripts.wording import alike
from bot.store.handover.owning import LEAVING
from bot.store.sql import Database, given, given_as
from bot.store.states import TouchState
from bot.store.touch.brakes import sounding
from bot.store.touch.ledger import FREE, Ledger, Limit, subject_of
from bot.touch.policy import Session, Via
from bot.touch.present import Present
from bot.touch.touch import Ahead, Colleague, Facts, Scenario, Span, Touch
from bot.touch.verdicts import GROUP_OFF

PEOPLE = f"""
    SELECT id, zone, member, opted_out_at, braked_at, free_until, best_from, best_to,
           {sounding("customer")}
    FROM customer WHERE id IN (SELECT value FROM texts($1))"""
# Nothing goes out in the name of somebody who hands over.
CONTACTS = f"""
    SELECT customer, member FROM contact
    WHERE customer IN (SELECT value FROM texts($1)) AND lost_at IS NULL
        AND member NOT IN ({LEAVING})
    ORDER BY added_at DESC, member"""
# A group's owner has to confirm what goes there; one who has left (1) cannot.
OWNERS = f"""
    SELECT chat_id, owner, off_at FROM chat_group
    WHERE chat_id IN (SELECT value FROM texts($1))
        AND dismissed_at IS NULL AND owner_state <> 1 AND owner <> ''
        AND owner NOT IN ({LEAVING})"""
# What is on its way: mass messages until their member has confirmed them, others for seconds. An
# answer to a group is asked for when it is ready.
ON_THE_WAY = """
    SELECT customer, scenario AS rank, words, substr(task, 1, 6) <> 'touch:' AS mass FROM touch
    WHERE customer IN (SELECT value FROM texts($1))
        AND receiver <> 'member' AND state = 1 AND deadline >= $2 AND scenario <> $3"""
MOVING = """
    SELECT item.subject AS customer, item.owner FROM handover_item AS item
    JOIN handover ON handover.id = item.handover
    WHERE item.subject IN (SELECT value FROM texts($1))
        AND (item.state = 1 OR handover.state IN (1, 2) AND item.state NOT IN (2, 7))"""
# A kf account that was read has a cursor, and a conversation is named by account and customer.
SESSIONS = """
    SELECT one.customer, cursor.account, session.heard_at, session.sent, session.staffed,
           session.servicer
    FROM (SELECT value AS customer FROM texts($1)) AS one
    CROSS JOIN cursor
    JOIN session ON session.conversation = 'kf:' || cursor.account || ':' || one.customer
    ORDER BY session.heard_at"""
SAID = """
    SELECT said.customer, said.words, said.at
    FROM (SELECT value AS customer FROM texts($1)) AS one
    JOIN said ON said.customer = one.customer
    ORDER BY said.at DESC"""
AHEAD = f"""
    SELECT one.customer, one.scenario, min(touch.due_at) AS next_at,
           sum(CASE WHEN touch.due_at < $2 THEN 1 ELSE 0 END) AS day,
           sum(CASE WHEN touch.due_at < $3 THEN 1 ELSE 0 END) AS week,
           sum(CASE WHEN touch.due_at < $4 THEN 1 ELSE 0 END) AS month
    FROM {given_as(1, "customer TEXT, scenario INTEGER")} AS one
    JOIN touch ON touch.customer = one.customer AND touch.scenario < one.scenario
    WHERE touch.state IN (0, 5) AND touch.receiver = 'customer'
        AND NOT EXISTS (SELECT 1 FROM plan WHERE plan.id = touch.plan AND plan.state = 1)
    GROUP BY one.customer, one.scenario"""

# Somebody else has written for the same occasion, or is about to: of two the first plan goes.
COLLEAGUES = f"""
    SELECT one.customer, one.plan, one.slot, other.member, other.state
    FROM {given_as(1, "customer TEXT, plan TEXT, slot TEXT, scenario INTEGER, member TEXT")} AS one
    JOIN touch AS other ON other.customer = one.customer AND other.slot = one.slot
        AND other.scenario = one.scenario AND other.plan <> one.plan
        AND other.receiver = 'customer' AND other.member NOT IN ('', one.member)
        AND (other.state IN (1, 2) OR other.state = 5 AND other.plan < one.plan)
    ORDER BY other.state DESC, other.seq"""
DAY_S = 86_400
# Occasions that all plans share; a reminder's day is of one matter alone.
SHARED = frozenset({Scenario.HOLIDAY, Scenario.PROMOTION})


class CapLike(Protocol):
    """A cap, as config/caps.toml has it."""

    @property
    def key(self) -> str: ...
    @property
    def span(self) -> Span | None: ...
    @property
    def most(self) -> int: ...
    @property
    def gap_h(self) -> float: ...


def subjects_of(touch: Touch, member: str) -> dict[str, str]:
    """The subjects in table tally that may hold a touch back, by their keys in `Facts.tallies`."""
    keys: Sequence[str] = ("customer", f"customer:{touch.scenario}", "mass", "member")
    if touch.to == "group":
        keys = ("group", "mass")
    return {key: subject_of(key, touch.customer, member or touch.member) for key in keys}


def limits_of(
    touch: Touch, via: Via, caps: Iterable[CapLike], member: str = ""
) -> dict[str, Limit]:
    """The limits of all subjects that a touch counts for on this way, for
    `bot.store.touch.ledger.Claim`.

    A subject without a cap is counted, too, since another profile may have one for it.
    """
    subjects = subjects_of(touch, member)
    if via is Via.STAFF_NOTICE:
        names = ["member"]
    else:
        answers = touch.scenario is Scenario.REPLY
        names = [] if answers else ["customer", f"customer:{touch.scenario.value}"]
        names = ["group"] if touch.to == "group" else names
        names += ["mass"] if via is Via.STAFF_TASK else []
    limits = dict.fromkeys(names, FREE)
    for cap in caps:
        if (known := limits.get(cap.key)) is not None:
            limits[cap.key] = _with(known, cap)
    return {subjects[name]: limit for name, limit in limits.items()}


def _with(limit: Limit, cap: CapLike) -> Limit:
    if cap.span is not None:
        most = min(cap.most, getattr(limit, cap.span))
        limit = limit._replace(**{cap.span: most})
    return limit._replace(gap_s=max(limit.gap_s, cap.gap_h * 3600))


async def facts_of(
    database: Database, ledger: Ledger, touches: Sequence[Touch], now: Present
) -> list[Facts]:
    """The facts of each touch, in the same order."""
    ids = given({touch.customer for touch in touches})
    people = {row["id"]: row for row in await database.rows(PEOPLE, ids)}
    members: dict[str, list[str]] = defaultdict(list)
    for row in await database.rows(CONTACTS, ids):
        members[row["customer"]].append(row["member"])
    off = set[str]()
    if groups := {touch.customer for touch in touches if touch.to == "group"}:
        some = given(groups)
        for row in await database.rows(OWNERS, some):
            members[row["chat_id"]].append(row["owner"])
            if row["off_at"] is not None:
                off.add(row["chat_id"])
    unconfirmed, saying = defaultdict[str, list[int]](list), defaultdict[str, list[str]](list)
    for row in await database.rows(ON_THE_WAY, ids, now.at, Scenario.REPLY.rank):
        saying[row["customer"]].append(row["words"])
        if row["mass"]:
            unconfirmed[row["customer"]].append(row["rank"])
    moving = {row["customer"]: row["owner"] for row in await database.rows(MOVING, ids)}
    sessions = {
        row["customer"]: (row["account"], _session(row))
        for row in await database.rows(SESSIONS, ids)
    }
    said: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in await database.rows(SAID, ids):
        said[row["customer"]].append((row["words"], row["at"]))
    ahead = await _ahead(database, touches, now)
    colleagues = await _colleagues(database, touches)
    first = {one: _first(members[one], people.get(one)) for one in {t.customer for t in touches}}
    subjects = [subjects_of(touch, (*first[touch.customer], "")[0]) for touch in touches]
    tallies = await ledger.tallies({one for some in subjects for one in some.values()}, now)
    return [
        _facts(
            people.get(touch.customer, {}),
            members=first[touch.customer],
            moving_to=moving.get(touch.customer, ""),
            against=GROUP_OFF if touch.customer in off else None,
            account=(kf := sessions.get(touch.customer, ("", None)))[0],
            session=(session := kf[1]),
            staffed=session is not None and session.staffed,
            said_at=_said_at(touch.words, said[touch.customer]),
            unconfirmed=_is_behind(touch, unconfirmed[touch.customer], now.at),
            being_said=any(alike(touch.words, words) for words in saying[touch.customer]),
            ahead=ahead.get((touch.customer, touch.scenario.rank), Ahead()),
            colleague=colleagues.get((touch.customer, touch.plan, touch.slot)),
            tallies={name: tallies[subject] for name, subject in names.items()},
        )
        for touch, names in zip(touches, subjects, strict=True)
    ]


def _is_behind(touch: Touch, ranks: Sequence[int], at: float) -> bool:
    """Whether a touch has to wait for others (`ranks` of their scenarios) that a member has yet to
    confirm.

    It waits for less important ones only if it has more than a day: by then they are confirmed or
    withdrawn. Posts into a group always wait for one another.
    """
    return bool(ranks) and (
        touch.to == "group"
        or min(ranks) <= touch.scenario.rank
        or touch.deadline.timestamp() - at > DAY_S
    )


def _said_at(words: str, said: Iterable[tuple[str, float]]) -> datetime | None:
    """When a customer last got one of these wordings; None: never.

    Args:
        said: the marks of what the customer was told and when (Unix seconds), the latest first.
    """
    found = (at for others, at in said if words and alike(words, others))
    return moment_or_none(next(found, None))


async def _colleagues(
    database: Database, touches: Sequence[Touch]
) -> dict[tuple[str, str, str], Colleague]:
    asked = [
        (touch.customer, touch.plan, touch.slot, touch.scenario.rank, touch.member)
        for touch in touches
        if touch.scenario in SHARED and touch.member and touch.to == "customer"
    ]
    rows = await database.rows(COLLEAGUES, given(asked)) if asked else []
    return {
        (row["customer"], row["plan"], row["slot"]): Colleague(
            member=row["member"], sure=row["state"] != TouchState.CLAIMED
        )
        for row in rows
    }


async def _ahead(
    database: Database, touches: Sequence[Touch], now: Present
) -> dict[tuple[str, int], Ahead]:
    pairs = {(touch.customer, touch.scenario.rank) for touch in touches}
    ends = (now.day_ends, now.week_ends, now.month_ends)
    return {
        (row["customer"], row["scenario"]): Ahead(
            day=row["day"], week=row["week"], month=row["month"], next_at=moment(row["next_at"])
        )
        for row in await database.rows(AHEAD, given(pairs), *ends)
    }


def _facts(person: Mapping[str, Any], **more: Any) -> Facts:
    begin, end = person.get("best_from"), person.get("best_to")
    out = person.get("opted_out_at") is not None
    return Facts(
        zone=person.get("zone", ""),
        opted_out_at=moment_or_none(person.get("opted_out_at")),
        braked_at=moment_or_none(person.get("braked_at")),
        sounds=bool(person.get("opt_out_sounds" if out else "complaint_sounds")),
        free_until=moment_or_none(person.get("free_until")),
        best_hours=None if begin is None or end is None else (begin, end),
        **more,
    )


def _first(members: Sequence[str], person: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The members of a customer; who talked to them last comes first, if they are still one."""
    last = person["member"] if person else ""
    return tuple(sorted(members, key=lambda member: member != last))


def _session(row: Mapping[str, Any]) -> Session:
    return Session(
        heard_at=row["heard_at"],
        sent=row["sent"],
        staffed=bool(row["staffed"]),
        servicer=row["servicer"],
    )
