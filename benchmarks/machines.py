"""Engines on one PostgreSQL and one NATS, of which one after another is killed under load."""

import asyncio
import random
import signal
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.company import SCRIPTS, Account, Company
from benchmarks.processes import Server, free_port, start, start_engine, until_listening
from benchmarks.workspace import ENVIRON, workspace
from bot.mockwecom.server import MockServer

NATS = Path(sys.executable).with_name("nats-server")
CONFIG = """
listen: "127.0.0.1:{port}"
jetstream {{ store_dir: "{folder}", sync_interval: always }}
{allows}
"""
GAP_S = 0.03
WORK_S = 4.0  # between two kills


@asynccontextmanager
async def nats(folder: Path, *, port: int = 0, allows: str = "") -> AsyncIterator[str]:
    """The URL of a NATS with JetStream of our own.

    Args:
        allows: who may connect, as its configuration says it.
    """
    port = port or free_port()
    config = folder / "nats.conf"
    config.write_text(CONFIG.format(port=port, folder=folder / "streams", allows=allows), "utf-8")
    server = await start(NATS, "-c", config, port=port)
    try:
        await until_listening(server)
        yield f"nats://127.0.0.1:{port}"
    finally:
        await server.kill()


@dataclass(slots=True)
class Balancer:
    """What stands before the machines: a connection goes to one that answers."""

    ports: Sequence[int]
    chance: random.Random

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        for port in self.chance.sample(self.ports, len(self.ports)):
            with suppress(OSError):
                their_reader, their_writer = await asyncio.open_connection("127.0.0.1", port)
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(_pour(reader, their_writer))
                    tasks.create_task(_pour(their_reader, writer))
                return
        writer.close()


async def _pour(source: StreamReader, sink: StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    with suppress(ConnectionError):
        sink.close()


async def trial(
    *, kills: int, seed: int, store: str, folder: Path, machines: int = 2, frozen_s: float = 0
) -> Account:
    """The books, after so many machines were killed and started again.

    Args:
        frozen_s: so long one of them stands still at the end, and then goes on.
        store: the URL of an empty PostgreSQL.
        folder: where the stream is kept.
    """
    chance = random.Random(seed)
    company = Company(seed)
    async with nats(folder) as inbox, MockServer(company.corp) as mock:
        more = f'[inbox]\nurl = "{inbox}"\npartitions = 8\n'
        with workspace(mock.url, SCRIPTS, store=store, more=more, bot=False) as root:
            ports = [free_port() for _ in range(machines)]
            balancer = Balancer(ports, chance)
            door = await asyncio.start_server(balancer.serve, "127.0.0.1", 0)
            company.listen(f"http://127.0.0.1:{door.sockets[0].getsockname()[1]}")
            engines = list[Server]()
            try:
                for port in ports:
                    engines.append(await _engine(root, port))
                async with asyncio.TaskGroup() as tasks:
                    load = tasks.create_task(_load(company, chance))
                    for number in range(kills):
                        await asyncio.sleep(chance.uniform(1, WORK_S))
                        which = number % machines
                        await engines[which].kill()
                        await asyncio.sleep(chance.uniform(0, WORK_S))
                        engines[which] = await _engine(root, ports[which])
                    if frozen_s:
                        engines[0].process.send_signal(signal.SIGSTOP)
                        await asyncio.sleep(frozen_s)
                        engines[0].process.send_signal(signal.SIGCONT)
                        await asyncio.sleep(1)
                    load.cancel()
                await company.settled(store)
                return await company.account(store)
            finally:
                for engine in engines:
                    await engine.stop()
                door.close()


async def _engine(root: Path, port: int) -> Server:
    server = await start_engine(root, ENVIRON, port=port)
    try:
        await until_listening(server)
    except BaseException:
        await server.kill()
        raise
    return server


async def _load(company: Company, chance: random.Random) -> None:
    while True:
        await company.somebody_acts()
        await asyncio.sleep(chance.expovariate(1 / GAP_S))
