"""The codes of channels (渠道活码), and how many customers came by them, wrote and left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.plans.condition import PRACTICE
from bot.store.sql import Queries
from bot.store.states import OWN_CODES

CODES = """
SELECT state, asked_at, config_id, picture, digest, problem, tries, again_at FROM channel_code"""
ASK = """
INSERT INTO channel_code (state, asked_at) VALUES ($1, $2) ON CONFLICT (state) DO NOTHING"""
MADE = """
UPDATE channel_code SET config_id = $1, picture = $2, digest = $3, problem = '', tries = 0,
    again_at = 0 WHERE state = $4"""
GONE = "DELETE FROM channel_code WHERE state = $1"
PROBLEM = "UPDATE channel_code SET problem = $1, tries = $2, again_at = $3 WHERE state = $4"
# Half a day off only where a zone changes its clock: all that counts is which day it was.
_DAY = "CAST(({at}) - $1 AS BIGINT) / 86400"  # whole numbers: both databases cut off alike
# None of a customer's own, and none for practice.
_PLACE = " AND ".join(
    f"substr({{at}}, 1, {len(begin)}) <> '{begin}'" for begin in (OWN_CODES, PRACTICE)
)
CAME = f"""
SELECT k.state, {_DAY.format(at="k.added_at")} AS day, count(*) AS added,
    sum(CASE WHEN k.lost_at IS NOT NULL THEN 1 ELSE 0 END) AS gone,
    sum(CASE WHEN c.heard_at >= k.added_at THEN 1 ELSE 0 END) AS answered
FROM contact AS k JOIN customer AS c ON c.id = k.customer
WHERE k.state <> '' AND {_PLACE.format(at="k.state")} AND k.added_at >= $1 AND k.added_at < $2
GROUP BY 1, 2"""
LOST = f"""
SELECT state, {_DAY.format(at="lost_at")} AS day, count(*) AS lost FROM contact
WHERE state <> '' AND {_PLACE.format(at="state")} AND lost_at >= $1
    AND lost_at < $2 GROUP BY 1, 2"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    state: str
    asked_at: float
    config_id: str
    picture: str
    digest: str  # of what WeCom was told last
    problem: str  # the digest of what WeCom refused last, a space, and its reason; "" = nothing
    tries: int  # that it refused, one after another
    again_at: float  # Unix seconds

    @property
    def why(self) -> str:
        """Why WeCom refused, in its words."""
        return self.problem.partition(" ")[2]

    def refused(self, digest: str) -> bool:
        """Whether what WeCom refused last is what has this digest."""
        return self.problem.startswith(digest)


@dataclass(slots=True, kw_only=True)
class Came:
    """How many customers came by a channel, on one day or on several."""

    added: int = 0
    gone: int = 0  # of those added: have left by now
    answered: int = 0  # of those added: have written since
    lost: int = 0  # left on that day, whenever they had come

    @property
    def silent(self) -> int:
        """How many came and never wrote."""
        return self.added - self.answered

    def add(self, other: "Came") -> None:
        self.added += other.added
        self.gone += other.gone
        self.answered += other.answered
        self.lost += other.lost


class ChannelStore(Queries):
    async def codes(self) -> dict[str, Code]:
        return {row["state"]: Code(**row) for row in await self._database.rows(CODES)}

    async def lost(self, state: str) -> None:
        """Forget a code that was deleted at WeCom: then another one is asked for."""
        await self._database.change(GONE, state)

    async def ask(self, state: str, at: float) -> None:
        """Note, at `at` (Unix seconds), that WeCom is about to be asked for a code."""
        await self._database.change(ASK, state, at)

    async def made(self, state: str, config_id: str, picture: str, digest: str) -> None:
        await self._database.change(MADE, config_id, picture, digest, state)

    async def problem(self, state: str, words: str, tries: int, again_at: float) -> None:
        await self._database.change(PROBLEM, words, tries, again_at, state)

    async def came(self, last: date, days: int, zone: ZoneInfo) -> Mapping[str, dict[date, Came]]:
        """The figures of `days` days up to `last`, by state and day; days without any left out."""
        first = last - timedelta(days=days - 1)
        begin = datetime.combine(first, time(), zone).timestamp()
        end = datetime.combine(last + timedelta(days=1), time(), zone).timestamp()
        found: dict[str, dict[date, Came]] = {}

        def of(row: dict[str, Any]) -> Came:
            day = first + timedelta(days=int(row["day"]))
            return found.setdefault(row["state"], {}).setdefault(day, Came())

        for row in await self._database.rows(CAME, begin, end):
            of(row).add(
                Came(added=row["added"], gone=int(row["gone"]), answered=int(row["answered"]))
            )
        for row in await self._database.rows(LOST, begin, end):
            of(row).add(Came(lost=row["lost"]))
        return found
