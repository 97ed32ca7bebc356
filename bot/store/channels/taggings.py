"""Tags that rules gave, each with its reason; WeCom is told of them afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.plans.condition import Condition
from bot.store.customers.people import tagged
from bot.store.sql import Queries, Rows, given
from bot.store.touch.statements import TouchRows, TouchStatement

UNTOLD = """
SELECT t.seq, t.customer, t.tag,
    CASE WHEN t.member <> '' THEN t.member ELSE c.member END AS member
FROM tagging AS t JOIN customer AS c ON c.id = t.customer
WHERE t.told_at IS NULL ORDER BY t.seq LIMIT $1"""
TOLD = """
UPDATE tagging SET told_at = $1, problem = $2
WHERE seq IN (SELECT CAST(value ->> 0 AS BIGINT) FROM given($3))"""
OF = "SELECT tag, rule, zh, en, at, told_at, problem FROM tagging WHERE customer = $1 ORDER BY seq"


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Which rule gives a tag, and what it says to staff."""

    rule: str  # "channel:store_7"
    zh: str
    en: str


def given_by(
    customer: str, tags: Iterable[str], why: Why, at: float, member: str = ""
) -> TouchRows:
    """Rows that give a customer these tags, with the reason; tags that they have stay as they are.

    Args:
        member: through whom WeCom is told; "": whoever serves them.
        at: Unix seconds.
    """
    names = list(tags)
    rows = [(customer, tag, member, why.rule, why.zh, why.en, at) for tag in names]
    return tagged(customer, names, at) | {TouchStatement.PUT_TAGGINGS: rows}


class Taggings(Queries):
    async def untold(self, number: int) -> Rows:
        """Tags of which WeCom was not told yet, the oldest first: seq, customer, tag, member
        ("" = nobody serves them)."""
        return await self._database.rows(UNTOLD, number)

    async def lacking(self, tag: str, whom: Condition, number: int) -> list[str]:
        """At most `number` customers whom the condition means and who do not have the tag."""
        text = f"""
            SELECT c.id FROM customer AS c WHERE ({whom.numbered(3)}) AND NOT EXISTS (
                SELECT 1 FROM customer_tag AS t WHERE t.customer = c.id AND t.tag = $1)
            ORDER BY c.id LIMIT $2"""
        return [row["id"] for row in await self._database.rows(text, tag, number, *whom.values)]

    async def told(self, seqs: Iterable[int], at: float, problem: str = "") -> None:
        await self._database.change(TOLD, at, problem, given([seq] for seq in seqs))

    async def of(self, customer: str) -> Rows:
        """The tags that rules gave a customer: tag, rule, zh, en, at, told_at, problem."""
        return await self._database.rows(OF, customer)
