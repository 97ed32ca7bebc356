"""Gives customer groups another owner (docs 92127, 95703)."""

from functools import partial
from typing import TYPE_CHECKING

from bot.mockwecom.endpoint import Answer, Endpoint, Request
from bot.mockwecom.group import Group, Joined
from bot.mockwecom.rules import DAY_S, RULES, TEXTS
from bot.mockwecom.shapes import Items, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

TRANSFER: Shape = {
    "chat_id_list!": Items(of=Text(empty=False), most=RULES["transfer_groups"].value),
    "new_owner!": Text(code=40003, empty=False),
}


class GroupTransfers:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.reset()

    def reset(self) -> None:
        self._taken: list[tuple[str, int]] = []  # by whom, when
        self._moved: list[tuple[str, int]] = []  # groups of owners who stay, when

    def endpoints(self) -> dict[str, Endpoint]:
        path, empty = "externalcontact/groupchat/", {"failed_chat_list": list[object]()}
        return {
            path + "transfer": Endpoint(
                answer=partial(self._transfer, resigned=True), body=TRANSFER, empty=empty
            ),
            path + "onjob_transfer": Endpoint(
                answer=partial(self._transfer, resigned=False), body=TRANSFER, empty=empty
            ),
        }

    async def _transfer(self, request: Request, *, resigned: bool) -> Answer:
        owner = self._corp.people.asked_member(request.app, request.body["new_owner"]).userid
        failed = []
        for chat in dict.fromkeys(request.body["chat_id_list"]):
            if code := self._problem(chat, owner, resigned=resigned):
                text = TEXTS.get(code, "")
                failed.append({"chat_id": chat, "errcode": code, "errmsg": text})
            else:
                self._move(self._corp.people.groups[chat], owner, resigned=resigned)
        return {"failed_chat_list": failed}

    def _problem(self, chat: str, owner: str, *, resigned: bool) -> int:
        group, rules, now = (
            self._corp.people.groups.get(chat),
            self._corp.rules,
            self._corp.seconds(),
        )
        if group is None or group.dismissed_at is not None:
            return 90501
        if group.owner == owner:
            return 90504
        if (group.owner in self._corp.people.resigned) != resigned:
            return 90500 if resigned else 90502
        today = [one for one, at in self._taken if one == owner and at > now - DAY_S]
        if len(today) >= rules["transfer_groups_per_day"]:
            return RULES["transfer_groups_per_day"].errcode
        since = now - rules["transfer_again_s"]
        lately = [one for one, at in self._moved if one == chat and at > since]
        if not resigned and len(lately) >= rules["transfers_of_group"]:
            return RULES["transfers_of_group"].errcode
        return 0

    def _move(self, group: Group, owner: str, *, resigned: bool) -> None:
        now = self._corp.seconds()
        self._taken.append((owner, now))
        if not resigned:
            self._moved.append((group.chat_id, now))
        if owner not in group.people:
            group.people[owner] = Joined(userid=owner, at=now, scene=1)
            group.version = self._corp.new_id("", 32)
        group.owner, group.status = owner, 3 if resigned else 0
        group.admins = [one for one in group.admins if one != owner]
        if self._corp.rules["transfer_of_group_is_told"]:
            self._corp.groups.tell_owner(group.chat_id)
