"""Makes rows of what members send by hand: use of scripts, answered questions, finished to-dos."""

from bot.events import StaffSent
from bot.store.journal import Row
from bot.store.models import Source
from bot.store.scripts.learned import learned_row
from bot.store.scripts.versions import Act
from bot.store.touch.statements import TouchRows, TouchStatement

OWN = "own/"  # with a number it is the id of a personal script
PROPOSED = "staff/own-"  # with a number, the id under which one is proposed to the company


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
    """The row, if any, that keeps as evidence that a member chose one of the company's scripts for
    a question."""
    if not event.question or not event.script or event.script.startswith(OWN):
        return []
    act = Act(who=event.member, at=event.at.timestamp())
    return [learned_row(event.question, event.script, Source.STAFF, act)]
