"""The routes of the pages, and the one guard in front of all of them."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiDict

from bot.errors import BotError, Declined, WeComError
from bot.scripts.renderer import whole
from bot.store.desk import staff
from bot.store.desk.staff import Role, Staff
from bot.store.postgres import gone
from bot.store.sqlite_file import amiss, moved
from bot.telling.complaints import told
from bot.web.office import Office
from bot.web.session import COOKIE, LASTS_S, Session
from bot.web.visit import Form, Visit

log = logging.getLogger(__name__)

Answer = Callable[[Visit], Awaitable[web.StreamResponse]]
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
SAFE = ("GET", "HEAD")
NUL = "\0"
STRANGERS_BYTES = 64 * 1024  # of a form that anybody may send
FORM_BYTES = 512 * 1024  # of a form without files: a file of config/ is its longest
LONGEST_BACK = 2000  # characters
UPLOAD_BYTES = 16 * 2**20  # a library of scripts in Excel is far below
# What a body that is no form makes aiohttp raise: nested parts, one without a name, a charset that
# nobody knows, a boundary that does not end.
BROKEN = (ValueError, LookupError, RuntimeError, AssertionError, HttpProcessingError)


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str  # aiohttp's, with {names}
    answer: Answer
    needs: Role | None  # None: strangers as well
    files: bool = False  # its form brings one

    @property
    def most(self) -> int:
        """Bytes of a form."""
        if self.needs is None:
            return STRANGERS_BYTES
        return UPLOAD_BYTES if self.files else FORM_BYTES


def add_routes(app: web.Application, office: Office, routes: Iterable[Route]) -> None:
    for route in routes:
        app.router.add_route(route.method, route.path, _guarded(office, route))


def _guarded(
    office: Office, route: Route
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        session = office.seal.read(request.cookies.get(COOKIE, "")) or Session()
        visit = Visit(office=office, request=request, session=session, staff=None)
        try:
            response = await _admitted(visit, route)
        except BotError as error:
            response = _failed(visit, error)
        except web.HTTPRequestEntityTooLarge:
            response = _too_large(visit, route)
        except ConnectionError:  # the browser is gone: nobody reads this
            response = web.Response(status=400)
        except Exception as error:  # a page that fails must neither show how nor end the engine
            if gone(error) or amiss(error):
                raise
            log.exception("a page failed", extra={"action": "page", "path": route.path})
            response = visit.wrong(
                "程序出错了，已记入日志。请刷新再试；再出现请告诉管理员。",
                "The program failed, and the log says how. Reload; if it stays, tell your admin.",
                500,
            )
        finally:
            _close(visit.fields)
        if not response.prepared:
            _finish(response, visit)
        return response

    return handle


async def _admitted(visit: Visit, route: Route) -> web.StreamResponse:
    """The answer of the route, or why there is none. Expensive checks come last: the body is only
    read for those who may send it."""
    if NUL in visit.request.path or NUL in visit.request.query_string:
        return visit.wrong("这个地址不完整。", "This address is broken.", 400)
    visit.staff = await _who(visit)
    if route.needs is not None:
        if visit.staff is None:
            return await _to_login(visit)
        if visit.staff.role < route.needs:
            return visit.wrong(
                "您没有权限看这一页。需要的话请联系管理员。",
                "You may not see this page. If you need it, ask your admin.",
                403,
            )
    if route.method not in SAFE and (refused := await _refused(visit, route)):
        return refused
    if route.method not in SAFE and visit.office.journal.lost:
        raise moved()
    if route.method in SAFE and visit.staff and not visit.partial:
        visit.marks = ",".join(await visit.office.live.marks())
    return await route.answer(visit)


async def _refused(visit: Visit, route: Route) -> web.Response | None:
    """Read the form; None: it is valid, and of this session."""
    token, fits = visit.request.headers.get("X-CSRF-Token", ""), visit.office.seal.fits
    if not token or fits(visit.session, token):
        try:
            source = visit.request.clone(client_max_size=route.most)
            visit.fields = _legible(await source.post())
        except BROKEN:
            return visit.wrong("表单不完整，请再试一次。", "The form is broken: try again.", 400)
        kept = token or visit.fields.get("csrf", "")
        if isinstance(kept, str) and fits(visit.session, kept):
            return None
    return visit.wrong(
        "页面已过期，请刷新后再试一次。", "This page is too old: reload it and try again.", 403
    )


def _close(form: Form | None) -> None:
    """aiohttp closes the files of its own requests, but of no clone."""
    for value in form.values() if form else ():
        if isinstance(value, web.FileField):
            value.file.close()


def _too_large(visit: Visit, route: Route) -> web.Response:
    most = f"{route.most >> 10} KB" if route.most < 2**20 else f"{route.most >> 20} MB"
    return visit.wrong(
        f"提交的内容太大，没有保存：最多 {most}。请删短或分几次再试。",
        f"What you sent is too large, and was not saved: {most} at most. Shorten or split it.",
        413,
    )


def _legible(form: Form) -> Form:
    """The form without what nobody types and no database stores: NUL characters, and halves of
    signs, which come by a charset such as unicode_escape."""
    return MultiDict(
        (name, whole(value.replace(NUL, "")) if isinstance(value, str) else value)
        for name, value in form.items()
    )


async def _who(visit: Visit) -> Staff | None:
    if not visit.session.who or await visit.office.seal.ended(visit.session):
        return None
    found = await staff.find(visit.office.database, visit.session.who)
    return found if found and found.active else None


async def _to_login(visit: Visit) -> web.Response:
    """Send to a login: the sidebar logs in by itself, the console asks how."""
    sidebar, safe = visit.request.path.startswith("/sidebar"), visit.request.method in SAFE
    whole = safe and not visit.partial
    if sidebar:
        back = way_back(visit.request.path_qs) if whole else "/sidebar"
        return visit.go(f"/login/wecom?to={quote(back)}")
    back = way_back(visit.request.path_qs if whole else await _page_around(visit))
    return visit.go(f"/login?to={quote(back)}{'' if safe else '&unsaved=1'}")


def way_back(address: str) -> str:
    """Where to go after a login: `address`, or only its path if it is too long for a cookie.
    Browsers keep 4,096 bytes of one, and sealing adds half."""
    return address if len(address) <= LONGEST_BACK else address.partition("?")[0][:LONGEST_BACK]


async def _page_around(visit: Visit) -> str:
    """The page of our console from which a form, or a request for a part, was sent.

    A form with a mistake comes back at an address that takes only forms: that is not a page.
    """
    headers = visit.request.headers
    try:
        page = urlsplit(str(headers.get("HX-Current-URL") or headers.get("Referer", "")))
    except ValueError:  # no browser sends such a one
        return "/console"
    ours = f"{page.scheme}://{page.netloc}" == visit.base and page.path.startswith("/console")
    if not ours:
        return "/console"
    again = visit.request.clone(method="GET", rel_url=page.path)
    nothing = "rest" in await visit.request.app.router.resolve(again)  # pages.py: no such page
    return "/console" if nothing else f"{page.path}?{page.query}".rstrip("?")


def _failed(visit: Visit, error: BotError) -> web.Response:
    if isinstance(error, WeComError):
        return visit.wrong(
            f"企业微信没有接受：{error.errcode} {error.errmsg}",
            f"WeCom refused: {error.errcode} {error.errmsg}",
            502,
        )
    status = error.status if isinstance(error, Declined) else 422
    return visit.wrong(told(error, "zh"), told(error, "en"), status)


def _finish(response: web.StreamResponse, visit: Visit) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if isinstance(response, web.Response) and response.content_type == "text/html":
        response.enable_compression()
    keep(response, visit)


def keep(response: web.StreamResponse, visit: Visit) -> None:
    """Give the browser its session cookie."""
    secure = visit.office.settings.server.public_url.startswith("https")
    response.set_cookie(
        COOKIE, visit.office.seal.close(visit.session), max_age=LASTS_S, path="/",
        httponly=True, secure=secure, samesite="Lax",
    )  # fmt: skip
