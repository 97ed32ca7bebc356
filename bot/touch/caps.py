"""How much is enough: caps by subject and span, in dated profiles. Pure.

Periods are in the company's zone; a week begins on Monday.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from bot.touch.policy import Via
from bot.touch.present import periods_of
from bot.touch.touch import Ahead, Receiver, Scenario, Span, Tally

Subject = Literal[
    "customer",  # all that reaches one customer, over all accounts and ways
    "mass",  # 企业群发: what members confirm
    "group",  # posts in one customer group (客户群)
    "member",  # to-dos for one member
    "moment",  # 朋友圈 that one customer sees
]
CorpRule = Literal["month", "week", "day"]  # 群发规则 of the admin console

HOURS: Mapping[Span, int] = {"hour": 1, "day": 24, "week": 168, "month": 31 * 24}
# The most mass messages that a customer can get under each rule (doc 92135).
CEILING: Mapping[CorpRule, Mapping[Span, int]] = {
    "month": {"hour": 31, "day": 31, "week": 31, "month": 31},
    "week": {"hour": 7, "day": 7, "week": 7, "month": 42},
    "day": {"hour": 1, "day": 1, "week": 7, "month": 31},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most so many in a span, or so many hours from one to the next, or both."""

    subject: Subject
    scenario: Scenario | None = None  # of this one alone
    span: Span | None = None
    most: int = 0  # in a span; of no meaning without one
    gap_h: float = 0.0
    platform: bool = False  # WeCom's own

    @property
    def key(self) -> str:
        """The name of its tally in `Facts.tallies`."""
        return f"{self.subject}:{self.scenario}" if self.scenario else self.subject

    def counts(self, scenario: Scenario, via: Via | None, to: Receiver) -> bool:
        """Whether it counts such a touch."""
        match self.subject:
            case "group":
                return to == "group"
            case "member":
                return via is Via.STAFF_NOTICE
            case "mass":  # what goes into groups WeCom counts by group (doc 92135), as we do
                return via is Via.STAFF_TASK and (to != "group" or self.platform)
            case "customer":
                others = scenario is Scenario.REPLY or via is Via.STAFF_NOTICE or to == "group"
                return not others and self.scenario in (None, scenario)
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One set of caps, with a name."""

    name: str
    caps: tuple[Cap, ...] = ()
    corp_rule: CorpRule = "month"

    def all_caps(self, days: int) -> tuple[Cap, ...]:
        """The company's and WeCom's caps, in a month of so many days.

        By WeCom's rule a customer gets as many mass messages in a month as it has days, or, if the
        company chose so, 7 in a week or 1 in a day (doc 92135).
        """
        most = {"month": days, "week": 7, "day": 1}[self.corp_rule]
        mass = Cap(subject="mass", span=self.corp_rule, most=most, platform=True)
        return (*self.caps, mass)


BUILT_IN = Profile(name="default", caps=(Cap(subject="customer", span="day", most=1),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """config/caps.toml."""

    profile: str = BUILT_IN.name  # in force
    profiles: Mapping[str, Profile] = field(default_factory=lambda: {BUILT_IN.name: BUILT_IN})

    @property
    def in_force(self) -> Profile:
        return self.profiles[self.profile]


class Over(NamedTuple):
    """A cap that holds a touch back until `until`."""

    cap: Cap
    why: Literal["used", "gap", "ahead"]  # ahead: reserved for something more important
    used: int
    ahead: int
    until: datetime


def over(
    caps: Iterable[Cap],
    tallies: Mapping[str, Tally],
    ahead: Ahead,
    now: datetime,
    zone: ZoneInfo,
) -> Over | None:
    """The cap that holds it back longest; None: there is room under all of them."""
    found: Over | None = None
    for cap in caps:
        tally = tallies.get(cap.key, NOTHING)
        held = _full(cap, tally, ahead, now, zone) or _too_soon(cap, tally, ahead, now)
        if held is not None and (found is None or held.until > found.until):
            found = held
    return found


NOTHING = Tally()


def _full(cap: Cap, tally: Tally, ahead: Ahead, now: datetime, zone: ZoneInfo) -> Over | None:
    span = cap.span
    if span is None:
        return None
    used = getattr(tally, span)
    planned = 0 if span == "hour" or not yields(cap) else getattr(ahead, span)
    if used + planned < cap.most:
        return None
    until = next_period(span, now, zone)
    return Over(cap, "used" if used >= cap.most else "ahead", used, planned, until)


def _too_soon(cap: Cap, tally: Tally, ahead: Ahead, now: datetime) -> Over | None:
    if not cap.gap_h:
        return None
    gap = timedelta(hours=cap.gap_h)
    if tally.last_at is not None and now < tally.last_at + gap:
        return Over(cap, "gap", 1, 0, tally.last_at + gap)
    if yields(cap) and ahead.next_at is not None and now > ahead.next_at - gap:
        return Over(cap, "ahead", 0, 1, ahead.next_at + gap)
    return None


def yields(cap: Cap) -> bool:
    """Whether more important touches go first under this cap, since it counts other scenarios
    too."""
    return cap.scenario is None and cap.subject in ("customer", "mass")


def counted(moments: Iterable[datetime], now: datetime, zone: ZoneInfo) -> Tally:
    """Of what was sent at `moments`, the counts in the periods that contain `now`."""
    moments = [*moments]
    here = periods_of(now.astimezone(zone))
    told = [periods_of(moment.astimezone(zone)) for moment in moments]
    return Tally(
        hour=sum(one.hour == here.hour for one in told),
        day=sum(one.day == here.day for one in told),
        week=sum(one.week == here.week for one in told),
        month=sum(one.month == here.month for one in told),
        last_at=max(moments, default=None),
    )


def next_period(span: Span, now: datetime, zone: ZoneInfo) -> datetime:
    """When the next hour, day, week or month begins; in UTC."""
    local = now.astimezone(zone)
    if span == "hour":
        hour = local.replace(minute=0, second=0, microsecond=0, fold=0) + timedelta(hours=1)
        return hour.astimezone(UTC)
    return _first_of_next(span, local.date(), zone)


@lru_cache(maxsize=1024)
def _first_of_next(span: Span, today: date, zone: ZoneInfo) -> datetime:
    match span:
        case "month":
            first = today.replace(day=1) + timedelta(monthrange(today.year, today.month)[1])
        case "week":
            first = today + timedelta(7 - today.weekday())
        case _:
            first = today + timedelta(1)
    return datetime(first.year, first.month, first.day, tzinfo=zone).astimezone(UTC)
