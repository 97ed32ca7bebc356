"""Customers: search, filters and segments, and those to whom we may send nothing."""

from collections.abc import Iterable
from urllib.parse import urlencode

import orjson
from aiohttp import web

from bot.plans.condition import Today
from bot.profile.stage import STAGES
from bot.store.customers.cases import Cases
from bot.store.customers.corp_tags import CorpTags
from bot.store.customers.views import CustomerViews, Place, Wanted
from bot.store.desk import audit_names
from bot.store.desk.staff import Role
from bot.store.sql import Rows
from bot.store.touch.brakes import END, Brake, BrakeKind, Brakes, BrakeStep
from bot.store.touch.brakes import Place as BrakePlace
from bot.web.customer_card import came_by, stages
from bot.web.route import Route
from bot.web.visit import Visit

PAGE = 50
SOUNDS = "sounds"  # the kind of what nobody has said, or confirmed
FILTERS = ("words", "tag", "stage", "member", "segment")


def routes() -> Iterable[Route]:
    yield Route("GET", "/console/customers", show, Role.MEMBER)
    yield Route("GET", "/console/customers/tags", tags, Role.OPERATOR)
    yield Route("GET", "/console/brakes", brakes, Role.LEADER)
    yield Route("GET", "/console/brakes/{customer}/{kind}", ask_lift, Role.LEADER)
    yield Route("POST", "/console/brakes/{customer}/{kind}", lift, Role.LEADER)


def wanted_of(visit: Visit) -> Wanted:
    """What the query asks for; an unknown segment finds everybody."""
    name = visit.asked("segment")
    segments = visit.office.touching.plans.book.segments
    return Wanted(
        words=visit.asked("words")[:64], tag=visit.asked("tag"), stage=visit.asked("stage"),
        member=visit.asked("member"),
        segment=segments[name].sql(_today(visit)) if name in segments else None,
    )  # fmt: skip


def _today(visit: Visit) -> Today:
    office = visit.office
    return Today(office.today, office.zone, office.touching.plans.calendar)


async def show(visit: Visit) -> web.Response:
    """50 at a time; ?at= and ?id= say where the page before ended."""
    views, me = CustomerViews(visit.office.database), visit.me
    try:
        after = Place(float(visit.asked("at")), visit.asked("id"))
    except ValueError:
        after = Place()
    found = await views.page(me.sight, wanted_of(visit), after=after, number=PAGE + 1)
    for row in found:
        row["tags"] = orjson.loads(row["tags"])
        row["source"] = came_by(visit, row["source"])
    last = found[PAGE - 1] if len(found) > PAGE else None
    kept = {name: visit.asked(name) for name in FILTERS if visit.asked(name)}
    book = visit.office.touching.plans.book
    return visit.html(
        "console/customers.html",
        found=found[:PAGE], kept=kept, filters=urlencode(kept),
        more=urlencode({**kept, "at": last["place"], "id": last["id"]}) if last else "",
        tags=await views.tags(), members=await views.members(), names=await visit.office.names(),
        segments=book.segments.titles, stages=stages(visit, visit.asked("stage")),
        counted=[*STAGES], counts=await visit.office.profiles.stages.counts(me.sight),
    )  # fmt: skip


async def tags(visit: Visit) -> web.Response:
    """The company's tags as in WeCom, and those that only we have."""
    shelf = CorpTags(visit.office.database)
    groups: dict[str, Rows] = {}
    for row in await shelf.shelf():
        groups.setdefault(row["group_name"], []).append(row)
    rules = visit.office.profiles.book.rules.tags
    return visit.html("console/tags.html", groups=groups, ours=await shelf.ours(), rules=rules)


async def brakes(visit: Visit) -> web.Response:
    """Who has opted out or complained, and who lifted what lately."""
    store, reach = Brakes(visit.office.database), visit.office.reach(visit.me.sight)
    kind = visit.asked("kind")
    chosen = BrakeKind(kind) if kind in set(BrakeKind) else None
    after = BrakePlace(_moment(visit.asked("since")), visit.asked("customer"), visit.asked("of"))
    found = await store.standing(
        kind=chosen, after=after, number=PAGE + 1, reach=reach, sounds=kind == SOUNDS
    )
    last = found[PAGE - 1] if len(found) > PAGE else None
    steps = await store.steps(number=20, lifted=True, reach=reach)
    return visit.html(
        "console/brakes.html",
        kind=kind, found=found[:PAGE], steps=steps,
        called=await audit_names.names(visit.office.database, [one.customer for one in steps]),
        more=urlencode({
            "kind": kind, "since": last.since, "customer": last.customer, "of": last.kind,
        }) if last else "",
        names=await visit.office.names(),
    )  # fmt: skip


def _moment(text: str) -> float:
    """Unix seconds out of an address; anything else comes after all moments."""
    try:
        return min(float(text), END)
    except ValueError:
        return END


async def ask_lift(visit: Visit) -> web.Response:
    brake = await _brake(visit)
    if brake is None:
        return _no_brake(visit)
    return visit.html("console/brake_lift.html", brake=brake)


async def lift(visit: Visit) -> web.Response:
    """Lift a brake; a person says why. What only sounded like a complaint ends as a case, too."""
    brake, why = await _brake(visit), visit.asked("why")
    if brake is None:
        return _no_brake(visit)
    if not why:
        return visit.wrong("请写明原因：以后会有人问。", "Write down why: somebody will ask.")
    now = visit.office.clock.timestamp()
    step = BrakeStep(
        customer=brake.customer, kind=brake.kind, active=False, who=visit.me.id, why=why, at=now
    )
    cases = Cases(visit.office.database)
    unsure = brake.kind is BrakeKind.COMPLAINT and brake.sounds
    case = await cases.of(brake.customer) if unsure else None
    if case is not None and case.sounds:  # it was none: nobody has to answer it
        await cases.close(case.seq, visit.me.id, why, now, lift=True)
    else:
        await Brakes(visit.office.database).turn(step)
    await visit.note(f"brake.lift.{brake.kind}", brake.customer, why)
    return visit.told(
        "已解除，可以继续触达。", "Lifted: we may write again.",
        trigger="sheet:close, brakes:changed",
    )  # fmt: skip


async def _brake(visit: Visit) -> Brake | None:
    kind, customer = visit.part("kind"), visit.part("customer")
    if kind not in set(BrakeKind):
        return None
    found = await Brakes(visit.office.database).standing(
        kind=BrakeKind(kind), customer=customer, reach=visit.office.reach(visit.me.sight)
    )
    return found[0] if found else None


def _no_brake(visit: Visit) -> web.Response:
    return visit.wrong(
        "没有这个刹车，可能刚被解除。", "There is none: it may just be lifted.", 404
    )
