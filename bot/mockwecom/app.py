"""App messages (应用消息), doc 90236: an app writes to members, and members write to it."""

from typing import TYPE_CHECKING, Any

from bot.mockwecom.cards import check_card
from bot.mockwecom.endpoint import Answer, Endpoint, Request, getter, sized
from bot.mockwecom.payloads import app_text
from bot.mockwecom.people import App, CannotAct
from bot.mockwecom.record import Delivery
from bot.mockwecom.rules import HOUR_S, Refusal
from bot.mockwecom.shapes import Number, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

TEXTS: dict[str, Shape] = {
    "text": {"content!": sized("app_text_bytes")},
    "markdown": {"content!": sized("app_text_bytes")},
    "textcard": {
        "title!": Text(code=42033, empty=False),
        "description!": Text(code=41033, empty=False),
        "url!": sized("app_url_bytes", empty=False),
        "btntxt": Text(),
    },
}
MEDIA_ID = Text(code=40007, empty=False)
MEDIA: dict[str, Shape] = {
    "image": {"media_id!": MEDIA_ID},
    "voice": {"media_id!": MEDIA_ID},
    "video": {"media_id!": MEDIA_ID, "title": Text(), "description": Text()},
    "file": {"media_id!": MEDIA_ID},
}
SWITCH = Number(among=(0, 1))
# A card has shapes by its type; `check_card` looks into it.
SEND: Shape = {
    "touser": Text(),
    "toparty": Text(),
    "totag": Text(),
    "msgtype!": Text(code=40008),
    "agentid!": Number(code=40056),
    "safe": Number(among=(0, 1, 2)),
    "enable_id_trans": SWITCH,
    "enable_duplicate_check": SWITCH,
    "duplicate_check_interval": Number(),
    **TEXTS,
    **MEDIA,
}
INTERACTIVE = ("button_interaction", "vote_interaction", "multiple_interaction")


class Apps:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.reset()

    def reset(self) -> None:
        self._said: dict[tuple[int, str, str], float] = {}

    def endpoints(self) -> dict[str, Endpoint]:
        empty = {"invaliduser": "", "invalidparty": "", "invalidtag": "", "unlicenseduser": ""}
        return {
            "message/send": Endpoint(
                answer=self._send, body=SEND, opaque=frozenset({"template_card"}), empty=empty
            ),
            "agent/get": getter(self._details, "agentid"),
            "user/get": getter(self._member, "userid", department=[], order=[]),
        }

    async def member_writes_app(self, userid: str, agent_id: int, text: str) -> int:
        """Returns the MsgId."""
        member = self._corp.people.member(userid)
        app = self._corp.apps.get(agent_id)
        if app is None or not app.sees(userid):
            raise CannotAct(f"{userid} does not see an app {agent_id}; add_app({agent_id}, …)")
        msgid, now = self._corp.people.new_number(), self._corp.seconds()
        payload = app_text(self._corp.corp_id, now, agent_id, member.userid, msgid, text)
        self._corp.pushes.push(payload, agent_id)
        body = {"msgtype": "text", "text": {"content": text}}
        chat = f"app:{agent_id}:{member.userid}"
        self._corp.chats.add(chat, member.userid, "text", text, body, msgid=str(msgid))
        return msgid

    async def _details(self, request: Request) -> Answer:
        """Answers only for the app of the token (doc 90227)."""
        app, agent_id = request.app, request.query.get("agentid", "")
        if not agent_id.isdecimal() or int(agent_id) not in self._corp.apps:
            raise Refusal(40056)
        if int(agent_id) != app.agent_id:
            raise Refusal(301002)
        # The root department stands for everybody.
        users = [m for m in self._corp.members.values() if app.visible and app.sees(m.userid)]
        return {
            "agentid": app.agent_id,
            "name": app.name,
            "allow_userinfos": {"user": [{"userid": member.userid} for member in users]},
            "allow_partys": {"partyid": [1] if app.visible is None else []},
            "allow_tags": {"tagid": []},
            "close": 0,
            "redirect_domain": app.domain,
        }

    async def _member(self, request: Request) -> Answer:
        """Newer apps get neither name nor phone (doc 90196)."""
        member = self._corp.members.get(request.query.get("userid", "").casefold())
        if member is None:
            raise Refusal(60111)
        if not request.app.sees(member.userid):
            raise Refusal(60011)
        return {"userid": member.userid, "department": [1], "order": [0], "status": 1}

    async def _send(self, request: Request) -> Answer:
        body, app = request.body, request.app
        if body["agentid"] not in self._corp.apps:
            raise Refusal(40056)
        if body["agentid"] != app.agent_id:
            raise Refusal(301002)
        kind, text = self._content(body)
        if not (body.get("touser") or body.get("toparty") or body.get("totag")):
            raise Refusal(82001)
        known, invalid = self._receivers(app, body.get("touser", ""))
        # There are no departments and tags here, so none is valid.
        lists = {
            "invaliduser": "|".join(invalid),
            "invalidparty": body.get("toparty", ""),
            "invalidtag": body.get("totag", ""),
        }
        if not known:
            raise Refusal(81013, "", **lists)
        msgid = self._corp.new_id("", 64)
        for userid in known:
            if self._arrives(app, userid, body):
                self._deliver(app, userid, kind, text, body, msgid)
        answer: Answer = {**lists, "unlicenseduser": "", "msgid": msgid}
        if kind == "template_card" and body[kind]["card_type"] in INTERACTIVE:
            answer["response_code"] = self._corp.new_id("", 43)
        return answer

    def _content(self, body: Any) -> tuple[str, str]:
        """Kind and readable text of the message."""
        kind = body["msgtype"]
        if kind not in (*TEXTS, *MEDIA, "template_card"):
            raise Refusal(40008)
        if kind not in body:
            raise Refusal(40063, f"some parameters are empty: {kind}")
        content = body[kind]
        if kind == "template_card":
            check_card(content)
            return kind, str(content.get("main_title", {}).get("title", ""))
        text = content.get("content", content.get("title", ""))
        if kind in MEDIA:
            self._corp.media.find(content["media_id"], kind)
            return kind, text
        if not text:
            raise Refusal(44004)
        return kind, text

    def _receivers(self, app: App, touser: str) -> tuple[list[str], list[str]]:
        """The valid userids as the address book writes them, and the others in lower case."""
        if touser == "@all":
            return [m.userid for m in self._corp.members.values() if app.sees(m.userid)], []
        asked = list(dict.fromkeys(name.casefold() for name in touser.split("|") if name))
        self._corp.rules.hold("app_receivers", len(asked))
        known = [name for name in asked if name in self._corp.members and app.sees(name)]
        invalid = [name for name in asked if name not in known]
        return [self._corp.members[name].userid for name in known], invalid

    def _arrives(self, app: App, userid: str, body: Any) -> bool:
        """Whether it arrives: WeCom says ok but drops one too many, or the same again."""
        now, rules = self._corp.timestamp(), self._corp.rules
        key = (app.agent_id, userid, repr((body["msgtype"], body[body["msgtype"]])))
        if body.get("enable_duplicate_check"):
            interval = body.get("duplicate_check_interval", rules["app_duplicate_s"])
            rules.hold("app_duplicate_max_s", interval)
            if now - self._said.get(key, float("-inf")) < interval:
                return False
            self._said[key] = now
        within = self._corp.access.frequency.within
        who = (str(app.agent_id), userid)
        minute = within(now, rules["app_messages_per_minute"], 60, "minute", *who)
        hour = within(now, rules["app_messages_per_hour"], HOUR_S, "hour", *who)
        return minute and hour

    def _deliver(self, app: App, userid: str, kind: str, text: str, body: Any, msgid: str) -> None:
        self._corp.deliver(
            Delivery(
                at=self._corp.clock.now(),
                channel="app",
                account=str(app.agent_id),
                to=userid,
                kind=kind,
                text=text,
                body={"msgtype": kind, kind: body[kind]},
                msgid=msgid,
                api="message/send",
            )
        )
