"""Choosing another profile of caps: the page shows what it changes before it is in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from aiohttp import web

from bot.store.desk.staff import Role
from bot.store.plans.dry_run import Week
from bot.touch.caps import Profile
from bot.touch.touch_policy import TouchPolicy
from bot.web.console.plan_names import called
from bot.web.console.settings import PROFILES, SCENARIOS, SPANS, SUBJECTS
from bot.web.console.trying import Tell, in_thread, trial
from bot.web.jobs import Job
from bot.web.route import Route
from bot.web.visit import Visit

PATH = "/console/settings/caps/{name}"


class Row(NamedTuple):
    """A number that differs; None: it is not counted."""

    subject: str
    scenario: str
    span: str  # "" = hours from one to the next
    old: float | None
    new: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The next days under the profile in force, and under the other one."""

    now: Week
    then: Week
    titles: dict[str, str]  # of plans

    @property
    def rows(self) -> list[tuple[str, int, int]]:
        """Plans whose number differs; those that lose most come first."""
        plans = {*self.now.sent, *self.then.sent}
        found = [
            (self.titles.get(one, one), self.now.sent.get(one, 0), self.then.sent.get(one, 0))
            for one in plans
        ]
        return sorted((one for one in found if one[1] != one[2]), key=lambda one: one[2] - one[1])


def routes() -> Iterable[Route]:
    yield Route("GET", PATH, ask, Role.ADMIN)


async def ask(visit: Visit) -> web.Response:
    if not visit.partial:
        return visit.go("/console/settings")
    name, rules = visit.part("name"), visit.office.touching.rules
    policy = rules.policy
    try:
        other = await rules.under(name)
    except KeyError:
        return visit.wrong("没有这一套。", "There is no such profile.", 404)
    return visit.html(
        "console/caps_change.html",
        name=name, rows=differing(policy.profile, other.profile),
        job=await _try(visit, policy, other), about=PROFILES,
        subjects=SUBJECTS, scenarios=SCENARIOS, spans=SPANS,
    )  # fmt: skip


def differing(old: Profile, new: Profile) -> list[Row]:
    was, now = _numbers(old), _numbers(new)
    keys = dict.fromkeys((*was, *now))
    return [Row(*key, was.get(key), now.get(key)) for key in keys if was.get(key) != now.get(key)]


def _numbers(profile: Profile) -> dict[tuple[str, str, str], float]:
    found: dict[tuple[str, str, str], float] = {}
    for cap in profile.caps:
        what = (cap.subject, cap.scenario.value if cap.scenario else "")
        if cap.span:
            found[*what, cap.span] = cap.most
        if cap.gap_h:
            found[*what, ""] = cap.gap_h
    return found


async def _try(visit: Visit, old: TouchPolicy, new: TouchPolicy) -> Job:
    """Try out the next days under both."""
    office, now = visit.office, visit.office.clock.now()
    entries = await office.touching.desk.plans()
    name = called(visit, {entry.id: entry.title for entry in entries})

    async def work(job: Job) -> Look:
        job.zh, job.en = "正在试算接下来 7 天……", "Working out the next 7 days …"
        first, second = trial(office, old), trial(office, new)

        async def both(tell: Tell) -> tuple[Week, Week]:
            before = await first.week(now, lambda part: tell(part / 2))
            return before, await second.week(now, lambda part: tell((1 + part) / 2))

        was, then = await in_thread(job, both)
        titles = {plan: name(plan).title for plan in {*was.sent, *then.sent}}
        return Look(now=was, then=then, titles=titles)

    return office.jobs.start("caps_change", visit.me.id, work)
