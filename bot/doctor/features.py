"""What the app may use: 客户联系, 微信客服, its visible range; and the smart bot."""

from bot.clock import Clock
from bot.doctor.callback import START, health
from bot.doctor.causes import CALLABLE, cause_of, said
from bot.doctor.line import Cause, Line, State, Words, bad, good
from bot.errors import WeComError
from bot.members.userids import among
from bot.settings import Kf, Settings
from bot.wecom.answers import ServiceAccount
from bot.wecom.app_details import see_member
from bot.wecom.client import WeComClient

RANGE = Words("应用管理 → 本应用 → 可见范围", "应用管理 → the app → 可见范围")
OUTSIDE = (60011, 60021, 60111, 40003)
OUT_OF_RANGE = Cause(
    "60011",
    Words("这些成员不在应用的可见范围内，或账号写错了：他们收不到待办，他们的客户收不到欢迎语。",
          "These members are outside the app's visible range, or their ids are mistyped: they get "
          "no to-dos, and their customers no welcome."),
    RANGE, 90196,
)  # fmt: skip
NOBODY = Cause(
    "nobody",
    Words("没有成员可以使用客户联系。", "No member may use 客户联系."),
    Words("客户联系 → 权限配置 → 使用范围", "客户联系 → 权限配置 → 使用范围"),
    92571, State.AMBER,
)  # fmt: skip
OWN_SECRET = Words(
    "config/bot.toml 的 [kf] secret：有权调用微信客服的那个应用的 Secret；"
    "[app] 也有权时删掉这一行",
    "[kf] secret in config/bot.toml: the Secret of the app that may call 微信客服; leave it out "
    "where [app] may",
)
_ACCOUNTS = Words("微信客服 → 客服账号", "微信客服 → 客服账号")
NO_ACCOUNT = Cause(
    "no_account",
    Words("还没有客服账号，或都没有授权给本应用。",
          "There is no account yet, or none is given to the app."),
    CALLABLE["kf"], 94661, State.AMBER,
)  # fmt: skip
UNKNOWN_ACCOUNT = Cause(
    "95004",
    Words("[kf] accounts 里的账号不存在或没有授权给本应用：",
          "An account of [kf] accounts does not exist, or is not given to the app:"),
    _ACCOUNTS, 94661,
)  # fmt: skip
NOT_MANAGED = Cause(
    "48007",
    Words("本应用不能管理这些客服账号的消息：", "The app may not manage these accounts:"),
    CALLABLE["kf"], 94661,
)  # fmt: skip
NO_SERVICER = Cause(
    "no_servicer",
    Words("没有接待人员在接待，转人工会没有人：",
          "No servicer is receiving, so nobody takes over from the bot:"),
    Words("微信客服 → 客服账号 → 接待人员", "微信客服 → the account → 接待人员"),
    94645, State.AMBER,
)  # fmt: skip
NO_SUCH_SERVICER = Cause(
    "95014",
    Words("[kf] handover_to 的成员不是这些账号的接待人员：",
          "The member of [kf] handover_to is no servicer of:"),
    Words("微信客服 → 客服账号 → 接待人员；或写 handover_to = \"pool\"",
          "微信客服 → the account → 接待人员; or write handover_to = \"pool\""),
    94645,
)  # fmt: skip
BOT_KEYS = Words(
    "智能机器人 → 本机器人 → API模式 → 使用长连接：Bot ID 和 Secret 填入 .env；重启程序",
    "智能机器人 → the bot → API模式 → 使用长连接: Bot ID and Secret go to .env; then restart",
)
STANDINGS = {
    "refused": Cause("40001", Words("企业微信不认 Bot ID 或 Secret。",
                                    "WeCom refuses the Bot ID or its Secret."), BOT_KEYS, 101463),
    "evicted": Cause("evicted", Words("另一个程序用同一个机器人连上了，把我们挤掉了。",
                                      "Another program has taken this bot over."),
                     Words("停掉另一个程序，或给它另一个机器人",
                           "Stop the other program, or give it a bot of its own"), 101463),
    "away": Cause("away", Words("长连接断了，正在重连。",
                                "The long connection is down and being opened again."),
                  Words("服务器的出口网络，代理要让 WebSocket 通过",
                        "The server's way out; a proxy has to let WebSockets pass"),
                  101463, State.AMBER),
}  # fmt: skip
NOT_SEEN = Cause(
    "not_running",
    Words("程序没有运行，看不到机器人的连接（试连会挤掉别处正在用的连接，所以不试）。",
          "The program does not run, so there is no connection to look at; trying one would throw "
          "out a bot that runs elsewhere."),
    START, 101463, State.UNKNOWN,
)  # fmt: skip


async def contact(client: WeComClient) -> Line:
    try:
        members = await client.follow_user_list()
    except WeComError as error:
        return bad("contact", cause_of(error, "contact"), said(error))
    if not members:
        return bad("contact", NOBODY)
    return good("contact", f"{len(members)} 位成员可以有客户。",
                f"Members who may have customers: {len(members)}.", 92571)  # fmt: skip


async def visible(client: WeComClient, settings: Settings) -> Line:
    """Whether the app sees those on duty and those whom scripts name."""
    members = tuple(dict.fromkeys((*settings.duty.members, *settings.members)))
    outside: list[Words] = []
    for member in members:
        try:
            await see_member(client, member)
        except WeComError as error:
            if error.errcode not in OUTSIDE:
                return bad("range", cause_of(error), said(error))
            outside.append(_place(member, settings))
    if outside:
        more = Words("、".join(one.zh for one in outside), ", ".join(one.en for one in outside))
        return bad("range", OUT_OF_RANGE, more)
    return good("range", f"看得到配置里的 {len(members)} 位成员。",
                f"It sees everybody whom the settings name: {len(members)}.", 90196)  # fmt: skip


def _place(member: str, settings: Settings) -> Words:
    """The userid if the file holds it, else its number: it may come from a variable that holds
    another one's secret by mistake."""
    if member in settings.members:
        return Words(member, member)
    number = settings.duty.members.index(member) + 1
    return Words(f"[duty] members 的第 {number} 个", f"no. {number} of [duty] members")


async def service(client: WeComClient, kf: Kf) -> Line:
    try:
        accounts = await client.service_accounts()
        cause, names = await _service(client, kf, accounts)
    except WeComError as error:
        cause = cause_of(error, "kf")
        if error.api == "gettoken" and kf.secret:
            cause = cause._replace(click=OWN_SECRET)
        return bad("kf", cause, said(error))
    if cause:
        told = ", ".join(names)
        return bad("kf", cause, Words(told, told))
    told = ", ".join(f"{one.name} ({one.open_kfid})" for one in accounts)
    return good("kf", f"客服账号：{told}", f"Accounts: {told}", 94661)


async def _service(
    client: WeComClient, kf: Kf, accounts: tuple[ServiceAccount, ...]
) -> tuple[Cause | None, list[str]]:
    """What is wrong with which accounts."""
    if not accounts:
        return NO_ACCOUNT, []
    if missing := [one for one in kf.accounts if one not in {had.open_kfid for had in accounts}]:
        return UNKNOWN_ACCOUNT, missing
    ours = [one for one in accounts if not kf.accounts or one.open_kfid in kf.accounts]
    if unmanaged := [one.name for one in ours if not one.managed]:
        return NOT_MANAGED, unmanaged
    person = kf.handover_to.removeprefix("userid:") if kf.handover_to != "pool" else ""
    alone, strange = [], []
    for account in ours:
        servicers = await client.servicers(account.open_kfid)
        if servicers.departments:  # WeCom does not say who of them receives
            continue
        if person and not among(person, (one.userid for one in servicers.members)):
            strange.append(account.name)
        if not any(one.receiving for one in servicers.members):
            alone.append(account.name)
    if strange:
        return NO_SUCH_SERVICER, strange
    return (NO_SERVICER, alone) if alone else (None, [])


async def smart_bot(settings: Settings, clock: Clock) -> Line:
    """Judged by what the running program says of its long connection."""
    standing = str((await health(settings.server, clock)).get("bot", ""))
    if not standing:
        return bad("bot", NOT_SEEN)
    if cause := STANDINGS.get(standing):
        return bad("bot", cause)
    return good("bot", "长连接已连上。", "The long connection stands.", 101463)
