"""To do: what this member has to do for whom, by when, with the words ready; and new reminders."""

from collections.abc import Iterable
from urllib.parse import quote

from aiohttp import web

from bot.errors import Declined
from bot.events.due import NOTE
from bot.store.desk.staff import Role
from bot.store.desk.todos import Place
from bot.touch.phrases import Moment, Unclear
from bot.touch.reminders import LONGEST, Draft, todo_by
from bot.web.route import Route
from bot.web.sidebar.subject import subject_of
from bot.web.sidebar.tabs import panel
from bot.web.todos import REMINDER, close, coming, due, finish, number_due, task, undo
from bot.web.visit import Visit

CHANGED = {"HX-Trigger": "todo:changed, sheet:close"}
LATER = (
    ("一小时后", "in 1 hour"), ("今天下午五点", "today 5pm"), ("明天上午十点", "tomorrow 10am"),
    ("下周一上午十点", "next Monday 10am"),
)  # fmt: skip


def routes() -> Iterable[Route]:
    yield Route("GET", "/sidebar/todo", show, Role.MEMBER)
    yield Route("GET", "/sidebar/todo/list", tasks, Role.MEMBER)
    yield Route("GET", "/sidebar/todo/number", number, Role.MEMBER)
    yield Route("GET", "/sidebar/todo/understand", understand, Role.MEMBER)
    yield Route("POST", "/sidebar/todo/reminders", remind, Role.MEMBER)
    yield Route("POST", "/sidebar/todo/{id}/done", done, Role.MEMBER)
    yield Route("POST", "/sidebar/todo/{id}/undo", undone, Role.MEMBER)
    yield Route("GET", "/sidebar/todo/{id}/later", ask_later, Role.MEMBER)
    yield Route("POST", "/sidebar/todo/{id}/later", later, Role.MEMBER)
    yield Route("GET", "/sidebar/todo/{id}/drop", ask_drop, Role.MEMBER)
    yield Route("POST", "/sidebar/todo/{id}/drop", drop, Role.MEMBER)


async def show(visit: Visit) -> web.Response:
    subject = await subject_of(visit)
    found, more = await due(visit)
    return panel(
        visit, subject, "sidebar/todo.html", due=found, coming=await coming(visit), more=more,
        now=visit.office.clock.timestamp(), longest=LONGEST, later=_later(visit),
        names=await visit.office.names(),
    )  # fmt: skip


async def number(visit: Visit) -> web.Response:
    """How many are due, for the tab."""
    return visit.html("sidebar/number.html", number=await number_due(visit))


async def tasks(visit: Visit) -> web.Response:
    """The lists alone; ?waits=&at=&id= is the place after which a page begins."""
    subject = await subject_of(visit)
    try:
        after = Place(min(visit.number("waits"), 1), float(visit.asked("at")), visit.asked("id"))
    except ValueError:
        after = None
    found, more = await due(visit, after)
    return visit.html(
        "sidebar/tasks.html", subject=subject, due=found, more=more, page=after is not None,
        coming=[] if after else await coming(visit), names=await visit.office.names(),
    )  # fmt: skip


async def understand(visit: Visit) -> web.Response:
    """?when=: what is meant, before it is saved; ?once=1: one moment is wanted."""
    text = visit.asked("when")[:80]
    meaning = visit.office.touching.reminders.understand(text) if text else None
    once = visit.asked("once") == "1" and not isinstance(meaning, Moment | Unclear | None)
    return visit.html(
        "sidebar/meaning.html", meaning=meaning, unclear=isinstance(meaning, Unclear), once=once
    )


async def remind(visit: Visit) -> web.Response:
    """A reminder for whoever asks, of the customer beside whose chat they are; its words are a
    note and not to be sent, unless the form says that they are for the customer."""
    subject, words = await subject_of(visit, "customer"), visit.asked("words")
    if not words:
        raise Declined("请写到时候要说或要做的事。", "Write what is to be said or done then.")
    when = visit.asked("when")
    _meant(visit, when, once=False)
    draft = Draft(
        customer=subject.id, when=when, member=visit.me.id, words=words,
        who=visit.me.id, why="" if visit.asked("for") == "customer" else NOTE,
    )  # fmt: skip
    made = await visit.office.touching.reminders.create(draft)
    await visit.note("todo.remind", subject.id, details=f"{made.zh}\n{made.en}")
    return visit.told(
        f"到时提醒您：{made.zh}", f"You will be reminded: {made.en}",
        trigger="todo:changed, todo:kept",
    )  # fmt: skip


def _meant(visit: Visit, when: str, *, once: bool) -> None:
    """
    Raises:
        Declined: it is not understood.
    """
    meaning = visit.office.touching.reminders.understand(when)
    if isinstance(meaning, Unclear):
        raise Declined(meaning.zh, meaning.en)
    if once and not isinstance(meaning, Moment):
        raise Declined(
            "请写一个时刻，如「明天下午三点」。", "Write a single time, such as “tomorrow 3pm”."
        )


async def done(visit: Visit) -> web.Response:
    one = await task(visit, visit.part("id"))
    await finish(visit, one.id)
    await visit.note("todo.done", one.customer, details=one.why)
    # One that recurs comes again by itself.
    undo_at = "" if one.again else f"/sidebar/todo/{quote(visit.part('id'), safe='')}/undo"
    response = visit.told("办完了。", "Done.", undo=undo_at)
    response.headers.update(CHANGED)
    return response


async def undone(visit: Visit) -> web.Response:
    """Take 办完了 back."""
    one = await task(visit, visit.part("id"), done=True)
    await undo(visit, one.id)
    await visit.note("todo.undo", one.customer, details=one.why)
    return visit.told("又回到待办里了。", "It is to do again.", trigger="todo:changed")


async def ask_later(visit: Visit) -> web.Response:
    one = await task(visit, visit.part("id"))
    return visit.html("sidebar/later.html", one=one, later=_later(visit))


def _later(visit: Visit) -> list[tuple[str, str]]:
    """The choices of 晚点: in the evening, this afternoon is over."""
    understand = visit.office.touching.reminders.understand
    return [one for one in LATER if not isinstance(understand(visit.t(*one)), Unclear)]


async def later(visit: Visit) -> web.Response:
    """Put off: a reminder moves; a to-do becomes a reminder at that moment."""
    one, reminders = await task(visit, visit.part("id")), visit.office.touching.reminders
    when = visit.asked("preset") or visit.asked("when")
    _meant(visit, when, once=True)
    if one.id.startswith(REMINDER):
        told = await reminders.find(one.id.removeprefix(REMINDER))
        moved = await reminders.later(one.id.removeprefix(REMINDER), when)
        if told is not None:
            await close(visit, todo_by(told))
    else:
        draft = Draft(
            customer=one.customer, when=when, member=visit.me.id, who=visit.me.id,
            script=one.script, words="" if one.script else one.words[:LONGEST], why=one.cause,
        )  # fmt: skip
        moved = await reminders.create(draft)
        await close(visit, one.id)
    await visit.note("todo.later", one.customer, details=f"{moved.zh}\n{moved.en}")
    response = visit.told(f"推迟到：{moved.zh}", f"Put off: {moved.en}")
    response.headers.update(CHANGED)
    return response


async def ask_drop(visit: Visit) -> web.Response:
    one = await task(visit, visit.part("id"))
    return visit.html("sidebar/drop.html", one=one)


async def drop(visit: Visit) -> web.Response:
    """It need not be done; the member says why."""
    one, why = await task(visit, visit.part("id")), visit.asked("why")[:200]
    if not why:
        raise Declined("请写一句原因，同事会看到。", "Write down why: colleagues will see it.")
    if one.id.startswith(REMINDER):
        reminders, key = visit.office.touching.reminders, one.id.removeprefix(REMINDER)
        told = await reminders.drop(key, visit.me.id)
        await close(visit, todo_by(told))
    else:
        await close(visit, one.id)
    await visit.note("todo.drop", one.customer, why, details=one.why)
    response = visit.told("已放下。", "Dropped.")
    response.headers.update(CHANGED)
    return response
