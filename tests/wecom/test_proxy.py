"""Calls go out through the company's proxy, whose address WeCom trusts (企业可信IP)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from bot.clock import ManualClock
from bot.errors import NoAnswer
from bot.wecom.long_connection import LongConnection
from tests.wecom.double import Make, WeCom

TEXT = {"msgtype": "text", "text": {"content": "您好"}}


class Proxy:
    """Passes plain requests on; refuses to lead to anywhere else, but remembers where to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.heard = asyncio.Event()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await self._pass_on(reader, writer)
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, address, _ = head.decode().split(" ", 2)
        self.asked.append(f"{method} {address.partition('?')[0]}")
        self.heard.set()
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        target = urlsplit(address)
        length = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length")]
        body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
        there, out = await asyncio.open_connection(target.hostname, target.port)
        rest = head.split(b"\r\n", 1)[1].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        out.write(f"{method} {target.path}?{target.query} HTTP/1.1\r\n".encode() + rest + body)
        writer.write(await there.read())
        out.close()
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    one = Proxy()
    async with await asyncio.start_server(one.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        one.url = f"http://127.0.0.1:{port}"
        yield one


async def test_a_call_goes_through_the_proxy(make: Make, wecom: WeCom, proxy: Proxy) -> None:
    async with make(proxy=proxy.url) as client:
        await client.send_app_message("1000002", ["wangfang"], TEXT)
    assert proxy.asked == [
        f"GET {wecom.url}/cgi-bin/gettoken",
        f"POST {wecom.url}/cgi-bin/message/send",
    ]


async def test_the_proxy_hears_only_the_name_of_wecom(make: Make, proxy: Proxy) -> None:
    async with make(base_url="https://qyapi.example.com", proxy=proxy.url) as client:
        with pytest.raises(NoAnswer) as error:
            await client.send_app_message("1000002", ["wangfang"], TEXT)
    assert set(proxy.asked) == {"CONNECT qyapi.example.com:443"}
    assert not error.value.sent


async def test_so_does_the_long_connection(proxy: Proxy) -> None:
    async def received(cmd: str, req_id: str, body: object) -> None:
        raise AssertionError("nothing can come")

    clock = ManualClock()
    line = LongConnection("wss://ws.example.com", "b", "s", clock, received, proxy=proxy.url)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(line.run())
        await proxy.heard.wait()
        running.cancel()
    assert proxy.asked == ["CONNECT ws.example.com:443"]
