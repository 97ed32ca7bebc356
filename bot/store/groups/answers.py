"""Answers to questions in groups, collected into one mass message (企业群发) that the groups'
owner confirms. Each of its groups is one touch, so caps and results are those of all touches."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.store.desk.staff import sight_rows, within
from bot.store.sql import Queries, given
from bot.store.states import ANSWERS, TouchState
from bot.touch.touch import Scenario, Touch

SCRIPT = "system/group_answers"  # the frame around the words
OPEN = """
    UPDATE group_question SET state = 3, answer = $1, by = $2
    WHERE state = 0 AND id IN (SELECT value FROM texts($3))
      AND chat_id IN (SELECT chat_id FROM chat_group WHERE owner = $4)
    RETURNING chat_id"""
PUT = """
    INSERT INTO group_answer (id, owner, who, words, at, until)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING RETURNING id"""
PLANNED = """
    INSERT INTO touch (plan, customer, slot, scenario, script, words, member, receiver, due_at,
                       deadline)
    SELECT DISTINCT CAST($1 AS TEXT), chat_id, answer, CAST($2 AS INTEGER), CAST($3 AS TEXT), '',
           CAST($4 AS TEXT), 'group', CAST($5 AS DOUBLE PRECISION), CAST($6 AS DOUBLE PRECISION)
    FROM group_question WHERE answer = $7 AND state = 3
    ON CONFLICT (customer, plan, slot) DO NOTHING"""
# What became of each group's touch is what became of its questions.
FOLLOW = """
    UPDATE group_question SET
        state = CASE WHEN t.state = 2 THEN 1 ELSE 0 END,
        by = CASE WHEN t.state = 2 THEN t.member ELSE '' END,
        ended_at = CASE WHEN t.state = 2 THEN t.settled_at END
    FROM touch AS t
    WHERE group_question.state = 3 AND t.customer = group_question.chat_id
      AND t.plan = $1 AND t.slot = group_question.answer AND t.state IN (2, 3, 4)"""
WAITING = f"""
    SELECT a.id, a.owner, a.who, a.words, a.at, a.until, a.withdrawn_at,
           q.text, q.chat_id, coalesce(g.name, '') AS chat, t.state, t.due_at, t.zh, t.en
    FROM group_question AS q JOIN group_answer AS a ON a.id = q.answer
    LEFT JOIN chat_group AS g ON g.chat_id = q.chat_id
    LEFT JOIN touch AS t ON t.customer = q.chat_id AND t.plan = $1 AND t.slot = q.answer
    WHERE q.state = 3 AND (CAST($2 AS TEXT) = '' OR q.chat_id = CAST($2 AS TEXT))
      AND {within("a.owner", 3)}
    ORDER BY a.at, a.id, q.at, q.seq LIMIT 1000"""
AHEAD = """
    SELECT script, min(due_at) AS due_at, count(DISTINCT customer) AS groups FROM touch
    WHERE state IN (0, 5) AND receiver = 'group' AND plan <> $1 AND due_at < $2
      AND customer IN (SELECT value FROM texts($3))
    GROUP BY script ORDER BY 2, 1"""
WITHDRAW = """
    UPDATE group_answer SET withdrawn_at = $1 WHERE id = $2 AND withdrawn_at IS NULL
    RETURNING id"""
NOT_BEGUN = """
    UPDATE touch SET state = 3, rule = 'withdrawn', zh = $1, en = $2, settled_at = $3
    WHERE plan = $4 AND slot = $5 AND state IN (0, 5) AND customer IN (
        SELECT chat_id FROM group_question WHERE answer = $5)"""
WITHDRAWN = "已撤回", "it was withdrawn"
FORGET = "DELETE FROM group_answer WHERE at < $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The part of a mass message that goes into one group."""

    chat_id: str
    chat: str  # its name
    asked: bool  # its owner was asked to confirm it; else a rule holds it back
    zh: str  # which rule
    en: str
    due_at: float  # Unix seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAhead:
    """A post of a programme that is planned for some groups."""

    script: str
    due_at: float  # the first of them, in Unix seconds
    groups: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAnswer:
    """A mass message with answers that waits for its owner. Moments are Unix seconds."""

    id: str
    owner: str
    who: str  # collected the answers
    words: str
    at: float
    until: float  # if its owner has not confirmed it by then, the questions are open again
    withdrawn: bool  # by us; WeCom has not taken it back yet
    questions: tuple[str, ...]
    posts: tuple[Post, ...]


class GroupAnswers(Queries):
    async def collect(
        self, key: str, questions: Collection[str], *, owner: str, who: str, words: str,
        now: float, until: float,
    ) -> int:  # fmt: skip
        """Plan one mass message of `owner` with these words, and have the questions wait for it.

        Args:
            key: the id of the message; if there is one with it already, nothing is done.
            questions: ids; only those that are open, in groups of that owner, are answered.
            who: userid of who collected the answers.
            now, until: Unix seconds; when it is due, and its deadline.

        Returns:
            Into how many groups it is to go; 0: nothing was left to answer.
        """
        async with self._database.transaction() as transaction:
            if not await transaction.rows(PUT, key, owner, who, words, now, until):
                return 0
            ids = given(questions)
            found = await transaction.rows(OPEN, key, who, ids, owner)
            if not found:
                await transaction.rows("DELETE FROM group_answer WHERE id = $1", key)
                return 0
            await transaction.rows(
                PLANNED, ANSWERS, Scenario.REPLY.rank, SCRIPT, owner, now, until, key
            )
        return len({row["chat_id"] for row in found})

    async def follow(self) -> None:
        """Settle questions whose mass message has ended: answered if it was sent, else open."""
        await self._database.change(FOLLOW, ANSWERS)

    async def waiting(
        self, *, chat_id: str = "", owners: Collection[str] | None = None
    ) -> list[GroupAnswer]:
        """The mass messages that are not settled yet, the oldest first.

        Args:
            chat_id: only what goes into this group; "": all.
            owners: only those of these members; None: of all.
        """
        values = (ANSWERS, chat_id, sight_rows(owners))
        by_id: dict[str, list[dict[str, Any]]] = {}
        for row in await self._database.rows(WAITING, *values):
            by_id.setdefault(row["id"], []).append(row)
        return [_answer(rows) for rows in by_id.values()]

    async def ahead(self, chats: Iterable[str], until: float) -> list[PostAhead]:
        """Posts of programmes planned for these groups up to `until` (Unix seconds), by when they
        are due."""
        values = ANSWERS, until, given(chats)
        return [PostAhead(**row) for row in await self._database.rows(AHEAD, *values)]

    async def withdraw(self, key: str, now: float) -> bool:
        """Withdraw a mass message: WeCom is told within minutes, and what its owner has not
        confirmed by then does not go out.

        Returns:
            False: it was withdrawn before, or there is none.
        """
        async with self._database.transaction() as transaction:
            if not await transaction.rows(WITHDRAW, now, key):
                return False
            await transaction.rows(NOT_BEGUN, *WITHDRAWN, now, ANSWERS, key)
        await self.follow()
        return True

    async def forget(self, before: float) -> None:
        """Delete mass messages from before that moment (Unix seconds)."""
        await self._database.change(FORGET, before)


def touches_of(chats: Collection[str], owner: str, now: datetime, until: datetime) -> list[Touch]:
    """The touches that an answer to these groups would be, for asking the policy beforehand."""
    return [
        Touch(
            plan=ANSWERS, slot="", customer=chat, scenario=Scenario.REPLY, script=SCRIPT,
            member=owner, to="group", due_at=now, deadline=until,
        )
        for chat in chats
    ]  # fmt: skip


def _answer(rows: Sequence[Mapping[str, Any]]) -> GroupAnswer:
    first = rows[0]
    posts = {
        row["chat_id"]: Post(
            chat_id=row["chat_id"], chat=row["chat"], asked=row["state"] == TouchState.TAKEN,
            zh=row["zh"] or "", en=row["en"] or "", due_at=row["due_at"] or first["at"],
        )
        for row in rows
    }  # fmt: skip
    return GroupAnswer(
        id=first["id"], owner=first["owner"], who=first["who"], words=first["words"],
        at=first["at"], until=first["until"], withdrawn=first["withdrawn_at"] is not None,
        questions=tuple(dict.fromkeys(row["text"] for row in rows)),
        posts=tuple(posts.values()),
    )  # fmt: skip
