"""Customer groups (客户群): what people do in them, groupchat/list and get (docs 92120, 92122).

Events of who joined and left name the member version before and after (doc 92130).
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.mockwecom.endpoint import Answer, Endpoint, Request
from bot.mockwecom.group import Group, Joined
from bot.mockwecom.mass_task import WECOM_ZONE
from bot.mockwecom.paging import page_of
from bot.mockwecom.payloads import external_chat, external_chat_members, external_chat_update
from bot.mockwecom.people import CannotAct
from bot.mockwecom.rules import DAY_S, RULES, Refusal
from bot.mockwecom.shapes import Items, Number, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

OWNERS: Shape = {
    "userid_list!": Items(of=Text(empty=False), most=RULES["group_owner_filter"].value)
}
LIST: Shape = {
    "status_filter": Number(among=(0, 1, 2, 3)),
    "owner_filter": OWNERS,
    "cursor": Text(),
    "limit!": Number(),
}
GET: Shape = {"chat_id!": Text(empty=False), "need_name": Number(among=(0, 1))}
BY_QR = 3
INVITED = 1
EVENT_SCENES = {INVITED: 0, 2: 0, BY_QR: 3}  # of joining: events use other numbers than get


def day_of(at: float) -> str:
    """WeCom's day at `at` (Unix seconds), as 2026-05-18."""
    return f"{datetime.fromtimestamp(at, UTC).astimezone(WECOM_ZONE):%Y-%m-%d}"


class Groups:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.groups = corp.people.groups

    def reset(self) -> None:
        for group in self.groups.values():
            group.reset()

    def endpoints(self) -> dict[str, Endpoint]:
        return {
            "externalcontact/groupchat/list": Endpoint(
                answer=self._list, body=LIST, empty={"group_chat_list": [], "next_cursor": ""}
            ),
            "externalcontact/groupchat/get": Endpoint(answer=self._get, body=GET),
        }

    # What people do

    def add_group(self, owner: str, name: str = "", chat_id: str = "") -> str:
        """A customer group whose only member is its `owner`; returns its chat_id. It is older than
        all that happens, so no callback reports it."""
        chat_id, member = chat_id or self._corp.new_id("wr"), self._corp.member(owner)
        group = Group(chat_id=chat_id, owner=member.userid, name=name, before=1)
        self.groups[chat_id] = group
        group.people[member.userid] = Joined(userid=member.userid, at=0, scene=INVITED)
        group.version = self._corp.new_id("", 32)
        return chat_id

    def add_group_day(
        self,
        chat_id: str,
        days_ago: int,
        joined: list[str] | None = None,
        left: list[str] | None = None,
        wrote: dict[str, int] | None = None,
    ) -> None:
        """What happened in a group before anybody listened: who joined, who left, and how often
        each wrote. The first such day is the one on which it was made."""
        group, at = self._group(chat_id), self._corp.seconds() - days_ago * DAY_S
        group.created_at = min(group.created_at or at, at)
        if owner := group.people.get(group.owner):
            group.people[group.owner] = replace(owner, at=group.created_at)
        day = group.day(day_of(at))
        for one in joined or ():
            group.people[one] = Joined(userid=self._known(one), at=at, scene=BY_QR)
        for one in left or ():
            del group.people[one]
        for one, times in (wrote or {}).items():
            day.messages += times
            day.speakers.add(self._known(one))
        day.joined += len(joined or ())
        day.left += len(left or ())

    async def create_group(
        self, owner: str, name: str = "", people: list[str] | None = None, chat_id: str = ""
    ) -> str:
        """The member `owner` opens a group with these customers and members; returns its id."""
        for one in people or ():
            self._known(one)
        chat_id = self.add_group(owner, name, chat_id)
        group, now = self.groups[chat_id], self._corp.seconds()
        group.created_at, group.before = now, 0
        group.people.clear()
        inside = dict.fromkeys([group.owner, *(self._known(one) for one in people or ())])
        for one in inside:
            group.people[one] = Joined(userid=one, at=now, scene=INVITED, invitor=group.owner)
        group.day(self._today()).joined += len(inside)
        self._corp.pushes.push(external_chat(self._corp.corp_id, now, chat_id, "create"))
        return chat_id

    async def people_join_group(
        self,
        chat_id: str,
        people: list[str],
        scene: int = BY_QR,
        invitor: str = "",
        state: str = "",
    ) -> None:
        """`scene`: 1 invited by `invitor`, 2 by a link, 3 by a QR code with that `state`."""
        group, now = self._group(chat_id), self._corp.seconds()
        if scene not in EVENT_SCENES:
            raise CannotAct(f"scene is 1, 2 or 3, not {scene!r}")
        if invitor and self._known(invitor) not in group.people:
            raise CannotAct(f"{invitor} is not in {chat_id}; people_join_group first")
        new = [one for one in dict.fromkeys(map(self._known, people)) if one not in group.people]
        if not new:
            raise CannotAct(f"all of {people} are in {chat_id} already")
        versions = self._change(group)
        for one in new:
            group.people[one] = Joined(
                userid=one, at=now, scene=scene, invitor=invitor and self._known(invitor),
                state=state,
            )  # fmt: skip
        group.day(self._today()).joined += len(new)
        for one in new:
            self._corp.chats.note(f"group:{chat_id}", one, "joined")
        self._corp.pushes.push(
            external_chat_members(
                self._corp.corp_id, now, chat_id, new, versions, join_scene=EVENT_SCENES[scene]
            )
        )

    async def people_leave_group(
        self, chat_id: str, people: list[str], removed: bool = False
    ) -> None:
        """`removed`: by the owner or an admin; else they leave by themselves."""
        group, now = self._group(chat_id), self._corp.seconds()
        gone = list(dict.fromkeys(map(self._known, people)))
        for one in gone:
            if one not in group.people:
                raise CannotAct(f"{one} is not in {chat_id}; people_join_group first")
            if one == group.owner:
                raise CannotAct(f"{one} owns {chat_id}; group_changes_owner first")
        versions = self._change(group)
        for one in gone:
            del group.people[one]
        group.admins = [one for one in group.admins if one in group.people]
        group.day(self._today()).left += len(gone)
        self._corp.pushes.push(
            external_chat_members(
                self._corp.corp_id, now, chat_id, gone, versions, quit_scene=int(removed)
            )
        )

    async def writes_in_group(
        self, chat_id: str, who: str, text: str = "", times: int = 1
    ) -> None:
        """Somebody in the group writes `text`, `times` times. No callback reports it."""
        group, who = self._group(chat_id), self._known(who)
        if who not in group.people:
            raise CannotAct(f"{who} is not in {chat_id}; people_join_group first")
        day = group.day(self._today())
        day.messages += times
        day.speakers.add(who)
        if text:
            self._corp.chats.say(f"group:{chat_id}", who, text)

    async def group_is_renamed(self, chat_id: str, name: str) -> None:
        self._group(chat_id).name = name
        self._update(chat_id, "change_name")

    async def group_gets_notice(self, chat_id: str, notice: str) -> None:
        """The group gets a notice (群公告)."""
        self._group(chat_id).notice = notice
        self._update(chat_id, "change_notice")

    async def group_gets_admins(self, chat_id: str, admins: list[str]) -> None:
        """Members of the company who are in it become admins. No event reports it."""
        group = self._group(chat_id)
        for one in admins:
            if self._corp.member(one).userid not in group.people:
                raise CannotAct(f"{one} is not in {chat_id}; people_join_group first")
        group.admins = [self._corp.member(one).userid for one in admins]

    async def group_changes_owner(self, chat_id: str, owner: str) -> None:
        group, member = self._group(chat_id), self._corp.member(owner).userid
        if member not in group.people:
            raise CannotAct(f"{owner} is not in {chat_id}; people_join_group first")
        group.owner, group.status = member, 3 if group.status else 0
        group.admins = [one for one in group.admins if one != member]
        self._update(chat_id, "change_owner")

    async def group_owner_resigns(self, chat_id: str) -> None:
        """The owner leaves the company; groupchat/list then has status 1."""
        self._group(chat_id).status = 1

    async def group_is_dismissed(self, chat_id: str) -> None:
        group, now = self._group(chat_id), self._corp.seconds()
        group.dismissed_at = now
        self._corp.pushes.push(external_chat(self._corp.corp_id, now, chat_id, "dismiss"))

    # APIs

    async def _list(self, request: Request) -> Answer:
        body = request.body
        owners = body.get("owner_filter", {}).get("userid_list", [])
        asked = {self._corp.people.asked_member(request.app, one).userid for one in owners}
        if not 1 <= body["limit"] <= self._corp.rules["group_list_page"]:
            raise Refusal(40058, f"limit is {body['limit']}")
        seen = [one for one in self._corp.members.values() if request.app.sees(one.userid)]
        if not owners:
            self._corp.rules.hold("group_list_members", len(seen))
        status = body.get("status_filter", 0)
        chats = [
            {"chat_id": group.chat_id, "status": group.status}
            for group in self.groups.values()
            if group.dismissed_at is None
            and request.app.sees(group.owner)
            and (not asked or group.owner in asked)
            and (not status or group.status == status)
        ]
        of = f"groups {sorted(asked)} {status}"
        page, cursor = page_of(chats, body, usual=1000, most=1000, of=of)
        return {"group_chat_list": page, "next_cursor": cursor}

    async def _get(self, request: Request) -> Answer:
        group = self.groups.get(request.body["chat_id"])
        if group is None:
            raise Refusal(90509)
        if group.dismissed_at is not None:
            raise Refusal(49008)
        if not request.app.sees(group.owner):
            raise Refusal(60011)
        told = self._told(group)
        if group.late and self._corp.timestamp() < group.late[0]:
            told = group.late[1]
        if not request.body.get("need_name"):
            people = [
                {name: value for name, value in one.items() if name != "name"}
                for one in told["member_list"]
            ]
            told = {**told, "member_list": people}
        return {"group_chat": told}

    # Within

    def _told(self, group: Group) -> dict[str, Any]:
        return {
            "chat_id": group.chat_id,
            "name": group.name,
            "owner": group.owner,
            "create_time": group.created_at,
            "notice": group.notice,
            "member_list": [self._person(one) for one in group.people.values()],
            "admin_list": [{"userid": one} for one in group.admins],
            "member_version": group.version,
        }

    def _person(self, one: Joined) -> dict[str, Any]:
        customer = self._corp.customers.get(one.userid)
        fields: dict[str, Any] = {
            "userid": one.userid,
            "type": 2 if customer else 1,
            "join_time": one.at,
            "join_scene": one.scene,
            "group_nickname": one.nickname,
            "name": customer.name if customer else self._corp.member(one.userid).name,
        }
        if customer and customer.unionid:
            fields["unionid"] = customer.unionid
        if one.invitor:
            fields["invitor"] = {"userid": one.invitor}
        if one.state:
            fields["state"] = one.state
        return fields

    def _change(self, group: Group) -> tuple[str, str]:
        """The member versions before and after the change that follows."""
        if lag := self._corp.rules["group_get_lag_s"]:
            group.late = self._corp.timestamp() + lag, self._told(group)
        before, group.version = group.version, self._corp.new_id("", 32)
        return before, group.version

    def tell_owner(self, chat_id: str) -> None:
        self._update(chat_id, "change_owner")

    def _update(self, chat_id: str, detail: str) -> None:
        now = self._corp.seconds()
        payload = external_chat_update(self._corp.corp_id, now, chat_id, detail)
        self._corp.pushes.push(payload)

    def _today(self) -> str:
        return day_of(self._corp.timestamp())

    def _known(self, who: str) -> str:
        """A customer's id, or a member's as the address book writes it."""
        return who if who in self._corp.customers else self._corp.member(who).userid

    def _group(self, chat_id: str) -> Group:
        group = self.groups.get(chat_id)
        if group is None or group.dismissed_at is not None:
            raise CannotAct(f"no group {chat_id!r}; create_group comes first")
        return group
