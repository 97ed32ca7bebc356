"""The chats as people see them: every line, even those that the company is not told of.

WeCom has no callback for what a customer and a member write to each other, nor for what is
written in a customer group: only the message archive (会话内容存档, doc 91774) knows it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from bot.mockwecom.people import CannotAct
from bot.mockwecom.record import Delivery

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

By = Literal["person", "sidebar", "mass", "api", "system"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message in a chat; `kind` "note" is a grey line between the messages."""

    seq: int  # from 1
    at: datetime
    chat: str  # contact:MEMBER:CUSTOMER, kf:ACCOUNT:CUSTOMER, group:CHAT, bot:BOT:CHAT, app:ID:WHO
    sender: str  # whom the others see as its author
    kind: str  # WeCom's msgtype
    text: str
    body: dict[str, Any]
    by: By  # how it came about
    msgid: str  # the same one again: the line has changed, as a stream does
    api: str  # by which API


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A group as its chat shows it: of customers and members (客户群), or of members alone."""

    chat_id: str
    name: str
    owner: str
    people: tuple[str, ...]
    internal: bool


class Chats:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.lines: list[Line] = []
        self.followers: list[Callable[[Line], None]] = []  # told of each line
        self._internal: dict[str, Room] = {}

    def reset(self) -> None:
        """Forget what was said; who is where stays."""
        self.lines.clear()

    # Groups

    def add_room(self, chat_id: str, name: str, people: list[str]) -> None:
        """A group of members, as the smart bot serves it."""
        members = tuple(self._corp.people.member(userid).userid for userid in people)
        self._internal[chat_id] = Room(
            chat_id=chat_id, name=name, owner=members[0], people=members, internal=True
        )

    def rooms(self) -> dict[str, Room]:
        groups = {
            group.chat_id: Room(
                chat_id=group.chat_id, name=group.name, owner=group.owner,
                people=tuple(group.people), internal=False,
            )
            for group in self._corp.people.groups.values()
            if group.dismissed_at is None
        }  # fmt: skip
        return {**self._internal, **groups}

    # What people write

    async def customer_writes_member(self, customer: str, member: str, text: str) -> str:
        """In the chat between them. No callback tells it. Returns the msgid."""
        self._corp.contacts.chatted(customer, member)
        userid = self._corp.people.member(member).userid
        return self.say(f"contact:{userid}:{customer}", customer, text)

    async def member_writes_customer(self, member: str, customer: str, text: str) -> str:
        """The same from the member's side."""
        self._corp.contacts.chatted(customer, member)
        userid = self._corp.people.member(member).userid
        return self.say(f"contact:{userid}:{customer}", userid, text)

    def say(self, chat: str, sender: str, text: str) -> str:
        if not text.strip():
            raise CannotAct("nobody can send an empty text")
        body = {"msgtype": "text", "text": {"content": text}}
        return self.add(chat, sender, "text", text, body)

    def note(self, chat: str, sender: str, what: str, **about: Any) -> None:
        """What happened there; `what` is a name that the reader puts into words."""
        msgid = f"note{len(self.lines) + 1}"
        self.add(chat, sender, "note", what, about, by="system", msgid=msgid)

    def delivered(self, delivery: Delivery, sender: str) -> None:
        """What reached somebody, as a line of its chat."""
        channel, account, to = delivery.channel, delivery.account, delivery.to
        chat = f"group:{to}" if channel == "group" else f"{channel}:{account}:{to}"
        by: By = "api"
        if delivery.api in ("servicer", "sidebar"):
            by = "person" if delivery.api == "servicer" else "sidebar"
        elif delivery.api.endswith("add_msg_template"):
            by = "mass"
        self.add(
            chat, sender or account, delivery.kind, delivery.text, delivery.body,
            by=by, msgid=delivery.msgid, api=delivery.api,
        )  # fmt: skip

    def add(
        self,
        chat: str,
        sender: str,
        kind: str,
        text: str,
        body: dict[str, Any],
        *,
        by: By = "person",
        msgid: str = "",
        api: str = "",
    ) -> str:
        """Returns the msgid, made up if none is given."""
        line = Line(
            seq=len(self.lines) + 1,
            at=self._corp.clock.now(),
            chat=chat,
            sender=sender,
            kind=kind,
            text=text,
            body=body,
            by=by,
            msgid=msgid or self._corp.new_id("", 32),
            api=api,
        )
        self.lines.append(line)
        for follower in self.followers:
            follower(line)
        self._corp.bell.ring()
        return line.msgid
