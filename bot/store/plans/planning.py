"""Puts a message for every customer of a segment into the table, each at a moment of their own.

A million customers are never a million objects here: they are read in the order of the table, in
portions after each of which the writer is free again within a tenth of a second. Planning again
adds nothing, so an interrupted plan is simply planned again.

A hash of their id gives each customer a place in a window. Many customers are first divided into
blocks, each with a part of the window: neighbours in the table are then neighbours in the index of
what is due. Scattered over that index, a statement would rewrite most of it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.clock import Clock
from bot.plans.condition import Condition
from bot.store.plans.spread import SPREAD, spread_of
from bot.store.sql import Database, Rows, given, given_as, one_number
from bot.touch.touch import Receiver, Scenario

# WeCom is busiest around full and half hours: these minutes after them are left out.
HALF_HOUR_S, BUSY_S = 1800, 180
CALM_S = HALF_HOUR_S - BUSY_S
HELD_S = 0.05  # a statement should take about so long where there is one writer (SQLite)
SHARED_S = 0.5  # and where others may write meanwhile
FEWEST, USUAL, MOST = 250, 5_000, 20_000  # customers a statement
BLOCK = 8_192  # customers that share a part of the window, or up to twice as many

NEXT = """
    SELECT max(id) AS id, count(*) AS n
    FROM (SELECT id FROM customer WHERE id > $1 ORDER BY id LIMIT $2) AS chunk"""
COUNT = """
    SELECT count(*) AS n FROM customer"""
CLOCKS = """
    SELECT DISTINCT zone, coalesce(best_from, -1) AS best_from, coalesce(best_to, -1) AS best_to
    FROM customer WHERE id > $1 AND id <= $2"""
MEMBERS = """
    SELECT DISTINCT zone, member FROM customer WHERE id > $1 AND id <= $2"""
# A place in the window counts calm seconds only; `first` is such a number, too.
SHARE = f"((CAST($4 AS INTEGER) * {SPREAD} + c.spread) / CAST($5 AS INTEGER))"
_OPENING = given_as(
    3,
    "zone TEXT, best_from INTEGER, best_to INTEGER, member TEXT, low INTEGER, high INTEGER, "
    "first BIGINT, span BIGINT, deadline DOUBLE PRECISION",
)
PLAN = f"""
    WITH opening AS MATERIALIZED {_OPENING},
    chosen AS (
        SELECT c.id, c.member, o.deadline,
               o.first + ({SHARE} - o.low) * o.span / (o.high - o.low) AS place,
               %s AS choice
        FROM customer AS c CROSS JOIN opening AS o
        WHERE c.id > $1 AND c.id <= $2 AND o.zone = c.zone AND %s
            AND {SHARE} >= o.low AND {SHARE} < o.high AND (%s))
    INSERT INTO touch (plan, customer, slot, scenario, script, words, member, receiver,
                       due_at, deadline)
    SELECT CAST($6 AS TEXT), id, CAST($7 AS TEXT), CAST($8 AS INTEGER), %s, %s, member,
           CAST($9 AS TEXT), place / {CALM_S} * {HALF_HOUR_S} + {BUSY_S} + place %% {CALM_S},
           deadline
    FROM chosen WHERE choice >= 0
    ON CONFLICT (customer, plan, slot) DO NOTHING"""
BY_HOURS = "o.best_from = coalesce(c.best_from, -1) AND o.best_to = coalesce(c.best_to, -1)"
BY_MEMBER = "o.member = c.member"


class Opening(NamedTuple):
    """A span in which a message may go out; Unix seconds, the end exclusive."""

    start: float
    end: float


# Zone ("" = the company's) and best hours of customers → when it may go out to them, in order.
Openings = Callable[[str, tuple[int, int] | None], Sequence[Opening]]
# Zone of customers → until when it is worth sending, in Unix seconds; None: it is over.
Deadline = Callable[[str], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A script and whom it is for; a customer gets the first choice that means them."""

    whom: Condition
    script: str
    words: str = ""  # digest of what is said


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One occasion of a plan: whom it means, what is said to them, and when."""

    plan: str
    slot: str
    scenario: Scenario
    to: Receiver = "customer"
    whom: Condition
    say: Sequence[Choice]
    openings: Openings
    start: float  # for those for whom nothing opens: the policy tells them why; Unix seconds
    deadline: Deadline
    together: bool = False  # all customers of a member at one moment: it is one mass message


class Planner:
    """Plans slots for all customers.

    Args:
        clock: measures how long statements take. On a manual one they take no time, so they only
            grow.
        at_once: customers in the first statement.
        block: customers in a block at least, if there are so many.
    """

    def __init__(
        self, database: Database, clock: Clock, *, at_once: int = USUAL, block: int = BLOCK
    ) -> None:
        self._database, self._clock = database, clock
        self._at_once, self._block = at_once, block

    async def plan(self, slots: Iterable[Slot]) -> int:
        """Go through the customers once for all slots.

        Returns:
            How many messages are planned that were not before.
        """
        if not (wanted := [_Wanted(slot) for slot in slots]):
            return 0
        after, size, planned = "", self._at_once, 0
        held_s = SHARED_S if self._database.postgres else HELD_S
        blocks = _Blocks(await one_number(self._database, COUNT), self._block)
        follow = True  # where there were as many as we asked for, others may follow
        while follow:
            size = min(size, blocks.left)
            (chunk,) = await self._database.rows(NEXT, after, size)
            if not chunk["n"]:
                break
            follow, upto, took_s = chunk["n"] == size, str(chunk["id"]), 0.0
            clocks = {
                together: await self._database.rows(MEMBERS if together else CLOCKS, after, upto)
                for together in {one.slot.together for one in wanted}
            }
            for one in wanted:
                if not (rows := one.rows(clocks[one.slot.together])):  # it is over for all of them
                    continue
                begun = self._clock.timestamp()
                planned += await self._database.change(
                    one.text, after, upto, given(rows), blocks.present, blocks.number, *one.values
                )
                took_s = max(took_s, self._clock.timestamp() - begun)
            blocks.passed += size
            size = _sized(size, took_s, held_s)
            after = upto
        return planned


@dataclass(slots=True)
class _Blocks:
    """Blocks, and how far we are. Their number changes only when that of customers doubles."""

    customers: int
    least: int
    passed: int = 0

    @property
    def number(self) -> int:
        return 1 << max(0, (self.customers // self.least).bit_length() - 1)

    @property
    def present(self) -> int:
        return min(self.passed * self.number // max(1, self.customers), self.number - 1)

    @property
    def left(self) -> int:
        """How many customers come until the next block begins."""
        if self.present == self.number - 1:
            return MOST
        ends = -(-(self.present + 1) * self.customers // self.number)
        return ends - self.passed


def _sized(size: int, took_s: float, held_s: float) -> int:
    """Adjust the portion so that the writer is held for about as long as intended."""
    fitting = size * held_s / took_s if took_s > 0 else MOST
    return int(max(FEWEST, min(MOST, 2 * size, fitting)))


class _Wanted:
    """A slot, its statement, and the openings of all clocks so far, each asked for once."""

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
        self.text, self.values = _statement(slot)
        self._known: dict[tuple[str, int, int, str], list[tuple[Any, ...]]] = {}

    def rows(self, clocks: Rows) -> list[tuple[Any, ...]]:
        """The rows of table `opening` (statement PLAN) for some customers; none: it is over for
        all of them.

        Args:
            clocks: their zones, with best hours or members.
        """
        found: list[tuple[Any, ...]] = []
        for row in clocks:
            key = (
                row["zone"], row.get("best_from", -1), row.get("best_to", -1),
                row.get("member", ""),
            )  # fmt: skip
            if key not in self._known:
                until = self.slot.deadline(key[0])
                opened = self._open(*key) if until is not None else ()
                self._known[key] = [(*key, *rest, until) for rest in opened]
            found += self._known[key]
        return found

    def _open(
        self, zone: str, best_from: int, best_to: int, member: str
    ) -> Iterable[tuple[int, int, int, int]]:
        spans = spans_of(self.slot, zone, best_from, best_to)
        if not self.slot.together and spans[0][1]:
            return _shares(spans)
        return [(0, SPREAD, place_of(spans, spread_of(member)), 0)]


Spans = Sequence[tuple[int, int]]  # the first of its calm seconds, and how many


def spans_of(slot: Slot, zone: str, best_from: int = -1, best_to: int = -1) -> Spans:
    """When a slot may go out to customers of this zone with these best hours; one span without
    length if never."""
    opened = slot.openings(zone, None if best_from < 0 else (best_from, best_to))
    spans = [(_calm(one.start), _calm(one.end)) for one in opened]
    spans = [(first, last - first) for first, last in spans if last > first]
    return spans or [(_calm(slot.start), 0)]


def place_of(spans: Spans, spread: int) -> int:
    """The calm second at which it goes out to a customer with this spread."""
    if not spans[0][1]:
        return spans[0][0]
    low, high, first, length = next(one for one in _shares(spans) if one[1] > spread)
    return first + (spread - low) * length // (high - low)


def moment_of(place: int) -> float:
    """The moment of a calm second in Unix seconds, as the statement PLAN reckons it."""
    halves, rest = divmod(place, CALM_S)
    return float(halves * HALF_HOUR_S + BUSY_S + rest)


def _calm(moment: float) -> int:
    """How many calm seconds were before a moment (Unix seconds)."""
    halves, rest = divmod(int(moment), HALF_HOUR_S)
    return halves * CALM_S + max(0, rest - BUSY_S)


def _shares(spans: Spans) -> Iterable[tuple[int, int, int, int]]:
    """Which spreads belong to which span, in proportion to its length: (low, high exclusive, first
    calm second, length)."""
    total, before = sum(length for _, length in spans), 0
    for first, length in spans:
        low = before * SPREAD // total
        before += length
        if (high := before * SPREAD // total) > low:
            yield low, high, first, length


def _statement(slot: Slot) -> tuple[str, list[Any]]:
    """The statement that plans a slot for a chunk of customers, and its values from $6 on."""
    values: list[Any] = [slot.plan, slot.slot, slot.scenario.rank, slot.to]

    def marked(condition: Condition) -> str:
        pieces = condition.sql.split("?")
        first = len(values) + 6
        values.extend(condition.values)
        marks = [f"${first + number}" for number in range(len(pieces) - 1)]
        return "".join(part for pair in zip(pieces, [*marks, ""], strict=True) for part in pair)

    def told(words: Sequence[str]) -> str:
        cases = []
        for number, text in enumerate(words):
            values.append(text)
            cases.append(f"WHEN {number} THEN CAST(${len(values) + 5} AS TEXT)")
        return f"CASE choice {' '.join(cases)} END"

    cases = (f"WHEN {marked(one.whom)} THEN {number}" for number, one in enumerate(slot.say))
    choice = f"CASE {' '.join(cases)} ELSE -1 END"
    join = BY_MEMBER if slot.together else BY_HOURS
    whom = marked(slot.whom)
    scripts, words = told([one.script for one in slot.say]), told([one.words for one in slot.say])
    return PLAN % (choice, join, whom, scripts, words), values
