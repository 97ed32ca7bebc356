"""config/groups.toml → rules for groups, or every mistake in it."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from bot.errors import Complaint
from bot.files.followed import Followed
from bot.files.naming import Named, lost
from bot.files.reader import Reader, Rule, setting
from bot.groups.kinds import Kind
from bot.members.userids import among

FILE = "config/groups.toml"
_DAYS = Rule(lambda days: 1 <= days <= 180, "Use 1 to 180 days: WeCom tells no more (doc 92133)")
_COUNT = Rule(lambda number: number >= 1, "Use 1 or more")
_PERCENT = Rule(lambda share: 1 <= share <= 100, "Use 1 to 100 per cent")
_SPAN = Rule(lambda span: 1 <= span <= 86_400, "Use 1 to 86400 seconds")
_TIME = Rule(
    lambda at: bool(re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", at)), 'Write a time: "20:30"'
)
_TABLES = ("stages", "kinds", "stores", "welcomes", "answers")


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRules:
    """When a group is in which stage; the first that fits: closing, new, silent, growing."""

    new_days: int = setting(7, rule=_DAYS)
    silent_days: int = setting(7, rule=_DAYS)  # without a message, as far as WeCom tells
    growing_days: int = setting(14, rule=_DAYS)
    growing_joined: int = setting(10, rule=_COUNT)  # more came than left, by so many
    growing_percent: int = setting(10, rule=_PERCENT)  # or by such a share of the members
    closing_days: int = setting(30, rule=_DAYS)
    closing_percent: int = setting(30, rule=_PERCENT)  # such a share of the members left,
    closing_left: int = setting(10, rule=_COUNT)  # and at least so many


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    id: str  # the kind
    names: tuple[str, ...] = ()  # like "*秒杀*"
    owners: tuple[str, ...] = ()  # userids
    scripts: tuple[str, ...] = ()  # that may be proposed there, like "faq/*"; empty: all

    def fits(self, name: str, owner: str) -> bool:
        """Whether a group of that name and owner is of this kind."""
        folded = name.casefold()
        by_name = any(fnmatchcase(folded, pattern.casefold()) for pattern in self.names)
        return by_name or among(owner, self.owners)


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """Material for the welcome of a group (入群欢迎语素材)."""

    id: str
    script: str = setting(where="Add script = the id of a script, like group/welcome")
    kinds: tuple[str, ...] = setting(
        (), rule=Rule(lambda kinds: {*kinds} <= {*Kind}, f"Use {', '.join(Kind)}")
    )  # of groups that it is meant for; empty: all
    notify: bool = False  # tell members that there is new material


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """How questions in groups are heard, if there is a message archive."""

    names: tuple[str, ...] = ()  # what we are called there, beside the names of members
    goods: tuple[str, ...] = ()  # words of what we sell
    pointer: str = ""  # the script that leads to 微信客服, proposed where none answers
    wait_s: float = setting(60.0, rule=_SPAN)  # others ask the same, or somebody answers
    cool_down_s: float = setting(600.0, rule=_SPAN)  # between two notices about a group
    answered_within_s: float = setting(900.0, rule=_SPAN)  # what one of ours writes answers it
    confirm_within_s: float = setting(21_600.0, rule=_SPAN)  # its owner, answers to all at once
    digest_at: str = setting("20:30", rule=_TIME)
    managers: tuple[str, ...] = ()  # userids who get the digest of all groups


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRules:
    joins_within_s: float = setting(
        60.0, rule=Rule(lambda span: 1 <= span <= 3600, "Use 1 to 3600 seconds")
    )  # those who join within it are welcomed together
    history_days: int = setting(180, rule=_DAYS)  # of figures that are asked for at first
    stages: StageRules = field(default_factory=StageRules)
    kinds: tuple[KindRule, ...] = ()
    stores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # store → its members
    welcomes: tuple[Welcome, ...] = ()
    answers: Answers = field(default_factory=Answers)

    def scripts_of(self, kind: str) -> tuple[str, ...]:
        """Patterns of the scripts that may be proposed in groups of this kind; empty: all."""
        return next((one.scripts for one in self.kinds if one.id == kind), ())

    def kind_of(self, name: str, owner: str) -> str:
        """The first kind that fits; "" if none does."""
        return next((one.id for one in self.kinds if one.fits(name, owner)), "")

    def store_of(self, owner: str) -> str:
        """The store of a member, "" if none names them."""
        return next((store for store, members in self.stores.items() if among(owner, members)), "")

    def is_welcomed(self, kind: str) -> bool:
        """Whether there is material by which WeCom's client welcomes in groups of this kind."""
        return any(not one.kinds or kind in one.kinds for one in self.welcomes)


def read_groups(
    root: Path, complaints: list[Complaint], scripts: Collection[str] | None = None
) -> GroupRules:
    """What the file leaves out is as it is built in.

    Args:
        scripts: ids of all scripts; None: they are not looked at.
    """
    reader = Reader(FILE, {}, complaints)
    table = reader.table(root, needed=False)
    parts = {name: reader.part(table.pop(name, {}), name) for name in _TABLES}
    stages = reader.read(StageRules, parts["stages"], "stages.")
    kinds = [
        reader.read(KindRule, one, f"{key}.", id=kind)
        for kind, key, one in reader.named(parts, "kinds")
        if _is_kind(kind, key, reader)
    ]
    welcomes = [
        reader.read(Welcome, one, f"{key}.", id=name)
        for name, key, one in reader.named(parts, "welcomes")
    ]
    answers = reader.read(Answers, parts["answers"], "answers.") or Answers()
    rules = reader.read(
        GroupRules, table,
        stages=stages or StageRules(), answers=answers,
        kinds=tuple(one for one in kinds if one),
        stores=dict(_stores(parts["stores"], reader)),
        welcomes=tuple(one for one in welcomes if one),
    )  # fmt: skip
    rules = rules or GroupRules()
    complaints += lost(scripts_named(rules), scripts)
    return rules


def scripts_named(rules: GroupRules) -> Iterator[Named]:
    for one in rules.welcomes:
        yield Named(FILE, f"welcomes.{one.id}.script", one.script)
    if rules.answers.pointer:
        yield Named(FILE, "answers.pointer", rules.answers.pointer)


def _is_kind(kind: str, key: str, reader: Reader) -> bool:
    if kind not in {*Kind}:
        reader.complain(key, "there is no such kind", f"Use {', '.join(Kind)}")
    return kind in {*Kind}


def _stores(table: Mapping[str, Any], reader: Reader) -> Iterator[tuple[str, tuple[str, ...]]]:
    home: dict[str, str] = {}
    for store, members in table.items():
        if not isinstance(members, list) or not all(isinstance(one, str) for one in members):
            reader.complain(f"stores.{store}", "is no list", 'Write userids: ["ZhangSan"]')
            continue
        for one in members:
            if (other := home.setdefault(one.casefold(), store)) != store:
                reader.complain(f"stores.{store}", f"{one} is in {other} too", "Name them once")
        yield store, tuple(members)


class GroupBook(Followed[GroupRules]):
    """The rules in force.

    Args:
        scripts: the ids of the scripts of now; None: they are not looked at.
    """

    files = (FILE,)
    kept, new, action = "the rules", "new rules for groups", "groups"

    def __init__(
        self, root: Path, scripts: Callable[[], Collection[str] | None] = lambda: None
    ) -> None:
        super().__init__(root, GroupRules())
        self._scripts = scripts

    def read(self, complaints: list[Complaint]) -> GroupRules:
        return read_groups(self.root, complaints, self._scripts())
