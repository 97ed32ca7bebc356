"""config/moments.toml: the mix, hours, reminders, and posts planned in the file."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path

from bot.errors import Complaint
from bot.files.followed import Followed
from bot.files.reader import NOT_NEGATIVE, POSITIVE, Reader, Rule, setting
from bot.moments.mix import Kind, MixRule

FILE = "config/moments.toml"
TEXT_CHARS, TEXT_BYTES, IMAGES = 2000, 4000, 9  # doc 95094
PICTURES = (".jpg", ".jpeg", ".png")
_PERCENT = Rule(lambda value: 0 <= value < 100, "Use 0 to 99")
_DAYS = Rule(lambda value: 0 < value <= 366, "Use 1 to 366 days")
_HOUR = Rule(lambda value: 0 <= value <= 24, "Use 0 to 24")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A moment as somebody wrote it."""

    members: tuple[str, ...]  # userids of those who post it
    kind: Kind
    text: str
    files: tuple[str, ...] = ()  # pictures in the library
    segment: str = ""  # of config/segments.toml; "" = all of their customers
    day: date
    slot: str = ""  # "20:30"; "" = when most of the audience is online


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentRules:
    window_days: int = setting(30, rule=_DAYS)
    early_days: int = setting(90, rule=Rule(lambda value: 0 <= value <= 3660, "Use 0 or more"))
    early_percent: int = setting(70, rule=_PERCENT)
    later_percent: int = setting(50, rule=_PERCENT)
    opens: int = setting(9, rule=_HOUR)
    shuts: int = setting(21, rule=_HOUR)
    usual_hour: int = setting(12, rule=_HOUR)
    wait_days: int = setting(14, rule=_DAYS)
    confirm_h: float = setting(48.0, rule=POSITIVE)
    remind_h: float = setting(3.0, rule=POSITIVE)
    reminders: int = setting(2, rule=NOT_NEGATIVE)
    comment_days: int = setting(7, rule=_DAYS)
    # UNCONFIRMED (not in WeCom's pages): how many of the company's a customer is shown; 0: we
    # assume no limit.
    shown_per_day: int = setting(3, rule=NOT_NEGATIVE)
    shown_per_month: int = setting(4, rule=NOT_NEGATIVE)
    full_percent: int = setting(50, rule=Rule(lambda value: 0 < value <= 100, "Use 1 to 100"))
    since: Mapping[str, date] = field(default_factory=dict)  # account → its first day
    posts: Mapping[str, Draft] = field(default_factory=dict)

    def mix(self, since: date) -> MixRule:
        return MixRule(
            window_days=self.window_days, early_days=self.early_days,
            early_percent=self.early_percent, later_percent=self.later_percent, since=since,
        )  # fmt: skip


def read_moments(
    root: Path, complaints: list[Complaint], segments: Collection[str]
) -> MomentRules:
    """Built-in values stand for what the file leaves out.

    Args:
        segments: names of segments by which WeCom can choose who sees a moment.
    """
    reader = Reader(FILE, {}, complaints)
    table = reader.table(root, needed=False)
    since, posts = (reader.part(table.pop(name, {}), name) for name in ("since", "post"))
    read = {
        name: draft
        for name, one in posts.items()
        if (draft := _post(reader, name, one, segments)) is not None
    }
    begun = {
        member: day
        for member, value in since.items()
        if (day := _day(reader, f"since.{member}", value)) is not None
    }
    rules = reader.read(MomentRules, table, since=begun, posts=read)
    if rules is not None and not rules.opens <= rules.usual_hour < rules.shuts:
        reader.complain("usual_hour", "is not between opens and shuts", "Use an hour of these")
    return rules or MomentRules()


def _day(reader: Reader, key: str, value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        reader.complain(key, f"{value!r} is no day", "Write one like 2026-03-08")
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    members: tuple[str, ...] = setting(rule=Rule(bool, "Name userids"))
    kind: str = setting(rule=Rule(lambda kind: kind in {*Kind}, f"Use {', '.join(Kind)}"))
    text: str = ""
    files: tuple[str, ...] = ()
    segment: str = ""
    slot: str = ""


def _post(reader: Reader, name: str, table: object, segments: Collection[str]) -> Draft | None:
    key = f"post.{name}"
    if not isinstance(table, dict) or not _ID.fullmatch(name):
        reader.complain(key, "is no post", "Write [post.NAME], of a-z, 0-9, - and _")
        return None
    day = _day(reader, f"{key}.day", table.get("day", ""))
    rest = {name: value for name, value in table.items() if name != "day"}
    entry = reader.read(_Entry, rest, f"{key}.")
    if entry is None or day is None:
        return None
    draft = Draft(
        members=entry.members, kind=Kind(entry.kind), text=entry.text, files=entry.files,
        segment=entry.segment, day=day, slot=entry.slot,
    )  # fmt: skip
    problems = wrong(draft, segments)
    for field_name, _, en in problems:
        reader.complain(f"{key}.{field_name}", en, "Change it")
    return None if problems else draft


def wrong(draft: Draft, segments: Collection[str]) -> list[tuple[str, str, str]]:
    """What WeCom would refuse: the field, and why in Chinese and English."""
    found = []
    text = draft.text.strip()
    if not text and not draft.files:
        found.append(("text", "写一句话，或者选一张图。", "write something, or choose a picture"))
    if len(text) > TEXT_CHARS or len(text.encode()) > TEXT_BYTES:
        found.append((
            "text", f"太长了：企业微信最多 {TEXT_BYTES // 3} 个汉字。",
            f"is longer than {TEXT_CHARS} characters or {TEXT_BYTES} bytes",
        ))  # fmt: skip
    if len(draft.files) > IMAGES or any(
        not one.lower().endswith(PICTURES) or ".." in one for one in draft.files
    ):
        found.append((
            "files", f"最多 {IMAGES} 张 JPG 或 PNG 图片。", f"takes {IMAGES} JPG or PNG at most"
        ))  # fmt: skip
    if not draft.members:
        found.append(("members", "选至少一位发朋友圈的同事。", "choose a member at least"))
    if draft.segment and draft.segment not in segments:
        found.append((
            "segment", "企业微信只能按标签圈人：选只写了 any_tag 的人群。",
            "WeCom chooses by tags alone: take a segment that is any_tag and nothing else",
        ))  # fmt: skip
    if draft.slot and not _is_time(draft.slot):
        found.append(("slot", "时间写成 20:30 这样。", "write a time like 20:30"))
    return found


def _is_time(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return bool(re.fullmatch(r"\d\d:\d\d", text))


class MomentBook(Followed[MomentRules]):
    """The rules in force.

    Args:
        segments: names of segments made of tags alone.
    """

    files = (FILE,)
    kept, new, action = "the rules", "new rules for moments", "moments"

    def __init__(self, root: Path, segments: Callable[[], Collection[str]]) -> None:
        super().__init__(root, MomentRules())
        self.segments = segments

    def read(self, complaints: list[Complaint]) -> MomentRules:
        return read_moments(self.root, complaints, self.segments())
