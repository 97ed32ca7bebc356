"""Who did what on the pages. Only added to."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.store.sql import Database, Rows
from bot.store.staff import Sight, sight_rows, within

NOTE = "INSERT INTO audit (at, who, act, subject, why, details) VALUES ($1, $2, $3, $4, $5, $6)"
PAGE = f"""
SELECT seq, at, who, act, subject, why, details FROM audit
WHERE seq < $1 AND {within("who", 2)} AND ($3 = '' OR act = $3) AND ($4 = '' OR who = $4)
ORDER BY seq DESC LIMIT $5"""
OF = f"""
SELECT seq, at, who, act, why, details FROM audit
WHERE subject = $1 AND act LIKE $2 AND {within("who", 3)} ORDER BY seq DESC LIMIT $4"""
ACTS = "SELECT DISTINCT act FROM audit ORDER BY act"
LAST = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    who: str  # userid
    act: str  # "script.approve"
    subject: str  # what it was done to: an id
    why: str = ""
    details: str = ""  # what changed, for people


async def note(database: Database, deeds: Sequence[Deed], at: float) -> None:
    """Keep what was done at `at` (Unix seconds)."""
    for deed in deeds:
        await database.change(NOTE, at, deed.who, deed.act, deed.subject, deed.why, deed.details)


async def page(
    database: Database, sight: Sight, *, before: int = LAST, act: str = "", who: str = "",
    limit: int = 50,
) -> Rows:  # fmt: skip
    """The latest deeds before `before` (a seq), of those whom `sight` lets see."""
    return await database.rows(PAGE, before, sight_rows(sight), act, who, limit)


async def of(database: Database, subject: str, thing: str, sight: Sight, limit: int) -> Rows:
    """The latest deeds that were done to `subject`.

    Args:
        thing: what it is: "plan" means the acts plan.pause, plan.stop …
    """
    return await database.rows(OF, subject, f"{thing}.%", sight_rows(sight), limit)
