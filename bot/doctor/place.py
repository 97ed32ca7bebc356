"""Where the page is: the trusted domain (可信域名), and the link by which members come."""

from urllib.parse import parse_qs, urlsplit

from bot.doctor.line import Cause, Line, State, Words, bad, good
from bot.settings import Settings
from bot.wecom.app_details import AppDetails

AUTHORIZE = "https://open.weixin.qq.com/connect/oauth2/authorize"
CLICK = Words("应用管理 → 本应用 → 网页授权及JS-SDK → 设置可信域名",
              "应用管理 → the app → 网页授权及JS-SDK → 设置可信域名")  # fmt: skip
LINK = Words("在生成授权链接的地方", "Where the sign-in link is made")
NO_DOMAIN = Cause(
    "no_domain",
    Words("应用没有设置可信域名，侧边栏打不开（50001、80001）。",
          "The app has no trusted domain, so the sidebar cannot open (50001, 80001)."),
    CLICK, 91022, State.AMBER,
)  # fmt: skip
OTHER_DOMAIN = Cause(
    "50001",
    Words("页面的域名（含端口）不是应用的可信域名，授权会报 50001，JS-SDK 会报 80001。",
          "The page's host (with its port) is not the app's trusted domain: sign-in ends "
          "in 50001, the JS-SDK in 80001."),
    CLICK, 91022,
)  # fmt: skip
INSECURE = Cause(
    "http", Words("页面不是 https。", "The page is not https."),
    Words("config/bot.toml 的 [server] public_url", "[server] public_url in config/bot.toml"),
    96914, State.AMBER,
)  # fmt: skip
NO_PAGE = Cause(
    "no_public_url",
    Words("不知道页面的地址。", "The page's address is not known."),
    Words("写上 [server] public_url，或用 --page 给出",
          "Write [server] public_url, or give it with --page"),
    0, State.UNKNOWN,
)  # fmt: skip
BAD_PAGE = Cause(
    "no_address",
    Words("给出的页面不是网址。", "The page that was given is no address."),
    Words("写完整的网址：https://…", "Write the whole address: https://…"),
)
CLIENT = Words(
    "JS-SDK 的域名清单只有客户端知道：侧边栏报 80001 时，"
    "在同一页把这个域名也填入 JS-SDK 一栏并校验归属。",
    "Which domains the JS-SDK accepts only the client knows: on 80001 enter this one there too, "
    "and prove that it is yours.",
)


def place(page: str) -> str:
    """host, or host:port if the port is not the default."""
    parts = urlsplit(page)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = parts.hostname or ""
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"


def domain(page: str, details: AppDetails) -> Line:
    if not page:
        return bad("domain", NO_PAGE)
    if not details.redirect_domain:
        return bad("domain", NO_DOMAIN)
    if place(page) != details.redirect_domain.lower():
        seen = f"{place(page)} ≠ {details.redirect_domain}"
        return bad("domain", OTHER_DOMAIN, Words(seen, seen))
    local = urlsplit(page).hostname in ("127.0.0.1", "localhost", "::1")
    if not page.startswith("https://") and not local:
        return bad("domain", INSECURE)
    return good("domain", f"{details.redirect_domain}。{CLIENT.zh}",
                f"{details.redirect_domain}. {CLIENT.en}", 91022)  # fmt: skip


def link(url: str, settings: Settings) -> tuple[Line, str]:
    """The link that sends members through WeCom's sign-in, and the page to which it leads."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    page = query.get("redirect_uri", "")
    app = settings.app
    wrong: list[tuple[str, str, str]] = []
    if query.get("appid") != settings.wecom.corp_id:
        wrong.append(("appid", "appid 不是企业ID", "appid is not the corp id"))
    if not urlsplit(page).hostname:
        wrong.append(("redirect_uri", "redirect_uri 不是网址", "redirect_uri is no address"))
    elif "redirect_uri=http%3A%2F%2F" not in url and "redirect_uri=https%3A%2F%2F" not in url:
        wrong.append(("redirect_uri", "redirect_uri 没有编码", "redirect_uri is not encoded"))
    if app and query.get("agentid", str(app.agent_id)) != str(app.agent_id):
        wrong.append(("agentid", "agentid 是别的应用的", "agentid is another app's"))
    if query.get("response_type") != "code":
        wrong.append(("response_type", "缺 response_type=code", "response_type=code is missing"))
    if query.get("scope") not in ("snsapi_base", "snsapi_privateinfo"):
        wrong.append(("scope", "scope 不对", "scope is wrong"))
    if urlsplit(url).fragment != "wechat_redirect":
        wrong.append(("fragment", "末尾缺 #wechat_redirect", "#wechat_redirect is missing"))
    if wrong:
        zh, en = (mark.join(one[at] for one in wrong) for at, mark in ((1, "；"), (2, "; ")))
        return bad("redirect", Cause(wrong[0][0], Words(f"{zh}。", f"{en}."), LINK, 91022)), page
    return good("redirect", f"通向 {page}", f"Leads to {page}", 91022), page
