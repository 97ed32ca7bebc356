"""The client's web view: our pages, with the bridge of the client before their first script.

A browser cannot put an object into a page of another origin, as the client does. So this reverse
proxy fetches the pages and changes nothing but the head of what is framed. Its address is what the
company enters as trusted domain, what `location.href` says, and what signatures are made for.
Each member has cookies of their own, as on their own device, and so has a tab beside the client,
which is a plain browser. Browsers separate cookies only by host, so our port is in their names: a
second demo has its own. The client's User-Agent says how it looks and in which language it speaks,
as WeCom's does.
"""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, unquote

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from bot.mockwecom.from_here import from_here

OURS = "/__wecom__"
MEMBER = "wecom_member_{}"  # the cookie that says whose client it is, by our port
LOOK = "wecom_look_{}"  # the cookie that says how it looks: a key of LOOKS
LOOKS = {
    f"{language}-{theme.lower()}": f"Language/{language} ColorScheme/{theme}"
    for language in ("zh", "en")
    for theme in ("Light", "Dark")
}
USUAL = "zh-light"
VERSION = "wxwork/4.1.36 (MicroMessenger/6.2)"
MOST_BYTES = 25 * 2**20
COOKIES_BYTES = 2**16  # room for those of every port that a simulator has had on this host
BRIDGE = Path(__file__).parent / "static" / "bridge.js"
_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers"}
    | {"transfer-encoding", "upgrade", "content-length"}
)
# The bridge appends it to each address that a page in the client fetches.
_MARK = re.compile(r"[?&]__wecom__=1$")
_HEAD = re.compile(rb"<head\b[^>]*>", re.IGNORECASE)
_DOWN = """<!doctype html><meta charset="utf-8"><title>502</title>
<p lang="zh-CN">机器人没有运行，或还没有接上：{target}</p>
<p lang="en">The bot is not there: {target}</p>"""


class Frame:
    """Serves the pages of `target`, an origin; set it once the bot runs."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.client = ""  # the origin of the client's page, to which the bridge talks
        self.target = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @asynccontextmanager
    async def serving(self, client: str) -> AsyncIterator[None]:
        self.client = client
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[from_here])
        app.router.add_get(f"{OURS}/bridge.js", self._bridge)
        app.router.add_get(f"{OURS}/open", self._open)
        app.router.add_route("*", "/{rest:.*}", self._fetch)
        # A stream ends when its reader leaves.
        runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=1, handler_cancellation=True,
            max_field_size=COOKIES_BYTES,
        )  # fmt: skip
        await runner.setup()
        timeout = aiohttp.ClientTimeout(total=None, connect=5)
        async with aiohttp.ClientSession(
            auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout
        ) as self._session:
            try:
                await web.TCPSite(runner, self.host, self.port).start()
                self.port = runner.addresses[0][1]
                yield
            finally:
                await runner.cleanup()

    async def _bridge(self, _: web.Request) -> web.Response:
        # As a FileResponse it would stay open where its reader leaves just then.
        script = BRIDGE.read_bytes()
        headers = {"Cache-Control": "no-cache"}
        return web.Response(body=script, content_type="text/javascript", headers=headers)

    async def _open(self, request: web.Request) -> web.Response:
        """?member=USERID&look=LOOK&to=PATH: this browser is the member's client from now on."""
        member, to = request.query.get("member", ""), request.query.get("to", "/")
        look = request.query.get("look", USUAL)
        if look not in LOOKS or not to.startswith("/") or to.startswith("//"):
            return web.Response(status=400)
        answer = web.Response(status=302, headers={"Location": to, "Cache-Control": "no-store"})
        for name, value in ((MEMBER, quote(member, safe="")), (LOOK, look)):
            answer.set_cookie(name.format(self.port), value, httponly=True, samesite="Lax")
        return answer

    def member_of(self, request: web.Request) -> str:
        """The member whose client asks; "" if a plain browser does."""
        return unquote(self._kept(request, MEMBER)) if in_client(request) else ""

    def _agent(self, request: web.Request) -> str:
        """What the client appends to the browser's User-Agent."""
        return f" {VERSION} {LOOKS.get(self._kept(request, LOOK), LOOKS[USUAL])}"

    def _kept(self, request: web.Request, cookie: str) -> str:
        wanted = cookie.format(self.port)
        return next((value for name, value in cookies_of(request) if name == wanted), "")

    def _prefix(self, member: str) -> str:
        """The prefix of the names of the member's cookies."""
        return f"at{self.port}.{re.sub('[^A-Za-z0-9]', '_', member)}."

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        member = self.member_of(request)
        try:
            async with self._session.request(
                request.method,
                self.target + _MARK.sub("", request.raw_path),
                headers=self._asking(request, member),
                data=await request.read() or None,
                allow_redirects=False,
            ) as answer:
                return await self._pass_on(request, answer, member)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return web.Response(
                status=502, text=_DOWN.format(target=self.target or "–"), content_type="text/html"
            )

    def _asking(self, request: web.Request, member: str) -> CIMultiDict[str]:
        headers = CIMultiDict(
            (name, value)
            for name, value in request.headers.items()
            if name.lower() not in _HOP | {"cookie", "accept-encoding"}
        )
        headers["Accept-Encoding"] = "identity"  # we read the head
        if in_client(request):
            headers["User-Agent"] = headers.get("User-Agent", "") + self._agent(request)
        prefix = self._prefix(member)
        own = [
            f"{name.removeprefix(prefix)}={value}"
            for name, value in cookies_of(request)
            if name.startswith(prefix)
        ]
        if own:
            headers["Cookie"] = "; ".join(own)
        return headers

    async def _pass_on(
        self, request: web.Request, answer: aiohttp.ClientResponse, member: str
    ) -> web.StreamResponse:
        framed = request.headers.get("Sec-Fetch-Dest", "iframe") == "iframe"
        headers = CIMultiDict(
            (name, value)
            for name, value in answer.headers.items()
            if name.lower() not in _HOP | {"set-cookie", "x-frame-options"}
        )
        for name in ("Content-Security-Policy", "Content-Security-Policy-Report-Only"):
            if name in headers:
                headers[name] = self._policy(headers[name])
        for cookie in answer.headers.getall("Set-Cookie", []):
            headers.add("Set-Cookie", self._prefix(member) + cookie)
        if framed and answer.content_type == "text/html" and request.method == "GET":
            body = self._with_bridge(await answer.read(), self._agent(request))
            return web.Response(status=answer.status, headers=headers, body=body)
        streamed = web.StreamResponse(status=answer.status, headers=headers)
        await streamed.prepare(request)
        async for piece in answer.content.iter_any():
            await streamed.write(piece)
        await streamed.write_eof()
        return streamed

    def _with_bridge(self, page: bytes, agent: str) -> bytes:
        script = (
            f'<script src="{OURS}/bridge.js" data-client="{self.client}" '
            f'data-agent="{agent}"></script>'
        ).encode()
        head = _HEAD.search(page)
        at = head.end() if head else 0
        return page[:at] + script + page[at:]

    def _policy(self, policy: str) -> str:
        """Allows the bridge as a script; drops frame-ancestors, since a web view is no frame."""
        kept: dict[str, str] = {}
        for directive in policy.split(";"):
            name, _, sources = directive.strip().partition(" ")
            if name and name.lower() != "frame-ancestors":
                kept.setdefault(name.lower(), sources.strip())
        bridge = f"{self.url}{OURS}/bridge.js"
        for name in ("script-src-elem", "script-src"):
            if name in kept:
                kept[name] = f"{kept[name].replace(chr(39) + 'none' + chr(39), '')} {bridge}"
        if "script-src" not in kept and "default-src" in kept:
            sources = kept["default-src"].replace("'none'", "")
            kept["script-src"] = f"{sources} {bridge}".strip()
        return "; ".join(f"{name} {sources}".strip() for name, sources in kept.items())


def in_client(request: web.Request) -> bool:
    """Whether a page in the client asks or is asked for, not one in a tab beside it."""
    into = request.headers.get("Sec-Fetch-Dest", "iframe")
    return bool(_MARK.search(request.raw_path)) if into == "empty" else into != "document"


def cookies_of(request: web.Request) -> Iterator[tuple[str, str]]:
    """Cookies as they were sent: the values are the bot's and stay unchanged."""
    for header in request.headers.getall("Cookie", []):
        for pair in header.split(";"):
            name, _, value = pair.strip().partition("=")
            yield name, value
