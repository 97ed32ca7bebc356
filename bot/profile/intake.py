"""Imports a file of facts about customers after a look row by row, and takes it back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.profile.fields import FieldRule
from bot.profile.importing import Judge, Line, Row
from bot.store.customers.field_import import find
from bot.store.customers.fields import Before, Fields
from bot.store.desk.audit import Deed
from bot.store.sql import Database

T = TypeVar("T")
AT_ONCE = 500  # rows between two checks whether somebody has cancelled

Rules = Mapping[str, FieldRule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Some rows that were imported at `at`, and what was known before."""

    at: float
    before: Before
    keys: Sequence[tuple[str, str]]  # customer and field


async def judged(
    database: Database, fields: Fields, rules: Rules, name: str, lines: Sequence[Line],
    tell: Callable[[int], None] = lambda _: None,
) -> list[Row]:  # fmt: skip
    """What becomes of each line.

    Args:
        name: the file's.
        tell: called now and then with how many more lines are done.
    """
    judge, rows = Judge(name, rules), list[Row]()
    for part in _parts(lines):
        found, people = await find(
            database, (one for line in part for one in line.who.items()), fields.dates
        )
        rows += judge.rows(part, found, people)
        tell(len(part))
    return rows


def chosen(rows: Sequence[Row], *, over: bool) -> list[Row]:
    """Rows that change something; without `over` only where nothing else is known."""
    return [row for row in rows if row.puts and (over or fills(row))]


def fills(row: Row) -> bool:
    """Whether one of its fields fills a gap, where nothing else is known."""
    return any(not put.old or put.consent is not None for put in row.puts)


async def take_in(
    fields: Fields, rules: Rules, rows: Sequence[Row], who: str, at: float, *, file: str,
    over: bool, written: list[Written],
) -> None:  # fmt: skip
    """
    Args:
        who: imports it.
        over: also where another value is known.
        written: gets what was known before, part by part, before each part is written.
    """
    for part in _parts(rows):
        each = [(row.customer, put) for row in part for put in row.puts if put.field in rules]
        before = await fields.before([one for one, _ in each])
        keys = [(one, put.field) for one, put in each]
        written.append(Written(at=at, before=before, keys=keys))
        await fields.take_in(
            [(one, put.field, put.value) for one, put in each if put.value != put.old],
            [
                (
                    one, put.field, put.consent, rules[put.field].purpose,
                    put.value if over or not put.old else put.old,
                )
                for one, put in each
                if put.consent is not None
            ],
            who, at, file=file, over=over,
        )  # fmt: skip


def deeds(rows: Sequence[Row], rules: Rules, who: str, *, file: str, over: bool) -> list[Deed]:
    """For the audit log: the import, and the earlier values of what it changed."""
    changed = [_deed(row, rules, who, file) for row in rows if over and row.fate == "changed"]
    told = customers(len(rows), *(("，覆盖已有的", ", over what was known") if over else ()))
    return [*changed, Deed(who=who, act="profile.import", subject=file, details=told)]


def customers(number: int, zh: str = "", en: str = "") -> str:
    """For the audit log: how many, and in both languages what more there is to say."""
    return f"{number} 位客户{zh}\n{number} {'customer' if number == 1 else 'customers'}{en}"


def _deed(row: Row, rules: Rules, who: str, file: str) -> Deed:
    told = [
        f"{rules[put.field].title}：{put.old} → {put.value}"
        for put in row.puts
        if put.field in rules and put.old and put.old != put.value
    ]
    both = "；".join(told)
    return Deed(
        who=who, act="customer.field", subject=row.customer, why=file, details=f"{both}\n{both}"
    )


def _parts(some: Sequence[T]) -> Iterator[Sequence[T]]:
    return (some[start : start + AT_ONCE] for start in range(0, len(some), AT_ONCE))
