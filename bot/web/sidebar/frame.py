"""The sidebar's frame: beside whose chat it stands, and their tabs."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from aiohttp import web

from bot.errors import Declined
from bot.store.customers import serving
from bot.store.desk.staff import Role
from bot.web.route import Route
from bot.web.sidebar.subject import subject_of
from bot.web.sidebar.tabs import tabs_for
from bot.web.sidebar.taking import servicer_of
from bot.web.sidebar.trouble import trouble
from bot.web.todos import number_due
from bot.web.visit import NO_STORE, Visit

APIS = ("getContext", "getCurExternalContact", "getCurExternalChat", "sendChatMessage",
        "openEnterpriseChat")  # fmt: skip
LONGEST_URL = 2000


def routes() -> Iterable[Route]:
    yield Route("GET", "/sidebar", frame, Role.MEMBER)
    yield Route("GET", "/sidebar/signature", signature, Role.MEMBER)
    yield Route("GET", "/sidebar/open", open_chat, Role.MEMBER)
    yield Route("GET", "/sidebar/trouble", explain, Role.MEMBER)
    yield Route("GET", "/sidebar/unsent", explain_unsent, Role.MEMBER)
    yield Route("GET", "/sidebar/choose", choose, Role.LEADER)


async def frame(visit: Visit) -> web.Response:
    """The frame; without ?customer= or ?chat= the page asks the client."""
    named = {name: visit.asked(name) for name in ("customer", "chat", "nobody", "entry", "tab")}
    return visit.html("sidebar/frame.html", named=named, apis=APIS, office=visit.office)


async def signature(visit: Visit) -> web.Response:
    """?url=: both signatures for a page of ours, as `@wecom/jssdk` wants them."""
    url = visit.asked("url")
    ours, theirs = urlsplit(visit.base), urlsplit(url)
    if len(url) > LONGEST_URL or (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
        raise Declined(
            f"只给本站的页面签名。打开侧边栏用的网址应以 {visit.base} 开头，"
            "请核对 config/bot.toml 的 server.public_url。",
            f"Only pages of ours are signed for: the sidebar's address begins with {visit.base}; "
            "check server.public_url in config/bot.toml.",
            400,
        )
    signed = await visit.office.tickets.signatures(url)
    return web.json_response(
        {"config": signed.config.fields(), "agent": signed.agent.fields()}, headers=NO_STORE
    )


async def open_chat(visit: Visit) -> web.Response:
    """The head and the tabs of a customer or a group, or words that say why not."""
    try:
        subject = await subject_of(visit)
    except Declined as declined:
        if not visit.partial:
            raise
        said = visit.t(declined.zh, declined.en)
        return visit.html("sidebar/closed.html", said=said, status=declined.status)
    tabs, servicer = tabs_for(subject), await servicer_of(visit, subject)
    asked = visit.asked("tab")
    return visit.html(
        "sidebar/open.html", subject=subject, tabs=tabs, servicer=servicer, sure=True,
        number=await number_due(visit),
        first=next((tab for tab in tabs if tab.path == asked), next(iter(tabs), None)),
    )  # fmt: skip


async def explain(visit: Visit) -> web.Response:
    """?step=&said=&entry=: what is wrong with the client, and what to do."""
    found = trouble(visit.asked("step"), visit.asked("said"), visit.asked("entry"))
    return visit.html(
        "sidebar/trouble.html", trouble=found, said=visit.asked("said")[:200],
        may_choose=visit.me.role >= Role.LEADER,
    )  # fmt: skip


async def explain_unsent(visit: Visit) -> web.Response:
    """?said=&entry=: the same of a message that the client did not take, as a short message."""
    found = trouble("send", visit.asked("said"), visit.asked("entry"))
    said = visit.asked("said")[:200]
    return visit.told(
        f"没有发出：{found.zh}。{found.do_zh}（{said}）",
        f"Not sent: {found.en}. {found.do_en} ({said})",
        kind="bad",
    )


async def choose(visit: Visit) -> web.Response:
    """?q=: customers for whoever sits at a desk, outside WeCom."""
    text = visit.asked("q")[:64]
    found = await serving.look_for(visit.office.database, text, visit.me.sight) if text else []
    return visit.html("sidebar/choose.html", found=found, text=text)
