"""config/*.toml and the environment → one frozen `Settings`, or all complaints at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from bot.cluster.reaching import addresses
from bot.errors import Complaint, ConfigError
from bot.files.reader import NOT_NEGATIVE, POSITIVE, Reader, Rule, Secret, read_dotenv, setting
from bot.members.userids import among
from bot.store_url import is_postgres
from bot.touch.platform import Platform
from bot.touch.reading import read_rules
from bot.touch.rules import Manners

_LOCAL = {"127.0.0.1", "localhost", "::1"}
_QUIET_S = {"kf": 2.0, "app": 0.0, "bot": 0.0}


def _host(url: str, *schemes: str) -> str:
    """Of a URL with one of the schemes; empty if it is none."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in schemes and parts.port != 0 and url.split() == [url]
    except ValueError:  # [a name] in brackets, a port that is no number
        return ""
    return (parts.hostname or "") if fits else ""


def _secure(scheme: str, *, needed: bool = True) -> Rule:
    def holds(url: str) -> bool:
        plain = _host(url, scheme.removesuffix("s")) in _LOCAL
        return bool(_host(url, scheme)) or plain or not (url or needed)

    return Rule(holds, f"Write {scheme}://…; without encryption only on this machine")


def _like(pattern: str, cure: str) -> Rule:
    def holds(value: str | Secret) -> bool:
        text = value.reveal() if isinstance(value, Secret) else value
        return re.fullmatch(pattern, text) is not None

    return Rule(holds, cure)


_zones = cache(available_timezones)  # with up to six hundred files
_NOT_EMPTY = Rule(bool, "Write something here")
_PROXY = Rule(lambda url: not url or bool(_host(url, "http")), "Write http://host:port")
_NATS = Rule(
    lambda url: not url or all(_host(one, "nats", "tls") for one in addresses(url)),
    "Write nats://HOST:4222; several with commas between them",
)
_CORP_ID = "The 企业ID begins with ww; digits alone look like an AgentId"
_ON_DUTY = 'Name a userid: ["ZhangSan"], by the 账号 that 通讯录 shows, not by the name'
_USERIDS = Rule(
    lambda some: some and all(re.fullmatch(r"[\w.@-]+", one, re.ASCII) for one in some), _ON_DUTY
)
_TOKEN = "A callback Token is 1 to 32 letters and digits (doc 90968); copy it once more"
_AES_KEY = "An EncodingAESKey is 43 letters and digits (doc 90968); copy it once more"
_SECRET = _like("[!#-&(-~]+", "A Secret has no spaces, quotes or Chinese; copy it alone once more")
_HOURS = r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)"
_QUIET = Rule(
    lambda quiet: quiet.keys() <= _QUIET_S.keys() and min(quiet.values()) >= 0,
    "Use kf, app and bot, each with 0 or more seconds",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What scripts may say about us."""

    name: str = ""
    phone: str = ""
    address: str = ""
    hours: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    host: str = "127.0.0.1"
    port: int = setting(8080, rule=Rule(lambda port: 0 <= port < 65536, "Use 0 to 65535"))
    public_url: str = setting("", rule=_secure("https", needed=False))
    timestamp_tolerance_s: float = setting(300.0, rule=NOT_NEGATIVE)  # 0: any age is accepted
    max_body_kb: int = setting(1024, rule=POSITIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    # Not shown: the URL of PostgreSQL holds a password.
    url: str = setting("sqlite://var/huashu.db", rule=_NOT_EMPTY, shown=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeCom:
    corp_id: str = setting(
        rule=_like("w[wx][A-Za-z0-9]+", _CORP_ID),
        where="Admin console: 我的企业 → 企业信息 → 企业ID",
    )
    api_base: str = setting("https://qyapi.weixin.qq.com", rule=_secure("https"))
    # Where members sign in: in WeCom's own browser (doc 91022), and by scanning (98151).
    oauth_base: str = setting("https://open.weixin.qq.com", rule=_secure("https"))
    login_base: str = setting("https://login.work.weixin.qq.com", rule=_secure("https"))
    # For calls to WeCom, which then sees the proxy's address (企业可信IP). Not shown, like the
    # store's.
    proxy: str = setting("", rule=_PROXY, shown=False)
    timeout_s: float = setting(5.0, rule=POSITIVE)
    # Error codes to be classed differently from bot/wecom/errcodes.py, by its letters.
    errcodes: dict[int, str] = setting(
        dict,
        rule=Rule(
            lambda codes: set(codes.values()) <= set("TBWFPSCME"), "Use T B W F P S C M or E"
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """What a callback is signed and sealed with."""

    token: Secret = setting(
        rule=_like("[A-Za-z0-9]{1,32}", _TOKEN), where="Admin console: 接收消息 → Token"
    )
    aes_key: Secret = setting(
        rule=_like("[A-Za-z0-9+/]{43}", _AES_KEY),
        where="Admin console: 接收消息 → EncodingAESKey",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackKeys(KeyPair):
    """`old`: still accepted while the pages of the console are changed one by one."""

    path: str = setting(
        "/callback/app", rule=_like(r"(/[\w.-]+)+", "Write a path like /callback/app")
    )
    old: KeyPair | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The self-built app (自建应用), which 可调用接口的应用 of 客户联系 and 微信客服 list, too."""

    agent_id: int = setting(rule=POSITIVE, where="Admin console: 应用管理 → the app → AgentId")
    secret: Secret = setting(rule=_SECRET, where="Admin console: 应用管理 → the app → Secret")
    callback: CallbackKeys = setting(where="Add [app.callback]: 接收消息 → 设置API接收")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kf:
    """微信客服."""

    enabled: bool = True
    accounts: tuple[str, ...] = ()  # OpenKfIds that we answer for; empty: all
    answer_within_s: float = setting(600.0, rule=POSITIVE)  # later than this, a person answers
    handover_to: str = setting(
        "pool", rule=_like(r"pool|userid:[\w.@-]{1,64}", 'Write "pool" or "userid:ZhangSan"')
    )
    # That of another app than [app], if it is the one that may call 微信客服.
    secret: Secret | None = setting(None, rule=_SECRET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The smart bot (智能机器人). Its long connection needs no public address."""

    id: str = setting(rule=_NOT_EMPTY, where="Admin console: 智能机器人 → the bot → Bot ID")
    mode: Literal["long_connection", "callback"] = "long_connection"
    secret: Secret | None = setting(None, rule=_SECRET)  # there in mode long_connection
    ws_url: str = setting("wss://openws.work.weixin.qq.com", rule=_secure("wss"))
    callback: CallbackKeys | None = None  # there in mode callback


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The message archive (会话内容存档), docs/groups.md."""

    secret: Secret = setting(rule=_SECRET, where="Admin console: 会话内容存档 → Secret")
    keys: str = setting("archive_keys", rule=_NOT_EMPTY)  # folder with 1.pem, 2.pem … by version
    source: Literal["sdk", "http"] = "sdk"
    library: str = "libWeWorkFinanceSdk_C.so"  # WeCom's native SDK, of source "sdk"
    url: str = setting("", rule=_secure("https", needed=False))  # of source "http"
    limit: int = setting(1000, rule=Rule(lambda number: 1 <= number <= 1000, "Use 1 to 1000"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What the company's shop system tells us (docs/signals.md)."""

    secret: Secret = setting(
        rule=_like(".{32,}", "Use 32 characters or more"), where="Make one: openssl rand -hex 32"
    )
    max_body_kb: int = setting(64, rule=POSITIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """How scripts that are written on the pages come into force."""

    four_eyes: bool = True  # only an admin may approve what they wrote themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who gets the to-dos for which nobody in particular is responsible (userids)."""

    members: tuple[str, ...] = setting(
        (), rule=_USERIDS, where="Admin console: 通讯录 → the member → 账号"
    )

    def has(self, member: str) -> bool:
        return among(member, self.members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """How soon a complaint has to be answered; after that the leader is told, too."""

    answer_min: int = setting(30, rule=POSITIVE)  # of working time
    hours: str = setting("09:00-21:00", rule=_like(_HOURS, 'Write "09:00-21:00"'))
    weekends: bool = True  # worked too; False: only workdays, 调休 included


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """`url`: of NATS, where several processes share the work (docs/several-machines.md)."""

    url: str = setting("", rule=_NATS, shown=False)
    partitions: int = setting(16, rule=Rule(lambda number: 1 <= number <= 256, "Use 1 to 256"))
    stream: str = setting("huashu", rule=_like("[A-Za-z0-9_-]{1,32}", "Use letters, digits, _ -"))
    replicas: int = setting(1, rule=Rule(lambda number: number in (1, 3, 5), "Use 1, 3 or 5"))
    keep_days: int = setting(30, rule=POSITIVE)
    stale_after_s: float = setting(86_400.0, rule=POSITIVE)  # older ones are kept, not acted on


@dataclass(frozen=True, slots=True, kw_only=True)
class Logging:
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    format: Literal["text", "json"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    root: Path  # the workspace, with handlers/, scripts_library/ and config/
    routers: str = setting("handlers:routers", rule=_like(r"[\w.]+:\w+", "Write package:name"))
    library: str = setting("scripts_library", rule=_NOT_EMPTY)
    zone: str = setting(
        "Asia/Shanghai",
        rule=Rule(lambda zone: zone in _zones(), "Write one like Asia/Shanghai"),
    )
    # Seconds of quiet after which a question typed in pieces is complete, by channel.
    fragments: dict[str, float] = setting(_QUIET_S.copy, rule=_QUIET)
    fragments_open_s: float = setting(6.0, rule=NOT_NEGATIVE)  # while it is no question yet
    fragments_max_s: float = setting(20.0, rule=POSITIVE)
    company: Company = field(default_factory=Company)
    members: dict[str, str] = field(default_factory=dict)  # userid → what customers call them
    server: Server = field(default_factory=Server)
    store: Store = field(default_factory=Store)
    wecom: WeCom = setting(where="Add a table [wecom]")
    app: App | None = None
    kf: Kf | None = None
    bot: Bot | None = None
    archive: Archive | None = None
    signals: Signals | None = None
    duty: Duty = field(default_factory=Duty)
    approval: Approval = field(default_factory=Approval)
    complaints: Complaints = field(default_factory=Complaints)
    inbox: Inbox = field(default_factory=Inbox)
    logging: Logging = field(default_factory=Logging)
    platform: Platform = field(default_factory=Platform)
    manners: Manners = field(default_factory=Manners)

    @classmethod
    def load(
        cls, root: Path, environ: Mapping[str, str], *, over: Mapping[str, Any] | None = None
    ) -> "Settings":
        """Read config/bot.toml, touch.toml, caps.toml and .env of the workspace `root`.

        The environment wins over .env. Without a touch.toml WeCom's own limits hold.

        Args:
            over: tables that replace those of bot.toml, for instance for a mock WeCom.

        Raises:
            ConfigError: with every complaint there is.
        """
        complaints: list[Complaint] = []
        kept = read_dotenv(root / ".env", complaints)
        if complaints and not kept:
            raise ConfigError(complaints)  # else all that stands there would be told as missing
        environ = {**kept, **environ}
        main = Reader("config/bot.toml", environ, complaints)
        rules = read_rules(root, environ, complaints)
        table = main.table(root, needed=True)
        if not table:
            raise ConfigError(complaints)
        table = _completed({**table, **(over or {})})
        settings = main.read(
            cls, table, root=root,
            platform=rules.limits if rules else Platform(),
            manners=rules.manners if rules else Manners(),
        )  # fmt: skip
        _judge(table, main)
        if settings is not None and settings.inbox.url:
            _judge_shared(settings, main)
        if complaints or settings is None:
            raise ConfigError(complaints)
        return settings


def _completed(table: dict[str, Any]) -> dict[str, Any]:
    """With the defaults that depend on where a value stands."""
    match table:
        case {"fragments": dict(quiet)}:
            table = {**table, "fragments": {**_QUIET_S, **quiet}}
    match table:
        case {"bot": {"callback": dict(keys)}}:
            callback = {"path": "/callback/bot", **keys}
            table = {**table, "bot": {**table["bot"], "callback": callback}}
    return table


def _judge(table: dict[str, Any], reader: Reader) -> None:
    """What no single field can tell; on the raw table, so that other complaints do not hide it."""
    app, bot, kf, duty, store, wecom, inbox = (
        part if isinstance(part := table.get(name), dict) else {}
        for name in ("app", "bot", "kf", "duty", "store", "wecom", "inbox")
    )
    mode = bot.get("mode", "long_connection")
    if not app and not bot:
        reader.complain("app", "there is nothing to listen to", "Fill in [app] or [bot]")
    if app and "members" not in duty:
        reader.complain("duty.members", "nobody is on duty", _ON_DUTY)
    if "kf" in table and kf.get("enabled", True) and not app:
        reader.complain("kf", "微信客服 calls us through an app", "Fill in [app]")
    if "archive" in table and not app:
        reader.complain("archive", "who may be heard is asked through an app", "Fill in [app]")
    if bot and mode == "callback" and not bot.get("callback"):
        cure = "Add [bot.callback] with the keys of 智能机器人 → API模式 → 使用URL回调"
        reader.complain("bot.callback", "is missing", cure)
    if bot and mode == "long_connection" and "secret" not in bot:
        cure = "Add the Secret of 智能机器人 → API模式 → 使用长连接"
        reader.complain("bot.secret", "is missing", cure)
    if app and bot and _path(app, "/callback/app") == _path(bot, "/callback/bot"):
        reader.complain("bot.callback.path", "is that of [app.callback] too", "Use another")
    urls = (
        ("store.url", store.get("url"), "HUASHU_STORE_URL"),
        ("inbox.url", inbox.get("url"), "HUASHU_INBOX_URL"),
        ("wecom.proxy", wecom.get("proxy"), "HUASHU_PROXY"),
    )
    for key, url, variable in urls:
        if re.search("://[^/@]*:[^/@]+@", str(url)):
            cure = f'Write "env:{variable}" and put the whole URL into .env'
            reader.complain(key, "a password must not stand in a file", cure)


def _judge_shared(settings: Settings, reader: Reader) -> None:
    """What several processes need, and what they cannot do."""
    if not is_postgres(settings.store.url):
        cure = 'Write [store] url = "env:HUASHU_STORE_URL" (docs/several-machines.md)'
        reader.complain("inbox.url", "several processes need a PostgreSQL", cure)
    if settings.bot:
        problem = "the smart bot answers on the line it was asked on, which one process has"
        cure = "Run it as a process of its own, with a store of its own and without [inbox] url"
        reader.complain("bot", problem, cure)


def _path(section: dict[str, Any], default: str) -> str:
    callback = section.get("callback")
    return str(callback.get("path", default)) if isinstance(callback, dict) else default
