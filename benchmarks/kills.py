"""(f) The engine is killed under load, again and again; then every event is looked for."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.company import SCRIPTS, SENDS, Account, Company
from benchmarks.figures import Figure, Section, plain
from benchmarks.processes import Server, engine, free_port, start_engine, until_listening
from benchmarks.workspace import ENVIRON, workspace
from bot.mockwecom.faults import Fault
from bot.mockwecom.server import MockServer

KILLS, SEED = 200, 7
RARE, WORK_S = 8, 10.0  # once more with few kills, and so much time to work before each
GAP_S = 0.03  # between two events
HELD_S = 0.5
FIRST_START_S = 1.25  # until one was measured
# Of all answers so many are put off, and tried again later, perhaps by the next engine.
BUSY = [
    Fault(api=SENDS[channel], errcode=-1, errmsg="system busy", probability=0.1)
    for channel in ("kf", "app")
]
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    kills: Counter[str]  # by the moment that was chosen
    starts: tuple[float, ...]  # seconds from the command to the first connection
    listened: float  # the share of the time in which an engine could be reached
    account: Account


async def run() -> Section:
    found = await trial(kills=KILLS, seed=SEED)
    account, moments = found.account, found.kills
    between = sum(moments.values()) - moments["any"]
    seldom = await trial(kills=RARE, seed=SEED, work_s=WORK_S)
    rare, longest_s = seldom.account, max(seldom.starts)
    after = f"{RARE} kills after {WORK_S:g} s of work each:"
    return Section(
        title=f"(f) {KILLS} kills (SIGKILL) under load",
        figures=(
            plain("kills between received and sent", between, "",
                  ", ".join(f"{moment} {count}" for moment, count in sorted(moments.items()))),
            plain("kills at any other moment", moments["any"], ""),
            plain("a start, median", median(found.starts), "s",
                  f"the longest {max(found.starts):.1f}"),
            plain("an engine could be reached", 100 * found.listened, "% of it"),
            *(plain(f"events, {channel}", count, "") for channel, count in account.asked.items()),
            none("events lost", account.lost),
            none("events answered twice", account.twice),
            none("customers answered out of order", account.overtaken),
            none("left unfinished", range(account.unfinished)),
            none("requests that WeCom would not understand", account.misuse),
            plain("app messages listed as doubtful", len(account.doubtful), "",
                  f"{account.arrived} had arrived"),
            plain("welcomes that became a to-do", len(account.for_people), "",
                  f"{account.too_late} were told of when their 20 s were over"),
            plain("answers beyond WeCom's five, told to a person", len(account.refused), ""),
            plain(f"{after} doubtful", len(rare.doubtful), "", f"of {rare.asked['app']:,}"),
            plain(f"{after} welcomes that became a to-do", len(rare.for_people), "",
                  f"of {rare.asked['contact']:,}; the longest start {longest_s:.1f} s"),
        ),
    )  # fmt: skip


def none(name: str, found: tuple[object, ...] | range) -> Figure:
    note = ", ".join(map(str, found[:3]))
    return Figure(name=name, value=len(found), unit="", target="0", met=not found, note=note)


async def trial(*, kills: int, seed: int, store: str = "", work_s: float = 0) -> Trial:
    """Kill the engine so many times, every other time between "received" and "sent".

    Args:
        store: the URL of a PostgreSQL; else it is a file in the workspace.
        work_s: each time between them, but not before it has served for so long.
    """
    company = Company(seed)
    async with MockServer(company.corp) as mock:
        with workspace(mock.url, SCRIPTS, store=store) as root:
            killer = Killer(company, root, random.Random(seed), store, work_s)
            begun = perf_counter()
            moments = await killer.work(kills)
            listened = killer.listened_s / (perf_counter() - begun)
            account = await killer.settled()
    return Trial(kills=moments, starts=tuple(killer.starts), listened=listened, account=account)


class Killer:
    def __init__(
        self, company: Company, root: Path, chance: random.Random, store: str, work_s: float
    ) -> None:
        self._company, self._corp, self._root, self._chance = company, company.corp, root, chance
        self._port, self._database = free_port(), store or f"sqlite://{root}/var/huashu.db"
        self._work_s, self.starts, self.listened_s = work_s, list[float](), 0.0
        self._moments: dict[str, Callable[[], Awaitable[None]]] = {
            "acknowledged": self._acknowledged, "held": self._held, "cut": self._cut,
        }  # fmt: skip

    async def work(self, kills: int) -> Counter[str]:
        done: Counter[str] = Counter()
        self._company.listen(f"http://127.0.0.1:{self._port}")
        async with asyncio.TaskGroup() as tasks:
            load = tasks.create_task(self._load())
            for number in range(kills):
                done[await self._kill(between=bool(number % 2 or self._work_s))] += 1
            load.cancel()
        return done

    async def _kill(self, *, between: bool) -> str:
        for fault in BUSY:
            self._corp.faults.add(fault)
        started, begun = len(self.starts), perf_counter()
        server = await start_engine(self._root, ENVIRON, port=self._port)
        try:
            if between:
                await self._serves(server, begun)
                await asyncio.sleep(self._work_s)
                moment = self._chance.choice(tuple(self._moments))
                await self._moments[moment]()
                return moment
            # As often while it starts as afterwards, however slow the machine is.
            last_s = self.starts[-1] if self.starts else FIRST_START_S
            with suppress(TimeoutError):
                async with asyncio.timeout(self._chance.uniform(0, 2 * last_s)):
                    await self._serves(server, begun)
                    await asyncio.Event().wait()
            return "any"
        finally:
            await server.kill()
            for start_s in self.starts[started:]:
                self.listened_s += perf_counter() - begun - start_s
            self._corp.faults.clear()

    async def _serves(self, server: Server, begun: float) -> None:
        await until_listening(server)
        self.starts.append(perf_counter() - begun)

    async def settled(self) -> Account:
        """Let the engine finish its work; the books at the end, whatever they say."""
        async with engine(self._root, ENVIRON, port=self._port):
            await self._company.settled(self._database)
        return await self._company.account(self._database)

    async def _load(self) -> None:
        while True:
            await self._company.somebody_acts()
            await asyncio.sleep(self._chance.expovariate(1 / GAP_S))

    # When to kill

    async def _acknowledged(self) -> None:
        """A callback has its 200, and nothing is sent yet."""
        before = self._accepted()
        await self._until(lambda: self._accepted() > before)

    def _accepted(self) -> int:
        return sum(push.status == 200 for push in self._corp.pushed)

    async def _held(self) -> None:
        """A message is on its way, and is lost with the line."""
        await self._struck(Fault(api=self._any_send(), latency_s=HELD_S, times=1))

    async def _cut(self) -> None:
        """A message has taken effect, and its answer was lost."""
        await self._struck(Fault(api=self._any_send(), disconnect_after=True, times=1))

    def _any_send(self) -> str:
        return self._chance.choice(tuple(SENDS.values()))

    async def _struck(self, fault: Fault) -> None:
        self._corp.faults.add(fault)
        await self._until(lambda: fault not in self._corp.faults.active())

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if holds():
                    return
                await asyncio.sleep(0.001)
