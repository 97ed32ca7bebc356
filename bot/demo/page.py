"""The page on the mock's port: type as a customer, watch the answers and their reasons.

It acts through the mock's own controls (`/_mock/…`); what only the bot knows is added here.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

import orjson
from aiohttp import web

from bot.demo import stage as cast
from bot.demo.reasons import reasons_since

STATIC = Path(__file__).parent / "static"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; img-src data:; "
    "script-src 'self'; style-src 'unsafe-inline'; base-uri 'none'"
}
TODOS = "SELECT id, member, words FROM todo WHERE done_at IS NULL ORDER BY created_at DESC"
EARLY = "故事还在终端里讲，讲完这里就能用。\nThis page opens when the terminal has told the story."


class Page:
    def __init__(self) -> None:
        self.stage: cast.Stage | None = None  # once the story has been told

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get("/demo", self._page),
            web.get("/demo/page.js", self._script),
            web.get("/demo/cast", self._cast),
            web.get("/demo/reasons", self._reasons),
            web.get("/demo/todos", self._todos),
            web.post("/demo/tomorrow", self._tomorrow),
        ]

    async def _page(self, _: web.Request) -> web.StreamResponse:
        if self.stage is None:
            return web.Response(status=503, text=EARLY, headers={"Refresh": "2"})
        return web.FileResponse(STATIC / "index.html", headers=HEADERS)

    async def _script(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "page.js", headers=HEADERS)

    async def _cast(self, _: web.Request) -> web.Response:
        """Who is there, for the choices on the page."""
        return answer(
            {
                "members": cast.MEMBERS,
                "customers": cast.CUSTOMERS,
                "account": cast.ACCOUNT,
                "bot": cast.BOT,
                "group": cast.GROUP,
                "names": cast.NAMES,
                "duty": cast.WANGFANG,
            }
        )

    async def _reasons(self, request: web.Request) -> web.Response:
        """?since=SEQ: why what happened after that event was answered as it was."""
        since = request.query.get("since", "0")
        if self.stage is None or not since.isdecimal():
            return answer([])
        return answer(await reasons_since(self.stage.assistant.journal, int(since)))

    async def _todos(self, _: web.Request) -> web.Response:
        """What somebody still has to do, the newest first."""
        return answer(await self.stage.assistant.journal.read(TODOS, []) if self.stage else [])

    async def _tomorrow(self, _: web.Request) -> web.Response:
        """Put the clock forward to ten in the morning, and let the bot plan from there."""
        if self.stage is None:
            raise web.HTTPServiceUnavailable(text=EARLY)
        clock, touching = self.stage.clock, self.stage.assistant.touching
        local = clock.now().astimezone(touching.zone)
        morning = datetime.combine(local.date() + timedelta(days=1), time(10), touching.zone)
        await clock.advance((morning - local).total_seconds())
        await touching.ahead.run()
        return answer({"now": clock.now()})


def answer(body: object) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")
