"""In which stage (阶段) a customer is, and why. Pure; in SQL: bot/store/customers/stages.py."""

from calendar import month_abbr
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.clock import moment
from bot.files.reader import Rule, setting

_DAYS = Rule(lambda days: 1 <= days <= 3650, "Use 1 to 3650 days")
_TIMES = Rule(lambda number: 1 <= number <= 1000, "Use 1 to 1000 purchases")


class Stage(StrEnum):
    """The stages that the program finds by itself; a company may add its own."""

    NEW = "new"
    ACTIVE = "active"
    BUYING = "buying"
    LOYAL = "loyal"
    SLEEPING = "sleeping"


STAGES = {
    Stage.NEW: ("新客", "new"),
    Stage.ACTIVE: ("活跃", "active"),
    Stage.BUYING: ("成交", "buying"),
    Stage.LOYAL: ("忠诚", "loyal"),
    Stage.SLEEPING: ("沉睡", "sleeping"),
}


def stage_of(word: str, own: Collection[str] = ()) -> str:
    """The stage that somebody wrote as 沉睡 or sleeping; else the word itself.

    Args:
        own: stages of the company's, which go before ours.
    """
    names = {zh: stage.value for stage, (zh, _) in STAGES.items()}
    return word if word in own else names.get(word, word)


def stage_name(stage: str) -> tuple[str, str]:
    """What people call it, in both languages."""
    return next((names for one, names in STAGES.items() if one == stage), (stage, stage))


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRules:
    """When a customer is in which stage; the first that fits: sleeping, loyal, buying, new."""

    sleeping_days: int = setting(90, rule=_DAYS)  # neither wrote, bought, nor was added
    loyal_purchases: int = setting(3, rule=_TIMES)  # so many
    loyal_days: int = setting(365, rule=_DAYS)  # within so long
    buying_days: int = setting(90, rule=_DAYS)  # since they bought last
    new_days: int = setting(14, rule=_DAYS)  # since they were added; who has bought is not new


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """The facts by which a customer is judged. Moments are Unix seconds; 0: never."""

    added: float = 0.0
    heard: float = 0.0
    bought: float = 0.0  # last
    purchases: int = 0  # since `Bounds.loyal`

    @property
    def latest(self) -> float:
        return max(self.added, self.heard, self.bought)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """On one day, since when something counts; Unix seconds."""

    sleeping: float
    loyal: float
    buying: float
    new: float
    year: int  # of the day: dates of it are told without

    @classmethod
    def on(cls, day: date, zone: ZoneInfo, rules: StageRules) -> "Bounds":
        """The day as it begins in `zone`, the company's."""

        def begins(days: int) -> float:
            return datetime.combine(day - timedelta(days=days), time(), zone).timestamp()

        return cls(
            sleeping=begins(rules.sleeping_days), loyal=begins(rules.loyal_days),
            buying=begins(rules.buying_days), new=begins(rules.new_days), year=day.year,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    stage: str  # "" = nothing is known by which to judge
    zh: str = ""  # why
    en: str = ""


def judge(one: Signs, rules: StageRules, bounds: Bounds, zone: ZoneInfo) -> Judged:
    def told(at: float) -> tuple[str, str]:
        day = moment(at).astimezone(zone)
        zh, en = f"{day.month}月{day.day}日", f"{day.day} {month_abbr[day.month]}"
        return (zh, en) if day.year == bounds.year else (f"{day.year}年{zh}", f"{en} {day.year}")

    if not one.latest:
        return Judged(stage="")
    zh, en = told(one.latest)
    if one.latest < bounds.sleeping:
        return Judged(
            stage=Stage.SLEEPING, zh=f"{zh}以后没说过话，也没下过单",
            en=f"has neither written nor bought since {en}",
        )  # fmt: skip
    if one.purchases >= rules.loyal_purchases:
        return Judged(
            stage=Stage.LOYAL, zh=f"{rules.loyal_days} 天内下单 {one.purchases} 次",
            en=f"bought {one.purchases} times within {rules.loyal_days} days",
        )  # fmt: skip
    if one.bought >= bounds.buying:
        zh, en = told(one.bought)
        return Judged(stage=Stage.BUYING, zh=f"{zh}下过单", en=f"bought on {en}")
    if not one.bought and one.added >= bounds.new:
        zh, en = told(one.added)
        return Judged(
            stage=Stage.NEW, zh=f"{zh}刚添加，还没下单", en=f"added on {en}, has not bought yet"
        )
    if one.heard == one.latest:
        return Judged(stage=Stage.ACTIVE, zh=f"{zh}说过话", en=f"wrote on {en}")
    if one.bought == one.latest:
        return Judged(stage=Stage.ACTIVE, zh=f"{zh}下过单", en=f"bought on {en}")
    silent = ("，还没说过话", ", has not written yet") if not one.heard else ("", "")
    return Judged(
        stage=Stage.ACTIVE, zh=f"{zh}添加{silent[0]}", en=f"was added on {en}{silent[1]}"
    )
