"""What a handler has decided, gathered in memory until it is committed as one write."""

import logging
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from msgspec.structs import replace

from bot.calling import APOLOGIES, HANDED_OVER, LEFT, UNWANTED
from bot.events import (
    Channel,
    Event,
    MessageReceived,
    SessionChanged,
    SessionEntered,
    StaffSent,
    TouchDue,
)
from bot.outbox import Message, Speech, message_row, new_message
from bot.scripts.renderer import Words, fit
from bot.scripts.script import Attachment
from bot.sessions import session_row
from bot.store.customers.people import follow, settled
from bot.store.desk.sent import lessons_of
from bot.store.journal import Row, Write
from bot.store.states import TouchState
from bot.store.touch.statements import TouchRows, merge
from bot.touch.platform import Platform
from bot.touch.policy import Refuse, Session, Via
from bot.touch.verdicts import LATER
from bot.ways import Way, channel_of, touch_of

log = logging.getLogger(__name__)
_SERVICE_SESSION = Via.SERVICE_SESSION


@dataclass(slots=True)
class Outcome:
    """
    Args:
        at: Unix seconds; when it was decided.
        customer: their id, or the member's on the company's own channels.
        member: whose event it is; "" = nobody's.
    """

    event: Event
    session: Session
    at: float
    customer: str
    member: str
    limits: Platform
    session_changed: bool = False
    messages: list[Message] = field(default_factory=list)
    todos: list[Row] = field(default_factory=list)
    learned: list[Row] = field(default_factory=list)
    more: TouchRows | None = None
    decision: dict[str, Any] = field(default_factory=dict)  # kept with the event: why

    def keep(self, more: TouchRows) -> None:
        """Rows about customers and touches."""
        self.more = merge(self.more, more)

    def refuse(self, script: str, refusal: Refuse) -> Refuse:
        """Keep with the event why `script` was not said."""
        refusals = self.decision.setdefault("refused", [])
        refusals.append({"script": script, "rule": refusal.rule, "zh": refusal.zh})
        return refusal

    def announcing(self, library: Container[str], left: str) -> Iterator[str]:
        """The scripts that tell a customer that a person is called, the best first; the next one
        is for where the `when` of one does not hold.

        In customer service whoever complains hears an apology, and whoever sounds as if they want
        no more messages that none come for now. Where a message was answered in part, the customer
        hears which question is `left`.
        """
        rule = self.decision.get("match", {}).get("rule")
        complained = "braked" in self.decision or rule == "complaint"
        if channel_of(self.event) == Channel.KF:
            first = APOLOGIES if complained else UNWANTED if "unwanted" in self.decision else ()
            yield from (one for one in first if one in library)
        if left:
            yield from (one for one in LEFT if one in library)
        yield from HANDED_OVER

    def say(self, way: Way, script: str, words: Words, beside_staff: bool) -> None:
        """In as many messages as it takes and the way allows."""

        def send(text: str, attachments: tuple[Attachment, ...]) -> None:
            self.send(
                way.via, script, account=way.account, to=way.to, text=text,
                attachments=attachments, beside_staff=beside_staff,
            )  # fmt: skip

        if way.parts == 1:
            most = self.limits.contact_attachments
            send("".join(fit(words.text, way.bytes, 1)), words.attachments[:most])
            return
        room = self._room(way) - len(words.attachments)
        for text in fit(words.text, way.bytes, max(1, room)):
            send(text, ())
        for attachment in words.attachments[: max(0, self._room(way))]:
            send("", (attachment,))

    def _room(self, way: Way) -> int:
        """Messages that may still be sent before the customer writes again."""
        in_service = way.via is _SERVICE_SESSION
        return self.limits.kf_messages - self.session.sent if in_service else way.parts

    def send(self, via: Via, script: str, key: str = "", **said: Any) -> None:
        """One message; `said` are the fields of its Speech, `key` is its id if it has one."""
        event, messages, session = self.event, self.messages, self.session
        said |= {"member": self.member, "customer": self.customer, **touch_of(event, via)}
        speech = Speech(since=event.at.timestamp(), **said)
        messages.append(new_message(event, len(messages), speech, via, script, self.at, key))
        self.decision.setdefault("said", []).append({"script": script, "via": via.value})
        if via is _SERVICE_SESSION:
            session.sent += 1
            session.said, session.offered, session.asked = script, (), ""
            self.session_changed = True

    def call(self) -> None:
        """Give the session to a person, while it lives; and let what was said before go out
        although a person serves now."""
        event = self.event
        if channel_of(event) != Channel.KF or not isinstance(
            event, MessageReceived | SessionEntered
        ):
            return
        if self.at - event.at.timestamp() < self.limits.kf_window_h * 3600:
            self.send(
                Via.SERVICE_TRANSFER, "system/transfer", account=event.account, to=self.customer,
                beside_staff=True,
            )  # fmt: skip
        self.session.staffed = self.session_changed = True
        self.messages[:] = [
            replace(one, speech=replace(one.speech, beside_staff=True)) for one in self.messages
        ]

    def write(self, ids: tuple[str, ...]) -> Write:
        """Everything, as one write that also finishes the events `ids`."""
        event = self.event
        if log.isEnabledFor(logging.DEBUG):
            self._tell()
        if more := follow(event):
            self.keep(more)
        if isinstance(event, TouchDue) and (ended := self._unsaid(event)):
            self.keep(ended)
        decision = orjson.dumps(self.decision, default=str).decode()
        write = Write(
            finished=[(decision, self.at, one) for one in ids],
            messages=[message_row(message) for message in self.messages],
            todos=self.todos,
            learned=self.learned,
            more=self.more,
        )
        if isinstance(event, SessionChanged):  # taken or ended: whoever was to come has come
            write.rows["closed_todos"] = [(self.at, event.conversation)]
        if isinstance(event, StaffSent):
            write.rows["learned"] = lessons_of(event)
            write.rows["closed_todos"] = [(self.at, event.answers)] if event.answers else ()
        if self.session_changed:
            write.rows["sessions"] = [session_row(event.conversation, self.session, self.at)]
        return write

    def _tell(self) -> None:
        """In the log: what was decided, by whom; nothing of what anybody wrote or is called."""
        band = self.decision.get("match", {}).get("band", "none")
        log.debug(
            "handled %s %s: handler=%s band=%s messages=%d", type(self.event).__name__,
            self.event.id, self.decision.get("handler", "none"), band, len(self.messages),
        )  # fmt: skip

    def _unsaid(self, touch: TouchDue) -> TouchRows | None:
        """How a touch ends of which no message goes out: refused, with the reason; or sent, if the
        to-do for its member is all that was wanted.

        None: a message goes out, or the touch waits for another time.
        """
        which = touch.customer, touch.plan, touch.slot
        failed = self.decision.get("failed", False)
        if any(message.speech.plan for message in self.messages):
            return None
        if touch.via == Via.STAFF_NOTICE and self.todos and not failed:
            return settled(*which, TouchState.SENT, "", "", "", self.at)
        silent = str(self.decision.get("silent", "the handler said nothing"))
        broken = "程序出错" if failed else silent
        why = self.decision.get("refused", [{"rule": "not_said", "zh": broken}])[-1]
        if why["rule"] == LATER.rule:
            return None
        return settled(*which, TouchState.REFUSED, why["rule"], why["zh"], why["zh"], self.at)
