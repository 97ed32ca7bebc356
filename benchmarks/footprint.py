"""(e) Memory, and the time from the command to the first answer, of `huashu run`."""

import asyncio
import time
from statistics import median

import psutil

from benchmarks import load
from benchmarks.envelopes import app_text, xml_request
from benchmarks.figures import Section, below
from benchmarks.processes import Server, engine, first_core, module, posts, until_posted
from benchmarks.workspace import ENVIRON, workspace

STARTS, EVENTS, MEMBERS = 5, 20_000, 4000
QUESTIONS = ("怎么退款", "怎么查订单", "怎么取消订单", "怎么改收货地址")


async def run() -> Section:
    async with module("api_stub") as stub:
        with workspace(stub.url) as root:
            starts = []
            for _ in range(STARTS):
                started = time.perf_counter()
                async with engine(root, ENVIRON, core=first_core()) as server:
                    starts.append(time.perf_counter() - started)
                    await asyncio.sleep(0.5)
                    idle = resident_mb(server)
            async with engine(root, ENVIRON, core=first_core()) as server:
                await work(server, stub)
                busy = resident_mb(server)
    return Section(
        title="(e) memory and start-up of `huashu run`, starter library",
        figures=(
            below("command → first connection accepted", median(starts), "s", 2),
            below("resident, idle", idle, "MB", 120),
            below(f"resident, after {EVENTS:,} questions and answers", busy, "MB", 120),
        ),
    )


async def work(server: Server, stub: Server) -> None:
    write, before = xml_request(), await posts(stub)
    requests = (
        write(app_text(f"member{n % MEMBERS}", QUESTIONS[n % len(QUESTIONS)]))
        for n in range(EVENTS)
    )
    await load.call(server.port, requests, 64)
    await until_posted(stub, before + EVENTS)


def resident_mb(server: Server) -> float:
    return float(psutil.Process(server.pid).memory_info().rss) / 2**20
