"""What a member has to do, for pages: to-dos and reminders, with the words ready."""

from dataclasses import dataclass, replace
from typing import Any

from bot.errors import Declined
from bot.store.customers import serving
from bot.store.customers.serving import Other
from bot.store.desk.reminders import Reminder
from bot.store.desk.todos import (
    UNASKED,
    Place,
    Todo,
    Wanted,
    in_sight,
    scripts_of,
    todo,
    todos_of,
    urgent,
)
from bot.store.journal import Write
from bot.store.states import ReminderState
from bot.store.touch.statements import TouchStatement
from bot.touch.reminders import todo_by
from bot.touch.touch import Scenario
from bot.web.sidebar.offer import Part, offer
from bot.web.sidebar.subject import Subject
from bot.web.visit import Visit
from bot.web.whys import reason

PAGE = 30
REMINDER = "reminder:"  # before the id of one


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    id: str  # of a to-do; "reminder:" and the id of a reminder
    customer: str
    name: str
    why: str
    words: str  # to be sent, or for the member
    parts: tuple[Part, ...] = ()  # of ww.sendChatMessage; none: nothing is ready
    whole: bool = True  # every variable of the script is known
    script: str = ""
    at: float
    complained_at: float | None = None  # the customer did, and waits for an answer since then
    sounds: bool = False  # they only sound as if they did
    waits: bool = False  # the customer wrote, and waits for an answer
    again: str = ""  # how it recurs
    of: str = ""  # userid of who is switched off, and wanted to be reminded
    alone: bool = False  # goes to the customer by itself
    known: bool = True  # it is about a customer whom we have heard of
    cause: str = ""  # `why` as it is kept, where the words are for the member
    others: tuple[Other, ...] = ()  # colleagues who have this customer too

    def tells(self, minutes: int) -> bool:
        """Whether the words say by themselves within how many minutes to answer."""
        return f"{minutes} 分钟内" in self.words


async def due(visit: Visit, after: Place | None = None) -> tuple[list[Task], Place | None]:
    """What is due: complaints first, then customers who wrote and wait, then the oldest.
    Complaints and reminders come with the first page."""
    reminders, first, found = await _open(visit, after)
    page = found[:PAGE]
    last = page[-1] if len(found) > PAGE else None
    page = [*first, *page]
    scripts = await scripts_of(visit.office.database, page)
    tasks = [replace(await _of_todo(visit, one, scripts.get(one.id)), id=one.id) for one in page]
    tasks += [await of_reminder(visit, one) for one in reminders]
    tasks = await _with_others(visit, tasks)
    more = Place(int(last.waits), last.created_at, last.id) if last else None
    tasks.sort(key=lambda one: (one.complained_at is None, not one.waits, one.at))
    return tasks, more


async def due_of(visit: Visit, customer: str) -> list[Task]:
    """What is due for this customer, the oldest first, a page at most; without what they wrote or
    complained of, which the talk shows."""
    office, me = visit.office, visit.me.id
    reminders = await office.touching.reminders.due(me, customer=customer)
    page = await todos_of(
        office.database, me, on_duty=office.settings.duty.has(me), customer=customer,
        but=[todo_by(one) for one in reminders], after=UNASKED, number=PAGE,
    )  # fmt: skip
    scripts = await scripts_of(visit.office.database, page)
    tasks = [replace(await _of_todo(visit, one, scripts.get(one.id)), id=one.id) for one in page]
    tasks += [await of_reminder(visit, one) for one in reminders]
    return sorted(tasks, key=lambda one: one.at)


async def number_due(visit: Visit) -> str:
    """How many `due` would return; "30+" if there are more."""
    reminders, first, found = await _open(visit, None)
    number = len(reminders) + len(first) + min(len(found), PAGE)
    return f"{number}{'+' if len(found) > PAGE else ''}"


async def _open(
    visit: Visit, after: Place | None
) -> tuple[list[Reminder], list[Todo], list[Todo]]:
    """Reminders and complaints, of the first page alone; the other to-dos, and one more."""
    office, me = visit.office, visit.me.id
    reminders = await office.touching.reminders.due(me)
    on_duty = office.settings.duty.has(me)
    found = await todos_of(
        office.database, me, on_duty=on_duty, but=[todo_by(one) for one in reminders],
        after=after, number=PAGE + 1,
    )  # fmt: skip
    if after is not None:
        return [], [], found
    return reminders, await urgent(office.database, me, on_duty=on_duty), found


async def of_all(visit: Visit, first: int) -> tuple[list[tuple[str, Task]], bool]:
    """What is open with all whose work they see, each with the userid of whose it is; and whether
    there are more."""
    found = await in_sight(
        visit.office.database, visit.me.sight, on_duty=visit.office.settings.duty.has(visit.me.id),
        first=first, number=PAGE + 1,
    )  # fmt: skip
    page = found[:PAGE]
    scripts = await scripts_of(visit.office.database, page)
    due = await visit.office.touching.reminders.due(visit.me.id)
    mine = {todo_by(one): one for one in due}  # done with their reminder
    tasks = [
        (one.member,
         await of_reminder(visit, mine[one.id]) if one.id in mine
         else replace(await _of_todo(visit, one, scripts.get(one.id)), id=one.id))
        for one in page
    ]  # fmt: skip
    return tasks, len(found) > PAGE


async def coming(visit: Visit) -> list[Task]:
    found = await visit.office.touching.reminders.coming(visit.me.id)
    return await _with_others(visit, [await of_reminder(visit, one) for one in found])


async def _with_others(visit: Visit, tasks: list[Task]) -> list[Task]:
    """Name who else serves the customer, so that two members do not both chase them."""
    whom = {task.customer for task in tasks if task.customer}
    found = await serving.others(visit.office.database, whom, visit.me.id)
    return [
        replace(
            task,
            others=tuple(one for one in found.get(task.customer, ()) if one.member != task.of),
        )
        for task in tasks
    ]


async def task(visit: Visit, key: str, *, done: bool = False) -> Task:
    """The to-do of this id. A to-do that a reminder made has the reminder's id: doing one does the
    other.

    Raises:
        Declined: it is none of theirs, or not open any more (not `done`, where that is wanted).
    """
    office, stands = visit.office, ReminderState.DONE if done else ReminderState.OPEN
    if key.startswith(REMINDER):
        reminder = await office.touching.reminders.find(key.removeprefix(REMINDER))
        if reminder is None or reminder.state is not stands:
            raise _gone()
        _own(visit, reminder.member)
        return await of_reminder(visit, reminder)
    found = await todo(office.database, key, done=done)
    if found is None:
        raise _gone()
    if found.member or not office.settings.duty.has(visit.me.id):
        mine = not found.member and await serving.is_served(
            office.database, found.customer, office.reach(visit.me.sight)
        )
        if not mine:
            _own(visit, found.member)
    scripts = await scripts_of(office.database, [found])
    return await _of_todo(visit, found, scripts.get(found.id))


def _gone() -> Declined:
    return Declined("这件事已经办完或放下了。", "This is done already, or it was dropped.", 404)


def _own(visit: Visit, member: str) -> None:
    if not visit.me.sees(member):
        raise Declined(
            "这是别的同事的待办。", "This is a to-do of somebody else.", 403
        )  # fmt: skip


async def finish(visit: Visit, key: str) -> None:
    """Mark it done; a reminder that recurs comes again."""
    if key.startswith(REMINDER):
        reminders = visit.office.touching.reminders
        reminder = await reminders.find(key.removeprefix(REMINDER))
        if reminder is None or reminder.state is not ReminderState.OPEN:
            return
        await reminders.done(reminder.id, visit.me.id)
        key = todo_by(reminder)
    await close(visit, key)


async def undo(visit: Visit, key: str) -> None:
    """It was not done after all: restore it."""
    if key.startswith(REMINDER):
        reminders, key = visit.office.touching.reminders, key.removeprefix(REMINDER)
        await reminders.undo(key)
        if (reminder := await reminders.find(key)) is None:
            return
        key = todo_by(reminder)
    await visit.office.journal.write(Write(more={TouchStatement.REOPEN_TODOS: [(key,)]}))


async def close(visit: Visit, key: str) -> None:
    """Close a to-do."""
    row = (visit.office.clock.timestamp(), key)
    await visit.office.journal.write(Write(more={TouchStatement.FINISH_TODOS: [row]}))


async def of_reminder(visit: Visit, one: Reminder) -> Task:
    told = visit.t(one.zh, one.en)
    about: dict[str, Any] = {
        "id": f"{REMINDER}{one.id}", "customer": one.customer, "at": one.due_at,
        "again": told if one.again else "", "alone": one.receiver == "customer",
    }  # fmt: skip
    if one.script:
        return await _task(visit, one.script, visit.t("提醒", "Reminder"), **about)
    person = await serving.person(visit.office.database, one.customer)
    name = person.name if person else ""
    if one.why:
        why = reason(one.why, visit.language, visit.office.desk.edition.library)
        return Task(why=why, words=one.words, name=name, cause=one.why, **about)
    parts = ({"msgtype": "text", "text": {"content": one.words}},)
    why = visit.t("提醒", "Reminder")
    return Task(why=why, words=one.words, parts=parts, name=name, **about)


async def _told_by(visit: Visit, one: Todo) -> Reminder | None:
    """The reminder, of a colleague who is switched off, that made this to-do their leader's."""
    mine = one.conversation.startswith(f"contact:{visit.me.id}:")
    if mine or not one.conversation.startswith("contact:"):
        return None
    told = await visit.office.touching.reminders.due(customer=one.customer)
    return next((each for each in told if todo_by(each) == one.id), None)


async def _of_todo(visit: Visit, one: Todo, wanted: Wanted | None) -> Task:
    if (told := await _told_by(visit, one)) is not None:
        return replace(await of_reminder(visit, told), of=told.member)
    about: dict[str, Any] = {
        "id": one.id, "customer": one.customer, "at": one.created_at, "known": one.known,
        "complained_at": one.complained_at, "sounds": one.sounds, "waits": one.waits,
    }  # fmt: skip
    if wanted and wanted.script in visit.office.desk.edition.library:
        why = visit.t("该联系了", "Time to write")
        return await _task(visit, wanted.script, why, wanted.scenario, **about)
    why = reason(one.why, visit.language, visit.office.desk.edition.library)
    return Task(why=why, words=one.words, name=one.name, cause=one.why, **about)


async def _task(
    visit: Visit, script: str, why: str, scenario: Scenario = Scenario.REPLY, **about: Any
) -> Task:
    """A task with the words of its script filled in for this customer."""
    customer, library = about["customer"], visit.office.desk.edition.library
    person = await serving.person(visit.office.database, customer)
    name, tags = (person.name, person.tags) if person else ("", frozenset[str]())
    if script not in library:
        return Task(why=why, words=script, name=name, **about)
    fields = await visit.office.profiles.printing.of(customer, scenario)
    subject = Subject(kind="customer", id=customer, name=name, tags=tags, fields=fields)
    ready = offer(visit, subject, library[script])
    return Task(
        why=f"{why} · {library[script].title}", words=ready.text, parts=ready.parts,
        whole=ready.whole, script=script, name=name, **about,
    )  # fmt: skip
