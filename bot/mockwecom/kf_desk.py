"""What people do at customer service (微信客服): customers write; servicers take and answer."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.mockwecom.kf_log import KfLog
from bot.mockwecom.kf_session import ASSISTANT, ENDED, HUMAN, POOL, EventCode, Session
from bot.mockwecom.payloads_kf import (
    kf_customer_message,
    kf_enter_session,
    kf_servicer_message,
    kf_servicer_status_change,
    kf_session_status_change,
)
from bot.mockwecom.people import CannotAct
from bot.mockwecom.record import Delivery
from bot.mockwecom.rules import Refusal

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

TAKEN, FORWARDED, CLOSED, REOPENED = 1, 2, 3, 4  # change_type of session_status_change
ROOT = 1  # the department in which everybody is (user/get)
MEDIA = ("image", "voice", "video", "file")


@dataclass(slots=True)
class Servicer:
    userid: str
    receiving: bool = True

    def to_json(self) -> dict[str, Any]:
        """Status 0 receives and 1 does not; the event has it the other way round (doc 94645)."""
        status = {"status": 0} if self.receiving else {"status": 1, "stop_type": 0}
        return {"userid": self.userid, **status}


@dataclass(slots=True, kw_only=True)
class Account:
    open_kfid: str
    name: str
    servicers: dict[str, Servicer]  # by folded userid
    log: KfLog
    console_welcome: bool  # the console welcomes, so no code is given out
    managed: bool = True
    departments: tuple[int, ...] = ()  # everybody in them is a servicer, too
    sessions: dict[str, Session] = field(default_factory=dict)
    msgids: set[str] = field(default_factory=set)  # of messages that the API sent

    def session(self, customer: str) -> Session:
        return self.sessions.setdefault(customer, Session())

    def servicer(self, userid: str) -> Servicer | None:
        """The servicer: named, or in the only department that there is."""
        named = self.servicers.get(userid.casefold())
        return named or (Servicer(userid) if ROOT in self.departments else None)

    def receiving(self, userid: str) -> str:
        """The servicer who can be given a session; raises 95014 or 95019."""
        servicer = self.servicer(userid)
        if servicer is None:
            raise Refusal(95014)
        if not servicer.receiving:
            raise Refusal(95019)
        return servicer.userid

    def to_json(self) -> dict[str, Any]:
        return {
            "open_kfid": self.open_kfid,
            "name": self.name,
            "avatar": "https://wework.qpic.cn/mock/0",
            "manage_privilege": self.managed,
        }


class Desk:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.accounts: dict[str, Account] = {}
        self.codes: dict[str, EventCode] = {}

    def reset(self) -> None:
        """Forget messages and sessions; accounts and servicers stay."""
        self.codes.clear()
        for account in self.accounts.values():
            account.log.clear()
            account.sessions.clear()
            account.msgids.clear()
            for servicer in account.servicers.values():
                servicer.receiving = True

    def add_account(
        self,
        open_kfid: str,
        name: str,
        servicers: list[str] | None = None,
        *,
        console_welcome: bool = False,
        managed: bool = True,
        departments: tuple[int, ...] = (),
    ) -> None:
        """`managed` False: the console lets the app see the account, and no more."""
        members = [self._corp.people.member(userid).userid for userid in servicers or []]
        self.accounts[open_kfid] = Account(
            open_kfid=open_kfid,
            name=name,
            servicers={userid.casefold(): Servicer(userid) for userid in members},
            log=KfLog(self._corp, open_kfid),
            console_welcome=console_welcome,
            managed=managed,
            departments=tuple(departments),
        )

    def add_session(
        self, open_kfid: str, customer: str, wrote_at: float, sent: int, *, staffed: bool = False
    ) -> None:
        """A conversation under way: the customer wrote at `wrote_at` (Unix seconds), and since
        then the API has sent `sent` messages."""
        session = self._account(open_kfid).session(customer)
        session.customer_wrote(wrote_at, self._corp.rules)
        session.state = POOL if staffed else ASSISTANT
        session.sent = sent

    # Customers

    async def customer_enters_kf(
        self, customer: str, open_kfid: str, scene: str = "", scene_param: str = ""
    ) -> str:
        """Returns the welcome code, "" if none is due: welcomed or written within 48 hours."""
        account, session = self._find(customer, open_kfid)
        now, again = self._corp.timestamp(), self._corp.rules["kf_welcome_again_s"]
        wrote_at = float("-inf") if session.wrote_at is None else session.wrote_at
        code = ""
        if not account.console_welcome and now - max(session.welcomed_at, wrote_at) > again:
            expires_at = now + self._corp.rules["kf_welcome_code_s"]
            code = self._code(
                EventCode(
                    open_kfid=open_kfid, customer=customer, expires_at=expires_at, welcome=True
                )
            )
        session.active_at, session.scene, session.scene_param = now, scene, scene_param
        self._corp.chats.note(f"kf:{open_kfid}:{customer}", customer, "entered")
        entered = kf_enter_session(
            self._corp.new_id("", 32),
            self._corp.seconds(),
            open_kfid,
            customer,
            scene,
            scene_param,
            code,
        )
        account.log.add(entered)
        return code

    async def customer_writes_kf(
        self,
        customer: str,
        open_kfid: str,
        text: str = "",
        menu_id: str = "",
        kind: str = "text",
    ) -> str:
        """Returns the msgid. With `menu_id` alone the words are those of the menu's item."""
        account, session = self._find(customer, open_kfid)
        if menu_id and menu_id not in session.menu:
            raise CannotAct(f"the last menu has {list(session.menu)}, not {menu_id!r}")
        body = self._said(kind, text or session.menu.get(menu_id, ""))
        if menu_id:
            body["menu_id"] = menu_id
        session.customer_wrote(self._corp.timestamp(), self._corp.rules)
        msgid, at = self._corp.new_id("", 32), self._corp.seconds()
        account.log.add(kf_customer_message(msgid, at, open_kfid, customer, kind, body))
        said = {"msgtype": kind, kind: body}
        words = str(body.get("content", text))
        chat = f"kf:{open_kfid}:{customer}"
        self._corp.chats.add(chat, customer, kind, words, said, msgid=msgid)
        return msgid

    def _said(self, kind: str, text: str) -> dict[str, Any]:
        if kind == "text":
            if not text:
                raise CannotAct("nobody can send an empty text; give text or menu_id")
            return {"content": text}
        if kind in MEDIA:
            return {"media_id": self._corp.media.store(kind, kind, text.encode())}
        bodies: dict[str, dict[str, Any]] = {
            "location": {"latitude": 23.1, "longitude": 113.3, "name": text, "address": text},
            "link": {"title": text, "desc": "", "url": "https://example.com/", "pic_url": ""},
            "business_card": {"userid": text},
        }
        if kind not in bodies:
            raise CannotAct(f"kind {kind!r} is none of text, {', '.join((*MEDIA, *bodies))}")
        return bodies[kind]

    async def kf_send_fails(self, customer: str, open_kfid: str, fail_type: int = 0) -> None:
        """The next message is accepted but does not arrive; a msg_send_fail event follows."""
        self._find(customer, open_kfid)[1].failures.append(fail_type)

    async def kf_happens(self, open_kfid: str, item: dict[str, Any]) -> str:
        """Any item of sync_msg, known or not; missing fields of its head are filled in."""
        head = {"msgid": self._corp.new_id("", 32), "send_time": self._corp.seconds()}
        item = {**head, **item}
        self._account(open_kfid).log.add(item)
        return str(item["msgid"])

    async def kf_empty_pages(self, open_kfid: str, count: int = 1) -> None:
        """The next pages of sync_msg are empty although has_more is 1."""
        self._account(open_kfid).log.empty_pages = count

    # Servicers

    async def servicer_writes_kf(
        self, userid: str, customer: str, open_kfid: str, text: str
    ) -> str:
        """Returns the msgid. It opens an ended session again."""
        return self.servicer_sends(userid, customer, open_kfid, "text", text, {"content": text})

    def servicer_sends(
        self,
        userid: str,
        customer: str,
        open_kfid: str,
        kind: str,
        text: str,
        body: dict[str, Any],
        api: str = "servicer",
    ) -> str:
        """The same with a message of any kind; `api` is "sidebar" if a page sent it."""
        account, session = self._find(customer, open_kfid)
        servicer = self._servicer(account, userid)
        if session.state == ENDED:
            self._change(account, customer, REOPENED, HUMAN, servicer)
        if (session.state, session.servicer) != (HUMAN, servicer):
            raise CannotAct(f"the session is not with {userid}; servicer_takes comes first")
        msgid, at = self._corp.new_id("", 32), self._corp.seconds()
        account.log.add(kf_servicer_message(msgid, at, open_kfid, customer, servicer, kind, body))
        self._corp.deliver(
            Delivery(
                at=self._corp.clock.now(),
                channel="kf",
                account=open_kfid,
                to=customer,
                kind=kind,
                text=text,
                body={"msgtype": kind, kind: body},
                msgid=msgid,
                api=api,
            ),
            servicer,
        )
        return msgid

    async def servicer_takes(self, userid: str, customer: str, open_kfid: str) -> str:
        """Take it from the pool or from a colleague. Returns the msg_code, "" from a colleague."""
        account, session = self._find(customer, open_kfid)
        servicer = self._servicer(account, userid)
        if session.state not in (POOL, HUMAN) or session.servicer == servicer:
            raise CannotAct(
                f"the session's state is {session.state}; one can take it in the pool (2) or from "
                "a colleague (3): kf/service_state/trans moves it there"
            )
        change = TAKEN if session.state == POOL else FORWARDED
        return self._change(account, customer, change, HUMAN, servicer)

    async def servicer_ends_session(self, userid: str, customer: str, open_kfid: str) -> str:
        """Returns the msg_code, good for 20 s."""
        account, session = self._find(customer, open_kfid)
        servicer = self._servicer(account, userid)
        if (session.state, session.servicer) != (HUMAN, servicer):
            raise CannotAct(f"the session is not with {userid}; servicer_takes comes first")
        return self._change(account, customer, CLOSED, ENDED, "")

    async def servicer_receives(self, userid: str, open_kfid: str, receiving: bool) -> None:
        """A servicer starts or stops receiving customers."""
        account = self._account(open_kfid)
        servicer = self._servicer(account, userid)
        account.servicers.setdefault(userid.casefold(), Servicer(servicer)).receiving = receiving
        new, at = self._corp.new_id("", 32), self._corp.seconds()
        status, stop_type = (1, None) if receiving else (2, 0)
        account.log.add(kf_servicer_status_change(new, at, open_kfid, servicer, status, stop_type))

    def _change(
        self, account: Account, customer: str, change: int, state: int, servicer: str
    ) -> str:
        """A move by a person, with its event."""
        session, code = account.session(customer), ""
        before, session.servicer, session.state = session.servicer, servicer, state
        session.open_until = self._corp.timestamp() + self._corp.rules["kf_window_s"]
        if change == TAKEN:
            code = self.human_code(account.open_kfid, customer)
        if change == CLOSED:
            code = self.end_code(account.open_kfid, customer)
        new, at = self._corp.new_id("", 32), self._corp.seconds()
        who = servicer or before
        chat = f"kf:{account.open_kfid}:{customer}"
        self._corp.chats.note(chat, who, "session", change=change)
        account.log.add(
            kf_session_status_change(
                new, at, account.open_kfid, customer, change, before, servicer, code
            )
        )
        return code

    # Codes for send_msg_on_event, doc 95122

    def human_code(self, open_kfid: str, customer: str) -> str:
        expires_at = self._corp.timestamp() + self._corp.rules["kf_human_code_s"]
        return self._code(
            EventCode(
                open_kfid=open_kfid, customer=customer, expires_at=expires_at, kinds=("text",)
            )
        )

    def end_code(self, open_kfid: str, customer: str) -> str:
        expires_at = self._corp.timestamp() + self._corp.rules["kf_end_code_s"]
        return self._code(EventCode(open_kfid=open_kfid, customer=customer, expires_at=expires_at))

    def _code(self, code: EventCode) -> str:
        name = self._corp.new_id("KFCODE", 43)
        self.codes[name] = code
        return name

    # Looking up

    def latest_session(self, customer: str) -> Session | None:
        found = [a.sessions[customer] for a in self.accounts.values() if customer in a.sessions]
        return max(found, key=lambda session: session.active_at, default=None)

    def _account(self, open_kfid: str) -> Account:
        if open_kfid not in self.accounts:
            raise CannotAct(f"no account {open_kfid!r}; add_kf_account({open_kfid!r}, …) first")
        return self.accounts[open_kfid]

    def _find(self, customer: str, open_kfid: str) -> tuple[Account, Session]:
        account = self._account(open_kfid)
        session = account.session(self._corp.people.customer(customer).external_userid)
        session.lapse(self._corp.timestamp())
        return account, session

    def _servicer(self, account: Account, userid: str) -> str:
        servicer = account.servicer(userid)
        if servicer is None:
            raise CannotAct(f"{userid} is no servicer of {account.open_kfid}")
        return servicer.userid
