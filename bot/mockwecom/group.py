"""One customer group (客户群): who is in it, and what happened in it each day."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """How somebody joined."""

    userid: str  # external_userid of a customer
    at: int
    scene: int  # 1 invited, 2 by an invitation link, 3 by a QR code (doc 92122)
    invitor: str = ""
    state: str = ""  # of the join-group code
    nickname: str = ""


@dataclass(slots=True, kw_only=True)
class Day:
    joined: int = 0
    left: int = 0
    messages: int = 0
    speakers: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Group:
    chat_id: str
    owner: str
    name: str = ""
    created_at: int = 0
    notice: str = ""
    admins: list[str] = field(default_factory=list)
    people: dict[str, Joined] = field(default_factory=dict)  # by userid, in order of joining
    version: str = ""  # member_version
    status: int = 0  # 0 normal, 1 the owner left the company, 2 being inherited, 3 inherited
    dismissed_at: int | None = None
    days: dict[str, Day] = field(default_factory=dict)  # by "2026-03-10"
    before: int = 0  # members before the first of these days
    late: tuple[float, dict[str, Any]] | None = None  # until when groupchat/get shows this

    def day(self, day: str) -> Day:
        return self.days.setdefault(day, Day())

    def members_at(self, day: str) -> int:
        """How many members it had at the end of that day."""
        past = (one for name, one in self.days.items() if name <= day)
        return self.before + sum(one.joined - one.left for one in past)

    def reset(self) -> None:
        """Forget what happened; members stay."""
        self.days.clear()
        self.before, self.late = len(self.people), None


def figures(
    groups: Iterable[Group], days: Iterable[str], zone_day: Callable[[float], str]
) -> dict[str, int]:
    """What groupchat/statistic says of these groups over these days (doc 92133).

    Totals are those of the last day. `zone_day` gives the day of a moment.
    """
    span = sorted(days)
    seen = [one for one in groups if not one.created_at or zone_day(one.created_at) <= span[-1]]
    here = [
        one for one in seen if one.dismissed_at is None or zone_day(one.dismissed_at) > span[-1]
    ]
    happened = [[one.days[day] for day in span if day in one.days] for one in seen]
    return {
        "new_chat_cnt": sum(
            bool(one.created_at) and zone_day(one.created_at) in span for one in seen
        ),
        "chat_total": len(here),
        "chat_has_msg": sum(any(day.messages for day in each) for each in happened),
        "new_member_cnt": sum(day.joined for each in happened for day in each),
        "member_total": sum(one.members_at(span[-1]) for one in here),
        "member_has_msg": sum(
            len(set[str]().union(*(day.speakers for day in each))) for each in happened
        ),
        "msg_total": sum(day.messages for each in happened for day in each),
        "migrate_trainee_chat_cnt": 0,
    }
