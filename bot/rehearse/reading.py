"""JSON Lines → conversations. It tolerates what it can; a mistake names its line and field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import orjson

from bot.errors import Complaint, ConfigError
from bot.rehearse.conversation import (
    EVENTS,
    Actor,
    Conversation,
    Expectation,
    Place,
    Step,
    base_of,
)

T = TypeVar("T")
FIRST = datetime(2026, 3, 3, 10, 0)  # noqa: DTZ001 local: a Tuesday morning, when nothing is told
PAUSE = timedelta(minutes=1)  # before a step that names no time
TYPING = timedelta(seconds=1)  # the same if the same person goes on
_PLACES: Mapping[str, Place] = {
    **dict.fromkeys(("kf", "微信客服", "客服", "service", "customer_service"), "kf"),
    **dict.fromkeys(("group", "群", "群聊", "客户群", "bot"), "group"),
    **dict.fromkeys(("contact", "客户联系", "single", "private", "friend"), "contact"),
}
_ACTORS: Mapping[str, Actor] = {
    **dict.fromkeys(("customer", "客户", "顾客", "user", "member"), "customer"),
    **dict.fromkeys(("staff", "员工", "同事", "servicer", "agent", "human"), "staff"),
    **dict.fromkeys(("system", "系统", "event"), "system"),
}
_EVENTS = {
    **{name: name for name in EVENTS},
    **dict.fromkeys(("enter_session", "enter"), "session_enter"),
    **dict.fromkeys(("add_friend", "friend_add", "customer_added"), "friend_added"),
    **dict.fromkeys(("promo", "promotion_due", "promotion"), "promo_due"),
    **dict.fromkeys(("birthday_due",), "birthday"),
    **dict.fromkeys(("festival_due", "holiday", "holiday_due"), "festival"),
    **dict.fromkeys(("session_end", "end_handover", "handover_ended"), "handover_end"),
}
_KINDS = {  # what is not text: {"kind": "image"}, or {"image": …}
    "image": "[图片]",
    "voice": "[语音]",
    "video": "[视频]",
    "file": "[文件]",
    "location": "[位置]",
}


_EXPECTED = ("after_step", "reply_id", "handover")  # other keys are ignored


class _Unusable(Exception):
    """(field, problem, cure)"""


def read_conversations(path: Path, zone: ZoneInfo, base: int | None = None) -> list[Conversation]:
    """
    Args:
        zone: for times that name none.
        base: the number of the first step in `after_step`; None: found out from the file.

    Raises:
        ConfigError: lists everything in the file that cannot be understood.
    """
    complaints: list[Complaint] = []
    found: list[_Draft] = []
    for place, record in _records(path, complaints):
        try:
            found.append(_draft(record, place, zone))
        except _Unusable as error:
            field, problem, cure = error.args
            complaints.append(Complaint(path.name, f"{place}, {field}", problem, cure))
    if not found and not complaints:
        cure = 'Write one {"name": …, "channel": "kf", "steps": […], "expect": […]} a line'
        complaints.append(Complaint(path.name, "*", "no conversations here", cure))
    if complaints:
        raise ConfigError(complaints)
    if base is None:
        base = base_of(one.timed(zone, None) for one in found)
    return [one.timed(zone, base) for one in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A conversation whose steps need not say when they happen."""

    conversation: Conversation
    moments: tuple[datetime | time | None, ...]

    def timed(self, zone: ZoneInfo, base: int | None) -> Conversation:
        """Give each step a moment. Without a base no step is awaited."""
        awaited = {one.after_step - (base or 0) for one in self.conversation.expectations}
        pairs = zip(self.conversation.steps, self.moments, strict=True)
        steps = _timed([*pairs], set() if base is None else awaited, zone)
        return replace(self.conversation, steps=tuple(steps), base=base or 0)


def _records(path: Path, complaints: list[Complaint]) -> Iterator[tuple[str, Any]]:
    try:
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        problem = error.strerror or "unreadable"
        complaints.append(Complaint(str(path), "*", problem, "Name a file of conversations"))
        return
    if content.lstrip().startswith(b"["):  # one list instead of lines
        pieces = [("*", content)]
    else:
        lines = enumerate(content.split(b"\n"), 1)
        pieces = [(f"line {number}", line) for number, line in lines if line.strip()]
    for place, piece in pieces:
        try:
            record = orjson.loads(piece)
        except orjson.JSONDecodeError as error:
            complaints.append(Complaint(path.name, place, f"no JSON: {error}", "Mend it"))
            continue
        if isinstance(record, list):
            yield from ((f"item {number}", one) for number, one in enumerate(record, 1))
        else:
            yield place, record


def _draft(record: Any, place: str, zone: ZoneInfo) -> _Draft:
    if not isinstance(record, dict):
        _refuse("*", "not an object", 'Write {"name": …, "channel": …, "steps": […]}')
    steps = _list(record, "steps")
    expectations = _list(record, "expect")
    made = [_step(one, f"steps[{number}]", zone) for number, one in enumerate(steps)]
    awaited = [_expectation(one, f"expect[{number}]") for number, one in enumerate(expectations)]
    conversation = Conversation(
        name=str(record.get("name") or place),
        place=_one_of(_PLACES, record.get("channel", "kf"), "channel"),
        steps=tuple(step for step, _ in made),
        expectations=tuple(awaited),
    )
    return _Draft(conversation=conversation, moments=tuple(moment for _, moment in made))


def _step(value: Any, field: str, zone: ZoneInfo) -> tuple[Step, datetime | time | None]:
    """A step, and when it happens if it says so."""
    if not isinstance(value, dict):
        _refuse(field, "not an object", 'Write {"from": "customer", "text": …, "at": …}')
    event, text = value.get("event") or "", value.get("text") or ""
    if not isinstance(event, str) or not isinstance(text, str):
        _refuse(field, "text and event are texts", 'Write "text": "怎么退货"')
    if not event and not text.strip():
        kinds = [_KINDS[one] for one in (*map(str, value.values()), *value) if one in _KINDS]
        if not kinds and "text" not in value:
            _refuse(field, "neither text nor event", 'Write "text": … or "event": …')
        text = kinds[0] if kinds else ""
    by = value.get("from", "system" if event else "customer")
    detail, who = value.get("detail"), value.get("who")
    step = Step(
        by=_one_of(_ACTORS, by, f"{field}.from"),
        at=FIRST.replace(tzinfo=zone),
        who=str(who or ""),
        text="" if event else text.strip(),
        event=_EVENTS.get(event.strip().lower(), event),
        detail=detail if isinstance(detail, str) else _flat(detail),
    )
    return step, _moment(value.get("at"), f"{field}.at", zone)


def _flat(detail: Any) -> str:
    """The words in any other kind of content."""
    match detail:
        case None | bool():
            return ""
        case dict():
            return " ".join(map(_flat, detail.values()))
        case list():
            return " ".join(map(_flat, detail))
    return str(detail)


def _moment(value: Any, field: str, zone: ZoneInfo) -> datetime | time | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if len(value) <= len("HH:MM:SS"):
            return time.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError, OverflowError):
        _refuse(field, f"{value!r} is no time", 'Write "2026-03-03T10:00:00+08:00"')
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _timed(
    steps: list[tuple[Step, datetime | time | None]], awaited: set[int], zone: ZoneInfo
) -> Iterator[Step]:
    """Give each step a moment. A time before that of the step before is ignored.

    `awaited`: steps, counted from 0, after which something is expected: they are complete.
    """
    day = next((at for _, at in steps if isinstance(at, datetime)), FIRST.replace(tzinfo=zone))
    lead = next((number for number, (_, at) in enumerate(steps) if at is not None), 0)
    last: Step | None = None
    for number, (step, at) in enumerate(steps):
        if last is None:
            early = day - lead * PAUSE
            begin = early if at is None else _on_day(at, day, zone)
        elif at is None:
            goes_on = last.by == step.by == "customer" and last.who == step.who and step.text
            typing = goes_on and number - 1 not in awaited
            begin = last.at + (TYPING if typing else PAUSE)
        elif (begin := _on_day(at, last.at, zone)) < last.at:
            begin = last.at + PAUSE
        last = replace(step, at=begin)
        yield last


def _on_day(at: datetime | time, day: datetime, zone: ZoneInfo) -> datetime:
    if isinstance(at, datetime):
        return at
    return datetime.combine(day.astimezone(zone).date(), at, at.tzinfo or zone)


def _expectation(value: Any, field: str) -> Expectation:
    fields = value if isinstance(value, dict) else {}
    for key in [one for one in fields if one not in _EXPECTED]:
        near = get_close_matches(key, _EXPECTED, 1, 0.8)
        if near and near[0] not in fields:  # a slip, which would expect nothing
            _refuse(f"{field}.{key}", "unknown key", f"Did you mean {near[0]}?")
    after = fields.get("after_step")
    if isinstance(after, str) and after.strip().isdecimal():
        after = int(after)
    if isinstance(after, bool) or not isinstance(after, int):
        _refuse(f"{field}.after_step", "is no number", 'Write "after_step": 1')
    handover = value.get("handover")
    if handover not in (True, False, None):
        _refuse(f"{field}.handover", "neither true nor false", 'Write "handover": false')
    ids: tuple[str | None, ...] = ()
    if "reply_id" in value:
        given = value["reply_id"]
        ids = tuple(given) if isinstance(given, list) else (given,)
        if not all(one is None or isinstance(one, str) for one in ids):
            _refuse(f"{field}.reply_id", "no id", "Write the id of a script, or null")
    return Expectation(
        after_step=after,
        reply_ids=tuple(one or None for one in ids),
        handover=handover,
        note=str(value.get("note") or ""),
    )


def _list(record: dict[str, Any], name: str) -> list[Any]:
    value = record.get(name) or []
    if not isinstance(value, list):
        _refuse(name, "not a list", f'Write "{name}": […]')
    return value


def _one_of(known: Mapping[str, T], value: Any, field: str) -> T:
    if not isinstance(value, str) or value.strip().lower() not in known:
        names = dict.fromkeys(map(str, known.values()))
        _refuse(field, f"{value!r} is unknown", f"Use {', '.join(names)}")
    return known[value.strip().lower()]


def _refuse(field: str, problem: str, cure: str) -> NoReturn:
    raise _Unusable(field, problem, cure)
