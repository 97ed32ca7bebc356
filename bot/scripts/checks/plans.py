"""Complaints about scripts that only wish a good morning or night and that nobody asked for: on a
daily plan they drive customers away."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from bot.errors import Complaint
from bot.files.textfile import parse_toml
from bot.scripts.checks.subject import Subject, complaint, plain
from bot.scripts.script import Script

_MORNING = re.compile(
    r"早安|早上好|早晨好|上午好|清晨好|晨安|早呀|早啊|早[，！~～!。]|新的一天|good\s*morning|晚安|晚上好",
    re.IGNORECASE,
)
# What makes a text worth reading: a thing, a date, a question, an offer, a person who says who.
_NEWS = re.compile(
    r"\d|https?:|[?？]|订单|发货|快递|包裹|优惠|券|满减|折|上新|新品|新款|到货|补货|活动|直播|尺码|门店|下单|付款|退|换|"
    r"节|国庆|生日|新年|元旦|中秋|端午|元宵|周年|预约|报名|课|会员|积分|提醒|通知|我是|这里是|欢迎|款|购|领|试|教|方法|步骤|食谱|打卡|第.{1,3}[天期课]|营业|客服|咨询|问"
)
_DAILY_WORDS = frozenset(
    {"day", "daily", "everyday", "every_day", "每天", "每日", "天天", "1d", "24h", "p1d", "* * *"}
)
_CRON = re.compile(r"\s*\S+\s+\S+\s+(\S+)\s+(\S+)\s+(\S+)(?:\s+\S+)?\s*")
_EVERY = re.compile(r"\*(?:/1)?|\?|1-31|1-12|0-6|1-7|mon-sun", re.IGNORECASE)
_RRULE = re.compile(r"freq=daily(?!.*interval=(?!1\b))", re.IGNORECASE)
_WEEKDAYS = 6  # days a week that a customer takes for daily


def check_plans(subject: Subject) -> Iterator[Complaint]:
    greetings = {script.id: script for script in subject.scripts if only_greets(script)}
    for script in greetings.values():
        if script.category != "system" and not script.examples and not script.keywords:
            yield complaint(
                script,
                "say",
                "it says nothing but good morning or good night, and nobody asked for it",
                "Say what is new today, or take it out: daily greetings cost customers",
            )
    folder = subject.root / "config" / "plans"
    for path in sorted(folder.glob("*.toml")):
        file = f"config/plans/{path.name}"
        try:
            plan = parse_toml(path.read_text("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError):
            continue  # no mistake of a script; told when plans are read
        for key, script_id in daily_scripts(plan):
            if script_id in greetings:
                yield Complaint(
                    file=file,
                    key=key,
                    problem=f"{script_id} says nothing but good morning, every day",
                    cure="Take it out of the plan, or plan something that is news",
                )


def only_greets(script: Script) -> bool:
    """Whether each of its wordings is a greeting for the time of day, and no more than that."""
    if script.attachments:
        return False
    words = [plain(script, variant) for variant in script.say]
    return all(_MORNING.search(text) and not _NEWS.search(text) for text in words)


def daily_scripts(
    table: Mapping[str, Any], above: bool = False, at: str = ""
) -> Iterator[tuple[str, str]]:
    """Every text in the daily parts of a plan, as (key, text): ("post[0].script", "news/milk").

    Args:
        above: whether a table around this one fires daily.
        at: what stands before the keys of this table: "post[0]."
    """
    daily = above or _is_daily(table)
    for name, value in table.items():
        key = f"{at}{name}"
        for number, item in enumerate(value if isinstance(value, list) else [value]):
            place = f"{key}[{number}]" if isinstance(value, list) else key
            if isinstance(item, dict):
                yield from daily_scripts(item, daily, f"{place}.")
            elif isinstance(item, str) and daily:
                yield place, item


def _is_daily(table: Mapping[str, Any]) -> bool:
    return any(_fires_daily(name, value) for name, value in table.items())


def _fires_daily(name: str, value: Any) -> bool:
    if isinstance(value, list):
        days = {str(item).casefold() for item in value}
        return bool(re.search("day|周|星期", name)) and len(days) >= _WEEKDAYS
    if value is True:
        return name.casefold() in _DAILY_WORDS
    if not isinstance(value, str):
        return False
    text = value.strip().casefold()
    if cron := _CRON.fullmatch(text):
        return all(_EVERY.fullmatch(part) for part in cron.groups())
    return (
        text in _DAILY_WORDS
        or bool(_RRULE.search(text))
        or text.startswith(("daily ", "every day", "每天", "每日"))
    )
