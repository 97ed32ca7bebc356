"""errcode → what the caller must do, and the page to read (doc 90313 where no other is named).

The letters are one class each:

    T  the token is no good: fetch another, once      S  this target or state is final
    B  busy: soon again                               C  the customer's window is shut
    W  a frequency window: wait until it has passed   M  upload the media again, then retry
    F  the request is wrong                           E  holds already: count it as done
    P  permission or configuration: a person must act; so with every unknown code
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.errors import (
    AlreadyDone,
    MediaExpired,
    Refused,
    TokenRejected,
    TryLater,
    WeComError,
    WindowClosed,
)

NOBODY = frozenset({84061, 40096})  # nobody's contact, or no contact's id
# Whatever we ask is refused, until a person has put secret, right, trusted IP or the app in order.
CORP_WIDE = frozenset({40001, 40013, 41004, 48002, 50003, 60020})
BAD_CURSOR = 50100  # paging must begin again
NO_SERVICER, NOT_RECEIVING = 95014, 95019  # of a service account, and for now
LETTERS = frozenset("TBWFPSCME")
ERRCODE = re.compile(r": errcode (\d+): ")  # in the text of a WeComError
_RULE = re.compile("^[a-z_]+: ")  # of bot/touch/policy.py, before its words
_AFTER_S = {"B": 2.0, "W": 60.0}  # the shortest block is a minute (doc 90454)
_PAGE = 90313

# letter, codes and inclusive ranges, page
_ROWS: tuple[tuple[str, str, int], ...] = (
    ("T", "40014 42001 42007 42009", 91039),
    ("B", "-1 6000 41079 45033 45035", _PAGE),
    ("B", "41063", 92135),
    ("B", "41096", 92137),
    ("B", "846609", 101463),
    ("W", "45009", 90454),
    ("W", "41078", 95094),
    ("W", "41094", 97610),
    ("F", "40004-40006 40008 40009 40011 40029 40031-40033 40035 40039 40050", _PAGE),
    ("F", "40058 40063 40066 40070 40073 40088 40089 40093 40094 40097 40123 40127 40130", _PAGE),
    ("F", "41001 41006 41008 41009 41011 41016 41033 41035 41037-41042 41049 41052", _PAGE),
    ("F", "41056 41064 41065 41068-41071 41076 41077 41080-41091", _PAGE),
    ("F", "42003 42022 44001 44004 45001 45002 45007 45008 45029 45034 49004 50100", _PAGE),
    ("F", "42014-42020 42027-42051", 90236),
    ("F", "60251-60253 81003 81012 81017 82001-82004 82101 82102 84014 84015 85002", _PAGE),
    ("F", "86001-86008 86201-86207 86215-86217 86220 86224 90200-90208 91040", _PAGE),
    ("F", "95007 95008 95009 95022", 94677),
    ("F", "301017 301058 301060 301061 680000", _PAGE),
    ("F", "846605", 101463),
    ("P", "40001 40013 40091 41002 41004", 91039),
    ("P", "40056 40057 40098 40126 40201 41045 41054 41055 41057 41058 41095", _PAGE),
    ("P", "42012", 96909),
    ("P", "43009 43012 45024 48001-48009 50001-50003 60011 60020 60021 701008", _PAGE),
    ("P", "80001 81011 84071 84074 85005 85008 92000-92003 93000 93004 93006 93008", _PAGE),
    ("P", "95000 95003-95006 95011 95012 95014 95015 95017 95023 95026 95027 95032", 94677),
    ("P", "301002 301007 301042 301052 301053 610001 845002 845003 853006", _PAGE),
    ("S", "40003 40068 40096 40099 40100 40128 40129 40131 41043 41044", _PAGE),
    ("S", "41046-41048 41059-41062 41067 42052 43004 46004 49008 60111 60123 60136", _PAGE),
    ("S", "41050 41053", 92137),
    ("S", "60140 81013", 90236),
    ("S", "84061 84083 84084 90500-90511", _PAGE),
    ("S", "95016 95019", 94669),
    ("S", "95030 95031 301048 301059 610004", _PAGE),
    ("S", "846608", 101463),
    ("C", "95001 95002 95013 95018", 94677),
    ("M", "40007 41072", 90253),
    ("E", "40071", 92117),
    ("E", "41051", 92137),  # welcomed or chatting already: nothing is left to say
    ("E", "41093", 97611),
)
_OWN_AFTER_S = {
    41063: 30.0,  # a mass message is being dispatched: "seconds to minutes"
    41094: 6 * 3600.0,  # three reminders in 24 hours
    41096: 1.0,  # another app holds the welcome code; ours lives 20 s
}


@dataclass(frozen=True, slots=True)
class Rule:
    letter: str
    page: int  # developer.work.weixin.qq.com/document/path/<page>


def _codes(text: str) -> Iterator[int]:
    for word in text.split():
        first, dash, last = word.partition("-")
        if first and dash:
            yield from range(int(first), int(last) + 1)
        else:
            yield int(word)


MEANINGS: Mapping[int, tuple[str, str]] = {  # what people can do about it, as told to them
    41048: ("这些客户都不是这位同事的好友了：核对客户归属", "none is a friend of theirs any more"),
    60111: ("企业微信里没有这个账号：核对成员账号", "no such userid: check it"),
    40031: ("企业微信里没有这个账号：核对成员账号", "no such userid: check it"),
    84074: ("成员不在应用可见范围：到管理后台加进去", "add them to the visible range of the app"),
    60011: ("成员不在应用可见范围：到管理后台加进去", "add them to the visible range of the app"),
    48002: ("应用没有这个接口的权限：到管理后台开通客户联系", "give the app 客户联系"),
    60020: ("服务器 IP 不在可信名单：到管理后台加上", "add our address to the trusted ones"),
    84061: ("不是好友关系：核对客户归属", "no friends: see whose customers they are"),
}
RULES = {code: Rule(letter, page) for letter, codes, page in _ROWS for code in _codes(codes)}


def error_for(
    errcode: int, errmsg: str, api: str, overrides: Mapping[int, str] | None = None
) -> WeComError:
    """The error to raise for an errcode that is not 0.

    Args:
        overrides: code → letter, from configuration: for codes that WeCom does not document.
    """
    known = RULES.get(errcode)
    letter = (overrides or {}).get(errcode) or (known.letter if known else "P")
    page = known.page if known else _PAGE
    # The hint is what WeCom's support asks for, the address what 企业可信IP lacks; the link behind
    # them says nothing.
    reason = f"{errmsg.partition(', more info')[0]} (doc {page})"
    match letter:
        case "T":
            return TokenRejected(errcode, reason, api)
        case "B" | "W":
            after_s = _OWN_AFTER_S.get(errcode, _AFTER_S[letter])
            return TryLater(errcode, reason, api, after_s=after_s)
        case "C":
            return WindowClosed(errcode, reason, api)
        case "M":
            return MediaExpired(errcode, reason, api)
        case "E":
            return AlreadyDone(errcode, reason, api)
    return Refused(errcode, reason, api, alert=letter == "P")


def plainly(note: str) -> str:
    """For people; what exactly WeCom said is kept with the message."""
    code = ERRCODE.search(note)
    if code is None:
        return _RULE.sub("", note)
    zh, _ = MEANINGS.get(int(code[1]), ("", ""))
    return f"企业微信拒绝了（errcode {code[1]}）{zh and '：'}{zh}"
