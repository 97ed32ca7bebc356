"""The client's page on the mock's port, and what it fetches besides the mock's controls."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from aiohttp import web

from bot.clock import ManualClock, MovableClock
from bot.mockwecom.client import wire
from bot.mockwecom.client.frame import Frame
from bot.mockwecom.client.login import Login
from bot.mockwecom.control import plain
from bot.mockwecom.rules import Refusal

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

STATIC = Path(__file__).parent / "static"
PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


class Client:
    """
    Args:
        frame: serves the pages beside the chats; None: the client shows none.
        extras: further paths that whoever runs the client answers: name → path.
    """

    def __init__(
        self,
        corp: "MockCorp",
        *,
        frame: Frame | None = None,
        extras: Mapping[str, str] | None = None,
    ) -> None:
        self._corp, self._frame, self._extras = corp, frame, dict(extras or {})
        self._login = Login(corp, frame)

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get("/client", self._page),
            web.get("/client/{file:[a-z_]+[.](?:js|css)}", self._file),
            web.get("/_mock/client/state", self._state),
            web.get("/_mock/client/lines", self._lines),
            web.get("/_mock/client/wire", self._entries),
            web.get("/_mock/client/news", self._news),
            web.get("/_mock/client/media/{media_id}", self._media),
            web.post("/_mock/jsapi", self._jsapi),
            *self._login.routes(),
        ]

    async def _page(self, request: web.Request) -> web.StreamResponse:
        """Always under one host name: else the framed page's cookies would be third-party ones."""
        if self._frame and request.host != urlsplit(self._frame.client).netloc:
            where = f"{self._frame.client}{request.raw_path}"
            return web.Response(status=302, headers={"Location": where})
        return web.FileResponse(STATIC / "index.html", headers=self._headers())

    async def _file(self, request: web.Request) -> web.StreamResponse:
        path = STATIC / request.match_info["file"]
        if not path.is_file():
            return web.Response(status=404)
        return web.FileResponse(path, headers={**self._headers(), "Cache-Control": "no-cache"})

    def _headers(self) -> dict[str, str]:
        frames = f"frame-src 'self' {self._frame.url}; " if self._frame else ""
        return {
            "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
            f"connect-src 'self'; img-src 'self' data:; media-src 'self'; {frames}"
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }

    async def _state(self, _: web.Request) -> web.Response:
        """Who is there, how they are related, and what the page may do."""
        corp = self._corp
        state = {
            **corp.state(),
            "now": corp.clock.now(),
            "movable": isinstance(corp.clock, ManualClock | MovableClock),
            "members": {one.userid: one.name for one in corp.members.values()},
            "rooms": list(map(asdict, corp.chats.rooms().values())),
            "accounts": [
                {
                    "id": account.open_kfid,
                    "name": account.name,
                    "servicers": [one.userid for one in account.servicers.values()],
                }
                for account in corp.kf.desk.accounts.values()
            ],
            "bots": corp.bots.names(),
            "toolbars": list(map(asdict, corp.oauth.toolbars)),
            "frame": self._frame.url if self._frame else "",
            "faults": list(map(asdict, corp.faults.active())),
            "extras": self._extras,
        }
        return answer(state)

    async def _lines(self, request: web.Request) -> web.Response:
        """?since=SEQ: all lines after that one."""
        (since,) = numbers(request, "since")
        return answer({"items": self._corp.chats.lines[since:]})

    async def _entries(self, request: web.Request) -> web.Response:
        return answer(
            wire.since(self._corp, *numbers(request, "calls", "pushed", "pages", "signins"))
        )

    async def _news(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: one whenever something has happened, which the page then fetches."""
        bell, stream = self._corp.bell, web.StreamResponse()
        stream.content_type = "text/event-stream"
        stream.headers["Cache-Control"] = "no-store"
        await stream.prepare(request)
        while not bell.closed:
            count = bell.count
            try:
                await stream.write(f"data: {count}\n\n".encode())
            except ConnectionError:
                break
            await bell.wait(count)
        return stream

    async def _media(self, request: web.Request) -> web.Response:
        """A file that was sent: a picture to be shown, anything else to be saved."""
        try:
            medium = self._corp.media.known(request.match_info["media_id"])
        except Refusal:
            return web.Response(status=404)
        kinds = (kind for magic, kind in PICTURES.items() if medium.content.startswith(magic))
        kind = next(kinds, "application/octet-stream")
        headers = {
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            **({} if kind.startswith("image/") else {"Content-Disposition": "attachment"}),
        }
        return web.Response(body=medium.content, content_type=kind, headers=headers)

    async def _jsapi(self, request: web.Request) -> web.Response:
        """A call of the framed page to its bridge."""
        try:
            asked = read_call(orjson.loads(await request.read()))
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        return answer(await self._corp.jsapi.invoke(**asked))


FIELDS: dict[str, type] = {
    **dict.fromkeys(("page", "member", "chat", "name", "url"), str),
    "params": dict,
    "clicked": bool,
}


def read_call(body: Any) -> dict[str, Any]:
    """Raises ValueError for what the bridge would not send."""
    if not isinstance(body, dict) or body.keys() != FIELDS.keys():
        raise ValueError(f"write {', '.join(FIELDS)}")
    for name, kind in FIELDS.items():
        if not isinstance(body[name], kind):
            raise ValueError(f"{name} is no {kind.__name__}")
    return body


def numbers(request: web.Request, *names: str) -> list[int]:
    """The query's numbers; 0 for what is missing or not a number."""
    texts = (request.query.get(name, "0") for name in names)
    return [int(text) if text.isdecimal() else 0 for text in texts]


def answer(body: Any) -> web.Response:
    return web.Response(body=orjson.dumps(body, default=plain), content_type="application/json")
