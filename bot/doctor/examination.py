"""All lines, in the order in which one fixes things; it only reads, and messages nobody."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.doctor import callback, features, heard, place, running, signature, store
from bot.doctor.access import Access, reach
from bot.doctor.line import Line, State, Words, bad, unseen
from bot.doctor.signature import Shown
from bot.doctor.tags import named_tags, tags
from bot.errors import Complaint
from bot.files.reader import Secret
from bot.settings import App, CallbackKeys, Settings
from bot.store.sqlite_file import damage, trouble
from bot.store_url import is_postgres, url_in
from bot.telling.complaints import words
from bot.wecom.client import WeComClient
from bot.wecom.jssdk import Tickets
from bot.wecom.opening import open_client

SIDEBAR = "/sidebar"
NOT_SHOWN = Shown()


class FreshTokens:
    """Takes nothing from a store: an old token would hide a wrong secret. Knows what it fetched,
    so that no line can repeat it."""

    def __init__(self) -> None:
        self.fetched: set[str] = set()

    async def load(self, key: str) -> tuple[str, float] | None:
        return None

    async def save(self, key: str, token: str, expires_at: float) -> None:
        self.fetched.add(token)


def complaint(one: Complaint, line: str = "settings") -> Line:
    """The line for unreadable settings, which is then the only one."""
    place = one.file if one.key == "*" else f"{one.file}: {one.key}"
    problem, cure = words(one, "zh")
    return Line(
        id=line,
        state=State.RED,
        zh=f"{place}：{problem}",
        en=f"{place}: {one.problem}",
        cause=one.key,
        click=Words(cure, one.cure),
    )


async def examine(
    settings: Settings, clock: Clock, *, page: str = "", shown: Shown = NOT_SHOWN
) -> AsyncGenerator[Line, None]:
    """Examine an installation, whether it runs or not; yields each line once it is known.

    Args:
        page: a page that opens inside WeCom, or the sign-in link that leads to it; "" = the
            sidebar below public_url.
        shown: the signatures that this page got, for comparison.
    """
    tokens = FreshTokens()
    secrets = _secrets(settings)
    async with open_client(settings, clock, tokens) as client:
        tickets = Tickets(client, tokens, clock)
        examination = Examination(settings, client, tickets, clock)
        async for line in examination.lines(page, shown):
            yield _clean(line, (*secrets, *tokens.fetched))


class Examination:
    """One examination. `_needs`: the line that must be in order before we can ask WeCom anything
    further; "" = none."""

    def __init__(
        self, settings: Settings, client: WeComClient, tickets: Tickets, clock: Clock
    ) -> None:
        self._settings, self._client = settings, client
        self._tickets, self._clock = tickets, clock
        self._access = Access()
        self._needs = ""

    async def lines(self, page: str, shown: Shown) -> AsyncIterator[Line]:
        settings, clock = self._settings, self._clock
        app, bot, kf = settings.app, settings.bot, settings.kf
        if is_postgres(settings.store.url):
            yield await store.look(settings.store.url)
        else:
            url = url_in(settings.root, settings.store.url)
            path = Path(url.removeprefix("sqlite://"))
            for one in [*trouble(path)] or await asyncio.to_thread(list, damage(path)):
                yield complaint(one, "store")
        for line in running.look(await callback.health(settings.server, clock)):
            yield line
        if settings.inbox.url:
            yield await store.look_at_stream(settings.inbox.url)
        reached, time = await reach(settings, clock)
        yield reached
        yield time
        there = reached.state is State.GREEN
        if app:
            corp_id = settings.wecom.corp_id
            yield await callback.look("callback.app", settings, app.callback, corp_id, clock)
        if bot and bot.mode == "callback" and bot.callback:
            yield await callback.look("callback.bot", settings, bot.callback, "", clock)
        for line in await heard.look(settings):
            yield line
        if app:
            async for line in self._app_lines(app, there):
                yield line
            async for line in self._page_lines(page, shown):
                yield line
            yield await self._ask("range", features.visible(self._client, settings))
            yield await self._ask("contact", features.contact(self._client))
            if named := named_tags(settings.root):
                yield await self._ask("tags", tags(self._client, named))
        if kf and kf.enabled and app:
            if there and kf.secret:
                self._needs = ""  # another app's, so that nothing depends on [app]
            yield await self._ask("kf", features.service(self._client, kf))
        if bot and bot.mode == "long_connection":
            yield await features.smart_bot(settings, clock)

    async def _app_lines(self, app: App, there: bool) -> AsyncIterator[Line]:
        if there:
            async for line in self._access.lines(self._client, app):
                yield line
            self._needs = self._access.needs
        else:
            self._needs = "wecom"
            for one in ("token", "ip", "agent"):
                yield unseen(one, "wecom")

    async def _page_lines(self, page: str, shown: Shown) -> AsyncIterator[Line]:
        """Lines on the page that members open: its domain, the tickets, its signature."""
        base = self._settings.server.public_url.rstrip("/")
        page = page or (f"{base}{SIDEBAR}" if base else "")
        if page.startswith(place.AUTHORIZE):
            line, page = place.link(page, self._settings)
            yield line
        broken = bool(page) and not signature.is_address(page)
        details, tickets = self._access.details, self._access.tickets
        if broken:
            yield bad("domain", place.BAD_PAGE)
        elif details is None:
            yield unseen("domain", self._needs or "agent")
        else:
            yield place.domain(page, details)
        for kind, one in (("config", "ticket.corp"), ("agent", "ticket.agent")):
            yield await self._ask(one, self._access.ticket(kind, one, self._tickets))
        lacking = "ticket.corp" if "config" not in tickets else "ticket.agent"
        if broken or not page:
            yield bad("signature", place.BAD_PAGE if broken else place.NO_PAGE)
        elif len(tickets) < 2 and (shown.config or shown.agent):
            yield unseen("signature", lacking)
        else:
            yield signature.look(page, tickets, shown)

    async def _ask(self, line: str, question: Coroutine[Any, Any, Line]) -> Line:
        if self._needs:
            question.close()
            return unseen(line, self._needs)
        return await question


def _secrets(settings: Settings) -> tuple[str, ...]:
    app, kf, bot = settings.app, settings.kf, settings.bot
    held: list[Secret | None] = []
    if app:
        held += [app.secret, *_pairs(app.callback)]
    if kf:
        held.append(kf.secret)
    if bot:
        held.append(bot.secret)
        if bot.callback:
            held += _pairs(bot.callback)
    return tuple(secret.reveal() for secret in held if secret)


def _pairs(keys: CallbackKeys) -> list[Secret]:
    return [part for pair in (keys, keys.old) if pair for part in (pair.token, pair.aes_key)]


def _clean(line: Line, secrets: tuple[str, ...]) -> Line:
    """Strike out any secret that WeCom repeated, just before a line goes out."""

    def strike(text: str) -> str:
        for secret in secrets:
            if len(secret) > 7:  # a Token of a few letters may be a word
                text = text.replace(secret, "***")
        return text

    click = Words(strike(line.click.zh), strike(line.click.en))
    return replace(
        line, zh=strike(line.zh), en=strike(line.en), exact=strike(line.exact), click=click
    )
