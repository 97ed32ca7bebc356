"""Each mistake in the settings is told with its place and its cure, and no secret is shown."""

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.settings import Settings
from bot.telling.complaints import line
from tests.settings import APP, BOT_TOML, ENVIRON, KEY, complaints, load


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
        ('[server]\npublic_url = "https://[bot.example.com]"', "server.public_url", "https://"),
        ('[server]\npublic_url = " https://bot.example.com"', "server.public_url", "https://"),
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


def test_a_folder_that_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="huashu init"):
        Settings.load(tmp_path, {})


def test_bad_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path, "[wecom]\ncorp_id = ww1\n")
    assert "line 2" in found.problem


def test_the_margin_must_leave_time_for_the_welcome(tmp_path: Path) -> None:
    (found,) = complaints(tmp_path, APP, touch="welcome_s = 3\nwelcome_margin_s = 3")
    assert found.key == "welcome_margin_s"


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


def test_several_machines_need_a_postgresql_and_no_smart_bot(tmp_path: Path) -> None:
    shared = '[inbox]\nurl = "nats://127.0.0.1:4222"\n'
    bot = '[bot]\nid = "b"\nsecret = "env:HUASHU_BOT_SECRET"\n'
    found = complaints(tmp_path, APP + shared + bot)
    assert [one.key for one in found] == ["inbox.url", "bot"]
    store = '[store]\nurl = "env:HUASHU_STORE_URL"\n'
    assert load(tmp_path, APP + shared + store).inbox.partitions == 16
    (one,) = complaints(tmp_path, f'{APP}{store}[inbox]\nurl = "nats://bot:secret@127.0.0.1"\n')
    assert (one.key, one.problem) == ("inbox.url", "a password must not stand in a file")
