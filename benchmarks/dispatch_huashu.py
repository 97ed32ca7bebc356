"""Prints µs of CPU an event: our dispatcher with N handlers for exact texts."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast

from benchmarks.envelopes import app_text
from benchmarks.workspace import ENVIRON, workspace
from bot import Context, MessageReceived, Router, Texts
from bot.clock import SystemClock
from bot.customers.customers import Customers
from bot.dispatcher import Dispatcher
from bot.inbox import TableInbox
from bot.joined.ground import open_desk, open_editions
from bot.routing import Routes
from bot.sessions import Sessions
from bot.settings import Settings
from bot.store.journal import Journal, Write
from bot.wecom.payload import parse_xml


class NoJournal:
    """Commits nothing, and holds nothing."""

    async def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        return []

    def post(self, write: Write) -> None:
        pass


def router_of(handlers: int, heard: list[str]) -> Router:
    router = Router("bench")

    def handler() -> Callable[[MessageReceived, Context], Awaitable[None]]:
        async def answer(event: MessageReceived, context: Context) -> None:
            heard.append(event.id)

        return answer

    for number in range(handlers):
        router.on(MessageReceived, Texts(f"question {number}"))(handler())
    return router


async def main(handlers: int, events: int) -> None:
    heard: list[str] = []
    journal, clock = cast(Journal, NoJournal()), SystemClock()
    with workspace("http://127.0.0.1:9") as root:
        settings = Settings.load(root, ENVIRON)
        editions = open_editions(settings, journal)
        await editions.open()
        desk = open_desk(settings, {}, editions)
    dispatcher = Dispatcher(
        inbox=TableInbox(journal, clock), journal=journal, desk=desk,
        routes=Routes([router_of(handlers, heard)]), sessions=Sessions(journal),
        customers=Customers(journal, clock), clock=clock,
        send=lambda messages: None, pull=lambda event: None,
    )  # fmt: skip
    text, now = f"question {handlers - 1}", datetime.now(UTC)
    come = [parse_xml(app_text(f"member{n % 100}", text), now) for n in range(events)]
    started = time.process_time()
    for event in come:
        await dispatcher.handle(event, (event.id,))
    spent = time.process_time() - started
    assert len(heard) == events
    print(spent / events * 1e6)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
