"""Whether WeCom lets us in: network, clock, secret, our address, AgentId, both tickets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.doctor.causes import UNREACHED, cause_of, said
from bot.doctor.line import Cause, Line, State, Words, bad, good, unseen
from bot.doctor.outside import Reply, fetch, read_json
from bot.errors import WeComError
from bot.settings import App, Settings
from bot.wecom.app_details import AppDetails, app_details
from bot.wecom.client import WeComClient
from bot.wecom.jssdk import Tickets

NTP = Words("在服务器上打开时间同步（NTP）", "Turn on NTP on the server")
API = Words("config/bot.toml 的 [wecom] api_base", "[wecom] api_base in config/bot.toml")
NOT_WECOM = Cause(
    "not_wecom", Words("api_base 不是企业微信。", "At api_base somebody else answers."), API, 90664
)
BROKEN = Cause(
    "broken",
    Words("企业微信，或通往它的代理，现在出错（HTTP 5xx）。",
          "WeCom, or a proxy on the way, is out of order (HTTP 5xx)."),
    Words("先等几分钟：恢复后会自动再试；一直如此，就看 [wecom] proxy 和 api_base",
          "Wait some minutes, all is tried again by itself; if it stays so, look at [wecom] proxy "
          "and api_base"),
    90664,
)  # fmt: skip
SKEW_S = 30.0  # more is reported; WeCom's Date is to the second, and requests take time
SKEWED = Cause(
    "clock",
    Words("本机时钟偏得太多，回调会被当作过期而拒绝。",
          "This machine's clock is so far off that callbacks are refused for their age."),
    NTP, 90968,
)  # fmt: skip
DRIFTS = Cause(
    "clock",
    Words("本机时钟有偏差。", "This machine's clock is off."), NTP, 90968, State.AMBER,
)  # fmt: skip
TOLERANCE = Cause(
    "tolerance",
    Words("timestamp_tolerance_s 太小，稍慢的回调也会被拒绝。",
          "timestamp_tolerance_s is so small that callbacks on a slow way are refused."),
    Words("config/bot.toml 的 [server] timestamp_tolerance_s：写 300",
          "[server] timestamp_tolerance_s in config/bot.toml: write 300"),
    90968, State.AMBER,
)  # fmt: skip
LEAST_TOLERANCE_S = 15.0  # three redeliveries of 5 s each
SAME = Cause(
    "42012",
    Words("两个 ticket 一样：企业的和应用的混用了。",
          "Both tickets are the same: the company's and the app's are mixed up."),
    API, 96909,
)  # fmt: skip


async def reach(settings: Settings, clock: Clock) -> tuple[Line, Line]:
    """Without a secret: whether WeCom answers, and its time."""
    base = settings.wecom.api_base.rstrip("/")
    reply = await fetch(f"{base}/cgi-bin/getcallbackip", clock)  # no token: 41001, and a Date
    if reply.trouble:
        seen = f"{base}: {reply.trouble} {reply.detail}".rstrip()
        return bad("wecom", UNREACHED, Words(seen, seen)), unseen("clock", "wecom")
    if reply.status != 200 or not isinstance(read_json(reply).get("errcode"), int):
        seen = f"{base}: HTTP {reply.status}"
        cause = BROKEN if reply.status >= 500 else NOT_WECOM
        return bad("wecom", cause, Words(seen, seen)), unseen("clock", "wecom")
    return good("wecom", f"{base} 有回答。", f"{base} answers.", 90664), time_of(
        reply, clock.timestamp(), settings.server.timestamp_tolerance_s
    )


def time_of(reply: Reply, now: float, tolerance_s: float) -> Line:
    if reply.date is None:
        return Line(
            id="clock", state=State.UNKNOWN, cause="no_date",
            zh="回答里没有时间。", en="The answer tells no time.",
        )  # fmt: skip
    off_s = now - reply.date.timestamp()
    seen = Words(f"比企业微信{'快' if off_s > 0 else '慢'} {abs(off_s):.0f} 秒。",
                 f"{abs(off_s):.0f} s {'ahead of' if off_s > 0 else 'behind'} WeCom.")  # fmt: skip
    if abs(off_s) > SKEW_S:
        too_far = 0 < tolerance_s <= abs(off_s)
        return bad("clock", SKEWED if too_far else DRIFTS, seen)
    if 0 < tolerance_s < LEAST_TOLERANCE_S:
        return bad("clock", TOLERANCE)
    return good("clock", seen.zh, seen.en)


@dataclass(slots=True)
class Access:
    """What later lines need; `lines` fills it in."""

    token: bool = False
    trusted: bool = False
    details: AppDetails | None = None
    tickets: dict[str, str] = field(default_factory=dict)  # "config" and "agent"

    @property
    def needs(self) -> str:
        """The line that must be in order before we can ask any other interface; "" = none."""
        return "" if self.trusted else "ip" if self.token else "token"

    async def lines(self, client: WeComClient, app: App) -> AsyncIterator[Line]:
        try:
            self.details = await app_details(client, app.agent_id)
            error = None
        except WeComError as refused:
            error = refused
        if error and error.api == "gettoken":
            yield bad("token", cause_of(error), said(error))
            yield unseen("ip", "token")
            yield unseen("agent", "token")
            return
        self.token = True
        yield good("token", "企业ID 和 Secret 正确。", "Both are right.", 91039)
        if error and error.errcode in (60020, 48009):
            yield bad("ip", cause_of(error), said(error))
            yield unseen("agent", "ip")
            return
        self.trusted = True
        yield good("ip", "企业微信接受本服务器的地址。", "WeCom trusts this server's address.")
        if error:
            yield bad("agent", cause_of(error), said(error))
        elif self.details:
            name = self.details.name or app.agent_id
            yield good("agent", f"应用「{name}」。", f'The app "{name}".', 90227)

    async def ticket(self, kind: str, line: str, tickets: Tickets) -> Line:
        """
        Args:
            kind: "config" or "agent": what the ticket signs for.
        """
        try:
            self.tickets[kind] = await (tickets.corp if kind == "config" else tickets.agent)()
        except WeComError as error:
            return bad(line, cause_of(error), said(error))
        if len(self.tickets) == 2 and len(set(self.tickets.values())) == 1:
            return bad(line, SAME)
        return good(line, "取到了。", "It can be fetched.", 96909)
