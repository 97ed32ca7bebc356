"""Referral campaigns (老带新): how they go, who brings most, and what a person has to check."""

from collections.abc import Iterable
from typing import Final

from aiohttp import web

from bot.referral.book import Campaign
from bot.referral.rule import REASONS
from bot.store.desk.staff import Role
from bot.store.plans.plans import PlanTable
from bot.store.referral.referrals import ReferralStore
from bot.store.referral.views import LAST, Numbers, ReferralViews
from bot.store.states import InvitationState, PlanState, TouchState
from bot.web.route import Route
from bot.web.visit import Visit

PATH: Final = "/console/referral"
RANKED, SOME, PAGE = 20, 50, 30
STATES = {
    InvitationState.WAITING: ("还要再等等", "waits", ""),
    InvitationState.COUNTS: ("算数", "counts", "good"),
    InvitationState.REFUSED: ("不算", "does not count", ""),
    InvitationState.HELD: ("等人看", "to be checked", "warn"),
}


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, show, Role.OPERATOR)
    yield Route("GET", PATH + "/{id}", one, Role.OPERATOR)
    yield Route("POST", PATH + "/{id}/{do}", steer, Role.OPERATOR)
    yield Route("POST", PATH + "/{id}/invitations/{seq}", decide, Role.OPERATOR)
    yield Route("POST", PATH + "/{id}/rewards/{seq}", again, Role.OPERATOR)


async def show(visit: Visit) -> web.Response:
    book, views = visit.office.desk.referral_book, ReferralViews(visit.office.database)
    numbers, paused = await views.numbers(), await views.paused()
    named = {**dict.fromkeys(numbers), **book.campaigns}
    return visit.html(
        "console/referrals.html",
        rows=[
            (one, named[one], numbers.get(one, Numbers()), _standing(visit, one, paused))
            for one in named
        ],
        reasons=REASONS, complaints=[str(one) for one in book.complaints],
        problem=visit.office.referrals.codes.problem,
    )  # fmt: skip


async def one(visit: Visit) -> web.Response:
    """One campaign; ?before= shows the invitations before that seq."""
    views, name = ReferralViews(visit.office.database), visit.part("id")
    campaign = visit.office.desk.referral_book.campaigns.get(name)
    numbers = (await views.numbers()).get(name)
    if campaign is None and numbers is None:
        return visit.wrong("没有这个活动。", "There is no such campaign.", 404)
    page = await views.page(name, PAGE + 1, visit.number("before", LAST))
    paused = await views.paused()
    return visit.html(
        "console/referral.html",
        name=name, campaign=campaign, numbers=numbers or Numbers(),
        standing=_standing(visit, name, paused), pause=paused.get(name),
        held=await views.held(name, SOME), ranking=await views.ranking(name, RANKED),
        rewards=await views.rewards(name, SOME), page=page[:PAGE],
        more=page[PAGE - 1]["seq"] if len(page) > PAGE else None,
        first=not visit.asked("before"), states=STATES, reasons=REASONS,
        InvitationState=InvitationState, TouchState=TouchState,
        names=await visit.office.names(),
    )  # fmt: skip


def _standing(visit: Visit, name: str, paused: Iterable[str]) -> tuple[str, str, str]:
    """Its state in both languages, and the tone."""
    campaign = visit.office.desk.referral_book.campaigns.get(name)
    today = visit.office.referrals.codes.today
    if campaign is None:
        return ("不在设置里", "not set up here", "")
    if name in paused:
        return ("已暂停", "paused", "warn")
    if today < campaign.first:
        return ("还没开始", "not started", "")
    return ("已结束", "over", "") if today > campaign.until else ("进行中", "runs", "good")


def _campaign(visit: Visit) -> Campaign | None:
    return visit.office.desk.referral_book.campaigns.get(visit.part("id"))


async def steer(visit: Visit) -> web.Response:
    """Pause or resume; a pause needs a reason."""
    campaign, do, why = _campaign(visit), visit.part("do"), visit.asked("why")
    if campaign is None or do not in ("pause", "resume"):
        return visit.wrong("没有这个活动。", "There is no such campaign.", 404)
    if do == "pause" and not why:
        return visit.wrong("请写明为什么暂停。", "Write down why it is paused.")
    office, state = visit.office, PlanState.PAUSED if do == "pause" else PlanState.ACTIVE
    now = office.clock.timestamp()
    await PlanTable(office.database).steer(campaign.plan, state, visit.me.id, now)
    await visit.note(f"referral.{do}", campaign.id, why, campaign.title)
    if do == "pause":
        return visit.go(f"{PATH}/{campaign.id}", "活动已暂停。", "It is paused.")
    return visit.go(f"{PATH}/{campaign.id}", "活动继续了。", "It goes on.")


async def decide(visit: Visit) -> web.Response:
    """Decide whether friends who came too fast count after all."""
    name, verdict, why = visit.part("id"), visit.asked("verdict"), visit.asked("why")
    if verdict not in ("accept", "refuse"):
        return visit.wrong("请选「算数」或「不算」。", "Choose whether it counts.")
    if not why:
        return visit.wrong("请写明原因：以后会有人问。", "Write down why: somebody will ask.")
    seq = visit.seq("seq")
    done = await ReferralStore(visit.office.database).decide(
        name, seq, accept=verdict == "accept", who=visit.me.id, why=why,
        now=visit.office.clock.timestamp(),
    )  # fmt: skip
    if not done:
        return visit.wrong(
            "这一条已经有人处理了，请刷新。", "Somebody has dealt with it: reload.", 404
        )
    await visit.note(f"referral.{verdict}", f"{name}:{seq}", why)
    if verdict == "accept":  # whoever has stayed long enough counts at once
        await visit.office.referrals.counting.sweep()
    return visit.go(f"{PATH}/{name}", "记下了。", "It is kept.")


async def again(visit: Visit) -> web.Response:
    """Send a reward again that did not go out."""
    name, seq = visit.part("id"), visit.seq("seq")
    if not await ReferralStore(visit.office.database).want(name, seq):
        return visit.wrong(
            "这条奖励不用再发，请刷新。", "This reward is not to be sent again: reload.", 404
        )
    await visit.note("referral.again", f"{name}:{seq}")
    said = ("几秒后再发一次。", "It is tried again within seconds.")
    return visit.go(f"{PATH}/{name}", *said)
