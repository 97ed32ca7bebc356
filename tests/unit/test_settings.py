"""Settings: what a complete workspace gives, and each kind of complaint."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cluster.alike import Secrets
from bot.errors import Complaint, ConfigError
from bot.files.reader import Secret
from bot.handover.stand_ins import StandIns
from bot.settings import Duty, Settings
from bot.store_url import INSTALL
from bot.telling.complaints import line, words
from bot.touch.platform import Platform
from bot.workspace.drivers import lack, lacking, wanted
from bot.workspace.workspace import old_pairs, prefixed, repeated, unfinished
from tests.engine import workspace

CHECKOUT = Path(__file__).parents[2]
BOT_TOML = (CHECKOUT / "config/bot.toml").read_text("utf-8")
TOUCH_TOML = (CHECKOUT / "config/touch.toml").read_text("utf-8")
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
ENVIRON = {
    "HUASHU_CORP_ID": "ww0123456789abcdef",
    "HUASHU_AGENT_ID": "1000002",
    "HUASHU_APP_SECRET": "the-app-secret",
    "HUASHU_CALLBACK_TOKEN": "TheCallbackToken",
    "HUASHU_CALLBACK_AES_KEY": KEY,
    "HUASHU_CALLBACK_TOKEN_OLD": "TheTokenOfBefore",
    "HUASHU_CALLBACK_AES_KEY_OLD": KEY,
    "HUASHU_DUTY": "ZhangSan, LiSi",
    "HUASHU_BOT_ID": "aib-1",
    "HUASHU_BOT_SECRET": "the-bot-secret",
    "HUASHU_BOT_TOKEN": "TheBotToken",
    "HUASHU_BOT_AES_KEY": KEY,
    "HUASHU_SIGNALS_SECRET": "the-signals-secret-of-32-or-more",
    "HUASHU_ARCHIVE_SECRET": "the-archive-secret",
    "HUASHU_PROXY": "http://me:proxy-password@10.0.0.5:3128",
    "HUASHU_INBOX_URL": "nats://bot:secret@nats.example.com:4222",
    "HUASHU_STORE_URL": "postgres://bot:secret@db.example.com/bot",
}
APP = """
[wecom]
corp_id = "ww0123456789abcdef"
[duty]
members = ["ZhangSan"]
[app]
agent_id = 1000002
secret = "env:HUASHU_APP_SECRET"
callback = { token = "env:HUASHU_CALLBACK_TOKEN", aes_key = "env:HUASHU_CALLBACK_AES_KEY" }
"""
BOT = """
[wecom]
corp_id = "ww0123456789abcdef"
[bot]
id = "aib-1"
"""


def load(
    root: Path, toml: str, *, touch: str = "", environ: Mapping[str, str] = ENVIRON
) -> Settings:
    (root / "config").mkdir(exist_ok=True)
    (root / "config/bot.toml").write_text(toml, "utf-8")
    (root / "config/touch.toml").write_text(touch, "utf-8")
    return Settings.load(root, environ)


def complaints(
    root: Path, toml: str, *, touch: str = "", environ: Mapping[str, str] = ENVIRON
) -> tuple[Complaint, ...]:
    with pytest.raises(ConfigError) as caught:
        load(root, toml, touch=touch, environ=environ)
    return caught.value.complaints


def with_all_defaults_shown(toml: str) -> str:
    """The template with the # taken from everything that may be uncommented."""
    return re.sub(r"^# ?(?=\[|[a-z_]+ = )", "", toml, flags=re.MULTILINE)


def test_the_template_serves_an_app_as_it_stands(tmp_path: Path) -> None:
    settings = load(tmp_path, BOT_TOML, touch=TOUCH_TOML)
    assert settings.app
    assert settings.app.agent_id == 1000002
    assert settings.app.secret.reveal() == "the-app-secret"
    assert settings.app.callback.aes_key.reveal() == KEY
    assert settings.duty.members == ("ZhangSan", "LiSi")
    assert (settings.kf, settings.bot) == (None, None)
    assert settings.fragments == {"kf": 2.0, "app": 0.0, "bot": 0.0}
    assert settings.root == tmp_path


def test_every_line_of_the_template_that_is_commented_out_is_right(tmp_path: Path) -> None:
    toml = with_all_defaults_shown(BOT_TOML)
    assert toml.count("\n# ") < BOT_TOML.count("\n# ")
    settings = load(tmp_path, toml)
    assert settings.kf
    assert settings.kf.handover_to == "pool"
    assert settings.bot
    assert settings.bot.mode == "long_connection"
    assert settings.bot.callback
    assert settings.bot.callback.path == "/callback/bot"
    assert settings.wecom.errcodes == {40096: "S"}


def test_the_touch_template_states_the_platforms_own_limits(tmp_path: Path) -> None:
    stated = load(tmp_path, APP, touch=TOUCH_TOML).platform
    assert stated == Platform()
    for name in Platform.__dataclass_fields__:
        assert re.search(rf"^{name} = ", TOUCH_TOML, re.MULTILINE), name


def test_the_env_example_names_what_the_template_asks_for() -> None:
    named = set(re.findall(r"^(\w+)=", (CHECKOUT / ".env.example").read_text("utf-8"), re.M))
    assert named == set(re.findall(r'= "env:(\w+)"', BOT_TOML)) == set(ENVIRON)


def test_defaults_of_a_small_file(tmp_path: Path) -> None:
    settings = load(tmp_path, BOT + 'secret = "env:HUASHU_BOT_SECRET"')
    assert settings.store.url == "sqlite://var/huashu.db"
    assert settings.server.host == "127.0.0.1"
    assert settings.wecom.api_base == "https://qyapi.weixin.qq.com"
    assert settings.platform == Platform()


def test_a_bot_by_callback_needs_no_secret_and_has_its_own_path(tmp_path: Path) -> None:
    keys = '{ token = "env:HUASHU_BOT_TOKEN", aes_key = "env:HUASHU_BOT_AES_KEY" }'
    settings = load(tmp_path, f'{BOT}mode = "callback"\ncallback = {keys}')
    assert settings.bot
    assert settings.bot.callback
    assert settings.bot.callback.path == "/callback/bot"


def test_one_quiet_time_leaves_the_others(tmp_path: Path) -> None:
    settings = load(tmp_path, f"{APP}\n[fragments]\nkf = 3")
    assert settings.fragments == {"kf": 3.0, "app": 0.0, "bot": 0.0}


def test_dotenv_fills_in_and_never_overrides(tmp_path: Path) -> None:
    environ = {name: ENVIRON[name] for name in ENVIRON if name != "HUASHU_APP_SECRET"}
    lines = "# ours\n\nexport HUASHU_APP_SECRET='from-dotenv'\nHUASHU_CALLBACK_TOKEN=Other\n"
    (tmp_path / ".env").write_text(lines, "utf-8")
    app = load(tmp_path, APP, environ=environ).app
    assert app
    assert app.secret.reveal() == "from-dotenv"
    assert app.callback.token.reveal() == "TheCallbackToken"


def test_a_line_of_dotenv_filled_in_above_another_was_passed_over_in_silence(
    tmp_path: Path,
) -> None:
    lines = "HUASHU_X=1\nHUASHU_Y=1\nHUASHU_X=1\nHUASHU_Y=2\n"
    (tmp_path / ".env").write_text(lines, "utf-8")
    assert [(one.file, one.key) for one in repeated(tmp_path)] == [(".env", "HUASHU_Y")]


@pytest.mark.parametrize("secret", ["“curly”", "the-secret  # of the app", "企业微信"])
def test_a_secret_that_cannot_be_one_waited_for_wecom_to_refuse_it(
    tmp_path: Path, secret: str
) -> None:
    (found,) = complaints(tmp_path, APP, environ={**ENVIRON, "HUASHU_APP_SECRET": secret})
    assert (found.key, secret in str(found)) == ("app.secret", False)
    assert "Secret 里没有" in line(found, "zh")


def test_a_broken_dotenv_line_is_named_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HUASHU_X=1\nhalf-a-secret\n", "utf-8")
    (found,) = complaints(tmp_path, APP)
    assert (found.file, found.key) == (".env", "line 2")
    assert "half-a-secret" not in str(found)


def test_all_complaints_come_together(tmp_path: Path) -> None:
    toml = """
    zone = "Mars"
    [server]
    port = "8080"
    prot = 1
    [wecom]
    corp_id = "env:HUASHU_CORP_ID"
    [app]
    agent_id = 1000002
    secret = "plain"
    """
    found = complaints(tmp_path, toml, touch="kf_messages = 6", environ={})
    assert {(complaint.file, complaint.key) for complaint in found} == {
        ("config/touch.toml", "kf_messages"),
        ("config/bot.toml", "zone"),
        ("config/bot.toml", "server.port"),
        ("config/bot.toml", "server.prot"),
        ("config/bot.toml", "wecom.corp_id"),
        ("config/bot.toml", "app.secret"),
        ("config/bot.toml", "app.callback"),
        ("config/bot.toml", "duty.members"),
    }


@pytest.mark.parametrize(
    ("toml", "key", "told"),
    [
        ("[server]\nprot = 1", "server.prot", "Did you mean port?"),
        ("[servers]", "servers", "Did you mean server?"),
        ("[server]\nxyzzy = 1", "server.xyzzy", "Known here: host, port"),
        ("[server]\nport = true", "server.port", "Write a whole number"),
        ("[server]\nport = 70000", "server.port", "Use 0 to 65535"),
        ('[server]\npublic_url = "http://bot.example.com"', "server.public_url", "https://"),
        ("[company]\nname = 5", "company.name", "is a whole number. Write a text"),
        ("server = 5", "server", "Write a table"),
        ("[inbox]\nkeep_days = 1.5", "inbox.keep_days", "is a number. Write a whole number"),
        ('[inbox]\nstale_after_s = "x"', "inbox.stale_after_s", "Write a number"),
        ("[inbox]\nkeep_days = 0", "inbox.keep_days", "Use a number above 0"),
        ('[logging]\nlevel = "LOUD"', "logging.level", "Use DEBUG, INFO, WARNING or ERROR"),
        ('zone = "Shanghai"', "zone", "Asia/Shanghai"),
        ('routers = "handlers"', "routers", "Write package:name"),
        ("[fragments]\nmail = 2", "fragments", "Use kf, app and bot"),
        ("[fragments]\nkf = -1", "fragments", "Use kf, app and bot"),
        ('[fragments]\nkf = "1"', "fragments.kf", "Write a number"),
        ('[kf]\nhandover_to = "anyone"', "kf.handover_to", "userid:ZhangSan"),
        ("[kf]\naccounts = [1]", "kf.accounts", "Write a text"),
        ('[kf]\naccounts = "wk1"', "kf.accounts", "Write a list of texts"),
        ('[kf]\nsecret = "plain"', "kf.secret", "env:HUASHU_KF_SECRET"),
        ('[bot]\nid = "b"\nmode = "callback"', "bot.callback", "使用URL回调"),
        ('[bot]\nid = "b"', "bot.secret", "使用长连接"),
        ('[bot]\nsecret = "env:HUASHU_BOT_SECRET"', "bot.id", "Bot ID"),
        ('[store]\nurl = "postgres://me:pw@db/huashu"', "store.url", "must not stand in a file"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_cure(
    tmp_path: Path, toml: str, key: str, told: str
) -> None:
    head, table, rest = toml.partition("[")
    (found,) = complaints(tmp_path, f"{head}\n{APP}\n{table}{rest}")
    assert (found.file, found.key) == ("config/bot.toml", key)
    assert told in str(found)


@pytest.mark.parametrize(
    ("old", "new", "key", "told"),
    [
        ('corp_id = "ww0123456789abcdef"', "", "wecom.corp_id", "企业ID"),
        ('"ww0123456789abcdef"', '""', "wecom.corp_id", "begins with ww"),
        ('"ww0123456789abcdef"', '"1000002"', "wecom.corp_id", "look like an AgentId"),
        ("[wecom]", '[wecom]\napi_base = "http://a.example"', "wecom.api_base", "https://"),
        ("[wecom]", '[wecom]\nerrcodes = { x = "S" }', "wecom.errcodes.x", "whole number"),
        (
            "[wecom]",
            '[wecom]\nerrcodes = { 1 = "Q" }',
            "wecom.errcodes",
            "Use T B W F P S C M or E",
        ),
        ('["ZhangSan"]', "[]", "duty.members", "Name a userid"),
        ('["ZhangSan"]', '["LiSi", "张三"]', "duty.members", "not by the name"),
        ('members = ["ZhangSan"]', "", "duty.members", "nobody is on duty"),
        ("1000002", '"env:HUASHU_CORP_ID"', "app.agent_id", "Write a whole number"),
        ("env:HUASHU_APP_SECRET", "env:NOT_THERE", "app.secret", "NOT_THERE is not set"),
        ("env:HUASHU_APP_SECRET", "in the open", "app.secret", "env:HUASHU_APP_SECRET"),
        ("env:HUASHU_CALLBACK_TOKEN", "env:HUASHU_APP_SECRET", "app.callback.token", "32 letters"),
        ("HUASHU_CALLBACK_AES_KEY", "HUASHU_APP_SECRET", "app.callback.aes_key", "43 letters"),
        ("{ token", '{ path = "callback", token', "app.callback.path", "/callback/app"),
    ],
)
def test_a_mistake_in_what_is_needed(
    tmp_path: Path, old: str, new: str, key: str, told: str
) -> None:
    (found,) = complaints(tmp_path, APP.replace(old, new))
    assert found.key == key
    assert told in str(found)


@pytest.mark.parametrize("comma", [",", "，", "、", " , ", "，　"])
def test_chinese_commas_part_a_list_too(tmp_path: Path, comma: str) -> None:
    toml = APP.replace('["ZhangSan"]', '"env:HUASHU_DUTY"')
    environ = {**ENVIRON, "HUASHU_DUTY": f"WangFang{comma}LiMing{comma}"}
    assert load(tmp_path, toml, environ=environ).duty.members == ("WangFang", "LiMing")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("HUASHU_AGENT_ID", "S3cr3t", "6 characters that cannot be used. Write a whole number"),
        ("HUASHU_AGENT_ID", "S3cr3t", "Admin console: 应用管理 → the app → AgentId"),
        ("HUASHU_AGENT_ID", "0", "characters that cannot be used. Use a number above 0"),
        ("HUASHU_AGENT_ID", KEY, "HUASHU_AGENT_ID holds 43 characters that cannot be used"),
        ("HUASHU_CORP_ID", "1000002", "HUASHU_CORP_ID holds 7 characters that cannot be used"),
        ("HUASHU_CORP_ID", "S3cr3t", "The 企业ID begins with ww; digits alone look like an"),
        ("HUASHU_CORP_ID", "S3cr3t", "Admin console: 我的企业 → 企业信息 → 企业ID"),
        ("HUASHU_CALLBACK_AES_KEY", KEY[1:], "HUASHU_CALLBACK_AES_KEY holds 42 characters"),
        ("HUASHU_CALLBACK_TOKEN", "to/ken", "HUASHU_CALLBACK_TOKEN holds 6 characters"),
        ("HUASHU_DUTY", "S3cr3t/", "7 characters that cannot be used. Name a userid"),
        ("HUASHU_DUTY", "，", "Admin console: 通讯录 → the member → 账号"),
    ],
)
def test_a_variable_is_named_and_no_secret_shown(
    tmp_path: Path, name: str, value: str, told: str
) -> None:
    (found,) = complaints(tmp_path, BOT_TOML, environ={**ENVIRON, name: value})
    assert told in str(found)
    assert found.problem == f"{name} holds {len(value)} characters that cannot be used"
    assert len(value) < 5 or value not in str(found)


def test_a_choice_from_a_variable_is_told_by_its_name(tmp_path: Path) -> None:
    toml = f'{APP}\n[logging]\nlevel = "env:HUASHU_DUTY"'
    (found,) = complaints(tmp_path, toml, environ={**ENVIRON, "HUASHU_DUTY": "S3cr3t"})
    assert "HUASHU_DUTY holds 6 characters that cannot be used. Use DEBUG" in str(found)


def test_a_value_behind_env_is_no_name_and_not_shown(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path, APP.replace("env:HUASHU_APP_SECRET", f"env:{KEY}"))
    assert (found.key, KEY in str(found)) == ("app.secret", False)
    assert 'Write "env:HUASHU_APP_SECRET" here' in found.cure


def test_nothing_to_listen_to(tmp_path: Path) -> None:
    found = complaints(tmp_path, '[wecom]\ncorp_id = "ww1"\n[kf]')
    assert [complaint.key for complaint in found] == ["app", "kf"]


def test_two_callbacks_cannot_share_a_path(tmp_path: Path) -> None:
    keys = 'token = "env:HUASHU_BOT_TOKEN", aes_key = "env:HUASHU_BOT_AES_KEY"'
    bot = f'[bot]\nid = "b"\nmode = "callback"\ncallback = {{ path = "/callback/app", {keys} }}'
    (found,) = complaints(tmp_path, f"{APP}\n{bot}")
    assert found.key == "bot.callback.path"


def test_an_old_pair_may_stand_beside_the_new_one_and_is_warned_of(tmp_path: Path) -> None:
    old = '{ token = "env:HUASHU_BOT_TOKEN", aes_key = "env:HUASHU_BOT_AES_KEY" }'
    settings = load(tmp_path, APP.replace("callback = { ", f"callback = {{ old = {old}, "))
    assert settings.app
    assert settings.app.callback.old
    assert settings.app.callback.old.token.reveal() == "TheBotToken"
    (told,) = old_pairs(settings)
    assert (told.key, "each page of the console" in told.cure) == ("app.callback.old", True)
    assert not [*old_pairs(load(tmp_path, APP))]
    half = APP.replace("callback = { ", 'callback = { old = { token = "env:HUASHU_BOT_TOKEN" }, ')
    (found,) = complaints(tmp_path, half)
    assert (found.key, found.problem) == ("app.callback.old.aes_key", "is missing")


def test_a_folder_that_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="huashu init"):
        Settings.load(tmp_path, {})


def test_bad_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path, "[wecom]\ncorp_id = ww1\n")
    assert "line 2" in found.problem


@given(data=st.data())
def test_a_limit_may_be_stricter_and_never_looser(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ours = {
        *("welcome_margin_s", "callback_tries_s"),
        *("mass_remind_h", "mass_remind_from", "mass_remind_to"),
    }
    limits = [name for name in Platform.__dataclass_fields__ if name not in ours]
    name = data.draw(st.sampled_from(limits))
    ceiling = getattr(Platform(), name)
    value = data.draw(st.integers(-5, 2 * int(ceiling)))
    root = tmp_path_factory.getbasetemp() / "limits"  # above it every test would find a config/
    root.mkdir(exist_ok=True)
    touch = f"welcome_margin_s = 0\n{name} = {value}"
    if 0 < value <= ceiling:
        assert getattr(load(root, APP, touch=touch).platform, name) == value
    else:
        (found,) = complaints(root, APP, touch=touch)
        assert (found.file, found.key) == ("config/touch.toml", name)
        assert "developer.work.weixin.qq.com/document/path/" in found.cure


def test_the_margin_must_leave_time_for_the_welcome(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path, APP, touch="welcome_s = 3\nwelcome_margin_s = 3")
    assert found.key == "welcome_margin_s"


def test_secrets_do_not_show(tmp_path: Path) -> None:
    environ = {**ENVIRON, "HUASHU_STORE_URL": "postgres://me:database-password@db/huashu"}
    toml = with_all_defaults_shown(BOT_TOML)
    toml = toml.replace('"sqlite://var/huashu.db"', '"env:HUASHU_STORE_URL"')
    settings = load(tmp_path, toml, environ=environ)
    shown = f"{settings} {settings!r} {settings.app and settings.app.secret}"
    assert "***" in shown
    apps = ("the-app-secret", "TheCallbackToken", KEY)
    for secret in (
        *apps,
        "TheTokenOfBefore",
        "the-bot-secret",
        "TheBotToken",
        "the-signals-secret",
    ):
        assert secret not in shown
    assert "database-password" not in shown
    assert "proxy-password" not in shown


def test_a_refused_secret_is_not_repeated(tmp_path: Path) -> None:
    toml = APP.replace("env:HUASHU_APP_SECRET", "secret-in-the-open")
    found = complaints(tmp_path, toml, environ={**ENVIRON, "HUASHU_CALLBACK_TOKEN": "to/ken"})
    assert len(found) == 2
    assert "in-the-open" not in str(found)
    assert "to/ken" not in str(found)


def test_a_proxy_is_http_and_its_password_is_in_no_file(tmp_path: Path) -> None:
    for url, problem in (("10.0.0.5:3128", "http://"), ("http://me:pw@10.0.0.5", "HUASHU_PROXY")):
        (found,) = complaints(tmp_path, APP.replace("[wecom]", f'[wecom]\nproxy = "{url}"'))
        assert found.key == "wecom.proxy"
        assert problem in found.cure


def test_secrets_compare_by_value() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a") != "a"


def test_whoever_is_on_duty_is_so_in_any_case() -> None:
    """HUASHU_DUTY in another case than WeCom's: no to-dos of the duty in the sidebar."""
    duty = Duty(members=("WangFang",))
    assert duty.has("wangfang")
    assert not duty.has("wang")
    stand_ins = StandIns(holders={"wangfang": "liming"})
    assert stand_ins.left_of(["WangFang", "chen"]) == ["chen"]


def test_several_machines_need_a_postgresql_and_no_smart_bot(tmp_path: Path) -> None:
    shared = '[inbox]\nurl = "nats://127.0.0.1:4222"\n'
    bot = '[bot]\nid = "b"\nsecret = "env:HUASHU_BOT_SECRET"\n'
    found = complaints(tmp_path, APP + shared + bot)
    assert [one.key for one in found] == ["inbox.url", "bot"]
    store = '[store]\nurl = "env:HUASHU_STORE_URL"\n'
    assert load(tmp_path, APP + shared + store).inbox.partitions == 16
    (one,) = complaints(tmp_path, f'{APP}{store}[inbox]\nurl = "nats://bot:secret@127.0.0.1"\n')
    assert (one.key, one.problem) == ("inbox.url", "a password must not stand in a file")


def test_drivers_that_an_upgrade_left_as_they_were_were_not_told_of(tmp_path: Path) -> None:
    assert wanted().keys() == {"asyncpg", "nats-py"}
    assert lack("asyncpg", "0.1") == ""
    old, none = lack("asyncpg", "99.0"), lack("no-such-driver", "1")
    assert "too old, this version wants 99.0" in old
    assert words(Complaint("", "", none, INSTALL), "zh")[0] == "没有装 no-such-driver"
    shared = '[store]\nurl = "env:HUASHU_STORE_URL"\n[inbox]\nurl = "nats://127.0.0.1:4222"\n'
    assert [*lacking(load(tmp_path, APP + shared))] == []


def test_a_database_at_hand_on_one_machine_was_told_as_another_secret(tmp_path: Path) -> None:
    """One says localhost where the other says its name: for good, and nothing was wrong."""
    lines = [f"{name}={value}\n" for name, value in ENVIRON.items()]
    (tmp_path / ".env").write_text("".join(lines), "utf-8")
    compared = Secrets.of(load(tmp_path, APP)).values
    assert compared["HUASHU_APP_SECRET"] == "the-app-secret"
    addresses = {"HUASHU_PROXY", "HUASHU_INBOX_URL", "HUASHU_STORE_URL"}
    assert ENVIRON.keys() - compared.keys() == addresses


@pytest.mark.parametrize(("path", "found"), [("", 0), ("/", 0), ("/wecom", 1), ("/a/b/", 1)])
def test_an_address_below_a_path_is_warned_of(tmp_path: Path, path: str, found: int) -> None:
    """Callbacks came through, and every page lost its looks and its links."""
    more = f'[server]\npublic_url = "https://bot.example.com{path}"'
    told = [*prefixed(load(tmp_path, f"{APP}\n{more}"))]
    assert [one.key for one in told] == ["server.public_url"] * found


def test_keys_that_open_every_chat_could_be_read_by_others(tmp_path: Path) -> None:
    """Of .env alone it was told."""
    archive = '[archive]\nsecret = "env:ARCHIVE_SECRET"'
    loaded = workspace(tmp_path, more=archive)
    (tmp_path / "archive_keys").mkdir()
    for name, mode in (("1.pem", 0o644), ("2.pem", 0o600)):
        (tmp_path / "archive_keys" / name).touch(mode)
    every = unfinished(tmp_path, "scripts_library", loaded, ())
    told = [one for one in every if one.key == "mode"]
    assert [one.cure for one in told] == ["chmod 600 archive_keys/1.pem"]
