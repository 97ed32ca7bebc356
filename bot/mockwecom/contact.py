"""Customers of members (客户联系): who added whom, and the welcome (欢迎语, doc 92137)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.mockwecom.attachments import ATTACHMENTS, check_attachments
from bot.mockwecom.endpoint import Answer, Endpoint, Request, sized
from bot.mockwecom.payloads import (
    add_external_contact,
    del_external_contact,
    del_follow_user,
    edit_external_contact,
)
from bot.mockwecom.people import CannotAct
from bot.mockwecom.record import Delivery
from bot.mockwecom.rules import RULES, Refusal
from bot.mockwecom.shapes import Items, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

WELCOME: Shape = {
    "welcome_code!": Text(code=41049, empty=False),
    "text": {"content": sized("welcome_text_bytes")},
    "attachments": Items(
        of={"msgtype!": Text(code=41065), **ATTACHMENTS},
        most=RULES["welcome_attachments"].value,
        code=41064,
        least=0,
    ),
}


@dataclass(slots=True, kw_only=True)
class Relation:
    """A member follows a customer. It stays when only the customer has removed the member."""

    since: int
    state: str
    half: bool
    talked_at: float  # who talked last gets the mass messages (doc 92135)
    customer_has: bool = True
    welcomed: bool = False
    way: int = 1  # add_way: 1 by a code, 202 the company gave them
    remark: str = ""
    description: str = ""
    company: str = ""
    mobiles: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)  # ids of the company's; see tags.py


@dataclass(slots=True, kw_only=True)
class WelcomeCode:
    member: str
    customer: str
    expires_at: float
    sending: bool = False


class Contacts:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.reset()

    def reset(self) -> None:
        self.relations: dict[tuple[str, str], Relation] = {}
        self._followers: dict[str, dict[str, Relation]] = {}  # by customer, by member
        self._followed: dict[str, dict[str, Relation]] = {}  # by member, by customer
        self._chatted: set[tuple[str, str]] = set()
        self._codes: dict[str, WelcomeCode] = {}

    def endpoints(self) -> dict[str, Endpoint]:
        return {
            "externalcontact/send_welcome_msg": Endpoint(answer=self._welcome, body=WELCOME),
        }

    # What people do

    async def customer_adds_member(
        self,
        customer: str,
        member: str,
        state: str = "",
        half: bool = False,
        welcome: bool = True,
    ) -> str:
        """Returns the welcome code, "" if none is given out (docs 92130, 92137).

        `half`: the member has not added the customer back; calling again without it completes it.
        `welcome` False: as if the console had a welcome of its own.
        """
        who = self._corp.people.member(member)
        key = (who.userid, self._corp.people.customer(customer).external_userid)
        known = self.relations.get(key)
        if known and known.customer_has and (half or not known.half):
            raise CannotAct(f"{customer} and {member} are contacts; remove one from the other")
        now = self._corp.seconds()
        welcomed = bool(known and known.half and known.welcomed)
        self.relations[key] = Relation(
            since=now, state=state, half=half, talked_at=self._corp.timestamp(), welcomed=welcomed
        )
        self._followers.setdefault(customer, {})[key[0]] = self.relations[key]
        self._followed.setdefault(key[0], {})[customer] = self.relations[key]
        code = self.new_code(*key) if welcome else ""
        self._corp.chats.note(f"contact:{key[0]}:{key[1]}", customer, "added", state=state)
        self._corp.pushes.push(
            add_external_contact(self._corp.corp_id, now, *key, state, code, half), member=key[0]
        )
        return code

    def new_code(self, member: str, customer: str) -> str:
        """A welcome code; "" if the customer has been welcomed or chats already."""
        key = (member, customer)
        by_console = self._corp.people.member(member).console_welcome
        if by_console or self.relations[key].welcomed or key in self._chatted:
            return ""
        code = self._corp.new_id("CODE", 43)
        expires_at = self._corp.timestamp() + self._corp.rules["welcome_code_s"]
        self._codes[code] = WelcomeCode(member=member, customer=customer, expires_at=expires_at)
        return code

    async def customer_removes_member(self, customer: str, member: str) -> None:
        """The member still follows the customer, and APIs still work."""
        relation, key = self._between(customer, member)
        relation.customer_has = False
        self._corp.chats.note(f"contact:{key[0]}:{key[1]}", customer, "customer_left")
        now = self._corp.seconds()
        self._corp.pushes.push(del_follow_user(self._corp.corp_id, now, *key), member=key[0])

    async def member_removes_customer(self, customer: str, member: str, source: str = "") -> None:
        """`source`: DELETE_BY_TRANSFER when a transfer does it."""
        _, key = self._between(customer, member)
        self.unfollow(*key, source)

    def follow(self, member: str, customer: str, relation: Relation) -> None:
        """By a transfer: no callback reports it."""
        self.relations[member, customer] = relation
        self._followers.setdefault(customer, {})[member] = relation
        self._followed.setdefault(member, {})[customer] = relation

    def unfollow(self, member: str, customer: str, source: str, *, told: bool = True) -> None:
        del self.relations[member, customer], self._followers[customer][member]
        del self._followed[member][customer]
        self._corp.chats.note(f"contact:{member}:{customer}", member, "member_left")
        now, corp_id = self._corp.seconds(), self._corp.corp_id
        if told:
            payload = del_external_contact(corp_id, now, member, customer, source)
            self._corp.pushes.push(payload, member=member)

    async def customer_chats(self, customer: str, member: str) -> None:
        """They talk to each other: no callback says so, but a welcome is no longer possible."""
        self.chatted(customer, member)

    def chatted(self, customer: str, member: str) -> None:
        """Raises CannotAct if one of them has removed the other."""
        relation, key = self._between(customer, member)
        relation.talked_at = self._corp.timestamp()
        self._chatted.add(key)

    async def member_remarks_customer(
        self, customer: str, member: str, remark: str = "", mobiles: list[str] | None = None,
        description: str = "", company: str = "",
    ) -> None:  # fmt: skip
        """`mobiles`: telephone numbers; a change of only these has no callback (doc 92130)."""
        key = (self._corp.people.member(member).userid, customer)
        if key not in self.relations:
            raise CannotAct(f"{member} does not follow {customer}; customer_adds_member first")
        relation = self.relations[key]
        before = relation.remark, relation.description, relation.company
        told = before != (remark, description, company)
        relation.remark, relation.description, relation.company = remark, description, company
        if mobiles is not None:
            relation.mobiles = list(mobiles)
        if told:
            now = self._corp.seconds()
            payload = edit_external_contact(self._corp.corp_id, now, *key)
            self._corp.pushes.push(payload, member=key[0])

    def followers(self, customer: str) -> Mapping[str, Relation]:
        """The members who follow `customer`, by userid."""
        return self._followers.get(customer, {})

    def followed(self, member: str) -> Mapping[str, Relation]:
        """The customers whom the member (as the address book writes them) follows."""
        return self._followed.get(member, {})

    def _between(self, customer: str, member: str) -> tuple[Relation, tuple[str, str]]:
        key = (self._corp.people.member(member).userid, customer)
        if key not in self.relations or not self.relations[key].customer_has:
            raise CannotAct(
                f"{customer} and {member} are no contacts; customer_adds_member comes first"
            )
        return self.relations[key], key

    # The welcome

    async def _welcome(self, request: Request) -> Answer:
        body = request.body
        text, attachments = body.get("text", {}).get("content", ""), body.get("attachments", [])
        if not text and not attachments:
            raise Refusal(41089)
        check_attachments(self._corp, attachments)
        code = self._usable(body["welcome_code"])
        if not request.app.sees(code.member):  # the page asks for it (doc 92137); errcode assumed
            raise Refusal(60011)
        if self._corp.archive.awaits(code.customer):
            raise Refusal(41053)
        code.sending = True
        try:
            await self._corp.clock.sleep(self._corp.rules["welcome_sending_s"])
        finally:
            code.sending = False
        self.relations[code.member, code.customer].welcomed = True
        kind = "text" if text else attachments[0]["msgtype"]
        self._corp.deliver(
            Delivery(
                at=self._corp.clock.now(),
                channel="contact",
                account=code.member,
                to=code.customer,
                kind=kind,
                text=text,
                body={name: part for name, part in body.items() if name != "welcome_code"},
                msgid=self._corp.new_id("", 32),
                api="externalcontact/send_welcome_msg",
            )
        )
        return {}

    def _usable(self, welcome_code: str) -> WelcomeCode:
        code = self._codes.get(welcome_code)
        if code is None:
            raise Refusal(41050)
        key = (code.member, code.customer)
        if key not in self.relations:
            raise Refusal(84061)
        if self.relations[key].welcomed or key in self._chatted:
            raise Refusal(41051)
        if code.sending:
            raise Refusal(41096)
        if self._corp.timestamp() > code.expires_at:
            raise Refusal(41050)
        return code
