"""A shop whose touches are due on a Wednesday at eleven, with helpers for its stories."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.store.sql import Database
from bot.store.touch.facts import facts_of
from bot.store.touch.ledger import Claim, Ledger, Limit
from bot.store.touch.touches import Due, Taken, Touches, event_of
from bot.touch.present import present
from bot.touch.touch import Facts, Scenario, Touch

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 9, 23, 3, 0, tzinfo=UTC)  # a Wednesday, 11:00 there
AT = NOW.timestamp()
HOUR = 3600.0


@dataclass(slots=True)
class Shop:
    database: Database
    touches: Touches = field(init=False)
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.touches, self.ledger = Touches(self.database), Ledger(self.database)

    async def put(self, table: str, *rows: dict[str, Any]) -> None:
        for values in rows:
            marks = ", ".join(f"${n + 1}" for n in range(len(values)))
            text = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"
            await self.database.change(text, *values.values())

    async def planned(self, *customers: str, **more: Any) -> None:
        usual = {
            "plan": "moon", "slot": "1", "scenario": Scenario.HOLIDAY.rank, "script": "h/moon",
            "due_at": AT - 60, "deadline": AT + 9 * HOUR,
        }  # fmt: skip
        await self.put("touch", *(usual | {"customer": one} | more for one in customers))

    async def rows(self, columns: str = "customer, state, rule") -> list[tuple[Any, ...]]:
        rows = await self.database.rows(f"SELECT {columns} FROM touch ORDER BY customer, seq")
        return [tuple(row.values()) for row in rows]

    async def facts(self, *touches: Touch) -> list[Facts]:
        return await facts_of(self.database, self.ledger, touches, present(NOW, ZONE))

    async def take(self, due: list[Due], *, mass: bool = False, member: str = "liming") -> int:
        """Take touches: reserve their caps and put them on their way."""

        async def within(source: Any, granted: frozenset[int]) -> None:
            taken = [
                Taken(one.seq, member, "" if mass else event_of(one), "", one.touch.words)
                for one in due
                if one.seq in granted
            ]
            await self.touches.take(source, taken, AT)

        claims = [
            Claim(key=one.seq, limits={f"c:{one.touch.customer}": Limit(day=1)}) for one in due
        ]
        return len(await self.ledger.reserve(claims, AT, present(NOW, ZONE), within))


def touch(customer: str, **more: Any) -> Touch:
    usual: dict[str, Any] = {
        "plan": "moon", "slot": "1", "scenario": Scenario.HOLIDAY, "script": "h/moon",
        "due_at": NOW, "deadline": NOW + timedelta(hours=9),
    }  # fmt: skip
    return Touch(**(usual | {"customer": customer} | more))
