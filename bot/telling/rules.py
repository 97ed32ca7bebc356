"""Why messages were held back, counted by rule, in words that fit everybody.

What a rule says of one customer names times and colleagues; for a hundred that would be a hundred
sentences.
"""

from collections.abc import Iterable

from bot.plans.month import PlanDay
from bot.store.plans.dry_run import Group
from bot.store.plans.results import HeldBack, Reason
from bot.store.sql import Rows
from bot.stores.execution import refused

# The evening digest had nothing to sum up: nothing was meant to be sent (store/groups/missed.py).
UNTOLD = frozenset({"nothing_posted", "talk_unknown", "discussed"})
_HOURS = ("不在能发的时段，等到能发时已过期", "outside the hours, and too late after them")
_HOURS_LATER = ("当时不在能发的时段", "outside the allowed hours at that time")
_GONE = ("已不是这位同事的好友", "no contact of this member any more")
_OPTED_OUT = ("客户退订或疑似退订", "they want no more messages, or sound so")
_STOPPED = ("计划停了", "the plan was stopped")
_QUOTA = ("收到的群发到了上限", "they had as many mass messages as they may get")
_SOON = ("离上一条太近", "too soon after the last one")
_CAPS = {  # by their subject: touch/caps.py
    "customer": ("客户收到的消息到了上限", "they had as many messages as they may get"),
    "mass": _QUOTA,
    "group": ("客户群收到的消息到了上限", "the group had as many posts as it may get"),
    "member": ("同事的待办到了上限", "the member had as many to-dos as they may get"),
    "moment": ("客户看到的朋友圈到了上限", "they had as many moments as they may see"),
}
WORDS = {
    "deadline": ("过了截止时间，没轮到", "its time was over before its turn"),
    "too_late": ("耽搁太久，再发就答非所问", "too late: it would be out of place by now"),
    "unconfirmed": ("同事截止前没有确认", "the member did not confirm it in time"),
    "more_important": ("名额留给了更要紧的消息", "left to more important messages"),
    "quiet_hours": _HOURS, "window": _HOURS, "best_hours": _HOURS,
    "opt_out": _OPTED_OUT, "opted_out": _OPTED_OUT,  # the second as a mass once wrote it
    "complaint": (
        "客户投诉或疑似不满，还没解除",
        "they complained or sound so, and nobody has lifted it",
    ),
    "colleague": ("别的同事已经为这次活动联系过", "a colleague has written for this occasion"),
    "handover": ("正在交接给别的同事", "being handed over to a colleague"),
    "staffed": ("同事正在接待", "a person is serving them"),
    "repeated": ("同样的话前些天说过", "the same was said not long ago"),
    "consent": ("客户没同意用这项资料", "they have not agreed to the use of this"),
    "not_friend": _GONE, "gone": _GONE,
    "no_way": ("没有能送到的官方通道", "no official way leads there"),
    "not_created": ("企业微信没有接受", "WeCom refused it"),
    "plan_stopped": _STOPPED, "plan_gone": _STOPPED,
    "plan_paused": ("计划暂停着", "the plan was paused"), "mass_quota": _QUOTA,
}  # fmt: skip


# For those who only get it later.
LATER = dict.fromkeys(("quiet_hours", "window", "best_hours"), _HOURS_LATER) | {
    "colleague": ("先等同事发出的有了结果", "what a colleague sends comes first"),
}
PLAIN = frozenset({"no_way", "not_created"})  # they say why, and nothing of anybody
Told = tuple[str, str, int]  # in both languages, and how many
Alike = tuple[str, str, int, tuple[tuple[str, str], ...]]  # the same, and ids and names of some
EXAMPLES = 2


def by_rule(rows: Rows) -> list[Told]:
    """Of all plans, without what was never meant to be sent; the most frequent first.

    Args:
        rows: rule, zh, en, n.
    """
    found = []
    for row in rows:
        if row["rule"] not in UNTOLD:
            zh, en = words_of(row["rule"]) or (row["zh"], row["en"])
            found.append(Reason(row["rule"], zh, en, row["n"]))
    return counted_by_words(found)


def counted_by_words(reasons: Iterable[Reason]) -> list[Told]:
    """Those that are told alike are one; the most frequent first."""
    found: dict[tuple[str, str], int] = {}
    for one in reasons:
        words = told_of(one.rule, one.zh, one.en)
        found[words] = found.get(words, 0) + one.number
    return sorted(((*words, n) for words, n in found.items()), key=lambda one: -one[2])


def held_back(day: PlanDay) -> list[Told]:
    """What a plan held back on a day."""
    return counted_by_words(
        Reason(rule, one.zh, one.en, one.number) for rule, one in day.held_back.items()
    )


def alike(groups: Iterable[Group | HeldBack], *, later: bool = False) -> list[Alike]:
    """Groups of a trial or of a plan, where those that are told alike are one; the largest first.

    Args:
        later: they get it all the same, on another day.
    """
    found: dict[tuple[str, str], Alike] = {}
    for one in groups:
        words = told_of(one.rule, one.zh, one.en, later=later)
        _, _, number, examples = found.get(words, (*words, 0, ()))
        found[words] = (*words, number + one.number, (*examples, *one.examples)[:EXAMPLES])
    return sorted(found.values(), key=lambda one: -one[2])


def told_of(rule: str, zh: str, en: str, *, later: bool = False) -> tuple[str, str]:
    """What to say of all whom a rule held back.

    Args:
        zh, en: what it said of one of them.
        later: they get it all the same, on another day.
    """
    words = LATER.get(rule) if later else None
    if rule in PLAIN and zh:
        words = refused(zh) or (zh, en)
    return words or words_of(rule) or refused(zh) or (zh or rule, en or rule)


def words_of(rule: str) -> tuple[str, str] | None:
    """None if the rule says the same of everybody."""
    if rule in WORDS:
        return WORDS[rule]
    cap = _CAPS.get(rule.partition("_")[0])  # "customer_promotion_week", "customer_gap"
    return _SOON if cap and rule.endswith("_gap") else cap
