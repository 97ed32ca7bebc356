"""May I write to this customer now, and if not, when, and why not? It only reads."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.store.sql import Database
from bot.store.states import TouchState
from bot.store.touch.facts import facts_of
from bot.store.touch.ledger import Ledger, subject_of
from bot.store.touch.records import TouchRecord, planned_for, settled_of
from bot.touch.caps import Cap, counted
from bot.touch.policy import Allow, Refuse, Via, Wait
from bot.touch.present import present
from bot.touch.touch import Ahead, Facts, Tally, Touch
from bot.touch.touch_policy import TouchPolicy
from bot.touch.verdicts import TouchVerdict

WORTH = timedelta(days=62)  # if it is not allowed by then, the answer is no
MOST = 40  # rules in a row that may put it off
EARLIER = 10  # touches that have ended, as many as one looks at


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One cap, and how much of it is used at that moment."""

    cap: Cap
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """`verdict` is that of `at`; `allowed_at` the first moment at which nothing speaks against it,
    by what is planned so far. None: there is none before its deadline."""

    touch: Touch
    at: datetime
    verdict: TouchVerdict
    allowed_at: datetime | None
    way: Via | None  # at that moment
    member: str  # through whom, "" where nobody has a part in it
    held: tuple[Wait | Refuse, ...]  # what puts it off, or rules it out, in order
    profile: str
    used: tuple[Used, ...]
    last_at: datetime | None  # when they got anything last
    planned: tuple[TouchRecord, ...]
    ended: tuple[TouchRecord, ...]


class Adviser:
    """
    Args:
        now: the real one.
    """

    def __init__(self, database: Database, policy: TouchPolicy, now: datetime) -> None:
        self._database, self._policy, self._now = database, policy, now
        self._ledger = Ledger(database)

    async def advise(self, touch: Touch, at: datetime) -> Advice:
        """
        Args:
            touch: what one would like to say; its deadline counts.
            at: when.
        """
        planned = await planned_for(self._database, touch.customer)
        coming = [one for one in planned if not one.paused]
        held: list[Wait | Refuse] = []
        moment, allowed_at = at, None
        verdict, facts = await self._judge(touch, coming, moment)
        first = verdict
        for _ in range(MOST):
            if isinstance(verdict, Allow):
                allowed_at = moment
                break
            held.append(verdict)
            if isinstance(verdict, Refuse) or verdict.until <= moment:
                break
            moment = verdict.until
            verdict, facts = await self._judge(touch, coming, moment)
        way = verdict.via if isinstance(verdict, Allow) else None
        tallies = await self._tallies(touch, coming, at)
        return Advice(
            touch=touch,
            at=at,
            verdict=first,
            allowed_at=allowed_at,
            way=way,
            member=(touch.member or (*facts.members, "")[0]) if _by_member(way) else "",
            held=tuple(held),
            profile=self._policy.profile.name,
            used=tuple(self._used(tallies, at)),
            last_at=tallies["customer"].last_at,
            planned=tuple(planned),
            ended=tuple(await settled_of(self._database, touch.customer, EARLIER)),
        )

    async def _judge(
        self, touch: Touch, coming: Sequence[TouchRecord], moment: datetime
    ) -> tuple[TouchVerdict, Facts]:
        asked = replace(touch, due_at=moment)
        today = present(moment, self._policy.zone)
        (facts,) = await facts_of(self._database, self._ledger, [asked], today)
        others = [one.touch for one in coming if one.touch.script != touch.script]
        facts = _at(facts, asked, others, self._now, moment, self._policy)
        return self._policy.judge(asked, facts, moment), facts

    async def _tallies(
        self, touch: Touch, coming: Sequence[TouchRecord], at: datetime
    ) -> Mapping[str, Tally]:
        """By the keys of caps: what they have got, and will have got by then."""
        keys = {"customer", *(cap.key for cap in self._caps(at))}
        subjects = {key: subject_of(key, touch.customer) for key in keys}
        known = await self._ledger.tallies(subjects.values(), present(at, self._policy.zone))
        waiting = [one.touch for one in coming if one.state is TouchState.WAITING]
        return {
            key: _more(
                known[subject], _moments(key, waiting, self._now, at), at, self._policy.zone
            )
            for key, subject in subjects.items()
        }

    def _used(self, tallies: Mapping[str, Tally], at: datetime) -> Iterable[Used]:
        for cap in self._caps(at):
            if cap.span is not None:
                yield Used(cap=cap, used=getattr(tallies[cap.key], cap.span))

    def _caps(self, at: datetime) -> list[Cap]:
        """The caps on what a customer gets."""
        day = at.astimezone(self._policy.zone).date()
        every = self._policy.profile.all_caps(monthrange(day.year, day.month)[1])
        return [cap for cap in every if cap.subject in ("customer", "mass")]


def _at(
    facts: Facts,
    touch: Touch,
    others: Sequence[Touch],
    now: datetime,
    moment: datetime,
    policy: TouchPolicy,
) -> Facts:
    """The facts at a future moment, if all goes as planned."""
    if moment <= now:
        return facts
    tallies = {
        key: _more(tally, _moments(key, others, now, moment), moment, policy.zone)
        for key, tally in facts.tallies.items()
    }
    ahead = [
        one.due_at
        for one in others
        if one.to == "customer"
        and one.scenario.rank < touch.scenario.rank
        and one.due_at >= moment
    ]
    tally = counted(ahead, moment, policy.zone)
    return replace(
        facts,
        tallies=tallies,
        ahead=Ahead(
            day=tally.day, week=tally.week, month=tally.month, next_at=min(ahead, default=None)
        ),
    )


def _moments(
    key: str, touches: Iterable[Touch], now: datetime, moment: datetime
) -> list[datetime]:
    """When those that count under `key` go out between now and then."""
    return [
        one.due_at
        for one in touches
        if one.to == "customer" and now < one.due_at < moment
        if key in ("customer", "mass", f"customer:{one.scenario}")
    ]


def _more(tally: Tally, moments: Sequence[datetime], at: datetime, zone: ZoneInfo) -> Tally:
    if not moments:
        return tally
    more = counted(moments, at, zone)
    lasts = [one for one in (tally.last_at, more.last_at) if one is not None]
    return Tally(
        hour=tally.hour + more.hour,
        day=tally.day + more.day,
        week=tally.week + more.week,
        month=tally.month + more.month,
        last_at=max(lasts, default=None),
    )


def _by_member(way: Via | None) -> bool:
    return way in (Via.STAFF_TASK, Via.STAFF_NOTICE)
