"""Who is meant: conditions on customers, each as SQL and as Python side by side.

The SQL is over `customer AS c`, for SQLite and PostgreSQL alike, and is always true or false,
never NULL. Whatever an operator wrote is a parameter. `holds` says the same of one customer, such
as one who was added a moment ago.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from bot.touch.calendar import Calendar

Field = Literal["stage", "source", "member", "store"]
BOUGHT = "bought"  # the name of the date of a customer's last purchase
PRACTICE = "practice_"  # a contact whom members practise with is no customer


@dataclass(frozen=True, slots=True)
class Condition:
    """A boolean expression for WHERE, with `?` for each of its values in order."""

    sql: str
    values: tuple[str | float, ...] = ()

    def numbered(self, first: int) -> str:
        """Its SQL with $1, $2 … for the values, as bot/store/sql.py has them, from `first` on."""
        head, *rest = self.sql.split("?")  # the SQL holds no other question marks
        return head + "".join(f"${number}{part}" for number, part in enumerate(rest, first))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer as conditions see them; the columns of table customer. Moments: Unix seconds."""

    tags: frozenset[str] = frozenset()
    stage: str = ""
    source: str = ""
    member: str = ""
    store: str = ""
    stores: frozenset[str] = frozenset()  # "all", id and "tag:…" of where their member works
    birthday: str = ""  # "05-17" by the sun, "L05-17" by the moon
    added_at: float | None = None
    heard_at: float | None = None
    opted_out_at: float | None = None
    braked_at: float | None = None
    friends: int = 0
    dates: Mapping[str, float] = field(default_factory=dict)  # "milk_powder" → when it was last

    @property
    def met_at(self) -> float:
        """When they wrote or were added, the later of both; 0: nobody knows."""
        return max(self.heard_at or 0.0, self.added_at or 0.0)


@dataclass(frozen=True, slots=True)
class Today:
    """The day for which a condition is evaluated, in the company's zone."""

    date: date
    zone: ZoneInfo
    calendar: Calendar

    def begins(self, days: int = 0) -> float:
        """When the day `days` later begins; Unix seconds."""
        day = self.date + timedelta(days=days)
        return datetime.combine(day, time(), self.zone).timestamp()


class Node(Protocol):
    """A condition, or several joined."""

    def sql(self, today: Today) -> Condition: ...

    def holds(self, person: Person, today: Today) -> bool: ...


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Node, ...] = ()

    def sql(self, today: Today) -> Condition:
        return _joined(" AND ", [part.sql(today) for part in self.parts]) or Condition("1 = 1")

    def holds(self, person: Person, today: Today) -> bool:
        return all(part.holds(person, today) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Any:
    parts: tuple[Node, ...] = ()

    def sql(self, today: Today) -> Condition:
        return _joined(" OR ", [part.sql(today) for part in self.parts]) or Condition("1 = 0")

    def holds(self, person: Person, today: Today) -> bool:
        return any(part.holds(person, today) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    part: Node

    def sql(self, today: Today) -> Condition:
        inner = self.part.sql(today)
        return Condition(f"NOT ({inner.sql})", inner.values)

    def holds(self, person: Person, today: Today) -> bool:
        return not self.part.holds(person, today)


EVERYONE = All()


@dataclass(frozen=True, slots=True)
class Tagged:
    tag: str

    def sql(self, today: Today) -> Condition:
        found = "SELECT 1 FROM customer_tag AS t WHERE t.customer = c.id AND t.tag = ?"
        return Condition(f"EXISTS ({found})", (self.tag,))

    def holds(self, person: Person, today: Today) -> bool:
        return self.tag in person.tags


@dataclass(frozen=True, slots=True)
class OneOf:
    field: Field
    values: tuple[str, ...]

    def sql(self, today: Today) -> Condition:
        return _among(f"c.{self.field}", self.values)  # one of four words of ours

    def holds(self, person: Person, today: Today) -> bool:
        return getattr(person, self.field) in self.values


@dataclass(frozen=True, slots=True)
class OfStores:
    """Served by a member of one of these stores: "all", ids, "tag:华东"."""

    stores: tuple[str, ...]

    def sql(self, today: Today) -> Condition:
        meant = self.meant()
        member = "SELECT m.member FROM store_member AS m JOIN store AS s ON s.id = m.store"
        return Condition(f"c.member IN ({member} WHERE {meant.sql})", meant.values)

    def meant(self) -> Condition:
        """Over `store AS s`."""
        if "all" in self.stores:
            return Condition("1 = 1")
        tags = [one.removeprefix("tag:") for one in self.stores if one.startswith("tag:")]
        ids = _among("s.id", tuple(one for one in self.stores if not one.startswith("tag:")))
        # Not LIKE, which takes VIP for vip.
        tagged = [Condition("replace(s.tags, ?, '') <> s.tags", (f"|{tag}|",)) for tag in tags]
        return _joined(" OR ", [ids, *tagged]) or ids

    def holds(self, person: Person, today: Today) -> bool:
        return not person.stores.isdisjoint(self.stores)


@dataclass(frozen=True, slots=True)
class AddedWithin:
    """Today or up to so many days ago."""

    days: int

    def sql(self, today: Today) -> Condition:
        return Condition("coalesce(c.added_at, 0) >= ?", (today.begins(-self.days),))

    def holds(self, person: Person, today: Today) -> bool:
        return (person.added_at or 0.0) >= today.begins(-self.days)


@dataclass(frozen=True, slots=True)
class AddedBefore:
    """More than so many days ago."""

    days: int

    def sql(self, today: Today) -> Condition:
        known = "coalesce(c.added_at, 0) > 0 AND coalesce(c.added_at, 0) < ?"
        return Condition(known, (today.begins(-self.days),))

    def holds(self, person: Person, today: Today) -> bool:
        return 0 < (person.added_at or 0.0) < today.begins(-self.days)


@dataclass(frozen=True, slots=True)
class HeardWithin:
    """They wrote today or up to so many days ago."""

    days: int

    def sql(self, today: Today) -> Condition:
        return Condition("coalesce(c.heard_at, 0) >= ?", (today.begins(-self.days),))

    def holds(self, person: Person, today: Today) -> bool:
        return (person.heard_at or 0.0) >= today.begins(-self.days)


@dataclass(frozen=True, slots=True)
class SilentFor:
    """They wrote or were added more than so many days ago, and have been silent since."""

    days: int

    def sql(self, today: Today) -> Condition:
        before = today.begins(-self.days)
        return Condition(f"{_MET} > 0 AND {_MET} < ?", (before,))

    def holds(self, person: Person, today: Today) -> bool:
        return 0 < person.met_at < today.begins(-self.days)


@dataclass(frozen=True, slots=True)
class Friends:
    """At least so many members have them as a contact."""

    least: int

    def sql(self, today: Today) -> Condition:
        return Condition("c.friends >= ?", (self.least,))

    def holds(self, person: Person, today: Today) -> bool:
        return person.friends >= self.least


@dataclass(frozen=True, slots=True)
class BornIn:
    """Their birthday of this year falls into one of these months; 0 is the current month."""

    months: tuple[int, ...]

    def sql(self, today: Today) -> Condition:
        return _born(self._texts(today))

    def holds(self, person: Person, today: Today) -> bool:
        return person.birthday in self._texts(today)

    def _texts(self, today: Today) -> tuple[str, ...]:
        months = {month or today.date.month for month in self.months}
        first = today.date.replace(month=1, day=1)
        days = (first + timedelta(days=number) for number in range(366))
        texts = (
            text
            for day in days
            if day.month in months and day.year == first.year
            for text in today.calendar.birthdays_on(day)
        )
        return tuple(sorted(set(texts)))


@dataclass(frozen=True, slots=True)
class BornOn:
    """Their birthday falls on this very day, by the sun or by the moon."""

    day: date

    def sql(self, today: Today) -> Condition:
        return _born(today.calendar.birthdays_on(self.day))

    def holds(self, person: Person, today: Today) -> bool:
        return person.birthday in today.calendar.birthdays_on(self.day)


@dataclass(frozen=True, slots=True)
class Began:
    """What a sequence or a reminder counts from was on a day `days` after today (before: < 0).

    `what` is "added", "silent" (they wrote last), or the name of a date.
    """

    what: str
    days: int

    def sql(self, today: Today) -> Condition:
        since, until = today.begins(self.days), today.begins(self.days + 1)
        match self.what:
            case "added":  # the bare column, so that an index may serve
                known = "c.added_at IS NOT NULL AND c.added_at >= ? AND c.added_at < ?"
                return Condition(known, (since, until))
            case "silent":
                return Condition(f"{_MET} >= ? AND {_MET} < ?", (since, until))
        found = "SELECT d.customer FROM customer_date AS d WHERE d.name = ?"
        values = (self.what, since, until)
        return Condition(f"c.id IN ({found} AND d.at >= ? AND d.at < ?)", values)

    def holds(self, person: Person, today: Today) -> bool:
        return today.begins(self.days) <= _known(person, self.what) < today.begins(self.days + 1)


@dataclass(frozen=True, slots=True)
class After:
    """`then` happened after `what`: they wrote ("heard"), or a date of this name.

    WeCom tells whole seconds: a message in the very second of being added counts as after it.
    """

    then: str
    what: str

    def sql(self, today: Today) -> Condition:
        later, moment = _moment(self.then), _moment(self.what)
        sign = ">=" if self._in_one_second else ">"
        return Condition(f"{later.sql} {sign} {moment.sql}", (*later.values, *moment.values))

    def holds(self, person: Person, today: Today) -> bool:
        later, moment = _known(person, self.then), _known(person, self.what)
        return later > moment or (self._in_one_second and later == moment)

    @property
    def _in_one_second(self) -> bool:
        return (self.then, self.what) == ("heard", "added")


@dataclass(frozen=True, slots=True)
class Welcome:
    """Neither opted out nor complaining."""

    def sql(self, today: Today) -> Condition:
        return Condition("coalesce(c.opted_out_at, 0) = 0 AND coalesce(c.braked_at, 0) = 0")

    def holds(self, person: Person, today: Today) -> bool:
        return not person.opted_out_at and not person.braked_at


@dataclass(frozen=True, slots=True)
class NotPractising:
    """They have not come for practice (a channel code that begins with PRACTICE)."""

    def sql(self, today: Today) -> Condition:
        return Condition(f"substr(c.source, 1, {len(PRACTICE)}) <> '{PRACTICE}'")

    def holds(self, person: Person, today: Today) -> bool:
        return not person.source.startswith(PRACTICE)


_HEARD, _ADDED = "coalesce(c.heard_at, 0)", "coalesce(c.added_at, 0)"
_MET = f"(CASE WHEN {_HEARD} > {_ADDED} THEN {_HEARD} ELSE {_ADDED} END)"
_DATE = """coalesce((SELECT d.at FROM customer_date AS d
    WHERE d.customer = c.id AND d.name = ?), 0)"""


def _moment(what: str) -> Condition:
    """An expression for Unix seconds; 0: it never happened."""
    fixed = {"added": _ADDED, "heard": _HEARD, "silent": _MET}.get(what)
    return Condition(fixed) if fixed else Condition(_DATE, (what,))


def _known(person: Person, what: str) -> float:
    match what:
        case "added":
            return person.added_at or 0.0
        case "heard":
            return person.heard_at or 0.0
        case "silent":
            return person.met_at
    return person.dates.get(what, 0.0)


def _among(column: str, values: tuple[str, ...]) -> Condition:
    if not values:
        return Condition("1 = 0")
    marks = ", ".join("?" * len(values))
    return Condition(f"{column} IN ({marks})", values)


def _born(texts: tuple[str, ...]) -> Condition:
    known = _among("c.birthday", texts)
    return Condition(f"c.birthday <> '' AND {known.sql}", known.values)  # so that an index serves


def _joined(word: str, parts: list[Condition]) -> Condition | None:
    """In halves: a chain of a thousand is deeper than SQLite goes into an expression."""
    if len(parts) > 2:
        half = len(parts) // 2
        parts = [*filter(None, (_joined(word, parts[:half]), _joined(word, parts[half:])))]
    if not parts:
        return None
    text = word.join(f"({part.sql})" for part in parts)
    return Condition(text, tuple(value for part in parts for value in part.values))
