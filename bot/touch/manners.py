"""May we write to somebody who did not ask? One pure function, beside the platform's own limits.

Such a message is a touch. It has a purpose, and none without one is ever sent. Hours, caps and
words come from [manners] in config/touch.toml.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.scripts.script import within
from bot.settings import Manners
from bot.touch.platform import Platform
from bot.touch.policy import STAFFED, Allow, Refuse, Session, Verdict, Via, judge
from bot.touch.policy import Touch as Message


class Purpose(StrEnum):
    """What a touch is for, the most important first."""

    BIRTHDAY = "birthday"
    FESTIVAL = "festival"
    PROMO = "promo"

    @property
    def rank(self) -> int:
        return [*Purpose].index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a customer stands to us when a touch is due. Moments are in the company's zone."""

    via: Via
    staffed: bool = False  # a person is serving, or has been called
    opted_out: bool = False  # they want no more such messages
    complained_at: datetime | None = None  # the last time
    touched: tuple[datetime, ...] = ()  # what they got already
    coming: frozenset[Purpose] = frozenset()  # what else is planned for them today
    session: Session | None = None  # of 微信客服


OPTED_OUT = Refuse(
    "opt_out", "客户说过不要再发，不再主动打扰", "the customer wants no more such messages"
)
COMPLAINED = Refuse(
    "complaint", "客户今天刚投诉过，不发活动", "the customer complained today: no promotion"
)


def judge_touch(
    purpose: Purpose, standing: Standing, manners: Manners, limits: Platform, now: datetime
) -> Verdict:
    """Allow, by the way that is open, or the first reason why not.

    Args:
        now: in the company's zone.
    """
    if standing.opted_out:
        return OPTED_OUT
    if standing.staffed:
        return STAFFED
    today = now.date()
    complained = standing.complained_at is not None and standing.complained_at.date() == today
    if complained and purpose is Purpose.PROMO:
        return COMPLAINED
    start, end = manners.quiet_hours
    if within(now.time(), start, end):
        return Refuse(
            "quiet_hours",
            f"免打扰时段 {manners.quiet}，{end:%H:%M} 以后才可以发",
            f"quiet hours {manners.quiet}: not before {end:%H:%M}",
        )
    if sum(moment.date() == today for moment in standing.touched) >= manners.a_day:
        return Refuse(
            "a_day",
            f"今天已主动联系过 {manners.a_day} 次，不再打扰",
            f"reached out to {manners.a_day} time(s) today already",
        )
    first = min(standing.coming, key=lambda one: one.rank, default=purpose)
    if first.rank < purpose.rank:
        return Refuse(
            "more_important",
            f"今天还有更要紧的（{first.value}），把名额留给它",
            f"something more important is due today ({first.value})",
        )
    if standing.via is Via.SERVICE_SESSION:
        message = Message(via=standing.via, since=now.timestamp())
        return judge(message, standing.session, limits, now.timestamp())
    return Allow(standing.via)


def wants_no_more(text: str, manners: Manners) -> bool:
    """Whether a customer asks us not to write of our own accord any more.

    A word of Latin letters (TD) has to be the whole message.
    """
    said = "".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(".。!！,，~")
    if said in manners.opt_out:
        return True
    for phrase in manners.opt_out_unless:
        said = said.replace(phrase, "")
    return any(word in said for word in manners.opt_out if not word.isascii())
