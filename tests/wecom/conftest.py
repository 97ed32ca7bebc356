from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from bot.clock import ManualClock
from bot.wecom.client import WeComClient
from tests.wecom.double import Make, WeCom, client_at


@pytest.fixture
async def wecom() -> AsyncIterator[WeCom]:
    double = WeCom()
    application = web.Application(client_max_size=2**25)
    application.router.add_route("*", "/{path:.*}", double.serve)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    double.url = f"http://{host}:{port}"
    yield double
    await runner.cleanup()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def make(wecom: WeCom, clock: ManualClock) -> Make:
    def build(**changes: Any) -> WeComClient:
        return client_at(wecom.url, **{"clock": clock} | changes)

    return build


@pytest.fixture
async def client(make: Make) -> AsyncIterator[WeComClient]:
    async with make() as client:
        yield client
