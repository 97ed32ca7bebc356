"""Mass messages (企业群发): an API creates a task, and members send it by confirming."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bot.mockwecom.attachments import ATTACHMENTS, check_attachments
from bot.mockwecom.endpoint import Answer, Endpoint, Request, sized
from bot.mockwecom.mass_task import Fate, MassTask, Part, Quota
from bot.mockwecom.people import CannotAct
from bot.mockwecom.record import Delivery
from bot.mockwecom.rules import RULES, Refusal
from bot.mockwecom.shapes import Items, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

ID = Text(empty=False)
URL = sized("mass_url_bytes")
LINK: Shape = {
    "title!": sized("link_title_bytes", empty=False),
    "picurl": URL,
    "desc": sized("link_desc_bytes"),
    "url!": sized("mass_url_bytes", empty=False),
}
CREATE: Shape = {
    "chat_type": Text(pattern="single|group"),
    "external_userid": Items(of=ID, most=RULES["mass_customers"].value, least=0),
    "chat_id_list": Items(of=ID, most=RULES["mass_chats"].value, least=0),
    "tag_filter": {
        "group_list!": Items(
            of={"tag_list!": Items(of=ID, most=RULES["mass_filter_tags"].value)}, most=100
        )
    },
    "sender": Text(),
    "allow_select": bool,
    "text": {"content": sized("mass_text_bytes")},
    "attachments": Items(
        of={"msgtype!": Text(code=41065), **ATTACHMENTS, "link": LINK},
        most=RULES["mass_attachments"].value,
        code=41064,
        least=0,
    ),
}
ONE: dict[str, Shape] = {"msgid!": Text(code=41046, empty=False)}


class Mass:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.reset()

    def reset(self) -> None:
        self.tasks: dict[str, MassTask] = {}
        self._quota = Quota(self._corp.rules)

    def endpoints(self) -> dict[str, Endpoint]:
        return {
            "externalcontact/add_msg_template": Endpoint(
                answer=self._create, body=CREATE, empty={"fail_list": [], "msgid": ""}
            ),
            "externalcontact/remind_groupmsg_send": Endpoint(answer=self._remind, body=ONE),
            "externalcontact/cancel_groupmsg_send": Endpoint(answer=self._cancel, body=ONE),
        }

    # What members do in their client

    async def member_confirms_mass(
        self, member: str, msgid: str = "", only: list[str] | None = None
    ) -> dict[str, int]:
        """The member sends what waits for them; returns the outcome by receiver.

        Args:
            msgid: one task; "" confirms all that are waiting.
            only: the receivers that they leave selected, if the task lets them choose.
        """
        userid = self._corp.people.member(member).userid
        waiting = [
            task
            for task in self.tasks.values()
            if msgid in ("", task.msgid) and not task.cancelled and userid in task.parts
            if task.parts[userid].confirmed_at is None
        ]
        if msgid and not waiting:
            raise CannotAct(f"nothing waits for {member} in {msgid!r}: see `mass` of the state")
        ends: dict[str, int] = {}
        for task in waiting:
            if only is not None and not task.may_select:
                raise CannotAct("the task was created without allow_select: confirm all of it")
            ends |= self._send(task, userid, only)
        return ends

    async def member_sends_mass(self, member: str, customers: list[str], text: str) -> str:
        """A mass message of the member's own; it counts like the company's. Returns its msgid."""
        userid = self._corp.people.member(member).userid
        for customer in customers:
            if userid not in self._corp.contacts.followers(customer):
                raise CannotAct(f"{member} does not follow {customer}; customer_adds_member first")
        part = Part(fates=dict.fromkeys(customers, Fate.UNSENT))
        task = self._add(
            chat_type="single",
            content={"text": {"content": text}},
            parts={userid: part},
            creator=userid,
        )
        self._send(task, userid, None)
        return task.msgid

    def _send(self, task: MassTask, userid: str, only: list[str] | None) -> dict[str, int]:
        part = task.parts[userid]
        part.confirmed_at = self._corp.seconds()
        chosen = [one for one in part.fates if only is None or one in only]
        for receiver in chosen:
            part.fates[receiver] = self._fate(task, userid, receiver)
            if part.fates[receiver] is Fate.SENT:
                self._deliver(task, userid, receiver)
        return {receiver: int(part.fates[receiver]) for receiver in chosen}

    def _fate(self, task: MassTask, userid: str, receiver: str) -> Fate:
        if task.chat_type == "single":
            relation = self._corp.contacts.followers(receiver).get(userid)
            if relation is None or not relation.customer_has:
                return Fate.NO_FRIEND
        if not self._quota.has_room(receiver, self._corp.clock.now()):
            return Fate.OVER_QUOTA
        return Fate.SENT

    def _deliver(self, task: MassTask, userid: str, receiver: str) -> None:
        now = self._corp.clock.now()
        self._quota.take(receiver, now)
        delivery = Delivery(
            at=now,
            channel="contact" if task.chat_type == "single" else "group",
            account=userid,
            to=receiver,
            kind=task.kind,
            text=task.text,
            body=task.content,
            msgid=task.msgid,
            api="servicer" if task.creator else "externalcontact/add_msg_template",
        )
        self._corp.deliver(delivery)

    # Creating

    async def _create(self, request: Request) -> Answer:
        body = request.body
        text = body.get("text", {}).get("content", "")
        attachments = body.get("attachments", [])
        if not text and not attachments:
            raise Refusal(41089)
        check_attachments(self._corp, attachments)
        to_groups = body.get("chat_type", "single") == "group"
        pairs, failed = self._groups(request) if to_groups else self._customers(request)
        if not pairs:
            raise Refusal(41048, "", fail_list=failed)
        parts: dict[str, Part] = {}
        for member, receiver in pairs:
            parts.setdefault(member, Part(fates={})).fates[receiver] = Fate.UNSENT
        said = {"text": {"content": text}} if text else {}
        task = self._add(
            chat_type="group" if to_groups else "single",
            content={**said, **({"attachments": attachments} if attachments else {})},
            parts=parts,
            may_select=body.get("allow_select", False) and not to_groups,
        )
        if self._corp.rules["mass_confirm_after_s"] >= 0:
            self._corp.pushes.start(self._confirm_later(task))
        return {"fail_list": failed, "msgid": task.msgid}

    def _add(self, **fields: Any) -> MassTask:
        msgid = self._corp.new_id("msg", 32)
        task = MassTask(msgid=msgid, made_at=self._corp.timestamp(), **fields)
        self.tasks[msgid] = task
        return task

    async def _confirm_later(self, task: MassTask) -> None:
        await self._corp.pushes.wait(self._corp.rules["mass_confirm_after_s"])
        for member, part in task.parts.items():
            if part.confirmed_at is None and not task.cancelled:
                self._send(task, member, None)

    def _groups(self, request: Request) -> tuple[list[tuple[str, str]], list[str]]:
        """(member, chat_id) of each receiver, and the chat_ids that get nothing."""
        body = request.body
        if body.get("external_userid") or body.get("tag_filter"):
            raise Refusal(40058, "external_userid and tag_filter are for chat_type single")
        if not body.get("sender"):
            raise Refusal(40058, "sender is missing")
        owner = self._corp.people.asked_member(request.app, body["sender"]).userid
        own = [
            one.chat_id
            for one in self._corp.people.groups.values()
            if one.owner == owner and one.dismissed_at is None
        ]
        asked = list(dict.fromkeys(body.get("chat_id_list", own)))
        pairs = [(owner, chat) for chat in asked if chat in own]
        return pairs, [chat for chat in asked if chat not in own]

    def _customers(self, request: Request) -> tuple[list[tuple[str, str]], list[str]]:
        body = request.body
        if body.get("chat_id_list"):
            raise Refusal(40058, "chat_id_list is for chat_type group")
        asked = list(dict.fromkeys(body.get("external_userid", [])))
        filters = [group["tag_list"] for group in body.get("tag_filter", {}).get("group_list", [])]
        if asked and filters:
            raise Refusal(40058, "the page does not say what both together mean")
        if not (asked or filters or body.get("sender")):
            raise Refusal(40063, "some parameters are empty: external_userid, sender")
        known = self._corp.tags.named()
        if any(tag not in known for tags in filters for tag in tags):
            raise Refusal(40068)
        sender = body.get("sender", "")
        if sender:
            sender = self._corp.people.asked_member(request.app, sender).userid
        found, failed = [], []
        for customer in asked or self._corp.customers:
            member = self._sender_to(request, customer, sender, filters)
            if member:
                found.append((member, customer))
            elif asked:
                failed.append(customer)
        return found, failed

    def _sender_to(
        self, request: Request, customer: str, sender: str, filters: Iterable[list[str]]
    ) -> str:
        """The follower who talked to the customer last; "" if nobody may send."""
        fit = [
            (relation.talked_at, member)
            for member, relation in self._corp.contacts.followers(customer).items()
            if request.app.sees(member) and sender in ("", member)
            if all(any(tag in relation.tags for tag in tags) for tags in filters)
        ]
        return max(fit)[1] if fit else ""

    # Reminding and cancelling

    def known(self, request: Request) -> MassTask:
        """The task that a request names, once it is dispatched."""
        task = self.tasks.get(request.body["msgid"])
        if task is None:
            raise Refusal(41047)
        if self.dispatching(task):
            raise Refusal(41063)
        return task

    def dispatching(self, task: MassTask) -> bool:
        return self._corp.timestamp() < task.made_at + self._corp.rules["mass_dispatch_s"]

    async def _remind(self, request: Request) -> Answer:
        task, now = self.known(request), self._corp.timestamp()
        if task.cancelled:
            raise Refusal(41093)
        since = now - self._corp.rules["mass_reminders_s"]
        recent = sum(at > since for at in task.reminded_at)
        self._corp.rules.hold("mass_reminders", recent + 1)
        task.reminded_at.append(now)
        return {}

    async def _cancel(self, request: Request) -> Answer:
        task = self.known(request)
        if task.cancelled:
            raise Refusal(41093)
        task.cancelled = True
        return {}

    def state(self) -> list[dict[str, Any]]:
        return [
            {
                "msgid": task.msgid,
                "text": task.text,
                "chat_type": task.chat_type,
                "content": task.content,
                "may_select": task.may_select,
                "creator": task.creator,
                "cancelled": task.cancelled,
                "reminders": len(task.reminded_at),
                "members": {
                    member: {
                        "confirmed_at": part.confirmed_at,
                        "receivers": {one: int(fate) for one, fate in part.fates.items()},
                    }
                    for member, part in task.parts.items()
                },
            }
            for task in self.tasks.values()
        ]
