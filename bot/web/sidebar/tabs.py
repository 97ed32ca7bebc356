"""The sidebar's tabs: each is a part of a page; opened alone it gets the frame around it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.web.sidebar.subject import Kind, Subject
from bot.web.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    path: str
    zh: str
    en: str
    kinds: Sequence[Kind]  # of subjects that it is for


EVERY: Sequence[Kind] = ("customer", "guest", "group", "nobody")
TABS = (
    Tab(path="/sidebar/now", zh="现在", en="Now", kinds=("customer", "guest")),
    Tab(path="/sidebar/group", zh="本群", en="Group", kinds=("group",)),
    Tab(path="/sidebar/scripts", zh="话术", en="Scripts", kinds=EVERY),
    Tab(path="/sidebar/customer", zh="客户", en="Customer", kinds=("customer",)),
    Tab(path="/sidebar/todo", zh="待办", en="To do", kinds=("customer", "group", "nobody")),
)  # fmt: skip


def tabs_for(subject: Subject) -> list[Tab]:
    """The first one is shown first."""
    return [tab for tab in TABS if subject.kind in tab.kinds]


def panel(visit: Visit, subject: Subject, template: str, **values: Any) -> web.Response:
    """What a tab shows, for htmx; else the whole sidebar, open at this tab."""
    if not visit.partial:
        return visit.go(f"/sidebar?{subject.query}&tab={visit.request.path}")
    return visit.html(template, subject=subject, **values)
