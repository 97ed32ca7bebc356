"""In which stage (阶段) a group is, and why. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.groups.kinds import Stage
from bot.groups.rules import StageRules
from bot.store.groups.figures import Standing
from bot.store.states import OwnerState


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    stage: Stage
    zh: str
    en: str


def judge(one: Standing, rules: StageRules, now: datetime) -> Judged:
    """
    Args:
        one: what has become of the group in `growing_days` and in `closing_days` before `now`.
        now: in the company's zone.
    """
    return (
        _closing(one, rules)
        or _new(one, rules, now)
        or _silent(one, rules, now)
        or _growing(one, rules)
        or _mature(one, rules)
    )


def quiet_days(one: Standing, today: date) -> int | None:
    """For how many whole days certainly nobody wrote, up to yesterday or as far as WeCom tells.

    None: unknown. WeCom tells messages by owner: if none of an owner's groups had one, none
    was in this group. An archive tells it of the group itself.
    """
    if one.talked:
        return max((today - _day(one.talked)).days - 1, 0)
    if not one.known_to or not one.known_from:
        return None
    begin = _day(one.owner_talked) + timedelta(days=1) if one.owner_talked else None
    return (_day(one.known_to) - (begin or _day(one.known_from))).days + 1


def _closing(one: Standing, rules: StageRules) -> Judged | None:
    if one.dismissed_at is not None:
        return Judged(stage=Stage.CLOSING, zh="群已解散", en="it was dismissed")
    if one.owner_state in (OwnerState.OWNER_LEFT, OwnerState.INHERITING):
        return Judged(
            stage=Stage.CLOSING, zh="群主已离职，还没有人接手",
            en="its owner has left, and nobody has taken over yet",
        )  # fmt: skip
    before = one.members + one.gone_long
    share = 100 * one.gone_long // before if before else 0
    if share < rules.closing_percent or one.gone_long < rules.closing_left:
        return None
    return Judged(
        stage=Stage.CLOSING,
        zh=f"{rules.closing_days} 天里走了 {one.gone_long} 人，占 {share}%，还剩 {one.members} 人",
        en=f"{one.gone_long} left in {rules.closing_days} days ({share}%), {one.members} remain",
    )


def _new(one: Standing, rules: StageRules, now: datetime) -> Judged | None:
    age = _age(one, now)
    if not one.created_at or age >= rules.new_days:
        return None
    return Judged(
        stage=Stage.NEW, zh=f"建群第 {age + 1} 天，{one.members} 人",
        en=f"day {age + 1} since it was made, {one.members} members",
    )  # fmt: skip


def _silent(one: Standing, rules: StageRules, now: datetime) -> Judged | None:
    quiet = quiet_days(one, now.date())
    if quiet is not None and one.created_at:
        quiet = min(quiet, _age(one, now))
    if quiet is None or quiet < rules.silent_days:
        return None
    return Judged(
        stage=Stage.SILENT, zh=f"连续 {quiet} 天没有人说话", en=f"nobody wrote for {quiet} days"
    )


def _growing(one: Standing, rules: StageRules) -> Judged | None:
    more, before = one.joined - one.gone, one.members - one.joined + one.gone
    share = 100 * more // before if before > 0 else 0
    if more < rules.growing_joined and (more < 1 or share < rules.growing_percent):
        return None
    days = rules.growing_days
    return Judged(
        stage=Stage.GROWING,
        zh=f"{days} 天里来了 {one.joined} 人、走了 {one.gone} 人，净增 {more} 人",
        en=f"{one.joined} came and {one.gone} left in {days} days: {more} more",
    )


def _mature(one: Standing, rules: StageRules) -> Judged:
    days = rules.growing_days
    zh = f"{one.members} 人，{days} 天里来了 {one.joined} 人、走了 {one.gone} 人"
    en = f"{one.members} members, {one.joined} came and {one.gone} left in {days} days"
    if not one.talked and not one.known_to:
        zh, en = f"{zh}；发言情况未知", f"{en}; who writes is not known"
    return Judged(stage=Stage.MATURE, zh=zh, en=en)


def _age(one: Standing, now: datetime) -> int:
    """Whole days since it was made."""
    return int((now.timestamp() - one.created_at) // 86_400)


def _day(text: str) -> date:
    return date.fromisoformat(text)
