"""Asks a callback address as WeCom does when one saves it in its console (doc 90930)."""

import secrets
from urllib.parse import urlsplit

from bot.clock import Clock
from bot.doctor.line import Cause, Line, State, Words, bad, good
from bot.doctor.outside import Reply, fetch, is_private, read_json
from bot.settings import CallbackKeys, Server, Settings
from bot.wecom.crypto import Envelope

PAGE = 90930
WITHIN_S = 1.0  # doc 90238
BOT = "callback.bot"  # the line
CONSOLE = Words(
    "应用管理 → 本应用 → 接收消息 → 设置API接收；改过 .env 后要重启程序",
    "应用管理 → the app → 接收消息 → 设置API接收; restart the program after a change in .env",
)
OF_BOT = Words(
    "智能机器人 → 本机器人 → API模式 → 使用URL回调；改过 .env 后要重启程序",
    "智能机器人 → the bot → API模式 → 使用URL回调; restart the program after a change in .env",
)
PROXY = Words(
    "在服务器的反向代理里（见 docs/operations.md）", "In your proxy (docs/operations.md)"
)
PORT = Words(
    f"{PROXY.zh}：转发到 config/bot.toml 的 [server] port",
    f"{PROXY.en}: it passes on to [server] port of config/bot.toml",
)
OURS = Words("config/bot.toml 的 [server] public_url", "[server] public_url in config/bot.toml")
START = Words("在服务器上运行 huashu run", "Run `huashu run` on the server")
CERTIFICATE = Words("在证书或反向代理的设置里", "In the settings of the certificate or the proxy")


def _cause(
    name: str, zh: str, en: str, click: Words, page: int = PAGE, state: State = State.RED
) -> Cause:
    return Cause(name, Words(zh, en), click, page, state)


TROUBLES = {
    "dns": _cause("dns", "域名解析不到地址。", "The name leads to no address.", OURS),
    "refused": _cause("refused", "连不上这个地址。", "Nobody listens at that address.", PROXY),
    "cut": _cause("cut", "连接被中断。", "The line was cut.", PROXY),
    "timeout": _cause("slow", "超过 5 秒没有回答。", "No answer within 5 seconds.", PROXY, 90238),
    "tls.expired": _cause("tls.expired", "证书过期了。", "The certificate is out of date.",
                          CERTIFICATE),
    "tls.self_signed": _cause("tls.self_signed", "证书是自签的，企业微信不信任。",
                              "The certificate is signed by itself; WeCom trusts none such.",
                              CERTIFICATE),
    "tls.chain": _cause("tls.chain", "证书链不完整，缺少中间证书。",
                        "The chain is incomplete: the intermediate certificate is missing.",
                        CERTIFICATE),
    "tls.name": _cause("tls.name", "证书不是这个域名的。", "The certificate is of another name.",
                       CERTIFICATE),
    "tls.other": _cause("tls", "HTTPS 握手失败。", "The HTTPS handshake fails.", CERTIFICATE),
}  # fmt: skip
STATUSES = {
    400: _cause("query", "程序说查询参数不完整：代理丢掉或改写了问号后面的内容。",
                "The program lacks parts of the query: the proxy drops or rewrites what stands "
                "behind the question mark.", PROXY),
    401: _cause("401", "这个地址要求输入密码，企业微信没有密码。",
                "The address asks for a password, and WeCom has none.", PROXY),
    403: _cause("token", "签名被拒绝：运行中的程序用的是另一个 Token，或两台机器的时钟不同；"
                "也可能是防火墙拦下的。",
                "The signature is refused: the running program has another Token, or another "
                "time; or a firewall in front of it says no.", CONSOLE, 90968),
    404: _cause("404", "这个路径上没有东西：代理没有把它转给程序，或程序的 callback.path 不同。",
                "There is nothing at this path: the proxy does not pass it on, or the program "
                "has another callback.path.", PROXY),
    405: _cause("405", "这个路径不接受 GET：它是别的程序的。",
                "This path takes no GET: it belongs to another program.", PROXY),
    502: _cause("502", "代理谁也没有连上：huashu 是否在运行，代理转发的端口是不是它的？",
                "The proxy reached nobody: is huashu running, on the port that the proxy names?",
                PORT),
    503: _cause("503", "代理说程序不可用。", "The proxy says that the program is away.", PROXY),
    504: _cause("504", "代理等不到程序的回答。", "The proxy waits in vain.", PROXY),
}  # fmt: skip
# Once the signature holds, the program answers with the numbers of WeCom's sample library.
REFUSALS = {
    "-40005": _cause("corp_id", "Token 和 AESKey 都对，企业ID 不同。",
                     "Token and AESKey fit, the corp id does not.",
                     Words("我的企业 → 企业信息 → 企业ID，填入 HUASHU_CORP_ID；重启程序",
                           "我的企业 → 企业信息 → 企业ID goes to HUASHU_CORP_ID; restart"), 90968),
}  # fmt: skip
AES_KEY = _cause("aes_key", "Token 对，EncodingAESKey 不同。",
                 "The Token fits, the EncodingAESKey does not.", CONSOLE, 90968)  # fmt: skip
RECENT_S = 3600.0
_BUT = Words(
    "地址本身正确，但程序最近拒绝过一次调用：",
    "The address is right, but of late a call was refused: ",
)
LATELY = {
    "-40001": _cause("console.token",
                     f"{_BUT.zh}控制台里的 Token 和我们的不同（也可能是陌生人）。",
                     f"{_BUT.en}the console has another Token (or a stranger came).", CONSOLE,
                     90968, State.AMBER),
    "-40005": _cause("console.corp_id", f"{_BUT.zh}它是发给另一个企业ID 的。",
                     f"{_BUT.en}it was for another corp id.", CONSOLE, 90968),
}  # fmt: skip
ANOTHER_KEY = _cause(
    "console.aes_key",
    f"{_BUT.zh}控制台里的 EncodingAESKey 和我们的不同。",
    f"{_BUT.en}the console has another EncodingAESKey.",
    CONSOLE,
    90968,
)
NO_URL = _cause("no_public_url", "没有写 public_url，无法从外面检查。",
                "Without public_url it cannot be looked at from outside.", OURS,
                state=State.AMBER)  # fmt: skip
OLD_PAIR = _cause("old_pair", "旧的 Token 和 EncodingAESKey 还被接受。",
                  "The old Token and EncodingAESKey are still accepted.",
                  Words("后台每个页面都保存过新的之后，删掉 config/bot.toml 里 callback 的 old，"
                        "重启程序", "When each page of the console has the new ones, take `old` "
                        "out of the callback in config/bot.toml and restart"),
                  90968, State.AMBER)  # fmt: skip
NOT_RUNNING = _cause("not_running", "程序没有运行。", "The program is not running.", START,
                     state=State.AMBER)  # fmt: skip
PRIVATE = _cause("private", "从本机看，域名指向内网地址；企业微信从公网来，请确认公网也能到达。",
                 "From here the name leads to a private address, and WeCom comes from outside: "
                 "make sure that it reaches you there.", OURS, state=State.AMBER)  # fmt: skip
REDIRECT = _cause("redirect", "这个地址跳转到别处，企业微信不会跟着跳转。",
                  "The address redirects, and WeCom does not follow.", OURS)  # fmt: skip
SLOW = _cause("slow", "回答正确但太慢，企业微信只等 1 秒。",
              "The answer is right and late: WeCom waits one second.", PROXY, 90238)  # fmt: skip
WRAPPED = _cause("wrapped", "回答里多了引号、空格或换行；只能有解密后的原文。",
                 "The answer has quotes, blanks or a line break around it; it must be the "
                 "decrypted text alone.", PROXY)  # fmt: skip
OTHER_BODY = _cause("other_program", "回答的不是我们的程序。", "Something else answers there.",
                    PROXY)  # fmt: skip
OTHER_STATUS = _cause("status", "回答的不是 200。", "The answer is no 200.", PROXY)


async def look(
    line: str, settings: Settings, keys: CallbackKeys, receive_id: str, clock: Clock
) -> Line:
    """
    Args:
        receive_id: the corp id; "" for a smart bot.
    """
    base = settings.server.public_url.rstrip("/")
    if not base:
        return bad(line, NO_URL)
    url = f"{base}{keys.path}"
    echo = str(secrets.randbelow(9 * 10**18) + 10**18)  # 19 digits, as WeCom's
    timestamp, nonce = str(int(clock.timestamp())), secrets.token_hex(5)
    envelope = Envelope(keys.token.reveal(), keys.aes_key.reveal(), receive_id)
    echostr, signed = envelope.seal(echo.encode(), timestamp, nonce)
    query = {"msg_signature": signed, "timestamp": timestamp, "nonce": nonce, "echostr": echostr}
    reply = await fetch(url, clock, query)
    cause = judge(reply, echo.encode())
    if cause is None and await is_private(url) and not await is_private(settings.wecom.api_base):
        cause = PRIVATE
    if cause is None and keys.old:
        return bad(line, OLD_PAIR, _used(reply.headers.get("Old-Pair", "")))
    if cause is None:
        took = f"{reply.took_s:.2f}"
        return good(line, f"{url} 正确回答，用时 {took} 秒。",
                    f"{url} answers rightly, in {took} s.", PAGE)  # fmt: skip
    if cause.id in ("refused", "502", "503", "504") and not await health(settings.server, clock):
        cause = NOT_RUNNING
    return bad(line, placed(line, cause), _seen(url, reply))


def placed(line: str, cause: Cause) -> Cause:
    """The cause with the page on which this callback's keys are: a smart bot has its own."""
    return cause._replace(click=OF_BOT) if (line, cause.click) == (BOT, CONSOLE) else cause


def judge(reply: Reply, echo: bytes) -> Cause | None:
    """What is wrong with the reply; None: it is as WeCom wants it."""
    if reply.trouble:
        return TROUBLES[reply.trouble]
    if 300 <= reply.status < 400:
        return REDIRECT
    if reply.status == 403 and (code := reply.headers.get("Error-Code")):
        return REFUSALS.get(code, AES_KEY)
    if reply.status != 200:
        return STATUSES.get(reply.status, OTHER_STATUS)
    if reply.body != echo:
        return WRAPPED if echo in reply.body and len(reply.body) < 40 else OTHER_BODY
    return SLOW if reply.took_s > WITHIN_S else lately(reply.headers.get("Last-Refusal", ""))


def lately(told: str) -> Cause | None:
    """What the running program refused last, if it has accepted nothing since."""
    code, _, age = told.partition("; age=")
    if not code or not age.isdecimal() or int(age) > RECENT_S:
        return None
    return LATELY.get(code, ANOTHER_KEY)


def _used(told: str) -> Words:
    """When the running program last accepted the old pair."""
    age = told.removeprefix("age=")
    if not age.isdecimal():
        return Words("程序启动以来没有用到过。", "Not used since the program started.")
    minutes = int(age) // 60
    return Words(f"最近一次用到是 {minutes} 分钟前。", f"Last used {minutes} min ago.")


async def health(server: Server, clock: Clock) -> dict[str, object]:
    """What the program on this machine says of itself, even while it refuses requests; {} if it
    does not run."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(server.host, server.host)
    address = f"[{host}]" if ":" in host else host
    reply = await fetch(f"http://{address}:{server.port}/healthz", clock)
    return read_json(reply)


def _seen(url: str, reply: Reply) -> Words:
    if reply.trouble:
        zh, en = (f"（{reply.detail}）", f" ({reply.detail})") if reply.detail else ("", "")
        return Words(f"地址：{url}{zh}", f"Address: {url}{en}")
    if 300 <= reply.status < 400:
        place = urlsplit(reply.headers.get("Location", ""))  # the query repeats the signature
        told = f"{place.scheme}://{place.netloc}{place.path}" if place.netloc else place.path
        return Words(f"{url} → {told}", f"{url} → {told}")
    took = f"{reply.took_s:.2f} s"
    return Words(f"{url} 回答 HTTP {reply.status}，用时 {took}。",
                 f"{url} answered HTTP {reply.status} in {took}.")  # fmt: skip
