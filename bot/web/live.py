"""Live pages: the browser is told that something has changed, and fetches it again.

While somebody watches, one look each second finds changes, whoever made them: this program,
another machine, or a command. It costs nothing while nobody watches.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from bot.clock import Clock
from bot.store.sql import Database

EVERY_S = 1.0
STILL_S = 20.0  # a sign of life, so that no proxy takes the line for dead
LATE = 32  # how many changes a slow browser may lag behind
MARKS = """
SELECT (SELECT max(seq) FROM event) AS event, (SELECT max(seq) FROM message) AS message,
       (SELECT max(seq) FROM script_step) AS scripts, (SELECT max(seq) FROM audit) AS audit,
       (SELECT max(changed_at) FROM plan) AS plans"""
TOPICS = {"event": "work", "message": "work", "commits": "work", "scripts": "scripts"}


class Live:
    """Topics: "work" (something came in, went out or was settled), "scripts", "audit", "plans"
    (one was steered or changed, or what it says now is planned).

    Args:
        commits: how often this program has written.
    """

    def __init__(self, database: Database, clock: Clock, commits: Callable[[], int]) -> None:
        self._database, self._clock, self._commits = database, clock, commits
        self._watchers: set[asyncio.Queue[str]] = set()
        self._watched = asyncio.Event()
        self._closed = False

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._watched.wait()
            seen = await self._marks()
            while self._watchers:
                await self._clock.sleep(EVERY_S)
                marks = await self._marks()
                changed = {TOPICS.get(name, name) for name in marks if marks[name] != seen[name]}
                seen = marks
                for topic in sorted(changed):
                    self.tell(topic)
            self._watched.clear()

    async def close(self, _: object = None) -> None:
        """End all streams, so that the server need not wait for browsers."""
        self._closed = True
        self.tell("")

    def tell(self, topic: str) -> None:
        """Tell every browser that watches."""
        for queue in self._watchers:
            if not topic or queue.qsize() < LATE:
                queue.put_nowait(topic)

    async def _marks(self) -> Mapping[str, object]:
        return {**(await self._database.rows(MARKS))[0], "commits": self._commits()}

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[asyncio.Queue[str]]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._watchers.add(queue)
        self._watched.set()
        try:
            yield queue
        finally:
            self._watchers.discard(queue)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events (text/event-stream): one named "changed" for each topic."""
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        with suppress(ConnectionError):  # the browser has gone
            async with self.watching() as queue:
                await response.write(b"retry: 3000\n\n")
                while not self._closed:
                    await response.write(await self._next(queue))
        return response

    async def _next(self, queue: asyncio.Queue[str]) -> bytes:
        try:
            async with asyncio.timeout(STILL_S):
                topic = await queue.get()
        except TimeoutError:
            return b": still here\n\n"
        return f"event: changed\ndata: {topic}\n\n".encode()
