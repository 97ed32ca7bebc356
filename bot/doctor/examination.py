"""All lines, in the order in which one mends things; read-only, and nothing reaches anybody."""

from collections.abc import AsyncIterator
from dataclasses import replace

from bot.clock import Clock
from bot.doctor import callback, features, place, signature
from bot.doctor.access import Access, reach
from bot.doctor.line import Line, State, Words, bad, unseen
from bot.doctor.signature import Shown
from bot.errors import Complaint
from bot.reader import Secret
from bot.settings import Settings
from bot.wecom.client import WeComClient
from bot.wecom.jssdk import Tickets
from bot.wecom.opening import open_client

SIDEBAR = "/sidebar"
NOT_SHOWN = Shown()


class FreshTokens:
    """Nothing is taken from a store: an old token would hide a wrong secret. What was fetched
    is known here, so that no line can repeat it."""

    def __init__(self) -> None:
        self.fetched: set[str] = set()

    async def load(self, key: str) -> tuple[str, float] | None:
        return None

    async def save(self, key: str, token: str, expires_at: float) -> None:
        self.fetched.add(token)


def complaint(one: Complaint) -> Line:
    """Settings that cannot be read are a line too, the only one then."""
    text = f"{one.file}: {one.key}: {one.problem}"
    return Line(
        id="settings",
        state=State.RED,
        zh=text,
        en=text,
        cause=one.key,
        click=Words(one.cure, one.cure),
    )


async def examine(
    settings: Settings, clock: Clock, *, page: str = "", shown: Shown = NOT_SHOWN
) -> AsyncIterator[Line]:
    """Look at an installation, whether it runs or not; each line comes when it is known.

    Args:
        page: a page that opens inside WeCom, or the sign-in link that leads to it; "" = the
            sidebar below public_url.
        shown: the signatures that this page got, to be compared.
    """
    tokens = FreshTokens()
    secrets = _secrets(settings)
    async with open_client(settings, clock, tokens) as client:
        async for line in _lines(settings, client, tokens, clock, page, shown):
            yield _clean(line, (*secrets, *tokens.fetched))


async def _lines(
    settings: Settings,
    client: WeComClient,
    tokens: FreshTokens,
    clock: Clock,
    page: str,
    shown: Shown,
) -> AsyncIterator[Line]:
    app, bot = settings.app, settings.bot
    reached, time = await reach(settings, clock)
    yield reached
    yield time
    if app:
        receiver = settings.wecom.corp_id
        yield await callback.look("callback.app", settings, app.callback, receiver, clock)
    if bot and bot.mode == "callback" and bot.callback:
        yield await callback.look("callback.bot", settings, bot.callback, "", clock)
    if app:
        access = Access()
        if reached.state is State.GREEN:
            async for line in access.lines(client, app):
                yield line
            needs = access.needs
        else:
            needs = "wecom"
            for one in ("token", "ip", "agent"):
                yield unseen(one, needs)
        async for line in _page_lines(settings, access, needs, page, shown, client, tokens, clock):
            yield line
        yield unseen("range", needs) if needs else await features.visible(client, settings)
        yield unseen("contact", needs) if needs else await features.contact(client)
    if settings.kf and settings.kf.enabled and app:
        own = settings.kf.secret is not None and reached.state is State.GREEN
        ask = own or not needs
        yield await features.service(client, settings.kf) if ask else unseen("kf", needs)
    if bot and bot.mode == "long_connection":
        yield await features.smart_bot(settings, clock)


async def _page_lines(
    settings: Settings,
    access: Access,
    needs: str,
    page: str,
    shown: Shown,
    client: WeComClient,
    tokens: FreshTokens,
    clock: Clock,
) -> AsyncIterator[Line]:
    """Of the page that members open: its domain, the tickets, its signature."""
    base = settings.server.public_url.rstrip("/")
    page = page or (f"{base}{SIDEBAR}" if base else "")
    if page.startswith(place.AUTHORIZE):
        line, page = place.link(page, settings)
        yield line
    if needs or access.details is None:
        yield unseen("domain", needs or "agent")
    else:
        yield place.domain(page, access.details)
    if needs == "wecom":
        yield unseen("ticket.corp", needs)
        yield unseen("ticket.agent", needs)
    else:
        async for line in access.ticket_lines(Tickets(client, tokens, clock)):
            yield line
    if not page:
        yield bad("signature", place.NO_PAGE)
    elif len(access.tickets) < 2 and (shown.config or shown.agent):
        yield unseen("signature", "ticket.corp" if "config" not in access.tickets else
                     "ticket.agent")  # fmt: skip
    else:
        yield signature.look(page, access.tickets, shown)


def _secrets(settings: Settings) -> tuple[str, ...]:
    app, kf, bot = settings.app, settings.kf, settings.bot
    held: list[Secret | None] = []
    if app:
        held += [app.secret, app.callback.token, app.callback.aes_key]
    if kf:
        held.append(kf.secret)
    if bot:
        held.append(bot.secret)
        if bot.callback:
            held += [bot.callback.token, bot.callback.aes_key]
    return tuple(secret.reveal() for secret in held if secret)


def _clean(line: Line, secrets: tuple[str, ...]) -> Line:
    """The last look before a line leaves: whatever WeCom repeated of them is struck out."""

    def strike(text: str) -> str:
        for secret in secrets:
            if len(secret) > 7:  # a Token of a few letters may be a word
                text = text.replace(secret, "***")
        return text

    click = Words(strike(line.click.zh), strike(line.click.en))
    return replace(
        line, zh=strike(line.zh), en=strike(line.en), exact=strike(line.exact), click=click
    )
