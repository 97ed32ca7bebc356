"""The sessions of kf conversations, in memory with the table behind them."""

from collections import OrderedDict
from collections.abc import Callable, Iterable

from bot.events import (
    Channel,
    DeliveryFailed,
    Event,
    MessageReceived,
    SessionChanged,
    StaffReplied,
)
from bot.store.journal import Journal, Row
from bot.store.sql import given
from bot.store.statements import SESSIONS
from bot.touch.policy import Session

MOST = 50_000


class Sessions:
    """The one place that holds sessions; changes are written with the outcome that makes them."""

    def __init__(self, journal: Journal, most: int = MOST) -> None:
        self._journal, self._most = journal, most
        self._known: OrderedDict[str, Session] = OrderedDict()
        self._old: set[str] = set()  # those of them that have to be read again

    async def fetch(self, conversations: Iterable[str]) -> None:
        """Load these, with one query for all that are missing.

        When there are too many, the least recently used go.
        """
        missing = []
        for name in set(conversations):
            if known := name in self._known:
                self._known.move_to_end(name)
            if not known or name in self._old:
                missing.append(name)
        if not missing:
            return
        for row in await self._journal.rows(SESSIONS, given(missing)):
            if row["conversation"] not in self._known or row["conversation"] in self._old:
                self._known[row["conversation"]] = Session(
                    heard_at=row["heard_at"],
                    sent=row["sent"],
                    staffed=bool(row["staffed"]),
                    servicer=row["servicer"],
                    said=row["said"],
                    offered=tuple(row["offered"].split()),
                    asked=row["asked"],
                )
        self._old.difference_update(missing)
        for name in missing:
            self._known.setdefault(name, Session())
        while len(self._known) > self._most:
            self._old.discard(self._known.popitem(last=False)[0])

    def read_anew(self, theirs: Callable[[str], bool]) -> None:
        """Another process had these conversations until now: the next event reads the table.

        An event under way keeps the session as it was; with an empty one it would believe that no
        person is serving.
        """
        self._old.update(name for name in self._known if theirs(name))

    def forget(self, customer: str) -> None:
        """Forget the sessions of a customer: the next event reads the table."""
        for name in [name for name in self._known if name.endswith(f":{customer}")]:
            del self._known[name]
            self._old.discard(name)

    def __getitem__(self, conversation: str) -> Session:
        session = self._known.setdefault(conversation, Session())
        self._known.move_to_end(conversation)
        return session


def session_row(conversation: str, session: Session, now: float) -> Row:
    return (
        conversation,
        session.heard_at,
        session.sent,
        session.staffed,
        session.servicer,
        session.said,
        " ".join(session.offered),
        session.asked,
        now,
    )


def observe(event: Event, session: Session, window_s: float) -> bool:
    """Let `session` follow what happened. Returns whether it changed."""
    at = event.at.timestamp()
    match event:
        case MessageReceived(channel=Channel.KF):
            if at - session.heard_at > window_s:  # a session lives for 48 h at most (doc 94669)
                session.staffed, session.servicer = False, ""
                session.said, session.offered, session.asked = "", (), ""
            session.heard_at = max(session.heard_at, at)
            session.sent = 0
        case StaffReplied():
            session.staffed, session.servicer = True, event.servicer
        case SessionChanged(change=3):
            # ended: none may write before the customer does (doc 94669)
            session.staffed, session.servicer, session.heard_at = False, "", 0.0
        case DeliveryFailed(via="service_transfer"):
            # Nobody took the session, and the next question must not meet silence.
            session.staffed, session.servicer = False, ""
        case SessionChanged():
            session.staffed, session.servicer = True, event.new_servicer
        case _:
            return False
    if not isinstance(event, MessageReceived):  # a person was there: our menu is out of date
        session.said, session.offered, session.asked = "", (), ""
    return True
