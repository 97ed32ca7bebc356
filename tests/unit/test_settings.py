"""Settings: what a complete workspace gives."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.reader import Secret
from bot.handover.stand_ins import StandIns
from bot.settings import Duty
from bot.touch.platform import Platform
from tests.settings import (
    APP,
    BOT,
    BOT_TOML,
    CHECKOUT,
    ENVIRON,
    KEY,
    TOUCH_TOML,
    complaints,
    load,
    with_all_defaults_shown,
)


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


@pytest.mark.parametrize("comma", [",", "，", "、", " , ", "，　"])
def test_chinese_commas_part_a_list_too(tmp_path: Path, comma: str) -> None:
    toml = APP.replace('["ZhangSan"]', '"env:HUASHU_DUTY"')
    environ = {**ENVIRON, "HUASHU_DUTY": f"WangFang{comma}LiMing{comma}"}
    assert load(tmp_path, toml, environ=environ).duty.members == ("WangFang", "LiMing")


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
