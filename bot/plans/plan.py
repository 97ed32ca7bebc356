"""What a plan says. Values only: whom it means is a condition, occasions.py computes when."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from bot.plans.condition import EVERYONE, Node
from bot.touch.calendar.rules import Rule
from bot.touch.touch import Receiver, Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One wording for those who fit; of several choices the first that fits is said."""

    segment: str = ""  # "" = all others
    whom: Node = EVERYONE
    script: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """When on its day a message is wanted, and until when it is worth anything.

    Whether it may be sent then is for the policy to say.
    """

    start: time | None = None  # None: in any window of the day
    end: time | None = None  # exclusive; None: until the day ends
    deadline_days: int = 0  # after its day
    deadline_at: time | None = None  # None: until that day ends

    def begins(self, day: date, zone: ZoneInfo) -> datetime:
        return datetime.combine(day, self.start or time(), zone)

    def ends(self, day: date, zone: ZoneInfo) -> datetime:
        return _moment(day, self.end, zone)

    def deadline(self, day: date, zone: ZoneInfo) -> datetime:
        return _moment(day + timedelta(days=self.deadline_days), self.deadline_at, zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnOccasion:
    """Each year's festival, solar term or company day, or some days before (< 0) or after."""

    occasion: str
    days: int = 0
    # For the digest: the company may move a day of its own after it was planned for.
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDate:
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCron:
    """The days of a cron line, and its time of day if the plan names no hours."""

    line: str


When = OnOccasion | OnDate | OnCron


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What all four kinds have in common."""

    id: str  # the file's name: config/plans/ID.toml
    title: str
    scenario: Scenario

    @property
    def digest(self) -> str:
        """Changes as soon as the plan, or a segment or day that it names, says something else."""
        return blake2b(repr(self).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed(Plan):
    """To customers one by one, or about them to the member who serves them."""

    segment: str = ""  # "" = everyone
    whom: Node = EVERYONE
    to: Receiver = "customer"  # or "member"
    stores: tuple[str, ...] = ()  # "all", ids, "tag:华东": their members' customers alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign(Addressed):
    """节日与活动: one message on a day that is the same for all."""

    on: When
    span: Span
    say: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    day: int  # after the event; 0 is its own day
    span: Span
    say: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(Addressed):
    """SOP: steps after an event of the customer's own."""

    after: str  # "added", "silent", or the name of a date: "bought", "tag:VIP"
    after_days: int = 0  # of silence
    ends: tuple[str, ...] = ()  # "answered", "bought"; opting out and complaints always end it
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder(Addressed):
    """提醒: some days before (< 0) or after a date of the customer's own."""

    date: str  # "birthday", "added", or the name of a date: "milk_powder"
    days: int = 0
    span: Span
    say: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    title: str
    on: When
    span: Span
    scripts: tuple[str, ...]  # in turn, from the first again each year
    missed: bool = False  # a digest of what was posted that day, where nobody talked of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme(Plan):
    """群节目: the recurring posts of a community (客户群)."""

    groups: tuple[str, ...] = ()  # chat ids
    names: tuple[str, ...] = ()  # patterns of names: "有间好物*宝妈群"
    posts: tuple[Post, ...]


def scripts_of(plan: Plan) -> tuple[str, ...]:
    """The ids of all that a plan says."""
    match plan:
        case Campaign() | Reminder():
            return tuple(choice.script for choice in plan.say)
        case Sequence():
            return tuple(choice.script for step in plan.steps for choice in step.say)
        case Programme():
            return tuple(script for post in plan.posts for script in post.scripts)
    return ()


def by_calendar(plan: Plan) -> tuple[Campaign | Post, ...]:
    """The parts of a plan that come on the same days for all; none where each customer has their
    own."""
    if isinstance(plan, Campaign):
        return (plan,)
    return plan.posts if isinstance(plan, Programme) else ()


def own_date(plan: Plan) -> str:
    """The date that it counts from, by name, if not every customer has it; else ""."""
    match plan:
        case Reminder(date=name) | Sequence(after=name) if name not in ("added", "silent"):
            return name
    return ""


def _moment(day: date, at: time | None, zone: ZoneInfo) -> datetime:
    """`at` on `day`, or the end of it."""
    if at is None:
        return datetime.combine(day + timedelta(days=1), time(), zone)
    return datetime.combine(day, at, zone)
