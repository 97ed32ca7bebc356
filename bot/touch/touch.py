"""A touch: one message that nobody has just asked for. Values only.

Each has one of the scenarios below; without one it cannot be sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from bot.touch.policy import Refuse, Session


class Scenario(StrEnum):
    """Why a message may be welcome (触达场景); the most important first."""

    REPLY = "reply"  # 客户先开口: the customer wrote first
    AFTER_SALES = "after_sales"  # 售后回访
    REMINDER = "reminder"  # 重要提醒: a renewal, a birthday, what they asked to be told
    HOLIDAY = "holiday"  # 重要节日
    PROMOTION = "promotion"  # 大促
    FREE_MOMENT = "free_moment"  # 客户正有空: just ordered, just left the shop; for a short while
    PERSONAL = "personal"  # 私人话题: a person decides, never the engine alone

    @property
    def rank(self) -> int:
        """0 is the most important; if a cap is short, the lower rank goes first."""
        return _RANKS[self]


_RANKS = {scenario: rank for rank, scenario in enumerate(Scenario)}

Span = Literal["hour", "day", "week", "month"]  # by the company's zone; a week begins on Monday
Receiver = Literal["customer", "member", "group"]  # member: a to-do for whoever serves them


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """What to say to whom, not before when, and until when it is of any use."""

    plan: str  # the id of the plan; "staff:…" for a reminder that a member made
    slot: str  # which occasion of the plan: "2026-09-25", "day3", an order's number
    customer: str  # external_userid; chat_id of a group
    scenario: Scenario
    script: str
    words: str = ""  # digest of what is said: the same never reaches a customer twice in a span
    member: str = ""  # the userid through whom; "" = whoever talked to them last
    to: Receiver = "customer"
    due_at: datetime  # not before
    deadline: datetime  # dropped with a record afterwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much of one subject's caps is used in the periods that contain `now`."""

    hour: int = 0
    day: int = 0
    week: int = 0
    month: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """More important touches that are planned for the same customer, `now` or later."""

    day: int = 0  # today
    week: int = 0  # this week, today included
    month: int = 0
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Another member through whom a customer is written to for the same occasion."""

    member: str  # userid
    sure: bool  # False: it is being judged right now


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a customer when a touch is judged."""

    zone: str = ""  # theirs, IANA; "" = the company's
    members: tuple[
        str, ...
    ] = ()  # who have them as a contact still, who talked to them last first
    moving_to: str = ""  # userid: the customer is handed over, and theirs meanwhile; "" = is not
    session: Session | None = None  # of 微信客服
    account: str = ""  # OpenKfId of that session
    staffed: bool = False  # a person is serving, or has been called
    opted_out_at: datetime | None = None
    braked_at: datetime | None = None  # a complaint; until a person lifts it
    sounds: bool = False  # the opt-out, else the complaint, only sounds so
    free_until: datetime | None = None  # the end of a moment when they surely have time
    best_hours: tuple[int, int] | None = None  # learned from when they write: from, to (exclusive)
    said_at: datetime | None = None  # when these same words reached them last
    # by subject: "customer", "customer:promotion" (per scenario), "mass" (企业群发), "member"
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    ahead: Ahead = Ahead()
    colleague: Colleague | None = None  # has written for the same occasion
    unconfirmed: bool = False  # another mass message for them waits for its member
    being_said: bool = False  # these same words are on their way to them
    against: Refuse | None = None  # their consent, or the plan, that does not mean them any more
