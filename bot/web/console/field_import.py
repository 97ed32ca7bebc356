"""What is known of customers, out of a file: looked at row by row, then taken in."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from bot.errors import Complaint, ConfigError
from bot.profile.fields import told
from bot.profile.importing import AGREES, FOR_PEOPLE, KEYS, Judge, Line, Row, read_lines
from bot.sheet import ENDINGS, opened
from bot.store.audit import Deed
from bot.store.field_import import find
from bot.store.fields import Before
from bot.store.staff import Role
from bot.web.attached import attached, made
from bot.web.complaints import teller
from bot.web.console.imports import as_file, asked, gone, look_at, rows_shown, to_upload
from bot.web.jobs import Job
from bot.web.office import Office
from bot.web.route import Route
from bot.web.visit import Visit

T = TypeVar("T")
PATH = "/console/customers/import"
AT_ONCE = 500  # rows between two looks whether somebody has cancelled
_KINDS = ("fault", "changed", "new", "same")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Some rows that were taken in at `at`, and what was known before."""

    at: float
    before: Before
    keys: Sequence[tuple[str, str]]  # customer and field


@dataclass(slots=True, kw_only=True)
class Look:
    """What a file would do, and what has become of it."""

    name: str
    rows: Sequence[Row] = ()
    troubles: Sequence[Complaint] = ()  # with the whole file
    applied: int | None = None  # so many customers got something
    counts: Counter[str] = field(default_factory=Counter)
    written: list[Written] = field(default_factory=list)  # to be taken back
    undone: bool = False


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, page, Role.OPERATOR)
    yield Route("POST", PATH, look, Role.OPERATOR)
    yield Route("GET", f"{PATH}/rows", some, Role.OPERATOR)
    yield Route("POST", f"{PATH}/apply", apply, Role.OPERATOR)
    yield Route("POST", f"{PATH}/undo", undo, Role.OPERATOR)
    yield Route("GET", f"{PATH}/template.xlsx", template, Role.OPERATOR)


async def page(visit: Visit) -> web.Response:
    """With ?job= as far as it is."""
    job = asked(visit)
    if visit.asked("job") and job is None:
        return to_upload(visit)
    return visit.html("console/customers_import.html", job=job, **_common(visit, job))


async def look(visit: Visit) -> web.Response:
    """Take a file in and say what it would do; nothing is written."""
    return await look_at(
        visit, "field_import", PATH, ENDINGS, partial(_look, visit.office),
        lambda name: (
            f"不认识「{name}」。请用 .xlsx 或 .csv 文件。", f"{name}: use .xlsx or .csv."
        ),
    )  # fmt: skip


async def some(visit: Visit) -> web.Response:
    """Rows of one kind, a page of them."""
    job = _done(visit)
    if job is None:
        return gone(visit)
    return visit.html("console/customers_import_rows.html", job=job, **_common(visit, job))


async def apply(visit: Visit) -> web.Response:
    """Every right row; with `over` also where something else is known already."""
    office, job, over = visit.office, _done(visit), bool(visit.asked("over"))
    if job is None:
        return gone(visit)
    found: Look = job.result
    rows = [row for row in found.rows if row.puts and (over or any(_fills(row)))]
    if found.applied is not None or not rows:
        return visit.wrong("没有要导入的了。", "There is nothing to import.", 409)
    found.applied = len(rows)  # whoever clicks twice imports once
    try:
        await _take_in(visit, rows, found, over=over)
    except BaseException:  # what is written already is written once more, the same
        found.applied = None
        raise
    changed = [_deed(visit, row, found.name) for row in rows if over and row.fate == "changed"]
    await office.note(*changed)
    told = f"{found.applied} 位客户{'，覆盖已有的' if over else ''}"
    await visit.note("profile.import", found.name, details=told)
    return visit.go(f"{PATH}?job={job.id}")


async def undo(visit: Visit) -> web.Response:
    """As it was before; what somebody has changed since stays."""
    office, job = visit.office, _done(visit)
    if job is None:
        return gone(visit)
    found: Look = job.result
    if found.undone or not found.written:
        return visit.wrong("没有要撤销的了。", "There is nothing to take back.", 409)
    found.undone = True
    for part in found.written[::-1]:
        await office.profiles.fields.undo(part.before, part.keys, part.at)
    await visit.note("profile.undo", found.name, details=f"{found.applied} 位客户")
    return visit.go(f"{PATH}?job={job.id}")


async def _take_in(visit: Visit, rows: Sequence[Row], found: Look, *, over: bool) -> None:
    office, me, file = visit.office, visit.me.id, found.name
    table, at = office.profiles.fields, office.clock.timestamp()
    rules = office.profiles.book.rules.fields
    for part in _parts(rows):
        each = [(row.customer, put) for row in part for put in row.puts if put.field in rules]
        before = await table.before([one for one, _ in each])
        keys = [(one, put.field) for one, put in each]
        found.written.append(Written(at=at, before=before, keys=keys))
        await table.take_in(
            [(one, put.field, put.value) for one, put in each if put.value != put.old],
            [
                (
                    one, put.field, put.consent, rules[put.field].purpose,
                    put.value if over or not put.old else put.old,
                )
                for one, put in each
                if put.consent is not None
            ],
            me, at, file=file, over=over,
        )  # fmt: skip


def _parts(some: Sequence[T]) -> Iterator[Sequence[T]]:
    return (some[start : start + AT_ONCE] for start in range(0, len(some), AT_ONCE))


def _fills(row: Row) -> Iterable[bool]:
    """Whether a field of it puts something where nothing else is known."""
    return (not put.old or put.consent is not None for put in row.puts)


def _deed(visit: Visit, row: Row, file: str) -> Deed:
    """What was known before is kept: it is another value now."""
    rules = visit.office.profiles.book.rules.fields
    told = [
        f"{rules[put.field].title}：{put.old} → {put.value}"
        for put in row.puts
        if put.field in rules and put.old and put.old != put.value
    ]
    both = "；".join(told)
    return Deed(
        who=visit.me.id, act="customer.field", subject=row.customer, why=file,
        details=f"{both}\n{both}",
    )  # fmt: skip


async def template(visit: Visit) -> web.Response:
    """An empty worksheet with the company's fields."""
    rules = visit.office.profiles.book.rules.fields.values()
    titles = [KEYS["id"][0], KEYS["phone"][0], FOR_PEOPLE[0]]
    for rule in rules:
        titles += [rule.title, *([f"{rule.title}{AGREES}"] if rule.consent else [])]

    def write(path: Path) -> None:
        with opened(path, "客户资料") as sheet:
            sheet.add(titles)

    return attached("customers.xlsx", await asyncio.to_thread(made, "customers.xlsx", write))


def _said(visit: Visit, name: str, value: str) -> str:
    """As people say it."""
    rule = visit.office.profiles.book.rules.fields.get(name)
    with suppress(ValueError):
        return visit.t(*told(rule, value)) if rule else value
    return value


def _done(visit: Visit) -> Job | None:
    job = asked(visit)
    return job if job is not None and isinstance(job.result, Look) else None


def _common(visit: Visit, job: Job | None) -> dict[str, Any]:
    rules = visit.office.profiles.book.rules.fields
    values: dict[str, Any] = {"rules": rules, "path": PATH, "said": partial(_said, visit)}
    if job is None or not isinstance(job.result, Look):
        return values
    found: Look = job.result
    shown = rows_shown(
        visit, _KINDS, found.counts, lambda kind: [one for one in found.rows if one.fate == kind]
    )
    empty = sum(any(_fills(row)) for row in found.rows if row.puts)
    return {
        **values, **shown, "look": found, "tell": teller(visit.language), "filling": empty,
        "right": sum(bool(row.puts) for row in found.rows),
    }  # fmt: skip


async def _look(office: Office, job: Job, name: str, content: bytes) -> Look:
    rules = office.profiles.book.rules.fields
    job.zh, job.en = "正在读文件……", "Reading the file …"
    try:
        lines = await asyncio.to_thread(_lines, name, content, rules)
    except ConfigError as error:
        return Look(name=name, troubles=error.complaints)
    job.zh, job.en = "正在逐行检查……", "Looking at each row …"
    job.total, judge, rows = len(lines), Judge(name, rules), list[Row]()
    for part in _parts(lines):
        found, people = await find(
            office.database,
            (one for line in part for one in line.who.items()),
            office.profiles.fields.dates,
        )
        rows += judge.rows(part, found, people)
        job.done += len(part)
    return Look(name=name, rows=rows, counts=Counter(row.fate for row in rows))


def _lines(name: str, content: bytes, rules: Any) -> list[Line]:
    with as_file(name, content) as path:
        return read_lines(path, rules)
