"""The console's first page: what happened in a span of days, and what is to do."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from aiohttp import web

from bot.store import records
from bot.store.customers.cases import Cases
from bot.store.customers.missed import MissedTable
from bot.store.desk.staff import Role, sight_rows, within
from bot.store.groups.board import board
from bot.store.models import MessageState
from bot.store.plans.plans import paused_together
from bot.store.presence import Away, Presence
from bot.store.sql import Rows, one_number
from bot.store.states import TouchState
from bot.telling.rules import by_rule
from bot.web.console.todos import open_number
from bot.web.route import Route
from bot.web.todos import due
from bot.web.visit import Visit

LONGEST, SHOWN = 365, 8  # days; to-dos
TOLD_DAYS, TOLD_ABSENCES = 3, 3  # how long it shows that the bot was away, and how many times
HOLIDAYS_DAYS = 31  # before a year whose holidays (放假安排) were published in November
KINDS = ("answered", "asked", "handed_over", "silent")
CUSTOMERS = f"""
SELECT count(DISTINCT customer) AS customers FROM contact
WHERE lost_at IS NULL AND {within("member", 1)}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    first: date
    last: date
    cut: bool = False  # somebody asked for more days

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def routes() -> Iterable[Route]:
    yield Route("GET", "/console", overview, Role.MEMBER)


async def overview(visit: Visit) -> web.Response:
    """Members and leaders see what is theirs; operators see what the whole bot does."""
    office, database = visit.office, visit.office.database
    customers = await one_number(database, CUSTOMERS, sight_rows(visit.me.sight))
    todos = await open_number(visit)
    waiting = await Cases(database).unanswered(visit.me.sight)
    if visit.me.role < Role.OPERATOR:
        tasks, _ = await due(visit)
        return visit.html(
            "console/mine.html",
            customers=customers, todos=todos, waiting=waiting, tasks=tasks[:SHOWN],
        )  # fmt: skip
    span = span_of(visit)
    figures, rows = office.figures, await counted_in(visit, span)
    total = sum_of(rows)
    answered = total["answered"] + total["asked"]
    decided = answered + total["handed_over"]
    stuck = await records.stuck(database)
    library = office.desk.edition.library
    groups = await board(database, span.first.isoformat(), span.last.isoformat())
    calendar, today = office.touching.plans.calendar, visit.office.today
    return visit.html(
        "console/overview.html",
        span=span, todos=todos, waiting=waiting, total=total, decided=decided,
        fresh=not total and not customers,
        share=round(100 * answered / decided) if decided else None,
        wait_s=await figures.median_wait_s(span.first, span.last),
        doubtful=stuck[MessageState.DOUBTFUL], groups=groups,
        absences=await absences(visit), expected=calendar.expected(today, HOLIDAYS_DAYS),
        paused=paused_together(office.touching.plans.stored),
        has_app=office.settings.app is not None,
        talk=[sum(getattr(day, name) for day in groups.days.values())
              for name in ("messages", "new_members")],
        chart=chart(rows, span.days, KINDS), contacts=chart(rows, span.days, ("welcomed", "lost")),
        said=[
            (library[row["script"]].title if row["script"] in library else row["script"], row)
            for row in await figures.most_said(span.first, span.last)
        ],
        touched=touched(await figures.touched(span.first, span.last)),
    )  # fmt: skip


async def counted_in(visit: Visit, span: Span) -> Rows:
    """(day, name, key, n) of these days, up to now."""
    figures = visit.office.figures
    await figures.count()
    return [  # a welcome in 微信客服 or the bot's chat does not mean a new customer
        row for row in await figures.of_days(span.first, span.last)
        if row["name"] != "welcomed" or row["key"] == "contact"
    ]  # fmt: skip


async def absences(visit: Visit) -> list[tuple[str, str, Away, int]]:
    """From when to when the bot was away lately, and how many customers it missed. A restart that
    missed nobody gets no line."""
    database, zone = visit.office.database, visit.office.zone
    after = visit.office.clock.timestamp() - TOLD_DAYS * 86_400
    found, missed = await Presence(database).away(after), MissedTable(database)

    def told(at: float) -> str:
        local = datetime.fromtimestamp(at, zone)
        day = visit.t(f"{local.month}月{local.day}日", f"{local:%b} {local.day}")
        return f"{day} {local:%H:%M}"

    counted = [(told(one.since), told(one.until), one, await missed.during(one)) for one in found]
    return [one for one in counted if one[2].long or one[3]][:TOLD_ABSENCES]


def span_of(visit: Visit) -> Span:
    """?from=2026-11-01&to=2026-11-26; default: the last thirty days."""
    last = day_of(visit.asked("to")) or visit.office.today
    first = day_of(visit.asked("from")) or last - timedelta(days=29)
    if first > last:
        first, last = last, first
    earliest = last - timedelta(days=LONGEST)
    return Span(first=max(first, earliest), last=last, cut=first < earliest)


def day_of(text: str) -> date | None:
    """None: it is not a day, or one outside our calendars."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1970 <= found.year < 2200 else None


def sum_of(rows: Rows) -> Counter[str]:
    total: Counter[str] = Counter()
    for row in rows:
        total[row["name"]] += row["n"]
    return total


def chart(rows: Rows, days: Sequence[date], names: Sequence[str]) -> Mapping[str, Sequence[int]]:
    """The daily numbers of each name; "x" holds the days, in Unix seconds."""
    by: Counter[tuple[str, str]] = Counter()
    for row in rows:
        by[row["name"], row["day"]] += row["n"]
    drawn = {name: [by[name, day.isoformat()] for day in days] for name in names}
    return drawn | {"x": [int(datetime.combine(day, time(12), UTC).timestamp()) for day in days]}


def touched(rows: Rows) -> tuple[int, list[tuple[str, str, int]]]:
    """How many were sent, and how many were not for which reason."""
    sent = sum(row["n"] for row in rows if row["state"] == TouchState.SENT)
    return sent, by_rule([row for row in rows if row["state"] != TouchState.SENT])
