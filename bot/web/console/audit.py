"""Who did what on the pages."""

from collections.abc import Callable, Iterable

from aiohttp import web

from bot.store import audit
from bot.store.staff import Role
from bot.web.route import Route
from bot.web.visit import Visit

PAGE = 50
# By the beginning of a deed's name; what has no words here is shown as it is.
ACTS = {
    "script": ("话术", "script"), "plan": ("计划", "plan"), "config": ("设置", "settings"),
    "message": ("消息", "message"), "brake": ("退订与投诉", "brake"), "staff": ("人员", "people"),
    "segment": ("人群", "segment"), "group": ("客户群", "group"), "todo": ("待办", "to-do"),
    "customer": ("客户", "customer"), "tag": ("标签", "tag"), "note": ("跟进记录", "note"),
    "handover": ("离职继承", "handover"), "complaint": ("投诉", "complaint"),
    "moment": ("朋友圈", "moments"), "store": ("门店", "store"), "channel": ("渠道码", "channel"),
}  # fmt: skip
VERBS = {
    "approve": ("批准", "approved"), "submit": ("提交", "submitted"),
    "reject": ("退回", "rejected"),
    "pause": ("暂停", "paused"), "resume": ("继续", "resumed"), "stop": ("停止", "stopped"),
    "make": ("新建", "made"), "change": ("修改", "changed"), "put": ("修改", "changed"),
    "keep": ("保存", "kept"), "again": ("重发", "sent again"), "sent": ("标记送达", "arrived"),
    "drop": ("放弃", "dropped"), "lift": ("解除", "lifted"), "kind": ("定类型", "kind"),
    "draft": ("存草稿", "drafted"), "import": ("导入", "imported"), "remind": ("提醒", "reminded"),
    "done": ("完成", "done"), "close": ("关闭", "closed"), "add": ("添加", "added"),
    "remove": ("移除", "removed"), "begin": ("开始", "begun"), "later": ("推迟", "put off"),
}  # fmt: skip


def routes() -> Iterable[Route]:
    yield Route(method="GET", path="/console/audit", answer=show, needs=Role.LEADER)


def worded(visit: Visit) -> Callable[[str], str]:
    def told(act: str) -> str:
        thing, _, verb = act.partition(".")
        verb = verb.partition(".")[0]
        if thing not in ACTS or verb not in VERBS:
            return act
        return visit.t(f"{VERBS[verb][0]}{ACTS[thing][0]}", f"{ACTS[thing][1]} {VERBS[verb][1]}")

    return told


async def show(visit: Visit) -> web.Response:
    database, me = visit.office.database, visit.me
    act, who = visit.asked("act"), visit.asked("who")
    found = await audit.page(
        database, me.sight, before=visit.number("before", audit.LAST), act=act, who=who,
        limit=PAGE + 1,
    )  # fmt: skip
    acts = [row["act"] for row in await database.rows(audit.ACTS)]
    return visit.html(
        "console/audit.html",
        found=found[:PAGE], more=found[PAGE - 1]["seq"] if len(found) > PAGE else None,
        acts=acts, act=act, who=who, told=worded(visit), names=await visit.office.names(),
    )  # fmt: skip
