"""How far a round of asking WeCom for all customers has come, and what it found.

The position moves in the same commit as the page of customers before it, so whoever goes on after
a crash has lost nothing and counts nothing twice.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from bot.store.customers.contacts import Find, Kind
from bot.store.sql import Queries, Rows
from bot.store.touch.statements import TouchRows, TouchStatement

_COLUMNS = """seq, begun_at, ended_at, initial, shares, place, cursor, since, total, done,
    added, lost, tagged"""
LAST = f"SELECT {_COLUMNS} FROM sync_round ORDER BY seq DESC LIMIT $1"
ENDED = f"""
SELECT {_COLUMNS} FROM sync_round WHERE ended_at IS NOT NULL ORDER BY seq DESC LIMIT 1"""
BEGIN = """
INSERT INTO sync_round (begun_at, initial, shares) VALUES ($1, $2, $3)"""
SHARE = "UPDATE sync_round SET shares = $1 WHERE seq = $2"
END = "UPDATE sync_round SET ended_at = $1, cursor = '' WHERE seq = $2"
BARE = "UPDATE sync_round SET shares = '[]' WHERE seq < $1 AND ended_at IS NOT NULL"
FORGET = ("DELETE FROM sync_find WHERE at < $1", "DELETE FROM sync_round WHERE begun_at < $1")
FINDS = """
SELECT f.seq, f.customer, f.member, f.kind, f.at, c.name FROM sync_find AS f
LEFT JOIN customer AS c ON c.id = f.customer
WHERE f.round = $1 AND f.seq > $2 AND f.kind <> 'missed' ORDER BY f.seq LIMIT $3"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    seq: int
    begun_at: float
    ended_at: float | None
    initial: bool  # the first one: nothing counts as found
    shares: tuple[tuple[str, ...], ...]  # members whose customers are asked for together
    place: int = 0  # the share that is being read
    cursor: str = ""  # WeCom's, of the next page in it
    since: int = 0  # `done` when this share was begun
    total: int = 0  # `done` at its end
    done: int = 0  # contacts
    added: int = 0
    lost: int = 0
    tagged: int = 0

    @property
    def members(self) -> frozenset[str]:
        """The members whose customers it asks for. Of ended rounds only the last keeps them."""
        return frozenset(member for share in self.shares for member in share)

    @property
    def found(self) -> int:
        return self.added + self.lost + self.tagged

    @property
    def percent(self) -> int:
        """How much of the round is done, 0..100. Every share counts the same: how many contacts
        the others have is not known."""
        if self.ended_at is not None:
            return 100
        size = self.total - self.since
        part = min(1.0, (self.done - self.since) / size) if size > 0 else 0.0
        return int(100 * (self.place + part) / len(self.shares)) if self.shares else 0

    def listed(self, contacts: int) -> "Round":
        """The round when WeCom has said how many contacts the share that begins has."""
        return replace(self, since=self.done, total=self.done + contacts)

    def moved(self, contacts: int, cursor: str) -> "Round":
        """The round after a page of so many contacts; without a cursor it was its share's last."""
        place = self.place if cursor else self.place + 1
        return replace(self, place=place, cursor=cursor, done=self.done + contacts)

    def again(self) -> "Round":
        """The round with the share that is being read begun again."""
        return replace(self, cursor="", done=self.since)

    def found_more(self, finds: Sequence[Find]) -> "Round":
        kinds = Counter(find.kind for find in finds)
        return replace(
            self,
            added=self.added + kinds[Kind.ADDED],
            lost=self.lost + kinds[Kind.LOST],
            tagged=self.tagged + kinds[Kind.TAGS],
        )


class SyncRounds(Queries):
    async def last(self, number: int = 1) -> list[Round]:
        """The last rounds, the newest first."""
        return [_round(row) for row in await self._database.rows(LAST, number)]

    async def ended(self) -> Round | None:
        """The last round that has come to its end; None: none has."""
        rows = await self._database.rows(ENDED)
        return _round(rows[0]) if rows else None

    async def begin(self, at: float, shares: Sequence[Sequence[str]]) -> Round:
        initial = await self.ended() is None
        await self._database.change(BEGIN, at, int(initial), orjson.dumps(shares).decode())
        return (await self.last())[0]

    async def share(self, round_: Round, shares: Sequence[Sequence[str]]) -> Round:
        """Write the shares of a round as they are from now on."""
        await self._database.change(SHARE, orjson.dumps(shares).decode(), round_.seq)
        return replace(round_, shares=tuple(map(tuple, shares)))

    async def end(self, round_: Round, at: float) -> None:
        await self._database.change(END, at, round_.seq)
        await self._database.change(BARE, round_.seq)

    async def finds(self, seq: int, after: int = 0, number: int = 50) -> Rows:
        """Changes that a round found and no event had told of, in order, those after `after` (a
        seq): seq, customer, name, member, kind, at."""
        return await self._database.rows(FINDS, seq, after, number)

    async def forget(self, before: float) -> None:
        """Delete finds and rounds from before that moment."""
        for text in FORGET:
            await self._database.change(text, before)


def rows_of(after: Round, finds: Iterable[Find], at: float) -> TouchRows:
    """Rows that write how far a round has come, and what it found on the way there."""
    return {
        TouchStatement.PUT_ROUNDS: [
            (after.place, after.cursor, after.since, after.total, after.done,
             after.added, after.lost, after.tagged, after.seq)
        ],
        **found_by(after, finds, at),
    }  # fmt: skip


def found_by(round_: Round, finds: Iterable[Find], at: float) -> TouchRows:
    rows = [(round_.seq, find.customer, find.member, find.kind.value, at) for find in finds]
    return {TouchStatement.PUT_FINDS: rows}


def _round(row: dict[str, Any]) -> Round:
    shares = tuple(tuple(share) for share in orjson.loads(row["shares"]))
    return Round(**{**row, "initial": bool(row["initial"]), "shares": shares})
