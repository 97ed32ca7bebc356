"""Whom a plan means, by name, and the exact words that one of them would read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import orjson

from bot.errors import ScriptError
from bot.plans.condition import All, NotPractising, Today, Welcome
from bot.plans.plan import Addressed, Plan, Programme, Reminder, own_date
from bot.store.groups.planning import GroupCount, count_groups
from bot.store.plans.results import PlanResults
from bot.touch.touch import Scenario
from bot.web.visit import Visit

SHOWN = 5  # customers by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """Whom it means now. Names may be hostile."""

    number: int  # of customers, or of groups
    dated: int | None = None  # so many of them have the date that a reminder counts from
    by_hand: bool = False  # it is a field of theirs, too
    names: tuple[str, ...] = ()  # of a few
    first: "Someone | None" = None
    groups: GroupCount | None = None  # None: it goes to customers


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    id: str
    name: str
    tags: tuple[str, ...]
    member: str  # who would send it
    store: str
    fields: Mapping[str, str] = field(default_factory=dict)  # that scripts may print


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    script: str
    title: str
    texts: tuple[str, ...]  # each of its wordings; one of them is taken
    attachments: tuple[str, ...]  # their kinds
    same: bool  # for all customers of a member: it is one mass message


async def meant(visit: Visit, plan: Plan) -> Meant:
    office = visit.office
    if isinstance(plan, Programme):
        groups = await count_groups(office.database, plan.groups, plan.names)
        return Meant(number=groups.meant, groups=groups)
    if not isinstance(plan, Addressed):
        return Meant(number=0)
    today = Today(office.today, office.zone, office.touching.plans.calendar)
    whom = All((Welcome(), NotPractising(), plan.whom)).sql(today)
    results = PlanResults(office.database)
    number, rows = await results.meant(whom, SHOWN)
    date, dated = own_date(plan) if isinstance(plan, Reminder) else "", None
    if date:
        dated, has = await results.dated(whom, date, SHOWN)
        rows = has or rows  # who gets it stands there by name
    some = [
        Someone(
            id=row["id"], name=row["name"], tags=tuple(orjson.loads(row["tags"])),
            member=row["member"], store=row["store"],
        )
        for row in rows
    ]  # fmt: skip
    return Meant(
        number=number,
        dated=dated,
        by_hand=date in visit.office.profiles.book.rules.fields,
        names=tuple(one.name or one.id for one in some) if dated != 0 else (),
        first=await _known(visit, some[0], plan.scenario) if some else None,
    )


async def _known(visit: Visit, one: Someone, scenario: str) -> Someone:
    return replace(one, fields=await visit.office.profiles.printing.of(one.id, scenario))


def sayings(
    visit: Visit, plan: Plan, scripts: Iterable[str], whom: Someone | None
) -> list[Saying]:
    """In the order of `scripts`, without those that no longer exist."""
    library = visit.office.desk.edition.library
    return [_saying(visit, plan, one, whom) for one in dict.fromkeys(scripts) if one in library]


def _saying(visit: Visit, plan: Plan, script_id: str, whom: Someone | None) -> Saying:
    office = visit.office
    script = office.desk.edition.library[script_id]
    to_member = isinstance(plan, Addressed) and plan.to == "member"
    same = not to_member and plan.scenario is not Scenario.FREE_MOMENT
    named = whom if whom and not same else None
    member = whom.member if whom else ""
    voice = office.desk.voices.of(member, "", whom.store if whom else "")
    values = {
        "customer": {"name": named.name, "tags": sorted(named.tags), **named.fields}
        if named else {"name": "", "tags": []},
        "member": {"name": office.desk.names.of(member)},
        "now": office.now,
        "persona": voice.persona or script.persona,
        "store": voice.values,
    }  # fmt: skip
    texts = []
    for variant in script.say:
        try:
            texts.append(office.desk.renderer.fill(script, variant, values))
        except ScriptError:
            texts.append(variant.source)  # as it is written: a value is not known here
    return Saying(
        script=script_id, title=script.title, texts=tuple(dict.fromkeys(texts)),
        attachments=tuple(one.kind for one in script.attachments), same=same,
    )  # fmt: skip
