"""Whether an account's moment may go out now: its mix, how many its customers have seen, and
whether its member hands over."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.clock import moment
from bot.moments.mix import NAMES, Kind, Mix, MixRule, Posted, judge, mix
from bot.moments.rules import MomentBook
from bot.store.moments.moments import MomentTable
from bot.touch.caps import Cap, next_period
from bot.touch.policy import HANDS_OVER
from bot.touch.present import present
from bot.touch.touch import Scenario, Span

DAY_S = 86_400.0
SPANS: dict[Span, tuple[str, str]] = {
    "hour": ("这个小时", "this hour"), "day": ("今天", "today"), "week": ("这周", "this week"),
    "month": ("这个月", "this month"),
}  # fmt: skip


class Held(NamedTuple):
    zh: str
    en: str
    again_at: datetime  # when to look again


@dataclass(slots=True, kw_only=True)
class Judge:
    """
    Attributes:
        caps: those in force (config/caps.toml).
        hands_over: whether nothing is to go out in a member's name any more, or while on leave.
        zone: the company's time zone.
    """

    table: MomentTable
    book: MomentBook
    caps: Callable[[], Iterable[Cap]]
    hands_over: Callable[[str], bool]
    zone: ZoneInfo

    async def may_go(self, member: str, kind: Kind, now: datetime, post: str) -> Held | None:
        """
        Args:
            post: the post in question, which does not count itself.
        """
        if self.hands_over(member):
            return Held(HANDS_OVER.zh, HANDS_OVER.en, now + timedelta(hours=1))
        today = now.astimezone(self.zone).date()
        posts, rule = await self._known(member, today, post)
        held = judge(posts, kind, today, rule)
        if held is not None:
            return Held(held.zh, held.en, now + timedelta(hours=1))  # a persona post may be out
        return await self._full(member, kind, now)

    async def mix(self, member: str, day: date) -> Mix:
        """The mix of what is out, in the window that ends with `day`."""
        posts, rule = await self._known(member, day, "")
        return mix([one for one in posts if one.day <= day], day, rule)

    async def _known(self, member: str, today: date, post: str) -> tuple[list[Posted], MixRule]:
        rules = self.book.rules
        begun = rules.since.get(member)
        if begun is None:
            first = await self.table.since(member)
            begun = self._day(first) if first is not None else today
        since = datetime.combine(today, datetime.min.time(), self.zone).timestamp()
        out = await self.table.out(member, since - (rules.window_days + 1) * DAY_S)
        posts = [Posted(day=self._day(at), kind=kind) for at, kind in out]
        for day, kind in await self.table.coming(member, post):
            later = max(date.fromisoformat(day), today + timedelta(days=1))
            if kind is Kind.PERSONA:  # others have to be judged themselves
                posts.append(Posted(day=later, kind=kind))
        return posts, rules.mix(begun)

    def _day(self, at: float) -> date:
        return datetime.fromtimestamp(at, self.zone).date()

    async def _full(self, member: str, kind: Kind, now: datetime) -> Held | None:
        found: Held | None = None
        for cap in (*self.caps(), *self._shown()):
            if cap.subject != "moment" or cap.scenario not in (None, self._scenario(kind)):
                continue
            only = "" if cap.scenario is None else kind.value
            for span, most, since, until in self._spans(cap, now):
                customers, full = await self.table.full(member, since.timestamp(), most, only)
                if full and 100 * full >= self.book.rules.full_percent * customers:
                    if span is None:  # a gap ends that long after what they saw
                        last = await self.table.shown_first(member, since.timestamp(), only)
                        until = moment(last) + (now - since)
                    told = self._told(cap, kind, span, most, customers, full, until)
                    found = max((one for one in (found, told) if one), key=lambda one: one[2])
        return found

    def _shown(self) -> Iterable[Cap]:
        rules = self.book.rules
        if rules.shown_per_day:
            yield Cap(subject="moment", span="day", most=rules.shown_per_day, platform=True)
        if rules.shown_per_month:
            yield Cap(subject="moment", span="month", most=rules.shown_per_month, platform=True)

    def _scenario(self, kind: Kind) -> Scenario | None:
        return Scenario.PROMOTION if kind is Kind.PROMOTION else None

    def _spans(
        self, cap: Cap, now: datetime
    ) -> Iterable[tuple[Span | None, int, datetime, datetime]]:
        if cap.span is not None:
            yield (
                cap.span,
                cap.most,
                self._begin(cap.span, now),
                next_period(cap.span, now, self.zone),
            )
        if cap.gap_h:
            gap = timedelta(hours=cap.gap_h)
            yield None, 1, now - gap, now + gap

    def _begin(self, span: Span, now: datetime) -> datetime:
        here = present(now, self.zone)
        if span == "month":
            local = now.astimezone(self.zone)
            first = datetime(local.year, local.month, 1, tzinfo=self.zone)
            return first.astimezone(UTC)
        ends = {"hour": now.timestamp() // 3600 * 3600 + 3600, "day": here.day_ends,
                "week": here.week_ends}[span]  # fmt: skip
        lasts = {"hour": 3600.0, "day": DAY_S, "week": 7 * DAY_S}[span]
        return moment(ends - lasts)

    def _told(
        self, cap: Cap, kind: Kind, span: Span | None, most: int, customers: int, full: int,
        until: datetime,
    ) -> Held:  # fmt: skip
        zh_what = f"{NAMES[kind][0]}朋友圈" if cap.scenario else "朋友圈"
        zh_span, en_span = SPANS[span] if span else (
            f"{cap.gap_h:g} 小时内", f"within {cap.gap_h:g} hours"
        )  # fmt: skip
        when = until.astimezone(self.zone)
        by_zh, by_en = (
            ("（企业微信的展示上限）", " (WeCom shows no more)") if cap.platform else ("", "")
        )
        return Held(
            f"{customers} 位客户里有 {full} 位{zh_span}已经看到 {most} 条{zh_what}{by_zh}，"
            f"最早 {when.month}月{when.day}日 {when:%H:%M} 再发。",
            f"{full} of {customers} customers were shown {most} moments {en_span}{by_en};"
            f" it may go from {when:%Y-%m-%d %H:%M}.",
            until,
        )
