"""One mass message (企业群发): who has to confirm it, and what reached whom."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import IntEnum
from typing import Any, Literal

from bot.mockwecom.rules import RuleBook

WECOM_ZONE = timezone(timedelta(hours=8))  # days, weeks and months are Beijing's


class Fate(IntEnum):
    """The `status` of get_groupmsg_send_result (doc 93338)."""

    UNSENT = 0
    SENT = 1
    NO_FRIEND = 2
    OVER_QUOTA = 3


@dataclass(slots=True, kw_only=True)
class Part:
    """What one member has to confirm in the client."""

    fates: dict[str, Fate]  # by customer or group
    confirmed_at: int | None = None


@dataclass(slots=True, kw_only=True)
class MassTask:
    msgid: str
    made_at: float
    chat_type: Literal["single", "group"]
    content: dict[str, Any]  # text and attachments
    parts: dict[str, Part]  # by member
    creator: str = ""  # "" when an API created it
    may_select: bool = False
    cancelled: bool = False
    reminded_at: list[float] = field(default_factory=list)

    @property
    def text(self) -> str:
        return str(self.content.get("text", {}).get("content", ""))

    @property
    def kind(self) -> str:
        return "text" if self.text else str(self.content["attachments"][0]["msgtype"])


class Quota:
    """How many mass messages each customer, or group, may still get (doc 92135)."""

    def __init__(self, rules: RuleBook) -> None:
        self._rules = rules
        self._used: dict[tuple[str, str], int] = {}

    def has_room(self, receiver: str, at: datetime) -> bool:
        day, week, month = periods(at)
        match self._rules["mass_rule"]:
            case 0:
                limit, period = self._rules["mass_per_month"] or days_of_month(at), month
            case 1:
                limit, period = self._rules["mass_per_week"], week
            case _:
                limit, period = self._rules["mass_per_day"], day
        return self._used.get((receiver, period), 0) < limit

    def take(self, receiver: str, at: datetime) -> None:
        """Count in all periods, so that the rule may change meanwhile."""
        for period in periods(at):
            self._used[receiver, period] = self._used.get((receiver, period), 0) + 1


def periods(at: datetime) -> tuple[str, str, str]:
    """The names of the day, the ISO week and the month of `at`, in Beijing."""
    there = at.astimezone(WECOM_ZONE)
    return f"{there:%Y-%m-%d}", f"{there:%G-W%V}", f"{there:%Y-%m}"


def days_of_month(at: datetime) -> int:
    first = at.astimezone(WECOM_ZONE).replace(day=1)
    return ((first + timedelta(days=32)).replace(day=1) - first).days
