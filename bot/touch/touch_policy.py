"""May we write of our own accord, which way, and if not now, when? One pure function.

Asked when a touch is due and again before it is sent. The first rule that fails decides. Answers
to somebody's own message are judged by bot/touch/policy.py alone.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zlib import crc32
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.profile.fields import FieldRule
from bot.touch.caps import Cap, Profile, over
from bot.touch.hours import Best, Days, Hours, TouchChannel, apart, contains, told, told_round
from bot.touch.platform import Platform
from bot.touch.policy import (
    STAFFED,
    Allow,
    Outgoing,
    Refuse,
    Session,
    Via,
    Wait,
    has_ended,
    judge_session,
)
from bot.touch.rules import Manners
from bot.touch.touch import Facts, Receiver, Scenario, Touch
from bot.touch.verdicts import (
    ALLOWED,
    AT_IT,
    BEHIND,
    BEHIND_ANOTHER,
    BEING_SAID,
    NO_OWNER,
    NO_SCENARIO,
    OVER_ALREADY,
    PERSONAL,
    Teller,
    TouchVerdict,
    gone,
    over_told,
    told_by,
)

CHANNELS: Mapping[Via | None, TouchChannel] = {
    Via.SERVICE_SESSION: "kf",
    Via.STAFF_TASK: "contact",
    Via.STAFF_NOTICE: "app",
    None: "",
}
STAFF = "staff:"  # plans that a member made
Called = Callable[[str], str]
SOON = timedelta(minutes=5)  # by then it is known what became of a colleague's
LOOK_AGAIN = timedelta(hours=1)  # at who is handed over; what comes of it is looked at, at once


class TouchPolicy:
    """
    Args:
        manners, profile: the company's rules.
        limits: WeCom's.
        calendar: tells workdays, weekends and holidays apart.
        zone: the company's; days, weeks and months are counted by it.
        fields: of customers, by name: some are only used if the customer agreed.
        called: what people call a member, by userid.
    """

    def __init__(
        self, manners: Manners, profile: Profile, limits: Platform, calendar: Days, zone: ZoneInfo,
        fields: Mapping[str, FieldRule] = MappingProxyType({}), called: Called = str,
    ) -> None:  # fmt: skip
        self.fields, self._called = fields, called
        self.manners, self.profile, self.limits, self.zone = manners, profile, limits, zone
        self.hours = Hours(manners.windows, calendar)
        self._quiet = told_round(manners.windows.quiet)
        self._repeat = timedelta(days=manners.repeat_days)
        self._zones: dict[str, ZoneInfo] = {"": zone}
        self._caps: dict[tuple[Scenario, Via | None, int, bool], tuple[Cap, ...]] = {}

    def judge(
        self, touch: Touch, facts: Facts, now: datetime, *, reserved: bool = False
    ) -> TouchVerdict:
        """
        Args:
            now: aware.
            reserved: it is on its way, so its caps count it already.

        Returns:
            Allow with the way; Wait until a moment that lies before the deadline; or Refuse.
        """
        refused = self._refused(touch, facts, now)
        if refused is not None:
            return refused
        if facts.colleague is not None:
            zh, en = AT_IT
            tell, until = self._teller(touch, facts), now + SOON
            return tell.later("colleague", until, touch.deadline, zh, en)
        via = self.way(touch, facts, now)
        if facts.moving_to and self._nobody(touch, facts, via):
            return self._moving(touch, facts, now)
        held = self._outside(touch, facts, now, via)
        if held is None and not reserved:
            held = self._over(touch, facts, now, via) or self._behind(touch, facts, now, via)
        if held is not None:
            return held
        return ALLOWED[via] if via is not None else self._no_way(touch, facts, now)

    def way(self, touch: Touch, facts: Facts, now: datetime) -> Via | None:
        """The best of the ways that are open at this moment."""
        if touch.to == "member":
            return Via.STAFF_NOTICE
        session = facts.session
        if session is not None and isinstance(self._of_session(session, now), Allow):
            return Via.SERVICE_SESSION
        return Via.STAFF_TASK if facts.members else None

    def caps(
        self, scenario: Scenario, via: Via | None, day: date, to: Receiver = "customer"
    ) -> tuple[Cap, ...]:
        """All caps that count such a touch; `day` is in the company's zone."""
        days = monthrange(day.year, day.month)[1]
        key = scenario, via, days, to == "group"
        found = self._caps.get(key)
        if found is None:
            every = self.profile.all_caps(days)
            found = self._caps[key] = tuple(one for one in every if one.counts(scenario, via, to))
        return found

    def opening(
        self, scenario: Scenario, to: Receiver, zone: str, now: datetime
    ) -> tuple[datetime, datetime] | None:
        """The hours from `now` on in which a message that a member confirms may arrive.

        Args:
            zone: of the customers; "" = the company's.
        """
        channel: TouchChannel = "group" if to == "group" else CHANNELS[Via.STAFF_TASK]
        return self.hours.opening(now, self._zone(zone), scenario, channel)

    # ---- the rules, in their order

    def _refused(self, touch: Touch, facts: Facts, now: datetime) -> Refuse | None:
        """Why it may not be sent at all: a reason that no later moment changes."""
        own = touch.to == "member"  # only a member gets it
        if not touch.scenario:
            return NO_SCENARIO
        if touch.scenario is Scenario.PERSONAL and not own:
            return PERSONAL
        if not (own and touch.plan.startswith(STAFF)):
            braked = self._braked(touch, facts)
            if braked is not None:
                return braked
        if facts.against is not None:
            return facts.against
        if facts.colleague is not None and facts.colleague.sure:
            return told_by(self._called(facts.colleague.member))
        if not own:
            if touch.member and touch.member not in facts.members and not facts.moving_to:
                return gone(touch, facts, self._called(touch.member))
            if facts.staffed and not self._has_ended(facts.session, now):
                return STAFFED
        if now > touch.deadline:
            tell = self._teller(touch, facts)
            zh, en = "已过截止时间 {}，不再发", "it was worth sending until {}"
            return tell.since("deadline", touch.deadline, zh, en)
        own_turn = own or touch.to == "group"  # a programme's posts take turns
        if not own_turn and facts.said_at is not None and now < facts.said_at + self._repeat:
            return self._repeated(touch, facts, facts.said_at)
        if touch.scenario is Scenario.FREE_MOMENT and (
            facts.free_until is None or now > facts.free_until
        ):
            return OVER_ALREADY
        return None

    def _braked(self, touch: Touch, facts: Facts) -> Refuse | None:
        if facts.opted_out_at is not None:
            zh, en = "客户 {} 说过不要再发，不再主动打扰", "the customer wants no more since {}"
            if facts.sounds:
                zh = "客户 {} 听起来不想再收消息，等同事确认，先不主动发"
                en = "it sounds since {} as if they want no more; somebody is to look at it first"
            return self._teller(touch, facts).since("opt_out", facts.opted_out_at, zh, en)
        if facts.braked_at is not None:
            zh = "客户 {} 投诉过，有人处理完、解除之前不主动发"
            en = "the customer complained at {}; we do not write first until a person lifts it"
            if facts.sounds:
                zh = "客户 {} 听起来不满意，等同事确认，先不主动发"
                en = "the customer sounds displeased since {}; somebody is to look at it first"
            return self._teller(touch, facts).since("complaint", facts.braked_at, zh, en)
        return None

    def _repeated(self, touch: Touch, facts: Facts, said_at: datetime) -> Refuse:
        days, again = self.manners.repeat_days, said_at + self._repeat
        zh = f"同样的话 {days:g} 天内不说第二遍，{{}} 起才可以"
        en = f"the same words not twice within {days:g} days: not before {{}}"
        return self._teller(touch, facts).since("repeated", again, zh, en)

    def _outside(
        self, touch: Touch, facts: Facts, now: datetime, via: Via | None
    ) -> Wait | Refuse | None:
        """The verdict if it is outside the hours of the customer, or of the member who gets a
        to-do; None: it is within them."""
        if touch.scenario is Scenario.REPLY:
            return None
        zone, channel = self._zone_of(touch, facts), _channel(touch, via)
        best = _best(touch, facts)
        if self.hours.open_at(now, zone, touch.scenario, channel, best):
            return None
        if self.hours.open_at(now, zone, touch.scenario, channel):  # only not their best hours
            until = self._opening(touch, facts, now, best)
            if until is None or until > touch.deadline:
                return None
            zh = f"客户一般在 {told(_hours_of(best))} 写消息，那时发更合适"
            en = f"they mostly write at {told(_hours_of(best), ', ')}"
            return self._teller(touch, facts).later("best_hours", until, touch.deadline, zh, en)
        until = self._opening(touch, facts, now, best)
        if best and (until is None or until > touch.deadline):
            until = self._opening(touch, facts, now, None)
        return self._closed(touch, facts, now, channel, until)

    def _closed(
        self, touch: Touch, facts: Facts, now: datetime, channel: str, until: datetime | None
    ) -> Wait | Refuse:
        zone = self._zone_of(touch, facts)
        local, tell = now.astimezone(zone), self._teller(touch, facts)
        if contains(self.manners.windows.quiet, local):
            rule = "quiet_hours"
            zh = f"现在 {local:%H:%M}，是免打扰时段 {self._quiet}"
            en = f"it is {local:%H:%M}, in quiet hours {self._quiet}"
        else:
            rule, today = "window", self.hours.on(local.date(), touch.scenario, channel)
            zh = f"现在 {local:%H:%M}，今天可发的时段是 {told(today) or '（没有）'}"
            en = f"it is {local:%H:%M}; open today: {told(today, ', ') or 'never'}"
        return tell.later(rule, until, touch.deadline, zh, en)

    @staticmethod
    def _nobody(touch: Touch, facts: Facts, via: Via | None) -> bool:
        """Whether nobody can send it before the customer is handed over."""
        stranger = touch.member and touch.member not in facts.members
        return via is None or bool(stranger and touch.to != "member")

    def _moving(self, touch: Touch, facts: Facts, now: datetime) -> Wait | Refuse:
        until = max(min(now + LOOK_AGAIN, touch.deadline), now)
        # To whom differs by customer, but a count of many is told in the words of one of them.
        zh, en = "正在交接给另一位同事，交接完成才发", "is being handed over to a colleague first"
        return self._teller(touch, facts).later("handover", until, touch.deadline, zh, en)

    def _over(
        self, touch: Touch, facts: Facts, now: datetime, via: Via | None
    ) -> Wait | Refuse | None:
        caps = self.caps(touch.scenario, via, now.astimezone(self.zone).date(), touch.to)
        held = over(caps, facts.tallies, facts.ahead, now, self.zone) if caps else None
        if held is None:
            return None
        until = self._opening(touch, facts, held.until, _best(touch, facts))
        if until is None or until > touch.deadline:
            until = self._opening(touch, facts, held.until, None)
        rule, zh, en = over_told(held, self.profile.name, touch.to)
        return self._teller(touch, facts).later(rule, until, touch.deadline, zh, en)

    def _behind(
        self, touch: Touch, facts: Facts, now: datetime, via: Via | None
    ) -> Wait | Refuse | None:
        """The verdict while another message waits for the same member, who would confirm both at
        once, so that the customer got both at once; None: none waits."""
        if touch.to == "member" or touch.scenario is Scenario.REPLY:
            return None
        group, day = touch.to == "group", now.astimezone(self.zone).date()
        if facts.being_said and not group:
            rule, words = "repeated", BEING_SAID
        elif facts.unconfirmed and (
            group or any(cap.gap_h for cap in self.caps(touch.scenario, via, day))
        ):
            rule, words = "unconfirmed", BEHIND if group else BEHIND_ANOTHER
        else:
            return None
        until = max(min(now + (SOON if group else LOOK_AGAIN), touch.deadline), now)
        return self._teller(touch, facts).later(rule, until, touch.deadline, *words)

    def _no_way(self, touch: Touch, facts: Facts, now: datetime) -> Refuse:
        if touch.to == "group":
            return NO_OWNER
        session = facts.session
        closed = None if session is None else self._of_session(session, now)
        zh, en = "没有官方通道能送到", "no official way leads there"
        if isinstance(closed, Refuse):
            zh, en = f"{zh}：{closed.zh}，也不是谁的好友", f"{en}: {closed.en}; no member has them"
        else:
            zh, en = f"{zh}：没有成员还是他的好友", f"{en}: no member has them as a contact"
        return Refuse("no_way", zh, en)

    # ---- inside

    def _has_ended(self, session: Session | None, now: datetime) -> bool:
        return session is not None and has_ended(session, self.limits, now.timestamp())

    def _of_session(self, session: Session, now: datetime) -> Allow | Refuse:
        at = now.timestamp()
        outgoing = Outgoing(via=Via.SERVICE_SESSION, since=at)
        return judge_session(outgoing, session, self.limits, at)

    def _opening(
        self, touch: Touch, facts: Facts, at: datetime, best: Best | None
    ) -> datetime | None:
        """The first moment from `at` on at which the way that exists then is open.

        It is put off a little, so that not all messages come at once.
        """
        zone = self._zone_of(touch, facts)
        if touch.scenario is Scenario.REPLY:
            return self._awake(at, zone) if touch.to == "group" else at
        while True:
            via = self.way(touch, facts, at)
            channel = _channel(touch, via)
            found = self.hours.opening(at, zone, touch.scenario, channel, best)
            if found is None:
                return None
            begin, end = found
            if begin == at or self.way(touch, facts, begin) is via:
                break
            at = begin
        chosen = self._put_off(touch, begin, min(end, touch.deadline))
        same = self.way(touch, facts, chosen) is via
        in_time = same and chosen <= touch.deadline
        fits = in_time and self.hours.open_at(chosen, zone, touch.scenario, channel, best)
        return chosen if fits else begin

    def _awake(self, at: datetime, zone: ZoneInfo) -> datetime:
        """The first moment from `at` on outside quiet hours: its owner is asked to confirm it."""
        if not contains(self.manners.windows.quiet, at.astimezone(zone)):
            return at
        found = self.hours.opening(at, zone, Scenario.REMINDER, "group", None)
        return found[0] if found else at

    def _put_off(self, touch: Touch, begin: datetime, end: datetime) -> datetime:
        """A moment soon after `begin`, different for each touch and always the same for one."""
        room = min(self.manners.spread_min * 60, (end - begin).total_seconds() - 1)
        if room <= 0:
            return begin
        share = crc32(f"{touch.plan}|{touch.slot}|{touch.customer}".encode()) / 2**32
        chosen = begin + timedelta(seconds=int(share * room))
        return apart(chosen, self.manners.apart_min * 60, begin)

    def _zone_of(self, touch: Touch, facts: Facts) -> ZoneInfo:
        return self.zone if touch.to == "member" else self._zone(facts.zone)

    def _zone(self, name: str) -> ZoneInfo:
        zone = self._zones.get(name)
        if zone is None:
            try:
                zone = ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                zone = self.zone
            self._zones[name] = zone
        return zone

    def _teller(self, touch: Touch, facts: Facts) -> Teller:
        return Teller(self._zone_of(touch, facts), self.zone)


def _channel(touch: Touch, via: Via | None) -> TouchChannel:
    return "group" if touch.to == "group" else CHANNELS[via]


def _best(touch: Touch, facts: Facts) -> Best | None:
    """Their best hours, if these matter."""
    known = touch.to == "customer" and touch.scenario is not Scenario.FREE_MOMENT
    return facts.best_hours if known else None


def _hours_of(best: Best | None) -> tuple[tuple[int, int], ...]:
    return () if best is None else ((best[0] * 60, best[1] * 60),)
