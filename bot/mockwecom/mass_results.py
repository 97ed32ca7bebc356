"""What became of mass messages: the list, who confirmed, and what reached whom (doc 93338)."""

from typing import TYPE_CHECKING, Any

from bot.mockwecom.endpoint import Answer, Endpoint, Request
from bot.mockwecom.mass import ONE, Mass
from bot.mockwecom.mass_task import Fate, MassTask, Part
from bot.mockwecom.paging import page_of
from bot.mockwecom.rules import Refusal
from bot.mockwecom.shapes import Number, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

PAGE: dict[str, Shape] = {"limit": Number(), "cursor": Text()}
LIST: Shape = {
    "chat_type!": Text(pattern="single|group"),
    "start_time!": Number(),
    "end_time!": Number(),
    "creator": Text(),
    "filter_type": Number(among=(0, 1, 2)),
    **PAGE,
}
COMPANY, PERSONAL, ALL = 0, 1, 2
CONFIRMED = 2


class MassResults:
    def __init__(self, corp: "MockCorp", mass: Mass) -> None:
        self._corp, self._mass = corp, mass

    def endpoints(self) -> dict[str, Endpoint]:
        task: dict[str, Shape] = {**ONE, **PAGE}
        result: Shape = {**task, "userid!": Text(code=41009, empty=False)}
        more = {"next_cursor": ""}
        return {
            "externalcontact/get_groupmsg_list_v2": Endpoint(
                answer=self._list, body=LIST, empty={**more, "group_msg_list": []}
            ),
            "externalcontact/get_groupmsg_task": Endpoint(
                answer=self._task, body=task, empty={**more, "task_list": []}
            ),
            "externalcontact/get_groupmsg_send_result": Endpoint(
                answer=self._result, body=result, empty={**more, "send_list": []}
            ),
        }

    async def _list(self, request: Request) -> Answer:
        body, wanted = request.body, request.body.get("filter_type", ALL)
        start, end, creator = body["start_time"], body["end_time"], body.get("creator", "")
        if end < start:
            raise Refusal(40058, "end_time lies before start_time")
        self._corp.rules.hold("mass_list_span_s", end - start)
        tasks = [
            task
            for task in self._mass.tasks.values()
            if task.chat_type == body["chat_type"] and start <= int(task.made_at) <= end
            if wanted == ALL or (wanted == PERSONAL) == bool(task.creator)
            if creator in ("", task.creator)
        ]
        if any(self._mass.dispatching(task) for task in tasks):
            raise Refusal(41063)
        most = self._corp.rules["mass_list_page"]
        of = f"mass {body['chat_type']} {start} {end} {creator} {wanted}"
        page, cursor = page_of(tasks, body, usual=50, most=most, of=of)
        return {"next_cursor": cursor, "group_msg_list": [_listed(task) for task in page]}

    async def _task(self, request: Request) -> Answer:
        task = self._mass.known(request)
        most = self._corp.rules["mass_task_page"]
        parts = [pair for pair in task.parts.items() if request.app.sees(pair[0])]
        page, cursor = page_of(parts, request.body, usual=500, most=most, of=f"task {task.msgid}")
        return {
            "next_cursor": cursor,
            "task_list": [
                {"userid": member, "status": 0}
                if part.confirmed_at is None
                else {"userid": member, "status": CONFIRMED, "send_time": part.confirmed_at}
                for member, part in page
            ],
        }

    async def _result(self, request: Request) -> Answer:
        task = self._mass.known(request)
        member = self._corp.people.asked_member(request.app, request.body["userid"]).userid
        part = task.parts.get(member, Part(fates={}))
        kind = "external_userid" if task.chat_type == "single" else "chat_id"
        # Among groups only those that got it are listed.
        fates = [
            (receiver, fate)
            for receiver, fate in part.fates.items()
            if kind == "external_userid" or fate is Fate.SENT
        ]
        most = self._corp.rules["mass_task_page"]
        of = f"result {task.msgid} {member}"
        page, cursor = page_of(fates, request.body, usual=500, most=most, of=of)
        return {
            "next_cursor": cursor,
            "send_list": [
                {kind: receiver, "userid": member, "status": int(fate)}
                | ({} if fate is Fate.UNSENT else {"send_time": part.confirmed_at})
                for receiver, fate in page
            ],
        }


def _listed(task: MassTask) -> dict[str, Any]:
    """As the list shows it: without a creator if an API created it."""
    made = {
        "msgid": task.msgid,
        "create_time": int(task.made_at),
        "create_type": PERSONAL if task.creator else COMPANY,
        **task.content,
    }
    return made | ({"creator": task.creator} if task.creator else {})
