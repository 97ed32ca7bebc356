"""Whether somebody who was invited counts. Pure: the same facts give the same answer, in whatever
order they came."""

from dataclasses import dataclass
from typing import Final

from bot.referral.book import Campaign
from bot.store.states import InvitationState

NEVER: Final = 1e18  # Unix seconds
AGAIN_S: Final = 3600.0  # a customer who is handed over has no member for a while
REASONS: Final = {
    "self": ("自己邀请自己", "invited themselves"),
    "staff": ("内部人员", "one of our own"),
    "over": ("不在活动期间", "not while it runs"),
    "known": ("早就是客户", "a customer already"),
    "same": ("同一个人换了号", "the same person by another account"),
    "left": ("没等到时间就删了好友", "left too early"),
    "burst": ("短时间内太多", "too many within an hour"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """What is known of one invitation. Moments are Unix seconds."""

    inviter: str
    invitee: str
    added_at: float
    left_at: float | None  # since then no member has had them
    friend: bool  # a member has them now
    known: bool  # they were a customer before, or were invited before
    same: bool  # a customer from before is the same person
    inviter_too: bool  # and that customer is who invited them
    earlier: int  # brought by the same inviter in the hour before
    tags: frozenset[str]
    accepted: bool  # by a person, whatever the hour


@dataclass(frozen=True, slots=True)
class Verdict:
    state: InvitationState
    reason: str = ""
    due_at: float = NEVER  # when it is to be looked at again


def judge(
    one: Invited, campaign: Campaign, now: float, *,
    span: tuple[float, float], staff: frozenset[str],
) -> Verdict:  # fmt: skip
    """
    Args:
        span: from when until when the campaign runs.
        staff: userids.
    """
    if reason := _refused(one, campaign, span, staff):
        return Verdict(InvitationState.REFUSED, reason)
    counts_at = one.added_at + campaign.wait_h * 3600
    if one.left_at is not None and one.left_at < counts_at:
        return Verdict(InvitationState.REFUSED, "left")
    if one.earlier >= campaign.per_hour and not one.accepted:
        return Verdict(InvitationState.HELD, "burst")
    if now < counts_at:
        return Verdict(InvitationState.WAITING, due_at=counts_at)
    if one.left_at is None and not one.friend:
        return Verdict(InvitationState.WAITING, due_at=now + AGAIN_S)
    return Verdict(InvitationState.COUNTS)


def _refused(
    one: Invited, campaign: Campaign, span: tuple[float, float], staff: frozenset[str]
) -> str:
    first, end = span
    if one.invitee == one.inviter or one.inviter_too:
        return "self"
    if one.invitee in staff or not one.tags.isdisjoint(campaign.not_for):
        return "staff"
    if not first <= one.added_at < end:
        return "over"
    if one.known:
        return "known"
    return "same" if one.same else ""
