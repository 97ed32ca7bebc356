"""`python -m benchmarks.customers_sync URL FILE`: one round, and what it cost, as JSON."""

import asyncio
import json
import re
import sys
from pathlib import Path
from time import perf_counter, process_time

from bot.app import background
from bot.clock import SystemClock
from bot.customers.customers import Customers
from bot.store.database import open_database
from bot.store.journal import Journal
from bot.store.sql import Database
from bot.wecom.contacts import Contacts
from tests.wecom.double import client_at


async def main(url: str, file: str) -> None:
    clock, begun = SystemClock(), perf_counter()
    async with (
        open_database(f"sqlite://{file}") as connection,
        client_at(url, clock) as client,
    ):
        journal = Journal(connection)
        customers = Customers(journal, clock)
        before = peak_mb()
        async with background(journal.run):
            contacts = Contacts(client, journal, Database(connection), customers, clock)
            round_ = await contacts.reconcile()
    peak = peak_mb()
    cost = {
        "s": perf_counter() - begun, "cpu s": process_time(), "grown MB": peak - before,
        "peak MB": peak, "contacts": round_.done, "found": round_.found,
        "initial": round_.initial,
    }  # fmt: skip
    print(json.dumps(cost))


def peak_mb() -> float:
    """Of this process alone; what getrusage tells begins with its parent's."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
