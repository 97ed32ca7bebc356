"""Held-back messages are counted by rule, not by what was said of one customer."""

from typing import Any

from bot.sending.gathering import HELD
from bot.store.plans.dry_run import Group
from bot.store.states import TouchState
from bot.telling.rules import alike, by_rule, told_of, words_of
from bot.web.console.outbox_words import reason


def row(rule: str, zh: str, n: int) -> dict[str, Any]:
    return {"rule": rule, "zh": zh, "en": "", "n": n}


def test_near_doubles_are_one_and_what_was_never_meant_to_be_sent_is_none() -> None:
    told = by_rule(
        [
            row("window", "现在 20:10，今天可发的时段是 10:00-18:00；最早 3月1日 10:00 可发", 2),
            row("quiet_hours", "现在 22:40，是免打扰时段 21:00-09:00；最早 3月1日 09:00 可发", 3),
            row("nothing_posted", "今天没有发过节目，不用汇总", 7),
            row("unreachable", "企业微信说发不到", 4),
            row("not_created", "errcode 41048: no customer to send to", 1),
        ]
    )
    assert [(zh, n) for zh, _, n in told] == [
        ("不在能发的时段，等到能发时已过期", 5), ("企业微信说发不到", 4), ("企业微信没有接受", 1),
    ]  # fmt: skip


def test_caps_are_told_by_whom_they_spare() -> None:
    assert words_of("customer_promotion_week") == words_of("customer_day")
    assert words_of("customer_gap") == words_of("mass_gap") != words_of("customer_day")
    assert words_of("left_out") is None


def test_the_outbox_says_in_words_why_and_what_to_do() -> None:
    cut = "message/send: errcode -2: ServerDisconnectedError"
    zh, en, exact = reason(cut, "doubtful")
    assert ("先看聊天记录" in zh, "errcode" in zh + en, exact) == (True, False, cut)
    assert "自动再试" in reason(cut, "waiting")[0]
    zh, en, _ = reason(cut, "doubtful", inner=True)
    assert ("不知道同事收到没有：先问一声" in zh, "客户" in zh, "colleague" in en) == (
        True,
        False,
        True,
    )
    nobody = "add_msg_template: errcode 41048: no customer to send (doc 90313), hint: [17]"
    assert "好友" in reason(nobody, "dead")[0]
    blocked = "kf/send_msg: errcode 45009: api freq out of limit (doc 90454)"
    assert "自动再试" in reason(blocked, "waiting")[0]
    assert "太晚" in reason(blocked, "dead")[0], "nobody tries it again"
    assert "out of place" in reason("too_late: 太晚了", "dead")[1]
    assert "hint" not in reason(nobody, "dead")[2]
    closed = "refused on repetition: kf/send_msg: errcode 95001: limit (doc 94677)"
    zh, _, exact = reason(closed, "doubtful")
    assert "等客户再说话" in zh
    assert "也许已经送到" in zh
    assert exact.startswith("kf/send_msg")
    assert reason("quiet_hours: 现在是免打扰时段", "dead")[0] == "现在是免打扰时段"
    assert reason("by hand: 晚了", "dead") == ("由人处理：晚了", "settled by a person: 晚了", "")
    stopped = "the program stopped while this was being sent"
    assert "先看聊天记录" in reason(stopped, "doubtful")[0]
    assert "合成一条" in reason(HELD, "waiting")[0]
    assert reason("", "waiting") == ("", "", "")


def test_a_trial_tells_of_many_in_nobodys_own_words() -> None:
    def group(rule: str, zh: str, n: int, *names: str) -> Group:
        return Group(
            state=TouchState.DROPPED, slot="", rule=rule, zh=zh, en="", day="", number=n,
            examples=tuple((one, one) for one in names),
        )  # fmt: skip

    groups = [
        group("quiet_hours", "现在 22:40，是免打扰时段 21:00-09:00", 3, "a", "b"),
        group("window", "现在 20:10，今天可发的时段是 10:00-18:00", 2, "c"),
        group("customer_day", "每位客户每天最多 1 条，今天已有 1 条", 7),
    ]
    (caps, hours) = alike(groups)
    assert caps[0] == "客户收到的消息到了上限"
    assert (hours[0], *hours[2:]) == (
        "不在能发的时段，等到能发时已过期", 5, (("a", "a"), ("b", "b")),
    )  # fmt: skip
    assert alike(groups[:2], later=True)[0][0] == "当时不在能发的时段", "they get it later"
    assert told_of("own_rule", "", "") == ("own_rule", "own_rule")
