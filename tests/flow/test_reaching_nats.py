"""A NATS that is down when a process begins, with a real server."""

import asyncio
import logging
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tortoise import BaseDBAsyncClient

from benchmarks.machines import nats
from benchmarks.processes import free_port
from bot.clock import turn
from bot.cluster.reaching import reached, servers
from bot.errors import ConfigError
from bot.store.database import open_database
from tests.databases import fresh
from tests.engine import workspace
from tests.machine import ground, machine


async def test_a_nats_that_is_not_there_yet_is_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The process ended: a restart each two seconds, for as long as NATS was away."""
    port = free_port()
    silent = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port)
    more = f'[inbox]\nurl = "nats://127.0.0.1:{port}"'
    settings, told = workspace(tmp_path, more=more, store="postgres"), asyncio.Event()

    class Told(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.set()

    async def work(connection: BaseDBAsyncClient) -> None:
        async with machine(connection, settings) as one:
            await one.shares.renew()

    logging.getLogger("bot.cluster.reaching").addHandler(handler := Told())
    try:
        # Left open after a failure, uvloop waits for it at its end, and the whole run with it.
        async with silent, open_database(fresh(str(tmp_path))) as connection, asyncio.timeout(60):
            async with asyncio.TaskGroup() as tasks:
                waiting = tasks.create_task(work(connection))
                await told.wait()
                assert not waiting.done()
                silent.close()
                async with nats(tmp_path, port=port):
                    await waiting
            assert "It is waited for" in caplog.text
            assert caplog.text.count("NATS does not answer") == 1
            ending = asyncio.ensure_future(work(connection))
            told.clear()
            await told.wait()
            ending.cancel()  # as SIGTERM does
            with pytest.raises(asyncio.CancelledError):
                await ending
    finally:
        logging.getLogger("bot.cluster.reaching").removeHandler(handler)


def test_a_blank_beside_the_comma_was_taken_and_then_not_understood() -> None:
    """The check of the settings took it, and nats-py found no port in it."""
    told = servers("nats://bot:x@a:4222 , nats://b:4222")
    assert told["servers"] == ["nats://bot:x@a:4222", "nats://b:4222"]


async def test_a_nats_that_does_not_let_us_in_is_told_with_its_cure(tmp_path: Path) -> None:
    """It did not answer, one read."""
    async with ground(tmp_path, "authorization { user: bot, password: s3cret }") as (one, wrong):
        with pytest.raises(ConfigError, match="NATS refuses user or password") as raised:
            async with machine(one, wrong):
                pass
    assert raised.value.complaints[0].key == "inbox.url"


NODE = """
server_name: "{0}"
cluster {{ name: c, listen: "127.0.0.1:{0}", routes: ["nats://127.0.0.1:{1}"] }}
authorization {{ user: bot, password: "s@cret" }}
"""


async def test_another_node_of_the_cluster_lets_us_in_when_ours_is_gone(tmp_path: Path) -> None:
    """Nodes that were heard of from the one in the URL were given no password, and the first
    that refused was the last that was tried: callbacks got a 503 until the next restart."""
    routes, back, stage = [free_port(), free_port()], asyncio.Event(), AsyncExitStack()
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    async with nats(folders[0], allows=NODE.format(*routes)), stage, asyncio.timeout(60):
        url = await stage.enter_async_context(nats(folders[1], allows=NODE.format(*routes[::-1])))

        async def reconnected() -> None:
            back.set()

        client = await reached(url.replace("//", "//bot:s%40cret@"), "me", reconnected)
        try:
            while len(client.discovered_servers) < 2:  # itself, and the other
                await turn()
            await stage.aclose()
            await back.wait()
        finally:
            await client.close()


async def test_a_nats_that_goes_away_is_not_told_of_each_second(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tried, often = 0, asyncio.Event()

    class Silent(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            nonlocal tried
            tried += 1
            transport.close()
            if tried == 2:
                often.set()

    async with open_database(fresh(str(tmp_path))) as connection, AsyncExitStack() as stack:
        async with nats(tmp_path) as url:
            more = f'[inbox]\nurl = "{url}"'
            settings = workspace(tmp_path, more=more, store="postgres")
            await stack.enter_async_context(machine(connection, settings))
        port = int(url.rpartition(":")[2])
        silent = await asyncio.get_running_loop().create_server(Silent, "127.0.0.1", port)
        async with silent, asyncio.timeout(60):
            await often.wait()
    assert caplog.text.count("NATS does not answer") == 1
    assert caplog.text.count("NATS: ") <= 1  # the loss itself
