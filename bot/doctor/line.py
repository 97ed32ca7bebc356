"""One line of the examination: what was examined, its state, and where to click."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

PAGES = "https://developer.work.weixin.qq.com/document/path/"


class State(StrEnum):
    GREEN = "green"  # in order
    AMBER = "amber"  # it works, but could be better
    RED = "red"
    UNKNOWN = "unknown"  # could not be examined; `cause` says why


class Words(NamedTuple):
    zh: str
    en: str


NOTHING = Words("", "")

TITLES = {
    "settings": Words("配置文件", "Settings"),
    "store": Words("数据库", "Database"),
    "running": Words("运行中的程序", "The running program"),
    "heard": Words("收到的事件", "Events from WeCom"),
    "inbox": Words("多机收件箱（NATS）", "Inbox of several machines (NATS)"),
    "wecom": Words("连接企业微信", "Reaching WeCom"),
    "clock": Words("本机时钟", "This machine's clock"),
    "callback.app": Words("应用的回调地址", "Callback address of the app"),
    "callback.bot": Words("机器人的回调地址", "Callback address of the smart bot"),
    "token": Words("企业ID 和 Secret", "Corp id and Secret"),
    "ip": Words("企业可信IP", "Trusted IP"),
    "agent": Words("AgentId", "AgentId"),
    "range": Words("可见范围", "Visible range"),
    "redirect": Words("授权链接", "Sign-in link"),
    "domain": Words("可信域名", "Trusted domain"),
    "ticket.corp": Words("企业的 jsapi_ticket", "The company's jsapi_ticket"),
    "ticket.agent": Words("应用的 jsapi_ticket", "The app's jsapi_ticket"),
    "signature": Words("本页的签名", "Signature of this page"),
    "contact": Words("客户联系", "Customer contact"),
    "tags": Words("客户标签", "Customer tags"),
    "kf": Words("微信客服", "WeChat customer service"),
    "bot": Words("智能机器人", "Smart bot"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line; it holds no secret, token or ticket.

    Args:
        id: a key of TITLES.
        zh, en: what was found.
        cause: id of the known cause that applies: "60020", "redirect"; "" if green.
        click: where to fix it, in WeCom's admin console or with us.
        page: of WeCom's documentation; 0 if none describes it.
        exact: a text to show unchanged: the string that is hashed for a signature.
    """

    id: str
    state: State
    zh: str
    en: str
    cause: str = ""
    click: Words = field(default=NOTHING)
    page: int = 0
    exact: str = ""

    @property
    def title(self) -> Words:
        return TITLES[self.id]

    @property
    def link(self) -> str:
        return f"{PAGES}{self.page}" if self.page else ""

    def fields(self) -> dict[str, object]:
        """For JSON."""
        return {
            "id": self.id,
            "state": self.state.value,
            "title": self.title._asdict(),
            "told": {"zh": self.zh, "en": self.en},
            "cause": self.cause,
            "click": self.click._asdict(),
            "page": self.page,
            "link": self.link,
            "exact": self.exact,
        }


class Cause(NamedTuple):
    """One way to go wrong, described in general."""

    id: str
    told: Words
    click: Words = NOTHING
    page: int = 0
    state: State = State.RED


def good(line: str, zh: str, en: str, page: int = 0) -> Line:
    return Line(id=line, state=State.GREEN, zh=zh, en=en, page=page)


def bad(line: str, cause: Cause, more: Words = NOTHING) -> Line:
    """
    Args:
        more: what was seen this time; it follows the cause's own words.
    """
    return Line(
        id=line,
        state=cause.state,
        zh=f"{cause.told.zh}{more.zh}",
        en=f"{cause.told.en}{' ' if more.en else ''}{more.en}",
        cause=cause.id,
        click=cause.click,
        page=cause.page,
    )


def unseen(line: str, needs: str) -> Line:
    """A line that cannot be examined before the line `needs` is in order."""
    title = TITLES[needs]
    return Line(
        id=line,
        state=State.UNKNOWN,
        zh=f"要先解决「{title.zh}」，才能检查。",
        en=f'Can be looked at once "{title.en}" is in order.',
        cause=f"needs.{needs}",
    )
