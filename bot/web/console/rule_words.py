"""Why messages were held back, counted: rules in few words, whoever and whenever it was.

What a rule says of one customer names their moments and their colleague; a hundred of those are
a hundred sentences.
"""

from bot.store.sql import Rows
from bot.stores.execution import refused

# The evening digest had nothing to sum up: nothing was meant to be sent (store/group_missed.py).
UNTOLD = frozenset({"nothing_posted", "talk_unknown", "discussed"})
_HOURS = ("不在能发的时段，等到能发时已过期", "outside the hours, and too late after them")
_GONE = ("已不是这位同事的好友", "no contact of this member any more")
_OPTED_OUT = ("客户退订了", "they want no more messages")
_STOPPED = ("计划停了", "the plan was stopped")
_QUOTA = ("客户收到的群发到了上限", "they had as many mass messages as they may get")
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
    "unconfirmed": ("同事截止前没有确认", "the member did not confirm it in time"),
    "more_important": ("名额留给了更要紧的消息", "left to more important messages"),
    "quiet_hours": _HOURS, "window": _HOURS, "best_hours": _HOURS,
    "opt_out": _OPTED_OUT, "opted_out": _OPTED_OUT,
    "complaint": ("客户投诉过，还没解除", "they complained, and nobody has lifted it"),
    "colleague": ("别的同事已经为这次活动联系过", "a colleague has written for this occasion"),
    "handover": ("正在交接给别的同事", "being handed over to a colleague"),
    "staffed": ("同事正在接待", "a person is serving them"),
    "repeated": ("同样的话前些天说过", "the same was said not long ago"),
    "consent": ("客户没同意用这项资料", "they have not agreed that this is used of them"),
    "not_friend": _GONE, "gone": _GONE,
    "no_way": ("没有能送到的官方通道", "no official way leads there"),
    "not_created": ("企业微信没有接受", "WeCom refused it"),
    "plan_stopped": _STOPPED, "plan_gone": _STOPPED,
    "plan_paused": ("计划暂停着", "the plan was paused"), "mass_quota": _QUOTA,
}  # fmt: skip


def by_rule(rows: Rows) -> list[tuple[str, str, int]]:
    """In both languages, and how many; the most frequent first.

    Args:
        rows: rule, zh, en, n.
    """
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        if row["rule"] not in UNTOLD:
            words = words_of(row["rule"]) or refused(row["zh"]) or (row["zh"], row["en"])
            found[words] = found.get(words, 0) + row["n"]
    return sorted(((*words, n) for words, n in found.items()), key=lambda one: -one[2])


def words_of(rule: str) -> tuple[str, str] | None:
    """None where the rule says the same of everybody."""
    if rule in WORDS:
        return WORDS[rule]
    cap = _CAPS.get(rule.partition("_")[0])  # "customer_promotion_week", "customer_gap"
    return _SOON if cap and rule.endswith("_gap") else cap
