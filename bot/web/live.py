"""Live pages: the browser is told that something has changed, and fetches it again.

While somebody watches, one look each second finds changes, whoever made them: this program,
another machine, or a command. A page carries the marks of before it was read, and is told of what
came between. It costs nothing more while nobody watches.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
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
NAMES = ("event", "message", "scripts", "audit", "plans")
TOPICS = ("work", "work", "scripts", "audit", "plans", "work")  # of those, and of commits


class Live:
    """Topics: "work" (something came in, went out or was settled), "scripts", "audit", "plans"
    (one was steered or changed, or what it says now is planned).

    Args:
        commits: how often this program has written.
    """

    def __init__(self, database: Database, clock: Clock, commits: Callable[[], int]) -> None:
        self._database, self._clock, self._commits = database, clock, commits
        self._watchers: dict[asyncio.Queue[str], Sequence[str]] = {}  # and the marks they know
        self._watched = asyncio.Event()
        self._closed = False

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._watched.wait()
            while self._watchers:
                marks = [*await self.marks(), str(self._commits())]
                for queue, seen in self._watchers.items():
                    pairs = zip(TOPICS, seen, marks, strict=False)
                    for topic in sorted({topic for topic, old, new in pairs if old != new}):
                        _put(queue, topic)
                    self._watchers[queue] = marks
                await self._clock.sleep(EVERY_S)
            self._watched.clear()

    async def close(self, _: object = None) -> None:
        """End all streams, so that the server need not wait for browsers."""
        self._closed = True
        self.tell("")

    def tell(self, topic: str) -> None:
        """Tell every browser that watches."""
        for queue in self._watchers:
            _put(queue, topic)

    async def marks(self) -> list[str]:
        """What a page carries, read before what it shows."""
        [row] = await self._database.rows(MARKS)
        return [str(row[name]) for name in NAMES]

    @asynccontextmanager
    async def watching(self, seen: Sequence[str] = ()) -> AsyncIterator[asyncio.Queue[str]]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._watchers[queue] = seen
        self._watched.set()
        try:
            yield queue
        finally:
            self._watchers.pop(queue)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events (text/event-stream): one named "changed" for each topic.

        ?seen= is the marks of the page.
        """
        seen = request.query.get("seen", "").split(",")
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        with suppress(ConnectionError):  # the browser has gone
            async with self.watching(seen if len(seen) == len(NAMES) else ()) as queue:
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


def _put(queue: asyncio.Queue[str], topic: str) -> None:
    if not topic or queue.qsize() < LATE:
        queue.put_nowait(topic)
