"""Why a store's campaign stands as it does, what to do about it, in words; and the store's
score."""

import re
from collections.abc import Mapping

from bot.store.stores.board import Account, Standing
from bot.wecom.errcodes import MEANINGS

Pair = tuple[str, str]  # Chinese, English
FORMULA: Pair = (
    "满分 100：按时 40（没催就确认得 40，每催一次少 10）；原话 20（企业微信按原文发出）；"
    "送达 40（送到的客户 ÷ 该发的客户）。过了截止没确认是 0 分；轮不到他做的不评分。",
    "100 at most: in time 40 (40 without a reminder, 10 less for each); the words as they are 20 "
    "(WeCom sends them unchanged); reached 40 (customers reached ÷ customers meant). Not "
    "confirmed in time is 0; what was not theirs to do has no score.",
)
STANDINGS: Mapping[Standing, tuple[str, str, str]] = {
    Standing.DONE: ("已完成", "done", "good"),
    Standing.CONFIRMED: ("已确认，正在发", "confirmed", "good"),
    Standing.ASKED: ("没确认", "not confirmed", "warn"),
    Standing.REMINDED: ("催过，没确认", "reminded, not confirmed", "warn"),
    Standing.LATE: ("过期没确认", "not confirmed in time", "bad"),
    Standing.FAILED: ("建任务失败", "failed", "bad"),
    Standing.WITHDRAWN: ("已撤回", "withdrawn", ""),
    Standing.HELD: ("按规则不发", "held back by the rules", ""),
    Standing.PLANNED: ("还没到时间", "planned", "info"),
    Standing.NO_CUSTOMERS: ("没有要发的客户", "no customers", ""),
    Standing.GONE: ("成员已离职", "member has left", "bad"),
    Standing.NO_MEMBER: ("门店没有成员", "nobody in the store", "bad"),
}
_CURES: Mapping[Standing, Pair] = {
    Standing.LATE: ("下次早点催，或把截止放宽", "remind earlier, or allow more time"),
    Standing.GONE: ("把客户交接给在职同事，再改门店成员", "hand their customers over"),
    Standing.NO_MEMBER: ("在门店表里填上成员，再导入", "name members in the file of stores"),
    Standing.FAILED: ("看下面的原因，改好后重新排计划", "see the reason"),
}


def refused(text: str) -> Pair | None:
    """A call that WeCom refused, in words; None if `text` tells of no such call."""
    found = re.search(r"errcode (-?\d+)", text)
    if not found:
        return None
    zh, en = MEANINGS.get(int(found[1]), ("", ""))
    code = (f"企业微信没有接受（错误码 {found[1]}）", f"WeCom refused it (errcode {found[1]})")
    return f"{code[0]}{zh and '：'}{zh}", f"{code[1]}{en and ': '}{en}"


def cure(account: Account) -> Pair:
    """What to do about it; empty if there is nothing to do."""
    if account.errcode in MEANINGS:
        return MEANINGS[account.errcode]
    if account.standing in (Standing.ASKED, Standing.REMINDED):
        if account.wanted:
            return "上班时间会再催一次", "they are reminded at the next working hour"
        if account.reminders:
            told = f"已催 {account.reminders} 次", f"reminders: {account.reminders}"
            return f"{told[0]}：打个电话", f"{told[1]}: give them a call"
        return "可以催一下", "remind them"
    return _CURES.get(account.standing, ("", ""))


def score(account: Account) -> int | None:
    """0 to 100 by FORMULA; None where it was not theirs to do, or is not over."""
    if account.standing is Standing.LATE:
        return 0
    if account.standing not in (Standing.DONE, Standing.CONFIRMED):
        return None
    in_time = max(0, 40 - 10 * account.reminders)
    reached = account.sent / account.customers if account.customers else 1.0
    return round(in_time + 20 + 40 * reached)
