"""(c) The whole way: callback, stored, matched, rendered, sent; CPU of the engine's process."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from benchmarks import load
from benchmarks.dispatch import peers
from benchmarks.envelopes import app_text, bot_text, json_request, xml_request
from benchmarks.figures import Section, at_least, below, middle, plain
from benchmarks.processes import Server, engine, first_core, module, posts, until_posted
from benchmarks.workspace import ENVIRON, questions, workspace

ROUNDS, AT_ONCE, SCRIPTS = 3, 64, 1000
EVENTS = {"app": 3000, "bot": 3000, "assembly": 300}
BARE = 6000
MEMBERS = 1000  # WeCom lets an app write 30 messages a minute to one of them
NAMES = {"app": "app message", "bot": "smart bot, response_url", "assembly": "the assembly"}


async def run() -> Section:
    rounds = [{**await one_round(), **await bare(), **await peers()} for _ in range(ROUNDS)]
    found = middle(rounds)
    cost = max(found["app"], found["bot"])
    return Section(
        title=f"(c) callback → reply sent, {SCRIPTS} scripts, half of the questions exact",
        figures=(
            *(
                plain(f"{NAMES[way]}: CPU of the process an event", found[way], "µs",
                      f"{found[f'{way} rate']:,.0f} /s with load and stub on the other core")
                for way in EVENTS
            ),
            plain("a bare aiohttp handler: CPU a request", found["bare"], "µs",
                  "tells how quick this machine is just now"),
            below("the dearer of ours", cost, "µs", 450),
            at_least("events a second that one core allows", 1e6 / cost, "/s", 2000),
            plain("aiogram: dispatch alone, 20 handlers", found["aiogram 20"], "µs"),
            plain("nonebot2: dispatch alone, 20 matchers", found["nonebot 20"], "µs"),
            below("ours, of aiogram's", cost / found["aiogram 20"], "times", 1 / 3),
            below("ours, of nonebot2's", cost / found["nonebot 20"], "times", 1 / 12),
            at_least("the assembly costs so many of ours",
                     found["assembly"] / found["app"], "times", 15),
        ),
        notes=("WeCom's API is a stub in another process, which answers at once",),
    )  # fmt: skip


async def one_round() -> dict[str, float]:
    found: dict[str, float] = {}
    for way, number in EVENTS.items():
        async with module("api_stub") as stub:
            with workspace(stub.url, SCRIPTS) as root:
                asked = questions(root, SCRIPTS, number + 200)
                async with serving(way, root, stub) as server:
                    write = writer(way, stub.url)
                    await answered(server, stub, write, asked[number:])
                    cost, rate = await answered(server, stub, write, asked[:number])
        found[way], found[f"{way} rate"] = cost, rate
    return found


async def bare() -> dict[str, float]:
    write = xml_request()
    requests = [write(app_text("member", "你好")) for _ in range(BARE)]
    async with module("peer_servers", "echo", "", core=first_core()) as server:
        await load.call(server.port, requests[:200], AT_ONCE)
        cpu = cpu_s(server)
        await load.call(server.port, requests, AT_ONCE)
        return {"bare": (cpu_s(server) - cpu) / BARE * 1e6}


@asynccontextmanager
async def serving(way: str, root: Path, stub: Server) -> AsyncIterator[Server]:
    if way == "assembly":
        (root / "var").mkdir()
        server = module("peer_servers", way, str(root), stub.url, core=first_core())
    else:
        server = engine(root, ENVIRON, core=first_core())
    async with server as running:
        yield running


def writer(way: str, api: str) -> Callable[[str, str], bytes]:
    if way == "bot":
        write = json_request()
        return lambda sender, text: write(bot_text(sender, text, api))
    write = xml_request()
    return lambda sender, text: write(app_text(sender, text))


async def answered(
    server: Server, stub: Server, write: Callable[[str, str], bytes], asked: list[str]
) -> tuple[float, float]:
    """(µs of CPU an event, events a second) until the last reply has reached the stub."""
    requests = [write(f"member{n % MEMBERS}", text) for n, text in enumerate(asked)]
    before, cpu = await posts(stub), cpu_s(server)
    started = time.perf_counter()
    await load.call(server.port, requests, AT_ONCE)
    await until_posted(stub, before + len(asked))
    seconds = time.perf_counter() - started
    await asyncio.sleep(0.2)  # the engine still marks the last ones as sent
    return (cpu_s(server) - cpu) / len(asked) * 1e6, len(asked) / seconds


def cpu_s(server: Server) -> float:
    """User and system time of all threads."""
    times = psutil.Process(server.pid).cpu_times()
    return float(times.user + times.system)
