"""Making a plan in three steps: to whom and what, when, and what would come of it."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from bot.errors import Complaint, ConfigError
from bot.plans.desk import PlanEntry
from bot.plans.plan import Plan, scripts_of
from bot.plans.preflight import Preflight
from bot.plans.reading import OWN_DATES
from bot.store.desk.audit import fields_changed
from bot.store.desk.staff import Role
from bot.store.plans.results import Reason
from bot.store.plans.trials import Tried, keep
from bot.store.states import PlanState
from bot.telling.complaints import words
from bot.telling.plans import EVENTS, WEEKDAYS, event, times
from bot.web.console.groups import KINDS as GROUP_KINDS
from bot.web.console.groups import STAGES
from bot.web.console.plan_differing import differing, told_of
from bot.web.console.plan_form import (
    BEGINS,
    FIRST,
    LATER,
    MANY,
    MODES,
    POST_FIELDS,
    SECOND,
    SHIFT,
    STEP_FIELDS,
    STEPS,
    TURNS,
    Given,
    closed_up,
    festivals,
    field_of,
    is_of_when,
    posts_of,
    table_of,
)
from bot.web.console.plan_groups import called, choices
from bot.web.console.plan_saying import Meant, Saying, meant, sayings
from bot.web.console.plan_stores import stores_to_choose, titled
from bot.web.console.plan_twins import twins_of
from bot.web.console.plans import KINDS, take_up
from bot.web.console.settings import PROFILES, SCENARIOS
from bot.web.console.trying import in_thread, trial
from bot.web.jobs import Job
from bot.web.route import Route
from bot.web.visit import Visit

PATHS = "/console/plans"
PATH = f"{PATHS}/new"
UNASKED = ("system/", "chat/", "faq/")  # answers, which nobody sends unasked
DIGEST = "system/group_missed"  # except this one, for a post that is its day's digest
WHO, WHEN, LOOK = 1, 2, 3
TITLE = 40  # characters: lists and the month show it
UNCHOSEN = {
    "title": ("给它起个名称", "Give it a title"),
    "scenario": ("请选一个：没有理由的消息不发", "Choose one: nothing is sent without a reason"),
    "script": ("请选一条话术", "Choose a script"),
    "groups": ("请写群名，或者勾选群", "Write names of groups, or tick groups"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What would come of it."""

    flight: Preflight
    meant: Meant
    sayings: tuple[Saying, ...]
    names: Mapping[str, str]  # of members
    at: float  # when it was tried out, Unix seconds
    about: tuple[str, str] | None  # what the profile of caps is about; None: the company's own


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, begin, Role.OPERATOR)
    yield Route("POST", PATH, go_on, Role.OPERATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """What the page says of an existing plan while somebody changes it."""

    entry: PlanEntry
    overtaken: str = ""  # who changed it meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A plan while somebody writes it: a new one, or a change of an existing one."""

    id: str
    given: Given
    path: str = PATH  # where its form is
    kept: Mapping[str, Any] = field(default_factory=dict)  # keys that the form does not ask for
    changed: Changing | None = None  # None: a new one

    @property
    def table(self) -> dict[str, Any]:
        return {**self.kept, **table_of(self.given)}


def written(visit: Visit) -> Given:
    """What the form says."""
    given = Given({name: _asked(visit, name) for name in ("id", *FIRST, *SECOND)})
    return closed_up(given) if given["kind"] == "group" else given


def _asked(visit: Visit, name: str) -> str:
    form = visit.fields if visit.fields is not None else visit.request.query
    if name not in MANY:
        return visit.asked(name)
    between = "\n" if name == "stores" else " "
    chosen = (one.strip() for one in form.getall(name, []) if isinstance(one, str))
    return between.join(chosen).strip()


def _new_id() -> str:
    return f"c{secrets.token_hex(4)}"


def _draft(visit: Visit) -> Draft:
    given = written(visit)
    return Draft(id=given["id"] or _new_id(), given=given)


async def begin(visit: Visit) -> web.Response:
    return await page(visit, _draft(visit), WHO)


async def page(
    visit: Visit, draft: Draft, step: int, wrong: Iterable[Complaint] = (),
    job: Job | None = None, plan: Plan | None = None,
) -> web.Response:  # fmt: skip
    office, given = visit.office, draft.given
    book, calendar = office.touching.plans.book, office.touching.plans.calendar
    today = office.today
    told: dict[str, list[tuple[str, str]]] = {}
    for one in wrong:
        name = field_of(one)
        unchosen = name in UNCHOSEN and not given[name]
        what = (visit.t(*UNCHOSEN[name]), "") if unchosen else words(one, visit.language)
        told.setdefault(name, []).append(what)
    dates, titles = book.segments.words.dates, book.segments.words.date_titles
    to_groups, posts = given["kind"] == "group", len(posts_of(given))
    named = [*given["groups"].split(), *_groups_of(draft)]
    shops = given["stores"].splitlines()
    response = visit.html(
        "console/plan_new.html",
        status=422 if told else 200, step=step, draft=draft, given=given, wrong=told, job=job,
        kinds=KINDS, names=await office.names(), group_kinds=GROUP_KINDS, group_stages=STAGES,
        chats=await choices(visit, given["groups"].split()) if step == WHO else None,
        stores=await stores_to_choose(visit, shops) if step == WHO else None,
        chosen_stores=[*map(titled(visit), shops)],
        to_groups=to_groups, written_posts=posts, turns=TURNS,
        posts=range(1, min(max(posts, 1) + 1, STEPS) + 1),  # and room for one more
        scenarios={name: told for name, told in SCENARIOS.items() if name},
        segments=book.segments.titles, dates=dates, tags=book.segments.words.tags,
        begins=_choices(BEGINS, dates), abouts=_choices(OWN_DATES, dates),
        events={name: event(name, titles=titles) for name in (*EVENTS, *dates)},
        weekdays=WEEKDAYS, modes=MODES, today=today, shift=SHIFT, later=LATER,
        festivals=festivals(calendar, today) if step == WHEN else (),
        scripts=sorted(
            (one.id, f"{one.title} · {one.id}")
            for one in office.desk.edition.library
            if not one.id.startswith(UNASKED) or (to_groups and one.id == DIGEST)
        ),
        longest=TITLE, steps=range(1, STEPS + 1), first=FIRST, second=SECOND,
        of_rows=(*STEP_FIELDS, *POST_FIELDS),
        moments=times(plan, calendar, titles) if plan else (),
        twins=await twins_of(visit, plan) if plan else (),
        segment=book.segments.titles.get(given["whom"], given["whom"]),
        differs=differing(visit, draft.changed.entry, draft.table, await called(visit, named))
        if draft.changed and step == LOOK else (),
        PlanState=PlanState,
    )  # fmt: skip
    response.headers["Cache-Control"] = "private, no-cache"  # the browser's Back finds the step
    return response


def _groups_of(draft: Draft) -> list[str]:
    """The groups of the plan that is being changed."""
    table = draft.changed.entry.table if draft.changed else None
    return [*(table or {}).get("groups", ())]


def _choices(first: Iterable[str], dates: Iterable[str]) -> list[str]:
    return [*dict.fromkeys([*first, *dates])]


async def go_on(visit: Visit) -> web.Response:
    draft = _draft(visit)
    return await walk(visit, draft) or await _make(visit, draft)


async def walk(visit: Visit, draft: Draft) -> web.Response | None:
    """The page of the step to which `go` leads; None: `go` is "make", and nothing is wrong."""
    go = visit.asked("go", "1")
    if go == "1":
        return await page(visit, draft, WHO)
    table = draft.table
    found = await visit.office.touching.desk.propose(draft.id, table)
    complaints = found if isinstance(found, tuple) else ()
    early = [one for one in complaints if not is_of_when(one)]
    if len(draft.given["title"]) > TITLE:
        cure = f"Use {TITLE} characters at most"
        early.append(Complaint("", "title", f"longer than {TITLE} characters", cure))
    if early:
        return await page(visit, draft, WHO, early)
    if go == "2":
        return await page(visit, draft, WHEN)
    if isinstance(found, tuple):
        return await page(visit, draft, WHEN, found)
    if go == "make":
        return None
    return await page(visit, draft, LOOK, job=_fly(visit, found, table), plan=found)


async def _make(visit: Visit, draft: Draft) -> web.Response:
    table, desk = draft.table, visit.office.touching.desk
    made = next((one.table for one in await desk.plans() if one.id == draft.id), None)
    if made == table:  # Back, and pressed once more
        return visit.go(f"{PATHS}/{draft.id}", "这个计划已经建好了。", "The plan is made already.")
    if made:  # Back, then another plan in the same form: no field holds the id
        draft = replace(draft, id=_new_id())
    try:
        await desk.create(draft.id, table, visit.me.id)
    except ConfigError as error:
        return await page(visit, draft, WHO, error.complaints)
    changes = fields_changed({}, told_of(table, await called(visit, table.get("groups", ()))))
    await visit.note("plan.make", draft.id, details=str(table["title"]), changes=changes)
    return await done(visit, draft.id, "计划已建好。", "The plan is made.")


async def done(visit: Visit, plan_id: str, zh: str, en: str) -> web.Response:
    """Put it in force at once; what its trial said is kept, what an earlier one said is not."""
    job = visit.office.jobs.find(visit.asked("job"), visit.me.id)
    look = job.result if job is not None else None
    tried = _tried(look) if isinstance(look, Look) and look.flight.plan.id == plan_id else None
    await keep(visit.office.database, plan_id, tried)
    await take_up(visit)
    return visit.go(f"{PATHS}/{plan_id}", zh, en)


def _tried(look: Look) -> Tried:
    flight = look.flight
    return Tried(
        at=look.at, messages=flight.messages, on_time=flight.on_time,
        later=sum(one.number for one in flight.sent) - flight.on_time,
        never=tuple(Reason(one.rule, one.zh, one.en, one.number) for one in flight.never),
        ahead=flight.ahead,
    )  # fmt: skip


def _fly(visit: Visit, plan: Plan, table: Mapping[str, Any]) -> Job:
    """Start the preflight."""
    office, now = visit.office, visit.office.clock.now()

    async def work(job: Job) -> Look:
        job.zh, job.en = (
            "正在试算：会发给谁、什么时候、为什么不发",
            "Working out who gets it, and when",
        )
        trying = trial(office, office.touching.rules.policy)
        found = await in_thread(
            job, lambda tell: trying.preflight(plan.id, now, proposed=table, tell=tell)
        )
        whom = await meant(visit, plan)
        return Look(
            flight=found, meant=whom, names=await office.names(), at=now.timestamp(),
            about=PROFILES.get(found.profile),
            sayings=tuple(sayings(visit, plan, scripts_of(plan), whom.first)),
        )  # fmt: skip

    return office.jobs.start("preflight", visit.me.id, work)
