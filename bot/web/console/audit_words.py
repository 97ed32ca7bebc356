"""Deeds of the audit log in words: what was done, to what, and which of its fields."""

from collections.abc import Callable

from bot.web.console.groups import KINDS as GROUP_KINDS
from bot.web.console.people import ROLES
from bot.web.console.plans import KINDS
from bot.web.console.settings import SCENARIOS
from bot.web.visit import Visit

# Deeds that do not read well as verb and thing.
WORDS = {
    "brake.confirm.complaint": ("确认是投诉", "confirmed a complaint"),
    "brake.confirm.opt_out": ("确认是退订", "confirmed an opt-out"),
    "brake.lift.complaint": ("解除投诉的停发", "lifted a complaint's brake"),
    "brake.lift.opt_out": ("解除退订", "lifted an opt-out"),
    "brake.opt_out": ("记下客户退订", "noted that a customer opted out"),
    "customer.field": ("改客户信息", "changed what is known of a customer"),
    "customer.tag": ("给客户打标签", "tagged a customer"),
    "customer.untag": ("去掉客户的标签", "took a customer's tag away"),
    "customer.copy": ("导出客户资料", "copied what is kept of a customer"),
    "customer.erase": ("删除客户资料", "deleted a customer"),
    "customer.stage": ("改客户阶段", "changed a customer's stage"),
    "customer.unnote": ("删跟进记录", "deleted a note"),
    "customers.sync": ("核对客户", "compared customers with WeCom"),
    "complaint.answer": ("标记投诉已回复", "marked a complaint as answered"),
    "complaint.close": ("投诉结案", "closed a complaint"),
    "complaint.open": ("登记投诉", "opened a complaint"),
    "data.export": ("导出全部数据", "exported everything"),
    "data.download": ("下载全部数据", "downloaded everything"),
    "data.drop": ("删除服务器上的导出", "deleted the export on the server"),
    "data.wake_up": ("下载唤醒名单", "downloaded the wake-up list"),
    "figures.download": ("下载概览数字", "downloaded the figures"),
    "group.answers.collect": ("汇总群回答", "collected answers to a group"),
    "group.answers.withdraw": ("撤回汇总的群回答", "withdrew answers to a group"),
    "group.off": ("关掉群里的机器人", "switched the bot off in a group"),
    "group.on": ("打开群里的机器人", "switched the bot on in a group"),
    "group.question.drop": ("不回答群里的问题", "skipped a group's question"),
    "group.rules": ("下载群助手规则", "downloaded replies for the group assistant"),
    "handover.again": ("换人再交接", "handed over again"),
    "handover.begin": ("发起交接", "began a handover"),
    "handover.cancel": ("取消交接", "cancelled a handover"),
    "kf.take": ("接管客服会话", "took over a service chat"),
    "kf.give_back": ("把客服会话交还机器人", "gave a service chat back to the bot"),
    "login.once": ("用一次性链接登录", "logged in with the one-time link"),
    "login.wecom": ("用企业微信登录", "logged in with WeCom"),
    "moment.comment": ("标记评论已回复", "marked a comment as answered"),
    "moment.write": ("写朋友圈", "wrote a moment"),
    "moment.withdraw": ("撤回朋友圈", "withdrew a moment"),
    "own.delete": ("删个人话术", "deleted a script of their own"),
    "own.propose": ("推荐个人话术", "proposed a script of their own"),
    "own.save": ("存个人话术", "saved a script of their own"),
    "plan.remind": ("催人确认计划", "reminded members of a plan"),
    "profile.export": ("下载客户名单", "downloaded the list of customers"),
    "question.add": ("把问法加进话术", "added questions to a script"),
    "question.bar": ("把问法记成反例", "kept questions from a script"),
    "question.dismiss": ("忽略未答的问题", "put questions aside"),
    "referral.accept": ("让一条邀请算数", "let an invitation count"),
    "referral.again": ("重发老带新奖励", "sent a referral reward again"),
    "referral.give": ("给客户邀请码", "gave a customer their code"),
    "referral.pause": ("暂停老带新", "paused a referral campaign"),
    "referral.refuse": ("不让一条邀请算数", "refused an invitation"),
    "referral.resume": ("继续老带新", "resumed a referral campaign"),
    "script.export": ("导出话术", "exported scripts"),
    "script.picture": ("上传话术图片", "uploaded a picture of scripts"),
    "store.persona": ("改门店署名", "changed a store's persona"),
    "stores.remind": ("催门店确认", "reminded stores"),
    "todo.drop": ("放下待办", "dropped a to-do"),
    "todo.remind": ("设提醒", "set a reminder"),
    "todo.undo": ("放回待办", "put a to-do back"),
}
# By the beginning of a deed's name; a deed without words here is shown as it is.
ACTS = {
    "script": ("话术", "script"), "plan": ("计划", "plan"), "config": ("设置", "settings"),
    "message": ("消息", "message"), "staff": ("人员", "people"),
    "brake": ("退订与投诉", "opt-out or complaint"),
    "segment": ("人群", "segment"), "group": ("客户群", "group"), "todo": ("待办", "to-do"),
    "customer": ("客户", "customer"), "tag": ("标签", "tag"), "note": ("跟进记录", "note"),
    "handover": ("离职继承", "handover"), "complaint": ("投诉", "complaint"),
    "moment": ("朋友圈", "moments"), "store": ("门店", "store"), "channel": ("渠道码", "channel"),
    "referral": ("老带新", "referral"), "profile": ("客户资料", "profile"),
}  # fmt: skip
VERBS = {
    "approve": ("批准", "approved"), "submit": ("提交", "submitted"),
    "reject": ("退回", "rejected"),
    "pause": ("暂停", "paused"), "resume": ("继续", "resumed"), "stop": ("停止", "stopped"),
    "make": ("新建", "created"), "change": ("修改", "changed"), "put": ("修改", "changed"),
    "keep": ("保存", "saved"), "again": ("重发", "sent again"), "sent": ("标记送达", "arrived"),
    "drop": ("放弃", "dropped"), "lift": ("解除", "lifted"),
    "confirm": ("确认", "confirmed"), "kind": ("定类型", "kind"),
    "draft": ("存草稿", "drafted"), "import": ("导入", "imported"), "remind": ("提醒", "reminded"),
    "undo": ("撤销导入", "import taken back"),
    "done": ("完成", "done"), "close": ("关闭", "closed"), "add": ("添加", "added"),
    "cancel": ("取消", "cancelled"), "withdraw": ("撤回", "withdrawn"),
    "write": ("写", "written"), "save": ("保存", "saved"), "delete": ("删除", "deleted"),
    "answer": ("回复", "answered"), "collect": ("汇总", "collected"),
    "refuse": ("拒绝", "refused"), "begin": ("开始", "started"), "later": ("推迟", "put off"),
    "accept": ("认可", "accepted"), "give": ("给", "given"),
    "restore": ("恢复", "restored"), "retire": ("停用", "retired"),
}  # fmt: skip
# What a deed changed: words for the keys of forms and files, and for values that are codes.
CHANGED = {
    "state": ("状态", "state"), "name": ("姓名", "name"), "role": ("角色", "role"),
    "leader": ("上级", "leader"), "active": ("启用", "active"), "kind": ("类型", "kind"),
    "title": ("标题", "title"), "category": ("分类", "category"),
    "ask": ("客户问法", "questions"), "keywords": ("关键词", "keywords"),
    "not_for": ("反例", "counter-examples"),
    "say": ("回复", "reply"), "attachments": ("附件", "attachments"),
    "when.channel": ("渠道", "channels"), "when.tags": ("客户标签", "tags"),
    "when.hours": ("时段", "hours"), "when.from": ("开始日期", "from"),
    "when.until": ("结束日期", "until"), "persona": ("署名", "persona"),
    "then": ("接着", "then"), "scenario": ("场景", "scenario"), "whom": ("给谁", "recipients"),
    "to": ("方式", "how"), "script": ("话术", "script"), "on": ("哪一天", "day"),
    "hours": ("时段", "hours"), "deadline": ("多晚不发", "deadline"),
    "after": ("从什么算起", "counted from"), "step": ("步骤", "steps"),
    "stores": ("门店", "stores"), "post": ("节目", "posts"),
    "names": ("群名里有", "names of groups"), "groups": ("群", "groups"),
}  # fmt: skip
VALUES: dict[str, dict[str, tuple[str, str]]] = {
    "state": {
        "active": ("进行中", "active"), "paused": ("已暂停", "paused"),
        "stopped": ("已停止", "stopped"),
    },
    "active": {"yes": ("是", "yes"), "no": ("否", "no")},
    "to": {
        "customer": ("发给客户", "to the customer"),
        "member": ("给同事一条待办", "a to-do for the member"),
    },
    "scenario": dict(SCENARIOS),
    "role": {role.name.lower(): (words[0], words[1]) for role, words in ROLES.items()},
    "kind": {"auto": ("按规则", "by the rules"), **KINDS, **GROUP_KINDS},
}  # fmt: skip


def worded(visit: Visit) -> Callable[[str], str]:
    def told(act: str) -> str:
        if act in WORDS:
            return visit.t(*WORDS[act])
        thing, *rest = act.split(".")
        verb = next((one for one in rest if one in VERBS), "")
        if thing not in ACTS or not verb:
            return act
        return visit.t(f"{VERBS[verb][0]}{ACTS[thing][0]}", f"{ACTS[thing][1]} {VERBS[verb][1]}")

    return told


def named(visit: Visit) -> Callable[[str], str]:
    def told(what: str) -> str:
        first, _, rest = what.partition(" ")
        if first == "line":
            return visit.t(f"第 {rest} 行", what)
        words = visit.t(*CHANGED.get(first, (first, first)))
        return f"{words} {rest}".strip()

    return told


def valued(visit: Visit) -> Callable[[str, str], str]:
    return lambda what, text: visit.t(*VALUES.get(what, {}).get(text, (text, text)))
