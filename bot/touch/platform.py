"""What WeCom allows: limits that a company may tighten and never loosen."""

from dataclasses import dataclass
from typing import Any

from bot.files.reader import NOT_NEGATIVE, Rule, setting

_DOCS = "https://developer.work.weixin.qq.com/document/path"
_HOUR = Rule(lambda value: 0 <= value <= 24, "Use an hour of the day, 0 to 24")


def _limit(ceiling: float, page: int) -> Any:
    """A limit of the platform (doc `page`): a company may be stricter, never looser."""
    cure = f"Use more than 0 and at most {ceiling:g}; see {_DOCS}/{page}"
    return setting(ceiling, rule=Rule(lambda value: 0 < value <= ceiling, cure))


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """WeCom's limits (config/touch.toml); the defaults are the documented ceilings."""

    welcome_s: float = _limit(20.0, 92137)
    welcome_margin_s: float = setting(1.0, rule=NOT_NEGATIVE)  # nothing is sent so near the end
    # How far apart WeCom tries a callback again is not documented (90238: three times).
    callback_tries_s: float = setting(120.0, rule=NOT_NEGATIVE)
    contact_text_bytes: int = _limit(4000, 92137)
    contact_attachments: int = _limit(9, 92137)
    mass_customers: int = _limit(10_000, 92135)
    mass_groups: int = _limit(2000, 92135)
    mass_reminders: int = _limit(3, 97610)
    # Ours: when they are reminded.
    mass_remind_h: float = setting(2.0, rule=Rule(lambda value: value > 0, "Use more than 0"))
    mass_remind_from: int = setting(9, rule=_HOUR)
    mass_remind_to: int = setting(18, rule=_HOUR)
    kf_welcome_s: float = _limit(20.0, 95122)
    kf_messages: int = _limit(5, 94677)
    kf_window_h: float = _limit(48.0, 94677)
    kf_text_bytes: int = _limit(2048, 94677)
    kf_menu_items: int = _limit(10, 94677)
    kf_menu_head_bytes: int = _limit(1024, 94677)
    kf_menu_item_bytes: int = _limit(128, 94677)
    app_text_bytes: int = _limit(2048, 90236)
    app_per_minute: int = _limit(30, 90454)
    app_per_hour: int = _limit(1000, 90454)
    bot_text_bytes: int = _limit(20_480, 101031)
    bot_reply_s: float = _limit(3600.0, 101138)
    bot_enter_s: float = _limit(5.0, 101027)
    bot_per_minute: int = _limit(30, 101463)
    bot_per_hour: int = _limit(1000, 101463)
    api_per_minute: int = _limit(10_000, 90454)
    api_per_hour: int = _limit(150_000, 90454)
