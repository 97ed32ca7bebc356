"""Codes by which customers add members (联系我, docs 92572, 92228)."""

from typing import TYPE_CHECKING, Any

from bot.mockwecom.endpoint import Answer, Endpoint, Request
from bot.mockwecom.paging import page_of
from bot.mockwecom.people import CannotAct
from bot.mockwecom.rules import RULES, Refusal
from bot.mockwecom.shapes import Items, Number, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

USERS = Items(of=Text(empty=False), most=RULES["way_members"].value, code=41041, least=0)
FIELDS: dict[str, Shape] = {
    "style": Number(), "remark": Text(), "skip_verify": bool, "state": Text(), "user": USERS,
}  # fmt: skip
ADD: Shape = {
    "type!": Number(among=(1, 2), code=41039),
    "scene!": Number(among=(1, 2), code=41040),
    **FIELDS,
}
ONE: dict[str, Shape] = {"config_id!": Text(code=41043, empty=False)}
UPDATE: Shape = {**ONE, **FIELDS}
LIST: Shape = {"start_time": Number(), "end_time": Number(), "cursor": Text(), "limit": Number()}


class ContactWays:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.ways: dict[str, dict[str, Any]] = {}  # by config_id, as WeCom returns them
        self._made_at: dict[str, int] = {}

    def reset(self) -> None:
        self.ways.clear()
        self._made_at.clear()

    def endpoints(self) -> dict[str, Endpoint]:
        home = "externalcontact"
        return {
            f"{home}/add_contact_way": Endpoint(answer=self._add, body=ADD),
            f"{home}/get_contact_way": Endpoint(answer=self._get, body=ONE),
            f"{home}/update_contact_way": Endpoint(answer=self._update, body=UPDATE),
            f"{home}/del_contact_way": Endpoint(answer=self._delete, body=ONE),
            f"{home}/list_contact_way": Endpoint(answer=self._list, body=LIST),
        }

    async def customer_scans(self, customer: str, config_id: str) -> str:
        """They add the code's member with the fewest customers; returns the welcome code."""
        way = self.ways.get(config_id)
        if way is None:
            raise CannotAct(f"there is no code {config_id!r}; add_contact_way makes one")
        contacts = self._corp.contacts
        member = min(way["user"], key=lambda one: len(contacts.followed(one)))
        return await contacts.customer_adds_member(customer, member, state=way["state"])

    async def _add(self, request: Request) -> Answer:
        body = request.body
        self._check(request)
        if not body.get("user"):
            raise Refusal(40063, "some parameters are empty: user")
        if body["type"] == 1 and len(body["user"]) > 1:
            raise Refusal(41041, "one member for type 1")
        self._corp.rules.hold("ways_of_company", len(self.ways) + 1)
        config_id = self._corp.new_id("", 32)
        self._made_at[config_id] = self._corp.seconds()
        self.ways[config_id] = {
            "config_id": config_id, "type": body["type"], "scene": body["scene"],
            "style": body.get("style", 1), "remark": body.get("remark", ""),
            "skip_verify": body.get("skip_verify", True), "state": body.get("state", ""),
            "user": list(body["user"]), "party": [], "is_temp": False,
            "qr_code": f"https://p.qpic.cn/wwhead/{config_id}/0" if body["scene"] == 2 else "",
        }  # fmt: skip
        return {"config_id": config_id, "qr_code": self.ways[config_id]["qr_code"]}

    async def _get(self, request: Request) -> Answer:
        return {"contact_way": dict(self._found(request))}

    async def _update(self, request: Request) -> Answer:
        way = self._found(request)
        self._check(request)
        if way["type"] == 1 and len(request.body.get("user", ())) > 1:
            raise Refusal(41041, "one member for type 1")
        way.update({name: value for name, value in request.body.items() if name in FIELDS})
        return {}

    async def _delete(self, request: Request) -> Answer:
        config_id = self._found(request)["config_id"]
        del self.ways[config_id], self._made_at[config_id]
        return {}

    async def _list(self, request: Request) -> Answer:
        body = request.body
        first, last = body.get("start_time", 0), body.get("end_time", self._corp.seconds())
        ids = [one for one, made_at in self._made_at.items() if first <= made_at <= last]
        most = RULES["ways_page"].value
        page, cursor = page_of(ids, body, usual=100, most=most, of=f"ways {first} {last}")
        return {"contact_way": [{"config_id": one} for one in page], "next_cursor": cursor}

    def _check(self, request: Request) -> None:
        body = request.body
        self._corp.rules.hold("way_text_chars", len(body.get("remark", "")))
        self._corp.rules.hold("way_text_chars", len(body.get("state", "")))
        for userid in body.get("user", ()):
            self._corp.people.asked_member(request.app, userid)

    def _found(self, request: Request) -> dict[str, Any]:
        way = self.ways.get(request.body["config_id"])
        if way is None:
            raise Refusal(41044)
        return way
