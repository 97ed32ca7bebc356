"""Reads and writes handovers (交接). Each change of who has what is one transaction.

A handover has a leaver, a holder, who has everything until somebody takes it, and an item for each
customer and group, with who takes it over. Moments are Unix seconds.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.store.desk.staff import Sight, sight_rows, within
from bot.store.handover.owning import DUE, back, own, take_in
from bot.store.sql import Queries, Source, given, given_as
from bot.store.states import HandoverKind, HandoverState, ItemState

COLUMNS = "id, leaver, kind, holder, words, who, why, begins_at, until, state, ended_at, looked_at"
_ITEM = """item.seq, item.handover, item.kind, item.subject, item.taker, item.owner, item.state,
    item.errcode, item.zh, item.en, item.asked_at, item.next_at, item.at"""
PUT = f"""
    INSERT INTO handover ({COLUMNS})
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, CAST($9 AS DOUBLE PRECISION), 0, NULL, NULL)
    ON CONFLICT DO NOTHING RETURNING id"""
PUT_ITEMS = """
    INSERT INTO handover_item (handover, kind, subject, taker, owner, state, at)
    SELECT CAST($1 AS TEXT), CAST(value ->> 0 AS TEXT), CAST(value ->> 1 AS TEXT),
           CAST(value ->> 2 AS TEXT), CAST(value ->> 2 AS TEXT), 0,
           CAST($2 AS DOUBLE PRECISION)
    FROM given($3) WHERE true ON CONFLICT (handover, subject) DO NOTHING"""
ONE = f"SELECT {COLUMNS} FROM handover WHERE id = $1"
OF = f"SELECT {COLUMNS} FROM handover WHERE leaver = $1 AND state < 3"
ALL = f"""
    SELECT {COLUMNS} FROM handover WHERE {within("leaver", 1)}
    ORDER BY state, begins_at DESC, id LIMIT 100"""
RIPE = f"SELECT {COLUMNS} FROM handover WHERE state = 0 AND begins_at <= $1 ORDER BY begins_at, id"
GOING = f"SELECT {COLUMNS} FROM handover WHERE state IN (1, 2) ORDER BY id"
AT_WORK = f"""
    SELECT {COLUMNS} FROM handover WHERE state IN (1, 2) OR state = 3 AND EXISTS (
        SELECT 1 FROM handover_item AS item WHERE item.handover = handover.id AND item.state = 1)
    ORDER BY id"""
BEGIN = "UPDATE handover SET state = 1 WHERE id = $1 AND state = 0 RETURNING id"
COVER = "UPDATE handover_item SET state = 6, at = $2 WHERE handover = $1 AND state = 0"
PASS_ON = """
    UPDATE handover_item SET owner = (SELECT holder FROM handover
                                      WHERE handover.id = handover_item.handover)
    WHERE owner = CAST($1 AS TEXT) AND state <> 2 AND state <> 7"""
NEW_HOLDER = "UPDATE handover SET holder = $2 WHERE holder = $1 AND state < 3"
_ENDS = given_as(1, "seq BIGINT, state SMALLINT, errcode INTEGER, zh TEXT, en TEXT, owner TEXT")
SETTLE = f"""
    UPDATE handover_item SET state = one.state, errcode = one.errcode, zh = one.zh, en = one.en,
        owner = one.owner, next_at = NULL, at = $2,
        asked_at = CASE WHEN one.state = 1 THEN $2 ELSE asked_at END
    FROM {_ENDS} AS one
    WHERE handover_item.seq = one.seq AND handover_item.state IN (0, 1)"""
PUT_OFF = """
    UPDATE handover_item SET next_at = $2, errcode = $3, zh = $4, en = $5
    WHERE seq IN (SELECT CAST(value ->> 0 AS BIGINT) FROM given($1)) AND state = 0"""
LOSE = """
    UPDATE contact SET lost_at = $1 WHERE member = $2 AND lost_at IS NULL
      AND customer IN (SELECT value FROM texts($3))"""
GAIN = """
    INSERT INTO contact (customer, member, added_at, state)
    SELECT value, CAST($2 AS TEXT), CAST($1 AS DOUBLE PRECISION), ''
    FROM texts($3) WHERE true ON CONFLICT (customer, member) DO UPDATE SET lost_at = NULL"""
SERVED = """
    UPDATE customer SET member = CAST($1 AS TEXT),
        friends = (SELECT count(*) FROM contact
                   WHERE contact.customer = customer.id AND lost_at IS NULL)
    WHERE id IN (SELECT value FROM texts($2))"""
OWNED = """
    UPDATE chat_group SET owner = CAST($1 AS TEXT),
        owner_state = CASE WHEN owner_state = 0 THEN 0 ELSE 3 END
    WHERE chat_id IN (SELECT value FROM texts($2))"""
ITEMS = f"""
    SELECT {_ITEM}, coalesce(customer.name, chat_group.name, '') AS name
    FROM handover_item AS item
    LEFT JOIN customer ON item.kind = 'customer' AND customer.id = item.subject
    LEFT JOIN chat_group ON item.kind = 'group' AND chat_group.chat_id = item.subject
    WHERE item.handover = $1 AND item.seq > $2
      AND (CAST($3 AS INTEGER) < 0 OR item.state = CAST($3 AS INTEGER))
    ORDER BY item.seq LIMIT $4"""
ASKABLE = f"""
    SELECT {_ITEM}, '' AS name FROM handover_item AS item
    WHERE item.handover = $1 AND item.state = 0 AND (next_at IS NULL OR next_at <= $2)
    ORDER BY item.kind, item.taker, item.seq LIMIT $3"""
WAITING = f"""
    SELECT {_ITEM}, '' AS name FROM handover_item AS item
    WHERE item.handover = $1 AND item.state = 1 ORDER BY item.taker, item.seq"""
COUNTS = """
    SELECT handover, state, count(*) AS n FROM handover_item
    WHERE handover IN (SELECT value FROM texts($1))
    GROUP BY handover, state"""
LOOKED = "UPDATE handover SET looked_at = $2 WHERE id = $1"
STATE = "UPDATE handover SET state = $2, ended_at = $3 WHERE id = $1 AND state < $2 RETURNING id"
GIVE_BACK = """
    UPDATE handover_item SET state = 7, at = $3, owner = $2, zh = $4, en = $5
    WHERE handover = $1 AND state NOT IN (1, 2, 7)"""
# They were to see to a customer whom WeCom did not give them, and need not any more.
RELIEVE = """
    UPDATE todo SET done_at = $2 WHERE done_at IS NULL AND EXISTS (
        SELECT 1 FROM handover_item AS item
        WHERE item.handover = $1 AND item.subject = todo.customer AND item.state IN (3, 4, 5)
            AND todo.conversation = 'contact:' || item.taker || ':' || item.subject
            AND NOT EXISTS (
                SELECT 1 FROM contact WHERE contact.customer = item.subject
                    AND contact.member = item.taker AND contact.lost_at IS NULL))"""
TRY_AGAIN = """
    UPDATE handover_item SET state = 0, taker = $2, owner = $2, errcode = 0, zh = '', en = '',
        next_at = NULL, at = $3
    WHERE handover = $1 AND state IN (3, 4, 5) RETURNING subject"""
REOPEN = "UPDATE handover SET state = 1, ended_at = NULL WHERE id = $1 AND state = 2"
STAND_INS = """
    SELECT handover.leaver, item.subject, item.owner FROM handover
    JOIN handover_item AS item ON item.handover = handover.id
    WHERE handover.state IN (1, 2) AND item.owner <> handover.holder"""
NEW_CONTACTS = """
    SELECT customer AS subject FROM contact
    WHERE member = $2 AND lost_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM handover_item AS item
        WHERE item.handover = $1 AND item.subject = contact.customer)
    ORDER BY customer"""
NEW_GROUPS = """
    SELECT chat_id AS subject FROM chat_group
    WHERE owner = $2 AND dismissed_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM handover_item AS item
        WHERE item.handover = $1 AND item.subject = chat_group.chat_id)
    ORDER BY chat_id"""
ENDS = (ItemState.REFUSED, ItemState.FULL, ItemState.IMPOSSIBLE)


def left_of(counts: Counter[ItemState]) -> int:
    """How many customers and groups somebody else has to take over: as long as there are some, a
    handover that is done is not called so."""
    return sum(counts[one] for one in ENDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A row of table handover; the model HandoverRow explains its columns."""

    id: str
    leaver: str
    kind: HandoverKind
    holder: str
    words: str
    who: str
    why: str
    begins_at: float
    until: float | None = None
    state: HandoverState = HandoverState.PLANNED
    ended_at: float | None = None
    looked_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A row of table handover_item (HandoverItemRow), with the name of its customer or group."""

    seq: int
    handover: str
    kind: str  # customer, group
    subject: str
    taker: str
    owner: str
    state: ItemState
    errcode: int
    zh: str
    en: str
    asked_at: float | None
    next_at: float | None
    at: float
    name: str = ""


class Given(NamedTuple):
    """Who is to get what."""

    kind: str  # customer, group
    subject: str  # external_userid, chat_id
    taker: str


class End(NamedTuple):
    """The state that an item gets, and why."""

    item: Item
    state: ItemState
    zh: str = ""
    en: str = ""
    errcode: int = 0


class HandoverTable(Queries):
    async def put(self, one: Handover, items: Sequence[Given], now: float) -> bool:
        """Plan a handover with its items. Returns False if this member hands over already."""
        async with self._database.transaction() as source:
            put = await source.rows(
                PUT, one.id, one.leaver, int(one.kind), one.holder, one.words, one.who, one.why,
                one.begins_at, one.until,
            )  # fmt: skip
            if put:
                await source.rows(PUT_ITEMS, one.id, now, given(map(tuple, items)))
        return bool(put)

    async def begin(self, one: Handover, now: float) -> None:
        """Begin a planned handover: what was the leaver's now belongs to the owners of the items
        or to the holder, and nothing goes out in the leaver's name."""
        async with self._database.transaction() as source:
            if not await source.rows(BEGIN, one.id):
                return
            if one.kind is HandoverKind.COVER:
                await source.rows(COVER, one.id, now)
            await source.rows(PASS_ON, one.leaver)
            await source.rows(NEW_HOLDER, one.leaver, one.holder)
            for other in await source.rows(GOING):
                await own(source, other["id"])
            await take_in(source, one.id, one.leaver, now)

    async def adopt(self, one: Handover, items: Sequence[Given], now: float) -> None:
        """Add what came to the leaver since the handover began: customers and groups as items, and
        reminders, to-dos, complaints and touches."""
        async with self._database.transaction() as source:
            await source.rows(PUT_ITEMS, one.id, now, given(map(tuple, items)))
            if items:
                await source.rows(REOPEN, one.id)
            if one.kind is HandoverKind.COVER:
                await source.rows(COVER, one.id, now)
            await take_in(source, one.id, one.leaver, now)

    async def settle(self, one: Handover, ends: Sequence[End], now: float) -> None:
        """Write what WeCom has made of some items, and all that follows: whose contact or group it
        is, who owns what goes with it, and that touches which waited for this are due."""
        async with self._database.transaction() as source:
            kept = one.leaver if one.state is HandoverState.OVER else one.holder
            rows = [
                (end.item.seq, int(end.state), end.errcode, end.zh, end.en,
                 kept if end.state in ENDS else end.item.taker)
                for end in ends
            ]  # fmt: skip
            await source.rows(SETTLE, given(rows), now)
            taken = [end.item for end in ends if end.state is ItemState.TAKEN]
            for taker in sorted({item.taker for item in taken}):
                mine = [item for item in taken if item.taker == taker]
                await _taken(source, one.leaver, taker, mine, now)
            await own(source, one.id)
            await source.rows(DUE, given(end.item.subject for end in ends), now)

    async def put_off(
        self, items: Sequence[Item], until: float, errcode: int, zh: str, en: str
    ) -> None:
        """Note that WeCom is not to be asked about these items before `until`, and why."""
        seqs = given((item.seq,) for item in items)
        await self._database.change(PUT_OFF, seqs, until, errcode, zh, en)

    async def give_back(self, one: Handover, now: float, zh: str, en: str) -> None:
        """End a handover: what nobody has taken, and WeCom is not still deciding on, is the
        leaver's again."""
        async with self._database.transaction() as source:
            over = int(HandoverState.OVER)
            if not await source.rows(STATE, one.id, over, now):
                return
            await back(source, one.id, one.leaver)
            await source.rows(GIVE_BACK, one.id, one.leaver, now, zh, en)
            await own(source, one.id)
            subjects = await source.rows(
                "SELECT subject FROM handover_item WHERE handover = $1 AND state = 7", one.id
            )
            await source.rows(DUE, given(row["subject"] for row in subjects), now)

    async def try_again(self, one: Handover, taker: str, now: float) -> int:
        """Plan the items that could not be handed over again, for `taker`. Returns how many."""
        async with self._database.transaction() as source:
            await source.rows(RELIEVE, one.id, now)
            again = await source.rows(TRY_AGAIN, one.id, taker, now)
            await source.rows(REOPEN, one.id)
            await own(source, one.id)
        return len(again)

    async def finish(self, one: Handover, now: float) -> None:
        await self._database.rows(STATE, one.id, int(HandoverState.DONE), now)

    async def looked(self, one: Handover, now: float) -> None:
        await self._database.change(LOOKED, one.id, now)

    # ---- reading

    async def get(self, handover: str) -> Handover | None:
        return await self._first(ONE, handover)

    async def of(self, leaver: str) -> Handover | None:
        """The handover by which this member hands over, or will; None: there is none."""
        return await self._first(OF, leaver)

    async def all(self, sight: Sight = None) -> list[Handover]:
        """The handovers by state (planned, running, done, over), the newest first; 100 at most."""
        return await self._some(ALL, sight_rows(sight))

    async def ripe(self, now: float) -> list[Handover]:
        return await self._some(RIPE, now)

    async def going(self) -> list[Handover]:
        """The handovers in which nothing may be sent in the leaver's name: running or done."""
        return await self._some(GOING)

    async def at_work(self) -> list[Handover]:
        """Those of `going`, and those that were called off while WeCom still waits for some
        customers' answers."""
        return await self._some(AT_WORK)

    async def items(
        self, handover: str, *, state: int = -1, after: int = 0, number: int = 100
    ) -> list[Item]:
        """A page of the items of a handover, in order.

        Args:
            state: only items in this ItemState; -1: in any.
            after: `seq` of the last one of the page before.
        """
        rows = await self._database.rows(ITEMS, handover, after, state, number)
        return [_item(row) for row in rows]

    async def askable(self, handover: str, now: float, number: int) -> list[Item]:
        return [_item(row) for row in await self._database.rows(ASKABLE, handover, now, number)]

    async def waiting(self, handover: str) -> list[Item]:
        return [_item(row) for row in await self._database.rows(WAITING, handover)]

    async def counts(self, handovers: Sequence[str]) -> Mapping[str, Counter[ItemState]]:
        found: dict[str, Counter[ItemState]] = {one: Counter() for one in handovers}
        for row in await self._database.rows(COUNTS, given(handovers)):
            found[row["handover"]][ItemState(row["state"])] = row["n"]
        return found

    async def stand_ins(self) -> dict[tuple[str, str], str]:
        """Who stands in: (leaver, customer or group) → its owner, where that is not the holder."""
        rows = await self._database.rows(STAND_INS)
        return {(row["leaver"], row["subject"]): row["owner"] for row in rows}

    async def newly(self, handover: str, leaver: str) -> tuple[list[str], list[str]]:
        """The customers and the groups of `leaver` that are not among a handover's items."""
        customers = await self._database.rows(NEW_CONTACTS, handover, leaver)
        groups = await self._database.rows(NEW_GROUPS, handover, leaver)
        return [row["subject"] for row in customers], [row["subject"] for row in groups]

    async def _first(self, text: str, *values: Any) -> Handover | None:
        found = await self._some(text, *values)
        return found[0] if found else None

    async def _some(self, text: str, *values: Any) -> list[Handover]:
        return [_handover(row) for row in await self._database.rows(text, *values)]


async def _taken(
    source: Source, leaver: str, taker: str, items: Sequence[Item], now: float
) -> None:
    customers = given(item.subject for item in items if item.kind == "customer")
    groups = given(item.subject for item in items if item.kind == "group")
    await source.rows(LOSE, now, leaver, customers)
    await source.rows(GAIN, now, taker, customers)
    await source.rows(SERVED, taker, customers)
    await source.rows(OWNED, taker, groups)


def _handover(row: dict[str, Any]) -> Handover:
    kind, state = HandoverKind(row["kind"]), HandoverState(row["state"])
    return Handover(**{**row, "kind": kind, "state": state})


def _item(row: dict[str, Any]) -> Item:
    return Item(**{**row, "state": ItemState(row["state"])})
