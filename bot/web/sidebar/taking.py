"""A chat of 微信客服 that somebody else serves, mostly the bot: WeCom takes nothing from a member
there (doc 94669) until they have the session."""

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from bot.errors import Declined, Refused, WindowClosed
from bot.events import SessionChanged
from bot.store.staff import Role
from bot.userids import same
from bot.web.route import Route
from bot.web.sidebar.subject import HUMAN, Subject, subject_of
from bot.web.visit import Visit
from bot.wecom.errcodes import NO_SERVICER, NOT_RECEIVING

TAKEN: Final = 1  # change of a SessionChanged
CURES: Final = {
    NO_SERVICER: (
        "您还不是这个客服账号的接待人员，请管理员在企业微信「微信客服」里加上您。",
        "You are no servicer of this account: your admin adds you in WeCom, 微信客服.",
    ),
    NOT_RECEIVING: (
        "您现在停止接待了，请先在企业微信里恢复接待。",
        "You receive no customers at present: begin to receive in WeCom first.",
    ),
}


def routes() -> Iterable[Route]:
    yield Route("GET", "/sidebar/held", held, Role.MEMBER)
    yield Route("POST", "/sidebar/take", take, Role.MEMBER)


async def held(visit: Visit) -> web.Response:
    """Who has the session now; nothing if it is still the `holder` that the page shows."""
    subject = await subject_of(visit, "customer")
    if visit.asked("holder") == subject.holder:
        return web.Response(status=204)
    servicer = await servicer_of(visit, subject)
    return visit.html("sidebar/held.html", subject=subject, servicer=servicer)


async def servicer_of(visit: Visit, subject: Subject) -> str:
    """The name of the colleague who has the session; "": none."""
    names = await visit.office.names() if subject.servicer else {}
    return names.get(subject.servicer, subject.servicer)


async def take(visit: Visit) -> web.Response:
    """WeCom moves the session to the visitor; the bot hears of it as of any other session."""
    subject, office, me = await subject_of(visit, "customer"), visit.office, visit.me.id
    account, customer = subject.account, subject.id
    if not account:
        raise Declined("这里不是微信客服的会话。", "This is no session of customer service.")
    state, servicer = await office.client.service_state(account, customer)
    if state == HUMAN and not same(servicer, me):
        names = await office.names()
        name = names.get(servicer, servicer)
        raise Declined(
            f"{name} 已经在接待这位客户了。", f"{name} is serving this customer already."
        )
    if state != HUMAN:
        await _move(visit, account, customer)
    now = office.clock.now()
    taken = SessionChanged(
        id=f"taken:{account}:{customer}:{me}:{now.timestamp()}", at=now,
        conversation=f"kf:{account}:{customer}", account=account, customer=customer,
        change=TAKEN, new_servicer=me,
    )  # fmt: skip
    await office.inbox.put([taken])
    await visit.note("kf.take", customer)
    return visit.told(
        "会话归您了，可以发了。聊完在聊天窗口结束会话，机器人再接着答。",
        "The chat is yours: you can send. End it in the chat itself, and the bot answers again.",
        trigger="taken",
    )


async def _move(visit: Visit, account: str, customer: str) -> None:
    """
    Raises:
        Declined: WeCom did not, and what to do.
    """
    try:
        await visit.office.client.change_service_state(account, customer, HUMAN, visit.me.id)
    except WindowClosed as error:
        raise Declined(
            "会话已经结束。直接在聊天窗口写一句，会话就重新打开，归您接待。",
            "The session has ended: write in the chat itself, and it is opened again as yours.",
        ) from error
    except Refused as error:
        other = (
            f"企业微信没有让您接管（{error.errcode} {error.errmsg}），请在聊天窗口里接入。",
            f"WeCom refused ({error.errcode} {error.errmsg}): take it in the chat itself.",
        )
        raise Declined(*CURES.get(error.errcode, other)) from error
