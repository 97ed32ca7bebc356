"""What a verdict says, in two languages: its figures, and the next allowed moment. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.profile.fields import Withheld
from bot.touch.caps import Cap, Over
from bot.touch.policy import Allow, Refuse, Via, Wait
from bot.touch.touch import Facts, Receiver, Scenario, Touch

TouchVerdict = Allow | Wait | Refuse

SCENARIOS: Mapping[Scenario, str] = {
    Scenario.REPLY: "答复",
    Scenario.AFTER_SALES: "售后回访",
    Scenario.REMINDER: "重要提醒",
    Scenario.HOLIDAY: "节日问候",
    Scenario.PROMOTION: "大促",
    Scenario.FREE_MOMENT: "正有空时的消息",
    Scenario.PERSONAL: "私人话题",
}
ALLOWED = {
    Via.SERVICE_SESSION: Allow(
        Via.SERVICE_SESSION, "可以发：微信客服会话还开着", "may be sent: the kf session is open"
    ),
    Via.STAFF_TASK: Allow(
        Via.STAFF_TASK,
        "可以发：建成企业群发，由成员在手机上确认",
        "may be sent: as a task that a member confirms in their client",
    ),
    Via.STAFF_NOTICE: Allow(
        Via.STAFF_NOTICE, "可以发：给成员一条待办", "may be sent: a to-do for the member"
    ),
}
# For one that was put off on its way: it has not ended.
LATER = Refuse("later", "现在不能发，等下一个可发的时刻", "not now: it is due again later")
NO_SCENARIO = Refuse(
    "no_scenario",
    "没有写明触达场景，不发",
    "it names no scenario, and without one nothing is sent",
)
NO_OWNER = Refuse(
    "no_way",
    "没有官方通道能送到：群已解散，或群主已离职",
    "no official way leads there: the group is dismissed, or its owner has left",
)
PERSONAL = Refuse(
    "personal",
    "私人话题由人决定，程序不主动发；可以给成员一条待办",
    "a personal topic is for a person to decide; the member may get a to-do",
)
NOT_MEANT = Refuse(
    "not_meant", "客户已不符合这条计划的条件", "the plan does not mean this customer any more"
)
GROUP_OFF = Refuse("group_off", "这个群里关掉了机器人", "the bot is switched off in this group")
OVER_ALREADY = Refuse(
    "free_moment", "客户有空的那一会儿已经过了", "the time when they surely were free is over"
)
AT_IT = (
    "另一位成员正要为同一件事联系这位客户",
    "another member is about to write to them for the same occasion",
)
BEHIND = (
    "这个群的上一条还在等群主确认",
    "the last one for this group still waits for its owner",
)
BEHIND_ANOTHER = (
    "给这位客户的上一条群发，同事还没有确认",
    "the last mass message for them still waits for its member",
)
BEING_SAID = (
    "同样的话已经在发给这位客户，还不知道有没有送到",
    "these same words are on their way to them, and it is not known yet whether they arrive",
)
_SPANS = {
    "hour": ("每小时", "这一小时", "an hour", "this hour"),
    "day": ("每天", "今天", "a day", "today"),
    "week": ("每周", "本周", "a week", "this week"),
    "month": ("每月", "本月", "a month", "this month"),
}
_GROUP_MASS = ("每个客户群的企业群发", "mass messages (企业群发) to one customer group")
_SUBJECTS = {
    "customer": ("每位客户", "to one customer"),
    "mass": ("每位客户的企业群发", "mass messages (企业群发) to one customer"),
    "group": ("每个客户群", "to one customer group"),
    "member": ("每位成员的待办", "to-dos for one member"),
    "moment": ("每位客户看到的朋友圈", "moments (朋友圈) to one customer"),
}


def not_agreed(field: Withheld) -> Refuse:
    """The customer has not agreed to its use."""
    why = ("客户收回了同意", "the customer has withdrawn their consent") if field.withdrawn else (
        "还没问过客户同不同意", "the customer was not asked yet")  # fmt: skip
    return Refuse(
        "consent",
        f"用到客户的{field.title}，{why[0]}（{field.purpose}）：同意以后才用",
        f"it makes use of {field.title}, and {why[1]} ({field.purpose}): used once they agree",
    )


def told_by(name: str) -> Refuse:
    """Two members do not both write to a customer for one occasion.

    Args:
        name: of the one who has.
    """
    return Refuse(
        "colleague",
        f"成员 {name} 已经为这次活动或节日联系过这位客户，不重复发",
        f"the member {name} has written to them for this occasion already",
    )


class Teller:
    """Words verdicts, with moments as the customer's clock shows them.

    Args:
        zone: the customer's.
        company: the company's.
    """

    def __init__(self, zone: ZoneInfo, company: ZoneInfo) -> None:
        self._zone = zone
        self._mark = ("", "") if zone.key == company.key else ("（客户当地时间）", " their time")

    def zh(self, moment: datetime) -> str:
        local = moment.astimezone(self._zone)
        return f"{local.month}月{local.day}日 {local:%H:%M}{self._mark[0]}"

    def en(self, moment: datetime) -> str:
        local = moment.astimezone(self._zone)
        return f"{local:%b} {local.day} {local:%H:%M}{self._mark[1]}"

    def since(self, rule: str, at: datetime, zh: str, en: str) -> Refuse:
        """For good, since `at`; `{}` stands for it."""
        return Refuse(rule, zh.format(self.zh(at)), en.format(self.en(at)))

    def later(
        self, rule: str, until: datetime | None, deadline: datetime, zh: str, en: str
    ) -> Wait | Refuse:
        """Wait until then; refuse if that is after the deadline, or never."""
        if until is None:
            return Refuse(rule, f"{zh}；一年内都没有可发的时候", f"{en}; never within a year")
        if until > deadline:
            return Refuse(
                rule,
                f"{zh}；最早 {self.zh(until)} 可发，但 {self.zh(deadline)} 就过期了",
                f"{en}; not before {self.en(until)}, and it is worth nothing after "
                f"{self.en(deadline)}",
            )
        return Wait(
            until,
            rule,
            f"{zh}；最早 {self.zh(until)} 可发",
            f"{en}; not before {self.en(until)}",
        )


def gone(touch: Touch, facts: Facts, name: str) -> Refuse:
    """Whoever was to send it, called `name`, has lost the customer or the group."""
    if touch.to == "group":
        return (
            Refuse("gone", f"群主已经不是 {name}", f"{name} owns the group no more")
            if facts.members else NO_OWNER
        )  # fmt: skip
    return Refuse(
        "gone",
        f"客户已经不是成员 {name} 的好友",
        f"the customer is no contact of the member {name} any more",
    )


# How the words below begin: which profile of caps is in force says nothing to who writes.
PROFILE = re.compile(r"^按「[^」]*」规则，|^profile [^:,]*[:,] ")


def over_told(over: Over, profile: str, to: Receiver) -> tuple[str, str, str]:
    """The rule of a cap that is used up, and its words in both languages."""
    cap = over.cap
    rule = "more_important" if over.why == "ahead" else _rule_of(cap, over.why)
    subject_zh, subject_en = _SUBJECTS[cap.subject]
    if cap.subject == "mass" and to == "group":
        subject_zh, subject_en = _GROUP_MASS
    if cap.scenario:
        subject_zh += f"的{SCENARIOS[cap.scenario]}"
        subject_en = f"{cap.scenario} messages {subject_en}"
    source_zh, source_en = "", ""
    if cap.platform:
        source_zh, source_en = "，企业微信群发规则 doc 92135", ", WeCom's own rule, doc 92135"
    begin_zh, begin_en = f"按「{profile}」规则{source_zh}，", f"profile {profile}{source_en}: "
    if over.why == "gap" or (over.why == "ahead" and not _full(over)):
        gap_zh = f"{subject_zh}至少隔 {cap.gap_h:g} 小时"
        gap_en = f"at least {cap.gap_h:g} h between two {subject_en}"
        ahead_zh = "，后面有更要紧的" if over.why == "ahead" else "，上一条还不够久"
        ahead_en = "; something more important comes" if over.why == "ahead" else ""
        return rule, begin_zh + gap_zh + ahead_zh, begin_en + gap_en + ahead_en
    each_zh, now_zh, each_en, now_en = _SPANS[cap.span or "day"]
    zh = f"{begin_zh}{subject_zh}{each_zh}最多 {cap.most} 条，{now_zh}已有 {over.used} 条"
    en = f"{begin_en}at most {cap.most} {each_en} {subject_en}; {over.used} {now_en}"
    if over.why == "ahead":
        zh += f"，名额留给更要紧的 {over.ahead} 条"
        en += f", and {over.ahead} more important to come"
    return rule, zh, en


def _rule_of(cap: Cap, why: str) -> str:
    """ "customer_day", "customer_promotion_week", "mass_month", "customer_gap" """
    subject = cap.key.replace(":", "_")
    return f"{subject}_gap" if why == "gap" else f"{subject}_{cap.span}"


def _full(over: Over) -> bool:
    return over.cap.span is not None and over.used + over.ahead >= over.cap.most
