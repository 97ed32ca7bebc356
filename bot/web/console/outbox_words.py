"""Says in plain words why a message of ours is in its state, and what to do."""

import re
from collections.abc import Mapping

from bot.sending.gathering import HELD, TOGETHER
from bot.sending.settlement import STOPPED
from bot.stores.execution import refused
from bot.telling.rules import words_of
from bot.wecom.errcodes import RULES

_REFUSED = re.compile(r"^(refused on repetition: )?[\w/]+: errcode (-?\d+): ", re.DOTALL)
_RULE = re.compile(r"^(\w+): (.+)$", re.DOTALL)
_BY_HAND, _OURS = "by hand: ", "our own mistake: "
_NO_ANSWER = -2
_OF_NOTICES: Mapping[str, tuple[str, str]] = {
    HELD: ("同类的太多，一会儿合成一条告诉同事", "many of its kind: told in one message soon"),
    TOGETHER: ("和同类的合成一条告诉了同事", "told in one message with others of its kind"),
    "pace": ("企业微信每分钟收的有限，排着队", "WeCom takes so many a minute: it waits its turn"),
}
_BY_STATE: Mapping[str, tuple[str, str]] = {  # WeCom did not answer
    "doubtful": (
        "发送途中断了线，不知道客户收到没有：先看聊天记录，没收到再点“重发”",
        "The line broke while it was being sent: look into the chat first, then send it again",
    ),
    "dead": (
        "连不上企业微信，一直没有发出去：网络好了可以点“重发”",
        "WeCom could not be reached: send it again once the network is well",
    ),
    "waiting": (
        "连不上企业微信：稍后会自动再试，不用处理",
        "WeCom could not be reached: it is tried again by itself",
    ),
}
_BY_LETTER: Mapping[str, tuple[str, str]] = {  # of bot/wecom/errcodes.py
    "T": ("正在换新的访问凭证，会自动再试", "its token is being renewed; tried again by itself"),
    "B": ("企业微信正忙，会自动再试", "WeCom is busy; tried again by itself"),
    "W": ("发得太快，被企业微信限了速，会自动再试", "too fast for WeCom; tried again by itself"),
    "C": ("能发的时间或条数已经用完：等客户再说话，或请同事直接联系",
          "no more may be sent until they write again; or ask a colleague to write"),
    "M": ("图片或文件过期了：重新发一次就会重新上传", "its file is too old; it is uploaded again"),
    "F": ("内容或对象不合要求：改好话术再发", "something in it is wrong: fix the script first"),
    "P": ("权限或设置不对：请管理员看“诊断”页", "permissions or settings: see Doctor"),
    "S": ("发不到这个人：多半已不是好友、退了群或离职，不用再发",
          "they cannot be reached any more: friends no longer, or gone"),
}  # fmt: skip
PASSING = frozenset("TBW")
_GIVEN_UP = (
    "等到能再发时已经太晚，没有发",
    "by the time it might have gone out it was too late, so it did not",
)


def reason(note: str, state: str, *, inner: bool = False) -> tuple[str, str, str]:
    """Chinese, English, and WeCom's own words if there are any, for asking WeCom.

    Args:
        note: what is stored with the message.
        state: dead, doubtful, waiting …
        inner: it was for a colleague, not a customer.
    """
    zh, en, exact = _reason(note, state)
    if inner:
        zh = zh.replace("客户收到没有：先看聊天记录", "同事收到没有：先问一声")
        en = en.replace("look into the chat first", "ask the colleague first")
    return zh, en, exact


def _reason(note: str, state: str) -> tuple[str, str, str]:
    if found := _REFUSED.match(note):
        code = int(found[2])
        if code == _NO_ANSWER:
            zh, en = _BY_STATE.get(state, _BY_STATE["waiting"])
        else:
            zh, en = _of_code(code, note, state)
        if found[1]:
            zh, en = f"{zh}；之前那次也许已经送到", f"{en}; an earlier try may have arrived"
        return zh, en, note.removeprefix(found[1] or "").partition(", hint:")[0]
    if note in _OF_NOTICES:
        return *_OF_NOTICES[note], ""
    if note == STOPPED:
        zh = "程序在发送途中停了，不知道客户收到没有：先看聊天记录，没收到再点“重发”"
        return zh, f"{note}: look into the chat first, then send it again", ""
    if note.startswith(_BY_HAND):
        why = note.removeprefix(_BY_HAND)
        return f"由人处理：{why}", f"settled by a person: {why}", ""
    if note.startswith(_OURS):
        told = "程序出了错：请管理员看日志", "the program failed: see its log"
        return *told, note.removeprefix(_OURS)
    if found := _RULE.match(note):
        return found[2], (words_of(found[1]) or ("", found[2]))[1], ""
    return note, note, ""


def _of_code(code: int, note: str, state: str) -> tuple[str, str]:
    zh, en = refused(note) or ("", "")
    if "：" in zh or code not in RULES:  # it has words of its own
        return zh, en
    letter = RULES[code].letter
    more = _GIVEN_UP if state == "dead" and letter in PASSING else _BY_LETTER.get(letter, ("", ""))
    return f"{zh}：{more[0]}".rstrip("："), f"{en}: {more[1]}".rstrip(": ")
