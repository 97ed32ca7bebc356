"""The console's menu."""

from dataclasses import dataclass

from bot.store.desk.staff import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    path: str
    zh: str
    en: str
    needs: Role
    group: int  # items that belong together; a line separates groups

    def is_at(self, path: str) -> bool:
        inside = path.startswith(self.path + "/") and self.path != "/console"
        return path == self.path or inside


NAV = (
    Item(path="/console", zh="概览", en="Overview", needs=Role.MEMBER, group=0),
    Item(path="/console/todos", zh="待办", en="To do", needs=Role.MEMBER, group=0),
    Item(path="/console/scripts", zh="话术", en="Scripts", needs=Role.MEMBER, group=1),
    Item(path="/console/unanswered", zh="未答", en="Unanswered", needs=Role.OPERATOR, group=1),
    Item(path="/console/answers", zh="问答记录", en="Answers", needs=Role.OPERATOR, group=1),
    Item(path="/console/plans", zh="计划", en="Plans", needs=Role.OPERATOR, group=2),
    Item(path="/console/moments", zh="朋友圈", en="Moments", needs=Role.OPERATOR, group=2),
    Item(path="/console/channels", zh="渠道码", en="Channels", needs=Role.OPERATOR, group=2),
    Item(path="/console/referral", zh="老带新", en="Referrals", needs=Role.OPERATOR, group=2),
    Item(path="/console/customers", zh="客户", en="Customers", needs=Role.MEMBER, group=3),
    Item(path="/console/groups", zh="客户群", en="Groups", needs=Role.MEMBER, group=3),
    Item(path="/console/complaints", zh="投诉", en="Complaints", needs=Role.LEADER, group=3),
    Item(path="/console/handovers", zh="交接", en="Handovers", needs=Role.LEADER, group=3),
    Item(path="/console/stores", zh="门店", en="Stores", needs=Role.LEADER, group=3),
    Item(path="/console/outbox", zh="发件箱", en="Outbox", needs=Role.OPERATOR, group=4),
    Item(path="/console/doctor", zh="诊断", en="Doctor", needs=Role.OPERATOR, group=4),
    Item(path="/console/settings", zh="设置", en="Settings", needs=Role.OPERATOR, group=4),
    Item(path="/console/data", zh="数据", en="Data", needs=Role.LEADER, group=4),
    Item(path="/console/people", zh="人员", en="People", needs=Role.ADMIN, group=4),
    Item(path="/console/audit", zh="审计", en="Audit", needs=Role.LEADER, group=4),
)  # fmt: skip
