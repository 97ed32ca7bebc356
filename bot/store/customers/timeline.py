"""Lists all that happened between a customer and us, the newest first, page by page."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from bot.reasons import Why, explain
from bot.store.customers.people import MOVED
from bot.store.customers.talk import CONVERSATIONS, SEEN, TO_CUSTOMERS, Speaker, is_same
from bot.store.models import MessageState
from bot.store.records import WAITING, said_in, text_of
from bot.store.sql import Database, given
from bot.store.states import TouchState

LAST = 1e18  # Unix seconds: after all others
NONE_BELOW, ALL_BELOW = -1, 2**62


class What(StrEnum):
    """What an entry tells of. FILTERS groups these for the page."""

    HEARD = "heard"  # by the customer
    STAFF = "staff"  # by a member, by hand
    SAID = "said"  # by the program
    TOUCH = "touch"  # sent or held back
    SIGNAL = "signal"  # told by the shop
    CONTACT = "contact"  # a member and they got or lost each other
    TAG = "tag"  # since when they have it
    NOTE = "note"
    BRAKE = "brake"  # put on or lifted
    DEED = "deed"  # of a person, on the pages
    STAGE = "stage"  # came into it


FILTERS: Mapping[str, frozenset[What]] = {
    "": frozenset(What),
    "talk": frozenset({What.HEARD, What.STAFF, What.SAID}),
    "touch": frozenset({What.TOUCH, What.BRAKE}),
    "note": frozenset({What.NOTE}),
    "more": frozenset({What.SIGNAL, What.CONTACT, What.TAG, What.STAGE, What.DEED}),
}
KINDS = {  # of events
    "MessageReceived": What.HEARD,
    "StaffReplied": What.STAFF,
    "StaffSent": What.STAFF,
    "SignalReceived": What.SIGNAL,
    "CustomerAdded": What.CONTACT,
    "CustomerLost": What.CONTACT,
    "CustomerMissed": What.CONTACT,
}
SPEAKERS: Mapping[What, Speaker] = {
    What.HEARD: "customer", What.STAFF: "staff", What.SAID: "bot",
}  # fmt: skip
# Each: $1 the customer, $2 and $3 the place after which the page begins, $4 how many.
_AFTER = "({at} < $2 OR {at} = $2 AND seq < $3)"
EVENTS = f"""
SELECT seq, received_at AS at, kind, body, conversation, decision FROM event
WHERE conversation IN (SELECT value FROM texts($1))
  AND kind IN (SELECT value FROM texts($5))
  AND {_AFTER.format(at="received_at")} ORDER BY received_at DESC, seq DESC LIMIT $4"""
MESSAGES = f"""
SELECT seq, created_at AS at, script, body, state,
       (SELECT max(plan) FROM touch
        WHERE touch.customer = $6 AND touch.task = message.event_id AND task <> '') AS plan
FROM message
WHERE conversation IN (SELECT value FROM texts($1))
  AND via IN (SELECT value FROM texts($5)) AND {SEEN}
  AND {_AFTER.format(at="created_at")} ORDER BY created_at DESC, seq DESC LIMIT $4"""
# One that went out as a message of ours is told as that.
TOUCHES = f"""
SELECT seq, settled_at AS at, plan, script, member, state, rule, zh, en FROM touch
WHERE customer = $1 AND state IN (2, 3, 4) AND {_AFTER.format(at="settled_at")}
  AND NOT EXISTS (SELECT 1 FROM message WHERE message.event_id = touch.task AND touch.task <> '')
ORDER BY settled_at DESC, seq DESC LIMIT $4"""
BRAKES = f"""
SELECT seq, at, kind, active, who, why, sounds FROM brake_step
WHERE customer = $1 AND {_AFTER.format(at="at")} ORDER BY at DESC, seq DESC LIMIT $4"""
NOTES = f"""
SELECT seq, at, who, text FROM note
WHERE customer = $1 AND deleted_at IS NULL AND {_AFTER.format(at="at")}
ORDER BY at DESC, seq DESC LIMIT $4"""
TAGS = f"""
SELECT seq, at, name FROM customer_date AS has
WHERE customer = $1 AND name LIKE 'tag:%' AND {_AFTER.format(at="at")}
  AND NOT EXISTS (SELECT 1 FROM audit WHERE audit.subject = $1 AND audit.act = 'customer.tag'
                  AND 'tag:' || audit.details = has.name AND abs(audit.at - has.at) < 60)
ORDER BY at DESC, seq DESC LIMIT $4"""
DEEDS = f"""
SELECT seq, at, who, act, why, details FROM audit
WHERE subject = $1 AND (act LIKE 'customer.%' OR act LIKE 'todo.%'
    OR act IN ('complaint.answer', 'complaint.close'))
  AND NOT (act = 'customer.stage' AND EXISTS (
    SELECT 1 FROM stage_step AS s WHERE s.customer = $1 AND abs(s.at - audit.at) < 60))
  AND {_AFTER.format(at="at")}
ORDER BY at DESC, seq DESC LIMIT $4"""

STAGES = f"""
SELECT seq, at, before, stage, held, who, zh, en FROM stage_step
WHERE customer = $1 AND {_AFTER.format(at="at")} ORDER BY at DESC, seq DESC LIMIT $4"""


class Place(NamedTuple):
    """Where a page goes on: after this entry. `source` is the rank of its table in `timeline`."""

    at: float = LAST
    source: int = 99
    seq: int = ALL_BELOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that happened. `text`, `zh` and `en` may be a stranger's words: show them so."""

    place: Place
    what: What
    who: str = ""  # userid of a member
    text: str = ""  # what was said or written
    plan: str = ""  # of a touch, and of a message that went out by one
    title: str = ""  # kind of a signal, act of a deed, kind of a brake, id of a script
    # Of a message or a touch; "on", "sounds" or "off" of a brake; "added" or "lost".
    state: str = ""
    zh: str = ""  # why it is in this state
    en: str = ""
    details: Mapping[str, Any] | None = None  # of a signal
    sidebar: bool = False  # a page of ours told it, not WeCom

    @property
    def at(self) -> float:
        return self.place.at

    @property
    def speaker(self) -> Speaker | None:
        """Who said it; None: nothing was said."""
        return SPEAKERS.get(self.what)


Read = Callable[[Place, Mapping[str, Any]], Entry]


async def timeline(
    database: Database, customer: str, *, whats: Collection[What] = frozenset(What),
    after: Place | None = None, number: int = 20,
) -> tuple[list[Entry], Place | None]:  # fmt: skip
    """A page of entries, and after which one the next page begins; None: this is the last page.

    Args:
        whats: only entries of these kinds.
        after: what the page before returned; None: the first page.
    """
    place, found = after or Place(), list[Entry]()
    names = {row["name"] for row in await database.rows(CONVERSATIONS, customer)}
    talks = given((*names, f"signal:{customer}"))
    kinds = [kind for kind, what in KINDS.items() if what in whats]
    sources: Sequence[
        tuple[str, str, list[str], bool, Read]
    ] = (  # their order decides between those of one moment
        (EVENTS, talks, [given(kinds)], bool(kinds), _event),
        (MESSAGES, talks, [TO_CUSTOMERS, customer], What.SAID in whats, _message),
        (TOUCHES, customer, [], What.TOUCH in whats, _touch),
        (BRAKES, customer, [], What.BRAKE in whats, _brake),
        (TAGS, customer, [], What.TAG in whats, _tag),
        (DEEDS, customer, [], What.DEED in whats, _deed),
        (NOTES, customer, [], What.NOTE in whats, _note),
        (STAGES, customer, [], What.STAGE in whats, _stage),
    )
    for rank, (text, whose, more, wanted, entry) in enumerate(sources):
        if not wanted:
            continue
        below = place.seq if rank == place.source else ALL_BELOW
        below = NONE_BELOW if rank > place.source else below
        rows = await database.rows(text, whose, place.at, below, number + 1, *more)
        found += (entry(Place(row["at"], rank, row["seq"]), row) for row in rows)
    found.sort(key=lambda one: one.place, reverse=True)
    page = found[:number]
    return _once(page), page[-1].place if len(found) > number else None


def _event(place: Place, row: Mapping[str, Any]) -> Entry:
    body = orjson.loads(row["body"])
    what = KINDS[row["kind"]]
    if what is What.SIGNAL:
        return Entry(place=place, what=what, title=body["kind"], details=body.get("details") or {})
    contact = {"CustomerAdded": "added", "CustomerLost": "lost", "CustomerMissed": "missed"}
    state = contact.get(row["kind"], "sent")
    if state == "lost" and body.get("by_customer"):
        state = "deleted"
    if state == "lost" and body.get("source") == MOVED:
        state = "moved"
    who = "" if what is What.HEARD else str(body.get("servicer") or body.get("member") or "")
    why = _why(row, body) if what is What.HEARD or state == "missed" else None
    return Entry(
        place=place, what=what, who=who, text=text_of(body), title=body.get("script", ""),
        state=state, zh=why.zh if why else "", en=why.en if why else "",
        sidebar=row["kind"] == "StaffSent",
    )  # fmt: skip


def _why(row: Mapping[str, Any], body: Mapping[str, Any]) -> Why:
    if row["decision"] is None:
        return WAITING
    return explain(row["kind"], body, orjson.loads(row["decision"]))


def _message(place: Place, row: Mapping[str, Any]) -> Entry:
    return Entry(
        place=place, what=What.SAID, title=row["script"],
        text=said_in(orjson.loads(row["body"])),
        state=MessageState(row["state"]).name.lower(), plan=row["plan"] or "",
    )  # fmt: skip


def _touch(place: Place, row: Mapping[str, Any]) -> Entry:
    return Entry(
        place=place, what=What.TOUCH, who=row["member"], plan=row["plan"], title=row["script"],
        state=TouchState(row["state"]).name.lower(), zh=row["zh"], en=row["en"],
    )  # fmt: skip


def _brake(place: Place, row: Mapping[str, Any]) -> Entry:
    return Entry(
        place=place, what=What.BRAKE, who=row["who"], text=row["why"], title=row["kind"],
        state=("sounds" if row["sounds"] else "on") if row["active"] else "off",
    )  # fmt: skip


def _tag(place: Place, row: Mapping[str, Any]) -> Entry:
    return Entry(place=place, what=What.TAG, text=row["name"].removeprefix("tag:"))


def _deed(place: Place, row: Mapping[str, Any]) -> Entry:
    return Entry(
        place=place, what=What.DEED, who=row["who"], title=row["act"], text=row["details"],
        zh=row["why"], en=row["why"],
    )  # fmt: skip


def _note(place: Place, row: Mapping[str, Any]) -> Entry:
    return Entry(place=place, what=What.NOTE, who=row["who"], text=row["text"])


def _stage(place: Place, row: Mapping[str, Any]) -> Entry:
    return Entry(
        place=place, what=What.STAGE, who=row["who"], text=row["before"], title=row["stage"],
        state="held" if row["held"] else "", zh=row["zh"], en=row["en"],
    )  # fmt: skip


def _once(entries: list[Entry]) -> list[Entry]:
    """The entries without those that tell of the same message again; the older one, which names
    the script, stays."""
    kept: list[Entry] = []
    for one in reversed(entries):
        if not any(is_same(one, other) for other in kept):
            kept.append(one)
    return kept[::-1]
