"""Each callback comes three times, in any order, before and after a restart."""

import asyncio
import random
from resource import RLIMIT_CORE, getrlimit, setrlimit
from signal import SIGABRT

from benchmarks.company import SCRIPTS, Company
from benchmarks.processes import Server, engine
from benchmarks.workspace import ENVIRON, workspace
from bot.mockwecom.faults import Fault
from bot.mockwecom.server import MockServer

EVENTS = 60


async def deliver(company: Company, server: Server, payloads: list[str]) -> None:
    company.listen(server.url)
    for payload in payloads:
        await company.corp.push_raw(payload)
    await company.corp.settled()


async def lost_callbacks(company: Company) -> list[str]:
    """What people did while no callback got through."""
    company.listen("http://127.0.0.1:9")
    company.corp.faults.add(Fault(api="callback", drop=True))
    for _ in range(EVENTS):
        await company.somebody_acts()
    company.corp.faults.clear()
    return [push.payload for push in company.corp.pushed]


async def aborted(server: Server) -> None:
    """As systemd's watchdog ends what hangs."""
    server.process.send_signal(SIGABRT)
    await server.process.wait()


async def test_three_deliveries_have_one_answer() -> None:
    setrlimit(RLIMIT_CORE, (0, getrlimit(RLIMIT_CORE)[1]))  # who starts anew inherits it
    company, chance = Company(seed=5), random.Random(5)
    async with MockServer(company.corp) as mock:
        with workspace(mock.url, SCRIPTS) as root:
            database = f"sqlite://{root}/var/huashu.db"
            copies = await lost_callbacks(company) * 3
            chance.shuffle(copies)
            half = len(copies) // 2
            async with engine(root, ENVIRON) as server:
                await deliver(company, server, copies[:half])
                await company.until(database, lambda books: not books.unfinished)
                await aborted(server)
            async with engine(root, ENVIRON) as server:
                await deliver(company, server, copies[half:])
                await company.settled(database)
            account = await company.account(database)
            log = await asyncio.to_thread((root / "engine.log").read_text, "utf-8")
    assert 'bot/process.py", line' in log, "nothing said in which line it hung"
    accepted = [push for push in company.corp.pushed if push.status == 200]
    assert len(accepted) > 3 * EVENTS
    assert account.asked.total() == EVENTS + 1
    assert account.lost == ()
    assert account.twice == ()
    assert account.overtaken == ()
    assert account.unfinished == 0
    assert account.doubtful == ()
    assert account.misuse == ()
