"""Whether anything has come from WeCom lately, by each way that is saved on a page of its own.
Before the address is saved there, all other lines may be green and nothing comes."""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.doctor.line import Cause, Line, State, Words, bad
from bot.errors import ConfigError
from bot.events import (
    AcquisitionChanged,
    ArchiveConsented,
    CustomerAdded,
    CustomerEdited,
    CustomerLost,
    GroupChanged,
    ServiceAccountsChanged,
    ServiceNotified,
    TagChanged,
    TransferFailed,
)
from bot.settings import Settings
from bot.store import postgres
from bot.store.sqlite_file import LOOK_S, looking
from bot.store_url import is_postgres, url_in

_CONTACT = (
    CustomerAdded, CustomerEdited, CustomerLost, TransferFailed, ArchiveConsented, GroupChanged,
    TagChanged, AcquisitionChanged,
)  # fmt: skip
_KF = (ServiceNotified, ServiceAccountsChanged)


def _of(*kinds: type) -> str:
    return f"kind IN ({', '.join(repr(kind.__name__) for kind in kinds)})"


_WAYS = {
    "contact": _of(*_CONTACT),
    "kf": _of(*_KF),
    "app": "conversation LIKE 'app:%' OR kind = 'AppEvent'",
    "bot": "conversation LIKE 'bot:%'",
}
# Where something has come, the first event tells; else all are looked at.
_ASK = "SELECT " + ", ".join(
    f"EXISTS (SELECT 1 FROM event WHERE {rows}) AS {way}" for way, rows in _WAYS.items()
)

_BUT = Words(
    "；已经保存过的，就在手机上做一次试试（docs/real-company.md）",
    "; if that is saved, try it once on a phone (docs/real-company.md)",
)


def _silent(way: str, zh: str, en: str, click_zh: str, click_en: str, page: int) -> Cause:
    click = Words(f"{click_zh}{_BUT.zh}", f"{click_en}{_BUT.en}")
    return Cause(f"silent.{way}", Words(zh, en), click, page, State.AMBER)


ALL = _silent(
    "app", "企业微信的事件一个也没有来：回调地址大概还没有在后台保存，欢迎和回答都不会发生。",
    "Nothing has come from WeCom: most likely the callback's address was never saved in its "
    "console, so nobody is welcomed or answered.",
    "应用管理 → 本应用 → 接收消息 → 设置API接收：填回调地址，按保存；"
    "再到客户联系和微信客服的 API 页填同样的三项",
    "应用管理 → the app → 接收消息 → 设置API接收: enter the callback's address, press 保存; "
    "then the same three on the pages API of 客户联系 and 微信客服",
    90930,
)  # fmt: skip
CONTACT = _silent(
    "contact", "客户联系的事件一个也没有来：没有保存的话，加了好友不会有欢迎语。",
    "No event of 客户联系 has come: unless its address is saved, nobody is welcomed.",
    "客户联系 → 客户 → API → 接收事件服务器：填同样的 URL、Token 和 EncodingAESKey，按保存",
    "客户联系 → 客户 → API → 接收事件服务器: enter the same URL, Token and AESKey, press 保存",
    96361,
)  # fmt: skip
KF = _silent(
    "kf", "微信客服的通知一个也没有来：没有保存的话，客户的消息不会马上有回答。",
    "No notification of 微信客服 has come: unless its address is saved, answers are late.",
    "微信客服 → 回调配置：填同样的 URL、Token 和 EncodingAESKey，按保存",
    "微信客服 → 回调配置: enter the same URL, Token and AESKey, press 保存",
    97713,
)  # fmt: skip
BOT = _silent(
    "bot", "智能机器人的消息一条也没有来。", "No message to the smart bot has come.",
    "智能机器人 → 本机器人 → API模式 → 使用URL回调：填回调地址，按保存",
    "智能机器人 → the bot → API模式 → 使用URL回调: enter the callback's address and press 保存",
    101033,
)  # fmt: skip


async def look(settings: Settings) -> list[Line]:
    """A line for each way by which nothing has come; none where that cannot be told."""
    url = settings.store.url
    if is_postgres(url):
        try:
            found: Mapping[str, Any] = await postgres.ask(url, _ASK, LOOK_S)
        except ConfigError:
            return []  # its own line tells; or it has never run, or is too large
    else:
        path = Path(url_in(settings.root, url).removeprefix("sqlite://"))
        found = await asyncio.to_thread(_asked, path)
    days = settings.inbox.keep_days
    kept = Words(
        f"（只看得到最近 {days} 天，更早的事件已经删除。）",
        f"(Of the last {days} days: older events are deleted.)",
    )
    return [bad("heard", cause, kept) for cause in _silences(settings, found)] if found else []


def _silences(settings: Settings, found: Mapping[str, Any]) -> Iterator[Cause]:
    kf, bot = settings.kf, settings.bot
    if settings.app and not (found["contact"] or found["kf"] or found["app"]):
        yield ALL
    elif settings.app:
        if not found["contact"]:
            yield CONTACT
        if kf and kf.enabled and not found["kf"]:
            yield KF
    if bot and bot.mode == "callback" and not found["bot"]:
        yield BOT


def _asked(path: Path) -> Mapping[str, Any]:
    try:
        with looking(path) as file:
            file.row_factory = sqlite3.Row
            return dict(file.execute(_ASK).fetchone())
    except sqlite3.DatabaseError:
        return {}  # it has never run, its file is damaged, or it is too large
