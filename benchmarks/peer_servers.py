"""Servers that the engine is measured beside, each in a process of its own.

inbox     our callback and our inbox, without the rest of the engine
echo      aiohttp alone: reads the body, answers 200
orm       the same with one Tortoise `create` a request
assembly  the straightforward bot: wechatpy, one ORM call a step, WRatio over the list
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import aiohttp
import jinja2
import wechatpy.work
from aiohttp import web
from rapidfuzz import process
from wechatpy.work.crypto import WeChatCrypto

from benchmarks.envelopes import AES_KEY, AGENT, APP_PATH, CORP, TOKEN
from bot.clock import SystemClock
from bot.inbox import TableInbox
from bot.scripts.library import Library
from bot.store.database import open_database
from bot.store.journal import Journal
from bot.store.models import EventRow, EventState, MessageRow, MessageState, SessionRow
from bot.wecom.callback import Callback
from bot.wecom.crypto import Envelope
from bot.wecom.payload import parse_xml

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def inbox(root: Path, stack: AsyncExitStack) -> Handler:
    connection = await stack.enter_async_context(open_database(f"sqlite://{root}/var/inbox.db"))
    tasks = await stack.enter_async_context(asyncio.TaskGroup())
    journal = Journal(connection)
    tasks.create_task(journal.run())
    clock = SystemClock()
    return Callback(
        Envelope(TOKEN, AES_KEY, CORP), parse_xml, form="xml", clock=clock,
        inbox=TableInbox(journal, clock),
    ).post  # fmt: skip


async def echo(root: Path, stack: AsyncExitStack) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response()

    return answer


async def orm(root: Path, stack: AsyncExitStack) -> Handler:
    await stack.enter_async_context(open_database(f"sqlite://{root}/var/orm.db"))
    numbers = count()

    async def answer(request: web.Request) -> web.Response:
        body = await request.text()
        await EventRow.create(
            id=f"app:{next(numbers)}", kind="MessageReceived", conversation="app:1:liming",
            body=body, received_at=time.time(),
        )  # fmt: skip
        return web.Response()

    return answer


async def assembly(root: Path, stack: AsyncExitStack, api: str) -> Handler:
    await stack.enter_async_context(open_database(f"sqlite://{root}/var/assembly.db"))
    http = await stack.enter_async_context(aiohttp.ClientSession())
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORP)
    scripts = {
        example: script
        for script in Library.load(root / "scripts_library")
        for example in script.examples
    }

    async def answer(request: web.Request) -> web.Response:
        query = request.query
        plain = crypto.decrypt_message(
            await request.text(), query["msg_signature"], query["timestamp"], query["nonce"]
        )
        message = wechatpy.work.parse_message(plain)
        event, fresh = await EventRow.get_or_create(
            id=f"app:{message.id}",
            defaults={
                "kind": "text", "conversation": f"app:{AGENT}:{message.source}",
                "body": message.content, "received_at": time.time(),
            },
        )  # fmt: skip
        if fresh:
            await reply(event, message)
        return web.Response()

    async def reply(event: EventRow, message: wechatpy.work.messages.TextMessage) -> None:
        example, *_ = process.extractOne(message.content, scripts.keys())
        words = (
            jinja2.Environment()
            .from_string(WORDS)
            .render(customer={"name": ""}, company={"hours": "每天"}, title=scripts[example].title)
        )
        await SessionRow.update_or_create(
            conversation=event.conversation,
            defaults={"heard_at": time.time(), "sent": 1, "staffed": False, "changed_at": 0.0},
        )
        sending = await MessageRow.create(
            id=f"m{message.id}", event_id=event.id, conversation=event.conversation, via="app",
            script=scripts[example].id, body=words, created_at=time.time(), due_at=time.time(),
        )  # fmt: skip
        body = {"touser": message.source, "agentid": AGENT, "msgtype": "text"}
        async with http.post(
            f"{api}/cgi-bin/message/send", params={"access_token": "T"},
            json={**body, "text": {"content": words}},
        ) as answered:  # fmt: skip
            await answered.read()
        sending.state = MessageState.SENT
        await sending.save()
        event.state = EventState.DONE
        await event.save()

    return answer


WORDS = "{{ customer.name or '您' }}好,{{ title }}:请看说明,{{ company.hours }}都在。"


async def main(port: int, kind: str, root: Path, *more: str) -> None:
    async with AsyncExitStack() as stack:
        makers: dict[str, Callable[..., Awaitable[Handler]]] = {
            "inbox": inbox, "echo": echo, "orm": orm, "assembly": assembly,
        }  # fmt: skip
        site = web.Application()
        site.router.add_post(APP_PATH, await makers[kind](root, stack, *more))
        runner = web.AppRunner(site, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), *sys.argv[4:]))
