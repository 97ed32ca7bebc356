"""What follows from what members send by hand: how often a script is used, and for what."""

from bot.events import StaffSent
from bot.store.journal import Row
from bot.store.models import Source
from bot.store.scripts.learned import learned_row
from bot.store.scripts.versions import Act
from bot.store.touch.statements import TouchRows, TouchStatement

OWN = "own/"  # before the number of a personal script, where an id is wanted
PROPOSED = "staff/own-"  # the same, once it is proposed to the company


def used(event: StaffSent) -> TouchRows:
    at = event.at.timestamp()
    more: TouchRows = {}
    if event.script:
        more[TouchStatement.PUT_USES] = [(event.member, event.script, int(not event.edited), at)]
    if event.todo:
        more[TouchStatement.FINISH_TODOS] = [(at, event.todo)]
    if event.chat_id and event.question:
        answer = (event.member, at, event.chat_id, 0.0, event.question, event.question, "")
        more[TouchStatement.ANSWER_GROUP_QUESTIONS] = [answer]
    return more


def lessons_of(event: StaffSent) -> list[Row]:
    """A member chose a script of the company's for a question: evidence that it answers it."""
    if not event.question or not event.script or event.script.startswith(OWN):
        return []
    act = Act(who=event.member, at=event.at.timestamp())
    return [learned_row(event.question, event.script, Source.STAFF, act)]
