"""Brakes: nothing is sent unasked to customers who complained or opted out.

It keeps since when, why, and who put a brake on or lifted it. Brakes by what customers write are
put on by store.customers.people, with the outcome of their message.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from bot.store.customers.serving import Reach, called, served
from bot.store.sql import Queries, Source

END = 1e18  # Unix seconds: after all others
FORGOTTEN = "客户要求删除资料"  # why whoever was forgotten, and is still a contact, gets nothing


class BrakeKind(StrEnum):
    COMPLAINT = "complaint"  # nothing goes out until a person lifts it
    OPT_OUT = "opt_out"  # until they want it again


WANT_NOTHING: Mapping[str, tuple[str, str]] = {  # by the rule that holds it back
    "opt_out": ("客户退订或疑似退订", "they want no more messages, or sound so"),
    "complaint": (
        "客户投诉或疑似不满，还没有人解除",
        "they complained or sound so, and nobody has lifted it yet",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrakeStep:
    """A brake is put on, or lifted."""

    customer: str
    kind: BrakeKind
    active: bool  # False: it is lifted
    who: str  # a person's name or userid; "" = the customer, by what they wrote
    why: str  # their words
    at: float  # Unix seconds
    seq: int = 0  # in the order in which they were kept
    sounds: bool = False  # their words only sound so


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """A brake that is on."""

    customer: str
    name: str
    kind: BrakeKind
    since: float  # Unix seconds
    who: str  # as in BrakeStep, of the last time that it was put on
    why: str
    sounds: bool = False  # nothing but a sound has put it on, and nobody has confirmed it

    @property
    def place(self) -> "Place":
        return Place(self.since, self.customer, self.kind)


class Place(NamedTuple):
    """Where a page of brakes goes on: after the one with these values."""

    since: float = END
    customer: str = ""
    kind: str = ""


_COLUMNS = {BrakeKind.COMPLAINT: "braked_at", BrakeKind.OPT_OUT: "opted_out_at"}
TURN = "UPDATE customer SET {column} = CAST($1 AS DOUBLE PRECISION) WHERE id = $2 RETURNING id"
PUT = """
    INSERT INTO brake_step (customer, kind, active, who, why, at, sounds)
    VALUES ($1, $2, $3, $4, $5, $6, $7)"""


def only_sounds(kind: str, customer: str) -> str:
    """SQL: 1 if a brake that is on is so by the sound of words alone, else 0.

    Whatever was said, or confirmed, since it was lifted last counts, whatever came after it.

    Args:
        kind: SQL of it.
        customer: SQL of their id.
    """
    return f"""coalesce((
        SELECT min(heard.sounds) FROM brake_step AS heard
        WHERE heard.customer = {customer} AND heard.kind = {kind} AND heard.seq > coalesce((
            SELECT max(lifted.seq) FROM brake_step AS lifted
            WHERE lifted.customer = {customer} AND lifted.kind = {kind}
              AND lifted.active = 0), 0)), 0)"""


def sounding(customer: str) -> str:
    """SQL: the columns `complaint_sounds` and `opt_out_sounds`, of `only_sounds`; 0 where none is
    on.

    Args:
        customer: the alias of its table.
    """
    return ", ".join(
        f"CASE WHEN {customer}.{column} IS NULL THEN 0 ELSE {sounds} END AS {kind}_sounds"
        for kind, column in _COLUMNS.items()
        for sounds in [only_sounds(f"'{kind}'", f"{customer}.id")]
    )


# Whether it is on, and whether something that nobody has confirmed was heard last.
STANDS = {
    kind: f"""
        SELECT {column} AS since, (
            SELECT sounds FROM brake_step AS step
            WHERE step.customer = customer.id AND step.kind = '{kind}'
            ORDER BY step.seq DESC LIMIT 1) AS sounds
        FROM customer WHERE id = $1"""
    for kind, column in _COLUMNS.items()
}
ONES = " UNION ALL ".join(
    f"SELECT id AS customer, name, '{kind}' AS kind, {column} AS since FROM customer"
    f" WHERE {column} IS NOT NULL"
    for kind, column in _COLUMNS.items()
)
STANDING = f"""
    SELECT one.customer, {called("one.name", "one.customer")} AS name, one.kind,
           one.since,
           coalesce(step.who, '') AS who, coalesce(step.why, '') AS why,
           {only_sounds("one.kind", "one.customer")} AS sounds
    FROM ({ONES}) AS one
    LEFT JOIN brake_step AS step ON step.seq = (
        SELECT max(seq) FROM brake_step
        WHERE customer = one.customer AND kind = one.kind AND active = 1)
    WHERE (CAST($1 AS TEXT) = '' OR one.kind = CAST($1 AS TEXT))
      AND (CAST($2 AS TEXT) = '' OR one.customer = CAST($2 AS TEXT))
      AND (one.since < CAST($3 AS DOUBLE PRECISION)
           OR one.since = CAST($3 AS DOUBLE PRECISION)
              AND (one.customer > CAST($4 AS TEXT)
                   OR one.customer = CAST($4 AS TEXT) AND one.kind > CAST($5 AS TEXT)))
      AND {served("one.customer", 7, 8)}
      AND (CAST($9 AS SMALLINT) = 0 OR {only_sounds("one.kind", "one.customer")} = 1)
    ORDER BY one.since DESC, one.customer, one.kind LIMIT $6"""
STEPS = f"""
    SELECT seq, customer, kind, active, who, why, at, sounds FROM brake_step AS step
    WHERE (CAST($1 AS TEXT) = '' OR customer = CAST($1 AS TEXT))
      AND active <= CAST($2 AS SMALLINT) AND {served("step.customer", 4, 5)}
    ORDER BY seq DESC LIMIT $3"""
# What people did, not customers.
TURNED = """
    SELECT seq, customer FROM brake_step
    WHERE seq > $1 AND at >= $2 AND who <> '' ORDER BY seq"""
EVERYBODY = Reach()


class Brakes(Queries):
    async def turn(self, step: BrakeStep) -> bool | None:
        """Put a brake on, or lift it, and note who did. What only sounds so is confirmed by
        being put on again.

        Returns:
            Whether that changed anything; None: nobody has heard of this customer.
        """
        async with self._database.transaction() as transaction:
            return await turn(transaction, step)

    async def standing(
        self, *, kind: BrakeKind | None = None, customer: str = "", after: Place | None = None,
        number: int = 100, reach: Reach = EVERYBODY, sounds: bool = False,
    ) -> list[Brake]:  # fmt: skip
        """The brakes that are on, the newest first.

        Args:
            kind: only of this kind; None: of any.
            customer: only of this one; "": of all.
            after: `place` of the last one of the page before.
            reach: only of customers whom these serve.
            sounds: only those that are on by a sound alone.
        """
        whose = (kind or "", customer, *(after or Place()), number, *reach.values)
        rows = await self._database.rows(STANDING, *whose, int(sounds))
        return [
            Brake(**{**row, "kind": BrakeKind(row["kind"]), "sounds": bool(row["sounds"])})
            for row in rows
        ]

    async def steps(
        self, *, customer: str = "", number: int = 100, lifted: bool = False,
        reach: Reach = EVERYBODY,
    ) -> list[BrakeStep]:  # fmt: skip
        """The steps by which brakes were put on and lifted, the newest first.

        Args:
            customer: only of this one; "": of all.
            lifted: only those that lifted one.
            reach: only of customers whom these serve.
        """
        values = (customer, 0 if lifted else 1, number, *reach.values)
        return [_step(row) for row in await self._database.rows(STEPS, *values)]


async def turn(source: Source, step: BrakeStep) -> bool | None:
    column = _COLUMNS[step.kind]
    found = await source.rows(STANDS[step.kind], step.customer)
    if not found:
        return None
    stands = found[0]["since"] is not None
    confirms = step.active and stands and found[0]["sounds"] and not step.sounds
    if not confirms:
        if stands == step.active:
            return False
        at = step.at if step.active else None
        await source.rows(TURN.format(column=column), at, step.customer)
    values = (step.customer, step.kind.value, int(step.active), step.who, step.why, step.at)
    await source.rows(PUT, *values, int(step.sounds))
    return True


def _step(row: dict[str, Any]) -> BrakeStep:
    flags = {"active": bool(row["active"]), "sounds": bool(row["sounds"])}
    return BrakeStep(**{**row, **flags, "kind": BrakeKind(row["kind"])})
