"""What customers wrote on some days: what became of each message, and why."""

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlencode

from aiohttp import web

from bot.scripts.recognise import recognise
from bot.store.desk.staff import Role
from bot.store.records import LAST
from bot.store.scripts.answers import Answer, Became, answers
from bot.web.console.overview import Span, span_of
from bot.web.console.scripts.preview import CHANNELS
from bot.web.console.unanswered import asked_as
from bot.web.customer_card import titles
from bot.web.route import Route
from bot.web.visit import Visit

PAGE = 50
BECAME = {
    Became.SILENT: ("没有回复", "Silent", ""),
    Became.HANDED_OVER: ("交给同事", "Handed over", "warn"),
    Became.ASKED: ("让客户选", "Suggested", "info"),
    Became.ANSWERED: ("回答了", "Answered", "good"),
}


def routes() -> Iterable[Route]:
    yield Route(method="GET", path="/console/answers", answer=show, needs=Role.OPERATOR)


async def show(visit: Visit) -> web.Response:
    """?show=silent&from=2026-11-25&to=2026-11-26; without them all since yesterday."""
    office, span = visit.office, _days(visit)
    show = next((str(one) for one in Became if one == visit.asked("show")), "")
    found = await answers(
        office.database, *office.figures.bounds(span.first, span.last),
        only=show, before=visit.number("before", LAST), limit=PAGE + 1,
    )  # fmt: skip
    days = {"from": span.first.isoformat(), "to": span.last.isoformat()}
    page = found[:PAGE]
    return visit.html(
        "console/answers.html",
        found=page, span=span, show=show, shown={"": ("全部", "All", ""), **BECAME},
        taught=_taught, days=urlencode(days), names=await office.names(), channels=CHANNELS,
        titles=titles(visit, (script for one in page for script in one.scripts)),
        more=urlencode({**days, "show": show, "before": page[-1].seq}) if found[PAGE:] else "",
    )  # fmt: skip


def _taught(one: Answer) -> bool:
    """Whether the words may become a question of a script: the bot looked for one, and without
    their numbers they are not of a kind that no script answers, such as a complaint."""
    if one.bar in ("", "rule") or not asked_as(one.asked):
        return False
    found = recognise(one.asked)
    return found is None or found.certainty != "sure"


def _days(visit: Visit) -> Span:
    if visit.asked("from") or visit.asked("to"):
        return span_of(visit)
    today = visit.office.today
    return Span(first=today - timedelta(days=1), last=today)
