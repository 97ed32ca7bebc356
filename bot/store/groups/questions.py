"""Questions to us in groups, and what became of them.

New ones are written by bot.groups.talk, with the outcome of their message.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from bot.store.customers.serving import called
from bot.store.desk.staff import sight_rows, within
from bot.store.sql import Queries, given, one_number
from bot.store.states import ANSWERS, QuestionState

FIELDS = """
    q.seq, q.id, q.chat_id, q.topic, q.text, q.question, q.askers, q.at, q.last_at, q.script,
    q.state, q.by, q.ended_at, coalesce(g.name, '') AS chat,
    coalesce(g.owner, '') AS owner, coalesce(g.kind, '') AS kind,
    coalesce(t.zh, '') AS failed_zh, coalesce(t.en, '') AS failed_en"""
# Its group, and what became of the mass message in which it was answered.
AROUND = f"""
    LEFT JOIN chat_group AS g ON g.chat_id = q.chat_id
    LEFT JOIN touch AS t ON t.customer = q.chat_id AND t.plan = '{ANSWERS}'
        AND t.slot = q.answer AND t.state IN (3, 4)
        AND t.rule NOT IN ('withdrawn', 'plan_stopped')"""
OPEN = f"""
    SELECT {FIELDS} FROM group_question AS q {AROUND}
    WHERE q.state = 0 AND g.off_at IS NULL AND g.dismissed_at IS NULL
      AND (CAST($1 AS TEXT) = '' OR q.chat_id = CAST($1 AS TEXT))
      AND {within("g.owner", 2)}
    ORDER BY q.at, q.seq LIMIT $3"""
# A group is left alone for a while after its owner was told.
WAITING = f"""
    SELECT {FIELDS} FROM group_question AS q {AROUND}
    WHERE q.state = 0 AND g.off_at IS NULL AND g.dismissed_at IS NULL
      AND q.offered_at IS NULL AND q.at <= $1 AND NOT EXISTS (
        SELECT 1 FROM group_question AS o
        WHERE o.chat_id = q.chat_id AND o.offered_at > CAST($2 AS DOUBLE PRECISION))
    ORDER BY q.chat_id, q.at, q.seq LIMIT 500"""
OFFERED = """
    UPDATE group_question SET offered_at = $1
    WHERE offered_at IS NULL AND id IN (SELECT value FROM texts($2))"""
END = """
    UPDATE group_question SET state = $1, by = $2, ended_at = $3
    WHERE id = $4 AND state = 0 RETURNING id"""
COUNT = f"""
    SELECT count(*) AS n FROM group_question AS q LEFT JOIN chat_group AS g
        ON g.chat_id = q.chat_id
    WHERE q.state = 0 AND g.off_at IS NULL AND g.dismissed_at IS NULL
      AND {within("g.owner", 1)}"""
NAMES = f"""
    SELECT one.value AS who, {called("customer.name", "one.value")} AS name
    FROM texts($1) AS one LEFT JOIN customer ON customer.id = one.value"""
FORGET = """
    DELETE FROM group_question WHERE ended_at < $1 OR (ended_at IS NULL AND last_at < $2)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    customer: str  # external_userid
    name: str  # "" where not known


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupQuestion:
    """A row of table group_question, with its group. Moments are Unix seconds."""

    seq: int
    id: str
    chat_id: str
    chat: str  # the group's name
    owner: str
    kind: str
    topic: str  # the script that it is about, else the question
    text: str
    question: str  # normalised
    askers: tuple[Asker, ...]  # who asked first stands first
    at: float  # when it was asked first
    last_at: float
    script: str  # that is proposed; "" = none
    state: QuestionState
    by: str
    ended_at: float | None
    failed_zh: str  # why an answer to all at once did not go out; "" = none was tried
    failed_en: str

    @property
    def names(self) -> str:
        """The names of all who asked."""
        return "、".join(one.name or "一位群友" for one in self.askers)

    def age_s(self, now: float) -> float:
        return max(0.0, now - self.at)


def folded(asked: Iterable[GroupQuestion]) -> list[tuple[GroupQuestion, ...]]:
    """The questions with those put together that have one topic and one proposed script, in the
    order in which they were given."""
    found: dict[tuple[str, str], list[GroupQuestion]] = {}
    for one in asked:
        found.setdefault((one.topic, one.script), []).append(one)
    return [tuple(some) for some in found.values()]


class GroupQuestions(Queries):
    async def open(
        self, *, chat_id: str = "", owners: Collection[str] | None = None, limit: int = 100
    ) -> list[GroupQuestion]:
        """The open questions, the oldest first, without those of groups that are dismissed or in
        which the bot is switched off.

        Args:
            chat_id: only of this group; "": of all.
            owners: only of the groups of these members; None: of all.
        """
        return await self._read(OPEN, chat_id, sight_rows(owners), limit)

    async def count(self, owners: Collection[str] | None) -> int:
        """How many questions `open` would find in groups of these members; None: of all."""
        return await one_number(self._database, COUNT, sight_rows(owners))

    async def waiting(self, before: float, cool: float) -> list[GroupQuestion]:
        """Open questions of which a group's owner is to be told now, group by group: asked not
        after `before`, in groups whose owner was told of none since `cool` (Unix seconds)."""
        return await self._read(WAITING, before, cool)

    async def offered(self, ids: Iterable[str], at: float) -> None:
        """Note that the owner was told of these questions."""
        await self._database.rows(OFFERED, at, given(ids))

    async def answer(self, one: str, who: str, at: float) -> bool:
        """Note that somebody has answered a question. Returns False if it was not open."""
        return await self._end(one, QuestionState.ANSWERED, who, at)

    async def drop(self, one: str, who: str, at: float) -> bool:
        """Note that a question needs no answer. Returns False if it was not open."""
        return await self._end(one, QuestionState.DROPPED, who, at)

    async def _read(self, statement: str, *values: Any) -> list[GroupQuestion]:
        """Whoever asks as soon as they are in the group may be known by name only later."""
        rows = await self._database.rows(statement, *values)
        asked = [orjson.loads(row["askers"]) for row in rows]
        nameless = {who for askers in asked for who, name in askers if not name}
        found = await self._database.rows(NAMES, given(nameless)) if nameless else []
        names = {row["who"]: row["name"] for row in found}
        return [
            GroupQuestion(**{
                **row, "state": QuestionState(row["state"]),
                "askers": tuple(
                    Asker(customer=who, name=name or names.get(who, "")) for who, name in askers
                ),
            })
            for row, askers in zip(rows, asked, strict=True)
        ]  # fmt: skip

    async def _end(self, one: str, state: QuestionState, who: str, at: float) -> bool:
        return bool(await self._database.rows(END, int(state), who, at, one))

    async def forget(self, ended: float, asked: float) -> None:
        """Delete questions that ended before `ended`, and open ones that nobody has asked since
        `asked` (Unix seconds)."""
        await self._database.rows(FORGET, ended, asked)
