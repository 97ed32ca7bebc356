"""Why WeCom's client refuses a page's signature (40093, 42012): pure (doc 96909)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha1
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from bot.doctor.line import Cause, Line, State, Words, bad, good
from bot.wecom.jssdk import Signature, sign, to_sign

PAGE = 96909
PORTS = {"http": 80, "https": 443}
# What a browser leaves unchanged in `location.href`; it encodes everything else.
KEPT = "%!#$&'()*+,-./:;=?@[]_~|{}^\\"
FRONT = Words("在页面里：把 location.href.split('#')[0] 原样交给服务器签名",
              "In the page: have location.href.split('#')[0] signed as it is")  # fmt: skip
URLS = {
    "fragment": Words("签名时带上了 # 后面的部分。", "What stands behind # was signed too."),
    "query": Words("签名时丢掉了 ? 后面的参数。", "The query was left out when signing."),
    "code": Words("签名时丢掉了 code 和 state 参数。",
                  "code and state were left out of the query when signing."),
    "decoded": Words("签名前把 URL 解码了。", "The URL was decoded before it was signed."),
    "encoded": Words("签名前又把 URL 编码了一次。", "The URL was encoded before it was signed."),
    "scheme": Words("签名时 http 和 https 不一致（代理后面常见）。",
                    "http and https were mixed up when signing, as happens behind a proxy."),
    "port": Words("签名时端口不一致。", "The port was another when signing."),
    "slash": Words("签名时末尾的斜杠不一致。", "The slash at the end was another when signing."),
    "escaped": Words("签名时 & 写成了 &amp;。", "& was written as &amp; when signing."),
    "host": Words("签名时只用了域名。", "Only the host was signed."),
}  # fmt: skip
OTHER_TICKET = {
    "config": Cause(
        "40093",
        Words("wx.config 的签名用了应用的 ticket，要用企业的（40093）。",
              "By the app's ticket; wx.config takes the company's (40093)."),
        Words("页面或签名接口里：config 用 get_jsapi_ticket",
              "Where you sign: config takes get_jsapi_ticket"), PAGE,
    ),
    "agent": Cause(
        "42012",
        Words("agentConfig 的签名用了企业的 ticket，要用应用的（42012）。",
              "By the company's ticket; agentConfig takes the app's (42012)."),
        Words("页面或签名接口里：agentConfig 用 ticket/get?type=agent_config",
              "Where you sign: agentConfig takes ticket/get?type=agent_config"), PAGE,
    ),
}  # fmt: skip
SPELLING = Cause(
    "spelling",
    Words("浏览器里的 URL 写法不同，要签浏览器里的。",
          "The browser spells this URL otherwise; sign what the browser shows."),
    FRONT, PAGE, State.AMBER,
)  # fmt: skip
NO_MATCH = Cause(
    "no_match",
    Words("页面的签名和哪一个 ticket 都对不上：多半是别的应用、别的企业的，或已过期的 ticket。",
          "By neither ticket does the page's signature come out: most likely a ticket of another "
          "app or company, or one that has expired."),
    Words("签名的程序要和这里用同一个企业ID 和 Secret，ticket 过期要重取",
          "Who signs has to use this corp id and Secret, and fetch a new ticket when it is old"),
    PAGE,
)  # fmt: skip
MILLISECONDS = Cause("milliseconds", Words("签名时 timestamp 用了毫秒，要用秒。",
    "The timestamp was signed in milliseconds; it takes seconds."), FRONT, PAGE)  # fmt: skip
NONCE_NAME = Cause("nonceStr", Words("拼接时写了 nonceStr，字符串里要写 noncestr。",
    "The string was built with nonceStr; in it the name is noncestr."), FRONT, PAGE)  # fmt: skip
UPPER = Cause("upper_case", Words("签名要用小写的十六进制。", "It takes lower-case hex."),
    FRONT, PAGE)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The signatures that the page got, if they are known."""

    config: Signature | None = None
    agent: Signature | None = None


def as_browser(url: str) -> str:
    """The URL as `location.href` has it: host in lower case, no default port, encoded."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    host = f"[{host}]" if ":" in host else host
    port = parts.port
    place = host if port in (None, PORTS.get(parts.scheme)) else f"{host}:{port}"
    path = quote(parts.path or "/", safe=KEPT)
    query, fragment = quote(parts.query, safe=KEPT), quote(parts.fragment, safe=KEPT)
    return urlunsplit((parts.scheme.lower(), place, path, query, fragment))


def is_address(page: str) -> bool:
    try:
        return bool(urlsplit(as_browser(page)).netloc)
    except ValueError:  # invalid brackets, ports and names
        return False


def look(page: str, tickets: Mapping[str, str], shown: Shown) -> Line:
    """
    Args:
        tickets: "config" and "agent"; without a ticket there is no comparison.
    """
    href = as_browser(page)
    compared = []
    for kind, got in (("config", shown.config), ("agent", shown.agent)):
        if got and kind in tickets:
            line = exact(kind, got.nonce, got.timestamp, href)
            if cause := compare(kind, href, tickets, got):
                return replace(bad("signature", cause), exact=line)
            compared.append(kind)
    line = exact("config", "NONCE", "TIMESTAMP", href)
    if href != page:
        return replace(bad("signature", SPELLING), exact=line)
    zh, en = "要签的字符串：", "The string to hash:"
    if compared:
        kinds = ", ".join(compared)
        zh, en = f"页面的签名正确（{kinds}）。", f"The page's signatures are right ({kinds})."
    return replace(good("signature", zh, en, PAGE), exact=line)


def exact(kind: str, nonce: str, timestamp: int | str, url: str) -> str:
    """The exact string that is hashed, without the ticket itself."""
    name = {"config": "CORP_TICKET", "agent": "APP_TICKET"}[kind]
    return to_sign(f"‹{name}›", nonce, timestamp, url)


def compare(kind: str, href: str, tickets: Mapping[str, str], got: Signature) -> Cause | None:
    """The mistake that produces exactly this signature; None: it is right."""

    def fits(ticket: str, url: str, timestamp: int | str = got.timestamp) -> bool:
        # `sign` cuts the fragment off; somebody may have hashed it.
        return plain(ticket, got.nonce, timestamp, url) == got.signature.lower()

    ticket, bare = tickets[kind], href.partition("#")[0]
    if sign(ticket, got.nonce, got.timestamp, href) == got.signature:
        return None
    if fits(ticket, bare):
        return UPPER
    others = {name: other for name, other in tickets.items() if name != kind}
    for other in others.values():
        if any(fits(other, url) for url in (bare, *(url for _, url in misspelt(href)))):
            return OTHER_TICKET[kind]
    for name, url in misspelt(href):
        if fits(ticket, url):
            return Cause(name, URLS[name], FRONT, PAGE)
    if fits(ticket, bare, f"{got.timestamp}000") or fits(ticket, bare, got.timestamp * 1000):
        return MILLISECONDS
    if hash_of(to_sign(ticket, got.nonce, got.timestamp, bare).replace(
        "&noncestr=", "&nonceStr=", 1)) == got.signature.lower():  # fmt: skip
        return NONCE_NAME
    return NO_MATCH


def plain(ticket: str, nonce: str, timestamp: int | str, url: str) -> str:
    """As `sign`, but with the whole `url`."""
    return hash_of(to_sign(ticket, nonce, timestamp, "") + url)


def hash_of(text: str) -> str:
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def misspelt(href: str) -> Iterator[tuple[str, str]]:
    """What people sign by mistake instead of the page's URL."""
    bare = href.partition("#")[0]
    parts = urlsplit(bare)
    if href != bare:
        yield "fragment", href
    if parts.query:
        yield "query", bare.partition("?")[0]
        kept = [p for p in parts.query.split("&") if p.partition("=")[0] not in ("code", "state")]
        yield "code", urlunsplit(parts._replace(query="&".join(kept)))
        yield "escaped", bare.replace("&", "&amp;")
    yield "decoded", unquote(bare)
    yield "encoded", quote(bare, safe="")
    yield "encoded", quote(bare, safe=":/?&=#")
    yield "scheme", f"{'http' if parts.scheme == 'https' else 'https'}{bare[len(parts.scheme) :]}"
    if parts.port:
        yield "port", urlunsplit(parts._replace(netloc=parts.hostname or ""))
    elif parts.scheme in PORTS:
        usual = f"{parts.netloc}:{PORTS[parts.scheme]}"
        yield "port", urlunsplit(parts._replace(netloc=usual))
    path = parts.path[:-1] if parts.path.endswith("/") else f"{parts.path}/"
    yield "slash", urlunsplit(parts._replace(path=path))
    yield "host", f"{parts.scheme}://{parts.netloc}"
    yield "host", parts.netloc
