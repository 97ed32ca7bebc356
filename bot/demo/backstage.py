"""Serves the client's page what only the bot knows: reasons, the planner, practice."""

import asyncio
from collections.abc import Sequence
from contextvars import Context, copy_context

import orjson
from aiohttp import web

from bot.demo.company.life import COUNTED
from bot.demo.ears import Ears
from bot.demo.practice import Practice
from bot.demo.reasons import reasons_since
from bot.demo.stage import Stage

EXTRAS = {
    "reasons": "/demo/reasons",
    "forward": "/demo/forward",
    "practice": "/demo/practice",
}
STEP_S = 1800.0
SUMMED_UP = ("reminders", "complaints", "referral", *COUNTED)


class Backstage:
    def __init__(self) -> None:
        self.stage: Stage | None = None  # once it is open
        self._practice: Practice | None = None
        self._ears: Ears | None = None
        self._context: Context | None = None

    def open(self, stage: Stage) -> None:
        """Call this in the context of the stage's database, which the mock's requests lack."""
        self.stage, self._practice = stage, Practice(stage)
        self._ears = Ears(stage, self._practice.shown)
        self._context = copy_context()

    async def listen(self) -> None:
        """Make the bot hear at once what people write, until cancelled."""
        assert self._ears is not None  # the stage stands
        assert self._practice is not None
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ears.run())
            tasks.create_task(self._practice.run())

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get("/demo", self._client),
            web.get(EXTRAS["reasons"], self._reasons),
            web.post(EXTRAS["forward"], self._forward),
            web.get(EXTRAS["practice"], self._practising),
            web.post(f"{EXTRAS['practice']}/start", self._start),
            web.post(f"{EXTRAS['practice']}/stop", self._stop),
        ]

    async def _client(self, _: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/client"})

    async def _reasons(self, request: web.Request) -> web.Response:
        """?since=SEQ: why the bot answered as it did what happened after that event."""
        since = request.query.get("since", "0")
        if self.stage is None or not since.isdecimal():
            return answer([])
        return answer(await reasons_since(self.stage.assistant.journal, int(since)))

    async def _forward(self, request: web.Request) -> web.Response:
        """Put the clock forward by `advance_s`, and let the bot plan from there."""
        stage = self._open_stage()
        seconds = (await asked(request)).get("advance_s")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            return wrong('write {"advance_s": seconds}, at least 0')
        async with asyncio.TaskGroup() as group:
            group.create_task(goes_on(stage, seconds), context=self._context)
        stage.corp.bell.ring()
        return answer({"now": stage.clock.now()})

    async def _practising(self, _: web.Request) -> web.Response:
        return answer(self._practice.state() if self._practice else Practice.NOTHING)

    async def _start(self, request: web.Request) -> web.Response:
        self._open_stage()
        assert self._practice is not None  # the stage stands
        body = await asked(request)
        member, count = body.get("member"), body.get("count")
        if not isinstance(member, str) or type(count) is not int:
            return wrong('write {"member": userid, "count": number}')
        try:
            return answer(await self._practice.start(member, count))
        except ValueError as error:
            return wrong(str(error))

    async def _stop(self, _: web.Request) -> web.Response:
        self._open_stage()
        assert self._practice is not None  # the stage stands
        return answer(self._practice.stop())

    def _open_stage(self) -> Stage:
        if self.stage is None:
            raise web.HTTPServiceUnavailable(text="The demo is still being set up.")
        return self.stage


async def goes_on(stage: Stage, seconds: float) -> None:
    """Let time pass: what is due happens on the way; counts and notices are right at the end."""
    while seconds > 0:
        await stage.clock.advance(min(seconds, STEP_S))
        seconds -= STEP_S
        await stage.assistant.touching.ahead.run()
        await stage.assistant.sweep("touches")
        await stage.settle()
    for sweep in SUMMED_UP:
        await stage.assistant.sweep(sweep)
    await stage.settle()


async def asked(request: web.Request) -> dict[str, object]:
    """The JSON object of the request; empty if there is none."""
    try:
        body = orjson.loads(await request.read() or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def wrong(error: str) -> web.Response:
    return web.json_response({"error": error}, status=400)


def answer(body: object) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")
