"""The processes that are measured. Each is fresh, and has a core of its own where it can."""

import asyncio
import os
import random
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CHECKOUT = Path(__file__).parents[1]
DATA = CHECKOUT / "bot/scripts/data"  # what was fitted or made of other projects' tables
HUASHU = Path(sys.executable).with_name("huashu")
PATIENCE_S = 90.0  # where two cores had twenty programs, one took half a minute to come up
OURS = 20_000, 32_000  # ports; Linux gives those from 32768 on, others from 49152
# As we found them; nothing can be pinned on macOS and Windows.
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


@dataclass(frozen=True, slots=True)
class Server:
    process: Process
    port: int

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.process.wait(), 10)
            await self.kill()


def first_core() -> int | None:
    return CORES[0] if CORES else None


def stay_off_first_core() -> None:
    """Leave one core to what is measured; load and stub share the others."""
    if len(CORES) > 1:
        os.sched_setaffinity(0, CORES[1:])


def pin(core: int | None) -> Callable[[], None] | None:
    return None if core is None else lambda: os.sched_setaffinity(0, {core})


def free_port() -> int:
    """It is taken a moment later, so it is none of those that systems give to whoever connects."""
    while True:
        port = random.SystemRandom().randrange(*OURS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


async def start(
    *command: str | Path,
    port: int,
    core: int | None = None,
    env: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
) -> Server:
    """A server that will listen on `port`; `until_listening` waits for it."""
    ours = {**os.environ, **(env or {})}
    # It keeps what it compiled, as installed: else it reads all sources at each of its starts.
    ours.pop("PYTHONDONTWRITEBYTECODE", None)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=CHECKOUT, env=ours, stdout=log, stderr=log,
        stdin=asyncio.subprocess.DEVNULL, preexec_fn=pin(core),
    )  # fmt: skip
    return Server(process, port)


async def until_listening(server: Server) -> None:
    """Raises RuntimeError if it ends instead."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if server.process.returncode is not None:
                raise RuntimeError(f"the server ended with {server.process.returncode}")
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", server.port)
                writer.close()
                return
            await asyncio.sleep(0.005)


@asynccontextmanager
async def module(
    name: str, *arguments: str, core: int | None = None, env: Mapping[str, str] | None = None
) -> AsyncIterator[Server]:
    """`python -m benchmarks.NAME PORT …` for as long as the context is open."""
    port = free_port()
    server = await start(
        sys.executable, "-m", f"benchmarks.{name}", str(port), *arguments,
        port=port, core=core, env=env,
    )  # fmt: skip
    try:
        await until_listening(server)
        yield server
    finally:
        await server.kill()


async def start_engine(
    root: Path, env: Mapping[str, str], *, core: int | None = None, port: int | None = None
) -> Server:
    """`huashu run` in the workspace `root`; it logs into engine.log there."""
    port = port or free_port()
    with (root / "engine.log").open("ab") as log:
        return await start(
            HUASHU, "run", "--root", root, "--port", str(port),
            port=port, core=core, env=env, log=log,
        )  # fmt: skip


@asynccontextmanager
async def engine(
    root: Path, env: Mapping[str, str], *, core: int | None = None, port: int | None = None
) -> AsyncIterator[Server]:
    server = await start_engine(root, env, core=core, port=port)
    try:
        await until_listening(server)
        yield server
    finally:
        await server.stop()


async def posts(stub: Server) -> int:
    """How many calls the stub of WeCom's API has answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stub.port)
    writer.write(b"GET /count HTTP/1.1\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    count = int(await reader.readexactly(length))
    writer.close()
    return count


async def until_posted(stub: Server, number: int) -> None:
    """Wait for the stub to have answered so many calls."""
    async with asyncio.timeout(120):
        while True:
            if await posts(stub) >= number:
                return
            await asyncio.sleep(0.01)
