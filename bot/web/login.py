"""Signing in: by WeCom (the sidebar silently, the console by scanning), or by a one-time link."""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urlencode

from aiohttp import web

from bot.clock import Clock
from bot.errors import WeComError
from bot.store.credentials import Credentials
from bot.store.desk import staff
from bot.store.desk.staff import Role, Staff
from bot.store.sql import Database
from bot.web.route import Route, way_back
from bot.web.session import Session
from bot.web.visit import Visit

ADMIN = "#admin"  # whoever signs in by the link: no userid of WeCom has a "#"
ONCE = "web:once"
ONCE_LASTS_S = 24 * 3600.0
YEAR_S = 365 * 86_400


def routes() -> Iterable[Route]:
    yield Route("GET", "/login", choose, None)
    yield Route("GET", "/login/wecom", to_wecom, None)
    yield Route("GET", "/login/back", back, None)
    yield Route("GET", "/login/once/{token}", ask_once, None)
    yield Route("POST", "/login/once/{token}", come_in_once, None)
    yield Route("GET", "/preferences", prefer, None)
    yield Route("POST", "/logout", leave, Role.MEMBER)


async def choose(visit: Visit) -> web.Response:
    to = _inside(visit.asked("to", "/console"))
    if visit.staff is not None:
        return visit.go(to)
    return visit.html("login.html", to=to, wecom=visit.office.settings.app is not None)


async def to_wecom(visit: Visit) -> web.Response:
    """Send the browser to WeCom, which brings the member back with a code.

    ?scan=1 shows a code to scan (doc 98151); without it WeCom must be around the page (91022).
    """
    settings = visit.office.settings
    if settings.app is None:
        return visit.wrong(
            "没有配置自建应用：请在 config/bot.toml 填写 [app]。",
            "There is no app: fill in [app] of config/bot.toml.",
        )
    state = secrets.token_hex(16)
    to = way_back(_inside(visit.asked("to", "/sidebar")))
    visit.session = replace(visit.session, state=state, to=to)
    query = {"appid": visit.office.corp, "redirect_uri": f"{visit.base}/login/back"}
    if visit.asked("scan"):
        query |= {"login_type": "CorpApp", "agentid": str(visit.office.agent), "state": state}
        address = f"{settings.wecom.login_base}/wwlogin/sso/login?{urlencode(query)}"
    else:
        query |= {
            "response_type": "code", "scope": "snsapi_base", "state": state,
            "agentid": str(visit.office.agent),
        }  # fmt: skip
        address = f"{settings.wecom.oauth_base}/connect/oauth2/authorize?{urlencode(query)}"
        address += "#wechat_redirect"
    return visit.go(address)


async def back(visit: Visit) -> web.Response:
    """Back from WeCom, with a code that says who it is (doc 91023)."""
    session, code, state = visit.session, visit.asked("code"), visit.asked("state")
    ours, brought = session.state.encode(), state.encode("utf-8", "replace")
    if not ours or not code or not hmac.compare_digest(ours, brought):
        return visit.wrong(
            "登录没有完成，请重新打开页面。",
            "The login was not completed: open the page again.",
            403,
        )
    try:
        who = await visit.office.client.get_user_info(code)
    except WeComError as error:
        return visit.wrong(
            f"企业微信没有认出您（{error.errcode}），请重新打开页面。",
            f"WeCom did not recognise you ({error.errcode}): open the page again.",
            403,
        )
    if not who:
        return visit.wrong(
            "只有企业成员可以使用。", "Only members of the company can log in.", 403
        )
    office = visit.office
    name = office.desk.names.of(who, who)
    await staff.join(office.database, who, name, office.clock.timestamp())
    found = await staff.find(office.database, who)
    if found is None or not found.active:
        return visit.wrong(
            "您的账号已停用，请联系管理员。", "Your account is switched off: ask your admin.", 403
        )
    return await _in(visit, found, "login.wecom", session.to or "/console")


async def ask_once(visit: Visit) -> web.Response:
    """Show a button: a mere preview of the link must not use it up."""
    if not await _once_fits(visit):
        return _used_up(visit)
    return visit.html("once.html")


async def come_in_once(visit: Visit) -> web.Response:
    """Sign in as the admin, whatever has become of that account: so a company that has locked
    itself out gets in again."""
    office, now = visit.office, visit.office.clock.timestamp()
    if not await Credentials().use_up(ONCE, _hash(visit.part("token")), now):
        return _used_up(visit)
    known = await staff.find(office.database, ADMIN)
    name = known.name if known else "管理员"
    person = Staff(id=ADMIN, name=name, role=Role.ADMIN, leader="", active=True, sight=None)
    await staff.put(office.database, person, now)
    return await _in(visit, person, "login.once", "/console")


async def prefer(visit: Visit) -> web.Response:
    """?lang=en, ?theme=dark: kept by the browser."""
    response = visit.go(_inside(visit.asked("to", "/console")))
    for name, known in (("lang", ("zh", "en")), ("theme", ("light", "dark", "device"))):
        if (value := visit.asked(name)) in known:
            response.set_cookie(name, value, max_age=YEAR_S, path="/", samesite="Lax")
    return response


async def leave(visit: Visit) -> web.Response:
    await visit.office.seal.end(visit.session)
    visit.session = Session()
    return visit.go("/login")


async def new_once(clock: Clock, base: str) -> str:
    """A link by which one person becomes the admin, once, within a day; older ones become void."""
    token = secrets.token_urlsafe(32)
    await Credentials().save(ONCE, _hash(token), clock.timestamp() + ONCE_LASTS_S)
    return f"{base.rstrip('/')}/login/once/{token}"


async def first_link(database: Database, clock: Clock, base: str, watched: bool) -> str | None:
    """A link for the first admin; None where there is an admin already.

    "" if others would read the link as well (in a log): nobody should use such a link, so an older
    one stays valid.
    """
    if await staff.has_admin(database):
        return None
    return await new_once(clock, base) if watched else ""


async def _once_fits(visit: Visit) -> bool:
    kept = await Credentials().load(ONCE)
    if kept is None or kept[1] < visit.office.clock.timestamp():
        return False
    return hmac.compare_digest(kept[0], _hash(visit.part("token")))


def _used_up(visit: Visit) -> web.Response:
    return visit.wrong(
        "这个链接已用过或已过期。在服务器上运行 huashu admin-link 取得新的链接。",
        "This link is used up or too old. Run huashu admin-link on the server for a new one.",
        403,
    )


async def _in(visit: Visit, person: Staff, how: str, to: str) -> web.Response:
    """Begin a new session and keep who logged in and `how`. The previous session's id becomes
    void."""
    visit.staff = person
    visit.session = visit.office.seal.begin(person.id)
    await visit.note(how, person.id)
    return visit.go(to)


def _inside(address: str) -> str:
    """A path of ours; for anything else the console.

    Browsers leave out tabs and line breaks of an address, and read a backslash as a slash.
    """
    plain = address.isprintable() and not {" ", "\\"} & {*address}
    inside = plain and address.startswith("/") and not address.startswith("//")
    return address if inside else "/console"


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
