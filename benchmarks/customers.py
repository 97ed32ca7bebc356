"""(k) 100,000 customers fetched from the mock within its limits, killed half-way and taken up
again; then 10,000 changes, a part of whose callbacks is lost: what the next round finds.

`HUASHU_BENCH_CUSTOMERS=10000` takes fewer.
"""

import asyncio
import json
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Section, below, plain
from benchmarks.processes import CHECKOUT
from bot.clock import SystemClock
from bot.mockwecom.corp import MockCorp
from bot.mockwecom.server import MockServer
from bot.store.customers.sync_rounds import SyncRounds
from tests.crowd import Crowd, bears, borne, finds, known
from tests.stage import company, stage

CUSTOMERS = int(os.environ.get("HUASHU_BENCH_CUSTOMERS", "100000"))
CHANGES, MEMBERS, LOST = CUSTOMERS // 10, 200, 0.05
BATCH = "externalcontact/batch/get_by_user"
LIMITS = frozenset({45009, 45033})


async def run() -> Section:
    with tempfile.TemporaryDirectory(prefix="huashu-bench-") as folder:
        file = Path(folder) / "var/huashu.db"
        file.parent.mkdir()
        corp = company(SystemClock())
        corp.add_app(1000003, "APP-SECRET", "同步")  # tests/wecom/double.py knows this one
        crowd = Crowd(corp)
        await crowd.gather(CUSTOMERS, MEMBERS)
        async with MockServer(corp) as server:
            pages = len(crowd.truth()) // 100
            first = await _killed(corp, server.url, file, pages // 2)
            cost = await _round(server.url, file)
            calls = sum(call.api == BATCH for call in corp.calls)
            limited = sum(call.errcode in LIMITS for call in corp.calls)
            again = await _round(server.url, file)
        figures = [
            plain("contacts that the mock has", len(crowd.truth()), ""),
            plain("pages read when it was killed", first, ""),
            plain("pages read in both runs together", calls, "", f"{pages} would be all"),
            below("calls that ran into a limit of WeCom's", limited, "", 1),
            plain("the rest, after the kill", cost["s"], "s"),
            plain("a whole round when all is known", again["s"], "s"),
            plain("  CPU of ours in it", again["cpu s"], "s"),
            below("memory: peak of the process", again["peak MB"], "MB", 200),
            below("  grown while it read", again["grown MB"], "MB", 60),
            below("found although nothing had changed", again["found"], "", 1),
            *await _changes(Path(folder), crowd),
        ]
        size = file.stat().st_size / 2**20
    figures.append(plain("database", size, "MB", f"{size * 1024 / CUSTOMERS:.2f} KB a customer"))
    return Section(title=f"(k) {CUSTOMERS:,} customers in line with WeCom", figures=(*figures,))


async def _start(url: str, file: Path) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.customers_sync", url, file, cwd=CHECKOUT, stdout=PIPE
    )


async def _killed(corp: MockCorp, url: str, file: Path, pages: int) -> int:
    """Kill it when it has read so many."""
    process = await _start(url, file)
    while sum(call.api == BATCH for call in corp.calls) < pages:
        if process.returncode is not None:
            raise RuntimeError("it ended before it could be killed")
        await asyncio.sleep(0.05)
    process.kill()
    await process.wait()
    return sum(call.api == BATCH for call in corp.calls)


async def _round(url: str, file: Path) -> dict[str, Any]:
    process = await _start(url, file)
    out, _ = await process.communicate()
    found: dict[str, Any] = json.loads(out)
    return found


async def _changes(root: Path, crowd: Crowd) -> list[Figure]:
    async with stage(root, corp=crowd.corp, ticks=False) as shop:
        synced = await known(shop.rows) == crowd.truth()
        await crowd.live(CHANGES, LOST)
        await crowd.corp.settled()
        contacts = shop.bot.office.contacts
        await shop.quiet()
        while contacts.waiting:
            await contacts.refresh()
        night = await contacts.reconcile()
        found = await finds(shop.rows, night.seq)
        equal = await known(shop.rows) == crowd.truth()
        tags = await bears(shop.rows) == borne(crowd.truth())
        rounds = await SyncRounds(shop.bot.office.database).last(9)
    return [
        below("differences from WeCom after the kill (0 none)", float(not synced), "", 1),
        plain("customers that something happened to", len(crowd.touched), ""),
        plain("  of which no callback came", len(crowd.lost), ""),
        below("  not found, or found wrongly, by the next round", len(found ^ crowd.lost), "", 1),
        below("differences from WeCom after it (0 none)", float(not (equal and tags)), "", 1),
        plain("rounds in all", len(rounds), ""),
    ]
