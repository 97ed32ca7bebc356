"""What a page in the client may call (JS-SDK, docs 96909, 98539): identity, context, sending.

The strings of `err_msg` are those of the docs; where they print none it is assumed (COVERAGE).
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.mockwecom.jsapi_messages import Unfit, read_message
from bot.mockwecom.people import CannotAct
from bot.mockwecom.rules import Refusal

if TYPE_CHECKING:
    from bot.mockwecom.corp import MockCorp

ENTRIES = {"contact": "single_chat_tools", "group": "group_chat_tools", "kf": "single_kf_tools"}
NORMAL = "normal"
SINGLE = frozenset({"contact_profile", "single_chat_tools", "single_kf_tools"})
GROUP = frozenset({"group_chat_tools"})
SENDING = frozenset({"single_chat_tools", "group_chat_tools", "single_kf_tools"})
WITHOUT = "fail without context of external contact"
DENIED = "fail no permission"
FREE = frozenset(
    {"checkJsApi", "closeWindow", "hideOptionMenu", "showOptionMenu", "openUserProfile"}
)
KNOWN = FREE | {
    "getContext", "getCurExternalContact", "getCurExternalChat", "sendChatMessage",
    "openEnterpriseChat",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class JsCall:
    """The page's call to the client, for the wire log."""

    at: datetime
    page: str
    member: str
    chat: str
    name: str
    params: dict[str, Any]
    url: str
    result: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Identity:
    """What a loaded page has proved."""

    config: bool = False
    agent_id: int | None = None
    permitted: frozenset[str] = field(default_factory=frozenset)


class Failed(Exception):
    """`words` follow the name in err_msg."""

    def __init__(self, words: str, err_code: int = 0) -> None:
        self.words, self.err_code = words, err_code
        super().__init__(words)


class JsApi:
    def __init__(self, corp: "MockCorp") -> None:
        self._corp = corp
        self.reset()

    def reset(self) -> None:
        self.log: list[JsCall] = []
        self._pages: dict[str, Identity] = {}

    async def invoke(
        self,
        *,
        page: str,
        member: str,
        chat: str,
        name: str,
        params: dict[str, Any],
        url: str,
        clicked: bool,
    ) -> dict[str, Any]:
        """WeixinJSBridge.invoke.

        Args:
            page: id of one loading of the page, made up by the client.
            member: who uses the client.
            chat: the one beside which the page is open; "" beside none.
            url: location.href of the page.
            clicked: whether the user has touched the page.
        """
        identity = self._pages.setdefault(page, Identity())
        try:
            userid = self._corp.people.member(member).userid
            more = await self._answer(identity, userid, chat, name, params, url, clicked)
            result = {"err_msg": f"{name}:ok", **more}
        except Failed as failed:
            result = {"err_msg": f"{name}:{failed.words}"}
            if failed.err_code:
                result["err_code"] = failed.err_code
        call = JsCall(
            at=self._corp.clock.now(), page=page, member=member, chat=chat, name=name,
            params=params, url=url, result=result,
        )  # fmt: skip
        self.log.append(call)
        self._corp.bell.ring()
        return result

    async def _answer(
        self,
        identity: Identity,
        member: str,
        chat: str,
        name: str,
        params: dict[str, Any],
        url: str,
        clicked: bool,
    ) -> dict[str, Any]:
        if name == "preVerifyJSAPI":
            self._config(identity, params, url)
            return {}
        if name == "agentConfig":
            self._agent_config(identity, member, params, url)
            return {}
        if name not in KNOWN:
            raise Failed("function not exist")
        if name == "checkJsApi":
            asked = [str(one) for one in params.get("jsApiList", [])]
            return {"checkResult": {one: one in KNOWN for one in asked}}
        if name in FREE:
            return {}
        if name not in identity.permitted:
            raise Failed(DENIED)
        if name == "openEnterpriseChat":
            self._open(member, params)
            return {}
        entry = self._entry(member, chat)
        last = chat.rpartition(":")[2]
        match name:
            case "getContext":
                return {"entry": entry}
            case "getCurExternalContact":
                self._within(entry, SINGLE)
                return {"userId": last}
            case "getCurExternalChat":
                self._within(entry, GROUP)
                return {"chatId": last}
        self._within(entry, SENDING)
        if not clicked:
            self._corp.misused("sendChatMessage", "nobody has touched the page")
            raise Failed(DENIED)
        self._send(member, chat, params)
        return {}

    # Identities

    def _config(self, identity: Identity, params: Mapping[str, Any], url: str) -> None:
        """wx.config proves the company, by its ticket."""
        if params.get("verifyAppId") != self._corp.corp_id:
            raise Failed("invalid appid", 40013)
        if not any(self._corp.oauth.trusts(agent_id, url) for agent_id in self._corp.apps):
            raise Failed("invalid url domain", 80001)
        fields = (params.get("verifyNonceStr"), params.get("verifyTimestamp"))
        self._verify("corp", *fields, url, params.get("verifySignature"))
        identity.config = True

    def _agent_config(
        self, identity: Identity, member: str, params: Mapping[str, Any], url: str
    ) -> None:
        """wx.agentConfig proves one app, by the app's ticket."""
        if params.get("corpid") != self._corp.corp_id:
            raise Failed("fail corpid mismatch", 92002)
        agent = str(params.get("agentid", ""))
        app = self._corp.apps.get(int(agent)) if agent.isdecimal() else None
        if app is None:
            raise Failed("fail invalid agentid", 40056)
        if not app.sees(member):
            raise Failed("fail no permission", 92000)
        if not self._corp.oauth.trusts(app.agent_id, url):
            raise Failed("fail invalid url domain", 80001)
        listed = params.get("jsApiList")
        if not isinstance(listed, list) or not listed:
            raise Failed("fail jsApiList is empty", 40063)
        fields = (params.get("nonceStr"), params.get("timestamp"))
        self._verify(f"app {app.agent_id}", *fields, url, params.get("signature"))
        identity.agent_id = app.agent_id
        identity.permitted = frozenset(str(one) for one in listed)

    def _verify(self, owner: str, nonce: Any, timestamp: Any, url: str, signature: Any) -> None:
        """Check that it is the SHA-1 of this ticket, nonce, time and address (doc 96909)."""
        seconds = str(timestamp)
        if not (seconds.isdecimal() and len(seconds) == 10):
            raise Failed("invalid signature", 40093)
        if abs(self._corp.timestamp() - int(seconds)) > self._corp.rules["ticket_s"]:
            raise Failed("invalid signature", 40093)
        others = {"corp", *(f"app {agent_id}" for agent_id in self._corp.apps)} - {owner}
        if self._fits(owner, str(nonce), seconds, url, str(signature)):
            return
        if any(self._fits(other, str(nonce), seconds, url, str(signature)) for other in others):
            raise Failed("jsapi_ticket is of another kind", 42012)
        raise Failed("invalid signature", 40093)

    def _fits(self, owner: str, nonce: str, seconds: str, url: str, signature: str) -> bool:
        ticket = self._corp.access.signs_with(owner)
        page = url.split("#", 1)[0]
        text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={seconds}&url={page}"
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        return bool(ticket) and hmac.compare_digest(digest.encode(), signature.encode())

    # Contexts

    def _entry(self, member: str, chat: str) -> str:
        """Where the page was opened. Raises Failed for a chat that the member does not have."""
        kind, _, rest = chat.partition(":")
        account, _, last = rest.rpartition(":")
        match kind:
            case "contact":
                fine = account == member and member in self._corp.contacts.followers(last)
            case "group":
                room = self._corp.chats.rooms().get(last)
                fine = room is not None and not room.internal and member in room.people
            case "kf":
                desk = self._corp.kf.desk
                fine = account in desk.accounts and (
                    desk.accounts[account].servicer(member) is not None
                )
            case _:
                return NORMAL
        if not fine:
            raise Failed(WITHOUT)
        return ENTRIES[kind]

    def _within(self, entry: str, allowed: frozenset[str]) -> None:
        if entry not in allowed:
            raise Failed(WITHOUT)

    def _open(self, member: str, params: Mapping[str, Any]) -> None:
        """The client shows the chat with a customer (doc 96930)."""
        customer = str(params.get("externalUserIds"))
        more = params.get("userIds") or params.get("chatId") or params.get("groupName")
        if more or member not in self._corp.contacts.followers(customer):
            raise Failed("fail")

    # Sending

    def _send(self, member: str, chat: str, params: dict[str, Any]) -> None:
        """The message becomes the member's own in the chat."""
        kind, _, rest = chat.partition(":")
        account, _, receiver = rest.rpartition(":")
        try:
            message = read_message(params, self._corp, in_kf=kind == "kf")
        except Unfit as unfit:
            if unfit.blunder:
                self._corp.misused("sendChatMessage", unfit.blunder)
            raise Failed(unfit.words) from unfit
        except Refusal as refusal:
            raise Failed(f"fail {refusal.detail}", refusal.errcode) from refusal
        try:
            if kind == "kf":
                self._corp.kf.desk.servicer_sends(
                    member, receiver, account, message.kind, message.text, message.body,
                    api="sidebar",
                )  # fmt: skip
                return
            if kind == "contact":
                self._corp.contacts.chatted(receiver, member)
        except CannotAct as problem:
            raise Failed(DENIED) from problem
        body = {"msgtype": message.kind, message.kind: message.body}
        self._corp.chats.add(chat, member, message.kind, message.text, body, by="sidebar")
