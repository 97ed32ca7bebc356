"""A workspace's settings as the template shows them, and the complaints about them."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.errors import Complaint, ConfigError
from bot.settings import Settings

CHECKOUT = Path(__file__).parents[1]
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
    """The template with everything uncommented that may be."""
    return re.sub(r"^# ?(?=\[|[a-z_]+ = )", "", toml, flags=re.MULTILINE)
