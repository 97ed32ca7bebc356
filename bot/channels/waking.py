"""Asks again for codes that WeCom refused, when it tells that one of their members was added, may
see the app now, or is active."""

from bot.channels.book import ChannelBook
from bot.events import AppEvent, Event
from bot.members.userids import among
from bot.store.touch.statements import TouchRows, TouchStatement

MEMBER_CHANGED = frozenset(
    {"subscribe", "change_contact:create_user", "change_contact:update_user"}
)
SETTLES_S = 60.0  # a whole address book may change at once


def wakes(event: Event, book: ChannelBook) -> TouchRows | None:
    if not isinstance(event, AppEvent) or event.name not in MEMBER_CHANGED:
        return None
    states = [one.state for one in book.channels.values() if among(event.user, one.members)]
    at = event.at.timestamp() + SETTLES_S
    return {TouchStatement.WAKE_CODES: [(at, state) for state in states]} if states else None
