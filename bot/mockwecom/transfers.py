"""Gives customers another member (分配客户), those of members who stay and of those who left.

Docs 92125, 94088 (in service), 94081, 94082 (resigned), 92124 (those still to be taken over).
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING

from bot.mockwecom.contact import Relation
from bot.mockwecom.endpoint import Answer, Endpoint, Request
from bot.mockwecom.paging import page_of
from bot.mockwecom.payloads import transfer_fail
from bot.mockwecom.people import CannotAct
from bot.mockwecom.rules import RULES, Refusal
from bot.mockwecom.shapes import Items, Number, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

BOTH: dict[str, Shape] = {
    "handover_userid!": Text(code=40003, empty=False),
    "takeover_userid!": Text(code=40003, empty=False),
}
CUSTOMERS = Items(of=Text(empty=False), most=RULES["transfer_customers"].value)
RESIGNED: dict[str, Shape] = {**BOTH, "external_userid!": CUSTOMERS}
IN_SERVICE: Shape = {**RESIGNED, "transfer_success_msg": Text()}
RESULT: Shape = {**BOTH, "cursor": Text()}
UNASSIGNED: Shape = {"cursor": Text(), "page_size": Number()}


class Fate(IntEnum):
    """`status` of transfer_result."""

    DONE = 1
    WAITING = 2
    REFUSED = 3
    FULL = 4  # whoever takes over has as many customers as WeCom allows
    NO_RECORD = 5  # only for members who stay


@dataclass(slots=True, kw_only=True)
class Transfer:
    handover: str
    takeover: str
    customer: str
    at: int
    resigned: bool
    fate: Fate = Fate.WAITING
    taken_at: int = 0


class Transfers:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.transfers: list[Transfer] = []

    def reset(self) -> None:
        self.transfers.clear()
        self._corp.people.resigned.clear()

    def endpoints(self) -> dict[str, Endpoint]:
        empty: dict[str, list[object]] = {"customer": []}
        resigned = "externalcontact/resigned/"
        return {
            "externalcontact/transfer_customer": Endpoint(
                answer=self._in_service, body=IN_SERVICE, empty=empty
            ),
            "externalcontact/transfer_result": Endpoint(
                answer=partial(self._result, resigned=False), body=RESULT, empty=empty
            ),
            resigned + "transfer_customer": Endpoint(
                answer=partial(self._transfer, resigned=True), body=RESIGNED, empty=empty
            ),
            resigned + "transfer_result": Endpoint(
                answer=partial(self._result, resigned=True), body=RESULT, empty=empty
            ),
            "externalcontact/get_unassigned_list": Endpoint(
                answer=self._unassigned, body=UNASSIGNED, empty={"info": [], "is_last": True}
            ),
        }

    # What people do

    async def member_resigns(self, member: str) -> None:
        """They leave the company: their customers and groups wait for another member."""
        userid = self._corp.member(member).userid
        self._corp.people.resigned[userid] = self._corp.seconds()
        for group in self._corp.people.groups.values():
            if group.owner == userid and group.dismissed_at is None:
                group.status = 1

    async def customer_refuses_transfer(self, customer: str) -> None:
        """They refuse within the day in which they may (暂不接受)."""
        waiting = [one for one in self._waiting() if one.customer == customer]
        if not waiting:
            raise CannotAct(f"nobody is to take over {customer}; transfer_customer comes first")
        self._fail(waiting[0], Fate.REFUSED)

    # APIs

    async def _in_service(self, request: Request) -> Answer:
        words = request.body.get("transfer_success_msg", "")
        self._corp.rules.hold("transfer_words_chars", len(words))
        return await self._transfer(request, resigned=False)

    async def _transfer(self, request: Request, *, resigned: bool) -> Answer:
        handover, takeover = self._pair(request, resigned=resigned)
        self._ripen()
        answers = []
        for customer in dict.fromkeys(request.body["external_userid"]):
            code = self._problem(handover, takeover, customer)
            answers.append({"external_userid": customer, "errcode": code})
            if not code:
                one = Transfer(
                    handover=handover, takeover=takeover, customer=customer,
                    at=self._corp.seconds(), resigned=resigned,
                )  # fmt: skip
                self.transfers.append(one)
                self._corp.pushes.start(self._wake())
        return {"customer": answers}

    def _pair(self, request: Request, *, resigned: bool) -> tuple[str, str]:
        people, body = self._corp.people, request.body
        left = body["handover_userid"]
        if left.casefold() not in self._corp.members:
            raise Refusal(60111)
        handover = self._corp.member(left).userid
        if resigned and handover not in people.resigned:
            raise Refusal(40097)
        if not resigned:
            handover = people.asked_member(request.app, handover).userid
        takeover = people.asked_member(request.app, body["takeover_userid"]).userid
        if handover == takeover:
            raise Refusal(40130)
        return handover, takeover

    def _problem(self, handover: str, takeover: str, customer: str) -> int:
        """The errcode for one customer; 0: they will be asked."""
        if customer not in self._corp.customers:
            return 40096
        mine = [one for one in self.transfers if one.customer == customer]
        waiting = [one for one in mine if one.fate is Fate.WAITING]
        if waiting:
            return 40100 if waiting[0].takeover == takeover else 40129
        if handover not in self._corp.contacts.followers(customer):
            return 40131
        since = self._corp.seconds() - self._corp.rules["transfer_again_s"]
        lately = [one for one in mine if one.at > since and one.fate is Fate.DONE]
        return 40128 if len(lately) >= self._corp.rules["transfers_of_customer"] else 0

    async def _result(self, request: Request, *, resigned: bool) -> Answer:
        pair = self._pair(request, resigned=resigned)
        self._ripen()
        latest = {
            one.customer: one
            for one in self.transfers
            if (one.handover, one.takeover, one.resigned) == (*pair, resigned)
        }
        listed = [
            {"external_userid": one.customer, "status": int(one.fate)}
            | {"takeover_time": one.taken_at}
            for one in latest.values()
        ]
        most = self._corp.rules["transfer_result_page"]
        of = f"transfers {pair} {resigned}"
        page, cursor = page_of(listed, request.body, usual=most, most=most, of=of)
        return {"customer": page, "next_cursor": cursor}

    async def _unassigned(self, request: Request) -> Answer:
        asked = {**request.body, "limit": request.body.get("page_size", 0)}
        moved = {(one.handover, one.customer) for one in self._waiting()}
        listed = [
            {"handover_userid": member, "external_userid": customer, "dimission_time": left}
            for member, left in self._corp.people.resigned.items()
            for customer in self._corp.contacts.followed(member)
            if (member, customer) not in moved
        ]
        most = self._corp.rules["unassigned_page"]
        page, cursor = page_of(listed, asked, usual=most, most=most, of="unassigned")
        return {"info": page, "is_last": not cursor, "next_cursor": cursor}

    # Within

    def _waiting(self) -> list[Transfer]:
        return [one for one in self.transfers if one.fate is Fate.WAITING]

    async def _wake(self) -> None:
        await self._corp.pushes.wait(self._corp.rules["transfer_takes_s"])
        self._ripen()

    def _ripen(self) -> None:
        """Take what is due, even if no timer woke us because the server was down."""
        until = self._corp.timestamp() - self._corp.rules["transfer_takes_s"]
        for one in self._waiting():
            if one.at <= until:
                self._take(one)

    def _take(self, one: Transfer) -> None:
        """Finish a transfer once the day is over in which the customer may refuse."""
        contacts = self._corp.contacts
        most = self._corp.rules["transfer_contacts"]
        if one.handover not in contacts.followers(one.customer):
            one.fate = Fate.NO_RECORD
        elif most and len(contacts.followed(one.takeover)) >= most:
            self._fail(one, Fate.FULL)
        else:
            one.fate, one.taken_at = Fate.DONE, self._corp.seconds()
            self._move(one)

    def _move(self, one: Transfer) -> None:
        """No callback reports who took over, since the API did it (doc 92130)."""
        contacts = self._corp.contacts
        old = contacts.followers(one.customer)[one.handover]
        if one.takeover not in contacts.followers(one.customer):
            new = Relation(
                since=one.taken_at, state=old.state, half=False, talked_at=float(one.taken_at),
                welcomed=True, way=202, remark=old.remark, mobiles=[*old.mobiles],
                tags=[*old.tags],
            )  # fmt: skip
            contacts.follow(one.takeover, one.customer, new)
        source = "" if one.resigned else "DELETE_BY_TRANSFER"
        contacts.unfollow(one.handover, one.customer, source, told=not one.resigned)

    def _fail(self, one: Transfer, fate: Fate) -> None:
        one.fate = fate
        reason = "customer_refused" if fate is Fate.REFUSED else "customer_limit_exceed"
        corp = self._corp
        told = transfer_fail(corp.corp_id, corp.seconds(), reason, one.takeover, one.customer)
        corp.pushes.push(told, member=one.takeover)
