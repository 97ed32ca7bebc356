"""Tab 客户: who they are, their tags, stage and notes, and all that happened with them."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from bot.errors import Declined
from bot.store.customers.card import serving
from bot.store.desk import notes
from bot.store.desk.notes import Note
from bot.store.desk.staff import Role
from bot.web.customer_card import history, stages, standing, tags, whole
from bot.web.route import Route
from bot.web.sidebar.subject import Subject, subject_of
from bot.web.sidebar.tabs import panel
from bot.web.visit import Visit
from bot.wecom.tagging import not_yours

OFFERED = 40  # tags at a time
LONGEST = 1000  # characters of a note
CHANGED = {"HX-Trigger": "customer:changed"}


def routes() -> Iterable[Route]:
    yield Route("GET", "/sidebar/customer", customer, Role.MEMBER)
    yield Route("GET", "/sidebar/customer/timeline", show_history, Role.MEMBER)
    yield Route("GET", "/sidebar/customer/tags", choose_tag, Role.MEMBER)
    yield Route("POST", "/sidebar/customer/tags", change_tag, Role.MEMBER)
    yield Route("POST", "/sidebar/customer/stage", change_stage, Role.MEMBER)
    yield Route("POST", "/sidebar/customer/notes", write_note, Role.MEMBER)
    yield Route("GET", "/sidebar/customer/notes/{seq}", open_note, Role.MEMBER)
    yield Route("POST", "/sidebar/customer/notes/{seq}", edit_note, Role.MEMBER)
    yield Route("POST", "/sidebar/customer/notes/{seq}/delete", delete_note, Role.MEMBER)


async def customer(visit: Visit) -> web.Response:
    subject = await subject_of(visit, "customer")
    return panel(visit, subject, "customer/card.html", **await whole(visit, subject))


async def show_history(visit: Visit) -> web.Response:
    """One more page of the history, or the first one of another filter."""
    subject = await subject_of(visit, "customer")
    return visit.html("customer/history.html", subject=subject, **await history(visit, subject))


async def choose_tag(visit: Visit) -> web.Response:
    """?text=: a part of its name."""
    subject = await subject_of(visit, "customer")
    return await _tags(visit, subject, choosing=True)


async def change_tag(visit: Visit) -> web.Response:
    """Give or take a tag, at WeCom and here."""
    subject, tag, on = await subject_of(visit, "customer"), visit.asked("tag"), visit.asked("on")
    if not tag:
        raise Declined("请选一个标签。", "Choose a tag.")
    if on == "1":
        await visit.office.tagging.give(subject.id, await _by_whom(visit, subject), tag)
    else:
        await visit.office.tagging.take(subject.id, tag)
    act = "customer.tag" if on == "1" else "customer.untag"
    await visit.note(act, subject.id, details=tag)
    now = await subject_of(visit, "customer")
    response = await _tags(visit, now, choosing=on == "1", oob=True)
    response.headers.update(CHANGED)
    return response


async def _by_whom(visit: Visit, subject: Subject) -> str:
    """The visitor, or, if they see all customers, who has this one."""
    known = [one for one in await serving(visit.office.database, subject.id) if one.friend]
    members = [one.member for one in known]
    if visit.me.id in members:
        return visit.me.id
    found = next((member for member in members if visit.me.sees(member)), "")
    if not found:
        raise not_yours()
    return found


async def _tags(visit: Visit, subject: Subject, *, choosing: bool, **more: Any) -> web.Response:
    choices, text = None, visit.asked("text")[:30]
    if choosing:
        known = await visit.office.tagging.catalogue()
        fitting = (tag for tag in known if text.casefold() in tag.casefold())
        choices = [tag for tag in fitting if tag not in subject.tags][:OFFERED]
    return visit.html(
        "customer/tags.html", subject=subject, **tags(subject, choices, text), **more
    )


async def change_stage(visit: Visit) -> web.Response:
    """Set the stage; "" = let the rules decide."""
    subject, stage = await subject_of(visit, "customer"), visit.asked("stage")
    profiles = visit.office.profiles
    now = await profiles.stages.of(subject.id)
    if stage and stage not in stages(visit, now.stage):
        raise Declined(
            "没有这个阶段，请刷新后从列表里选。", "There is no such stage: reload and choose one."
        )
    if stage:
        await profiles.staging.hold(subject.id, stage, visit.me.id)
    else:
        await profiles.staging.release(subject.id, visit.me.id)
    details = f"{now.stage or '—'} → {stage or 'auto'}"
    await visit.note("customer.stage", subject.id, details=details)
    response = visit.html("customer/stage.html", subject=subject, **await standing(visit, subject))
    response.headers.update(CHANGED)
    return response


async def write_note(visit: Visit) -> web.Response:
    subject, office = await subject_of(visit, "customer"), visit.office
    if text := _text(visit):
        await notes.put(office.database, subject.id, visit.me.id, text, office.clock.timestamp())
    return await _notes(visit, subject)


async def open_note(visit: Visit) -> web.Response:
    subject = await subject_of(visit, "customer")
    note = await _mine(visit, subject)
    return visit.html("customer/note.html", subject=subject, note=note, longest=LONGEST)


async def edit_note(visit: Visit) -> web.Response:
    subject = await subject_of(visit, "customer")
    note, text = await _mine(visit, subject), _text(visit)
    if text:
        now = visit.office.clock.timestamp()
        await notes.edit(visit.office.database, note.seq, visit.me.id, text, now)
    return await _notes(visit, subject)


async def delete_note(visit: Visit) -> web.Response:
    subject = await subject_of(visit, "customer")
    note = await _mine(visit, subject)
    now = visit.office.clock.timestamp()
    await notes.delete(visit.office.database, note.seq, visit.me.id, now)
    await visit.note("customer.unnote", subject.id)
    return await _notes(visit, subject)


def _text(visit: Visit) -> str:
    text = visit.asked("text")
    if len(text) > LONGEST:
        raise Declined(
            f"一条最多 {LONGEST} 个字，请分成两条写。",
            f"At most {LONGEST} characters: write two notes.",
        )
    return text


async def _mine(visit: Visit, subject: Subject) -> Note:
    note = await notes.one(visit.office.database, visit.seq("seq"))
    if note is None or note.customer != subject.id:
        raise Declined("这条记录已经没有了，请刷新。", "This note is gone: reload.", 404)
    if note.who != visit.me.id:
        raise Declined("只能改自己写的记录。", "You can change only what you wrote.", 403)
    return note


async def _notes(visit: Visit, subject: Subject) -> web.Response:
    found = await notes.latest(visit.office.database, subject.id)
    return visit.html(
        "customer/note_list.html", subject=subject, notes=found, names=await visit.office.names(),
        trigger="customer:changed, sheet:close",
    )  # fmt: skip
