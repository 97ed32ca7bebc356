"""One request to WeCom and its answer: connections, time-outs, errors. WeComClient speaks."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import aiohttp
import orjson
from aiohttp.payload import BytesPayload
from yarl import URL

from bot.errors import NoAnswer, Refused, TryLater, WeComError
from bot.wecom.errcodes import LETTERS, error_for
from bot.wecom.limits import Limiter

UPLOAD_S = 60.0  # 20 MB over a slow line
NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class Transport:
    """Two pools of connections: the urgent one is for welcomes and tokens, which slow APIs
    must not hold up.

    Raises from every call: only WeComError.
    """

    def __init__(
        self, base_url: str, limiter: Limiter, timeout_s: float, overrides: Mapping[int, str]
    ) -> None:
        if unknown := set(overrides.values()) - LETTERS:
            raise ValueError(f"errcode classes are one of {sorted(LETTERS)}, not {unknown}")
        self.base = URL(base_url.rstrip("/"))
        self._limiter, self._overrides = limiter, overrides
        connect_s = min(2.0, timeout_s / 2)  # so that a total time-out means: the request is out
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, connect=connect_s)
        self._upload_timeout = aiohttp.ClientTimeout(total=UPLOAD_S, connect=connect_s)
        self._urls: dict[str, tuple[str, URL]] = {}

    async def __aenter__(self) -> Self:
        self._usual, self._urgent = self._open(100), self._open(256)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._usual.close()
        await self._urgent.close()

    def _open(self, connections: int) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, ttl_dns_cache=300),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
        )

    def address(self, api: str, token: str, query: Mapping[str, str] | None = None) -> URL:
        """The token stands in the query: in a header or the body it is not seen (doc 90313)."""
        if query is not None:
            return URL(f"{self.base}/cgi-bin/{api}?{urlencode(query)}", encoded=True)
        known = self._urls.get(api)
        if known is None or known[0] != token:
            url = URL(f"{self.base}/cgi-bin/{api}?access_token={quote(token)}", encoded=True)
            known = self._urls[api] = (token, url)
        return known[1]

    async def get(self, api: str, url: URL, *, urgent: bool = False) -> dict[str, Any]:
        return await self._limited(api, "GET", url, None, urgent=urgent)

    async def post(
        self, api: str, url: URL, body: dict[str, Any], *, urgent: bool = False, lane: str = ""
    ) -> dict[str, Any]:
        # Raw UTF-8: WeCom refuses some \uXXXX escapes with 40033. A payload with its own type
        # saves aiohttp the merging of headers.
        payload = BytesPayload(orjson.dumps(body), content_type="application/json")
        return await self._limited(api, "POST", url, payload, urgent=urgent, lane=lane)

    async def upload(self, api: str, url: URL, form: aiohttp.FormData) -> dict[str, Any]:
        return await self._limited(api, "POST", url, form, patience=self._upload_timeout)

    async def _limited(
        self,
        api: str,
        method: str,
        url: URL,
        data: BytesPayload | aiohttp.FormData | None,
        *,
        urgent: bool = False,
        patience: aiohttp.ClientTimeout | None = None,
        lane: str = "",
    ) -> dict[str, Any]:
        """`lane`: what the limiter counts this under, if WeCom counts it apart from `api`."""
        session = self._urgent if urgent else self._usual
        errcode = 0
        await self._limiter.acquire(lane or api)
        try:
            # Redirects are not followed: they would carry the token to another place.
            async with session.request(
                method, url, data=data, allow_redirects=False, timeout=patience or self._timeout
            ) as response:
                raw = await response.read()
            return self._read(response.status, raw, api)
        # "from None": aiohttp names the whole address in some messages, and so the token.
        except NEVER_SENT as error:
            raise NoAnswer(type(error).__name__, api, sent=False) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NoAnswer(type(error).__name__, api, sent=True) from None
        except WeComError as error:
            errcode = error.errcode
            raise
        finally:
            self._limiter.release(lane or api, errcode)

    def _read(self, status: int, raw: bytes, api: str) -> dict[str, Any]:
        if status in (429, 503):
            raise TryLater(-1, f"HTTP {status}", api, after_s=2.0)
        if status >= 500:
            raise NoAnswer(f"HTTP {status}", api, sent=True)
        if status != 200:
            # 404: no such path; 3xx: base_url is http. Business errors come with 200.
            raise Refused(-2, f"HTTP {status}: is base_url right?", api, alert=True)
        try:
            answer = orjson.loads(raw)
        except orjson.JSONDecodeError:
            answer = None
        if not isinstance(answer, dict) or not isinstance(answer.get("errcode", 0), int):
            raise NoAnswer("the answer is no JSON object of WeCom's", api, sent=True)
        if errcode := answer.get("errcode", 0):  # some successes carry none (doc 90253)
            raise error_for(errcode, str(answer.get("errmsg", "")), api, self._overrides)
        return answer
