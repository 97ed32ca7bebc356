"""config/customers.toml → rules for what is known of customers, or every mistake in it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.errors import Complaint
from bot.files.followed import Followed
from bot.files.reader import Reader, Rule, setting
from bot.profile.fields import BIRTHDAY, DATE, FieldRule, is_name
from bot.profile.stage import StageRules
from bot.profile.zones import ZONE
from bot.scripts.address import Nicknames
from bot.touch.touch import Scenario

FILE = "config/customers.toml"
TAKEN = ("added", "heard", "silent")  # dates that plans know by themselves
OWN = (BIRTHDAY, ZONE)  # of which the program makes use itself
_TABLES = ("nicknames", "stages", "tags", "field")
BORN = FieldRule(id=BIRTHDAY, title="生日", kind="birthday")
_GROUP = Rule(lambda name: 1 <= len(name) <= 30, "Write 1 to 30 characters")


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMaking:
    """What we may do with the company's tags at WeCom."""

    create: bool = False  # tags that our rules give and WeCom has not
    group: str = setting("自动标签", rule=_GROUP)  # in which group (标签组)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRules:
    nicknames: Nicknames = field(default_factory=Nicknames)
    stages: StageRules = field(default_factory=StageRules)
    tags: TagMaking = field(default_factory=TagMaking)
    fields: Mapping[str, FieldRule] = field(default_factory=lambda: {BIRTHDAY: BORN})


def read_customers(root: Path, complaints: list[Complaint]) -> CustomerRules:
    """What the file leaves out is as it is built in."""
    reader = Reader(FILE, {}, complaints)
    table = reader.table(root, needed=False)
    for key in [one for one in table if one not in _TABLES]:
        reader.complain(key, "unknown key", f"Known here: {', '.join(_TABLES)}")
    names = reader.read(
        Nicknames, reader.part(table.get("nicknames", {}), "nicknames"), "nicknames."
    )
    stages = reader.read(StageRules, reader.part(table.get("stages", {}), "stages"), "stages.")
    tags = reader.read(TagMaking, reader.part(table.get("tags", {}), "tags"), "tags.")
    fields = {
        name: rule
        for name, key, entry in reader.named(table, "field")
        if (rule := _field(name, key, entry, reader)) is not None
    }
    return CustomerRules(
        nicknames=names or Nicknames(),
        stages=stages or StageRules(),
        tags=tags or TagMaking(),
        fields={BIRTHDAY: BORN, **fields},
    )


def _field(name: str, key: str, entry: dict[str, Any], reader: Reader) -> FieldRule | None:
    if not is_name(name):
        reader.complain(key, "is no name", "Use small letters, digits and _")
        return None
    own = {"kind": name} if name in OWN else {}
    rule = reader.read(FieldRule, own | entry, f"{key}.", id=name)
    if rule is None:
        return None
    for one in rule.scenarios or ():
        if one not in {*Scenario}:
            cure = f"Known here: {', '.join(Scenario)}"
            reader.complain(f"{key}.scenarios", f"there is no scenario {one!r}", cure)
    if rule.kind == "choice" and not rule.choices:
        reader.complain(f"{key}.choices", "is missing", 'Write choices = ["S", "M", "L"]')
    if rule.kind != own.get("kind", rule.kind) or (not own and rule.kind in OWN):
        cure = "Only birthday is a birthday, only zone a time zone"
        reader.complain(f"{key}.kind", "is not possible here", cure)
    if rule.wecom and own:
        cure = "WeCom has no birthdays, and no time zones"
        reader.complain(f"{key}.wecom", "is not possible here", cure)
    if rule.kind == DATE and name in TAKEN:
        reader.complain(key, "is known by itself", "Give the date another name")
    if rule.wecom and rule.kind == DATE:
        cure = "WeCom has no such dates: people, files and the shop tell them"
        reader.complain(f"{key}.wecom", "is not possible here", cure)
    if rule.consent and rule.kind in (ZONE, DATE):
        cure = "A time zone only keeps messages from coming at night; of a date, plans make use"
        reader.complain(f"{key}.consent", "is not possible here", cure)
    if rule.consent and not rule.purpose:
        cure = "Write what for: customers are asked that"
        reader.complain(f"{key}.purpose", "is missing", cure)
    return rule


def uncounted(rules: CustomerRules, dates: Collection[str]) -> Iterator[Complaint]:
    """Complain of date fields that plans cannot count from.

    Args:
        dates: these may be named by plans ([known] of config/segments.toml).
    """
    for name, rule in rules.fields.items():
        if rule.kind == DATE and name not in dates:
            cure = f"Add {name} to dates under [known] in config/segments.toml"
            yield Complaint(FILE, f"field.{name}", "no plan can count from it", cure)


class CustomerBook(Followed[CustomerRules]):
    """The rules in force."""

    files = (FILE,)
    kept, new, action = "the rules", "new rules for customers", "customers"

    def __init__(self, root: Path) -> None:
        super().__init__(root, CustomerRules())

    def read(self, complaints: list[Complaint]) -> CustomerRules:
        return read_customers(self.root, complaints)
