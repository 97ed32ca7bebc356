"""Ninety days with random customers, plans, profiles and clocks. An independent count, by the wall
clock alone, checks what was allowed, and each delay has to end when it said it would."""

import heapq
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.touch.calendar import Calendar
from bot.touch.caps import Cap, Profile, counted
from bot.touch.hours import Intervals, Windows
from bot.touch.platform import Platform
from bot.touch.policy import Allow, Session, Via, Wait
from bot.touch.present import present
from bot.touch.rules import Manners
from bot.touch.touch import Ahead, Facts, Scenario, Tally, Touch
from bot.touch.touch_policy import TouchPolicy

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar()
START = datetime(2026, 1, 20, tzinfo=UTC)  # 90 days with the Spring Festival and its make-up days
SENT_BY = [one for one in Scenario if one is not Scenario.PERSONAL]
QUIET: Intervals = ((0, 540), (1260, 1440))
WINDOWS = [
    Windows(quiet=QUIET),
    Windows(
        quiet=QUIET,
        tables={
            ("", ""): {"workday": ((480, 690), (1080, 1290)), "holiday": ((660, 720),)},
            ("promotion", ""): {"weekend": ((840, 1020),), "workday": (), "makeup": ((630, 645),)},
            ("", "kf"): {"weekend": ((540, 600),)},
        },
    ),
    Windows(tables={("", ""): {"workday": ((30, 180), (1380, 1440)), "sat": ()}}),
]
CUSTOMER, MASS = "customer", "mass"
PROFILES = [
    Profile(name="none", corp_rule="day"),
    Profile(name="many", corp_rule="week"),
    Profile(
        name="few",
        caps=(
            Cap(subject="customer", span="day", most=1, gap_h=12),
            Cap(subject="customer", span="week", most=2),
            Cap(subject="customer", span="month", most=5),
            Cap(subject="mass", span="month", most=3),
        ),
        corp_rule="week",
    ),
    Profile(
        name="more",
        caps=(
            Cap(subject="customer", span="hour", most=1),
            Cap(subject="customer", span="day", most=3),
            Cap(subject="customer", scenario=Scenario.PROMOTION, span="week", most=1),
            Cap(subject="customer", scenario=Scenario.HOLIDAY, gap_h=50),
            Cap(subject="customer", span="week", most=5),
        ),
    ),
]


@dataclass(slots=True, kw_only=True)
class Person:
    """What happens to one customer."""

    zone: str
    opted_out: datetime
    braked: datetime
    heard: datetime
    best: tuple[int, int] | None
    friends: bool
    sent: list[tuple[datetime, Touch, Via]] = field(default_factory=list)
    waiting: list[Touch] = field(default_factory=list)  # not sent and not dropped yet


def moments(first: int, last: int) -> st.SearchStrategy[datetime]:
    minutes = st.integers(first * 24 * 60, last * 24 * 60)
    return minutes.map(lambda minute: START + timedelta(minutes=minute))


FAR = START + timedelta(days=400)
PEOPLE = st.builds(
    Person,
    zone=st.sampled_from(["", "America/New_York", "Australia/Lord_Howe", "America/Santiago"]),
    opted_out=st.sampled_from([FAR] * 3 + [START + timedelta(days=day) for day in (2, 40)]),
    braked=st.just(FAR) | moments(5, 90),
    heard=moments(0, 90),
    best=st.none() | st.tuples(st.integers(0, 23), st.integers(1, 24)),
    friends=st.sampled_from([True, True, True, False]),
)
Draft = tuple[Scenario, datetime, int, int, int]


def drafts_within(days: int) -> st.SearchStrategy[list[Draft]]:
    """Scenario, due, hours it is worth something, words, minutes until somebody looks at it."""
    worth, late = st.integers(1, 30 * 24), st.sampled_from([0, 0, 1, 50, 700])
    words = st.integers(0, 200)
    draft = st.tuples(st.sampled_from(SENT_BY), moments(0, days), worth, words, late)
    return st.lists(draft, min_size=10, max_size=30)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    person=PEOPLE,
    drafts=st.sampled_from([3, 10, 90]).flatmap(drafts_within),
    windows=st.sampled_from(WINDOWS),
    profile=st.sampled_from(PROFILES),
)
def test_nothing_that_is_allowed_pesters(
    person: Person,
    drafts: list[Draft],
    windows: Windows,
    profile: Profile,
) -> None:
    person = replace(person, sent=[], waiting=[])
    manners = Manners(windows=windows, repeat_days=20)
    policy = TouchPolicy(manners, profile, Platform(), CALENDAR, SHANGHAI)
    person.waiting = [
        Touch(
            plan="p", slot=str(number), customer="wm1", scenario=scenario, script="s",
            words=str(words), due_at=due, deadline=due + timedelta(hours=worth),
        )
        for number, (scenario, due, worth, words, _) in enumerate(drafts)
    ]  # fmt: skip
    run(policy, person, [timedelta(minutes=late) for *_, late in drafts])
    for number, (at, touch, via) in enumerate(person.sent):
        assert isinstance(touch.scenario, Scenario)
        assert touch.due_at <= at <= touch.deadline
        assert at < min(person.opted_out, person.braked)
        before = person.sent[:number]
        assert all(
            old.words != touch.words or at - when >= timedelta(days=20) for when, old, _ in before
        )
        assert is_open(windows, at, person.zone, touch.scenario, via)
        for cap in (*profile.caps, PLATFORM[profile.corp_rule]):
            assert keeps(cap, at, touch, via, before)
    assert len(person.sent) + len(person.waiting) <= len(drafts)


def run(policy: TouchPolicy, person: Person, late: list[timedelta]) -> None:
    """Every touch when it is due, or later, and again when it was told to."""
    queue = [(touch.due_at + late[int(touch.slot)], int(touch.slot)) for touch in person.waiting]
    by_number = {int(touch.slot): touch for touch in person.waiting}
    heapq.heapify(queue)
    while queue:
        now, number = heapq.heappop(queue)
        touch = by_number[number]
        known = facts(person, touch, now)
        match policy.judge(touch, known, now):
            case Allow(via):
                room(policy.profile, person, touch, now)
                person.waiting.remove(touch)
                person.sent.append((now, touch, via))
            case Wait(until, rule):
                assert now < until <= touch.deadline
                again = policy.judge(touch, alone(person, touch, until), until)
                assert isinstance(again, Allow) or again.rule != rule
                heapq.heappush(queue, (until + late[number], number))
            case refused:
                assert refused.zh
                assert refused.en
                person.waiting.remove(touch)


def facts(person: Person, touch: Touch, now: datetime) -> Facts:
    higher = [
        one
        for one in person.waiting
        if one.scenario.rank < touch.scenario.rank and one.due_at >= now
    ]
    here = present(now, SHANGHAI)
    spans = [present(one.due_at, SHANGHAI) for one in higher]
    ahead = Ahead(
        day=sum(one.day == here.day for one in spans),
        week=sum(one.week == here.week for one in spans),
        month=sum(one.month == here.month for one in spans),
        next_at=min((one.due_at for one in higher), default=None),
    )
    return replace(alone(person, touch, now), ahead=ahead)


def alone(person: Person, touch: Touch, now: datetime) -> Facts:
    """What is known when nothing else is planned."""
    said = [at for at, old, _ in person.sent if old.words == touch.words]
    tallies: dict[str, Tally] = {
        "mass": counted([at for at, _, via in person.sent if via is Via.STAFF_TASK], now, SHANGHAI)
    }
    reached = [one for one in person.sent if one[1].scenario is not Scenario.REPLY]
    tallies["customer"] = counted([at for at, _, _ in reached], now, SHANGHAI)
    for scenario in SENT_BY:
        own = [at for at, old, _ in reached if old.scenario is scenario]
        tallies[f"customer:{scenario}"] = counted(own, now, SHANGHAI)
    heard = person.heard.timestamp() if person.heard <= now else 0.0
    return Facts(
        zone=person.zone,
        members=("LiMing",) if person.friends else (),
        session=Session(heard_at=heard),
        opted_out_at=person.opted_out if person.opted_out <= now else None,
        braked_at=person.braked if person.braked <= now else None,
        free_until=touch.due_at + timedelta(hours=2),
        best_hours=person.best,
        said_at=max(said, default=None),
        tallies=tallies,
    )


# ---- the same rules, written once more


def is_open(windows: Windows, at: datetime, zone: str, scenario: Scenario, via: Via) -> bool:
    if scenario is Scenario.REPLY:
        return True
    local = at.astimezone(ZoneInfo(zone) if zone else SHANGHAI)
    minute = local.hour * 60 + local.minute
    if any(begin <= minute < end for begin, end in windows.quiet):
        return False
    channel = {Via.SERVICE_SESSION: "kf", Via.STAFF_TASK: "contact"}[via]
    for day in names_of(local.date()):
        for place in ((scenario, channel), (scenario, ""), ("", channel), ("", "")):
            intervals = windows.tables.get((str(place[0]), place[1]), {}).get(day)
            if intervals is not None:
                return any(begin <= minute < end for begin, end in intervals)
    return True


def names_of(day: date) -> list[str]:
    match CALENDAR.day(day).kind:
        case "holiday":
            return ["holiday", "weekend"]
        case "makeup":
            return ["makeup", "workday"]
        case kind:
            return [day.strftime("%a").lower(), kind]


PLATFORM = {
    "month": Cap(subject="mass", span="month", most=31, platform=True),
    "week": Cap(subject="mass", span="week", most=7),
    "day": Cap(subject="mass", span="day", most=1),
}
PATTERNS = {"hour": "%F %H", "day": "%F", "week": "%G-%V", "month": "%Y-%m"}


def keeps(
    cap: Cap, at: datetime, touch: Touch, via: Via, before: list[tuple[datetime, Touch, Via]]
) -> bool:
    """Whether this one, after those before it, is still within `cap`."""

    def counts(one: Touch, by: Via) -> bool:
        if cap.subject == "mass":
            return by is Via.STAFF_TASK
        return one.scenario is not Scenario.REPLY and cap.scenario in (None, one.scenario)

    if not counts(touch, via):
        return True
    others = [when.astimezone(SHANGHAI) for when, one, by in before if counts(one, by)]
    if others and at - max(others) < timedelta(hours=cap.gap_h):
        return False
    if cap.span is None:
        return True
    pattern = PATTERNS[cap.span]
    most = cap.most
    if cap.platform:  # as many as this month has days
        following = (at.astimezone(SHANGHAI).replace(day=28) + timedelta(days=4)).replace(day=1)
        most = (following - timedelta(days=1)).day
    now = at.astimezone(SHANGHAI).strftime(pattern)
    return [when.strftime(pattern) for when in others].count(now) < most


def room(profile: Profile, person: Person, touch: Touch, now: datetime) -> None:
    """What is more important and still to come today has its slot left."""
    if touch.scenario is Scenario.REPLY:
        return
    today = now.astimezone(SHANGHAI).strftime("%F")
    used = sum(
        at.astimezone(SHANGHAI).strftime("%F") == today and one.scenario is not Scenario.REPLY
        for at, one, _ in person.sent
    )
    planned = sum(
        one.due_at.astimezone(SHANGHAI).strftime("%F") == today
        for one in person.waiting
        if one.scenario.rank < touch.scenario.rank and one.due_at >= now
    )
    for cap in profile.caps:
        if (cap.subject, cap.scenario, cap.span) == ("customer", None, "day"):
            assert used + planned + 1 <= cap.most
