"""(b) Callbacks acknowledged after they are on disk, SQLite with synchronous=FULL."""

import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks import load
from benchmarks.envelopes import app_text, unheard_of, xml_request
from benchmarks.figures import Figure, Section, at_least, below, middle, plain
from benchmarks.processes import CORES, Server, engine, first_core, module
from benchmarks.slow_disk import slow_disk
from benchmarks.workspace import ENVIRON, workspace

ROUNDS, AT_ONCE = 3, (1, 16, 64)
NO_API = "http://127.0.0.1:9"
EVENTS = {  # by server and callers; enough for about a second
    "inbox": {1: 1000, 16: 5000, 64: 8000},
    "engine": {1: 600, 16: 3000, 64: 6000},
    "echo": {1: 2000, 16: 8000, 64: 12000},
    "orm": {1: 500, 16: 1000, 64: 1000},
}
NAMES = {
    "inbox": "Huashu: callback and inbox",
    "engine": "Huashu: the whole engine, nobody handles the event",
    "echo": "bare aiohttp handler, nothing stored",
    "orm": "one Tortoise create a request",
}


async def run() -> Section:
    fast, slow = [], []
    with tempfile.TemporaryDirectory() as folder:
        shim = await slow_disk(Path(folder))
        for _ in range(ROUNDS):
            fast.append(await one_round({}, tuple(EVENTS)))
            if shim:
                slow.append(await one_round(shim, ("inbox", "orm")))
    found = middle(fast)
    figures = rates(found, fast[0])
    figures += (
        at_least("inbox at 64 callers", found["inbox 64"], "/s", 7000),
        below("inbox at 64 callers, p99", found["inbox 64 p99"], "ms", 50),
        below(
            "inbox at 64 callers, of a bare handler",
            found["echo 64"] / found["inbox 64"],
            "times",
            2.5,
        ),
    )
    notes = [
        "load generator and server each have a core"
        if len(CORES) > 1
        else "no core of its own for the server"
    ]
    if slow:
        crept = middle(slow)
        figures += tuple(
            plain(f"1 ms disk: {NAMES[kind]}, 64 callers", crept[f"{kind} 64"], "/s",
                  f"p99 {crept[f'{kind} 64 p99']:.0f} ms")
            for kind in ("inbox", "orm")
        )  # fmt: skip
        ratio = crept["inbox 64"] / crept["orm 64"]
        figures += (at_least("1 ms disk: inbox over ORM, 64 callers", ratio, "times", 10),)
    else:
        notes.append("the slow disk is left out: it needs Linux and a C compiler")
    return Section(title="(b) durable acknowledged callbacks", figures=figures, notes=tuple(notes))


def rates(found: Mapping[str, float], kinds: Mapping[str, float]) -> tuple[Figure, ...]:
    return tuple(
        plain(f"{NAMES[kind]}, {at_once} at once", found[f"{kind} {at_once}"], "/s",
              f"p50 {found[f'{kind} {at_once} p50']:.1f} p99 "
              f"{found[f'{kind} {at_once} p99']:.1f} ms")
        for kind in EVENTS for at_once in AT_ONCE if f"{kind} {at_once}" in kinds
    )  # fmt: skip


async def one_round(env: Mapping[str, str], kinds: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    write = xml_request()
    for kind in kinds:
        async with serving(kind, env) as server:
            await load.call(server.port, [write(payload(kind, n)) for n in range(100)], 4)
            for at_once in AT_ONCE:
                number = EVENTS[kind][at_once]
                requests = [write(payload(kind, n)) for n in range(number)]
                answered = await load.call(server.port, requests, at_once)
                found[f"{kind} {at_once}"] = answered.rate
                found[f"{kind} {at_once} p50"] = answered.ms(0.5)
                found[f"{kind} {at_once} p99"] = answered.ms(0.99)
    return found


def payload(kind: str, number: int) -> bytes:
    if kind == "engine":
        return unheard_of()
    return app_text(f"member{number % 500}", "你好,我上周买的羊毛围巾想问一下怎么清洗,可以机洗吗?")


@asynccontextmanager
async def serving(kind: str, env: Mapping[str, str]) -> AsyncIterator[Server]:
    """On a disk and a database that nobody has used yet."""
    with workspace(NO_API) as root:
        if kind == "engine":
            server = engine(root, {**ENVIRON, **env}, core=first_core())
        else:
            server = module("peer_servers", kind, str(root), core=first_core(), env=env)
        async with server as running:
            yield running
