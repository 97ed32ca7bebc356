"""Moments (客户朋友圈): an API makes a task, members post it, customers see it and comment.

Docs 95094 (tasks), 93333 (what became of them), 97612 (cancelling).
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.mockwecom.endpoint import Answer, Endpoint, Request
from bot.mockwecom.mass_task import periods
from bot.mockwecom.paging import page_of
from bot.mockwecom.people import CannotAct
from bot.mockwecom.record import Delivery
from bot.mockwecom.rules import RULES, Refusal
from bot.mockwecom.shapes import Items, Number, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

API = "externalcontact/add_moment_task"
ID = Text(empty=False)
CREATE: Shape = {
    "text": {"content": Text(most=RULES["moment_text_bytes"].value, too_long=45002)},
    "attachments": Items(
        of={
            "msgtype!": Text(code=41065),
            "image": {"media_id!": Text()},
            "video": {"media_id!": Text()},
            "link": {
                "title": Text(most=RULES["moment_link_title_bytes"].value),
                "url!": ID,
                "media_id!": Text(),
            },
        },
        most=RULES["moment_images"].value,
        least=0,
    ),
    "visible_range": {
        "sender_list": {
            "user_list": Items(of=ID, most=RULES["moment_senders"].value, least=0),
            "department_list": Items(of=Number(), most=100, least=0),
        },
        "external_contact_list": {"tag_list": Items(of=ID, most=100, least=0)},
    },
}
MOMENT: dict[str, Shape] = {"moment_id!": Text(code=41059, empty=False)}
PAGE: dict[str, Shape] = {"limit": Number(), "cursor": Text()}
OF_MEMBER: dict[str, Shape] = {**MOMENT, "userid!": Text(code=41009, empty=False)}
LIST: Shape = {
    "start_time!": Number(), "end_time!": Number(), "creator": Text(),
    "filter_type": Number(among=(0, 1, 2)), **PAGE,
}  # fmt: skip
DONE = 3


@dataclass(slots=True, kw_only=True)
class Posting:
    """What one member has to post in the client."""

    posted_at: int | None = None
    shown: list[str] = field(default_factory=list)  # the customers who see it
    comments: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Moment:
    moment_id: str
    jobid: str
    made_at: int
    content: dict[str, Any]
    tags: list[str]
    parts: dict[str, Posting]  # by member
    invalid: list[str]
    cancelled: bool = False

    @property
    def text(self) -> str:
        return str(self.content.get("text", {}).get("content", ""))


class Moments:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.reset()

    def reset(self) -> None:
        self.moments: dict[str, Moment] = {}
        self._seen: dict[tuple[str, str], int] = {}  # (customer, month) → company moments

    def endpoints(self) -> dict[str, Endpoint]:
        one, page = MOMENT, {**OF_MEMBER, **PAGE}
        more: dict[str, Any] = {"next_cursor": ""}
        customers = {**more, "customer_list": []}
        prefix = "externalcontact/"
        return {
            API: Endpoint(answer=self._create, body=CREATE, empty={"jobid": ""}),
            prefix + "get_moment_task_result": Endpoint(
                answer=self._job, methods=("GET",), query=frozenset({"jobid"})
            ),
            prefix + "get_moment_list": Endpoint(
                answer=self._list, body=LIST, empty={**more, "moment_list": []}
            ),
            prefix + "get_moment_task": Endpoint(
                answer=self._task, body={**one, **PAGE}, empty={**more, "task_list": []}
            ),
            prefix + "get_moment_customer_list": Endpoint(
                answer=self._chosen, body=page, empty=customers
            ),
            prefix + "get_moment_send_result": Endpoint(
                answer=self._shown, body=page, empty=customers
            ),
            prefix + "get_moment_comments": Endpoint(
                answer=self._comments, body=OF_MEMBER, empty={"comment_list": [], "like_list": []}
            ),
            prefix + "cancel_moment_task": Endpoint(answer=self._cancel, body=one),
        }

    # What people do

    async def member_posts_moment(self, member: str, moment_id: str = "") -> list[str]:
        """The member posts what waits for them; returns the ids of the moments.

        Args:
            moment_id: one of them; "" posts all that are waiting.
        """
        userid = self._corp.people.member(member).userid
        waiting = [
            one
            for one in self.moments.values()
            if moment_id in ("", one.moment_id) and not one.cancelled
            if userid in one.parts and one.parts[userid].posted_at is None
        ]
        if moment_id and not waiting:
            raise CannotAct(f"no moment waits for {member}: see `moments` of the state")
        for one in waiting:
            self._post(one, userid)
        return [one.moment_id for one in waiting]

    async def customer_comments_moment(self, customer: str, moment_id: str, member: str) -> None:
        """Only those who see a moment can comment. APIs return who and when, not the words."""
        part = self._posted(moment_id, member)
        if customer not in part.shown:
            raise CannotAct(f"{customer} does not see {moment_id}")
        part.comments.append({"external_userid": customer, "create_time": self._corp.seconds()})

    async def member_answers_comment(self, member: str, moment_id: str) -> None:
        part = self._posted(moment_id, member)
        userid = self._corp.people.member(member).userid
        part.comments.append({"userid": userid, "create_time": self._corp.seconds()})

    def _posted(self, moment_id: str, member: str) -> Posting:
        userid = self._corp.people.member(member).userid
        moment = self.moments.get(moment_id)
        if moment is None or userid not in moment.parts or moment.parts[userid].posted_at is None:
            raise CannotAct(f"{member} has not posted {moment_id!r}; member_posts_moment first")
        return moment.parts[userid]

    def _post(self, moment: Moment, userid: str) -> None:
        """A customer sees only so many of the company's a month; nobody is told of the rest."""
        part, now = moment.parts[userid], self._corp.clock.now()
        part.posted_at = self._corp.seconds()
        month = periods(now)[2]
        for customer in self._range(moment, userid):
            seen = self._seen.get((customer, month), 0)
            if seen >= self._corp.rules["moments_shown_per_month"]:
                continue
            self._seen[customer, month] = seen + 1
            part.shown.append(customer)
            self._corp.deliveries.append(
                Delivery(
                    at=now, channel="moment", account=userid, to=customer, kind="moment",
                    text=moment.text, body=moment.content, msgid=moment.moment_id, api=API,
                )
            )  # fmt: skip

    def _range(self, moment: Moment, userid: str) -> list[str]:
        return [
            customer
            for (member, customer), relation in self._corp.contacts.relations.items()
            if member == userid and relation.customer_has
            if not moment.tags or any(tag in relation.tags for tag in moment.tags)
        ]

    # APIs

    async def _create(self, request: Request) -> Answer:
        self._corp.access.spend("moment_tasks_per_minute", 60, "moments")
        body = request.body
        text = body.get("text", {}).get("content", "")
        attachments = body.get("attachments", [])
        if not text and not attachments:
            raise Refusal(41089)
        if len(text) > self._corp.rules["moment_text_chars"]:
            raise Refusal(45002, "invalid text size")
        self._check(attachments)
        visible = body.get("visible_range", {})
        asked = visible.get("sender_list", {}).get("user_list", [])
        known = [member for one in asked if (member := self._sender(request, one))]
        if asked and not known:
            raise Refusal(40070, "all list invalid")
        members = known if asked else [
            member.userid for member in self._corp.members.values()
            if request.app.sees(member.userid)
        ]  # fmt: skip
        tags = visible.get("external_contact_list", {}).get("tag_list", [])
        if any(tag not in self._corp.tags.named() for tag in tags):
            raise Refusal(40068)
        moment = Moment(
            moment_id=self._corp.new_id("mom", 32), jobid=self._corp.new_id("", 32),
            made_at=self._corp.seconds(), tags=tags,
            content={"text": {"content": text}, "attachments": attachments},
            parts={member: Posting() for member in members},
            invalid=[one for one in asked if not self._sender(request, one)],
        )  # fmt: skip
        self.moments[moment.moment_id] = moment
        return {"jobid": moment.jobid}

    def _check(self, attachments: list[dict[str, Any]]) -> None:
        kinds = {one["msgtype"] for one in attachments}
        if not kinds <= {"image", "video", "link"} or any(
            kind not in one for one in attachments for kind in [one["msgtype"]]
        ):
            raise Refusal(41065, "invalid attachments msgtype")
        if kinds - {"image"} and len(attachments) > 1:
            raise Refusal(41064, "invalid attachments size")
        for one in attachments:
            kind = "video" if one["msgtype"] == "video" else "image"
            self._corp.media.find_attachment(one[one["msgtype"]]["media_id"], kind)

    def _sender(self, request: Request, userid: str) -> str:
        member = self._corp.members.get(userid.casefold())
        sent = member and request.app.sees(userid) and (
            member.userid not in self._corp.people.resigned
        )  # fmt: skip
        return member.userid if member and sent else ""

    async def _job(self, request: Request) -> Answer:
        found = [one for one in self.moments.values() if one.jobid == request.query.get("jobid")]
        if not found:
            raise Refusal(40088)
        (moment,) = found
        if self._corp.timestamp() >= moment.made_at + self._corp.rules["moment_job_s"]:
            raise Refusal(40089)
        working = self._corp.timestamp() < moment.made_at + self._corp.rules["moment_making_s"]
        if working:
            return {"status": 2, "type": "add_moment_task"}
        return {
            "status": DONE,
            "type": "add_moment_task",
            "result": {
                "errcode": 0, "errmsg": "ok", "moment_id": moment.moment_id,
                "invalid_sender_list": {"user_list": moment.invalid, "department_list": []},
                "invalid_external_contact_list": {"tag_list": []},
            },
        }  # fmt: skip

    def _known(self, request: Request) -> Moment:
        moment = self.moments.get(request.body["moment_id"])
        if moment is None:
            raise Refusal(41060)
        return moment

    def _part(self, request: Request) -> tuple[Moment, str]:
        moment = self._known(request)
        member = self._corp.people.asked_member(request.app, request.body["userid"]).userid
        if member not in moment.parts:
            raise Refusal(41061)
        return moment, member

    def _told(self, request: Request) -> tuple[Moment, str, Posting]:
        moment, member = self._part(request)
        part = moment.parts[member]
        if part.posted_at is None:
            raise Refusal(41062)
        return moment, member, part

    async def _list(self, request: Request) -> Answer:
        start, end = request.body["start_time"], request.body["end_time"]
        if end < start:
            raise Refusal(40058, "end_time lies before start_time")
        self._corp.rules.hold("moment_list_span_s", end - start)
        found = [
            one for one in self.moments.values()
            if start < one.made_at < end and not one.cancelled
            if request.body.get("filter_type", 2) != 1 and not request.body.get("creator")
        ]  # fmt: skip
        page, cursor = page_of(found, request.body, usual=20, most=20, of=f"{start} {end}")
        return {
            "next_cursor": cursor,
            "moment_list": [
                {
                    "moment_id": one.moment_id, "create_time": one.made_at, "create_type": 0,
                    "visible_type": 0 if one.tags else 1, "text": {"content": one.text},
                }
                for one in page
            ],
        }  # fmt: skip

    async def _task(self, request: Request) -> Answer:
        moment = self._known(request)
        parts = [pair for pair in moment.parts.items() if request.app.sees(pair[0])]
        of = f"moment {moment.moment_id}"
        page, cursor = page_of(parts, request.body, usual=500, most=1000, of=of)
        told = [
            {"userid": member, "publish_status": int(part.posted_at is not None)}
            for member, part in page
        ]
        return {"next_cursor": cursor, "task_list": told}

    async def _chosen(self, request: Request) -> Answer:
        moment, member = self._part(request)
        found = self._range(moment, member)
        of = f"range {moment.moment_id} {member}"
        page, cursor = page_of(found, request.body, usual=500, most=1000, of=of)
        told = [{"userid": member, "external_userid": one} for one in page]
        return {"next_cursor": cursor, "customer_list": told}

    async def _shown(self, request: Request) -> Answer:
        moment, member, part = self._told(request)
        of = f"shown {moment.moment_id} {member}"
        page, cursor = page_of(part.shown, request.body, usual=3000, most=5000, of=of)
        return {"next_cursor": cursor, "customer_list": [{"external_userid": one} for one in page]}

    async def _comments(self, request: Request) -> Answer:
        return {"comment_list": self._told(request)[2].comments, "like_list": []}

    async def _cancel(self, request: Request) -> Answer:
        """Members who have posted it keep their posts."""
        self._known(request).cancelled = True
        return {}

    def state(self) -> list[dict[str, Any]]:
        return [
            {
                "moment_id": one.moment_id,
                "text": one.text,
                "cancelled": one.cancelled,
                "members": {
                    member: {"posted_at": part.posted_at, "shown": part.shown}
                    for member, part in one.parts.items()
                },
            }
            for one in self.moments.values()
        ]
