"""The stages of customers: judged for many at once, set by people, each change kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from bot.profile.stage import Bounds, Judged, Signs
from bot.store.desk.staff import Sight, sight_rows, theirs
from bot.store.sql import Queries, Rows, Transaction, given


class Held(IntEnum):
    """Who set a stage. The rules never change what others have set."""

    RULES = 0
    SIGNAL = 1  # a rule of config/signals.toml, or what stood there before there were rules
    PERSON = 2


# $1 the customer, $2 the stage, $3 the most by which it may be held now.
_OPEN = "id = $1 AND stage_held <= $3"
_OTHER = f"{_OPEN} AND stage <> $2"
END_DATE = f"""
    DELETE FROM customer_date WHERE customer = $1 AND name LIKE 'stage:%'
        AND EXISTS (SELECT 1 FROM customer WHERE {_OTHER})"""
BEGIN_DATE = f"""
    INSERT INTO customer_date (customer, name, at)
    SELECT id, 'stage:' || CAST($2 AS TEXT), CAST($4 AS DOUBLE PRECISION)
    FROM customer WHERE {_OTHER} AND $2 <> ''"""
STEP = f"""
    INSERT INTO stage_step (customer, before, stage, held, who, zh, en, at)
    SELECT id, stage, CAST($2 AS TEXT), CAST($5 AS SMALLINT), CAST($6 AS TEXT), CAST($7 AS TEXT),
           CAST($8 AS TEXT), CAST($4 AS DOUBLE PRECISION)
    FROM customer WHERE {_OPEN} AND (stage <> $2 OR stage_held <> $5)"""
SET = f"""
    UPDATE customer SET
        stage_at = CASE WHEN stage = $2 THEN stage_at ELSE CAST($4 AS DOUBLE PRECISION) END,
        stage = $2, stage_held = $5, stage_zh = $6, stage_en = $7
    WHERE {_OPEN}"""
# Two processes may hear of the same news: the second one finds it done.
IN_HAND = """
    SELECT id FROM customer WHERE id IN (SELECT value FROM texts($1)) ORDER BY id
    --wait"""
NEXT = """
    SELECT coalesce(max(id), '') AS id
    FROM (SELECT id FROM customer WHERE id > $1 ORDER BY id LIMIT $2) AS chunk"""
_SIGNS = """
    SELECT c.id, c.stage, coalesce(c.added_at, 0) AS added, coalesce(c.heard_at, 0) AS heard,
           coalesce((SELECT d.at FROM customer_date AS d
                     WHERE d.customer = c.id AND d.name = 'bought'), 0) AS bought,
           (SELECT count(*) FROM purchase AS p WHERE p.customer = c.id AND p.at >= $1)
               AS purchases
    FROM customer AS c WHERE {whom}"""
SIGNS = _SIGNS.format(whom="c.id = $2")
# The same as bot.profile.stage.judge.
_STRAY = """
    SELECT * FROM ({signs}) AS one WHERE stage <> CASE
        WHEN added <= 0 AND heard <= 0 AND bought <= 0 THEN ''
        WHEN added < $2 AND heard < $2 AND bought < $2 THEN 'sleeping'
        WHEN purchases >= $3 THEN 'loyal'
        WHEN bought >= $4 THEN 'buying'
        WHEN bought <= 0 AND added >= $5 THEN 'new'
        ELSE 'active' END"""
STRAY = _STRAY.format(signs=_SIGNS.format(whom="c.stage_held = 0 AND c.id > $6 AND c.id <= $7"))
STRAY_AMONG = _STRAY.format(
    signs=_SIGNS.format(whom="c.stage_held = 0 AND c.id IN (SELECT value FROM texts($6))")
)
COUNTS = """
    SELECT stage, count(*) AS n FROM customer AS c
    WHERE stage <> '' {mine} GROUP BY stage ORDER BY n DESC, stage"""
MINE = f"AND c.id IN ({theirs(1)})"
OF = "SELECT stage, stage_at, stage_held, stage_zh, stage_en FROM customer WHERE id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A customer is to be in `stage`.

    Attributes:
        held: who sets it.
        over: the stage is changed if it was set by these or weaker ones; else it stays.
        who: userid; "" = the rules.
        at: Unix seconds.
    """

    customer: str
    stage: str
    held: Held
    over: Held
    who: str = ""
    zh: str = ""
    en: str = ""
    at: float

    def rows(self) -> Iterable[tuple[str, tuple[Any, ...]]]:
        """The statements that make the change, each with its values, in order."""
        whom = (self.customer, self.stage, int(self.over))
        yield END_DATE, whom
        yield BEGIN_DATE, (*whom, self.at)
        yield STEP, (*whom, self.at, int(self.held), self.who, self.zh, self.en)
        yield SET, (*whom, self.at, int(self.held), self.zh, self.en)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The stage of a customer, since when (Unix seconds), who set it and why."""

    stage: str = ""
    at: float | None = None
    held: Held = Held.RULES
    zh: str = ""
    en: str = ""


class Stages(Queries):
    async def change(self, changes: Sequence[Change]) -> None:
        """Make all changes, or none."""
        if not changes:
            return
        texts: dict[str, list[tuple[Any, ...]]] = {}
        for one in changes:
            for text, row in one.rows():
                texts.setdefault(text, []).append(row)

        async def work(transaction: Transaction) -> None:
            await transaction.rows(IN_HAND, given(one.customer for one in changes))
            for text, rows in texts.items():
                await transaction.each(text, rows)

        await self._database.atomic(work)

    async def next(self, after: str, number: int) -> str:
        """The last of the `number` customers that follow `after` by id; "": there is none."""
        (chunk,) = await self._database.rows(NEXT, after, number)
        return str(chunk["id"])

    async def stray(
        self, bounds: Bounds, purchases: int, after: str, upto: str
    ) -> list[tuple[str, Signs]]:
        """Customers from after `after` up to `upto` (ids) who should be in another stage by the
        rules, with what those go by. Stages that others set are left out.

        Args:
            purchases: so many make a customer loyal.
        """
        return _signs(await self._database.rows(STRAY, *_values(bounds, purchases), after, upto))

    async def stray_among(
        self, bounds: Bounds, purchases: int, ids: Iterable[str]
    ) -> list[tuple[str, Signs]]:
        whom = given(ids)
        return _signs(await self._database.rows(STRAY_AMONG, *_values(bounds, purchases), whom))

    async def signs(self, customer: str, bounds: Bounds) -> Signs:
        found = _signs(await self._database.rows(SIGNS, bounds.loyal, customer))
        return found[0][1] if found else Signs()

    async def of(self, customer: str) -> Standing:
        rows = await self._database.rows(OF, customer)
        if not rows:
            return Standing()
        row = rows[0]
        return Standing(
            stage=row["stage"], at=row["stage_at"], held=Held(row["stage_held"]),
            zh=row["stage_zh"], en=row["stage_en"],
        )  # fmt: skip

    async def counts(self, sight: Sight) -> dict[str, int]:
        """How many customers are in each stage, the most frequent first."""
        mine, values = ("", []) if sight is None else (MINE, [sight_rows(sight)])
        rows = await self._database.rows(COUNTS.format(mine=mine), *values)
        return {row["stage"]: row["n"] for row in rows}


def by_rules(customer: str, judged: Judged, at: float) -> Change:
    return Change(
        customer=customer, stage=judged.stage, held=Held.RULES, over=Held.RULES,
        zh=judged.zh, en=judged.en, at=at,
    )  # fmt: skip


def _values(bounds: Bounds, purchases: int) -> tuple[float, float, int, float, float]:
    return (bounds.loyal, bounds.sleeping, purchases, bounds.buying, bounds.new)


def _signs(rows: Rows) -> list[tuple[str, Signs]]:
    return [
        (row["id"], Signs(
            added=row["added"], heard=row["heard"], bought=row["bought"],
            purchases=row["purchases"],
        ))
        for row in rows
    ]  # fmt: skip
