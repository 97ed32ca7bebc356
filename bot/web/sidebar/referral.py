"""On a customer's page: their own code (老带新), and whom they have brought."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from bot.errors import Declined, ScriptError, WeComError
from bot.referral.book import Campaign, plan_of
from bot.referral.rule import REASONS
from bot.store.customers import serving
from bot.store.desk.staff import Role
from bot.store.referral.views import Own, ReferralViews
from bot.store.states import InvitationState
from bot.web.route import Route
from bot.web.sidebar.subject import Subject, subject_of
from bot.web.visit import Visit

SCRIPT = "system/invite_code"
STATES = {
    InvitationState.WAITING: ("还要再等等", "waits still"),
    InvitationState.COUNTS: ("算数", "counts"),
    InvitationState.REFUSED: ("不算", "does not count"),
    InvitationState.HELD: ("等运营看", "an operator has to look"),
}


def routes() -> Iterable[Route]:
    yield Route("POST", "/sidebar/customer/invite", give, Role.MEMBER)


async def give(visit: Visit) -> web.Response:
    """Show their code for ?campaign=; make it if they have none."""
    subject, campaign = await subject_of(visit, "customer"), visit.asked("campaign")
    if visit.office.settings.app is None:
        raise Declined("还没有接企业微信应用，做不了邀请码。", "There is no app to make codes by.")
    try:
        await visit.office.referrals.codes.give(campaign, subject.id, visit.me.id)
    except WeComError as error:
        raise Declined(
            f"企业微信没有给邀请码：{error.errmsg}", f"WeCom did not make the code: {error.errmsg}"
        ) from error
    title = visit.office.desk.referral_book.titles.get(plan_of(campaign), campaign)
    await visit.note("referral.give", subject.id, details=title)
    return visit.html(
        "customer/referral.html", subject=subject, **await referral(visit, subject, campaign)
    )


async def referral(visit: Visit, subject: Subject, shown: str = "") -> dict[str, Any]:
    """
    Args:
        shown: the campaign whose code is ready to send.
    """
    office = visit.office
    views, today = ReferralViews(office.database), office.referrals.codes.today
    own, by = await views.own(subject.id), await views.invited_by(subject.id)
    if by and not await serving.is_served(
        office.database, by["inviter"], office.reach(visit.me.sight)
    ):
        by = {**by, "name": "", "inviter": ""}
    book = office.desk.referral_book.campaigns
    invites = [
        (one, own.get(one.id, Own()), parts(visit, subject, one, own[one.id].link))
        if one.id in own and own[one.id].link
        else (one, own.get(one.id, Own()), None)
        for one in book.values()
        if one.runs(today) or one.id in own
    ]
    return {
        "invites": invites, "invited_by": by, "invite_shown": shown, "running_on": today,
        "invite_states": STATES, "invite_reasons": REASONS,
        "invite_titles": {one.id: one.title for one in book.values()},
    }  # fmt: skip


def parts(visit: Visit, subject: Subject, campaign: Campaign, link: str) -> list[dict[str, Any]]:
    """What ww.sendChatMessage sends: words, and a card that opens the picture."""
    office = visit.office
    invite = {"link": link, "title": campaign.title,
              "until": f"{campaign.until.month}月{campaign.until.day}日"}  # fmt: skip
    library, voice = office.desk.edition.library, office.desk.voices.of(visit.me.id)
    text = f"{campaign.title}：{link}"
    if SCRIPT in library:
        values = {
            "customer": {"name": subject.name, "tags": sorted(subject.tags)},
            "member": {"name": office.desk.names.of(visit.me.id)},
            "now": office.now, "question": "",
            "persona": voice.persona, "store": voice.values, "invite": invite,
        }  # fmt: skip
        try:
            text = office.desk.renderer.render(library[SCRIPT], values, pick=subject.id).text
        except ScriptError:  # a value is missing: use the plain words
            return [{"msgtype": "text", "text": {"content": text}}]
    news = {"link": link, "title": campaign.title, "imgUrl": link}
    return [{"msgtype": "text", "text": {"content": text}}, {"msgtype": "news", "news": news}]
