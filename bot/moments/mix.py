"""The mix of an account's moments: enough about the person before anything is sold. Pure.

Over a sliding window of days, so many percent of an account's moments are persona content; more of
it in its first months. Persona content itself is always welcome.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Kind(StrEnum):
    PERSONA = "persona"  # the person behind the account: their day, what they know, their shop
    PRODUCT = "product"
    PROMOTION = "promotion"
    SERVICE = "service"


NAMES: Mapping[Kind, tuple[str, str]] = {
    Kind.PERSONA: ("人设", "persona"),
    Kind.PRODUCT: ("产品", "product"),
    Kind.PROMOTION: ("促销", "promotion"),
    Kind.SERVICE: ("服务", "service"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MixRule:
    """
    Attributes:
        since: when the account began to post.
    """

    window_days: int = 30
    early_days: int = 90
    early_percent: int = 70
    later_percent: int = 50
    since: date

    def need(self, day: date) -> int:
        """The least percentage of persona content in the window that ends with `day`."""
        return self.early_percent if self.is_early(day) else self.later_percent

    def is_early(self, day: date) -> bool:
        return day < self.since + timedelta(days=self.early_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A moment that is out, or is certain to be."""

    day: date
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """The moments of one window, by kind."""

    counts: Mapping[Kind, int]
    need: int  # percent

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def persona(self) -> int:
        return self.counts.get(Kind.PERSONA, 0)

    @property
    def percent(self) -> int:
        """Rounded down, so that what is shown as 70 is at least 70; 0 if there are none."""
        return 100 * self.persona // self.total if self.total else 0

    @property
    def holds(self) -> bool:
        return 100 * self.persona >= self.need * self.total

    def with_one(self, kind: Kind) -> "Mix":
        return Mix(counts={**self.counts, kind: self.counts.get(kind, 0) + 1}, need=self.need)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Why a moment does not go out yet, and when it might."""

    zh: str
    en: str
    more: int  # persona moments that would have to come first, today
    again: date | None  # the first day on which it may go, if nothing else comes; None: never so


def mix(posts: Iterable[Posted], day: date, rule: MixRule) -> Mix:
    """Of the window that ends with `day`."""
    first = day - timedelta(days=rule.window_days - 1)
    counts = Counter(one.kind for one in posts if first <= one.day <= day)
    return Mix(counts=counts, need=rule.need(day))


def judge(posts: Sequence[Posted], kind: Kind, day: date, rule: MixRule) -> Held | None:
    """None: it may go out on `day`.

    Args:
        posts: of the account; those of days to come are counted on their day.
    """
    now = mix(posts, day, rule)
    after = now.with_one(kind)
    if kind is Kind.PERSONA or after.holds:
        return None
    more = -(-(now.need * after.total - 100 * after.persona) // (100 - now.need))
    again = _again(posts, kind, day, rule)
    zh, en = _told(now, after, kind, rule, day, more, again)
    return Held(zh=zh, en=en, more=more, again=again)


def _again(posts: Sequence[Posted], kind: Kind, day: date, rule: MixRule) -> date | None:
    """When to look again: the day a moment enters or leaves the window, or the rule eases."""
    leave = timedelta(days=rule.window_days)
    turns = {one.day for one in posts} | {one.day + leave for one in posts}
    turns.add(rule.since + timedelta(days=rule.early_days))
    for turn in sorted(turn for turn in turns if turn > day):
        if mix(posts, turn, rule).with_one(kind).holds:
            return turn
    return None


def _told(
    now: Mix, after: Mix, kind: Kind, rule: MixRule, day: date, more: int, again: date | None
) -> tuple[str, str]:
    zh_kind, en_kind = NAMES[kind]
    early = rule.is_early(day)
    zh = (
        f"近 {rule.window_days} 天发了 {now.total} 条，人设 {now.persona} 条，占 {now.percent}%；"
        f"再发这条{zh_kind}，人设只占 {after.percent}%，"
        f"{f'头 {rule.early_days} 天' if early else ''}至少要 {now.need}%。"
        f"先发 {more} 条人设内容就可以发"
    )
    en = (
        f"{now.persona} of {now.total} moments in {rule.window_days} days are persona content"
        f" ({now.percent}%); with this {en_kind} it would be {after.percent}%, and"
        f" {now.need}% is needed{f' in the first {rule.early_days} days' if early else ''}."
        f" It may go after {more} more persona moment{'s' if more > 1 else ''}"
    )
    if again is not None:
        zh += f"；不发的话，最早 {again.month}月{again.day}日可以发"
        en += f", or on {again} without any"
    return zh + "。", en + "."
