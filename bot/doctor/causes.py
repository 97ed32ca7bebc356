"""errcode → one of the known causes, and where to click (docs/real-company.md)."""

import re
from collections.abc import Iterable

from bot.doctor.line import Cause, Words
from bot.errors import NoAnswer, WeComError
from bot.wecom.errcodes import CORP_WIDE, RULES

_SEEN_IP = re.compile(r"from ip: ([0-9a-fA-F.:]+)")
_APP = "应用管理 → 本应用"
_THE_APP = "应用管理 → the app"
CALLABLE = {
    "contact": Words("客户联系 → 客户 → API → 可调用接口的应用：加上本应用",
                     "客户联系 → 客户 → API → 可调用接口的应用: add the app"),
    "kf": Words("微信客服 → API → 可调用接口的应用：加上本应用，并让它管理这些客服账号",
                "微信客服 → API → 可调用接口的应用: add the app, and let it manage the accounts"),
}  # fmt: skip

# errcodes, their meaning (zh, en), where to click (zh, en)
_ROWS: tuple[tuple[str, str, str, str, str], ...] = (
    ("40001 40091", "Secret 不对：抄错了，或是别的应用、别的企业的，或应用已停用。",
     "The Secret is wrong: mistyped, of another app or company, or the app is disabled.",
     f"{_APP} → Secret → 查看，填入 HUASHU_APP_SECRET；不要反复重试，企业微信会封 IP 一小时",
     f"{_THE_APP} → Secret → 查看 goes to HUASHU_APP_SECRET; do not insist, WeCom blocks the "
     "address for an hour"),
    ("40013 41002", "企业ID 不对。", "The corp id is wrong.",
     "我的企业 → 企业信息 → 企业ID，填入 HUASHU_CORP_ID",
     "我的企业 → 企业信息 → 企业ID goes to HUASHU_CORP_ID"),
    ("41004", "没有 Secret。", "There is no Secret.",
     f"{_APP} → Secret → 查看，填入 HUASHU_APP_SECRET",
     f"{_THE_APP} → Secret → 查看 goes to HUASHU_APP_SECRET"),
    ("41001 40014 42001", "凭证没有到达企业微信，或被它作废：中间的代理改写了地址。",
     "The access token does not reach WeCom, or is dropped: a proxy between rewrites the address.",
     "config/bot.toml 的 [wecom] api_base", "[wecom] api_base in config/bot.toml"),
    ("40056 301002", "AgentId 不是这个 Secret 的应用的。",
     "The AgentId is not that of the app whose Secret this is.",
     f"{_APP}：AgentId 和 Secret 从同一页抄，填入 HUASHU_AGENT_ID",
     f"{_THE_APP}: take AgentId and Secret from one page; HUASHU_AGENT_ID"),
    ("60020 48009", "企业微信不接受本服务器的地址。", "WeCom does not trust our address.",
     f"{_APP} → 企业可信IP：加上这个地址，约一分钟后生效",
     f"{_THE_APP} → 企业可信IP: add this address; it takes about a minute"),
    ("50001", "授权页面的域名不是应用的可信域名。",
     "The page's domain is not the trusted domain of the app.",
     f"{_APP} → 网页授权及JS-SDK", f"{_THE_APP} → 网页授权及JS-SDK"),
    ("50003", "应用已停用。", "The app is disabled.", f"{_APP}：启用", f"{_THE_APP}: enable it"),
    ("48001 48002", "本应用没有这个接口的权限。", "The app may not call this interface.",
     "把本应用加入该功能的「可调用接口的应用」",
     "Add the app to 可调用接口的应用 of that feature"),
    ("48006", "接口权限因长期不用被收回。", "The right was withdrawn for want of use.",
     _APP, _THE_APP),
    ("48007", "这个客服账号没有授权给本应用。", "The account of 微信客服 is not given to the app.",
     *CALLABLE["kf"]),
    ("60011 60021 92000 50002", "超出了应用的可见范围。", "That is outside the visible range.",
     f"{_APP} → 可见范围：加上这些成员或部门",
     f"{_THE_APP} → 可见范围: add these members or departments"),
    ("84074 84071", "成员没有客户联系的权限。", "The members may not use 客户联系.",
     "客户联系 → 权限配置 → 使用范围", "客户联系 → 权限配置 → 使用范围"),
    ("701008", "成员没有有效的互通账号。", "No member has a valid interconnect licence.",
     "应用管理 → 接口许可", "应用管理 → 接口许可"),
    ("95017", "微信客服的 API 开关没有打开。", "The API of 微信客服 is switched off.",
     "微信客服 → API：打开", "微信客服 → API: switch it on"),
    ("95023", "微信客服已授权给别的应用。", "微信客服 is given to another app.", *CALLABLE["kf"]),
    ("95011 95012", "微信客服在另一种模式下。", "微信客服 runs in its other mode.",
     "微信客服 → 配置：切换使用模式", "微信客服 → its settings: change the mode"),
    ("95000 95004", "没有这个客服账号。", "There is no such account of 微信客服.",
     "微信客服 → 客服账号；config/bot.toml 的 [kf] accounts",
     "微信客服 → 客服账号; [kf] accounts in config/bot.toml"),
    ("91040", "ticket 的类型不对：应是 agent_config。",
     "The ticket's type is wrong: it has to be agent_config.",
     "config/bot.toml 的 [wecom] api_base（中间的代理改写了参数）",
     "[wecom] api_base in config/bot.toml (a proxy between rewrites the query)"),
    ("42012", "这个 ticket 不能用在这里：企业的用了应用的，或反过来。",
     "This ticket does not fit here: the company's for the app's, or the other way round.",
     "wx.config 用 get_jsapi_ticket，agentConfig 用 ticket/get?type=agent_config",
     "wx.config takes get_jsapi_ticket, agentConfig ticket/get?type=agent_config"),
    ("-1 6000", "企业微信自己的系统忙。", "WeCom's own system is busy.",
     "不用改什么：几分钟后再看，没发出去的会自动再试",
     "Change nothing: look again in some minutes; what was not sent is tried again by itself"),
    ("45009 45033", "调用太频繁，企业微信暂时不回答。",
     "Too many calls: WeCom does not answer for a while.",
     "等一小时；检查有没有别的程序在用同一个 Secret",
     "Wait an hour; look whether another program uses the same Secret"),
    ("301007", "企业已停用或解散。", "The company is suspended or dissolved.",
     "我的企业 → 企业信息", "我的企业 → 企业信息"),
)  # fmt: skip
_KNOWN = {
    int(code): (Words(zh, en), Words(click_zh, click_en))
    for codes, zh, en, click_zh, click_en in _ROWS
    for code in codes.split()
}
_BY_AREA = {(area, code): click for area, click in CALLABLE.items() for code in (48001, 48002)}
UNREACHED = Cause(
    "no_answer",
    Words("企业微信没有回答。", "WeCom does not answer."),
    Words("服务器的出口网络、DNS、防火墙", "The server's way out: network, DNS, firewall"),
    91039,
)


def cause_of(error: WeComError, area: str = "") -> Cause:
    """
    Args:
        area: "contact" or "kf": some rights are given on its own pages.
    """
    if isinstance(error, NoAnswer):
        return UNREACHED
    code = error.errcode
    page = RULES[code].page if code in RULES else 90313
    told, click = _KNOWN.get(
        code, (Words(f"企业微信回答 {code}。", f"WeCom answers {code}."), _LOOK)
    )
    return Cause(str(code), told, _BY_AREA.get((area, code), click), page)


PASSING = frozenset({-1, 6000, 45009, 45033})
_LOOK = Words("在文档里查这个错误码", "Look the code up on the page")


def clicks_of(codes: Iterable[object]) -> list[Words]:
    """Where to click for errors of single members or accounts, which other lines may not see."""
    return [_KNOWN[code][1] for code in _KNOWN if code in {*codes} - CORP_WIDE - PASSING]


def said(error: WeComError) -> Words:
    """WeCom's own words, and the address from which it saw us come."""
    if isinstance(error, NoAnswer):
        return Words(error.errmsg, error.errmsg)
    if error.errcode in (60020, 48009) and (seen := _SEEN_IP.search(error.errmsg)):
        address = seen[1].rstrip(".:")
        return Words(f"它看到的地址是 {address}。", f"The address that it saw: {address}.")
    words = error.errmsg.partition(", hint:")[0]
    return Words(f"（{error.errcode}：{words}）", f"({error.errcode}: {words})")
