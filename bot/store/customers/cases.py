"""Cases of complaints: who has to answer, who was told, and how each ended.

What customers write is kept by bot.store.customers.people, with the outcome of their message.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.store.desk.staff import Sight, has, sight_rows, within
from bot.store.scripts.figures import PRACTISING
from bot.store.sql import Queries
from bot.store.touch.brakes import BrakeKind, BrakeStep, turn

END = 1e18  # Unix seconds: after all others


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case: what one customer complains of, until it is closed. Moments are Unix seconds."""

    seq: int
    customer: str
    name: str  # of the customer, or what they are called in the group; "" = not known
    chat_id: str  # of the group in which they complained; "" = in none
    chat: str  # its name
    braked: bool  # nothing is sent to them of our own accord
    sounds: bool  # all their words only sound so, and nobody has confirmed it
    channel: str  # kf …
    conversation: str
    member: str  # userid of who is responsible; "" = whoever is on duty
    words: str  # the last ones
    at: float  # of the first words
    heard_at: float  # of the last words
    times: int  # messages
    waiting_since: float | None  # for an answer; None: nobody has to answer
    told_at: float | None
    answered_at: float | None  # for the first time
    answered_by: str
    escalated_at: float | None
    escalated_to: str
    closed_at: float | None
    closed_by: str
    reason: str

    @property
    def late(self) -> bool:
        """Whether nobody has answered in time, and somebody above was told."""
        since, told = self.waiting_since, self.escalated_at
        return since is not None and told is not None and told >= since


class Place(NamedTuple):
    """Where a page goes on: after the case with this moment and number."""

    at: float
    seq: int


FIRST, LAST = Place(0.0, 0), Place(END, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An open case of which somebody has to be told, now or when it gets late."""

    seq: int
    customer: str
    conversation: str
    chat: str  # the name of the group in which they complained; "" = in none
    words: str
    since: float  # Unix seconds
    member: str  # userid; "" = whoever is on duty: nobody serves them, or who did has left
    responsible: str  # the member's name, or their userid
    leader: str  # userid of the member's; "" = whoever is on duty
    told: bool  # the member was
    sounds: bool  # as of a case


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """How cases went. Spans are in seconds, None if there are none."""

    cases: int
    sounding: int  # of them only sound like a complaint
    open: int
    late: int  # a leader had to be told
    answered: int
    answer_s: float | None  # until somebody answered: the median
    slow_s: float | None  # until somebody answered: nine of ten took no longer
    close_s: float | None  # until it was closed: the median


# What was said, or confirmed, while a case `one` was open counts, whatever came before or after.
SOUNDS = f"""coalesce((
        SELECT min(heard.sounds) FROM brake_step AS heard
        WHERE heard.customer = one.customer AND heard.kind = '{BrakeKind.COMPLAINT}'
          AND heard.active = 1 AND heard.at >= one.at
          AND heard.at <= coalesce(one.closed_at, {END})), 0)"""
COLUMNS = f"""
    one.seq, one.customer,
    coalesce(nullif(customer.name, ''), nullif(inside.nickname, ''), inside.name, '') AS name,
    coalesce(chat_group.chat_id, '') AS chat_id, coalesce(chat_group.name, '') AS chat,
    customer.braked_at IS NOT NULL AS braked, {SOUNDS} AS sounds, one.channel,
    one.conversation, one.member, one.words, one.at, one.heard_at, one.times,
    one.waiting_since, one.told_at, one.answered_at, one.answered_by, one.escalated_at,
    one.escalated_to, one.closed_at, one.closed_by, one.reason"""
CHAT = """
    LEFT JOIN chat_group ON one.conversation LIKE 'group:%'
        AND chat_group.chat_id = substr(one.conversation, 7)"""
FROM = f"""
    FROM complaint_case AS one LEFT JOIN customer ON customer.id = one.customer {CHAT}
    LEFT JOIN chat_group_member AS inside
        ON inside.chat_id = chat_group.chat_id AND inside.userid = one.customer"""


def _seen(value: int) -> str:
    """SQL: whether a case is for the sight that is value number `value`: one of its members is
    responsible, or has the customer."""
    return f"({within('one.member', value)} OR {has('one.customer', value)})"


OPEN = f"""
    SELECT {COLUMNS} {FROM}
    WHERE one.closed_at IS NULL AND {_seen(1)}
      AND (one.at > CAST($2 AS DOUBLE PRECISION)
           OR one.at = CAST($2 AS DOUBLE PRECISION) AND one.seq > CAST($3 AS BIGINT))
    ORDER BY one.at, one.seq LIMIT $4"""
CLOSED = f"""
    SELECT {COLUMNS} {FROM}
    WHERE one.closed_at IS NOT NULL AND {_seen(1)}
      AND (one.at < CAST($2 AS DOUBLE PRECISION)
           OR one.at = CAST($2 AS DOUBLE PRECISION) AND one.seq < CAST($3 AS BIGINT))
    ORDER BY one.at DESC, one.seq DESC LIMIT $4"""
UNANSWERED = f"""
    SELECT {COLUMNS} {FROM}
    WHERE one.closed_at IS NULL AND one.waiting_since IS NOT NULL AND {_seen(1)}
    ORDER BY one.waiting_since, one.seq LIMIT 100"""
ONE = f"SELECT {COLUMNS} {FROM} WHERE one.seq = $2 AND {_seen(1)}"
OF = f"SELECT {COLUMNS} {FROM} WHERE one.customer = $1 AND one.closed_at IS NULL"
WORDS = "SELECT words, at FROM complaint_word WHERE complaint = $1 ORDER BY at, seq LIMIT 100"
WAITING = f"""
    SELECT one.seq, one.customer, one.conversation, one.words, one.waiting_since AS since,
           coalesce(chat_group.name, '') AS chat,
           CASE WHEN coalesce(staff.active, $1) THEN one.member ELSE '' END AS member,
           coalesce(staff.name, one.member) AS responsible, coalesce(leader.id, '') AS leader,
           coalesce(one.told_at, 0) >= one.waiting_since AS told, {SOUNDS} AS sounds
    FROM complaint_case AS one
    LEFT JOIN staff ON staff.id = one.member
    LEFT JOIN staff AS leader ON leader.id = staff.leader AND leader.active {CHAT}
    WHERE one.closed_at IS NULL AND one.waiting_since IS NOT NULL
      AND (coalesce(one.told_at, 0) < one.waiting_since
           OR coalesce(one.escalated_at, 0) < one.waiting_since)
    ORDER BY one.seq LIMIT 1000"""
TOLD = "UPDATE complaint_case SET told_at = $2 WHERE seq = $1"
ESCALATED = "UPDATE complaint_case SET escalated_at = $2, escalated_to = $3 WHERE seq = $1"
ANSWER = """
    UPDATE complaint_case SET
        answered_by = CASE WHEN answered_at IS NULL THEN $2 ELSE answered_by END,
        answered_at = coalesce(answered_at, CAST($3 AS DOUBLE PRECISION)),
        replied_at = CAST($3 AS DOUBLE PRECISION), waiting_since = NULL
    WHERE seq = $1 AND closed_at IS NULL RETURNING seq"""
BEGIN = """
    INSERT INTO complaint_case (customer, channel, conversation, member, words, at, heard_at,
                                times, waiting_since, told_at)
    SELECT id, 'phone', 'contact:' || CASE WHEN member = '' THEN CAST($2 AS TEXT) ELSE member END
           || ':' || id, member, CAST($3 AS TEXT),
           CAST($4 AS DOUBLE PRECISION), CAST($4 AS DOUBLE PRECISION), 0,
           CAST($4 AS DOUBLE PRECISION),
           CASE WHEN member = CAST($2 AS TEXT) THEN CAST($4 AS DOUBLE PRECISION) END
    FROM customer WHERE id = $1
    ON CONFLICT (customer) WHERE closed_at IS NULL DO UPDATE SET
        words = excluded.words, heard_at = excluded.heard_at,
        waiting_since = coalesce(complaint_case.waiting_since, excluded.waiting_since)
    RETURNING seq"""
WORD = """
    INSERT INTO complaint_word (complaint, event, words, at)
    SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS DOUBLE PRECISION)
    WHERE true ON CONFLICT (event) DO NOTHING"""
COUNTED = """
    UPDATE complaint_case SET times = (
        SELECT count(*) FROM complaint_word WHERE complaint = complaint_case.seq)
    WHERE seq = $1"""
CLOSE = """
    UPDATE complaint_case SET closed_at = $2, closed_by = $3, reason = $4, waiting_since = NULL
    WHERE seq = $1 AND closed_at IS NULL RETURNING customer, conversation"""
DONE = """
    UPDATE todo SET done_at = $1
    WHERE conversation = $2 AND customer = $3 AND done_at IS NULL RETURNING id"""
SPANS = f"""
    SELECT one.answered_at - one.at AS answer_s, one.closed_at - one.at AS close_s,
           one.escalated_at IS NOT NULL AS late, {SOUNDS} AS sounds
    FROM complaint_case AS one WHERE one.at >= $2 AND {_seen(1)}
      AND one.customer NOT IN ({PRACTISING})
    ORDER BY one.at DESC LIMIT 10000"""


class Cases(Queries):
    async def open(self, sight: Sight, *, after: Place = FIRST, number: int = 50) -> list[Case]:
        """The open cases that `sight` lets see, the oldest first."""
        return await self._found(OPEN, sight_rows(sight), *after, number)

    async def unanswered(self, sight: Sight) -> list[Case]:
        """The open cases that nobody has answered, who waits longest first; 100 at most."""
        return await self._found(UNANSWERED, sight_rows(sight))

    async def closed(self, sight: Sight, *, before: Place = LAST, number: int = 50) -> list[Case]:
        """The closed cases, the newest first."""
        return await self._found(CLOSED, sight_rows(sight), *before, number)

    async def find(self, sight: Sight, seq: int) -> Case | None:
        """The case with this number; None: there is none, or `sight` does not let see it."""
        found = await self._found(ONE, sight_rows(sight), seq)
        return found[0] if found else None

    async def words(self, seq: int) -> list[tuple[str, float]]:
        """What the customer wrote, and when (Unix seconds), in order; 100 messages at most."""
        rows = await self._database.rows(WORDS, seq)
        return [(row["words"], row["at"]) for row in rows]

    async def waiting(self) -> list[Waiting]:
        rows = await self._database.rows(WAITING, True)
        flags = ("told", "sounds")
        return [Waiting(**row | {name: bool(row[name]) for name in flags}) for row in rows]

    async def told(self, seq: int, at: float) -> None:
        await self._database.change(TOLD, seq, at)

    async def escalated(self, seq: int, at: float, to: str) -> None:
        await self._database.change(ESCALATED, seq, at, to)

    async def answer(self, seq: int, who: str, at: float) -> bool:
        """Note that somebody spoke to the customer where we cannot see it, as by telephone.

        Returns:
            Whether the case was open; else nothing is noted.
        """
        return bool(await self._database.rows(ANSWER, seq, who, at))

    async def begin(self, customer: str, who: str, words: str, at: float) -> int | None:
        """Begin the case of a customer who complained by telephone or in the shop, or add the
        words to the one that is open. From now on nothing is sent to them unasked.

        Args:
            who: tells of it. If nobody serves the customer, whoever is on duty has to answer.

        Returns:
            The number of the case; None: nobody has heard of this customer.
        """
        async with self._database.transaction() as transaction:
            found = await transaction.rows(BEGIN, customer, who, words, at)
            if not found:
                return None
            seq = int(found[0]["seq"])
            await transaction.rows(WORD, seq, f"told:{seq}:{at:.3f}", words, at)
            await transaction.rows(COUNTED, seq)
            kind = BrakeKind.COMPLAINT
            step = BrakeStep(
                customer=customer, kind=kind, active=True, who=who, why=words, at=at
            )  # fmt: skip
            await turn(transaction, step)
        return seq

    async def of(self, customer: str) -> Case | None:
        """The open case of a customer; None: there is none."""
        found = await self._found(OF, customer)
        return found[0] if found else None

    async def close(self, seq: int, who: str, reason: str, at: float, *, lift: bool) -> bool:
        """Close a case, and tick its to-dos off.

        Args:
            lift: whether the customer may be written to again.

        Returns:
            Whether it was open; else nothing is done.
        """
        async with self._database.transaction() as transaction:
            found = await transaction.rows(CLOSE, seq, at, who, reason)
            if not found:
                return False
            customer = found[0]["customer"]
            await transaction.rows(DONE, at, found[0]["conversation"], customer)
            if lift:
                kind = BrakeKind.COMPLAINT
                step = BrakeStep(
                    customer=customer, kind=kind, active=False, who=who, why=reason, at=at
                )
                await turn(transaction, step)
        return True

    async def answering(self, sight: Sight, since: float) -> Answering:
        """How the cases went that began since then (Unix seconds), of the newest 10,000."""
        rows = await self._database.rows(SPANS, sight_rows(sight), since)
        answer_s = sorted(row["answer_s"] for row in rows if row["answer_s"] is not None)
        close_s = sorted(row["close_s"] for row in rows if row["close_s"] is not None)
        return Answering(
            cases=len(rows),
            sounding=sum(row["sounds"] for row in rows),
            open=len(rows) - len(close_s),
            late=sum(bool(row["late"]) for row in rows),
            answered=len(answer_s),
            answer_s=_part(answer_s, 0.5),
            slow_s=_part(answer_s, 0.9),
            close_s=_part(close_s, 0.5),
        )

    async def _found(self, text: str, *values: Any) -> list[Case]:
        return [_case(row) for row in await self._database.rows(text, *values)]


def _case(row: dict[str, Any]) -> Case:
    values = {name: row[name] for name in Case.__slots__}
    return Case(**{**values, "braked": bool(row["braked"]), "sounds": bool(row["sounds"])})


def _part(sorted_s: list[float], part: float) -> float | None:
    """The value below which this part, 0..1, of the sorted ones lies; None: there are none."""
    return sorted_s[min(len(sorted_s) - 1, int(len(sorted_s) * part))] if sorted_s else None
