"""What the company can read about its customers: one by one, or all those of some members."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, overload

from bot.mockwecom.contact import Relation
from bot.mockwecom.endpoint import Answer, Endpoint, Request, getter
from bot.mockwecom.paging import page_of
from bot.mockwecom.people import Customer
from bot.mockwecom.rules import RULES, Refusal
from bot.mockwecom.shapes import Items, Number, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.contact import Contacts
    from bot.mockwecom.corp import MockCorp

BATCH: Shape = {
    "userid_list!": Items(of=Text(empty=False), most=RULES["followed_members"].value),
    "cursor": Text(),
    "limit": Number(),
}


class ContactBook:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp

    def endpoints(self) -> dict[str, Endpoint]:
        return {
            "externalcontact/get": getter(
                self._get, "external_userid", "cursor", external_contact={}, follow_user=[]
            ),
            "externalcontact/list": getter(self._list, "userid", external_userid=[]),
            "externalcontact/get_follow_user_list": getter(self._members, follow_user=[]),
            "externalcontact/batch/get_by_user": Endpoint(
                answer=self._batch, body=BATCH, empty={"external_contact_list": []}
            ),
        }

    async def _get(self, request: Request) -> Answer:
        """All followers fit on one page here, so every cursor is invalid (doc 92114)."""
        customer = self._corp.people.asked_customer(request.query.get("external_userid", ""))
        if request.query.get("cursor"):
            raise Refusal(50100)
        follows = [
            (member, relation)
            for member, relation in self._corp.contacts.followers(customer.external_userid).items()
            if request.app.sees(member) and member not in self._corp.people.resigned
        ]
        if not follows:
            outside = self._corp.contacts.followers(customer.external_userid)
            raise Refusal(40096 if outside else 84061)
        names = self._corp.tags.named()
        return {
            "external_contact": person(customer),
            "follow_user": [
                {
                    **follow(customer, member, relation),
                    "tags": [
                        {"group_name": names[tag][0], "tag_name": names[tag][1], "tag_id": tag}
                        | {"type": 1}
                        for tag in relation.tags
                    ],
                }
                for member, relation in follows
            ],
            "next_cursor": "",
        }

    async def _list(self, request: Request) -> Answer:
        if not request.query.get("userid"):
            raise Refusal(41009, "userid missing")
        member = self._corp.people.asked_member(request.app, request.query["userid"])
        customers = [*self._corp.contacts.followed(member.userid)]
        if not customers:
            raise Refusal(84061)
        return {"external_userid": customers}

    async def _members(self, request: Request) -> Answer:
        members = self._corp.members.values()
        left = self._corp.people.resigned
        seen = [m.userid for m in members if request.app.sees(m.userid) and m.userid not in left]
        return {"follow_user": seen}

    async def _batch(self, request: Request) -> Answer:
        """Customers of up to 100 members; members without any are left out (doc 92994)."""
        people, body = self._corp.people, request.body
        members = [
            people.asked_member(request.app, userid).userid for userid in body["userid_list"]
        ]
        pairs = Pairs(self._corp.contacts, list(dict.fromkeys(members)))
        most = self._corp.rules["followed_page"]
        page, cursor = page_of(pairs, body, usual=50, most=most, of=f"followed {members}")
        listed = [
            {
                "external_contact": person(people.customer(customer)),
                "follow_info": {
                    **follow(people.customer(customer), member, relation),
                    "tag_id": list(relation.tags),
                },
            }
            for member, customer, relation in page
        ]
        unlicensed: Mapping[str, list[str]] = {"unlicensed_userid_list": []}
        return {
            "external_contact_list": listed,
            "next_cursor": cursor,
            "fail_info": unlicensed,
        }


class Pairs(Sequence[tuple[str, str, Relation]]):
    """(member, customer, relation) of these members, each read only when it is needed."""

    def __init__(self, contacts: "Contacts", members: Sequence[str]) -> None:
        self._parts = [(member, contacts.followed(member)) for member in members]

    def __len__(self) -> int:
        return sum(len(part) for _, part in self._parts)

    @overload
    def __getitem__(self, place: int) -> tuple[str, str, Relation]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[str, str, Relation]]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, int):
            return self[place : place + 1][0]
        found: list[tuple[str, str, Relation]] = []
        start, end, _ = place.indices(len(self))
        for member, part in self._parts:
            inside = islice(part.items(), max(start, 0), max(end, 0))
            found += ((member, customer, relation) for customer, relation in inside)
            start, end = start - len(part), end - len(part)
        return found


def person(customer: Customer) -> dict[str, Any]:
    known = {
        "external_userid": customer.external_userid,
        "name": customer.name,
        "avatar": "https://wx.qlogo.cn/mock/0",
        "type": 1,
        "gender": 0,
    }
    return known | ({"unionid": customer.unionid} if customer.unionid else {})


def follow(customer: Customer, member: str, relation: Relation) -> dict[str, Any]:
    known = {
        "userid": member,
        "remark": relation.remark or customer.name,
        "description": relation.description,
        "createtime": relation.since,
        "remark_mobiles": list(relation.mobiles),
        "oper_userid": member,
        "add_way": relation.way,
    }
    if relation.company:
        known["remark_corp_name"] = relation.company
    return known | ({"state": relation.state} if relation.state else {})
