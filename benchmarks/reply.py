"""(c) The whole way: callback, stored, matched, rendered, sent; CPU of the engine's process."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from benchmarks import compiled, load
from benchmarks.dispatch import peers
from benchmarks.envelopes import app_text, bot_text, json_request, xml_request
from benchmarks.figures import Figure, Section, at_least, below, middle, plain
from benchmarks.processes import Server, engine, first_core, module, posts, until_posted
from benchmarks.workspace import ENVIRON, questions, workspace

ROUNDS, AT_ONCE, SCRIPTS = 3, 64, 1000
EVENTS = {"app": 3000, "bot": 3000, "assembly": 300}
BARE = 6000
MEMBERS = 1000  # WeCom lets an app write 30 messages a minute to one of them
PEER, OURS = "assembly", ("app", "bot")
NAMES = {"app": "app message", "bot": "smart bot, response_url", "assembly": "the assembly"}


async def run() -> Section:
    forms = {"": {}, **({"compiled": compiled.environ()} if compiled.environ() else {})}
    rounds = [{**await one_round(forms), **await bare(), **await peers()} for _ in range(ROUNDS)]
    found = middle(rounds)
    return Section(
        title=f"(c) callback → reply sent, {SCRIPTS} scripts, half of the questions exact",
        figures=(
            *(figure for form in forms for figure in spent(form, found)),
            plain(f"{NAMES[PEER]}: CPU of the process an event", found[PEER], "µs"),
            plain("a bare aiohttp handler: CPU a request", found["bare"], "µs",
                  "tells how quick this machine is just now"),
            plain("aiogram: dispatch alone, 20 handlers", found["aiogram 20"], "µs"),
            plain("nonebot2: dispatch alone, 20 matchers", found["nonebot 20"], "µs"),
            *(figure for form in forms for figure in compared(form, found)),
        ),
        notes=(
            "WeCom's API is a stub in another process, which answers at once",
            "compiled: by `make fast`, of the same sources" if len(forms) > 1
            else "the compiled form is not there: make fast",
        ),
    )  # fmt: skip


def spent(form: str, found: dict[str, float]) -> Iterator[Figure]:
    for way in OURS:
        rate = f"{found[f'{form}{way} rate']:,.0f} /s with load and stub on the other core"
        name = f"{NAMES[way]}: CPU of the engine an event"
        yield plain(named(name, form), found[f"{form}{way}"], "µs", rate)


def compared(form: str, found: dict[str, float]) -> Iterator[Figure]:
    cost = max(found[f"{form}{way}"] for way in OURS)
    yield below(named("the dearer of ours", form), cost, "µs", 450)
    yield at_least(named("events a second that one core allows", form), 1e6 / cost, "/s", 2000)
    for peer, name, most in (("aiogram 20", "aiogram", 3), ("nonebot 20", "nonebot2", 12)):
        yield below(named(f"ours, of {name}'s", form), cost / found[peer], "times", 1 / most)
    yield at_least(named("the assembly costs so many of ours", form),
                   found[PEER] / found[f"{form}app"], "times", 15)  # fmt: skip


def named(name: str, form: str) -> str:
    return f"{name}, {form}" if form else name


async def one_round(forms: Mapping[str, Mapping[str, str]]) -> dict[str, float]:
    """The forms one after the other for each way, so that all meet the same machine."""
    found: dict[str, float] = {}
    for way, number in EVENTS.items():
        for form, environ in forms.items() if way in OURS else (("", {}),):
            async with module("api_stub") as stub:
                with workspace(stub.url, SCRIPTS) as root:
                    asked = questions(root, SCRIPTS, number + 200)
                    async with serving(way, root, stub, environ) as server:
                        write = writer(way, stub.url)
                        await answered(server, stub, write, asked[number:])
                        cost, rate = await answered(server, stub, write, asked[:number])
            found[f"{form}{way}"], found[f"{form}{way} rate"] = cost, rate
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
async def serving(
    way: str, root: Path, stub: Server, environ: Mapping[str, str]
) -> AsyncIterator[Server]:
    if way == PEER:
        (root / "var").mkdir()
        server = module("peer_servers", way, str(root), stub.url, core=first_core())
    else:
        server = engine(root, {**ENVIRON, **environ}, core=first_core())
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
