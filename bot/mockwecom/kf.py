"""The APIs of WeChat customer service (微信客服)."""

from typing import TYPE_CHECKING, Any

from bot.mockwecom.endpoint import Answer, Endpoint, Request, getter
from bot.mockwecom.kf_content import CONTENTS, MSGID, content_of, menu_of, words_of
from bot.mockwecom.kf_desk import Account, Desk
from bot.mockwecom.kf_session import ENDED, HUMAN, POOL, EventCode, Session
from bot.mockwecom.payloads_kf import kf_msg_send_fail
from bot.mockwecom.record import Delivery
from bot.mockwecom.rules import RULES, Refusal
from bot.mockwecom.shapes import Items, Number, Shape, Text

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

KFID = Text(code=60251, empty=False)
CUSTOMER = Text(code=41035, empty=False)
STATE: Shape = {"open_kfid!": KFID, "external_userid!": CUSTOMER}
SYNC: Shape = {
    "cursor": Text(),
    "token": Text(),
    "limit": Number(),
    "voice_format": Number(among=(0, 1)),
    "open_kfid!": KFID,
}
SCENE = Text(most=RULES["kf_scene_bytes"].value, pattern=r"[0-9a-zA-Z_-]*")


class Kf:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.desk = Desk(corp)

    def endpoints(self) -> dict[str, Endpoint]:
        message: dict[str, Shape] = {"msgid": MSGID, "msgtype!": Text(code=40008), **CONTENTS}
        by_api: dict[str, Shape] = {"touser!": CUSTOMER, "open_kfid!": KFID, **message}
        by_code: dict[str, Shape] = {"code!": Text(code=95007), **message}
        trans: Shape = {
            "open_kfid!": KFID,
            "external_userid!": CUSTOMER,
            "service_state!": Number(among=(0, 1, 2, 3, 4)),
            "servicer_userid": Text(),
        }
        batch: Shape = {
            "external_userid_list!": Items(of=Text(), most=RULES["kf_batch"].value),
            "need_enter_session_context": Number(among=(0, 1)),
        }
        return {
            "kf/sync_msg": Endpoint(
                answer=self._sync,
                body=SYNC,
                empty={"next_cursor": "", "has_more": 0, "msg_list": []},
            ),
            "kf/send_msg": Endpoint(answer=self._send, body=by_api, empty={"msgid": ""}),
            "kf/send_msg_on_event": Endpoint(
                answer=self._send_on_event, body=by_code, empty={"msgid": ""}
            ),
            "kf/service_state/get": Endpoint(answer=self._state, body=STATE),
            "kf/service_state/trans": Endpoint(answer=self._trans, body=trans),
            "kf/servicer/list": getter(self._servicers, "open_kfid", servicer_list=[]),
            "kf/account/list": Endpoint(
                answer=self._accounts,
                methods=("POST", "GET"),  # GET in older editions of the page
                body={"offset": Number(), "limit": Number()},
                empty={"account_list": []},
            ),
            "kf/add_contact_way": Endpoint(
                answer=self._contact_way, body={"open_kfid!": KFID, "scene": SCENE}
            ),
            "kf/customer/batchget": Endpoint(
                answer=self._customers,
                body=batch,
                empty={"customer_list": [], "invalid_external_userid": []},
            ),
        }

    def _account(self, open_kfid: str) -> Account:
        if open_kfid not in self.desk.accounts:
            raise Refusal(95004)
        return self.desk.accounts[open_kfid]

    def _session(self, body: Any, who: str) -> tuple[Account, Session]:
        account = self._account(body["open_kfid"])
        customer = self._corp.people.asked_customer(body[who])
        return account, account.session(customer.external_userid)

    # Messages

    async def _sync(self, request: Request) -> Answer:
        return self._account(request.body["open_kfid"]).log.sync(request.body)

    async def _send(self, request: Request) -> Answer:
        body = request.body
        account, session = self._session(body, "touser")
        kind, content = self._content(body)
        msgid = body.get("msgid") or self._corp.new_id("", 32)
        if self._is_repeat(account, msgid):
            return {"msgid": msgid}
        session.permit(self._corp.timestamp(), self._corp.rules)
        session.sent_one(self._corp.rules)
        account.msgids.add(msgid)
        self._deliver(account, body["touser"], kind, content, msgid, "kf/send_msg")
        return {"msgid": msgid}

    async def _send_on_event(self, request: Request) -> Answer:
        """A code works once, whatever the state of the session (doc 95122)."""
        body = request.body
        kind, content = self._content(body)
        code: EventCode | None = self.desk.codes.get(body["code"])
        if code is None:
            raise Refusal(95007)
        account = self.desk.accounts[code.open_kfid]
        msgid = body.get("msgid") or self._corp.new_id("", 32)
        if self._is_repeat(account, msgid):
            return {"msgid": msgid}
        now = self._corp.timestamp()
        if code.used or now > code.expires_at:
            raise Refusal(95007)
        if kind not in code.kinds:
            raise Refusal(40008)
        code.used = True
        account.msgids.add(msgid)
        if code.welcome:
            account.session(code.customer).welcomed_at = now
        self._deliver(account, code.customer, kind, content, msgid, "kf/send_msg_on_event")
        return {"msgid": msgid}

    def _is_repeat(self, account: Account, msgid: str) -> bool:
        return msgid in account.msgids and bool(self._corp.rules["kf_same_msgid_is_ok"])

    def _content(self, body: Any) -> tuple[str, dict[str, Any]]:
        kind, content = content_of(body, self._corp.rules)
        if "media_id" in content:
            self._corp.media.find(content["media_id"], kind)
        if "thumb_media_id" in content:
            self._corp.media.find(content["thumb_media_id"], "image")
        return kind, content

    def _deliver(
        self,
        account: Account,
        customer: str,
        kind: str,
        content: dict[str, Any],
        msgid: str,
        api: str,
    ) -> None:
        session = account.session(customer)
        if session.failures:
            fail_type, at = session.failures.pop(0), self._corp.seconds()
            new = self._corp.new_id("", 32)
            account.log.add(
                kf_msg_send_fail(new, at, account.open_kfid, customer, msgid, fail_type)
            )
            return
        if kind == "msgmenu":
            session.menu = menu_of(content)
        self._corp.deliver(
            Delivery(
                at=self._corp.clock.now(),
                channel="kf",
                account=account.open_kfid,
                to=customer,
                kind=kind,
                text=words_of(kind, content),
                body={"msgtype": kind, kind: content},
                msgid=msgid,
                api=api,
            )
        )

    # Sessions

    async def _state(self, request: Request) -> Answer:
        _, session = self._session(request.body, "external_userid")
        session.lapse(self._corp.timestamp())
        servicer = {"servicer_userid": session.servicer} if session.state == HUMAN else {}
        return {"service_state": session.state, **servicer}

    async def _trans(self, request: Request) -> Answer:
        """A move by API causes no event and no callback."""
        body = request.body
        account, session = self._session(body, "external_userid")
        state, before = body["service_state"], session.state
        servicer = ""
        if state == HUMAN:
            servicer = account.receiving(body.get("servicer_userid", ""))
        session.move(state, servicer, self._corp.timestamp(), self._corp.rules)
        customer = body["external_userid"]
        if state == ENDED:
            return {"msg_code": self.desk.end_code(account.open_kfid, customer)}
        if state in (POOL, HUMAN) and before != HUMAN:
            return {"msg_code": self.desk.human_code(account.open_kfid, customer)}
        return {}

    # Accounts and people

    async def _servicers(self, request: Request) -> Answer:
        account = self._account(request.query.get("open_kfid", ""))
        members = [servicer.to_json() for servicer in account.servicers.values()]
        departments = [{"department_id": one} for one in account.departments]
        return {"servicer_list": [*members, *departments]}

    async def _accounts(self, request: Request) -> Answer:
        offset, limit = request.body.get("offset", 0), request.body.get("limit", 100)
        if not 1 <= limit <= 100 or offset < 0:
            raise Refusal(40058, "limit is 1 to 100 and offset at least 0")
        page = list(self.desk.accounts.values())[offset : offset + limit]
        return {"account_list": [account.to_json() for account in page]}

    async def _contact_way(self, request: Request) -> Answer:
        account = self._account(request.body["open_kfid"])
        scene = f"?enc_scene={self._corp.new_id('ENC', 30)}" if request.body.get("scene") else ""
        return {"url": f"https://work.weixin.qq.com/kf/{account.open_kfid}{scene}"}

    async def _customers(self, request: Request) -> Answer:
        """Only customers who wrote or entered lately, at any account (doc 96429)."""
        found, invalid = [], []
        for external_userid in request.body["external_userid_list"]:
            session = self.desk.latest_session(external_userid)
            since = self._corp.timestamp() - self._corp.rules["kf_active_s"]
            if session is None or session.active_at < since:
                invalid.append(external_userid)
                continue
            found.append(self._customer(external_userid))
            if request.body.get("need_enter_session_context") and session.scene:
                scene = {"scene": session.scene, "scene_param": session.scene_param}
                found[-1]["enter_session_context"] = scene
        return {"customer_list": found, "invalid_external_userid": invalid}

    def _customer(self, external_userid: str) -> dict[str, Any]:
        return {
            "external_userid": external_userid,
            "nickname": self._corp.people.customer(external_userid).name,
            "avatar": "https://wx.qlogo.cn/mock/0",
            "gender": 0,
        }
