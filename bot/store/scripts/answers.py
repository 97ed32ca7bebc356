"""Lists what customers wrote, with what became of it and why, the newest first, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from bot.reasons import Why, explain
from bot.store.records import LAST, text_of, who_of
from bot.store.scripts.unanswered import AT_ONCE, ENDS
from bot.store.sql import Database, given

_CALLED = "(json(decision) ->> 'handed_over') IS NOT NULL"
_SAID = "(json(decision) ->> 'said') IS NOT NULL"
_ASKED = "coalesce((json(decision) -> 'match') ->> 'band', '') = 'ask'"


class Became(StrEnum):
    """What became of a message, as the overview counts it."""

    SILENT = "silent"
    HANDED_OVER = "handed_over"
    ASKED = "asked"
    ANSWERED = "answered"


_ONLY: Mapping[str, str] = {
    "": "",
    Became.SILENT: f"AND NOT {_CALLED} AND NOT {_SAID}",
    Became.HANDED_OVER: f"AND {_CALLED}",
    Became.ASKED: f"AND NOT {_CALLED} AND {_SAID} AND {_ASKED}",
    Became.ANSWERED: f"AND NOT {_CALLED} AND {_SAID} AND NOT {_ASKED}",
}
# Numbers follow arrival, so the days are found by halves instead of by reading all of the table.
_FROM = "SELECT seq, received_at AS at FROM event WHERE seq >= $1 ORDER BY seq LIMIT 1"
_PAGE = """
SELECT seq, received_at AS at, kind, body, conversation, decision FROM event
WHERE seq >= $1 AND seq < $2 AND kind = 'MessageReceived' AND decision IS NOT NULL {only}
ORDER BY seq DESC LIMIT $3"""
# The pieces of one question were settled together, with one decision.
_WHOLE = """
SELECT e.seq AS seq, e.received_at AS at, e.kind AS kind, e.body AS body,
       e.conversation AS conversation, e.decision AS decision
FROM event AS e JOIN event AS o ON e.conversation = o.conversation AND e.done_at = o.done_at
    AND e.decision = o.decision AND e.kind = o.kind
WHERE o.seq = $1 AND o.kind = 'MessageReceived' ORDER BY e.seq"""
_NAMES = """
SELECT id, name FROM customer
WHERE id IN (SELECT value FROM texts($1))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A customer's message and what became of it. `text`, `asked` and `name` are a stranger's."""

    seq: int
    at: float  # Unix seconds
    who: str  # customer; or member, of a smart bot
    name: str  # "" while it is not known
    channel: str
    text: str
    asked: str  # its words alone, without what came with them
    became: Became
    bar: str  # what decided among the scripts (Decision.bar); "": none was looked for
    why: Why
    scripts: tuple[str, ...]  # that were said


async def answers(
    database: Database, begins: float, ends: float, *,
    only: str = "", before: int = LAST, limit: int = 50,
) -> list[Answer]:  # fmt: skip
    """The messages that came from `begins` to before `ends`, the newest first.

    Args:
        begins, ends: Unix seconds.
        only: what became of them, one of Became; "": anything.
        before: the number of the last one of the page before.
    """
    low, high = await _first(database, begins), min(await _first(database, ends), before)
    text, rows = _PAGE.format(only=_ONLY[only]), list[dict[str, Any]]()
    while high > low and len(rows) < limit:  # in pieces, since what is rare may be anywhere
        piece = max(low, high - AT_ONCE)
        rows += await database.rows(text, piece, high, limit - len(rows))
        high = piece
    return await _answers(database, rows)


async def whole(database: Database, seq: int) -> list[Answer]:
    """The message with this number and the other messages of the same question, in order; none if
    there is no such message, or nothing was decided about it."""
    return await _answers(database, await database.rows(_WHOLE, seq))


async def _answers(database: Database, rows: Sequence[Mapping[str, Any]]) -> list[Answer]:
    bodies = [orjson.loads(row["body"]) for row in rows]
    named = await database.rows(_NAMES, given(who_of(body) for body in bodies))
    names = {row["id"]: row["name"] for row in named}
    return [_answer(row, body, names) for row, body in zip(rows, bodies, strict=True)]


async def _first(database: Database, at: float) -> int:
    """The number of the first event that came at `at` (Unix seconds) or later."""
    [ends] = await database.rows(ENDS)
    low, high = int(ends["first"]), int(ends["last"]) + 1
    while low < high:
        middle = (low + high) // 2
        found = await database.rows(_FROM, middle)
        if found and found[0]["at"] < at:
            low = int(found[0]["seq"]) + 1
        else:
            high = middle
    return low


def _answer(row: Mapping[str, Any], body: dict[str, Any], names: Mapping[str, str]) -> Answer:
    decision, who = orjson.loads(row["decision"]), who_of(body)
    return Answer(
        seq=row["seq"], at=row["at"], who=who, name=names.get(who, ""),
        channel=str(body.get("channel", "")), text=text_of(body),
        asked=str(body.get("text") or body.get("words") or ""), became=_became(decision),
        bar=str((decision.get("match") or {}).get("bar", "")),
        why=explain(row["kind"], body, decision), scripts=tuple(_scripts(decision)),
    )  # fmt: skip


def _became(decision: Mapping[str, Any]) -> Became:
    if decision.get("handed_over") is not None:
        return Became.HANDED_OVER
    if decision.get("said") is None:
        return Became.SILENT
    band = (decision.get("match") or {}).get("band")
    return Became.ASKED if band == "ask" else Became.ANSWERED


def _scripts(decision: Mapping[str, Any]) -> Sequence[str]:
    said = (one.get("script", "") for one in decision.get("said") or ())
    return [one for one in dict.fromkeys(said) if one]
