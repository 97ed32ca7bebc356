"""Takes callbacks in, and plans a greeting for everybody when it is asked to.

`python -m benchmarks.touch_server PORT FILE`
"""

import asyncio
import sys

from aiohttp import web

from benchmarks.envelopes import AES_KEY, APP_PATH, CORP, TOKEN
from benchmarks.touch_shop import plan
from bot.clock import SystemClock
from bot.inbox import TableInbox
from bot.store.database import open_database
from bot.store.journal import Journal
from bot.wecom.callback import Callback
from bot.wecom.crypto import Envelope
from bot.wecom.payload import parse_xml

PLAN_PATH = "/plan"


async def main(port: int, file: str) -> None:
    async with open_database(f"sqlite://{file}") as connection, asyncio.TaskGroup() as tasks:
        journal, clock = Journal(connection), SystemClock()
        tasks.create_task(journal.run())

        async def planned(request: web.Request) -> web.Response:
            return web.json_response(await plan(connection))

        site = web.Application()
        site.router.add_post(PLAN_PATH, planned)
        callback = Callback(
            Envelope(TOKEN, AES_KEY, CORP), parse_xml, form="xml", clock=clock,
            inbox=TableInbox(journal, clock),
        )  # fmt: skip
        site.router.add_post(APP_PATH, callback.post)
        runner = web.AppRunner(site, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
