"""The pages as a browser sees them, for tests: logged in as somebody, with the CSRF token."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientResponse, ClientSession, DummyCookieJar

from bot.app import Assistant
from bot.store.desk import staff
from bot.store.desk.staff import Role, Staff
from bot.web.jobs import Job
from bot.web.session import COOKIE, Session

TOKEN = re.compile(r'"X-CSRF-Token": "([^"]+)"')
PRESSES = re.compile(r"""<button(?![^>]*type="button")[^>]*>|<input[^>]*type="submit"[^>]*>""")
JOB = re.compile(r"""id="job-(\w+)"|job=(\w+)""")
VALUE = re.compile(r' value="([^"]*)"')
PART = {"HX-Request": "true"}


class Pages:
    """
    Args:
        cookies: the session's; none for a stranger.
    """

    def __init__(self, http: ClientSession, bot: Assistant, session: Session | None) -> None:
        self._http, self._bot, self._session = http, bot, session

    @property
    def cookies(self) -> Mapping[str, str]:
        return {COOKIE: self._bot.office.seal.close(self._session)} if self._session else {}

    @property
    def token(self) -> str:
        assert self._session is not None  # strangers have none
        return self._bot.office.seal.token(self._session)

    async def get(self, path: str, **options: Any) -> ClientResponse:
        return await self._send("GET", path, options.pop("headers", {}), **options)

    async def post(self, path: str, *, token: str | None = None, **options: Any) -> ClientResponse:
        """Post as htmx does; `token` replaces the right one."""
        right = self.token if self._session else ""
        headers = {"X-CSRF-Token": right if token is None else token, **PART}
        headers |= options.pop("headers", {})
        return await self._send("POST", path, headers, **options)

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], **options: Any
    ) -> ClientResponse:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {**headers, **({"Cookie": cookie} if cookie else {})}
        response = await self._http.request(
            method, self._bot.url + path, headers=sent, allow_redirects=False, **options
        )
        await response.read()
        return response

    async def text(self, path: str, **options: Any) -> str:
        """The page's text; the page must exist."""
        response = await self.get(path, **options)
        assert response.status == 200, (response.status, await response.text())
        return await response.text()

    async def part(self, path: str, **options: Any) -> str:
        """The part that htmx puts into a page; it must exist."""
        return await self.text(path, headers=PART, **options)

    async def ended(self, told: str) -> Job:
        """The job that a page or an address names, once all of its work is done."""
        found = JOB.search(told)
        assert found is not None, told
        assert self._session is not None
        job = self._bot.office.jobs.find(found[1] or found[2], self._session.who)
        assert job is not None
        async with asyncio.timeout(300):  # 5,000 rows on a busy machine
            while job.state == "running":
                await asyncio.sleep(0.005)  # noqa: TID251 a thread works in real time
        assert job.state == "done", job.zh
        return job

    async def outcome(self, told: str) -> str:
        """What such a job shows when it is done."""
        return await self.text(f"/jobs/{(await self.ended(told)).id}")


def pressed_by_enter(page: str) -> str | None:
    """The value of the button that Enter presses in a field of the page's own form: the first, by
    the HTML standard; None: it is disabled, and nothing is sent."""
    form = re.split(r"<form[^>]*method=\"post\"(?![^>]*/logout)[^>]*>", page)[1]
    first = PRESSES.search(form)
    assert first is not None, form
    value = VALUE.search(first[0])
    return None if " disabled" in first[0] else value[1] if value else ""


@asynccontextmanager
async def visiting(
    bot: Assistant, who: str = "", role: Role = Role.MEMBER, *, leader: str = ""
) -> AsyncIterator[Pages]:
    """The pages for `who` with `role`; without a role for a stranger."""
    session = None
    if who:
        person = Staff(id=who, name=who, role=role, leader=leader, active=True, sight=())
        now = bot.office.clock.timestamp()
        await staff.put(bot.office.database, person, now)
        session = bot.office.seal.begin(who)
    async with ClientSession(cookie_jar=DummyCookieJar()) as http:
        yield Pages(http, bot, session)
