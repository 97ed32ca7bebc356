"""groupchat/statistic by owner and by day, counted from what really happened (doc 92133)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.mockwecom.endpoint import Answer, Endpoint, Request
from bot.mockwecom.group import figures
from bot.mockwecom.groups import OWNERS, day_of
from bot.mockwecom.mass_task import WECOM_ZONE
from bot.mockwecom.rules import DAY_S, Refusal
from bot.mockwecom.shapes import Number, Shape

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

BY_DAY: dict[str, Shape] = {
    "day_begin_time!": Number(),
    "day_end_time": Number(),
    "owner_filter!": OWNERS,
}
BY_OWNER: Shape = {
    **BY_DAY,
    "order_by": Number(among=(1, 2, 3, 4)),
    "order_asc": Number(among=(0, 1)),
    "offset": Number(),
    "limit": Number(),
}
ORDER = {1: "new_chat_cnt", 2: "chat_total", 3: "new_member_cnt", 4: "member_total"}


class GroupFigures:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp

    def endpoints(self) -> dict[str, Endpoint]:
        return {
            "externalcontact/groupchat/statistic": Endpoint(
                answer=self._by_owner, body=BY_OWNER, empty={"items": []}
            ),
            "externalcontact/groupchat/statistic_group_by_day": Endpoint(
                answer=self._by_day, body=BY_DAY, empty={"items": []}
            ),
        }

    async def _by_owner(self, request: Request) -> Answer:
        """Owners without a group are left out."""
        body, days = request.body, self._days(request)
        order = ORDER[body.get("order_by", 1)]
        items = [
            (owner, self._figures([owner], days))
            for owner in self._owners(request)
            if any(one.owner == owner for one in self._corp.people.groups.values())
        ]
        items.sort(key=lambda one: one[1][order], reverse=not body.get("order_asc", 0))
        limit = body.get("limit", 500)
        if not 1 <= limit <= self._corp.rules["group_figures_page"]:
            raise Refusal(40058, f"limit is {limit}")
        start = body.get("offset", 0)
        page = [{"owner": owner, "data": data} for owner, data in items[start : start + limit]]
        return {"total": len(items), "next_offset": start + len(page), "items": page}

    async def _by_day(self, request: Request) -> Answer:
        owners = self._owners(request)
        return {
            "items": [
                {"stat_time": at, "data": self._figures(owners, [at])}
                for at in self._days(request)
            ]
        }

    def _figures(self, owners: list[str], days: list[int]) -> Mapping[str, int]:
        names = [day_of(day) for day in days]
        groups = [one for one in self._corp.people.groups.values() if one.owner in owners]
        return figures(groups, names, day_of)

    def _owners(self, request: Request) -> list[str]:
        asked = request.body["owner_filter"]["userid_list"]
        return [self._corp.people.asked_member(request.app, one).userid for one in asked]

    def _days(self, request: Request) -> list[int]:
        """Beginnings of the days asked for; there are figures only of whole days that are over."""
        first = _begin(request.body["day_begin_time"])
        last = _begin(request.body.get("day_end_time") or first)
        today = _begin(self._corp.seconds())
        if not first <= last < today:
            raise Refusal(40058, "days are in order, and over")
        self._corp.rules.hold("group_figures_back_s", today - first)
        return list(range(first, last + 1, DAY_S))


def _begin(at: int) -> int:
    """The beginning of the day in Beijing, where clocks never change."""
    local = datetime.fromtimestamp(at, UTC).astimezone(WECOM_ZONE)
    start = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return int(start.timestamp())
