"""config/signals.toml → rules, or every mistake in it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path
from typing import Any

from bot.errors import Complaint
from bot.files.followed import Followed
from bot.files.reader import Reader, setting
from bot.files.reader import Rule as Form
from bot.plans.segments import FILE as SEGMENTS
from bot.plans.segments import Words, read_segments
from bot.profile.stage import STAGES, stage_of
from bot.scripts.entry import unknown
from bot.signals.rule import Condition, Plain, Rule, Rules
from bot.signals.signal import KINDS, OWN

FILE = "config/signals.toml"
_NAME = r"[a-z][a-z0-9_]{0,39}"
_IS_DETAIL = "Write the name of a detail: small letters, digits and _"


def _names(texts: Sequence[str]) -> bool:
    return all(re.fullmatch(r"\S(.{0,118}\S)?", text) for text in texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """A rule as written in the file, without its conditions."""

    kind: str = setting(where=f"Add kind = one of {', '.join(KINDS)}, or x_…")
    tag: tuple[str, ...] = setting((), rule=Form(_names, "Write names of tags in the list"))
    untag: tuple[str, ...] = setting((), rule=Form(_names, "Write names of tags in the list"))
    free_min: float = setting(
        0.0, rule=Form(lambda span: 0 <= span <= 1440, "Use minutes: 0 to 1440, a day")
    )
    stage: str = setting("", rule=Form(lambda text: len(text) <= 40, "Use 40 characters at most"))
    date: tuple[str, ...] = setting(
        (), rule=Form(lambda names: all(re.fullmatch(_NAME, name) for name in names),
                      "Use small letters, digits and _")
    )  # fmt: skip
    date_from: dict[str, str] = setting(
        dict, rule=Form(lambda names: all(re.fullmatch(_NAME, name)
                                          for name in (*names, *names.values())), _IS_DETAIL)
    )  # fmt: skip
    birthday_from: str = setting(
        "", rule=Form(lambda name: not name or re.fullmatch(_NAME, name) is not None, _IS_DETAIL)
    )
    notice: str = setting(
        "", rule=Form(lambda text: len(text) <= 500, "Use 500 characters at most")
    )


class SignalBook(Followed[Rules]):
    """The rules in force."""

    files = (FILE,)
    kept, new, action = "the rules", "new rules for signals", "rules"

    def __init__(self, root: Path) -> None:
        super().__init__(root, ())

    async def sweep(self) -> None:
        self.look()

    def read(self, complaints: list[Complaint]) -> Rules:
        return read_signals(self.root, complaints)


def read_signals(root: Path, complaints: list[Complaint]) -> Rules:
    """None where there is no file."""
    reader = Reader(FILE, {}, complaints)
    words = _words(root)
    read = (_rule(reader, name, table, words)
            for name, table in reader.table(root, needed=False).items())  # fmt: skip
    rules = tuple(rule for rule in read if rule)
    _judge(reader, rules)
    _judge_names(reader, rules, words)
    return rules


def _rule(reader: Reader, name: str, table: Any, words: Words) -> Rule | None:
    if not isinstance(table, dict):
        reader.complain(name, "stands outside of any rule", f"Write [{name}], and its keys below")
        return None
    before = len(reader.complaints)
    conditions = table.get("when", {})
    if not isinstance(conditions, dict):
        reader.complain(f"{name}.when", "is no table", 'Write when = { sku = "A1" }')
        conditions = {}
    when = tuple(_condition(reader, f"{name}.when.{detail}", detail, value)
                 for detail, value in conditions.items())  # fmt: skip
    told = {key: value for key, value in table.items() if key != "when"}
    parts = reader.read(_Table, told, f"{name}.")
    if parts is None or len(reader.complaints) > before:
        return None
    values = {key: getattr(parts, key) for key in _Table.__slots__}
    values["stage"] = stage_of(parts.stage, words.stages)
    rule = Rule(id=name, when=when, **values)
    _judge_alone(reader, rule)
    return rule


def _condition(reader: Reader, key: str, detail: str, value: Any) -> Condition:
    if not re.fullmatch(_NAME, detail):
        reader.complain(key, "is no name of a detail", _IS_DETAIL)
    if isinstance(value, dict):
        wrong = not value or not value.keys() <= {"from", "below"}
        if wrong or not all(_is_number(number) for number in value.values()):
            reader.complain(
                key, "is no range", "Write { from = 100, below = 500 }, or one of both"
            )
            return Condition(detail=detail)
        return Condition(detail=detail, least=value.get("from"), below=value.get("below"))
    among = value if isinstance(value, list) else [value]
    if not among or not all(isinstance(one, str | int | float) for one in among):
        reader.complain(key, "is no value", "Write a text, a number, true, false, or a list")
        among = []
    return Condition(detail=detail, among=tuple(among))


def _is_number(value: Plain) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _judge_alone(reader: Reader, rule: Rule) -> None:
    if rule.kind not in KINDS and not re.fullmatch(OWN, rule.kind):
        near = get_close_matches(rule.kind, KINDS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Use one of {', '.join(KINDS)}"
        cure = f"{hint} A kind of your own begins with x_"
        reader.complain(f"{rule.id}.kind", f"there is no {rule.kind!r}", cure)
    if rule == Rule(id=rule.id, kind=rule.kind, when=rule.when):
        cure = "Add tag, untag, free_min, stage, date, date_from, birthday_from or notice"
        reader.complain(rule.id, "does nothing", cure)
    for condition in rule.when:
        least, below = condition.least, condition.below
        if least is not None and below is not None and least >= below:
            cure = "Let from be less than below"
            reader.complain(f"{rule.id}.when.{condition.detail}", "never holds", cure)


def _judge(reader: Reader, rules: Rules) -> None:
    """Complain about rules that say opposite things of one signal."""
    for rule in rules:
        if both := sorted({*rule.tag} & {*rule.untag}):
            cure = "Leave it in one of both"
            reader.complain(f"{rule.id}.untag", f"{both[0]!r} is in tag too", cure)
    for one, other in combinations(rules, 2):
        if one.kind != other.kind or _exclude(one, other):
            continue
        for what in _contradictions(one, other):
            cure = "Give them conditions (when) of which only one can hold, or let them agree"
            reader.complain(other.id, f"contradicts [{one.id}]: {what}", cure)


def _words(root: Path) -> Words:
    """What segments and plans may name; mistakes there are for those who read plans."""
    segments = Reader(SEGMENTS, {}, [])
    return read_segments(segments, segments.table(root, needed=False)).words


def _stages(words: Words) -> tuple[str, ...]:
    """None where the company has told none of its own: then it may name any."""
    return (*words.stages, *STAGES) if words.stages else ()


def _judge_names(reader: Reader, rules: Rules, words: Words) -> None:
    """If the company lists its names, one that no plan can know is a slip."""
    for rule in rules:
        named = (
            ("tag", rule.tag, words.tags),
            ("untag", rule.untag, words.tags),
            ("stage", (rule.stage,) if rule.stage else (), _stages(words)),
            ("date", rule.date, words.dates),
            ("date_from", tuple(rule.date_from), words.dates),
        )
        for key, names, known in named:
            for name in names if known else ():
                if name not in known:
                    problem, cure = unknown(name, known)
                    cure = f"{cure}. The list is [known] in {SEGMENTS}"
                    reader.complain(f"{rule.id}.{key}", problem, cure)


def _contradictions(one: Rule, other: Rule) -> Iterator[str]:
    for tag in sorted(({*one.tag} & {*other.untag}) | ({*one.untag} & {*other.tag})):
        yield f"one adds the tag {tag!r}, the other removes it"
    if one.stage and other.stage and one.stage != other.stage:
        yield f"one sets the stage {one.stage!r}, the other {other.stage!r}"
    mine, theirs = _dates(one), _dates(other)
    for date in sorted(mine.keys() & theirs.keys()):
        if mine[date] != theirs[date]:
            yield f"they take the date {date!r} from different places"


def _dates(rule: Rule) -> Mapping[str, str]:
    """Where the rule takes each date from; "": it is now."""
    return {**dict.fromkeys(rule.date, ""), **rule.date_from}


def _exclude(one: Rule, other: Rule) -> bool:
    """Whether the two can never hold together, as far as single values tell."""
    theirs = {condition.detail: condition for condition in other.when}
    return any(_apart(mine, theirs[mine.detail]) for mine in one.when if mine.detail in theirs)


def _apart(one: Condition, other: Condition) -> bool:
    if one.among and other.among:
        return not {*map(str, one.among)} & {*map(str, other.among)}
    below = min(value for value in (one.below, other.below, float("inf")) if value is not None)
    least = max(value for value in (one.least, other.least, float("-inf")) if value is not None)
    return least >= below
