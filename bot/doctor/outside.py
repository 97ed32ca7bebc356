"""Sends a GET as a stranger would, and says how it ended."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp
import orjson

from bot.clock import Clock

PATIENCE_S = 5.0
MOST_BYTES = 64 * 1024

# OpenSSL's X509_V_ERR_*; other errors keep OpenSSL's own words.
_CERTIFICATES = {10: "expired", 18: "self_signed", 19: "self_signed", 20: "chain", 21: "chain",
                 62: "name"}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`trouble` says why there is no answer: dns, refused, cut, timeout, tls or tls.KIND."""

    status: int = 0
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    took_s: float = 0.0
    trouble: str = ""
    detail: str = ""  # on the trouble, in the library's words

    @property
    def date(self) -> datetime | None:
        """The server's clock, to the second."""
        try:
            date = parsedate_to_datetime(self.headers.get("Date", ""))
        except ValueError:
            return None
        return date if date.tzinfo else date.replace(tzinfo=UTC)


async def fetch(url: str, clock: Clock, query: Mapping[str, str] | None = None) -> Reply:
    """Never raises for what the other side does; does not follow redirects.

    Raises:
        ValueError: `url` is not a URL.
    """
    started = clock.timestamp()
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    try:
        async with (
            aiohttp.ClientSession(
                timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            ) as http,
            http.get(url, params=query, allow_redirects=False) as answer,
        ):
            body = await answer.content.read(MOST_BYTES)
            headers = {name.title(): value for name, value in answer.headers.items()}
            status = answer.status
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        trouble, detail = _trouble(error)
        return Reply(took_s=clock.timestamp() - started, trouble=trouble, detail=detail)
    return Reply(status=status, body=body, headers=headers, took_s=clock.timestamp() - started)


async def is_private(url: str) -> bool:
    """Whether the name resolves, from here, to an address that nobody outside can reach."""
    host = urlsplit(url).hostname or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None)
    except OSError:
        return False
    addresses = {str(place[0]).partition("%")[0] for *_, place in found}
    return bool(addresses) and all(ip_address(address).is_private for address in addresses)


def _trouble(error: Exception) -> tuple[str, str]:
    match error:
        case aiohttp.ClientConnectorCertificateError(certificate_error=certificate):
            if isinstance(certificate, ssl.SSLCertVerificationError):
                kind = _CERTIFICATES.get(certificate.verify_code, "other")
                return f"tls.{kind}", certificate.verify_message
            return "tls.other", type(certificate).__name__
        case aiohttp.ClientSSLError():
            return "tls.other", "no TLS is spoken there"
        case aiohttp.ClientConnectorDNSError():
            return "dns", ""
        case aiohttp.ClientConnectorError():
            return "refused", error.os_error.strerror or ""
        case asyncio.TimeoutError():
            return "timeout", ""
    return "cut", type(error).__name__


def read_json(reply: Reply) -> dict[str, object]:
    """The reply's JSON object; {} if it is none."""
    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
