"""Why the client does not let us in, in words, and what to do about it.

The causes are those of docs 90514, 96909 and 98539: the client's own messages are short, and some
of them mean several things.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    zh: str
    en: str
    do_zh: str
    do_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    signs: tuple[str, ...]  # one of them stands in what the client said, in lower case
    steps: tuple[str, ...] = ()  # at which it failed; () = any
    trouble: Trouble


OUTSIDE = Trouble(
    zh="这一页要在企业微信里打开",
    en="This page is meant for WeCom",
    do_zh="在手机或电脑的企业微信里，打开一位客户的聊天，点工具栏里的「话术」。",
    do_en="Open a customer's chat in WeCom, on a phone or a computer; it is in the toolbar.",
)
NO_CHAT = Trouble(
    zh="没有打开客户的聊天",
    en="There is no customer's chat around this page",
    do_zh="从工作台打开时，企业微信不会告诉我们是哪位客户。请进入客户（或客户群）的聊天，"
    "从输入框上方的工具栏打开。",
    do_en="From the workbench WeCom does not tell which customer it is. Open it from the toolbar "
    "above the input box in the chat with a customer or a customer group.",
)
NOT_TAKEN = Trouble(
    zh="这个客服会话还没有接入",
    en="This service session is not yours yet",
    do_zh="先在聊天窗口点「接入会话」，再发送。已经接入还是这样，请告诉管理员。",
    do_en="Take the session in the chat first, then send. If you have it, tell your admin.",
)
OTHER = Trouble(
    zh="企业微信没有让侧边栏打开",
    en="WeCom did not let the sidebar open",
    do_zh="关掉侧边栏再打开一次。一直这样，请把下面这行原话发给管理员。",
    do_en="Close the sidebar and open it again. If it stays, send your admin the line below.",
)
KNOWN: Sequence[Known] = (
    Known(signs=("outside",), trouble=OUTSIDE),
    Known(
        signs=("signature", "40093", "42012", "84014", "invalid signature"),
        steps=("register", "config", "agentconfig", "context"),
        trouble=Trouble(
            zh="企业微信不认这次的签名",
            en="WeCom did not accept the signature",
            do_zh="关掉侧边栏重新打开。一直这样：服务器时间不准，或应用的 Secret、AgentId 填错了，"
            "请管理员运行 huashu doctor。",
            do_en="Close and open it again. If it stays, the server's clock is wrong, or the "
            "app's secret or agent id: your admin runs huashu doctor.",
        ),
    ),
    Known(
        signs=("domain", "80001", "50001", "referer", "invalid url"),
        trouble=Trouble(
            zh="这个网址不在应用的可信域名里",
            en="This address is not a trusted domain of the app",
            do_zh="请管理员在企业微信后台：应用管理 → 本应用 → 网页授权及 JS-SDK，"
            "填写本页的域名并完成归属验证。",
            do_en="Your admin enters this domain in WeCom's console: the app → web page "
            "authorisation and JS-SDK, and proves that it is yours.",
        ),
    ),
    Known(
        signs=("corpid", "corp id", "92002", "agentid", "agent id", "40056", "301002", "80002"),
        trouble=Trouble(
            zh="企业或应用的编号对不上",
            en="The company's or the app's id does not fit",
            do_zh="请管理员核对 config/bot.toml 里的 wecom.corp_id 和 app.agent_id："
            "侧边栏必须配在同一个应用里。",
            do_en="Your admin compares wecom.corp_id and app.agent_id in config/bot.toml: the "
            "sidebar must belong to that very app.",
        ),
    ),
    Known(signs=("without context",), trouble=NO_CHAT),
    Known(
        signs=("not exist", "not support", "unsupported", "not a function"),
        trouble=Trouble(
            zh="企业微信的版本太旧",
            en="This WeCom is too old",
            do_zh="请把企业微信升级到 3.1.10 或更新的版本。",
            do_en="Update WeCom to 3.1.10 or newer.",
        ),
    ),
    Known(
        signs=("permission", "access denied", "no privilege"),
        trouble=Trouble(
            zh="企业微信不允许：您或应用没有这个权限",
            en="WeCom does not permit it to you, or to the app",
            do_zh="请管理员确认三件事：您在应用的可见范围里；您有「客户联系」权限；"
            "应用已配置到聊天工具栏，并加进「客户联系 → 可调用接口的应用」。",
            do_en="Your admin checks three things: you are in the app's visible range; you have "
            "customer contact; the app is in the chat toolbar and may call the customer API.",
        ),
    ),
    Known(
        signs=("invalid imgurl", "imgurl"),
        steps=("send",),
        trouble=Trouble(
            zh="图片地址企业微信不接受",
            en="WeCom does not accept the picture's address",
            do_zh="请把这条话术的图片地址改成 https 开头的，其余内容可以先单独发。",
            do_en="The picture's address must begin with https; the rest can be sent alone.",
        ),
    ),
    Known(
        signs=("timeout", "time out"),
        trouble=Trouble(
            zh="企业微信没有回应",
            en="WeCom did not answer",
            do_zh="网络不好，或页面刚被切走。请检查网络，关掉侧边栏再打开一次。",
            do_en="The network is slow, or the page was left: check it and open this again.",
        ),
    ),
    Known(
        signs=("network", "fetch", "load failed"),
        trouble=Trouble(
            zh="连不上我们的服务器",
            en="Our server cannot be reached",
            do_zh="请检查网络后再试；别人也打不开的话，请告诉管理员。",
            do_en="Check the network and try again; if others have it too, tell your admin.",
        ),
    ),
)


def trouble(step: str, said: str, entry: str) -> Trouble:
    """
    Args:
        step: outside, register, context, contact, chat or send.
        said: the client's own words (errMsg), or ours.
        entry: of getContext, "" if it did not come so far.
    """
    if step == "outside":
        return OUTSIDE
    folded = said.lower()
    if step == "send" and entry == "single_kf_tools" and "permission" in folded:
        return NOT_TAKEN
    for known in KNOWN:
        fits = not known.steps or step in known.steps
        if fits and any(sign in folded for sign in known.signs):
            return known.trouble
    return NO_CHAT if entry == "normal" else OTHER
