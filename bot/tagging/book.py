"""config/tagging.toml → rules, or every mistake in it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from bot.errors import Complaint
from bot.files.followed import Followed
from bot.files.naming import Named, lost
from bot.files.reader import Reader, Rule, setting
from bot.plans.condition import Node
from bot.plans.segments import FILE as SEGMENTS
from bot.plans.segments import read_segments, unknown_segment

FILE = "config/tagging.toml"
_TAGS = Rule(
    lambda tags: bool(tags) and all(1 <= len(tag) <= 30 for tag in tags),
    "Write tags of 1 to 30 characters",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRule:
    """For customers who got one of these answers, or who are in that segment."""

    id: str
    title: str = ""  # why, for staff
    tag: tuple[str, ...] = setting(rule=_TAGS, where='Add tag = ["宝妈"]')
    asked: tuple[str, ...] = ()  # ids of scripts, or like "faq/milk*"
    whom: str = ""  # a segment of config/segments.toml

    def answers(self, scripts: Collection[str]) -> str:
        """The first of these scripts that the rule means; "" if none."""
        return next(
            (one for one in scripts if any(fnmatchcase(one, like) for like in self.asked)), ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRules:
    rules: tuple[TagRule, ...] = ()
    segments: Mapping[str, Node] = field(default_factory=dict)  # those that rules name


def read_tagging(
    root: Path, complaints: list[Complaint], scripts: Collection[str] | None = None
) -> TagRules:
    """Without the file there are none.

    Args:
        scripts: ids of all scripts; None: they are not looked at.
    """
    reader = Reader(FILE, {}, complaints)
    other = Reader(SEGMENTS, {}, [])  # mistakes there are for those who read plans
    segments = read_segments(other, other.table(root, needed=False)).conditions
    rules = tuple(_rules(root, reader, segments))
    complaints += lost(scripts_named(rules), scripts)
    named = {rule.whom for rule in rules if rule.whom}
    return TagRules(rules=rules, segments={name: segments[name] for name in named})


def scripts_named(rules: Iterable[TagRule]) -> Iterator[Named]:
    for rule in rules:
        for script in rule.asked:
            yield Named(FILE, f"rule.{rule.id}.asked", script, several=True)


def _rules(root: Path, reader: Reader, segments: Mapping[str, Node]) -> Iterator[TagRule]:
    for name, key, entry in reader.all_named(root, "rule"):
        rule = reader.read(TagRule, entry, f"{key}.", id=name)
        if rule is None:
            continue
        if bool(rule.asked) == bool(rule.whom):
            cure = 'Write asked = ["faq/…"], or whom = a segment'
            reader.complain(key, "needs one of asked and whom", cure)
        elif rule.whom and rule.whom not in segments:
            reader.complain(f"{key}.whom", *unknown_segment(rule.whom, segments))
        else:
            yield rule


class TagBook(Followed[TagRules]):
    """The rules in force."""

    files = (FILE, SEGMENTS)
    kept, new, action = "the rules", "new rules for tags", "tagging"

    def __init__(self, root: Path) -> None:
        super().__init__(root, TagRules())

    @property
    def tagging(self) -> TagRules:
        return self.rules

    def read(self, complaints: list[Complaint]) -> TagRules:
        return read_tagging(self.root, complaints)
