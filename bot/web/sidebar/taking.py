"""Taking over a customer's session in 微信客服 from the bot, and giving it back: until members
have it, WeCom accepts nothing from them there (doc 94669)."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from aiohttp import web

from bot.errors import Declined, Refused, WeComError, WindowClosed
from bot.events import SessionChanged
from bot.members.userids import same
from bot.store.customers import serving
from bot.store.desk.staff import Role
from bot.web.route import Route
from bot.web.sidebar.subject import HUMAN, Subject, subject_of
from bot.web.visit import Visit
from bot.wecom.errcodes import NO_SERVICER, NOT_RECEIVING

TAKEN: Final = 1  # change of a SessionChanged
ENDED: Final = 3  # likewise
OVER: Final = 4  # state of a session
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
    yield Route("POST", "/sidebar/give-back", give_back, Role.MEMBER)


async def held(visit: Visit) -> web.Response:
    """Who has the session now; empty if it is still the `holder` that the page shows.

    ?sure=1: WeCom is asked as well, once a page.
    """
    subject = await subject_of(visit, "customer", "guest")
    if visit.asked("sure"):
        await _compare(visit, subject)
    if visit.asked("holder") == subject.holder + subject.servicer:
        return web.Response(status=204)
    servicer = await servicer_of(visit, subject)
    return visit.html("sidebar/held.html", subject=subject, servicer=servicer)


async def _compare(visit: Visit, subject: Subject) -> None:
    """Events of a session may be lost: file it if WeCom knows better."""
    account, customer = subject.account, subject.id

    async def ask() -> bool:
        state, servicer = await visit.office.client.service_state(account, customer)
        if state == HUMAN and not same(servicer, subject.servicer):
            await _file(visit, account, customer, TAKEN, servicer)
        elif state == OVER and subject.holder in ("me", "colleague", "pool"):
            await _file(visit, account, customer, ENDED)
        return True

    with suppress(WeComError, Declined):
        await visit.office.asking.once(visit.me.id, f"state:{account}:{customer}", ask)


async def _file(
    visit: Visit, account: str, customer: str, change: int, servicer: str = ""
) -> None:  # fmt: skip
    """File the move for the bot: WeCom sends no event for a move by API."""
    now = visit.office.clock.now()
    event = SessionChanged(
        id=f"session:{account}:{customer}:{change}:{servicer}:{now.timestamp()}", at=now,
        conversation=f"kf:{account}:{customer}", account=account, customer=customer,
        change=change, new_servicer=servicer,
    )  # fmt: skip
    await visit.office.inbox.put([event])


async def servicer_of(visit: Visit, subject: Subject) -> str:
    """The name of the colleague who has the session; "": none."""
    names = await visit.office.names() if subject.servicer else {}
    return names.get(subject.servicer, subject.servicer)


async def take(visit: Visit) -> web.Response:
    """WeCom moves the session to the visitor."""
    subject, office, me = await subject_of(visit, "customer", "guest"), visit.office, visit.me.id
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
    await _file(visit, account, customer, TAKEN, me)
    await visit.note("kf.take", customer)
    said = (
        "会话归您了，可以发了。聊完点「交还机器人」，机器人再接着答。",
        "The chat is yours: you can send. Give it back when you are done, and the bot answers.",
    )
    if subject.kind == "guest":  # now all of them is shown
        return visit.go(f"/sidebar?{subject.query}", *said)
    return visit.told(*said, trigger="taken")


async def give_back(visit: Visit) -> web.Response:
    """WeCom has no way from a person back to the bot but ending the session (doc 94669): what the
    customer writes next opens the session again, for the bot. Leaders may do this for their
    people.
    """
    subject, office = await subject_of(visit, "customer"), visit.office
    given = False
    for one in await serving.sessions(office.database, subject.id):
        account, had = one["account"], one["servicer"]
        if not (one["staffed"] and had and visit.me.sees(had)):
            continue
        state, servicer = await office.client.service_state(account, subject.id)
        if state == HUMAN and not same(servicer, had):
            await _file(visit, account, subject.id, TAKEN, servicer)
            continue
        if state == HUMAN:
            with suppress(WindowClosed):  # it has ended meanwhile
                await office.client.change_service_state(account, subject.id, OVER)
        await _file(visit, account, subject.id, ENDED)
        given = True
    if not given:
        raise Declined("这个会话已经不在您这里了。", "This chat is not yours any more.")
    await visit.note("kf.give_back", subject.id)
    return visit.told(
        "已交还：客户再写，由机器人接着答。",
        "Given back: the bot answers what they write next.",
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
