"""One request to WeCom and its answer: connections, time-outs, errors."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
import orjson
from aiohttp.connector import Connection
from aiohttp.http import HttpProcessingError
from yarl import URL

from bot.errors import NoAnswer, Refused, TryLater, WeComError
from bot.wecom.body import read_body
from bot.wecom.errcodes import LETTERS, error_for
from bot.wecom.fields import errcode, parsed, text
from bot.wecom.limits import Limiter
from bot.wecom.standing import Standing

MOST_BYTES = 64 * 1024 * 1024  # bytes of an answer; a page of 1000 messages has far fewer
UPLOAD_S = 60.0  # for 20 MB over a slow line
PLAIN = re.compile(r'[!"$-~]+')  # neither blanks nor line breaks, which would begin a new header


class Transport:
    """Has two pools of connections: the urgent one is for welcomes and tokens, which slow APIs
    must not hold up. aiohttp connects, keeps connections and reads answers.

    WeCom does not need what its session adds to that (cookies, redirects, authentication, headers
    by name), which cost more than all the rest; and a redirect would carry the token to another
    host.

    Raises from every call: only WeComError.
    """

    def __init__(
        self, base_url: str, limiter: Limiter, timeout_s: float, overrides: Mapping[int, str],
        *, standing: Standing, proxy: str = "",
    ) -> None:  # fmt: skip
        """`proxy`: an HTTP proxy to call WeCom through; it learns only WeCom's name."""
        if unknown := set(overrides.values()) - LETTERS:
            raise ValueError(f"errcode classes are one of {sorted(LETTERS)}, not {unknown}")
        self._home = f"{base_url.rstrip('/')}/cgi-bin/"
        self._url = URL(self._home)
        self._host = self._url.host_port_subcomponent
        self._proxy = URL(proxy) if proxy else None
        # without encryption, used only on this machine, a proxy would learn the whole address
        plain = self._proxy is not None and self._url.scheme == "http"
        self._before = str(self._url.origin()) if plain else ""
        self._limiter, self._overrides, self._standing = limiter, overrides, standing
        self._timeout_s = timeout_s
        self._patience = aiohttp.ClientTimeout(connect=min(2.0, timeout_s / 2))
        self._paths: dict[str, tuple[str, str]] = {}

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        # tells pools where to connect to
        self._target = aiohttp.ClientRequest("POST", self._url, proxy=self._proxy)
        self._usual, self._urgent = (
            aiohttp.TCPConnector(limit=limit, ttl_dns_cache=300) for limit in (128, 256)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._usual.close()
        await self._urgent.close()

    def path(self, api: str, query: Mapping[str, str]) -> str:
        return f"{self._url.raw_path}{api}?{urlencode(query)}"

    def path_with(self, token: str, api: str) -> str:
        """The token goes into the query: WeCom ignores it in a header or the body (doc 90313)."""
        known = self._paths.get(api)
        if known is None or known[0] != token:
            known = self._paths[api] = (token, self.path(api, {"access_token": token}))
        return known[1]

    def path_of(self, address: str) -> str | None:
        """The path of an address that came from outside; None if it does not lead to WeCom."""
        if not address.startswith(self._home) or not PLAIN.fullmatch(address):
            return None
        return self._url.raw_path + address.removeprefix(self._home)

    async def get(self, api: str, path: str, *, urgent: bool = False) -> dict[str, Any]:
        return await self._limited(api, self._request("GET", path), urgent=urgent)

    async def post(
        self, api: str, path: str, body: dict[str, Any], *, urgent: bool = False, lane: str = ""
    ) -> dict[str, Any]:
        """`path` goes into the request unchanged, so it must be printable ASCII."""
        # Raw UTF-8: WeCom refuses some \uXXXX escapes with 40033.
        request = self._request("POST", path, orjson.dumps(body), "application/json")
        return await self._limited(api, request, urgent=urgent, lane=lane)

    async def upload(self, api: str, path: str, form: aiohttp.FormData) -> dict[str, Any]:
        file = form()
        request = self._request("POST", path, await file.as_bytes(), file.headers["Content-Type"])
        return await self._limited(api, request, timeout_s=UPLOAD_S)

    def _request(self, method: str, path: str, body: bytes = b"", kind: str = "") -> bytes:
        head = f"{method} {self._before}{path} HTTP/1.1\r\nHost: {self._host}\r\n"
        if body:
            head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        return f"{head}\r\n".encode() + body

    async def _limited(
        self,
        api: str,
        request: bytes,
        *,
        urgent: bool = False,
        lane: str = "",
        timeout_s: float = 0.0,
    ) -> dict[str, Any]:
        """`lane`: what the limiter counts this under, if WeCom counts it apart from `api`."""
        code = 0
        await self._limiter.acquire(lane or api)
        try:
            connection = await self._connect(api, urgent)
            patience = timeout_s or self._timeout_s
            status, raw = await answer_to(request, connection, patience, self._loop)
            answer = self._read(status, raw, api)
            self._standing.note(api, None)
            return answer
        # "from None": some of aiohttp's messages quote the whole address, and so the token.
        except (aiohttp.ClientError, HttpProcessingError, TimeoutError, OSError) as error:
            raise self._noted(NoAnswer(type(error).__name__, api, sent=True)) from None
        except WeComError as error:
            code = self._noted(error).errcode
            raise
        finally:
            self._limiter.release(lane or api, code)

    def _noted(self, error: WeComError) -> WeComError:
        self._standing.note(error.api, error)
        return error

    async def _connect(self, api: str, urgent: bool) -> Connection:
        pool = self._urgent if urgent else self._usual
        try:
            return await pool.connect(self._target, [], self._patience)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            by = f" through {self._proxy.host}" if self._proxy else ""
            reason = f"{self._host} cannot be reached{by} ({type(error).__name__})"
            raise NoAnswer(reason, api, sent=False) from None

    def _read(self, status: int, raw: bytes, api: str) -> dict[str, Any]:
        if status in (429, 503):
            raise TryLater(-1, f"HTTP {status}", api, after_s=2.0)
        if status >= 500:
            raise NoAnswer(f"HTTP {status}", api, sent=True)
        if status != 200:
            # 404: no such path; 3xx: base_url is http. Business errors come with 200.
            raise Refused(-2, f"HTTP {status}: is base_url right?", api, alert=True)
        try:
            answer = parsed(raw)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or (code := errcode(answer)) == -2:
            raise NoAnswer("the answer is no JSON object of WeCom's", api, sent=True)
        if code:
            raise error_for(code, text(answer, "errmsg"), api, self._overrides)
        return answer


async def answer_to(
    request: bytes, connection: Connection, timeout_s: float, loop: asyncio.AbstractEventLoop
) -> tuple[int, bytes]:
    """Send `request` and return the status and body of its answer.

    The connection goes back to its pool, or is closed if it is of no more use.
    """
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None:
        raise aiohttp.ServerDisconnectedError

    def cut() -> None:
        protocol.set_exception(TimeoutError())
        transport.abort()

    timer = loop.call_later(timeout_s, cut)
    try:
        protocol.set_response_params(read_until_eof=True)
        transport.write(request)
        message, content = await protocol.read()
        while message.code < 200:
            message, content = await protocol.read()
        body = await read_body(content, MOST_BYTES)
    except BaseException:
        connection.close()
        raise
    finally:
        timer.cancel()
    connection.release()
    return message.code, body
