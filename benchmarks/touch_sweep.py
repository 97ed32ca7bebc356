"""Touches that are due: claimed, judged by the rules that ship, their caps reserved.

`python -m benchmarks.touch_sweep KIND NUMBER` prints what it cost; KIND is sqlite or postgres.
"""

import asyncio
import json
import sys
import tempfile
from datetime import timedelta
from time import perf_counter, process_time
from typing import Any

from benchmarks.processes import CHECKOUT
from benchmarks.touch_shop import DAY, ZONE, fill, openings
from bot.clock import SystemClock
from bot.plans.condition import Condition
from bot.store.plans.planning import Choice, Planner, Slot
from bot.store.sql import Database, Source
from bot.store.touch.facts import facts_of, limits_of
from bot.store.touch.ledger import Claim, Ledger
from bot.store.touch.places import place
from bot.store.touch.touches import Due, Taken, Touches
from bot.touch.policy import Allow
from bot.touch.present import present
from bot.touch.rulebook import read_policy
from bot.touch.touch import Facts, Scenario
from bot.touch.touch_policy import TouchPolicy
from tests.databases import opened

AT_ONCE = 500
NOON = DAY + timedelta(hours=3)  # eleven o'clock there
CONTACTS = """
    INSERT INTO contact (customer, member, added_at) SELECT id, member, 1.0 FROM customer"""
SLOT = Slot(
    plan="renewal", slot="1", scenario=Scenario.REMINDER, whom=Condition("1 = 1"),
    say=[Choice(whom=Condition("1 = 1"), script="renewal/first", words="a" * 16)],
    openings=openings, start=DAY.timestamp(),
    deadline=lambda _: (DAY + timedelta(hours=14)).timestamp(),
)  # fmt: skip


class Sweep:
    def __init__(self, database: Database, policy: TouchPolicy) -> None:
        self._touches, self._ledger = Touches(database), Ledger(database)
        self._database, self._policy = database, policy
        self.present = present(NOON, ZONE)
        self.judged_s, self.judged = 0.0, 0

    async def batch(self) -> tuple[int, int]:
        """How many were claimed, and how many may go."""
        due = await self._touches.claim(AT_ONCE, DAY.timestamp() + 86_400)
        known = await facts_of(
            self._database, self._ledger, [one.touch for one in due], self.present
        )
        allowed = self.judge(due, known)

        claims = []
        for one, facts, verdict in allowed:
            caps = self._policy.caps(one.touch.scenario, verdict.via, NOON.date())
            limits = limits_of(one.touch, verdict.via, caps, facts.members[0])
            claims.append(Claim(key=one.seq, limits=limits))
        taken = [
            Taken(
                claim.key, facts.members[0], "", place(claim.limits, self.present), one.touch.words
            )
            for claim, (one, facts, _) in zip(claims, allowed, strict=True)
        ]

        async def within(source: Source, granted: frozenset[int]) -> None:
            await self._touches.take(
                source, [one for one in taken if one.seq in granted], self.present.at
            )

        granted = await self._ledger.reserve(claims, self.present.at, self.present, within)
        return len(due), len(granted)

    def judge(self, due: list[Due], known: list[Facts]) -> list[tuple[Due, Facts, Allow]]:
        begun = process_time()
        verdicts = [
            self._policy.judge(one.touch, facts, NOON)
            for one, facts in zip(due, known, strict=True)
        ]
        self.judged_s += process_time() - begun
        self.judged += len(due)
        return [
            (one, facts, verdict)
            for one, facts, verdict in zip(due, known, verdicts, strict=True)
            if isinstance(verdict, Allow)
        ]


async def main(kind: str, number: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="huashu-bench-") as folder:
        async with opened(kind, folder) as connection:
            await fill(connection, number)
            database = Database(connection)
            await database.change("UPDATE customer SET opted_out_at = NULL")
            await database.change(CONTACTS)
            await Planner(database, SystemClock()).plan([SLOT])
            await connection.execute_script("ANALYZE")
            sweep = Sweep(database, read_policy(CHECKOUT, {}, ZONE))
            begun, cpu, claimed, granted = perf_counter(), process_time(), 0, 0
            while batch := await sweep.batch():
                if not batch[0]:
                    break
                claimed, granted = claimed + batch[0], granted + batch[1]
            took, used = perf_counter() - begun, process_time() - cpu
    if granted < 0.95 * number:
        raise RuntimeError(f"only {granted} of {number} may go")
    return {
        "rate": claimed / took, "cpu us": used / claimed * 1e6,
        "judge us": sweep.judged_s / sweep.judged * 1e6,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], int(sys.argv[2])))))
