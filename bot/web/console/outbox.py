"""Messages on their way out: waiting, failed, and those of which nobody knows if they arrived."""

from collections.abc import Iterable

from aiohttp import web

from bot.errors import BotError
from bot.store import records
from bot.store.desk.staff import Role
from bot.store.models import MessageState
from bot.store.plans.results import PlanResults
from bot.touch.policy import URGENT, Via
from bot.web.console.outbox_words import reason
from bot.web.console.plan_names import called
from bot.web.customer_card import titles
from bot.web.route import Route
from bot.web.visit import Visit

TABS = {
    "doubtful": MessageState.DOUBTFUL,
    "failed": MessageState.DEAD,
    "waiting": MessageState.WAITING,
}
WAYS = {
    "welcome_code": ("欢迎语", "welcome"),
    "service_session": ("微信客服", "customer service"),
    "service_code": ("微信客服欢迎语", "customer service, at once"),
    "service_transfer": ("转给同事", "hand-over"),
    "bot_reply": ("智能机器人", "smart bot"),
    "bot_enter": ("智能机器人欢迎语", "smart bot, welcome"),
    "app_message": ("应用消息", "app message"),
    "staff_notice": ("给同事的待办", "to-do for a member"),
    "staff_task": ("企业群发", "mass message"),
}
# What one may do with a message in each state, and the state that follows.
DEEDS = {
    "again": (MessageState.WAITING, (MessageState.DOUBTFUL, MessageState.DEAD)),
    "sent": (MessageState.SENT, (MessageState.DOUBTFUL,)),
    "drop": (MessageState.DEAD, (MessageState.DOUBTFUL, MessageState.WAITING)),
}
# What goes to members of the company.
INNER = {
    via.value
    for via in (Via.BOT_REPLY, Via.BOT_ENTER, Via.APP_MESSAGE, Via.STAFF_NOTICE, Via.STAFF_TASK)
}
PAGE = 50


def routes() -> Iterable[Route]:
    path = "/console/outbox"
    yield Route("GET", path, show, Role.OPERATOR)
    yield Route("GET", path + "/{id}/{do}", ask, Role.OPERATOR)
    yield Route("POST", path + "/{id}/{do}", settle, Role.OPERATOR)


async def show(visit: Visit) -> web.Response:
    stuck = await records.stuck(visit.office.database)
    some = next((name for name, state in TABS.items() if stuck[state]), "doubtful")
    tab = visit.asked("state") if visit.asked("state") in TABS else some
    state = TABS[tab]
    found = await records.outgoing(
        state, await visit.office.names(),
        before=visit.number("before", records.LAST), limit=PAGE + 1,
    )  # fmt: skip
    plans = await PlanResults(visit.office.database).of_messages([one.id for _, one in found])
    return visit.html(
        "console/outbox.html",
        plans=plans, called=called(visit, visit.office.touching.plans.titles),
        tab=tab, found=found[:PAGE], more=found[PAGE - 1][0] if len(found) > PAGE else None,
        counts={name: stuck[one] for name, one in TABS.items()},
        reason=reason, ways=WAYS, inner=INNER,
        titles=titles(visit, (one.script for _, one in found)),
        spent=[via.value for via in URGENT],  # their codes are valid for seconds
        deeds=[name for name, (_, among) in DEEDS.items() if state in among],
    )  # fmt: skip


async def ask(visit: Visit) -> web.Response:
    """Ask for the reason, which is kept."""
    do = visit.part("do")
    if do not in DEEDS:
        return visit.wrong("没有这个操作。", "There is no such action.", 404)
    return visit.html("console/outbox_why.html", id=visit.part("id"), do=do)


async def settle(visit: Visit) -> web.Response:
    do, message, why = visit.part("do"), visit.part("id"), visit.asked("why")
    if do not in DEEDS:
        return visit.wrong("没有这个操作。", "There is no such action.", 404)
    if not why:
        return visit.wrong("请写明原因：以后会有人问。", "Write down why: somebody will ask.")
    state, among = DEEDS[do]
    office = visit.office
    if not (do == "drop" and office.sender.withdraw(message, why)):
        try:
            now = office.clock.timestamp()
            await records.resolve(message, state, why, now, office.zone, among=among)
        except BotError:
            return visit.wrong(
                "这条消息已经不是这个状态了，请刷新。", "This message has moved on: reload.", 409
            )
    await visit.note(f"message.{do}", message, why)
    await office.sender.sweep()
    return visit.told("已记下。", "Done.", trigger="sheet:close, outbox:changed")
