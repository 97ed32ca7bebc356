"""What both sidebar and console show of one customer."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from bot.errors import Declined
from bot.profile.stage import STAGES, stage_name
from bot.store.channels.taggings import Taggings
from bot.store.customers.card import profile, serving
from bot.store.customers.cases import Cases
from bot.store.customers.timeline import FILTERS, Place, timeline
from bot.store.desk import notes
from bot.store.desk.shelf import titles_of
from bot.store.touch.brakes import FORGOTTEN, Brakes
from bot.store.touch.records import planned_for
from bot.web.console.plan_names import called
from bot.web.sidebar.fields import fields
from bot.web.sidebar.referral import referral
from bot.web.sidebar.subject import Subject
from bot.web.signal_words import SIGNALS, details_told
from bot.web.visit import Visit

PAGE = 20
COMING = 3  # touches that are planned
SHOWN = {
    "": ("全部", "All"),
    "talk": ("聊天", "Talk"),
    "touch": ("触达", "Planned messages"),
    "note": ("跟进", "Notes"),
    "more": ("其他", "Others"),
}
STATES = {
    "sent": ("已发", "sent"),
    "dropped": ("没发", "not sent"),
    "refused": ("没发", "held back"),
    "dead": ("没发出去", "not sent"),
    "doubtful": ("不确定是否送到", "may not have arrived"),
    "waiting": ("正在发", "on its way"),
    "claimed": ("正在发", "on its way"),
}


async def whole(visit: Visit, subject: Subject) -> dict[str, Any]:
    """Values of `customer/card.html`.

    Raises:
        Declined: we know nothing of them, yet or at all.
    """
    office = visit.office
    found = await profile(office.database, subject.id)
    if found is None:  # unknown to WeCom, or only just added
        raise Declined(
            "还没有这位客户的资料。刚来的客户请等几秒再打开。",
            "Nothing is known of this customer. If they have only just come, open it again in "
            "some seconds.",
            404,
        )
    brakes = await Brakes(office.database).standing(customer=subject.id)
    coming = (await planned_for(office.database, subject.id))[:COMING]
    return {
        "profile": found,
        "address": office.profiles.book.rules.nicknames.judge(found.name),
        "came_by": came_by(visit, found.source),
        "serving": await serving(office.database, subject.id),
        "coming": coming,
        "planned_titles": titles(visit, (one.touch.script for one in coming)),
        "sounding": [one for one in brakes if one.sounds],
        "forgotten": any(one.why == FORGOTTEN for one in brakes),
        "whys": await Taggings(office.database).of(subject.id),
        "case": await Cases(office.database).of(subject.id),
        "notes": await notes.latest(office.database, subject.id),
        **await referral(visit, subject),
        **tags(subject),
        **await fields(visit, subject),
        **await history(visit, subject),
        **await standing(visit, subject),
    }


def tags(subject: Subject, choices: list[str] | None = None, text: str = "") -> dict[str, Any]:
    """
    Args:
        choices: tags that could be given; None: not asked for.
    """
    return {"tags": sorted(subject.tags), "choices": choices, "text": text}


async def standing(visit: Visit, subject: Subject) -> dict[str, Any]:
    """Values of `customer/stage.html`."""
    profiles = visit.office.profiles
    now = await profiles.stages.of(subject.id)
    judged = await profiles.staging.judged(subject.id)
    return {"standing": now, "judged": judged, "stages": stages(visit, now.stage)}


def stages(visit: Visit, now: str = "") -> dict[str, str]:
    """Stages with their names: ours, the company's own, and the one that they stand in."""
    own = visit.office.touching.plans.book.segments.words.stages
    known = dict.fromkeys([*map(str, STAGES), *own, *([now] if now else [])])
    return {stage: visit.t(*stage_name(stage)) for stage in known}


async def history(visit: Visit, subject: Subject) -> dict[str, Any]:
    """?show= is a filter; ?at=&source=&seq= the place after which the page begins."""
    show = visit.asked("show")
    show = show if show in FILTERS else ""
    found, more = await timeline(
        visit.office.database, subject.id, whats=FILTERS[show], after=_place(visit), number=PAGE
    )
    said = [one.title for one in found]
    return {
        "entries": found, "more": more, "show": show, "shown": SHOWN,
        "titles": {**titles(visit, said), **await titles_of(visit.office.database, said)},
        "signals": SIGNALS, "states": STATES,
        "details_told": partial(details_told, language=visit.language),
        "called": called(visit, visit.office.touching.plans.titles),
        "names": await visit.office.names(), "stages": stages(visit),
        "first": not visit.asked("at"),
    }  # fmt: skip


def titles(visit: Visit, scripts: Iterable[str]) -> dict[str, str]:
    """The titles, by id, of those scripts that are in the library."""
    library = visit.office.desk.edition.library
    return {script: library[script].title for script in scripts if script in library}


def _place(visit: Visit) -> Place | None:
    try:
        return Place(float(visit.asked("at")), visit.number("source"), visit.number("seq"))
    except ValueError:
        return None


def came_by(visit: Visit, state: str) -> str:
    return visit.t(*visit.office.desk.channel_book.called(state))
