"""The audit log (操作记录): who did what on the pages. It is only added to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

import orjson

from bot.store.desk.staff import Sight, sight_rows, within
from bot.store.sql import Database, Rows, given, like, literally

NOTE = """
INSERT INTO audit (at, who, act, subject, why, details, changes)
VALUES ($1, $2, $3, $4, $5, $6, $7)"""
PAGE = f"""
SELECT seq, at, who, act, subject, why, details, changes FROM audit
WHERE seq < $1 AND {within("who", 2)} AND ($3 = '' OR act = $3) AND ($4 = '' OR who = $4)
    AND at >= $6 AND at < $7
    AND (CAST($8 AS TEXT) = '' OR {like("subject || ' ' || why || ' ' || details", "$8")}
        OR subject IN (SELECT value FROM texts($9))
        OR subject IN (SELECT id FROM customer WHERE {like("name", "$8")})
        OR subject IN (SELECT chat_id FROM chat_group WHERE {like("name", "$8")}))
ORDER BY seq DESC LIMIT $5"""
OF = f"""
SELECT seq, at, who, act, why, details FROM audit
WHERE subject = $1 AND act LIKE $2 AND {within("who", 3)} ORDER BY seq DESC LIMIT $4"""
ACTS = "SELECT DISTINCT act FROM audit ORDER BY act"
LAST, EVER = 2**62, 1e12


MOST, LONGEST = 40, 1_000  # changes of a deed, and characters of the old or the new


class Changed(NamedTuple):
    """One thing that a deed changed. Its texts may be a stranger's words: show them so."""

    what: str  # "title", "state", "line 12"
    old: str  # "" = it was not there
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    who: str  # userid
    act: str  # "script.approve"
    subject: str  # what it was done to: an id
    why: str = ""
    details: str = ""  # more of it, for people
    changes: Sequence[Changed] = ()


async def note(database: Database, deeds: Sequence[Deed], at: float) -> None:
    """Keep what was done at `at` (Unix seconds)."""
    for deed in deeds:
        await database.change(
            NOTE, at, deed.who, deed.act, deed.subject, deed.why, deed.details,
            _kept(deed.changes),
        )  # fmt: skip


def _kept(changes: Sequence[Changed]) -> str:
    kept = [[one.what, _cut(one.old), _cut(one.new)] for one in changes[:MOST]]
    return orjson.dumps(kept).decode() if kept else ""


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def changes_of(row: Mapping[str, object]) -> list[Changed]:
    """The changes of a deed, from its row of `page`."""
    return [Changed(*one) for one in orjson.loads(str(row["changes"]) or "[]")]


def fields_changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[Changed]:
    """The fields that differ between two records, in the order of `new`."""
    names = dict.fromkeys([*new, *old])
    return [
        Changed(name, old.get(name, ""), new.get(name, ""))
        for name in names
        if old.get(name, "") != new.get(name, "")
    ]


def lines_changed(old: str, new: str) -> list[Changed]:
    """Which lines of a file were replaced by which, named by the number of the first old one."""
    before, after = old.splitlines(), new.splitlines()
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [
        Changed(f"line {start + 1}", "\n".join(before[start:end]), "\n".join(after[first:last]))
        for tag, start, end, first, last in matcher.get_opcodes()
        if tag != "equal"
    ]


async def page(
    database: Database, sight: Sight, *, before: int = LAST, act: str = "", who: str = "",
    days: tuple[float, float] = (0.0, EVER), words: str = "", called: Iterable[str] = (),
    limit: int = 50,
) -> Rows:  # fmt: skip
    """The latest deeds before number `before`, of those people whom `sight` lets see.

    Args:
        act: only this one; "": any.
        who: only of this userid; "": of anybody.
        days: from, to (exclusive), in Unix seconds.
        words: only deeds with these words in the subject or its name, the reason or the details.
        called: more subjects whose names have these words.
    """
    return await database.rows(
        PAGE, before, sight_rows(sight), act, who, limit, *days,
        f"%{literally(words)}%" if words else "", given(called),
    )  # fmt: skip


async def of(database: Database, subject: str, thing: str, sight: Sight, limit: int) -> Rows:
    """The latest `limit` deeds that were done to `subject`.

    Args:
        thing: what the subject is: of a "plan" the acts are plan.pause, plan.stop …
    """
    return await database.rows(OF, subject, f"{thing}.%", sight_rows(sight), limit)
