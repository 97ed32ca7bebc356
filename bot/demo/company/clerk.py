"""Somebody of the company who uses the pages: the demo acts through them, as staff would."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from aiohttp import ClientSession, DummyCookieJar

from bot.app import Assistant
from bot.errors import BotError
from bot.web.session import COOKIE

Fields = Mapping[str, str] | Sequence[tuple[str, str]]


class Clerk:
    def __init__(self, running: Assistant, http: ClientSession, who: str) -> None:
        self._running, self._http = running, http
        self._session = running.office.seal.begin(who)

    async def posts(self, path: str, fields: Fields = ()) -> None:
        """
        Raises:
            BotError: the page says no.
        """
        seal = self._running.office.seal
        headers = {
            "X-CSRF-Token": seal.token(self._session), "HX-Request": "true",
            "Cookie": f"{COOKIE}={seal.close(self._session)}",
        }  # fmt: skip
        url = self._running.url + path
        async with self._http.post(url, data=fields, headers=headers) as answer:
            if answer.status >= 400:
                raise BotError(f"{path}: {answer.status} {(await answer.text())[:300]}")


@asynccontextmanager
async def at_work(running: Assistant, *staff: str) -> AsyncIterator[list[Clerk]]:
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        yield [Clerk(running, http, who) for who in staff]
